/** The point that is asked about: its place in every form, its error, and where else it may truly be. */
import { html, nothing } from "lit";
import type { GroundPlace, Place } from "../api/client";
import { lonLat, metres, number, percent, UNKNOWN, utm } from "../format";
import { otherSlope } from "../geo/slopes";
import { language } from "../i18n";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { Part } from "./element";
import { pointLook } from "./point.css";

/** Below this many likely errors of a hundred nobody needs to read of them. */
const WORTH_SAYING = 0.01;

export class PointPart extends Part {
  static override styles = [shared, pointLook];

  override firstUpdated(): void {
    this.bench.point.addEventListener("change", () => this.requestUpdate());
  }

  override render() {
    const { asked, ground, place, failure } = this.bench.point;
    if (!asked) {
      return nothing;
    }
    const at = ground?.ground?.place ?? place?.place ?? null;
    return html`
      <header>
        <h3>${icons.follow} ${this.say(asked.by === "map" ? "pointOfMap" : "pointOfPicture")}</h3>
        <span class="quiet" data-value="pixel">${this.where()}</span>
        <button type="button" class="close" title="${this.say("close")} (Esc)" aria-label=${this.say("close")}
          @click=${() => this.bench.point.clear()}>${icons.close}</button>
      </header>
      <div aria-live="polite">
        ${failure ? html`<p class="why" role="alert">${failure.message}</p>` : this.reasons()}
        ${at ? this.place(at) : nothing}
        ${ground?.ground ? this.error(ground.ground) : nothing}
      </div>
    `;
  }

  /** Pixel and frame; nothing while the place is not in the picture. */
  private where(): string {
    const { asked, ground, place, pixel } = this.bench.point;
    const frame = (asked?.by === "picture" ? ground?.frame_index : null) ?? place?.frame_index;
    return pixel && frame !== undefined && frame !== null
      ? this.say("pointAt", { x: number(pixel.x, 0), y: number(pixel.y, 0), frame })
      : "";
  }

  private reasons() {
    const { asked, ground, place } = this.bench.point;
    const why = ground?.why ?? place?.why;
    if (why) {
      return html`<p class="why" data-value="why">${icons.attention}<span>${why.words[language.now]}</span></p>`;
    }
    return ground || place || !asked ? nothing : html`<p class="quiet">${this.say("loading")}</p>`;
  }

  private place(place: Place) {
    const degrees = lonLat(place.lon_deg, place.lat_deg);
    const heights = [
      place.hae_m === null ? "" : this.say("heightHae", { h: number(place.hae_m, 0, "m") }),
      place.msl_m === null ? "" : this.say("heightMsl", { h: number(place.msl_m, 0, "m") }),
    ].filter(Boolean);
    return html`<dl>
      ${this.row(this.say("lonLatShort"), degrees, "lonlat", "y")}
      ${this.row("UTM", utm(place.utm), "utm")}
      ${this.row("MGRS", place.mgrs ?? UNKNOWN, "mgrs", "Y")}
      ${this.row(this.say("heightShort"), heights.join(" · ") || this.say("heightUnknown"), "height")}
    </dl>`;
  }

  private row(name: string, value: string, id: string, key?: string) {
    return html`<div><dt>${name}</dt><dd data-value=${id}>${value}</dd>
      ${
        key
          ? html`<button type="button" title=${this.say("copy")} aria-label="${this.say("copy")} ${name}"
              @click=${() => this.dispatchEvent(new CustomEvent("copy-point", { detail: id }))}>${this.say("copy")} <kbd>${key}</kbd></button>`
          : nothing
      }</div>`;
  }

  private error(ground: GroundPlace) {
    const other = otherSlope(ground);
    const nowhere = ground.nowhere_probability;
    return html`
      <p class="error"><abbr title=${this.say("ce90Long")}>CE90</abbr> <strong data-value="ce90">${metres(ground.ce90_m)}</strong>
        <abbr title=${this.say("le90Long")}>LE90</abbr> <strong data-value="le90">${metres(ground.le90_m)}</strong>
        <span class="quiet">${this.say("slantRange")} ${metres(ground.slant_range_m)} · ${number(ground.gsd_m, 2, "m/px")}</span></p>
      ${
        other
          ? html`<p class="why" data-value="other-slope">${icons.attention}<span>${this.say("otherSlope", {
              p: percent(other.probability),
              d: metres(other.distanceM),
              wind: this.word("wind", other.wind),
              height: this.say(other.higherM < 0 ? "lowerBy" : "higherBy", {
                h: metres(Math.abs(other.higherM)),
              }),
            })}</span></p>`
          : nothing
      }
      ${nowhere >= WORTH_SAYING ? html`<p class="quiet">${this.say("nowhere", { p: percent(nowhere) })}</p>` : nothing}
    `;
  }
}

/** What a key copies of the point: degrees as machines read them, or the grid reference. */
export function copyText(place: Place, form: string): string {
  return form === "mgrs"
    ? (place.mgrs ?? UNKNOWN)
    : `${place.lon_deg.toFixed(6)}, ${place.lat_deg.toFixed(6)}`;
}
