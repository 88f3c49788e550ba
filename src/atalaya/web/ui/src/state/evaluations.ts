/** What detectors were found to be worth: the list, and the one that is read. */
import { type ApiError, api, asApiError, type Evaluation, type EvaluationRow } from "../api/client";

export interface EvaluationServer {
  evaluations(): Promise<{ evaluations: readonly EvaluationRow[] }>;
  evaluation(content: string): Promise<Evaluation>;
}

/** Tells `change` whenever something of it changes. */
export class EvaluationFeed extends EventTarget {
  rows: readonly EvaluationRow[] | null = null;
  chosen: string | null = null;
  shown: Evaluation | null = null;
  failure: ApiError | null = null;

  constructor(private readonly server: EvaluationServer = api) {
    super();
  }

  /** Read the shelf anew; what was chosen stays chosen if it is still there. */
  async load(): Promise<void> {
    this.failure = null;
    try {
      const { evaluations } = await this.server.evaluations();
      this.rows = evaluations;
      const kept = evaluations.find((it) => it.content === this.chosen && !it.altered);
      const first = kept ?? evaluations.find((it) => !it.altered);
      this.tell();
      if (first) {
        await this.choose(first.content);
      }
    } catch (error) {
      this.failure = asApiError(error);
      this.tell();
    }
  }

  async choose(content: string): Promise<void> {
    if (this.shown?.content === content) {
      return;
    }
    this.chosen = content;
    this.shown = null;
    this.failure = null;
    this.tell();
    try {
      const shown = await this.server.evaluation(content);
      if (this.chosen === content) {
        this.shown = shown;
      }
    } catch (error) {
      if (this.chosen === content) {
        this.failure = asApiError(error);
      }
    }
    this.tell();
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
