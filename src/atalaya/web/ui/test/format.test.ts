import { expect, test } from "vitest";
import { bits, clock, lonLat, metres, number, percent, shortUtc, UNKNOWN, utc } from "../src/format";

test("what is unknown is a dash", () => {
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(number(value, 2)).toBe(UNKNOWN);
    expect(metres(value)).toBe(UNKNOWN);
  }
  expect(utc(null)).toBe(UNKNOWN);
});

test("a probability is never nought and never certain", () => {
  expect(percent(1)).toContain(">");
  expect(percent(0.999)).toContain(">");
  expect(percent(0)).toContain("<");
  expect(percent(0.923)).toBe("92\u00a0%");
});

test("bits carry their sign, and nought has none", () => {
  expect(bits(3.44)).toBe("+3.4");
  expect(bits(-7)).toBe("−7.0");
  expect(bits(-0.01)).toBe("0.0");
});

test("places, times and lengths read as they should", () => {
  expect(lonLat(-107.123456, 24.93)).toBe("−107.12346°, 24.93000°");
  expect(utc(1_763_654_641_466_666)).toBe("2025-11-20 16:04:01.4 UTC");
  expect(metres(2769.6)).toBe("2770\u00a0m");
  expect(metres(12_345)).toBe("12.3\u00a0km");
  expect(metres(6.24)).toBe("6.2\u00a0m");
  expect(clock(65.34)).toBe("1:05.3");
});

test("dates follow the language and always say UTC", () => {
  expect(shortUtc("2026-11-20T23:30:00.000000Z", "en")).toBe("20 Nov 2026, 23:30 UTC");
  expect(shortUtc("2026-11-20T23:30:00.000000Z", "es")).toMatch(/20 nov\.? 2026.*23:30 UTC/);
});
