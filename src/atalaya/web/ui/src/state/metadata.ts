/** What the metadata stream says: as a whole once per source, and at the picture on screen as it moves. */
import { ApiError, api, type MetadataAnswer, type Moment, type Stream } from "../api/client";

/** Least time between two questions while a video plays [ms]: values stay readable and the server calm. */
const PAUSE_MS = 90;

export interface Source {
  stream(source: string): Promise<Stream>;
  metadata(source: string, moment: Moment): Promise<MetadataAnswer>;
}

/** Tells `stream` when the stream as a whole is known or gone, `values` when there are new values. */
export class MetadataFeed extends EventTarget {
  stream: Stream | null = null;
  values: MetadataAnswer | null = null;
  failure: ApiError | null = null;
  /** Values are asked for only while somebody looks. */
  watched = false;
  private sourceId: string | null = null;
  private wanted: Moment | null = null;
  private shown: Moment | null = null;
  private asking = false;

  constructor(
    private readonly server: Source = api,
    private readonly pauseMs = PAUSE_MS,
  ) {
    super();
  }

  /** Another source: what was shown of the one before goes at once. */
  async open(sourceId: string | null): Promise<void> {
    this.sourceId = sourceId;
    this.stream = null;
    this.values = null;
    this.failure = null;
    this.wanted = null;
    this.shown = null;
    this.tell();
    if (sourceId === null) {
      return;
    }
    try {
      const stream = await this.server.stream(sourceId);
      if (this.sourceId === sourceId) {
        this.stream = stream;
        this.tell();
        void this.ask();
      }
    } catch (error) {
      if (this.sourceId === sourceId) {
        this.failure = error instanceof ApiError ? error : new ApiError(0, "Unexpected", String(error));
        this.tell();
      }
    }
  }

  watch(watched: boolean): void {
    this.watched = watched;
    void this.ask();
  }

  /** The picture on screen is this one now. */
  show(moment: Moment | null): void {
    this.wanted = moment;
    void this.ask();
  }

  /** One question at a time, always for the newest picture; what is on screen stays until the answer comes. */
  private async ask(): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    while (this.isBehind()) {
      const source = this.sourceId as string;
      const moment = this.wanted as Moment;
      this.shown = moment;
      const values = await this.server.metadata(source, moment).catch(() => null);
      if (this.sourceId === source && values) {
        this.values = values;
        this.dispatchEvent(new Event("values"));
      }
      await new Promise((done) => setTimeout(done, this.pauseMs));
    }
    this.asking = false;
  }

  private isBehind(): boolean {
    return this.watched && this.stream !== null && this.wanted !== null && !same(this.wanted, this.shown);
  }

  private tell(): void {
    this.dispatchEvent(new Event("stream"));
  }
}

function same(one: Moment, other: Moment | null): boolean {
  return other !== null && JSON.stringify(one) === JSON.stringify(other);
}
