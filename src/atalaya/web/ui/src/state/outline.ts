/** The outline of the picture on screen along the relief: asked for when the picture stands still. */
import { api, type Moment, type OutlineAnswer } from "../api/client";

/** A picture that stays so long is worth asking about [ms]. */
const STILL_MS = 140;

export interface Ground {
  outline(source: string, moment: Moment): Promise<OutlineAnswer>;
}

/** Tells `change` when there is an outline for the picture on screen, or no more. */
export class OutlineFeed extends EventTarget {
  answer: OutlineAnswer | null = null;
  private sourceId: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private now = "";

  constructor(
    private readonly server: Ground = api,
    private readonly stillMs = STILL_MS,
  ) {
    super();
  }

  open(sourceId: string | null): void {
    this.sourceId = sourceId;
    this.now = "";
    this.put(null);
  }

  show(moment: Moment | null): void {
    const name = JSON.stringify(moment);
    if (name === this.now) {
      return;
    }
    this.now = name;
    clearTimeout(this.timer);
    this.put(null);
    if (moment && this.sourceId) {
      this.timer = setTimeout(() => void this.ask(moment, name), this.stillMs);
    }
  }

  private async ask(moment: Moment, name: string): Promise<void> {
    const source = this.sourceId;
    const answer = source ? await this.server.outline(source, moment).catch(() => null) : null;
    if (this.now === name && this.sourceId === source && answer?.rings.length) {
      this.put(answer);
    }
  }

  private put(answer: OutlineAnswer | null): void {
    if (this.answer !== answer) {
      this.answer = answer;
      this.dispatchEvent(new Event("change"));
    }
  }
}
