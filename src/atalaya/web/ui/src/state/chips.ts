/** The chips of a site: two layers beside each other, the line between them, and the sheet in focus. */
import { type ApiError, api, asApiError, type Chips, type ChipsAnswer } from "../api/client";
import { recall, remember } from "./memory";

export type Layer = Chips["layers"][number]["layer"];
export const LAYERS: readonly Layer[] = ["single", "integral", "thermal"];
export const FOCUS = { least: -4, most: 4, step: 0.5 } as const;

/** Somebody who stays on a site so long wants to see it [ms]; triage past it asks for nothing. */
const STAY_MS = 350;
/** Between two questions while the server works [ms]. */
const AGAIN_MS = 500;
const SWIPE_STEP = 10;

export interface ChipServer {
  chips(site: string): Promise<ChipsAnswer>;
}

/** Tells `change` whenever something of it changes. */
export class ChipFeed extends EventTarget {
  opened = recall("chips") !== "closed";
  siteId: string | null = null;
  chips: Chips | null = null;
  progress: { readonly done: number; readonly total: number } | null = null;
  failure: ApiError | null = null;
  /** What is to the left and to the right of the line. */
  left: Layer = "single";
  right: Layer = "integral";
  /** Where the line is, 0 at the left edge to 100. */
  divide = 50;
  /** Height of the sheet in focus over the terrain [m]. */
  planeM = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server: ChipServer = api,
    private readonly stayMs = STAY_MS,
    private readonly againMs = AGAIN_MS,
  ) {
    super();
  }

  /** Another site; the pair of layers stays, the focus begins on the ground. */
  show(siteId: string | null): void {
    if (siteId !== this.siteId) {
      this.siteId = siteId;
      this.chips = null;
      this.progress = null;
      this.failure = null;
      this.planeM = 0;
      this.await(this.stayMs);
    }
    this.tell();
  }

  toggle(open = !this.opened): void {
    this.opened = open;
    remember("chips", open ? "open" : "closed");
    this.await(0);
    this.tell();
  }

  retry(): void {
    this.failure = null;
    this.await(0);
    this.tell();
  }

  focus(planeM: number): void {
    this.planeM = Math.min(FOCUS.most, Math.max(FOCUS.least, Math.round(planeM * 2) / 2));
    this.tell();
  }

  moveFocus(steps: number): void {
    this.focus(this.planeM + steps * FOCUS.step);
  }

  swipe(divide: number): void {
    this.divide = Math.min(100, Math.max(0, divide));
    this.tell();
  }

  moveSwipe(steps: number): void {
    this.swipe(this.divide + steps * SWIPE_STEP);
  }

  /** Put a layer on one side; the other side gives way where it shows the same. */
  put(side: "left" | "right", layer: Layer): void {
    const other = side === "left" ? "right" : "left";
    if (this[other] === layer) {
      this[other] = this[side];
    }
    this[side] = layer;
    this.tell();
  }

  /** The next pair of layers that both have a picture. */
  nextPair(): void {
    const there = LAYERS.filter((it) => this.has(it));
    const pairs = there.flatMap((one, at) => there.slice(at + 1).map((two) => [one, two] as const));
    const now = pairs.findIndex(([one, two]) => one === this.left && two === this.right);
    const next = pairs[(now + 1) % pairs.length];
    if (next) {
      [this.left, this.right] = next;
      this.tell();
    }
  }

  has(layer: Layer): boolean {
    return (this.chips?.layers.find((it) => it.layer === layer)?.planes_m.length ?? 0) > 0;
  }

  /** The sheet of a layer's picture: that in focus, or the only one there is. */
  planeOf(layer: Layer): number {
    const planes = this.chips?.layers.find((it) => it.layer === layer)?.planes_m ?? [];
    return planes.includes(this.planeM) ? this.planeM : 0;
  }

  private await(ms: number): void {
    clearTimeout(this.timer);
    if (this.opened && this.siteId && !this.chips) {
      this.timer = setTimeout(() => void this.ask(), ms);
    }
  }

  private async ask(): Promise<void> {
    const site = this.siteId;
    if (site === null) {
      return;
    }
    try {
      const answer = await this.server.chips(site);
      if (site !== this.siteId) {
        return; // another one was chosen meanwhile
      }
      this.chips = answer.chips;
      this.progress = answer.chips ? null : answer;
      this.await(this.againMs);
    } catch (error) {
      if (site === this.siteId) {
        this.failure = asApiError(error);
        this.progress = null;
      }
    }
    this.tell();
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
