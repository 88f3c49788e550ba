import { expect, test, vi } from "vitest";
import { ApiError, type GroundAnswer, type GroundPlace, type PlaceAnswer } from "../src/api/client";
import { utm } from "../src/format";
import { inRing, otherParts, otherSlope } from "../src/geo/slopes";
import { regionFeatures } from "../src/map/features";
import { moved, pixelUnder } from "../src/parts/aim";
import { copyText } from "../src/parts/point";
import { type Locator, PointFeed } from "../src/state/point";

const PLACE = {
  lon_deg: -107.12,
  lat_deg: 24.93,
  utm: null,
  mgrs: "13RBH 85928 58864",
  hae_m: 1243,
  msl_m: null,
};

function square(lon: number, lat: number, half = 0.0002): [number, number][] {
  return [
    [lon - half, lat - half],
    [lon + half, lat - half],
    [lon + half, lat + half],
    [lon - half, lat + half],
    [lon - half, lat - half],
  ];
}

function region(): GroundPlace {
  const part = (lon: number, lat: number, probability: number, hae_m: number) => ({
    probability,
    lon_deg: lon,
    lat_deg: lat,
    hae_m,
    ring: square(lon, lat),
  });
  return {
    place: PLACE,
    other_slope_probability: 0.23,
    parts: [part(-107.118, 24.932, 0.6, 1125), part(-107.12, 24.93, 0.3, 1243)],
  } as unknown as GroundPlace;
}

function answer(lon: number): GroundAnswer {
  return {
    frame_index: 1,
    ground: { place: { ...PLACE, lon_deg: lon } },
    why: null,
  } as unknown as GroundAnswer;
}

function server(): Locator & { asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    ground: async (...it) => {
      asked.push(["ground", ...it]);
      return answer(it[2]);
    },
    place: async (...it) => {
      asked.push(["place", ...it]);
      return {
        frame_index: 2,
        place: PLACE,
        pixel: { x_px: 7, y_px: 8 },
        why: null,
      } as unknown as PlaceAnswer;
    },
  };
}

test("a press is the pixel under it, from edge to edge, and an arrow moves it", () => {
  const [stage, picture] = [
    { width: 320, height: 180 },
    { width: 640, height: 360 },
  ];
  expect(pixelUnder(160, 90, stage, picture)).toEqual({ x: 319.5, y: 179.5 });
  expect(pixelUnder(-3, 999, stage, picture)).toEqual({ x: 0, y: 359 });
  expect(moved({ x: 10, y: 10 }, "ArrowRight", false, picture)).toEqual({ x: 18, y: 10 });
  expect(moved({ x: 10, y: 10 }, "ArrowUp", true, picture)).toEqual({ x: 10, y: 9 });
  expect(moved({ x: 3, y: 10 }, "ArrowLeft", false, picture)).toEqual({ x: 0, y: 10 });
  expect(moved({ x: 10, y: 10 }, "j", false, picture)).toBeNull();
});

test("UTM is read out in groups of three, cut off like the MGRS", () => {
  const text = utm({ zone: 3, band: "R", easting_m: 285628.96, northing_m: 2759014.7 });
  expect(text.replace(/\s/g, " ")).toBe("03R 285 628 E 2 759 014 N");
  expect(utm(null)).toBe("—");
});

test("what is copied is what a machine reads", () => {
  expect(copyText(PLACE, "lonlat")).toBe("-107.120000, 24.930000");
  expect(copyText(PLACE, "mgrs")).toBe("13RBH 85928 58864");
});

test("the other slope is the part that does not hold the answer, even where it is the more probable", () => {
  const ground = region();
  expect(inRing([-107.12, 24.93], ground.parts[1]?.ring ?? [])).toBe(true);
  expect(otherParts(ground)).toEqual([ground.parts[0]]);
  const other = otherSlope(ground);
  expect(other?.wind).toBe("ne");
  expect(other?.higherM).toBe(-118);
  expect(other?.distanceM).toBeGreaterThan(295);
  expect(other?.distanceM).toBeLessThan(305);
  expect(otherSlope({ ...ground, parts: ground.parts.slice(1) })).toBeNull();
  expect(otherSlope({ ...ground, other_slope_probability: 0.001 })).toBeNull();
});

test("the map has each part with its share, others marked", () => {
  const drawn = regionFeatures(region()).features.map((it) => it.properties);
  expect(drawn).toEqual([
    { share: 0.6, other: true },
    { share: 0.3, other: false },
  ]);
  expect(regionFeatures(null).features).toEqual([]);
});

test("a pixel's place is found once, then followed through other pictures", async () => {
  const fake = server();
  const feed = new PointFeed(fake, 0);
  feed.open("s");
  feed.show({ ptsS: 1 });
  feed.askPixel({ x: 40, y: 50 });
  expect(feed.pixel).toMatchObject({ x: 40, y: 50 });
  await vi.waitFor(() => expect(feed.at).toEqual([40, 24.93]));
  feed.show({ ptsS: 2 });
  expect(feed.pixel).toBeNull();
  await vi.waitFor(() => expect(feed.pixel).toEqual({ x: 7, y: 8 }));
  feed.show({ ptsS: 1 });
  expect(feed.pixel).toMatchObject({ x: 40, y: 50 });
  expect(fake.asked[0]).toEqual(["ground", "s", { ptsS: 1 }, 40, 50]);
  expect(fake.asked[1]).toEqual(["place", "s", { ptsS: 2 }, 40, 24.93]);
});

test("of questions that pile up only the newest is asked", async () => {
  const fake = server();
  const feed = new PointFeed(fake, 5);
  feed.open("s");
  feed.show({ frame: 1 });
  for (let x = 0; x < 30; x++) {
    feed.askPixel({ x, y: 0 });
  }
  await vi.waitFor(() => expect(feed.at?.[0]).toBe(29));
  expect(fake.asked.length).toBeLessThan(4);
});

test("a place stays when another source is opened, a pixel without a place goes", async () => {
  const feed = new PointFeed(server(), 0);
  feed.open("s");
  feed.show({ frame: 1 });
  feed.askPlace([-107, 24]);
  feed.open("t");
  expect(feed.asked).toEqual({ by: "map", at: [-107, 24] });
  feed.clear();
  feed.show({ frame: 2 });
  feed.askPixel({ x: 1, y: 1 });
  feed.open("u");
  expect(feed.asked).toBeNull();
});

test("a refusal is kept in the server's words and the place before it goes", async () => {
  const fake = server();
  const feed = new PointFeed(
    { ...fake, ground: () => Promise.reject(new ApiError(422, "InputError", "the terrain is another now")) },
    0,
  );
  feed.open("s");
  feed.show({ frame: 1 });
  feed.askPixel({ x: 1, y: 1 });
  await vi.waitFor(() => expect(feed.failure?.message).toBe("the terrain is another now"));
  expect(feed.at).toBeNull();
});
