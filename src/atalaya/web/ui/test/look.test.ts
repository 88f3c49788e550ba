import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { CoverageShape, SiteRow, TimelineAnswer } from "../src/api/client";
import { say, word } from "../src/i18n";
import { en } from "../src/i18n/en";
import { es } from "../src/i18n/es";
import { coverageFeatures, footprintFeatures, siteFeatures } from "../src/map/features";
import { mapStyle, PALETTES } from "../src/map/style";
import { STATUSES } from "../src/state/queue";
import { Timeline } from "../src/state/timeline";

const marks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("every text exists in both languages with the same places to fill", () => {
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(es[key].trim(), key).not.toBe("");
    expect(marks(es[key]), key).toEqual(marks(en[key]));
  }
});

test("every text is used somewhere", () => {
  const sources = import.meta.glob("../src/**/*.ts", {
    query: "?raw",
    import: "default",
    eager: true,
  }) as Record<string, string>;
  const code = Object.entries(sources)
    .filter(([path]) => !path.includes("/i18n/"))
    .map(([, text]) => text)
    .join("\n");
  const unused = Object.keys(en).filter((key) => !key.includes(".") && !code.includes(`"${key}"`));
  expect(unused).toEqual([]);
});

test("words for values of the wire, and the value itself where there is none", () => {
  expect(word("es", "status", "rejected")).toBe("rechazado");
  expect(word("en", "kind", "something-new")).toBe("something-new");
  expect(say("en", "queueCount", { n: 3, total: 9 })).toBe("3 of 9");
});

test("the map has the colours of the page, in light and in dark", () => {
  const sheet = readFileSync(new URL("../src/look/tokens.css", import.meta.url), "utf8");
  const [light = "", dark = ""] = sheet.split('[data-theme="dark"]');
  for (const [theme, text] of [
    ["light", light],
    ["dark", dark],
  ] as const) {
    for (const status of STATUSES) {
      expect(text).toContain(`--${status}: ${PALETTES[theme].status[status]};`);
    }
    expect(text).toContain(`--footprint: ${PALETTES[theme].footprint};`);
  }
});

test("the map asks for no tiles, glyphs or sprites", () => {
  const style = mapStyle("light");
  expect(style.glyphs).toBeUndefined();
  expect(style.sprite).toBeUndefined();
  expect(Object.values(style.sources).every((it) => it.type === "geojson")).toBe(true);
});

test("unknown footprints draw nothing", () => {
  const answer = {
    pts_s: [0, 1],
    frame_index: [0, 1],
    stride: 1,
    footprint: [
      null,
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
    ],
    centre: [null, [0.5, 0.5]],
    ellipse: [null, null],
  } as unknown as TimelineAnswer;
  const timeline = new Timeline(answer);
  expect(footprintFeatures(null, 0).features).toEqual([]);
  expect(footprintFeatures(timeline, null).features).toEqual([]);
  expect(footprintFeatures(timeline, 0).features).toEqual([]);
  expect(footprintFeatures(timeline, 1).features.map((it) => it.properties?.part)).toEqual([
    "outline",
    "centre",
  ]);
});

test("a site without an ellipse is drawn with its CE90 as a circle", () => {
  const row = {
    site_id: "A",
    status: "candidate",
    position: { lon_deg: 0, lat_deg: 0, ce90_m: 111.32, ellipse: null },
  } as unknown as SiteRow;
  const [feature] = siteFeatures([row], "A").features;
  expect(feature?.properties).toEqual({ id: "A", status: "candidate", selected: true });
  const ring = feature?.geometry.type === "Polygon" ? (feature.geometry.coordinates[0] ?? []) : [];
  expect(Math.max(...ring.map((it) => it[0] ?? 0))).toBeCloseTo(0.001, 5);
});

test("coverage says which is of the source on screen", () => {
  const shape: CoverageShape = {
    source_id: "s",
    polygons: [
      [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    ],
  };
  expect(coverageFeatures([shape], "s").features[0]?.properties).toEqual({ own: true });
  expect(coverageFeatures([shape], "t").features[0]?.properties).toEqual({ own: false });
});
