import { expect, test } from "vitest";
import { boundsOf, ellipseRing, type LonLat, metresPerDegree } from "../src/geo/ellipse";
import { degreeLabel, graticule, stepFor, ticks } from "../src/geo/graticule";

/** East and north of a point in metres from a centre. */
function offset(centre: LonLat, point: LonLat): [number, number] {
  const scale = metresPerDegree(centre[1]);
  return [(point[0] - centre[0]) * scale.lon, (point[1] - centre[1]) * scale.lat];
}

test("a degree of latitude is 110.574 km at the equator and 111.694 km at the poles", () => {
  expect(metresPerDegree(0).lat).toBeCloseTo(110_574, -1);
  expect(metresPerDegree(90).lat).toBeCloseTo(111_694, -1);
  expect(metresPerDegree(0).lon).toBeCloseTo(111_320, -1);
  expect(metresPerDegree(60).lon).toBeCloseTo(55_800, -1);
});

test("the major axis points along its azimuth from north", () => {
  const centre: LonLat = [-107, 25];
  const [east, north] = offset(centre, ellipseRing(centre, 50, 10, 90)[0] as LonLat);
  expect(east).toBeCloseTo(50, 3);
  expect(north).toBeCloseTo(0, 3);
  const [, straight] = offset(centre, ellipseRing(centre, 50, 10, 0)[0] as LonLat);
  expect(straight).toBeCloseTo(50, 3);
});

test("an outline is closed and its points lie between the two axes", () => {
  const centre: LonLat = [12, -33];
  const ring = ellipseRing(centre, 40, 15, 37);
  expect(ring[0]).toEqual(ring.at(-1));
  for (const point of ring) {
    const distance = Math.hypot(...offset(centre, point));
    expect(distance).toBeGreaterThan(14.999);
    expect(distance).toBeLessThan(40.001);
  }
});

test("bounds hold all points; no points have none", () => {
  expect(boundsOf([])).toBeNull();
  expect(
    boundsOf([
      [1, 5],
      [-2, 7],
      [0, 6],
    ]),
  ).toEqual([-2, 5, 1, 7]);
});

test("graticule steps are round and give at least four lines", () => {
  expect(stepFor(0.01)).toBe(0.002);
  expect(stepFor(40)).toBe(10);
  expect(stepFor(1e-9)).toBe(0.0001);
  expect(ticks(-0.31, 0.31, 0.1)).toEqual([-0.3, -0.2, -0.1, -0, 0.1, 0.2, 0.3].map((it) => it + 0));
});

test("a view over the pole draws no line beyond 85 degrees", () => {
  const all = graticule([-180, -95, 180, 95]).lines.flat();
  expect(Math.max(...all.map((it) => Math.abs(it[1])))).toBeLessThanOrEqual(85);
});

test("degree labels have the decimals of their step and a letter for the side", () => {
  expect(degreeLabel(-107.12, 0.002, "E", "W")).toBe("107.120° W");
  expect(degreeLabel(25, 5, "N", "S")).toBe("25° N");
});
