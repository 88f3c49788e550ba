/** A thin strip along the source: where packets are whole, failed, repaired, missing or not kept. */
import { css, html, svg } from "lit";
import type { Span } from "../api/client";
import { shared } from "../look/shared";
import { stretches } from "../state/strip";
import { Part } from "./element";

const WIDTH = 1000;
const HEIGHT = 10;

export class StripPart extends Part {
  static override properties = {
    ...Part.properties,
    spans: { attribute: false },
    start: { type: Number },
    end: { type: Number },
  };
  static override styles = [
    shared,
    css`
      :host {
        height: 10px;
        padding: 0 7px;
      }
      svg {
        display: block;
        width: 100%;
        height: 10px;
        overflow: visible;
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

  constructor() {
    super();
    this.spans = [];
    this.start = 0;
    this.end = 0;
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
    </svg>`;
  }
}

/** Top and height of each state: told apart without colour. */
const BANDS: Readonly<Record<Span["state"], readonly [number, number]>> = {
  ok: [7, 2],
  repaired: [4, 5],
  checksum_failed: [0, 10],
  gap: [1, 8],
  not_kept: [8, 1],
};
