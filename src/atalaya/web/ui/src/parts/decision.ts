/** Confirm or reject, never without a reason. */
import { css, html, nothing, type PropertyValues } from "lit";
import { ApiError, type Decision } from "../api/client";
import { shared } from "../look/shared";
import { Part } from "./element";

export class DecisionPart extends Part {
  static override properties = {
    ...Part.properties,
    reason: { state: true },
    busy: { state: true },
    problem: { state: true },
  };
  declare reason: string;
  declare busy: boolean;
  declare problem: string;
  private site: string | null = null;
  private asked: Decision | null = null;

  static override styles = [
    shared,
    css`
      .buttons {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        margin-top: 6px;
      }
      .buttons button {
        min-height: 38px;
        font-weight: 600;
      }
      .confirm {
        color: var(--good);
        border-color: currentcolor;
      }
      .reject {
        color: var(--bad);
        border-color: currentcolor;
      }
      .confirm[aria-pressed="true"] {
        background: var(--good);
        color: var(--panel);
      }
      .reject[aria-pressed="true"] {
        background: var(--bad);
        color: var(--panel);
      }
      form {
        display: grid;
        gap: 6px;
        margin-top: 8px;
      }
      textarea {
        width: 100%;
        min-height: 58px;
        resize: vertical;
      }
      .row {
        display: flex;
        gap: 8px;
      }
      .problem {
        color: var(--bad);
        margin: 6px 0 0;
      }
      p {
        margin: 6px 0 0;
        font-size: 12px;
        color: var(--ink-2);
      }
    `,
  ];

  constructor() {
    super();
    this.reason = "";
    this.busy = false;
    this.problem = "";
  }

  override render() {
    const { bench } = this;
    const account = bench.workspace?.account;
    if (!bench.mayReview) {
      return html`<h3>${this.say("decision")}</h3><p>${this.say("mayNotReview", { role: account?.role ?? "" })}</p>`;
    }
    return html`
      <h3>${this.say("decision")}</h3>
      <div class="buttons">
        ${this.button("confirmed", this.say("confirm"), "confirm", "c")}
        ${this.button("rejected", this.say("reject"), "reject", "r")}
      </div>
      ${bench.deciding ? this.form(bench.deciding) : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.say("notRecorded", { why: this.problem })}</p>` : nothing}
      <p>${this.say("decisionBy", { actor: account?.actor ?? "" })}</p>
    `;
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (this.bench.selected !== this.site) {
      this.site = this.bench.selected;
      this.reason = "";
      this.problem = "";
    }
  }

  protected override updated(): void {
    if (this.bench.deciding !== this.asked) {
      this.asked = this.bench.deciding;
      this.renderRoot.querySelector("textarea")?.focus();
    }
  }

  private button(decision: Decision, label: string, kind: string, key: string) {
    return html`<button type="button" class=${kind} aria-pressed=${this.bench.deciding === decision ? "true" : "false"}
      ?disabled=${this.busy || !this.bench.detail} @click=${() => this.bench.decide(decision)}>${label} <kbd>${key}</kbd></button>`;
  }

  private form(decision: Decision) {
    const ask = this.say(decision === "confirmed" ? "reasonConfirm" : "reasonReject");
    return html`<form @submit=${this.submitted}>
      <label for="reason">${ask}</label>
      <textarea id="reason" required maxlength="2000" aria-label=${this.say("reason")} placeholder=${this.say("reason")}
        .value=${this.reason} @input=${this.typed} @keydown=${this.key}></textarea>
      <div class="row">
        <button type="submit" ?disabled=${this.busy || !this.reason.trim()}>${this.say(this.busy ? "recording" : "record")} <kbd>Enter</kbd></button>
        <button type="button" @click=${() => this.bench.decide(null)}>${this.say("cancel")} <kbd>Esc</kbd></button>
      </div>
    </form>`;
  }

  private async record(): Promise<void> {
    const decision = this.bench.deciding;
    if (!decision || this.busy || !this.reason.trim()) {
      return;
    }
    this.busy = true;
    this.problem = "";
    try {
      await this.bench.record(decision, this.reason.trim());
      this.reason = "";
    } catch (error) {
      this.problem = error instanceof ApiError && error.status > 0 ? error.message : this.say("unreachable");
    } finally {
      this.busy = false;
    }
  }

  private readonly submitted = (event: Event) => {
    event.preventDefault();
    void this.record();
  };

  private readonly typed = (event: Event) => {
    this.reason = (event.target as HTMLTextAreaElement).value;
  };

  private readonly key = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void this.record();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.bench.decide(null);
    }
  };
}
