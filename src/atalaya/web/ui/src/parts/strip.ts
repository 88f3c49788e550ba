/** A thin strip along the source: where packets are whole, failed, repaired, missing or not kept. */
import { css, html, nothing, svg } from "lit";
import type { Span } from "../api/client";
import { shared } from "../look/shared";
import { stretches } from "../state/strip";
import { Part } from "./element";

const WIDTH = 1000;
const HEIGHT = 12;

export class StripPart extends Part {
  static override properties = {
    ...Part.properties,
    spans: { attribute: false },
    start: { type: Number },
    end: { type: Number },
    at: { type: Number },
  };
  static override styles = [
    shared,
    css`
      :host {
        padding: 2px 0 1px;
        background: var(--panel-2);
        border-bottom: 1px solid var(--line);
        cursor: pointer;
      }
      svg {
        display: block;
        width: 100%;
        height: 12px;
      }
      .now {
        stroke: var(--ink);
        stroke-width: 2;
      }
      .ok {
        fill: var(--good);
        opacity: 0.55;
      }
      .checksum_failed {
        fill: var(--bad);
      }
      .repaired {
        fill: var(--for);
      }
      .gap {
        fill: var(--panel);
        stroke: var(--warn);
        stroke-width: 1.5;
      }
      .not_kept {
        fill: var(--ink-2);
        opacity: 0.45;
      }
    `,
  ];
  declare spans: readonly Span[];
  declare start: number;
  declare end: number;
  declare at: number;

  constructor() {
    super();
    this.spans = [];
    this.start = 0;
    this.end = 0;
    this.at = 0;
    this.addEventListener("click", this.pressed);
  }

  override render() {
    const shown = stretches(this.spans, this.start, this.end, WIDTH);
    const states = [...new Set(this.spans.map((it) => it.state))];
    const what = states.map((it) => this.word("span", it)).join(", ");
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-label=${shown.length ? this.say("stripTitle", { what }) : ""}>
      ${shown.map(({ span, x, width }) => {
        const [y, height] = BANDS[span.state];
        return svg`<rect class=${span.state} x=${x} y=${y} width=${width} height=${height} vector-effect="non-scaling-stroke">
          <title>${this.word("span", span.state)} · ${span.packets}</title></rect>`;
      })}
      ${shown.length ? this.now() : nothing}
    </svg>`;
  }

  /** Where the picture on screen is. */
  private now() {
    const x = (WIDTH * (this.at - this.start)) / (this.end - this.start);
    return svg`<line class="now" x1=${x} x2=${x} y1="0" y2=${HEIGHT} vector-effect="non-scaling-stroke"></line>`;
  }

  private readonly pressed = (event: MouseEvent) => {
    const { left, width } = this.getBoundingClientRect();
    const detail = Math.min(Math.max((event.clientX - left) / width, 0), 1);
    this.dispatchEvent(new CustomEvent<number>("seek", { detail }));
  };
}

/** Top and height of each state: told apart without colour. */
const BANDS: Readonly<Record<Span["state"], readonly [number, number]>> = {
  ok: [8, 3],
  repaired: [5, 6],
  checksum_failed: [0, 12],
  gap: [1, 10],
  not_kept: [9, 1],
};
