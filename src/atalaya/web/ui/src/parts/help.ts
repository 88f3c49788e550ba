/** The list of keys, over everything. */
import { css, html } from "lit";
import type { Key } from "../i18n";
import { shared } from "../look/shared";
import { Part } from "./element";

const KEYS: readonly (readonly [string[], Key])[] = [
  [["j", "k", "↓", "↑"], "keyMove"],
  [["c"], "keyConfirm"],
  [["r"], "keyReject"],
  [["Enter"], "keyLook"],
  [["Space"], "keyPlay"],
  [[",", "."], "keyStep"],
  [["f", "F"], "keyFit"],
  [["o"], "keyPage"],
  [["p"], "keyPoint"],
  [["y", "Y"], "keyCopy"],
  [["w", "v"], "keyLayers"],
  [["n"], "keyObserved"],
  [["g"], "keyChips"],
  [["S", "s", "b"], "keySwipe"],
  [["d", "u"], "keyFocus"],
  [["e"], "keyEvaluations"],
  [["x"], "keyTies"],
  [["Backspace", "a"], "keyTie"],
  [["m"], "keyMetadata"],
  [["l"], "keyLanguage"],
  [["t"], "keyTheme"],
  [["?"], "keyHelp"],
];

export class HelpPart extends Part {
  static override styles = [
    shared,
    css`
      dialog {
        max-width: min(460px, 92vw);
        padding: 18px 22px;
        color: var(--ink);
        background: var(--panel);
        border: 1px solid var(--line);
        border-radius: 8px;
        box-shadow: 0 8px 40px rgb(0 0 0 / 40%);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }
      h2 {
        font-size: 15px;
        margin-bottom: 10px;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 7px 16px;
        margin: 0 0 14px;
      }
      dt {
        white-space: nowrap;
      }
      dd {
        margin: 0;
      }
      p {
        font-size: 12px;
        color: var(--ink-2);
      }
    `,
  ];

  override render() {
    return html`<dialog aria-labelledby="title">
      <h2 id="title">${this.say("helpTitle")}</h2>
      <dl>${KEYS.map(
        ([keys, text]) =>
          html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${this.say(text)}</dd>`,
      )}</dl>
      <p>${this.say("unarmed")}</p>
      <button type="button" @click=${this.close}>${this.say("close")} <kbd>Esc</kbd></button>
    </dialog>`;
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
    }
  }

  private readonly close = () => this.renderRoot.querySelector("dialog")?.close();
}
