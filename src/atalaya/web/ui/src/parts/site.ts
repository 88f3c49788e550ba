/** One site: where, how sure and against what, why, from which looks, and what was decided. */
import { html, nothing } from "lit";
import type { Look, SiteAnswer } from "../api/client";
import { lonLat, metres, number, percent, shortUtc, utc } from "../format";
import { language } from "../i18n";
import { shared, statusStyle } from "../look/shared";
import { Part } from "./element";
import { siteLook } from "./site.css";

export class SitePart extends Part {
  static override styles = [shared, statusStyle, siteLook];
  static override properties = { ...Part.properties, copied: { state: true } };
  declare copied: boolean;

  constructor() {
    super();
    this.copied = false;
  }

  override render() {
    const { bench } = this;
    if (bench.selected === null) {
      return html`<p class="state">${this.say(bench.sites.length ? "noSite" : "noSitesYet")}</p>`;
    }
    if (bench.detailFailure) {
      return html`<p class="state" role="alert">${bench.detailFailure.message}</p>`;
    }
    const { detail } = bench;
    if (!detail) {
      return html`<p class="state">${this.say("loading")}</p>`;
    }
    return html`
      <header>
        <h1>${detail.row.site_id}</h1>
        <span class="status ${detail.row.status}">${this.word("status", detail.row.status)}</span>
        <span>${detail.row.kind ? this.word("kind", detail.row.kind) : this.say("kind.unknown")}</span>
        ${detail.row.synthetic ? html`<span class="mark">SYNTHETIC · SINTÉTICO</span>` : nothing}
        <button type="button" class="whole" @click=${() => bench.togglePage()}>${this.say(bench.page ? "closePage" : "openPage")} <kbd>o</kbd></button>
      </header>
      <div class="columns">
        <section class="ground"><atalaya-chips .bench=${bench}></atalaya-chips></section>
        <section>${this.where(detail)}</section>
        <section class="evidence"><h3>${this.say("evidence")}</h3>
          <atalaya-waterfall .bench=${bench} .evidence=${detail.evidence} .probability=${detail.row.probability}></atalaya-waterfall>
        </section>
        <section>
          <atalaya-decision .bench=${bench}></atalaya-decision>
          ${this.looks(detail)} ${this.reviews(detail)}
        </section>
      </div>
    `;
  }

  private where(detail: SiteAnswer) {
    const { position, probability, looks_seen, looks_possible, first_seen_utc, last_seen_utc } = detail.row;
    const at = lonLat(position.lon_deg, position.lat_deg);
    return html`
      <h3>${this.say("probability")}</h3>
      <p class="big">${percent(probability)}</p>
      <p class="quiet">${this.say("against", { what: detail.probability_against[language.now] })}</p>
      <h3>${this.say("where")}</h3>
      <p class="place"><span data-value="lonlat">${at}</span>
        <button type="button" @click=${() => void this.copy(`${position.lon_deg.toFixed(6)}, ${position.lat_deg.toFixed(6)}`)}>${this.say(this.copied ? "copied" : "copy")}</button></p>
      <p class="quiet">${this.say("lonLat")}</p>
      <p><abbr title=${this.say("ce90Long")}>CE90</abbr> <strong>${metres(position.ce90_m)}</strong>
        ${position.hae_m === null ? nothing : html` · ${this.say("height")} ${number(position.hae_m, 0, "m")}${position.le90_m === null ? nothing : ` ± ${number(position.le90_m, 0, "m")} (LE90)`}`}</p>
      <p>${this.say("looksSeen", { seen: looks_seen, possible: looks_possible })}</p>
      <p class="quiet">${this.say("firstLast")}: ${shortUtc(first_seen_utc, language.now)} – ${shortUtc(last_seen_utc, language.now)}</p>
    `;
  }

  private looks(detail: SiteAnswer) {
    return html`<h3>${this.say("bestLooks")} <kbd>Enter</kbd></h3>
      ${
        detail.looks.length
          ? html`<ul class="looks">${detail.looks.map((look, index) => html`<li>${this.look(look, index)}</li>`)}</ul>`
          : html`<p class="quiet">${this.say("noLooks")}</p>`
      }`;
  }

  private look(look: Look, index: number) {
    const geometry = this.say("fromAzimuth", {
      azimuth: number(look.look_azimuth_deg, 0),
      range: metres(look.slant_range_m),
    });
    return html`<button type="button" @click=${() => void this.bench.goToLook(index)}>
      <span>${this.say("frame")} ${look.frame_index} · ${utc(look.time_us).slice(11)}</span>
      <span class="quiet">${geometry}</span>
    </button>`;
  }

  private reviews(detail: SiteAnswer) {
    return html`<h3>${this.say("reviews")}</h3>
      ${
        detail.reviews.length
          ? html`<ol class="reviews">${detail.reviews.map(
              (it) => html`<li><span class="status ${it.status}">${this.word("status", it.status)}</span>
                <span class="quiet">${it.reviewed_by}, ${shortUtc(it.reviewed_utc, language.now)}</span><br />${it.reason}</li>`,
            )}</ol>`
          : html`<p class="quiet">${this.say("noReviews")}</p>`
      }`;
  }

  private async copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text).catch(() => undefined);
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, 1500);
  }
}
