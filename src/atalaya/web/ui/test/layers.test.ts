import { expect, test, vi } from "vitest";
import { ApiError, type Exposure, type OutlineAnswer } from "../src/api/client";
import { footprintFeatures } from "../src/map/features";
import { Layers } from "../src/state/layers";
import { OutlineFeed } from "../src/state/outline";
import { Timeline } from "../src/state/timeline";

const RING: [number, number][] = [
  [0, 0],
  [1, 0],
  [1, 2],
  [0, 0],
];

function outline(): OutlineAnswer {
  return { version: 1, source_id: "s", rings: [RING], known_share: 1 };
}

test("the outline is asked for once the picture stands still, and goes with it", async () => {
  const asked: unknown[] = [];
  const server = {
    outline: async (_: string, moment: unknown) => {
      asked.push(moment);
      return outline();
    },
  };
  const feed = new OutlineFeed(server, 5);
  feed.open("s");
  for (let at = 0; at < 20; at++) {
    feed.show({ ptsS: at });
  }
  await vi.waitFor(() => expect(feed.answer).not.toBeNull());
  expect(asked).toEqual([{ ptsS: 19 }]);
  feed.show({ ptsS: 19 });
  expect(feed.answer).not.toBeNull();
  feed.show({ ptsS: 20 });
  expect(feed.answer).toBeNull();
});

test("the outline stands in for the corners", () => {
  const corners = [
    [
      [5, 5],
      [6, 5],
      [6, 6],
      [5, 6],
    ],
  ];
  const timeline = new Timeline({
    frame_index: [0],
    pts_s: [1],
    footprint: corners,
    centre: [null],
    ellipse: [null],
    stride: 1,
  } as never);
  const shapeOf = (answer: OutlineAnswer | null) =>
    footprintFeatures(timeline, 0, answer).features.map((it) => JSON.stringify(it.geometry));
  expect(shapeOf(null)[0]).toContain("[[[5,5],[6,5],[6,6],[5,6],[5,5]]]");
  expect(shapeOf(outline())).toEqual([JSON.stringify({ type: "Polygon", coordinates: [RING] })]);
});

test("what was truly seen is worked out when it is wanted, once per source", async () => {
  let asked = 0;
  const layers = new Layers({
    exposure: async (source) => {
      asked += 1;
      return { source_id: source } as Exposure;
    },
  });
  layers.open("s");
  expect(asked).toBe(0);
  layers.toggleExposure();
  expect(layers.waiting).toBe(true);
  await vi.waitFor(() => expect(layers.exposure?.source_id).toBe("s"));
  layers.toggleExposure();
  layers.toggleExposure();
  expect(asked).toBe(1);
  layers.open("t");
  await vi.waitFor(() => expect(layers.exposure?.source_id).toBe("t"));
});

test("ground without relief says why nothing is shown", async () => {
  const layers = new Layers({
    exposure: () => Promise.reject(new ApiError(422, "InputError", "hides nothing")),
  });
  layers.open("s");
  layers.toggleExposure();
  await vi.waitFor(() => expect(layers.failure?.message).toBe("hides nothing"));
  expect(layers.waiting).toBe(false);
});
