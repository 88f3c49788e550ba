import { describe, expect, test } from "vitest";
import type { Item, MetadataAnswer, MetadataSet, Moment, Span, Stream } from "../src/api/client";
import { en } from "../src/i18n/en";
import { es } from "../src/i18n/es";
import { ageText, grouped, groupOf, matches, nameOf, spanText, valueText } from "../src/state/items";
import { MetadataFeed } from "../src/state/metadata";
import { byRow, expected, stretches, usable } from "../src/state/strip";

function item(tag: number, value: Item["value"], more: Partial<Item> = {}): Item {
  return {
    tag,
    name: `Item ${tag}`,
    name_es: null,
    value,
    unit: null,
    flag: "ok",
    label: null,
    reason: null,
    age_s: null,
    parts: [],
    more: 0,
    ...more,
  };
}

function set(items: Item[]): MetadataSet {
  return {
    standard: "0601",
    title: "UAS Datalink Local Set",
    pid: 257,
    version: 17,
    packet: 0,
    utc: null,
    age_s: 0,
    checksum: "ok",
    items,
    not_shown: 0,
    problems: [],
  };
}

describe("items", () => {
  test("are grouped by what they are about, in order of tag, empty groups left out", () => {
    const items = [item(24, 1), item(2, 1), item(90, 1), item(5, 1), item(83, 1), item(39, 1)];
    const found = grouped(set(items), "", "en").map(({ group, items }) => [group, items.map((it) => it.tag)]);
    expect(found).toEqual([
      ["time", [2]],
      ["platform", [5, 90]],
      ["centre", [24]],
      ["corners", [83]],
      ["other", [39]],
    ]);
  });

  test("that hold items are sets, whatever their tag; other standards have no groups", () => {
    expect(groupOf("0601", item(5, null, { parts: [item(1, 1)] }))).toBe("sets");
    expect(groupOf("0104", item(5, 1))).toBe("other");
  });

  test("are found by tag, name in either language, value and flag, without accents, and by what is inside", () => {
    const angle = item(50, null, {
      name: "Angle of Attack",
      name_es: "Ángulo de ataque",
      flag: "out_of_range",
    });
    for (const wanted of ["50", "attack", "ANGULO", "range", "angle out", ""]) {
      expect(matches("0601", angle, wanted, "es"), wanted).toBe(true);
    }
    expect(matches("0601", angle, "angle heading", "en")).toBe(false);
    expect(matches("0601", item(48, null, { parts: [angle] }), "ataque", "en")).toBe(true);
  });

  test("have a Spanish name where there is one, the standard's otherwise, and a number when nobody names them", () => {
    expect(nameOf(item(5, 1, { name: "Heading", name_es: "Rumbo" }), "es", "elemento")).toBe("Rumbo");
    expect(nameOf(item(5, 1, { name: "Heading", name_es: "Rumbo" }), "en", "item")).toBe("Heading");
    expect(nameOf(item(5, 1, { name: "Heading" }), "es", "elemento")).toBe("Heading");
    expect(nameOf(item(200, null, { name: null }), "es", "elemento")).toBe("elemento 200");
  });

  test("without a value are a dash, never a number", () => {
    expect(valueText("0601", item(28, null, { flag: "error_indicator", unit: "deg" }), "en")).toBe("—");
  });

  test.each([
    [item(13, 24.9165, { unit: "deg" }), "24.916500°"],
    [item(5, 159.97436, { unit: "deg" }), "159.974°"],
    [item(26, 0.00135, { unit: "deg" }), "0.00135°"],
    [item(27, -0.00208, { unit: "deg" }), "−0.00208°"],
    [item(15, 3190.7214, { unit: "m" }), "3190.7\u00a0m"],
    [item(8, 47, { unit: "m/s" }), "47\u00a0m/s"],
    [item(39, -12, { unit: "C" }), "−12\u00a0C"],
    [item(20, 0, { unit: "deg" }), "0°"],
    [item(77, 1, { label: "Operational" }), "Operational (1)"],
    [item(47, [1, 2.5, null]), "1, 2.500, —"],
    [item(2, 1_795_190_641_466_000, { unit: "us" }), "2026-11-20 16:04:01.466"],
    [item(2, 9e18, { unit: "us" }), "9000000000000000000"],
    [item(137, 250, { unit: "us" }), "250\u00a0µs"],
  ])("say what they are in their unit: %#", (one, text) => {
    expect(valueText("0601", one, "en")).toBe(text);
  });

  test("that are true say so in the language of the page", () => {
    expect([valueText(null, item(1, true), "es"), valueText(null, item(1, false), "en")]).toEqual([
      "sí",
      "no",
    ]);
  });

  test("say their age in the unit that reads best", () => {
    expect([0.42, 12.4, 119, 600, 9000].map(ageText)).toEqual([
      "0.4\u00a0s",
      "12\u00a0s",
      "119\u00a0s",
      "10\u00a0min",
      "3\u00a0h",
    ]);
    expect([4e-7, 0.0004, 0.0333, 2.5, null].map(spanText)).toEqual([
      "<\u00a01\u00a0µs",
      "0.4\u00a0ms",
      "33\u00a0ms",
      "2.5\u00a0s",
      "—",
    ]);
  });

  test("that the charter keeps closed have no word on the page", () => {
    expect(["flag.opaque" in en, "flag.opaque" in es]).toEqual([false, false]);
  });
});

