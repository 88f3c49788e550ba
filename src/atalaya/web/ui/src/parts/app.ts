/** The workbench as a whole: header, queue, map and video, site, footer; and what the keys do. */
import { html, nothing, type TemplateResult } from "lit";
import type { CorrectionApplied, SiteRow } from "../api/client";
import { language } from "../i18n";
import { shared } from "../look/shared";
import { theme } from "../look/theme";
import { Bench } from "../state/bench";
import { type Command, commandOf, lookCommands } from "../state/keys";
import { appLook } from "./app.css";
import { HEALTH_MARK } from "./badge";
import { Part } from "./element";
import type { EvaluationsPart } from "./evaluations";
import type { HelpPart } from "./help";
import type { MapPart } from "./map";
import { copyText } from "./point";

type Tab = "queue" | "look" | "metadata" | "site";
/** What keys do while the evaluations lie over everything. */
const OVER_ALL = new Set(["evaluations", "language", "theme"]);
const TOAST_MS = 6000;
/** Where the parts are tabs: the metadata are one of them. */
const narrow = matchMedia("(max-width: 800px)");

export class AppPart extends Part {
  static override styles = [shared, appLook];
  static override properties = { ...Part.properties, tab: { state: true }, toast: { state: true } };
  declare tab: Tab;
  declare toast: string;
  private toastTimer = 0;
  private readonly commands: Readonly<Record<Command, () => void>>;

