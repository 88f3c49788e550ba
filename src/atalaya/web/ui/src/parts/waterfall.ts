/** How the evidence adds up: each bar begins where the one above ended. */
import { css, html, svg } from "lit";
import type { Evidence } from "../api/client";
import { bits, percent } from "../format";
import { language } from "../i18n";
import { shared } from "../look/shared";
import { Part } from "./element";
import { range, steps } from "./sums";

export class WaterfallPart extends Part {
  static override properties = {
    ...Part.properties,
    evidence: { attribute: false },
    probability: { attribute: false },
  };
  declare evidence: readonly Evidence[];
  declare probability: number;
  static override styles = [
    shared,
    css`
      table {
        width: 100%;
        border-collapse: collapse;
      }
      td,
      th {
        padding: 3px 6px 3px 0;
        font-weight: 400;
        text-align: left;
        vertical-align: middle;
      }
      th {
        width: 52%;
        font-size: 13px;
        line-height: 1.25;
      }
      .weight {
        width: 3.6em;
        text-align: right;
        padding-right: 8px;
        white-space: nowrap;
      }
      svg {
        display: block;
        width: 100%;
        height: 18px;
        overflow: visible;
      }
      .for {
        fill: var(--for);
      }
      .against {
        fill: var(--against);
      }
      line {
        stroke: var(--ink-2);
        stroke-width: 1;
        vector-effect: non-scaling-stroke;
      }
      line.join {
        stroke: var(--line);
      }
      tfoot td,
      tfoot th {
        border-top: 1px solid var(--line);
        font-weight: 600;
      }
      p {
        margin: 4px 0 0;
        font-size: 12px;
        color: var(--ink-2);
      }
    `,
  ];

  constructor() {
    super();
    this.evidence = [];
    this.probability = 0;
  }

  override render() {
    const all = steps(this.evidence);
    const [low, high] = range(all);
    const at = (value: number) => (100 * (value - low)) / (high - low);
    const sum = all.at(-1)?.to ?? 0;
    return html`
      <table>
        <tbody>
          ${all.map(
            (step) => html`<tr>
              <th scope="row">${step.evidence.wording[language.now]}</th>
              <td class="weight">${bits(step.evidence.weight_bits)}</td>
              <td><svg viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true">
                ${this.bar(at(step.from), at(step.to), at(0))}
              </svg></td>
            </tr>`,
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">${this.say("sum")}</th>
            <td class="weight">${bits(sum)}</td>
            <td>${this.say("probability")} ${percent(this.probability)}</td>
          </tr>
        </tfoot>
      </table>
      <p>${this.say("evidenceHelp")}</p>
    `;
  }

  private bar(from: number, to: number, zero: number) {
    const left = Math.min(from, to);
    const width = Math.max(Math.abs(to - from), 0.6);
    return svg`
      <line x1=${zero} x2=${zero} y1="-3" y2="21"></line>
      <line class="join" x1=${to} x2=${to} y1="15" y2="24"></line>
      <rect class=${to >= from ? "for" : "against"} x=${left} width=${width} y="3" height="12"></rect>`;
  }
}