describe("the strip", () => {
  const span = (state: Span["state"], start: number, end: number): Span => ({
    state,
    start,
    end,
    packets: 1,
  });

  test("draws damage over what is sound, wide enough to be seen, never past the end", () => {
    const spans = [span("checksum_failed", 10, 10), span("ok", 0, 10)];
    const found = stretches(spans, 0, 10, 1000);
    expect(found.map((it) => [it.span.state, it.x, it.width])).toEqual([
      ["ok", 0, 1000],
      ["checksum_failed", 993, 7],
    ]);
  });

  test("of a source without pictures runs by row of its timeline, which holds the kept frames only", () => {
    const spans = [span("ok", 0, 4), span("checksum_failed", 4, 5), span("ok", 5, 9)];
    const rows = byRow(spans, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    expect(rows.map((it) => [it.start, it.end])).toEqual([
      [0, 4],
      [4, 4],
      [4, 8],
    ]);
  });

  test("has nothing to draw before the length of the source is known", () => {
    expect(stretches([span("ok", 0, 10)], 1.4, 1.4, 1000)).toEqual([]);
  });

  test("counts what is missing among what was to come, and what failed as unusable", () => {
    const counts = { packets: 168, missing: 12, checksum_failed: 6 };
    const stream = { counts } as unknown as Stream;
    expect([usable(stream), expected(stream)]).toEqual([162, 180]);
  });
});

describe("the feed", () => {
  const stream = { source_id: "a" } as unknown as Stream;
  const settled = () => new Promise((done) => setTimeout(done, 20));

  function feed(): { feed: MetadataFeed; asked: Moment[]; answer: () => void } {
    const asked: Moment[] = [];
    let release = () => {};
    const server = {
      stream: async () => stream,
      metadata: (_: string, moment: Moment) => {
        asked.push(moment);
        return new Promise<MetadataAnswer>((done) => {
          release = () => done({ sets: [] } as unknown as MetadataAnswer);
        });
      },
    };
    return { feed: new MetadataFeed(server, 0), asked, answer: () => release() };
  }

  test("asks nothing while nobody looks, and for the newest picture when somebody does", async () => {
    const it = feed();
    await it.feed.open("a");
    it.feed.show({ ptsS: 1 });
    it.feed.show({ ptsS: 2 });
    await settled();
    expect(it.asked).toEqual([]);
    it.feed.watch(true);
    await settled();
    expect(it.asked).toEqual([{ ptsS: 2 }]);
  });

  test("asks one question at a time and leaves out the pictures that went by meanwhile", async () => {
    const it = feed();
    it.feed.watch(true);
    await it.feed.open("a");
    it.feed.show({ ptsS: 1 });
    await settled();
    it.feed.show({ ptsS: 2 });
    it.feed.show({ ptsS: 3 });
    await settled();
    expect(it.asked).toEqual([{ ptsS: 1 }]);
    it.answer();
    await settled();
    expect(it.asked).toEqual([{ ptsS: 1 }, { ptsS: 3 }]);
  });

  test("drops the answer for a source that is no longer open", async () => {
    const it = feed();
    it.feed.watch(true);
    await it.feed.open("a");
    it.feed.show({ frame: 4 });
    await settled();
    await it.feed.open("b");
    it.answer();
    await settled();
    expect(it.feed.values).toBeNull();
  });

  test("says why a stream cannot be read", async () => {
    const broken = new MetadataFeed({
      stream: () => Promise.reject(new Error("gone")),
      metadata: () => Promise.reject(new Error("gone")),
    });
    await broken.open("a");
    expect(broken.failure?.message).toContain("gone");
  });
});
