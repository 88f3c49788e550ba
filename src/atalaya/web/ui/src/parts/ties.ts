/** Tie-point mode: what to press next, how far each point is off without and with the correction, and to record it. */
import { html, nothing } from "lit";
import type { CorrectionAnswer, CorrectionApplied } from "../api/client";
import { metres, number } from "../format";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { MOST_TIES } from "../state/ties";
import { Part } from "./element";
import { tiesLook } from "./ties.css";

export class TiesPart extends Part {
  static override styles = [shared, tiesLook];

  override firstUpdated(): void {
    this.bench.ties.addEventListener("change", () => this.requestUpdate());
    this.bench.playhead.addEventListener("frame", () => this.requestUpdate());
  }

  override render() {
    const { ties } = this.bench;
    if (!ties.on) {
      return nothing;
    }
    const { answer, failure } = ties;
    return html`
      <header>
        <h3>${icons.tie} ${this.say("ties")}</h3>
        <span class="quiet">${this.say("tiesOf", { n: ties.points.length, most: MOST_TIES })}</span>
        <button type="button" class="close" title="${this.say("close")} (x)" aria-label=${this.say("close")}
          @click=${() => ties.toggle(false)}>${icons.close}</button>
      </header>
      <p class="next" data-value="next" aria-live="polite">${this.next()}</p>
      ${ties.points.length || ties.pixel || ties.at ? this.table() : nothing}
      ${failure ? html`<p class="why" role="alert">${icons.attention}<span>${failure.message}</span></p>` : nothing}
      ${answer ? this.summary(answer) : nothing}
    `;
  }

  private next(): string {
    const { ties } = this.bench;
    if (ties.isFull) {
      return this.say("tiesFull");
    }
    if (ties.pixel) {
      return this.say("tieNowMap");
    }
    return this.say(ties.at ? "tieNowPicture" : ties.points.length ? "tieAgain" : "tieFirst");
  }

  private table() {
    const { ties } = this.bench;
    const residuals = ties.answer?.points ?? [];
    return html`<table>
      <thead><tr><th scope="col">${this.say("tie")}</th><th scope="col">${this.say("pixel")}</th>
        <th scope="col">${this.say("offBefore")}</th><th scope="col">${this.say("offAfter")}</th><th></th></tr></thead>
      <tbody>
        ${ties.points.map(
          (tie, index) => html`<tr data-tie=${index + 1}><td><b>${index + 1}</b></td>
            <td>${number(tie.x, 0)}, ${number(tie.y, 0)}</td>
            <td>${metres(residuals[index]?.before_m)}</td><td class="after">${metres(residuals[index]?.after_m)}</td>
            <td><button type="button" aria-label=${this.say("tieRemove", { n: index + 1 })} title=${this.say("tieRemove", { n: index + 1 })}
              @click=${() => ties.remove(index)}>${icons.close}</button></td></tr>`,
        )}
        ${
          ties.pixel || ties.at
            ? html`<tr class="pending"><td><b>${ties.points.length + 1}</b></td>
                <td colspan="4">${ties.pixel ? `${number(ties.pixel.x, 0)}, ${number(ties.pixel.y, 0)}` : this.say("onTheMap")}</td></tr>`
            : nothing
        }
      </tbody>
    </table>`;
  }

  private summary(answer: CorrectionAnswer) {
    const { ties, workspace } = this.bench;
    const account = workspace?.account;
    return html`
      <dl>
        <div><dt>${this.say("residualMedian")}</dt>
          <dd data-value="residual">${metres(answer.residual_before_m)} → <strong>${metres(answer.residual_after_m)}</strong></dd></div>
        <div><dt title=${this.say("holdoutLong")}>${this.say("holdout")}</dt>
          <dd data-value="holdout">${
            answer.holdout_after_m === null
              ? this.say("holdoutNone")
              : html`${metres(answer.holdout_before_m)} → <strong>${metres(answer.holdout_after_m)}</strong>`
          }</dd></div>
        ${answer.estimates.map((it) => {
          const unit = it.name.endsWith("_deg") ? "°" : it.name.endsWith("_s") ? "s" : "m";
          const digits = unit === "m" ? 1 : 2;
          return html`<div><dt>${this.word("parameter", it.name)}</dt>
            <dd>${number(it.value, digits, unit)} <span class="quiet">± ${number(it.sigma, digits, unit)}</span></dd></div>`;
        })}
      </dl>
      ${answer.replaces ? html`<p class="quiet">${this.say("tiesReplace")}</p>` : nothing}
      ${
        account?.may_calibrate
          ? ties.confirming || ties.applying
            ? html`<p class="confirm"><span>${this.say("tiesConfirm", { actor: account.actor })}</span>
                <button type="button" class="record" ?disabled=${ties.applying} @click=${this.recorded}>${this.say(ties.applying ? "recording" : "record")} <kbd>Enter</kbd></button>
                <button type="button" ?disabled=${ties.applying} @click=${() => ties.confirm(false)}>${this.say("cancel")} <kbd>Esc</kbd></button></p>`
            : html`<p><button type="button" @click=${() => ties.confirm(true)}>${this.say("tiesApply")} <kbd>a</kbd></button></p>`
          : html`<p class="quiet">${this.say("mayNotCalibrate", { role: account?.role ?? "" })}</p>`
      }
    `;
  }

  protected override updated(): void {
    if (this.bench.ties.confirming) {
      this.renderRoot.querySelector<HTMLElement>(".record")?.focus();
    }
  }

  private readonly recorded = async () => {
    const applied = await this.bench.applyTies();
    if (applied) {
      this.dispatchEvent(
        new CustomEvent<CorrectionApplied>("corrected", { detail: applied, bubbles: true, composed: true }),
      );
    }
  };
}
