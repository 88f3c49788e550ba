/** Layers of the map that come and go: what was looked at, and what of it was seen. */
import type { Map as GlMap } from "maplibre-gl";
import { api } from "../api/client";
import type { Layers } from "../state/layers";

const COVERAGE = ["coverage", "coverage-edge"];
const EXPOSURE = "exposure";

/** Bring the map in line; `source` is whose ground is shown. */
export function showLayers(map: GlMap, layers: Layers, source: string | null): void {
  for (const layer of COVERAGE) {
    if (map.getLayer(layer)) {
      map.setLayoutProperty(layer, "visibility", layers.coverage ? "visible" : "none");
    }
  }
  if (map.getLayer(EXPOSURE)) {
    map.removeLayer(EXPOSURE);
    map.removeSource(EXPOSURE);
  }
  const { exposure } = layers;
  if (!layers.exposed || !exposure || exposure.source_id !== source || !map.getLayer("graticule")) {
    return;
  }
  const { west_deg: west, south_deg: south, east_deg: east, north_deg: north } = exposure;
  map.addSource(EXPOSURE, {
    type: "image",
    url: api.exposureUrl(exposure.source_id),
    coordinates: [
      [west, north],
      [east, north],
      [east, south],
      [west, south],
    ],
  });
  map.addLayer(
    { id: EXPOSURE, type: "raster", source: EXPOSURE, paint: { "raster-fade-duration": 0 } },
    "graticule",
  );
}
