/** What the page knows now; every change is told once, by the event `change`. */
import {
  ApiError,
  api,
  asApiError,
  type CorrectionApplied,
  type CoverageShape,
  type Decision,
  type SiteAnswer,
  type SitePixels,
  type SiteRow,
  type Source,
  type Workspace,
} from "../api/client";
import { ChipFeed } from "./chips";
import { Details } from "./details";
import { EvaluationFeed } from "./evaluations";
import { Layers } from "./layers";
import { recall, remember } from "./memory";
import { MetadataFeed } from "./metadata";
import { ObservedLayer } from "./observed";
import { OutlineFeed } from "./outline";
import { Playhead } from "./playhead";
import { PointFeed } from "./point";
import { type Filter, neighbour, queued } from "./queue";
import { TieFeed } from "./ties";
import { Timeline } from "./timeline";

export type Phase = "loading" | "ready" | "failed";

export class Bench extends EventTarget {
  phase: Phase = "loading";
  failure: ApiError | null = null;
  workspace: Workspace | null = null;
  coverage: readonly CoverageShape[] = [];
  sites: readonly SiteRow[] = [];
  filter: Filter = "to-review";
  selected: string | null = null;
  detail: SiteAnswer | null = null;
  detailFailure: ApiError | null = null;
  source: Source | null = null;
  timeline: Timeline | null = null;
  pixels: SitePixels | null = null;
  /** The decision being given a reason; null while none is. */
  deciding: Decision | null = null;
  /** The site shown as a whole page. */
  page = false;
  /** The metadata panel is open; remembered. */
  metadataOpen = recall("metadata") === "open";
  readonly playhead = new Playhead();
  readonly metadata = new MetadataFeed();
  readonly point = new PointFeed();
  readonly ties = new TieFeed();
  readonly outline = new OutlineFeed();
  readonly layers = new Layers();
  readonly observed = new ObservedLayer();
  readonly chips = new ChipFeed();
  readonly evaluations = new EvaluationFeed();
  private lookShown = 0;
  private readonly details = new Details();

  constructor() {
    super();
    this.metadata.addEventListener("stream", () => this.tell());
    this.metadata.watch(this.metadataOpen);
    this.playhead.addEventListener("frame", () => {
      const moment = this.playhead.moment(this.timeline);
      this.metadata.show(moment);
      this.point.show(moment);
      this.ties.show(moment);
      this.outline.show(moment);
    });
  }

  get queue(): SiteRow[] {
    return queued(this.sites, this.filter);
  }

  get mayReview(): boolean {
    return this.workspace?.account.may_review ?? false;
  }

  /** Whether anything on screen was made by the simulator. */
  get synthetic(): boolean {
    return Boolean(
      this.source?.synthetic || this.detail?.row.synthetic || this.sites.some((it) => it.synthetic),
    );
  }

  async load(wanted: string | null): Promise<void> {
    this.phase = "loading";
    this.failure = null;
    this.tell();
    try {
      const [workspace, sites, coverage] = await Promise.all([api.workspace(), api.sites(), api.coverage()]);
      this.workspace = workspace;
      this.sites = sites.sites;
      this.coverage = coverage.coverage;
      this.phase = "ready";
    } catch (error) {
      this.phase = "failed";
      this.failure = asApiError(error);
      this.tell();
      return;
    }
    const known = this.sites.find((it) => it.site_id === wanted);
    if ((known && !this.queue.includes(known)) || !this.queue.length) {
      this.filter = "all"; // nothing is hidden behind a filter that nobody chose
    }
    const first = this.workspace.sources.find((it) => it.has_video) ?? this.workspace.sources[0] ?? null;
    await this.openSource(first?.source_id ?? null);
    await this.select(known?.site_id ?? this.queue[0]?.site_id ?? null);
  }

  /** Show a site, and the look that shows it best. */
  async select(site: string | null): Promise<void> {
    if (site === this.selected && this.detail) {
      return;
    }
    this.selected = site;
    this.detail = null;
    this.detailFailure = null;
    this.pixels = null;
    this.deciding = null;
    this.lookShown = 0;
    this.chips.show(site);
    this.tell();
    if (site === null) {
      return;
    }
    try {
      const detail = await this.details.of(site);
      if (this.selected !== site) {
        return; // another one was chosen meanwhile
      }
      this.detail = detail;
      this.tell();
      this.prefetch();
      await this.goToLook(0);
    } catch (error) {
      if (this.selected === site) {
        this.detailFailure = asApiError(error);
        this.tell();
      }
    }
  }

