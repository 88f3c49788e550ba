/** Numbered marks of the tie points on the map, as they are numbered over the video. */
import { type Map as GlMap, Marker } from "maplibre-gl";
import type { LonLat } from "../geo/ellipse";
import type { TieFeed } from "../state/ties";

export class TieMarkers {
  private held: Marker[] = [];

  constructor(private readonly map: GlMap) {}

  show(ties: TieFeed): void {
    for (const marker of this.held) {
      marker.remove();
    }
    const places: LonLat[] = [...ties.points.map((it) => it.at), ...(ties.at ? [ties.at] : [])];
    this.held = places.map((at, index) =>
      new Marker({ element: numbered(index + 1), anchor: "center" }).setLngLat(at).addTo(this.map),
    );
  }
}

function numbered(number: number): HTMLElement {
  const element = document.createElement("div");
  element.className = "tie-marker";
  element.textContent = String(number);
  return element;
}
