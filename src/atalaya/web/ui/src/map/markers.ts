/** A button on the map for every site: a shape by status, reached by Tab, chosen by Enter. */
import { type Map as GlMap, Marker } from "maplibre-gl";
import type { SiteRow } from "../api/client";

export class SiteMarkers {
  private readonly held = new Map<string, Marker>();

  constructor(
    private readonly map: GlMap,
    private readonly choose: (site: string) => void,
  ) {}

  /** Bring the markers in line with the sites. */
  show(sites: readonly SiteRow[], selected: string | null, label: (site: SiteRow) => string): void {
    const wanted = new Set(sites.map((site) => site.site_id));
    for (const [id, marker] of this.held) {
      if (!wanted.has(id)) {
        marker.remove();
        this.held.delete(id);
      }
    }
    for (const site of sites) {
      const element = this.elementOf(site);
      const isSelected = site.site_id === selected;
      element.className = `maplibregl-marker site-marker ${site.status}${isSelected ? " selected" : ""}`;
      element.setAttribute("aria-label", label(site));
      element.setAttribute("aria-pressed", String(isSelected));
      element.title = label(site);
    }
  }

  private elementOf(site: SiteRow): HTMLElement {
    const held = this.held.get(site.site_id);
    if (held) {
      return held.getElement();
    }
    const element = document.createElement("button");
    element.type = "button";
    element.dataset.site = site.site_id;
    const glyph = document.createElement("span");
    glyph.className = "glyph";
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = site.site_id.replace(/^SIT-/, "").slice(0, 6);
    element.append(glyph, name);
    element.addEventListener("click", () => this.choose(site.site_id));
    const marker = new Marker({ element, anchor: "center" })
      .setLngLat([site.position.lon_deg, site.position.lat_deg])
      .addTo(this.map);
    this.held.set(site.site_id, marker);
    return element;
  }
}