  move(by: number): void {
    void this.select(neighbour(this.queue, this.selected, by));
  }

  setFilter(filter: Filter): void {
    this.filter = filter;
    this.tell();
    if (!this.queue.some((it) => it.site_id === this.selected)) {
      void this.select(this.queue[0]?.site_id ?? null);
    }
  }

  async openSource(id: string | null): Promise<void> {
    const source = this.workspace?.sources.find((it) => it.source_id === id) ?? null;
    if (source && this.source?.source_id === source.source_id) {
      return;
    }
    this.source = source;
    this.timeline = null;
    this.pixels = null;
    this.playhead.show(null);
    this.tell();
    for (const feed of [this.metadata, this.point, this.ties, this.outline, this.layers, this.observed]) {
      void feed.open(source?.source_id ?? null);
    }
    if (!source) {
      return;
    }
    const timeline = await api.timeline(source.source_id).catch(() => null);
    if (this.source === source && timeline) {
      this.timeline = new Timeline(timeline);
      this.tell();
      void this.loadPixels();
    }
  }

  /** The next best look at the selected site. */
  async nextLook(): Promise<void> {
    const looks = this.detail?.looks.length ?? 0;
    if (looks > 0) {
      await this.goToLook((this.lookShown + 1) % looks);
    }
  }

  async goToLook(index: number): Promise<void> {
    const look = this.detail?.looks[index];
    if (look) {
      this.lookShown = index;
      await this.openSource(look.source_id);
      this.playhead.cue({ ptsS: look.pts_s, frame: look.frame_index });
    }
    void this.loadPixels();
  }

  decide(decision: Decision | null): void {
    this.deciding = this.mayReview && this.detail ? decision : null;
    this.tell();
  }

  /** Record the decision; then the next in the queue is shown.
   *  @throws ApiError the server's reason why it is not recorded. */
  async record(decision: Decision, reason: string): Promise<void> {
    const site = this.selected;
    if (site === null) {
      throw new ApiError(0, "InputError", "no site is selected");
    }
    const next = this.afterThis(site);
    const answer = await api.review(site, decision, reason);
    this.sites = this.sites.map((it) => (it.site_id === site ? answer.row : it));
    this.details.put(site, answer);
    this.deciding = null;
    if (this.selected === site) {
      this.detail = answer;
    }
    this.tell();
    this.dispatchEvent(new CustomEvent<SiteRow>("recorded", { detail: answer.row }));
    void this.refreshHead();
    if (this.selected === site && !this.queue.some((it) => it.site_id === site)) {
      void this.select(next ?? this.queue[0]?.site_id ?? site);
    }
  }

  /** Put the correction of the tie points on record; then the source is read anew. */
  async applyTies(): Promise<CorrectionApplied | null> {
    const applied = await this.ties.apply();
    const id = this.source?.source_id;
    if (applied && id) {
      const [workspace, coverage] = await Promise.all([api.workspace(), api.coverage()]).catch(() => []);
      this.workspace = workspace ?? this.workspace;
      this.coverage = coverage?.coverage ?? this.coverage;
      this.source = null;
      await this.openSource(id);
    }
    return applied;
  }

  togglePage(open = !this.page): void {
    this.page = open && this.selected !== null;
    this.tell();
  }

  toggleMetadata(open = !this.metadataOpen): void {
    remember("metadata", open ? "open" : "closed");
    this.showMetadata(open);
  }

  /** Open or close the panel for now, without remembering it. */
  showMetadata(open: boolean): void {
    this.metadataOpen = open;
    this.metadata.watch(open);
    this.tell();
  }

  /** The next in the queue is at hand before it is chosen: triage waits for nothing. */
  private prefetch(): void {
    const next = neighbour(this.queue, this.selected, 1);
    if (next !== null) {
      void this.details.of(next).catch(() => undefined);
    }
  }

  private afterThis(site: string): string | null {
    const next = neighbour(this.queue, site, 1);
    return next === site ? neighbour(this.queue, site, -1) : next;
  }

  private async refreshHead(): Promise<void> {
    const workspace = await api.workspace().catch(() => null);
    if (workspace && this.workspace) {
      this.workspace = { ...this.workspace, head: workspace.head, ledger_entries: workspace.ledger_entries };
      this.tell();
    }
  }

  private async loadPixels(): Promise<void> {
    const site = this.selected;
    const source = this.source;
    if (site === null || !source?.has_video) {
      return;
    }
    const pixels = await api.pixels(site, source.source_id).catch(() => null);
    if (this.selected === site && this.source === source) {
      this.pixels = pixels;
      this.tell();
    }
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
