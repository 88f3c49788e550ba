/** The metadata panel: what the stream says at the picture on screen, and how far it can be trusted. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Item, MetadataSet, Stream } from "../api/client";
import { language } from "../i18n";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { ageText, grouped, isSet, nameOf, spanText, valueText } from "../state/items";
import { expected, usable } from "../state/strip";
import { badge, badgeStyle } from "./badge";
import { Part } from "./element";
import { metadataLook } from "./metadata.css";

type View = "values" | "stream";
const VIEWS: readonly View[] = ["values", "stream"];
/** A packet this new is of the picture itself [s]. */
const NOW_S = 0.05;
const NO_VALUE = new Set(["error_indicator", "out_of_range", "zero_length", "malformed", "unknown_item"]);

export class MetadataPart extends Part {
  static override styles = [shared, badgeStyle, metadataLook];
  static override properties = { ...Part.properties, filter: { state: true }, view: { state: true } };
  declare filter: string;
  declare view: View;

  constructor() {
    super();
    this.filter = "";
    this.view = "values";
  }

  override render() {
    const { metadata, source } = this.bench;
    const { stream, failure } = metadata;
    const health = stream?.health ?? source?.health;
    return html`
      <header>
        <div role="tablist" aria-label=${this.say("metadata")}>${VIEWS.map(
          (view) => html`<button type="button" role="tab" aria-selected=${this.view === view}
            @click=${() => this.open(view)}>${this.word("view", view)}</button>`,
        )}</div>
        ${health ? badge(health, this.word("health", health)) : nothing}
        <input type="search" ?hidden=${this.view !== "values"} placeholder=${this.say("metadataFilter")} aria-label=${this.say("metadataFilter")}
          .value=${this.filter} @input=${this.filtered} />
        <button type="button" class="close" title="${this.say("close")} (m)" aria-label=${this.say("close")}
          @click=${() => this.bench.toggleMetadata(false)}>${icons.close}</button>
      </header>
      ${stream && this.view === "values" ? this.summary(stream) : nothing}
      <div class="body" tabindex="0" role="region" aria-label=${this.say("metadataOf")}>
        ${failure ? html`<p class="note bad" role="alert">${this.say("metadataFailed", { why: failure.message })}</p>` : nothing}
        ${stream || failure || !source ? nothing : html`<p class="note">${this.say("metadataLoading")}</p>`}
        ${stream ? html`${this.view === "stream" ? html`<atalaya-recovery .bench=${this.bench}></atalaya-recovery>` : this.values()}` : nothing}
      </div>
    `;
  }

  override firstUpdated(): void {
    this.bench.metadata.addEventListener("values", () => this.requestUpdate());
  }

  /** The stream in one line; the rest of it is one press away. */
  private summary(stream: Stream) {
    const { time, findings } = stream;
    const said = [
      this.word("clock", time.clock),
      time.residual_s === null ? null : this.say("residual", { t: spanText(time.residual_s) }),
      this.say("recoveredOf", { n: usable(stream), total: expected(stream) }),
      this.say("findingsOf", { n: findings.length }),
    ].filter(Boolean);
    return html`<button type="button" class="summary" data-value="summary" @click=${() => this.open("stream")}>
      ${said.join(" · ")}</button>`;
  }

  private values() {
    const sets = this.bench.metadata.values?.sets;
    if (!sets) {
      return nothing;
    }
    return sets.length
      ? repeat(
          sets,
          (it) => `${it.standard}/${it.pid}/${it.title}`,
          (it) => this.set(it),
        )
      : html`<p class="note">${this.say("metadataNothing")}</p>`;
  }

