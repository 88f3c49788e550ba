import { expect, test, vi } from "vitest";
import { ApiError, type CorrectionAnswer, type CorrectionApplied } from "../src/api/client";
import { type Calibrator, MOST_TIES, TieFeed } from "../src/state/ties";

function server(): Calibrator & { tried: number[]; applied: number } {
  const fake = {
    tried: [] as number[],
    applied: 0,
    tryTies: async (_: string, points: readonly unknown[]) => {
      fake.tried.push(points.length);
      return { points: points.map(() => ({ before_m: 100, after_m: 2 })) } as unknown as CorrectionAnswer;
    },
    applyTies: async (_: string, points: readonly unknown[]) => {
      fake.applied = points.length;
      return { frames: 9, outside: 0 } as CorrectionApplied;
    },
  };
  return fake;
}

function open(fake: Calibrator): TieFeed {
  const feed = new TieFeed(fake);
  feed.open("s");
  feed.show({ ptsS: 1 });
  feed.toggle();
  return feed;
}

test("a point is whole when it was pressed in the picture and on the map, in either order", async () => {
  const fake = server();
  const feed = open(fake);
  feed.press({ x: 1, y: 2 });
  expect(feed.points).toEqual([]);
  feed.press({ x: 3, y: 4 });
  feed.mark([-107, 24]);
  expect(feed.points).toEqual([{ x: 3, y: 4, moment: { ptsS: 1 }, at: [-107, 24] }]);
  feed.mark([-107.1, 24]);
  feed.press({ x: 5, y: 6 });
  expect(feed.points.length).toBe(2);
  await vi.waitFor(() => expect(feed.answer?.points.length).toBe(2));
});

test("only points of the picture on screen are drawn over it, with their numbers", () => {
  const feed = open(server());
  feed.press({ x: 1, y: 2 });
  feed.mark([-107, 24]);
  feed.show({ ptsS: 2 });
  expect(feed.shown).toEqual([]);
  feed.press({ x: 7, y: 8 });
  expect(feed.shown).toMatchObject([{ number: 2, pixel: { x: 7, y: 8 } }]);
});

test("the half that is pending goes before a whole point does", async () => {
  const fake = server();
  const feed = open(fake);
  feed.press({ x: 1, y: 2 });
  feed.mark([-107, 24]);
  feed.press({ x: 3, y: 4 });
  feed.remove();
  expect([feed.pixel, feed.points.length]).toEqual([null, 1]);
  feed.remove();
  expect([feed.points.length, feed.answer]).toEqual([0, null]);
});

test("four points are the most", () => {
  const feed = open(server());
  for (let at = 0; at < 6; at++) {
    feed.press({ x: at, y: at });
    feed.mark([-107, 24 + at]);
  }
  expect(feed.points.length).toBe(MOST_TIES);
});

test("nothing goes on record before it was asked twice and there is an answer", async () => {
  const fake = server();
  const feed = open(fake);
  feed.confirm(true);
  expect(feed.confirming).toBe(false);
  feed.press({ x: 1, y: 2 });
  feed.mark([-107, 24]);
  await vi.waitFor(() => expect(feed.answer).not.toBeNull());
  feed.confirm(true);
  expect(feed.confirming).toBe(true);
  expect((await feed.apply())?.frames).toBe(9);
  expect([fake.applied, feed.on, feed.points.length]).toEqual([1, false, 0]);
});

test("a refusal keeps the points and says why", async () => {
  const fake = server();
  const feed = open({
    ...fake,
    applyTies: () => Promise.reject(new ApiError(403, "NotPermittedError", "no")),
  });
  feed.press({ x: 1, y: 2 });
  feed.mark([-107, 24]);
  await vi.waitFor(() => expect(feed.answer).not.toBeNull());
  expect(await feed.apply()).toBeNull();
  expect([feed.failure?.message, feed.points.length, feed.on]).toEqual(["no", 1, true]);
});
