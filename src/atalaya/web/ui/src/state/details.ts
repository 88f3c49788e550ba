/** Sites with their evidence, asked for once. */
import { api, type SiteAnswer } from "../api/client";

export class Details {
  private readonly held = new Map<string, Promise<SiteAnswer>>();

  of(site: string): Promise<SiteAnswer> {
    const held = this.held.get(site);
    if (held) {
      return held;
    }
    const asked = api.site(site);
    this.held.set(site, asked);
    asked.catch(() => this.held.delete(site)); // asked for again with the next choice
    return asked;
  }

  /** What the server answered to a decision. */
  put(site: string, answer: SiteAnswer): void {
    this.held.set(site, Promise.resolve(answer));
  }
}
