/** What is in the queue, in which order, and what comes next. */
import type { SiteRow, Status } from "../api/client";

export type Filter = "to-review" | "all" | Status;
export const STATUSES: readonly Status[] = [
  "candidate",
  "probable",
  "confirmed",
  "inactive",
  "dismantled",
  "rejected",
];

export function inFilter(site: SiteRow, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "to-review":
      return site.status === "candidate" || site.status === "probable";
    default:
      return site.status === filter;
  }
}

/** Most probable first; equal ones by name, so that the order never jumps. */
export function queued(sites: readonly SiteRow[], filter: Filter): SiteRow[] {
  return sites
    .filter((site) => inFilter(site, filter))
    .sort((one, other) => other.probability - one.probability || one.site_id.localeCompare(other.site_id));
}

/** The neighbour `by` places further; stops at the ends. */
export function neighbour(queue: readonly SiteRow[], selected: string | null, by: number): string | null {
  const at = queue.findIndex((site) => site.site_id === selected);
  const wanted = at < 0 ? 0 : Math.min(queue.length - 1, Math.max(0, at + by));
  return queue[wanted]?.site_id ?? null;
}
