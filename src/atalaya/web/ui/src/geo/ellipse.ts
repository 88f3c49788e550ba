/** Shapes on the ground around a point, good to a metre within tens of kilometres. */
export type LonLat = [number, number];
export type Bounds = [number, number, number, number];

const DEGREE = Math.PI / 180;

/** Metres in a degree of longitude and of latitude at that latitude (WGS 84 series). */
export function metresPerDegree(latDeg: number): { lon: number; lat: number } {
  const lat = latDeg * DEGREE;
  return {
    lon: 111412.84 * Math.cos(lat) - 93.5 * Math.cos(3 * lat) + 0.118 * Math.cos(5 * lat),
    lat: 111132.92 - 559.82 * Math.cos(2 * lat) + 1.175 * Math.cos(4 * lat),
  };
}

/** Closed outline of an ellipse; azimuth of its major axis clockwise from north. */
export function ellipseRing(
  centre: LonLat,
  semiMajorM: number,
  semiMinorM: number,
  azimuthDeg: number,
  points = 64,
): LonLat[] {
  const perDegree = metresPerDegree(centre[1]);
  const azimuth = azimuthDeg * DEGREE;
  const ring: LonLat[] = [];
  for (let index = 0; index <= points; index++) {
    const angle = (2 * Math.PI * (index % points)) / points;
    const along = semiMajorM * Math.cos(angle);
    const across = semiMinorM * Math.sin(angle);
    const east = along * Math.sin(azimuth) + across * Math.cos(azimuth);
    const north = along * Math.cos(azimuth) - across * Math.sin(azimuth);
    ring.push([centre[0] + east / perDegree.lon, centre[1] + north / perDegree.lat]);
  }
  return ring;
}

/** West, south, east, north of all points; null without any. */
export function boundsOf(points: Iterable<LonLat>): Bounds | null {
  let found: Bounds | null = null;
  for (const [lon, lat] of points) {
    found = found
      ? [Math.min(found[0], lon), Math.min(found[1], lat), Math.max(found[2], lon), Math.max(found[3], lat)]
      : [lon, lat, lon, lat];
  }
  return found;
}
