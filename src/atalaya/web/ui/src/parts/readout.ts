/** The numbers of the picture on screen, and what is wrong with its source. */
import { css, html, nothing } from "lit";
import { lonLat, metres, number, UNKNOWN, utc } from "../format";
import { shared } from "../look/shared";
import { Part } from "./element";

export class ReadoutPart extends Part {
  static override styles = [
    shared,
    css`
      :host {
        background: var(--panel);
        padding: 8px 12px;
        container-type: inline-size;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, 1.45fr) minmax(0, 1fr);
        gap: 4px 20px;
        margin: 0;
      }
      dl div {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 0 8px;
      }
      dt {
        font-size: 12px;
        color: var(--ink-2);
      }
      dd {
        margin: 0;
        white-space: nowrap;
      }
      @container (max-width: 430px) {
        dl {
          grid-template-columns: 1fr;
        }
      }
      .notes {
        margin: 8px 0 0;
        padding: 0;
        list-style: none;
        font-size: 12px;
        color: var(--warn);
      }
      .notes li::before {
        content: "⚠ ";
      }
      details ul {
        margin: 4px 0 0;
        padding-left: 18px;
        color: var(--ink-2);
      }
    `,
  ];

  override render() {
    const { timeline, playhead, source } = this.bench;
    const row = playhead.row;
    const answer = row === null ? null : timeline?.answer;
    const at = <T>(column: readonly T[] | undefined): T | null => column?.[row ?? 0] ?? null;
    const centre = at(answer?.centre);
    return html`
      <dl>
        ${this.pair(this.say("time"), utc(at(answer?.time_us)), "time")}
        ${this.pair(this.say("frame"), at(answer?.frame_index) ?? UNKNOWN, "frame")}
        ${this.pair(this.say("centre"), centre ? lonLat(centre[0], centre[1]) : UNKNOWN, "centre")}
        ${this.pair("CE90", metres(at(answer?.ce90_m)), "ce90")}
        ${this.pair(this.say("slantRange"), metres(at(answer?.slant_range_m)), "range")}
        ${this.pair(this.say("azimuth"), number(at(answer?.look_azimuth_deg), 0, "°"), "azimuth")}
        ${this.pair(this.say("hfov"), number(at(answer?.hfov_deg), 2, "°"), "hfov")}
        ${this.pair("GSD", number(at(answer?.gsd_m), 2, "m/px"), "gsd")}
      </dl>
      ${source && !this.bench.metadataOpen ? this.notes(centre === null) : nothing}
    `;
  }

  override firstUpdated(): void {
    this.bench.playhead.addEventListener("frame", () => this.requestUpdate());
  }

  private pair(name: string, value: string | number, id: string) {
    return html`<div><dt>${name}</dt><dd data-value=${id}>${value}</dd></div>`;
  }

  private notes(noPlace: boolean) {
    const { source, timeline } = this.bench;
    if (!source) {
      return nothing;
    }
    const bad = source.packets - source.packets_checksum_ok - source.packets_unsummed;
    const stride = timeline?.answer.stride ?? 1;
    const notes = [
      noPlace && timeline ? this.say("noPlace") : "",
      bad > 0 ? this.say("packetsBad", { bad, n: source.packets }) : "",
      source.frames_dropped > 0 ? this.say("framesDropped", { n: source.frames_dropped }) : "",
      source.stopped_reason ? this.say("stopped", { reason: source.stopped_reason }) : "",
      stride > 1 ? this.say("thinned", { n: stride }) : "",
    ].filter(Boolean);
    return html`
      ${notes.length ? html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
      ${
        source.problems.length
          ? html`<details class="notes"><summary>${this.say("problems", { n: source.problems.length })}</summary>
            <ul>${source.problems.map((it) => html`<li><code>${it.code}</code> ${it.message}</li>`)}</ul></details>`
          : nothing
      }
    `;
  }
}
