/** The first line of the page: which source is open, how it is, and how the page looks. */
import { html, nothing } from "lit";
import { language } from "../i18n";
import { shared } from "../look/shared";
import { theme } from "../look/theme";
import { badge, badgeStyle, HEALTH_MARK } from "./badge";
import { Part } from "./element";
import { headerLook } from "./header.css";

export class HeaderPart extends Part {
  static override styles = [shared, badgeStyle, headerLook];

  constructor() {
    super();
    theme.addEventListener("change", () => this.requestUpdate());
  }

  override render() {
    const { workspace, source } = this.bench;
    return html`<header>
      <img src="/static/tower.svg" alt="" width="24" height="24" />
      <strong>Atalaya</strong>
      ${
        workspace?.sources.length
          ? html`<label><span>${this.say("source")}</span>
            <select aria-label=${this.say("source")} @change=${this.sourceChosen}>
              ${workspace.sources.map(
                (it) => html`<option value=${it.source_id} ?selected=${it.source_id === source?.source_id}>
                  ${HEALTH_MARK[it.health]}${it.name}${it.synthetic ? " · SYNTHETIC" : ""} · ${it.sortie_id}</option>`,
              )}
            </select></label>${this.health()}`
          : nothing
      }
      <span class="space"></span>
      <button type="button" class="evaluations" title="${this.say("evaluations")} (e)" @click=${() => this.dispatchEvent(new Event("evaluations"))}>${this.say("evaluationsShort")}</button>
      <button type="button" title="${this.say("languageTitle")} (l)" @click=${() => language.toggle()}>${this.say("language")}</button>
      <button type="button" class="theme" title="t" @click=${() => theme.toggle()}>${this.say(theme.now === "dark" ? "themeLight" : "themeDark")}</button>
      <button type="button" class="keys" title="?" @click=${() => this.dispatchEvent(new Event("help"))}>${this.say("help")} <kbd>?</kbd></button>
    </header>`;
  }

  /** How the open source's metadata stream is; opens the panel. */
  private health() {
    const { source, metadataOpen } = this.bench;
    if (!source) {
      return nothing;
    }
    const state = this.word("health", source.health);
    return html`<button type="button" class="health" aria-pressed=${metadataOpen} title=${this.say("metadataOpen")}
      aria-label=${this.say("healthTitle", { state })} @click=${() => this.bench.toggleMetadata()}>
      <span>${this.say("metadata")}</span> ${badge(source.health, state)}</button>`;
  }

  private readonly sourceChosen = (event: Event) => {
    void this.bench.openSource((event.target as HTMLSelectElement).value);
  };
}
