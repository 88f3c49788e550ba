/** What detectors were found to be worth, over everything: the list and one evaluation with its plots. */
import { css, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { language } from "../i18n";
import { shared } from "../look/shared";
import { theme } from "../look/theme";
import { Part } from "./element";

export class EvaluationsPart extends Part {
  static override styles = [
    shared,
    css`
      dialog {
        width: min(1180px, 96vw);
        height: 94dvh;
        max-width: none;
        max-height: none;
        padding: 0;
        color: var(--ink);
        background: var(--bg);
        border: 1px solid var(--line);
        border-radius: 8px;
        overflow-x: hidden;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }
      header {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 14px;
        padding: 9px 16px;
        background: var(--panel);
        border-bottom: 1px solid var(--line);
      }
      h2 {
        font-size: 15px;
        text-transform: none;
        letter-spacing: 0;
        color: var(--ink);
      }
      header button {
        margin-left: auto;
      }
      select {
        min-width: 0;
        max-width: min(560px, 84vw);
      }
      .mark {
        padding: 0 6px;
        font-size: 11px;
        font-weight: 700;
        color: var(--stripe-ink);
        background: var(--stripe);
        border-radius: 3px;
      }
      .body {
        padding: 4px 18px 24px;
      }
      .altered {
        margin: 8px 18px;
        color: var(--bad);
        overflow-wrap: anywhere;
      }
      .state {
        padding: 48px 24px;
        text-align: center;
        color: var(--ink-2);
      }
    `,
  ];
  private readonly sheet = new CSSStyleSheet();

  override firstUpdated(): void {
    const root = this.renderRoot as ShadowRoot;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.sheet];
    this.bench.evaluations.addEventListener("change", () => this.requestUpdate());
    theme.addEventListener("change", () => this.requestUpdate());
  }

  override render() {
    const { rows, shown } = this.bench.evaluations;
    const whole = rows?.filter((it) => !it.altered) ?? [];
    return html`<dialog aria-labelledby="title">
      <header>
        <h2 id="title">${this.say("evaluations")}</h2>
        ${
          whole.length
            ? html`<select aria-label=${this.say("evaluations")} @change=${this.chosen}>${whole.map(
                (
                  it,
                ) => html`<option value=${it.content} ?selected=${it.content === this.bench.evaluations.chosen}>
                  ${it.claims.join(", ")} · ${this.say("evaluationWorlds", { n: it.worlds })} · ${it.content.slice(0, 8)}</option>`,
              )}</select>`
            : nothing
        }
        ${shown ? html`<span class="mark">${shown.synthetic}</span>` : nothing}
        <button type="button" @click=${this.close}>${this.say("close")} <kbd>Esc</kbd></button>
      </header>
      ${rows?.filter((it) => it.altered).map((it) => html`<p class="altered" role="alert">${this.say("evaluationAltered", { name: it.content.slice(0, 16) })}</p>`)}
      ${this.body()}
    </dialog>`;
  }

  protected override updated(): void {
    const dark = theme.now === "dark" ? "@media all" : "@media not all";
    const style = this.bench.evaluations.shown?.style ?? "";
    this.sheet.replaceSync(style.replaceAll("@media (prefers-color-scheme: dark)", dark));
  }

  get open(): boolean {
    return this.renderRoot.querySelector("dialog")?.open ?? false;
  }

  toggle(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog?.open) {
      dialog.close();
    } else {
      dialog?.showModal();
      void this.bench.evaluations.load();
    }
  }

  private body() {
    const { rows, shown, failure } = this.bench.evaluations;
    if (failure) {
      return html`<p class="state" role="alert">${failure.message}</p>`;
    }
    if (rows && !rows.some((it) => !it.altered)) {
      return html`<p class="state">${this.say("evaluationsNone")}<br /><code>atalaya detect evaluate … --keep</code></p>`;
    }
    // the server made and escaped this markup; it has no script and the page's policy would run none
    return shown
      ? html`<div class="body" lang=${language.now}>${unsafeHTML(shown.body[language.now])}</div>`
      : html`<p class="state">${this.say("loading")}</p>`;
  }

  private readonly chosen = (event: Event) =>
    void this.bench.evaluations.choose((event.target as HTMLSelectElement).value);

  private readonly close = () => this.renderRoot.querySelector("dialog")?.close();
}
