/** The map's layers in the colours of the theme: no tiles, no glyphs, nothing from outside. */
import type { ExpressionSpecification, StyleSpecification } from "maplibre-gl";
import type { Theme } from "../look/theme";
import { NOTHING } from "./features";

interface Palette {
  ground: string;
  graticule: string;
  coverage: string;
  coverageOther: string;
  track: string;
  footprint: string;
  point: string;
  ink: string;
  status: Readonly<Record<string, string>>;
}

/** The same colours as `look/tokens.css`; a unit test holds the two together. */
export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    ground: "#e3e6df",
    graticule: "#c3c9bf",
    coverage: "#9db8a4",
    coverageOther: "#b9bdb4",
    track: "#0a5aa8",
    footprint: "#0a5aa8",
    point: "#6a1fb0",
    ink: "#171c20",
    status: {
      candidate: "#b87900",
      probable: "#c44d00",
      confirmed: "#007a55",
      inactive: "#a04a86",
      dismantled: "#4a6572",
      rejected: "#747b82",
    },
  },
  dark: {
    ground: "#0e1417",
    graticule: "#26323a",
    coverage: "#2b4a3d",
    coverageOther: "#2b3338",
    track: "#66b2ff",
    footprint: "#66b2ff",
    point: "#5ff0ff",
    ink: "#e5e9ec",
    status: {
      candidate: "#f0b429",
      probable: "#ff8a3d",
      confirmed: "#35d09a",
      inactive: "#e08cc6",
      dismantled: "#9db6c4",
      rejected: "#8b949c",
    },
  },
};

export const SOURCES = ["graticule", "coverage", "track", "footprint", "sites", "point"] as const;
export type MapSource = (typeof SOURCES)[number];

function statusColour(palette: Palette): ExpressionSpecification {
  const pairs = Object.entries(palette.status).flat();
  return ["match", ["get", "status"], ...pairs, palette.ink] as unknown as ExpressionSpecification;
}

function part(name: string): ExpressionSpecification {
  return ["==", ["get", "part"], name];
}

export function mapStyle(theme: Theme): StyleSpecification {
  const palette = PALETTES[theme];
  const sources: StyleSpecification["sources"] = {};
  for (const name of SOURCES) {
    sources[name] = { type: "geojson", data: NOTHING };
  }
  const own: ExpressionSpecification = ["get", "own"];
  const colour = statusColour(palette);
  return {
    version: 8,
    sources,
    layers: [
      { id: "ground", type: "background", paint: { "background-color": palette.ground } },
      {
        id: "coverage",
        type: "fill",
        source: "coverage",
        paint: {
          "fill-color": ["case", own, palette.coverage, palette.coverageOther],
          "fill-opacity": 0.45,
        },
      },
      {
        id: "coverage-edge",
        type: "line",
        source: "coverage",
        paint: {
          "line-color": ["case", own, palette.coverage, palette.coverageOther],
          "line-width": 1,
        },
      },
      {
        id: "graticule",
        type: "line",
        source: "graticule",
        paint: { "line-color": palette.graticule, "line-width": 1 },
      },
      {
        id: "track",
        type: "line",
        source: "track",
        paint: {
          "line-color": palette.track,
          "line-width": 1,
          "line-opacity": 0.5,
          "line-dasharray": [3, 3],
        },
      },
      {
        id: "footprint",
        type: "fill",
        source: "footprint",
        filter: part("outline"),
        paint: { "fill-color": palette.footprint, "fill-opacity": 0.16 },
      },
      {
        id: "footprint-edge",
        type: "line",
        source: "footprint",
        filter: part("outline"),
        paint: { "line-color": palette.footprint, "line-width": 2.5 },
      },
      {
        id: "site-fill",
        type: "fill",
        source: "sites",
        paint: { "fill-color": colour, "fill-opacity": ["case", ["get", "selected"], 0.5, 0.28] },
      },
      {
        id: "site-edge",
        type: "line",
        source: "sites",
        paint: { "line-color": colour, "line-width": ["case", ["get", "selected"], 3, 1.75] },
      },
      {
        id: "centre-error",
        type: "line",
        source: "footprint",
        filter: part("error"),
        paint: { "line-color": palette.footprint, "line-width": 1.25, "line-dasharray": [2, 2] },
      },
      {
        id: "centre",
        type: "circle",
        source: "footprint",
        filter: part("centre"),
        paint: { "circle-radius": 3, "circle-color": palette.footprint },
      },
      {
        id: "point-region",
        type: "fill",
        source: "point",
        paint: {
          "fill-color": palette.point,
          "fill-opacity": ["interpolate", ["linear"], ["get", "share"], 0, 0.12, 1, 0.34],
        },
      },
      {
        id: "point-edge",
        type: "line",
        source: "point",
        filter: ["!", ["get", "other"]],
        paint: { "line-color": palette.point, "line-width": 2 },
      },
      {
        id: "point-other",
        type: "line",
        source: "point",
        filter: ["get", "other"],
        paint: { "line-color": palette.point, "line-width": 2, "line-dasharray": [2, 1.5] },
      },
    ],
  };
}
