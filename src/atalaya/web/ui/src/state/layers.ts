/** What of the map is shown: what was looked at, and what of it was truly seen, relief counted. */
import { type ApiError, api, asApiError, type Exposure } from "../api/client";
import { recall, remember } from "./memory";

export interface Exposures {
  exposure(source: string): Promise<Exposure>;
}

/** Tells `change` when a layer comes, goes, or has something to show. */
export class Layers extends EventTarget {
  coverage = recall("coverage") !== "off";
  exposed = false;
  /** Of the open source; null until it was worked out. */
  exposure: Exposure | null = null;
  failure: ApiError | null = null;
  waiting = false;
  private sourceId: string | null = null;

  constructor(private readonly server: Exposures = api) {
    super();
  }

  open(sourceId: string | null): void {
    this.sourceId = sourceId;
    this.exposure = null;
    this.failure = null;
    this.tell();
    void this.load();
  }

  toggleCoverage(): void {
    this.coverage = !this.coverage;
    remember("coverage", this.coverage ? "on" : "off");
    this.tell();
  }

  toggleExposure(): void {
    this.exposed = !this.exposed;
    this.tell();
    void this.load();
  }

  private async load(): Promise<void> {
    const source = this.sourceId;
    if (!this.exposed || !source || this.exposure) {
      return;
    }
    this.waiting = true;
    this.failure = null;
    this.tell();
    try {
      const exposure = await this.server.exposure(source);
      if (this.sourceId === source) {
        this.exposure = exposure;
      }
    } catch (error) {
      if (this.sourceId === source) {
        this.failure = asApiError(error);
      }
    }
    if (this.sourceId === source) {
      this.waiting = false;
      this.tell();
    }
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
