import { expect, test } from "vitest";
import type { TimelineAnswer } from "../src/api/client";
import { Timeline } from "../src/state/timeline";

function timeline(pts: (number | null)[], frames = pts.map((_, row) => row), stride = 1): Timeline {
  return new Timeline({ pts_s: pts, frame_index: frames, stride } as unknown as TimelineAnswer);
}

test("the row nearest in time is found", () => {
  const found = timeline([10, 10.5, 11, 11.5]);
  expect(found.rowAt(10.2)).toBe(0);
  expect(found.rowAt(10.3)).toBe(1);
  expect(found.rowAt(11.5)).toBe(3);
});

test("every row is found at its own time, whatever the order they came in", () => {
  const pts = [3, 1, 2, 7, 5];
  const found = timeline(pts);
  expect(pts.map((it) => found.rowAt(it))).toEqual([0, 1, 2, 3, 4]);
});

test("nothing is claimed more than a second away, or without any time", () => {
  expect(timeline([10, 11]).rowAt(12.5)).toBeNull();
  expect(timeline([10, 11]).rowAt(8.9)).toBeNull();
  expect(timeline([null, null]).rowAt(0)).toBeNull();
  expect(timeline([]).rowAt(0)).toBeNull();
});

test("rows without a time are left out, not taken for zero", () => {
  expect(timeline([null, 0.4, 0.8]).rowAt(0)).toBe(1);
});

test("a frame of a thinned timeline has the row that stands for it", () => {
  const thinned = timeline([0, 1, 2], [0, 4, 8], 4);
  expect(thinned.rowOfFrame(5)).toBe(1);
  expect(thinned.rowOfFrame(11)).toBe(2);
  expect(thinned.rowOfFrame(12)).toBeNull();
  expect(timeline([]).rowOfFrame(0)).toBeNull();
});

test("frames in a time follow the rate and the stride", () => {
  expect(timeline([0, 0.1, 0.2, 0.3]).framesIn(0.2)).toBe(2);
  expect(timeline([0, 1, 2], [0, 10, 20], 10).framesIn(0.2)).toBe(2);
  expect(timeline([1]).framesIn(5)).toBe(0);
});
