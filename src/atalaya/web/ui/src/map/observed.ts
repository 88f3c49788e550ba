/** Ground that was not observed, laid over the map as a picture. */
import type { Map as GlMap } from "maplibre-gl";
import { api } from "../api/client";
import type { ObservedLayer } from "../state/observed";

const LAYER = "observed";

/** Bring the map in line; `source` is whose ground is shown. */
export function showObserved(map: GlMap, layer: ObservedLayer, source: string | null): void {
  if (map.getLayer(LAYER)) {
    map.removeLayer(LAYER);
    map.removeSource(LAYER);
  }
  const { answer } = layer;
  const found = answer?.observed;
  if (!layer.on || !found || answer.source_id !== source || !map.getLayer("graticule")) {
    return;
  }
  const { west_deg: west, south_deg: south, east_deg: east, north_deg: north } = found;
  map.addSource(LAYER, {
    type: "image",
    url: api.observedUrl(answer.source_id, found.made),
    coordinates: [
      [west, north],
      [east, north],
      [east, south],
      [west, south],
    ],
  });
  map.addLayer(
    { id: LAYER, type: "raster", source: LAYER, paint: { "raster-fade-duration": 0 } },
    "graticule",
  );
}
