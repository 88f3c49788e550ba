/** Tie points: the same thing pressed in a picture and on the map, one to four times; what they say of the pose. */
import {
  type ApiError,
  api,
  asApiError,
  type CorrectionAnswer,
  type CorrectionApplied,
  type Moment,
} from "../api/client";
import type { LonLat } from "../geo/ellipse";
import type { Pixel } from "./point";

export const MOST_TIES = 4;

export interface Tie extends Pixel {
  readonly moment: Moment;
  readonly at: LonLat;
}

export interface Calibrator {
  tryTies(source: string, points: readonly Tie[]): Promise<CorrectionAnswer>;
  applyTies(source: string, points: readonly Tie[]): Promise<CorrectionApplied>;
}

/** Tells `change` whenever a point or what is known of them changes. */
export class TieFeed extends EventTarget {
  on = false;
  points: readonly Tie[] = [];
  /** Half a point: pressed in the picture, or on the map, and not yet in the other. */
  pixel: (Pixel & { readonly moment: Moment }) | null = null;
  at: LonLat | null = null;
  answer: CorrectionAnswer | null = null;
  failure: ApiError | null = null;
  /** Asked whether to put it on record. */
  confirming = false;
  applying = false;
  private sourceId: string | null = null;
  private moment: Moment | null = null;

  constructor(private readonly server: Calibrator = api) {
    super();
  }

  open(sourceId: string | null): void {
    this.sourceId = sourceId;
    this.moment = null;
    this.clear(false);
  }

  toggle(on = !this.on): void {
    this.clear(on && this.sourceId !== null);
  }

  show(moment: Moment | null): void {
    this.moment = moment;
  }

  get isFull(): boolean {
    return this.points.length >= MOST_TIES;
  }

  /** Where to draw what was pressed in the picture on screen: its number and its pixel. */
  get shown(): { number: number; pixel: Pixel }[] {
    const here = JSON.stringify(this.moment);
    const pending = this.pixel ? [this.pixel] : [];
    return [...this.points, ...pending]
      .map((it, index) => ({ number: index + 1, pixel: it, moment: it.moment }))
      .filter((it) => JSON.stringify(it.moment) === here);
  }

  press(pixel: Pixel): void {
    if (this.moment && !this.isFull) {
      this.pixel = { x: pixel.x, y: pixel.y, moment: this.moment };
      this.complete();
    }
  }

  mark(at: LonLat): void {
    if (!this.isFull) {
      this.at = at;
      this.complete();
    }
  }

  /** Take away one point; without a number the half that is pending, else the last. */
  remove(index?: number): void {
    if (index === undefined && (this.pixel || this.at)) {
      this.pixel = null;
      this.at = null;
      this.tell();
      return;
    }
    const gone = index ?? this.points.length - 1;
    this.points = this.points.filter((_, number) => number !== gone);
    void this.try();
  }

  confirm(confirming: boolean): void {
    this.confirming = confirming && this.answer !== null;
    this.tell();
  }

  /** Put it on record; null where it was refused, which `failure` says. */
  async apply(): Promise<CorrectionApplied | null> {
    const { sourceId, points } = this;
    if (!sourceId || !points.length || this.applying) {
      return null;
    }
    this.applying = true;
    this.tell();
    try {
      const applied = await this.server.applyTies(sourceId, points);
      this.applying = false;
      this.clear(false);
      return applied;
    } catch (error) {
      this.applying = false;
      this.confirming = false;
      this.failure = asApiError(error);
      this.tell();
      return null;
    }
  }

  private complete(): void {
    if (this.pixel && this.at) {
      this.points = [...this.points, { ...this.pixel, at: this.at }];
      this.pixel = null;
      this.at = null;
      void this.try();
    } else {
      this.tell();
    }
  }

  /** What was known stays on screen until the new answer comes. */
  private async try(): Promise<void> {
    const { points, sourceId } = this;
    this.confirming = false;
    this.failure = null;
    this.answer = points.length ? this.answer : null;
    this.tell();
    if (!points.length || !sourceId) {
      return;
    }
    try {
      const answer = await this.server.tryTies(sourceId, points);
      if (this.points === points) {
        this.answer = answer;
      }
    } catch (error) {
      if (this.points === points) {
        this.answer = null;
        this.failure = asApiError(error);
      }
    }
    this.tell();
  }

  private clear(on: boolean): void {
    this.on = on;
    this.points = [];
    this.pixel = null;
    this.at = null;
    this.answer = null;
    this.failure = null;
    this.confirming = false;
    this.tell();
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