  private set(set: MetadataSet): TemplateResult {
    const groups = grouped(set, this.filter, language.now);
    const about = [
      set.pid === null ? null : `PID ${set.pid}`,
      set.version === null ? null : `v${set.version}`,
      this.say("packetOf", { n: set.packet }),
      set.utc === null ? null : set.utc.slice(11, 23),
      set.age_s === null || set.age_s < NOW_S ? null : this.say("ago", { t: ageText(set.age_s) }),
    ].filter(Boolean);
    return html`<section>
      <h3><b>${set.standard === null ? set.title : documentOf(set.standard)}</b> <span>${about.join(" · ")}</span></h3>
      ${set.checksum === "failed" ? html`<p class="note bad" data-value="failed">${icons.damaged} ${this.say("packetFailed")}</p>` : nothing}
      ${groups.length ? nothing : html`<p class="note">${this.say("metadataNoMatch")}</p>`}
      ${repeat(
        groups,
        (it) => it.group,
        ({ group, items }) => html`<h4>${this.word("group", group)}</h4>
          <ul data-group=${group}>${this.items(items, set.standard)}</ul>`,
      )}
      ${set.not_shown ? html`<p class="note quiet" data-value="not-shown">${this.say("notShown", { n: set.not_shown })}</p>` : nothing}
    </section>`;
  }

  private items(items: readonly Item[], standard: string | null) {
    return repeat(
      items,
      (it, at) => `${it.tag}/${it.name}/${items.slice(0, at).filter((other) => other.tag === it.tag).length}`,
      (it) => (isSet(it) ? this.tree(it, standard) : this.row(it, standard)),
    );
  }

  private tree(item: Item, standard: string | null): TemplateResult {
    return html`<li class="tree" data-tag=${item.tag}><details ?open=${this.filter !== ""}>
      <summary>${this.name(item)} <span class="count">${this.say("elements", { n: item.parts.length + item.more })}</span>
        ${item.flag === "ok" ? nothing : this.mark(item)}</summary>
      <ul>${this.items(item.parts, innerStandard(standard, item))}
        ${item.more ? html`<li class="more">${this.say("moreElements", { n: item.more })}</li>` : nothing}</ul>
    </details></li>`;
  }

  private row(item: Item, standard: string | null): TemplateResult {
    const isUnknown = item.value === null && NO_VALUE.has(item.flag);
    return html`<li class="row ${item.flag}" data-tag=${item.tag} title=${item.reason ?? ""}>
      ${this.name(item)}
      ${isUnknown ? nothing : html`<span class="value">${valueText(standard, item, language.now)}</span>`}
      <span class="mark ${isUnknown ? "wide" : ""}">${item.flag === "ok" ? nothing : this.mark(item)}</span>
    </li>`;
  }

  private name(item: Item) {
    return html`<span class="name"><i>${item.tag || nothing}</i><span>${nameOf(item, language.now, this.say("item"))}</span></span>`;
  }

  private mark(item: Item) {
    if (item.flag === "stale" && item.age_s !== null) {
      const t = ageText(item.age_s);
      return html`<span class="flag stale" title=${this.say("saidAgo", { t })}>${icons.older}${this.say("ago", { t })}</span>`;
    }
    const sign =
      item.flag === "stale" ? icons.older : item.flag === "checksum_failed" ? icons.damaged : icons.none;
    const age = item.age_s === null ? "" : ` · ${this.say("ago", { t: ageText(item.age_s) })}`;
    return html`<span class="flag ${item.flag}">${sign}${this.word("flag", item.flag)}${age}</span>`;
  }

  private open(view: View): void {
    this.view = view;
  }

  private readonly filtered = (event: Event) => {
    this.filter = (event.target as HTMLInputElement).value;
  };
}

/** The Predator set is an engineering guideline, all others are standards. */
function documentOf(standard: string): string {
  return `${standard === "0104" ? "EG" : "ST"} ${standard}`;
}

/** ST 0601 items inside a segment or an amendment are read as its own; other sets have their own numbers. */
function innerStandard(standard: string | null, item: Item): string | null {
  return standard === "0601" && (item.tag === 100 || item.tag === 101) ? standard : null;
}