  constructor() {
    super();
    this.bench = new Bench();
    this.tab = "queue";
    this.toast = "";
    const { bench } = this;
    this.commands = {
      next: () => bench.move(1),
      previous: () => bench.move(-1),
      confirm: () => this.decide("confirmed"),
      reject: () => this.decide("rejected"),
      play: () => bench.playhead.toggle(),
      "step-back": () => bench.playhead.step(-1),
      "step-on": () => bench.playhead.step(1),
      look: () => void bench.nextLook(),
      fit: () => this.map?.fit(),
      "fit-site": () => this.map?.fit(true),
      page: () => bench.togglePage(),
      metadata: () => bench.toggleMetadata(),
      point: () => this.aim(),
      ties: () => this.toggleTies(),
      "tie-remove": () => bench.ties.on && bench.ties.remove(),
      "tie-apply": () => bench.ties.on && bench.ties.confirm(true),
      ...lookCommands(bench),
      evaluations: () => this.evaluations?.toggle(),
      "copy-degrees": () => void this.copyPoint("lonlat"),
      "copy-grid": () => void this.copyPoint("mgrs"),
      language: () => language.toggle(),
      theme: () => theme.toggle(),
      help: () => this.help?.toggle(),
      escape: () => this.escape(),
    };
    theme.addEventListener("change", () => this.requestUpdate());
    bench.addEventListener("change", () => this.keepAddress());
    for (const feed of [bench.point, bench.ties]) {
      feed.addEventListener("change", () => this.requestUpdate());
    }
    bench.addEventListener("recorded", (event) => this.recorded((event as CustomEvent<SiteRow>).detail));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.pressed);
    window.addEventListener("hashchange", this.addressChanged);
    void this.bench.load(siteOfAddress());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.pressed);
    window.removeEventListener("hashchange", this.addressChanged);
  }

  override render() {
    return html`
      <atalaya-header .bench=${this.bench} @help=${() => this.help?.toggle()} @evaluations=${() => this.evaluations?.toggle()}></atalaya-header>
      ${
        this.bench.synthetic
          ? html`<p class="banner" role="status"><strong>SYNTHETIC · SINTÉTICO</strong> <span>${this.say("synthetic")}</span></p>`
          : nothing
      }
      <atalaya-warning .bench=${this.bench}></atalaya-warning>
      ${this.main()} ${this.footer()}
      <p class="toast" role="status" aria-live="polite" ?hidden=${!this.toast}>${this.toast}</p>
      <atalaya-help .bench=${this.bench}></atalaya-help>
      <atalaya-evaluations .bench=${this.bench}></atalaya-evaluations>
    `;
  }

  /** The sign of the open source's health where there is no room for the word. */
  private mark() {
    const health = this.bench.source?.health;
    return health && health !== "ok"
      ? html` <span class=${health}>${HEALTH_MARK[health].trim()}</span>`
      : nothing;
  }

  private main(): TemplateResult {
    const { bench } = this;
    if (bench.phase === "loading" && !bench.workspace) {
      return html`<main class="state"><p>${this.say("loading")}</p></main>`;
    }
    if (bench.phase === "failed") {
      const message = bench.failure?.status ? bench.failure.message : this.say("unreachable");
      return html`<main class="state" role="alert"><h2>${this.say("failed")}</h2><p>${message}</p>
        <button type="button" @click=${() => void bench.load(siteOfAddress())}>${this.say("retry")}</button></main>`;
    }
    if (!bench.workspace?.sources.length && !bench.sites.length) {
      return html`<main class="state"><h2>${this.say("emptyWorkspace")}</h2><p>${this.say("emptyWorkspaceHow")}</p></main>`;
    }
    return html`
      <nav aria-label=${this.say("tagline")}>
        ${(["queue", "look", "metadata", "site"] as const).map(
          (tab) => html`<button type="button" aria-current=${this.tab === tab ? "page" : nothing}
            @click=${() => this.open(tab)}>${this.say(tab)}${tab === "metadata" ? this.mark() : nothing}</button>`,
        )}
      </nav>
      <main class="bench tab-${this.tab} ${bench.page ? "page" : ""} ${bench.metadataOpen ? "metadata" : ""} ${bench.point.asked || bench.ties.on ? "point" : ""} ${bench.ties.on ? "ties" : ""}">
        <atalaya-queue class="queue" .bench=${bench} @click=${this.queueClicked}></atalaya-queue>
        <atalaya-map class="map" .bench=${bench}></atalaya-map>
        <div class="side">${this.side()}</div>
        <atalaya-site class="site" .bench=${bench}></atalaya-site>
      </main>
    `;
  }

  /** The picture and what is asked about it. */
  private side() {
    const { bench } = this;
    return html`
      <atalaya-player .bench=${bench}></atalaya-player>
      <atalaya-readout .bench=${bench}></atalaya-readout>
      ${
        bench.point.asked
          ? html`<atalaya-point .bench=${bench} @copy-point=${this.copyWanted}></atalaya-point>`
          : nothing
      }
      ${bench.ties.on ? html`<atalaya-ties .bench=${bench} @corrected=${this.corrected}></atalaya-ties>` : nothing}
      ${bench.metadataOpen ? html`<atalaya-metadata .bench=${bench}></atalaya-metadata>` : nothing}
    `;
  }

  private footer() {
    const { workspace } = this.bench;
    const head = workspace?.head;
    return html`<footer>
      <span ?hidden=${!workspace} data-value="ledger">${this.say("ledger")}:
        ${this.say("ledgerEntries", { n: workspace?.ledger_entries ?? 0 })},
        ${head ? this.say("signedUpTo", { n: head.size, root: head.root_hash.slice(0, 12) }) : this.say("noHead")}</span>
      <span ?hidden=${!workspace}>${this.say("account")}: ${workspace?.account.actor ?? ""} · ${workspace?.account.role ?? ""}</span>
      <span class="unarmed">${this.say("unarmed")}</span>
    </footer>`;
  }

  private get map(): MapPart | null {
    return this.renderRoot.querySelector("atalaya-map");
  }

  private get evaluations(): EvaluationsPart | null {
    return this.renderRoot.querySelector("atalaya-evaluations");
  }

  private get help(): HelpPart | null {
    return this.renderRoot.querySelector("atalaya-help");
  }

  private open(tab: Tab): void {
    this.tab = tab;
    if (narrow.matches) {
      this.bench.showMetadata(tab === "metadata");
    }
  }

  private decide(decision: "confirmed" | "rejected"): void {
    this.tab = "site";
    this.bench.decide(decision);
  }

  private escape(): void {
    if (this.bench.deciding) {
      this.bench.decide(null);
    } else if (this.bench.ties.confirming) {
      this.bench.ties.confirm(false);
    } else if (this.bench.ties.on) {
      this.bench.ties.toggle(false);
    } else if (this.bench.point.asked) {
      this.bench.point.clear();
    } else {
      this.bench.togglePage(false);
    }
  }

  private keepAddress(): void {
    const wanted = this.bench.selected ? `#/site/${this.bench.selected}` : "#/";
    if (this.bench.phase === "ready" && location.hash !== wanted) {
      history.replaceState(null, "", wanted);
    }
  }

  private recorded(row: SiteRow): void {
    this.tell(this.say("recorded", { site: row.site_id, status: this.word("status", row.status) }));
  }

  /** The point in the picture or, from the map, the place in its middle. */
  private aim(): void {
    if (this.map?.shadowRoot?.activeElement?.classList.contains("maplibregl-canvas")) {
      this.map.askMiddle();
    } else {
      this.renderRoot.querySelector("atalaya-player")?.aim();
    }
  }

  private toggleTies(): void {
    const { point, ties, source } = this.bench;
    if (source?.has_video) {
      point.clear();
      ties.toggle();
    }
  }

  private readonly corrected = ({ detail }: CustomEvent<CorrectionApplied>) =>
    this.tell(this.say("corrected", { n: detail.frames, outside: detail.outside }));

  private async copyPoint(form: string): Promise<void> {
    const { ground, place } = this.bench.point;
    const found = ground?.ground?.place ?? place?.place;
    if (found) {
      const text = copyText(found, form);
      await navigator.clipboard.writeText(text).then(
        () => this.tell(this.say("copiedText", { text })),
        () => this.tell(this.say("notCopied")),
      );
    }
  }

  private readonly copyWanted = (event: CustomEvent<string>) => void this.copyPoint(event.detail);

  private tell(words: string): void {
    this.toast = words;
    clearTimeout(this.toastTimer);
    this.toastTimer = window.setTimeout(() => {
      this.toast = "";
    }, TOAST_MS);
  }

  private readonly pressed = (event: KeyboardEvent) => {
    const path = event.composedPath();
    const target = path[0];
    const isSlider = target instanceof HTMLInputElement && target.type === "range";
    const tag = target instanceof Element && !isSlider ? target.tagName : "";
    const onMap = path.some((it) => it instanceof Element && it.classList.contains("maplibregl-canvas"));
    const command = commandOf(event, tag, onMap || isSlider);
    const covered =
      (this.help?.open && command !== "help") || (this.evaluations?.open && !OVER_ALL.has(command ?? ""));
    if (command && !covered && this.bench.phase === "ready") {
      if (command !== "escape") {
        event.preventDefault();
      }
      this.commands[command]();
    }
  };

  private readonly addressChanged = () => {
    const site = siteOfAddress();
    if (site && this.bench.sites.some((it) => it.site_id === site)) {
      void this.bench.select(site);
    }
  };

  /** On a narrow screen a chosen candidate opens its looks. */
  private readonly queueClicked = (event: Event) => {
    const row = event.composedPath().some((it) => it instanceof HTMLElement && it.dataset.site !== undefined);
    if (row) {
      this.tab = "look";
    }
  };
}

function siteOfAddress(): string | null {
  return /^#\/site\/([\w-]+)$/.exec(location.hash)?.[1] ?? null;
}
