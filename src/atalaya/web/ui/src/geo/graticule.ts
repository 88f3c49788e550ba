/** Lines of longitude and latitude at a spacing that suits what is in view. */
import type { Bounds, LonLat } from "./ellipse";

const STEPS_DEG = [
  30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001,
];

/** The largest round step that gives at least `wanted` lines across the view. */
export function stepFor(spanDeg: number, wanted = 4): number {
  return STEPS_DEG.find((step) => spanDeg / step >= wanted) ?? 0.0001;
}

/** Multiples of the step inside low..high, rounded so that they print clean. */
export function ticks(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toFixed(6)),
  );
}

export interface Graticule {
  step: number;
  lons: number[];
  lats: number[];
  lines: LonLat[][];
}

export function graticule(bounds: Bounds): Graticule {
  const [west, south, east, north] = bounds;
  const step = stepFor(Math.max(east - west, north - south));
  const lons = ticks(west, east, step);
  const lats = ticks(Math.max(south, -85), Math.min(north, 85), step);
  const lines: LonLat[][] = [
    ...lons.map((lon): LonLat[] => [
      [lon, Math.max(south, -85)],
      [lon, Math.min(north, 85)],
    ]),
    ...lats.map((lat): LonLat[] => [
      [west, lat],
      [east, lat],
    ]),
  ];
  return { step, lons, lats, lines };
}

/** `107.125° W`: as many decimals as the step needs. */
export function degreeLabel(value: number, step: number, positive: string, negative: string): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return `${Math.abs(value).toFixed(decimals)}° ${value < 0 ? negative : positive}`;
}
