/** Where the other slopes are that a pixel may truly lie on, as a person would say it. */
import type { GroundPlace, RegionPart } from "../api/client";
import { type LonLat, metresPerDegree } from "./ellipse";

export const WINDS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Wind = (typeof WINDS)[number];

export interface OtherSlope {
  probability: number;
  distanceM: number;
  wind: Wind;
  /** How much higher it lies than the answer; negative where lower. */
  higherM: number;
}

/** Whether the point lies inside the closed ring. */
export function inRing([x, y]: LonLat, ring: readonly (readonly [number, number])[]): boolean {
  let inside = false;
  for (let index = 1; index < ring.length; index++) {
    const [x1, y1] = ring[index - 1] as [number, number];
    const [x2, y2] = ring[index] as [number, number];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) {
      inside = !inside;
    }
  }
  return inside;
}

/** Parts that do not hold the answer itself. */
export function otherParts(ground: GroundPlace): RegionPart[] {
  const at: LonLat = [ground.place.lon_deg, ground.place.lat_deg];
  const own = ground.parts.find((it) => inRing(at, it.ring)) ?? ground.parts[0];
  return ground.parts.filter((it) => it !== own);
}

/** The most probable other slope; null where there is none worth a sentence. */
export function otherSlope(ground: GroundPlace): OtherSlope | null {
  const part = otherParts(ground)[0];
  if (!part || ground.other_slope_probability < 0.01) {
    return null;
  }
  const { lon_deg, lat_deg, hae_m, msl_m } = ground.place;
  const scale = metresPerDegree(lat_deg);
  const east = (part.lon_deg - lon_deg) * scale.lon;
  const north = (part.lat_deg - lat_deg) * scale.lat;
  const turn = (Math.atan2(east, north) / (2 * Math.PI) + 1) * WINDS.length;
  return {
    probability: ground.other_slope_probability,
    distanceM: Math.hypot(east, north),
    wind: WINDS[Math.round(turn) % WINDS.length] as Wind,
    higherM: part.hae_m - (hae_m ?? msl_m ?? part.hae_m),
  };
}
