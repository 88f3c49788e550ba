/** What moves the places of the open source, in words, with what to do: over everything until it is put away. */
import { css, html, nothing } from "lit";
import { language } from "../i18n";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { Part } from "./element";

export class WarningPart extends Part {
  static override styles = [
    shared,
    css`
      .warning {
        display: flex;
        gap: 8px;
        padding: 5px 12px;
        border-bottom: 1px solid var(--line);
        border-left: 4px solid var(--warn);
        background: color-mix(in srgb, var(--warn) 14%, var(--panel));
      }
      svg {
        flex: none;
        margin-top: 2px;
        color: var(--warn);
      }
      details {
        flex: 1;
      }
      summary {
        cursor: pointer;
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      strong {
        font-weight: 600;
      }
      u {
        white-space: nowrap;
      }
      p {
        margin: 4px 0 0;
      }
      .quiet {
        font-size: 12px;
      }
      code {
        font-size: 13px;
        padding: 0 4px;
        border-radius: 3px;
        background: color-mix(in srgb, var(--ink) 9%, transparent);
      }
      button {
        align-self: start;
        display: grid;
        place-items: center;
        min-height: 24px;
        padding: 2px 5px;
      }
    `,
  ];
  /** Put away until the page is loaded again. */
  private readonly away = new Set<string>();

  /** Names of commands stand between backticks. */
  private marked(text: string) {
    return text.split("`").map((part, index) => (index % 2 ? html`<code>${part}</code>` : part));
  }

  override render() {
    const { source } = this.bench;
    const shown = source?.warnings.filter((it) => !this.away.has(`${source.source_id}/${it.kind}`)) ?? [];
    return shown.length && source
      ? shown.map(
          (it) => html`<div class="warning" role="alert" data-kind=${it.kind}>${icons.attention}
            <details><summary><strong>${it.words[language.now]}</strong> <u>${this.say("whatToDo")}</u></summary>
              <p>${this.marked(it.remedy[language.now])}</p>
              <p class="quiet" lang="en">${it.detail}</p></details>
            <button type="button" title=${this.say("putAway")} aria-label=${this.say("putAway")}
              @click=${() => this.put(`${source.source_id}/${it.kind}`)}>${icons.close}</button></div>`,
        )
      : nothing;
  }

  private put(warning: string): void {
    this.away.add(warning);
    this.requestUpdate();
  }
}
