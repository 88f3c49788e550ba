import { expect, test, vi } from "vitest";
import type { Detection, Evidence, SiteRow } from "../src/api/client";
import { isFree, siteInFrame } from "../src/parts/overlay";
import { range, steps } from "../src/parts/sums";
import { DetectionCache } from "../src/state/detections";
import { commandOf } from "../src/state/keys";
import { neighbour, queued } from "../src/state/queue";

function site(id: string, probability: number, status: SiteRow["status"] = "candidate"): SiteRow {
  return { site_id: id, probability, status } as SiteRow;
}

const SITES = [site("B", 0.5), site("A", 0.5, "probable"), site("C", 0.9), site("D", 0.99, "rejected")];

test("the queue is the most probable first, equal ones by name", () => {
  expect(queued(SITES, "to-review").map((it) => it.site_id)).toEqual(["C", "A", "B"]);
  expect(queued(SITES, "all").map((it) => it.site_id)).toEqual(["D", "C", "A", "B"]);
  expect(queued(SITES, "rejected").map((it) => it.site_id)).toEqual(["D"]);
});

test("moving stops at the ends and starts at the top", () => {
  const queue = queued(SITES, "to-review");
  expect(neighbour(queue, "C", 1)).toBe("A");
  expect(neighbour(queue, "B", 1)).toBe("B");
  expect(neighbour(queue, "C", -1)).toBe("C");
  expect(neighbour(queue, null, 1)).toBe("C");
  expect(neighbour([], "C", 1)).toBeNull();
});

test("keys are left alone where somebody types, presses a button or moves the map", () => {
  const press = (key: string) => ({ key, ctrlKey: false, metaKey: false, altKey: false });
  expect(commandOf(press("j"), "BODY", false)).toBe("next");
  expect(commandOf(press("c"), "TEXTAREA", false)).toBeNull();
  expect(commandOf(press("c"), "BUTTON", false)).toBe("confirm");
  expect(commandOf(press("Enter"), "BUTTON", false)).toBeNull();
  expect(commandOf(press("ArrowDown"), "CANVAS", true)).toBeNull();
  expect(commandOf(press("Escape"), "TEXTAREA", false)).toBe("escape");
  expect(commandOf({ ...press("c"), ctrlKey: true }, "BODY", false)).toBeNull();
  expect(commandOf(press("q"), "BODY", false)).toBeNull();
});

test("boxes are fetched once for a run of frames", async () => {
  const box = { frame_index: 7, kind: "vehicle" } as Detection;
  const fetchRun = vi.fn(async () => ({ detections: [box] }));
  const arrived = vi.fn();
  const cache = new DetectionCache(arrived, fetchRun);
  expect(cache.of("s", 7)).toEqual([]);
  expect(cache.of("s", 8)).toEqual([]);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledOnce());
  expect(cache.of("s", 7)).toEqual([box]);
  expect(fetchRun.mock.calls).toEqual([["s", 0, 599]]);
});

test("boxes of a neighbouring frame are found within reach and no farther", async () => {
  const box = { frame_index: 10, kind: "vehicle" } as Detection;
  const arrived = vi.fn();
  const cache = new DetectionCache(arrived, async () => ({ detections: [box] }));
  cache.of("s", 0);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalled());
  expect(cache.near("s", 10, 3)).toEqual({ detections: [box], apart: 0 });
  expect(cache.near("s", 12, 3)).toEqual({ detections: [box], apart: 2 });
  expect(cache.near("s", 14, 3)).toEqual({ detections: [], apart: 0 });
});

test("boxes that could not be fetched are asked for again", async () => {
  const fetchRun = vi.fn(async (): Promise<{ detections: Detection[] }> => {
    throw new Error("no");
  });
  const cache = new DetectionCache(() => undefined, fetchRun);
  cache.of("s", 1);
  await vi.waitFor(() => {
    cache.of("s", 1);
    expect(fetchRun.mock.calls.length).toBeGreaterThan(1);
  });
});

test("a site that is not in the picture is not drawn", () => {
  const pixels = {
    version: 1 as const,
    site_id: "A",
    source_id: "s",
    frame_index: [4],
    x_px: [9],
    y_px: [8],
    radius_px: [3],
  };
  expect(siteInFrame(pixels, 4)).toEqual({ x: 9, y: 8, radius: 3 });
  expect(siteInFrame(pixels, 5)).toBeNull();
  expect(siteInFrame(null, 4)).toBeNull();
});

test("the waterfall's bars begin where the one before ended", () => {
  const all = steps([-7, 7.5, 2].map((weight_bits) => ({ weight_bits }) as Evidence));
  expect(all.map((it) => [it.from, it.to])).toEqual([
    [0, -7],
    [-7, 0.5],
    [0.5, 2.5],
  ]);
  expect(range(all)).toEqual([-7, 2.5]);
  expect(range([])).toEqual([-1, 1]);
});

test("labels never cover each other", () => {
  const taken = [{ x: 10, y: 10, width: 50, height: 15 }];
  expect(isFree({ x: 20, y: 20, width: 50, height: 15 }, taken)).toBe(false);
  expect(isFree({ x: 61, y: 10, width: 50, height: 15 }, taken)).toBe(true);
  expect(isFree({ x: 10, y: 25, width: 50, height: 15 }, taken)).toBe(true);
});
