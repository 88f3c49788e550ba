/** The mark of the point on the map, in the shape it has over the video. */
import { type Map as GlMap, Marker } from "maplibre-gl";
import type { LonLat } from "../geo/ellipse";

export class PointMarker {
  private marker: Marker | null = null;

  constructor(private readonly map: GlMap) {}

  show(at: LonLat | null, label: string): void {
    if (!at) {
      this.marker?.remove();
      this.marker = null;
      return;
    }
    this.marker ??= new Marker({ element: cross(), anchor: "center" }).setLngLat(at).addTo(this.map);
    this.marker.setLngLat(at);
    this.marker.getElement().setAttribute("aria-label", label);
  }
}

function cross(): HTMLElement {
  const element = document.createElement("div");
  element.className = "point-marker";
  element.setAttribute("role", "img");
  for (const side of ["left", "right", "up", "down"]) {
    const arm = document.createElement("span");
    arm.className = side;
    element.append(arm);
  }
  return element;
}
