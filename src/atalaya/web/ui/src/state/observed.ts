/** What of the ground was not observed, over the map: asked for when it is first wanted. */
import { type ApiError, api, asApiError, type ObservedAnswer } from "../api/client";

export interface ObservedServer {
  observed(source: string): Promise<ObservedAnswer>;
}

/** Tells `change` when the layer comes, goes, or has something to show. */
export class ObservedLayer extends EventTarget {
  on = false;
  /** Of the open source; null until it is known. */
  answer: ObservedAnswer | null = null;
  failure: ApiError | null = null;
  private sourceId: string | null = null;

  constructor(private readonly server: ObservedServer = api) {
    super();
  }

  open(sourceId: string | null): void {
    this.sourceId = sourceId;
    this.answer = null;
    this.failure = null;
    this.tell();
    void this.load();
  }

  toggle(): void {
    this.on = !this.on;
    this.tell();
    void this.load();
  }

  private async load(): Promise<void> {
    const source = this.sourceId;
    if (!this.on || !source || this.answer) {
      return;
    }
    this.failure = null;
    try {
      const answer = await this.server.observed(source);
      if (this.sourceId === source) {
        this.answer = answer;
      }
    } catch (error) {
      if (this.sourceId === source) {
        this.failure = asApiError(error);
      }
    }
    this.tell();
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
