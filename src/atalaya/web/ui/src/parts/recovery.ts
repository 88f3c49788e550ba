/** What was recovered of the stream and what was not, the findings, and the clock. */
import { css, html, nothing } from "lit";
import type { Finding, Stream } from "../api/client";
import { language } from "../i18n";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { spanText } from "../state/items";
import { expected, usable } from "../state/strip";
import { Part } from "./element";

const SIGNS = { error: icons.damaged, warning: icons.attention, info: icons.whole } as const;

export class RecoveryPart extends Part {
  static override styles = [
    shared,
    css`
      :host {
        font-size: 12.5px;
      }
      p {
        margin: 0;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 10px;
        padding: 2px 0;
      }
      .line > b {
        font-weight: 600;
      }
      ul {
        list-style: none;
        margin: 2px 0 6px;
        padding: 0;
        display: grid;
        gap: 3px;
      }
      li {
        display: grid;
        grid-template-columns: 18px auto minmax(0, 1fr);
        gap: 0 6px;
        align-items: baseline;
      }
      .findings li {
        grid-template-columns: 18px minmax(0, 1fr) auto;
      }
      li > svg,
      li > .swatch {
        align-self: center;
        width: 14px;
        height: 14px;
      }
      li b {
        text-align: right;
        min-width: 3ch;
      }
      .swatch {
        display: grid;
        align-items: center;
      }
      .swatch::before {
        content: "";
        width: 14px;
        height: 10px;
        background: var(--colour);
      }
      .ok {
        --colour: var(--good);
      }
      .ok::before {
        height: 3px;
      }
      .repaired {
        --colour: var(--for);
      }
      .repaired::before {
        height: 6px;
      }
      .checksum_failed {
        --colour: var(--bad);
      }
      .gap::before {
        background: none;
        border: 1.5px solid var(--warn);
      }
      .not_kept {
        --colour: var(--ink-2);
      }
      .not_kept::before {
        height: 1px;
      }
      .error {
        color: var(--bad);
      }
      .warning {
        color: var(--warn);
      }
      .info {
        color: var(--ink-2);
      }
      .findings .text {
        color: var(--ink);
      }
      .findings .text::first-letter {
        text-transform: uppercase;
      }
      .small {
        color: var(--ink-2);
        font-size: 12px;
      }
      .details {
        grid-column: 2 / -1;
        margin: 1px 0 2px;
        padding-left: 14px;
        display: block;
        list-style: disc;
        overflow-wrap: anywhere;
      }
      .details li {
        display: list-item;
      }
      summary {
        cursor: pointer;
        padding: 2px 0;
        font-weight: 600;
      }
    `,
  ];

  override render() {
    const { stream } = this.bench.metadata;
    return stream ? html`${this.clock(stream)} ${this.recovered(stream)} ${this.findings(stream)}` : nothing;
  }

  private clock({ time }: Stream) {
    return html`<p class="line" data-value="clock"><b>${this.say("clock")}</b>
      <span>${this.word("clock", time.clock)}</span>
      ${time.residual_s === null ? nothing : html`<span>${this.say("residual", { t: spanText(time.residual_s) })}</span>`}
      ${time.uncertainty_s === null ? nothing : html`<span class="small">${this.say("uncertainty", { t: spanText(time.uncertainty_s) })}</span>`}
      ${time.exact_pairs ? html`<span class="small">${this.say("exactPairs", { n: time.exact_pairs })}</span>` : nothing}</p>
      ${time.notes.map((note) => html`<p class="small">${note[language.now]}</p>`)}`;
  }

  private recovered(stream: Stream) {
    const { counts } = stream;
    if (
      counts.checksum_ok === counts.packets &&
      !counts.repaired &&
      !counts.missing &&
      !counts.bytes_skipped &&
      !counts.not_kept
    ) {
      return html`<p class="line" data-value="recovered"><b>${this.say("recovered")}</b> <span>${this.say("recoveredAll", { n: counts.packets })}</span></p>`;
    }
    const rows = [
      ["ok", counts.checksum_ok - counts.repaired, this.say("countOk")],
      ["repaired", counts.repaired, this.say("countRepaired")],
      ["checksum_failed", counts.checksum_failed, this.say("countFailed")],
      ["gap", counts.missing, this.say("countMissing")],
      ["ok", counts.payload_only, this.say("countPayloadOnly")],
      ["ok", counts.no_checksum, this.say("countNoChecksum")],
      ["not_kept", counts.not_kept, this.say("countNotKept")],
    ] as const;
    return html`<p class="line" data-value="recovered"><b>${this.say("recovered")}</b>
        <span>${this.say("recoveredOf", { n: usable(stream), total: expected(stream) })}</span>
        ${counts.bytes_skipped ? html`<span class="small">${this.say("countBytes", { n: counts.bytes_skipped })}</span>` : nothing}</p>
      <ul>${rows
        .filter(([, count]) => count > 0)
        .map(
          ([state, count, text]) =>
            html`<li><span class="swatch ${state}"></span><b>${count}</b><span>${text}</span></li>`,
        )}</ul>`;
  }

  private findings({ findings, examined, counts }: Stream) {
    if (!findings.length) {
      return html`<p class="line"><b>${this.say("findings")}</b> <span class="small">${this.say("findingsNone")}</span></p>`;
    }
    return html`<details open>
      <summary>${this.say("findings")} · ${findings.length}</summary>
      <ul class="findings">${findings.map((it) => this.finding(it))}</ul>
      ${examined < counts.packets ? html`<p class="small">${this.say("examined", { n: examined })}</p>` : nothing}</details>`;
  }

  private finding(it: Finding) {
    const where = [it.standard, it.offset === null ? null : this.say("firstAt", { n: it.offset })].filter(
      Boolean,
    );
    return html`<li class=${it.severity} data-finding=${it.code}>${SIGNS[it.severity]}
      <span class="text">${it.wording[language.now]}
        <span class="small">${where.join(" · ")}</span> <span class="visually-hidden">${this.word("severity", it.severity)}</span></span>
      <b>${this.say("times", { n: it.count })}</b></li>`;
  }
}
