/** The user's own terrain under everything: shaded by the map from tiles of heights, hatched where unknown. */
import type { Feature } from "geojson";
import type { Map as GlMap } from "maplibre-gl";
import { api, type Terrain } from "../api/client";
import type { Theme } from "../look/theme";

interface Shade {
  shadow: string;
  light: string;
  /** Brightness of the hatching's lines and of the ground between them, 0 to 1. */
  hatch: readonly [number, number];
}

/** Level ground stays in the map's own colour, so that whatever lies on it keeps its contrast. */
export const SHADES: Readonly<Record<Theme, Shade>> = {
  light: { shadow: "rgba(66, 80, 70, 0.62)", light: "rgba(255, 255, 255, 0.8)", hatch: [0.66, 0.86] },
  dark: { shadow: "rgba(0, 0, 0, 0.6)", light: "rgba(150, 175, 190, 0.62)", hatch: [0.26, 0.09] },
};
/** Degrees above the horizon: as low as the sun that shows ravines best. */
const LIGHT_ALTITUDE_DEG = 36;

/** Layers are put under this one. */
const ABOVE = "coverage";
const WORLD: [number, number][] = [
  [-180, -85],
  [180, -85],
  [180, 85],
  [-180, 85],
  [-180, -85],
];

/** Everything outside the edges of the terrain: what a tile shows there is made up. */
export function beyond(terrain: Terrain): Feature {
  const { west_deg: west, south_deg: south, east_deg: east, north_deg: north } = terrain;
  const edge: [number, number][] = [
    [west, south],
    [west, north],
    [east, north],
    [east, south],
    [west, south],
  ];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [WORLD, edge] } };
}

/** Put the terrain into a map whose style has none yet. */
export function addRelief(map: GlMap, terrain: Terrain, theme: Theme, ground: string): void {
  if (map.getSource("relief")) {
    return;
  }
  const tiles = {
    tileSize: 256,
    bounds: [terrain.west_deg, terrain.south_deg, terrain.east_deg, terrain.north_deg] as [
      number,
      number,
      number,
      number,
    ],
    minzoom: terrain.min_zoom,
    maxzoom: terrain.max_zoom,
  };
  const shade = SHADES[theme];
  map.addSource("relief", {
    type: "raster-dem",
    encoding: "terrarium",
    tiles: [location.origin + api.terrainTiles("height", terrain.revision)],
    ...tiles,
  });
  map.addLayer(
    {
      id: "relief",
      type: "hillshade",
      source: "relief",
      paint: {
        "hillshade-method": "basic",
        "hillshade-illumination-direction": 315,
        "hillshade-illumination-altitude": LIGHT_ALTITUDE_DEG,
        "hillshade-illumination-anchor": "map",
        "hillshade-shadow-color": shade.shadow,
        "hillshade-highlight-color": shade.light,
      },
    },
    ABOVE,
  );
  if (terrain.has_voids) {
    map.addSource("void", {
      type: "raster",
      tiles: [location.origin + api.terrainTiles("void", terrain.revision)],
      ...tiles,
    });
    map.addLayer(
      {
        id: "void",
        type: "raster",
        source: "void",
        paint: {
          "raster-resampling": "nearest",
          "raster-fade-duration": 0,
          "raster-brightness-min": shade.hatch[0],
          "raster-brightness-max": shade.hatch[1],
        },
      },
      ABOVE,
    );
  }
  map.addSource("beyond", { type: "geojson", data: beyond(terrain) });
  map.addLayer({ id: "beyond", type: "fill", source: "beyond", paint: { "fill-color": ground } }, ABOVE);
}
