/** The queue: the most probable first, moved through by keyboard. */
import { css, html, nothing } from "lit";
import type { SiteRow } from "../api/client";
import { metres, percent } from "../format";
import type { Key } from "../i18n";
import { shared, statusStyle } from "../look/shared";
import { type Filter, STATUSES } from "../state/queue";
import { Part } from "./element";

export class QueuePart extends Part {
  static override styles = [
    shared,
    statusStyle,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100%;
        background: var(--panel);
      }
      header {
        display: grid;
        grid-template-columns: 1fr auto;
        align-items: center;
        gap: 6px 8px;
        padding: 8px 12px;
        border-bottom: 1px solid var(--line);
      }
      header label {
        grid-column: 1 / -1;
        display: flex;
        align-items: center;
        gap: 8px;
      }
      select {
        flex: 1;
        min-width: 0;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        overflow-y: auto;
        flex: 1;
      }
      li {
        border-bottom: 1px solid var(--line);
      }
      li button {
        width: 100%;
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 2px 8px;
        align-items: center;
        text-align: left;
        padding: 8px 12px;
        border: 0;
        border-left: 4px solid transparent;
        border-radius: 0;
        background: none;
      }
      li button:hover {
        background: var(--panel-2);
      }
      li button[aria-current="true"] {
        background: var(--select);
        border-left-color: var(--accent);
      }
      li button:focus-visible {
        outline-offset: -2px;
      }
      .id {
        font-weight: 600;
      }
      .chance {
        font-size: 17px;
        font-weight: 600;
        text-align: right;
      }
      .small {
        font-size: 12px;
        color: var(--ink-2);
      }
      .right {
        text-align: right;
      }
      svg {
        grid-column: 1 / -1;
        width: 100%;
        height: 4px;
        display: block;
        background: var(--line);
        border-radius: 2px;
      }
      rect {
        fill: var(--colour);
      }
      .empty {
        flex: 1;
        margin: 0;
        padding: 24px 12px;
        text-align: center;
        color: var(--ink-2);
      }
      footer {
        padding: 6px 12px;
        font-size: 12px;
        border-top: 1px solid var(--line);
        color: var(--ink-2);
      }
      @media (max-width: 800px) {
        footer {
          display: none;
        }
        li button {
          padding: 11px 12px;
        }
      }
    `,
  ];

  override render() {
    const { bench } = this;
    const queue = bench.queue;
    return html`
      <header>
        <h2>${this.say("queue")}</h2>
        <span class="small">${this.say("queueCount", { n: queue.length, total: bench.sites.length })}</span>
        <label><span class="small">${this.say("filter")}</span>
          <select @change=${this.filterChosen} .value=${bench.filter}>
            ${this.option("to-review", this.say("filterToReview"))}
            ${this.option("all", this.say("filterAll"))}
            ${STATUSES.map((status) => this.option(status, this.word("status", status)))}
          </select>
        </label>
      </header>
      ${
        queue.length
          ? html`<ul>${queue.map((site) => this.row(site))}</ul>`
          : html`<p class="empty">${this.say(this.whyEmpty())}</p>`
      }
      <footer><kbd>j</kbd> <kbd>k</kbd> ${this.say("moveHint")} · <kbd>c</kbd> ${this.say("confirm")} · <kbd>r</kbd> ${this.say("reject")}</footer>
    `;
  }

  protected override updated(): void {
    this.renderRoot.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }

  private whyEmpty(): Key {
    if (!this.bench.sites.length) {
      return "noSitesYet";
    }
    return this.bench.filter === "to-review" ? "queueDone" : "queueEmpty";
  }

  private option(value: Filter, label: string) {
    return html`<option value=${value} ?selected=${this.bench.filter === value}>${label}</option>`;
  }

  private row(site: SiteRow) {
    const kind = site.kind ? this.word("kind", site.kind) : this.say("kind.unknown");
    const selected = site.site_id === this.bench.selected;
    return html`<li>
      <button type="button" class=${site.status} data-site=${site.site_id} aria-current=${selected ? "true" : nothing}
        @click=${() => void this.bench.select(site.site_id)}>
        <span class="id">${site.site_id}</span>
        <span class="chance">${percent(site.probability)}</span>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect width=${100 * site.probability} height="4"></rect>
        </svg>
        <span class="small">${kind}</span>
        <span class="small right">CE90 ${metres(site.position.ce90_m)}</span>
        <span class="status ${site.status}">${this.word("status", site.status)}</span>
        <span class="small right">${site.looks_seen}/${site.looks_possible}</span>
      </button>
    </li>`;
  }

  private readonly filterChosen = (event: Event) => {
    this.bench.setFilter((event.target as HTMLSelectElement).value as Filter);
  };
}
