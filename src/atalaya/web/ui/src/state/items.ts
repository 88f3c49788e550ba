/** The items of a set as the panel lists them: grouped by what they are about, filtered, in words. */
import type { Item, MetadataSet } from "../api/client";
import { number, UNKNOWN } from "../format";
import type { Language } from "../i18n";

export const GROUPS = ["time", "platform", "sensor", "centre", "corners", "other", "sets"] as const;
export type Group = (typeof GROUPS)[number];

const UAS_DATALINK = "0601";

/** ST 0601 items by what they are about; those not listed are "other". */
const TAGS: Readonly<
  Record<Exclude<Group, "other" | "sets">, readonly (number | readonly [number, number])[]>
> = {
  time: [2, 72, 110, 136, 137],
  platform: [[3, 10], [50, 52], [56, 59], 64, [90, 93], 112, 113, 114],
  sensor: [[11, 20], 63, 75, 77, 79, 80, 104, 117, 118, 119],
  centre: [[21, 25], 78, 96],
  corners: [
    [26, 33],
    [82, 89],
  ],
};
const GEOGRAPHIC = new Set([13, 14, 23, 24, 40, 41, 67, 68, 82, 83, 84, 85, 86, 87, 88, 89]);
const MICROSECONDS = "us";
/** Microseconds beyond these are an instant, of 1973 or later, and no length of time. */
const LEAST_INSTANT_US = 1e14;

export function groupOf(standard: string | null, item: Item): Group {
  if (isSet(item)) {
    return "sets";
  }
  if (standard !== UAS_DATALINK) {
    return "other";
  }
  for (const group of ["time", "platform", "sensor", "centre", "corners"] as const) {
    const holds = TAGS[group].some((it) =>
      typeof it === "number" ? it === item.tag : it[0] <= item.tag && item.tag <= it[1],
    );
    if (holds) {
      return group;
    }
  }
  return "other";
}

/** Groups that have something to show, in their order; the order within one is the packet's. */
export function grouped(
  set: MetadataSet,
  filter: string,
  language: Language,
): { group: Group; items: Item[] }[] {
  const kept = set.items.filter((item) => matches(set.standard, item, filter, language));
  return GROUPS.map((group) => ({
    group,
    items: kept.filter((item) => groupOf(set.standard, item) === group).sort(byTag),
  })).filter((it) => it.items.length > 0);
}

/** Whether the filter's words are all in what the item or an item inside it says. */
export function matches(standard: string | null, item: Item, filter: string, language: Language): boolean {
  const wanted = plain(filter).split(/\s+/).filter(Boolean);
  if (!wanted.length) {
    return true;
  }
  const said = plain(
    [
      item.tag,
      item.name,
      item.name_es,
      item.label,
      item.flag,
      item.unit,
      valueText(standard, item, language),
    ].join(" "),
  );
  return (
    wanted.every((word) => said.includes(word)) ||
    item.parts.some((part) => matches(null, part, filter, language))
  );
}

export function isSet(item: Item): boolean {
  return item.parts.length > 0 || item.more > 0;
}

/** The name in the language of the page where it has one, else the standard's own; never empty. */
export function nameOf(item: Item, language: Language, unnamed: string): string {
  return (language === "es" ? item.name_es : null) ?? item.name ?? `${unnamed} ${item.tag}`;
}

/** Value and unit; a dash where there is none. */
export function valueText(standard: string | null, item: Item, language: Language): string {
  const { value } = item;
  if (value === null) {
    return UNKNOWN;
  }
  if (item.label !== null) {
    return item.label === String(value) ? item.label : `${item.label} (${String(value)})`;
  }
  if (typeof value === "number" && item.unit === MICROSECONDS && value > LEAST_INSTANT_US) {
    return preciseUtc(value);
  }
  if (Array.isArray(value)) {
    return value.map((it) => scalarText(it, null, language)).join(", ") + unitText(item.unit);
  }
  const decimals = standard === UAS_DATALINK && GEOGRAPHIC.has(item.tag) ? 6 : null;
  return scalarText(value, decimals, language) + unitText(item.unit);
}

/** `2026-11-20 16:04:12.345` from microseconds since 1970. */
function preciseUtc(timeUs: number): string {
  const at = new Date(Math.floor(timeUs / 1000));
  return Number.isNaN(at.getTime()) ? String(timeUs) : at.toISOString().replace("T", " ").slice(0, 23);
}

/** `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function ageText(seconds: number): string {
  if (seconds < 10) {
    return number(seconds, 1, "s");
  }
  if (seconds < 120) {
    return number(seconds, 0, "s");
  }
  return seconds < 7200 ? number(seconds / 60, 0, "min") : number(seconds / 3600, 0, "h");
}

/** `0.4 ms`, `33 ms`, `1.2 s`: short times with two digits that mean something. */
export function spanText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) {
    return UNKNOWN;
  }
  if (seconds >= 1) {
    return number(seconds, 1, "s");
  }
  const ms = seconds * 1000;
  if (ms < 0.001) {
    return "<\u00a01\u00a0µs";
  }
  if (ms >= 10) {
    return number(ms, 0, "ms");
  }
  return ms >= 0.1 ? number(ms, 1, "ms") : number(ms * 1000, 0, "µs");
}

function scalarText(
  value: string | number | boolean | null,
  decimals: number | null,
  language: Language,
): string {
  if (value === null) {
    return UNKNOWN;
  }
  if (typeof value === "boolean") {
    return { en: ["no", "yes"], es: ["no", "sí"] }[language][Number(value)] as string;
  }
  if (typeof value === "string" || Number.isInteger(value)) {
    return String(value).replace(/^-(?=\d)/, "−");
  }
  return number(value, decimals ?? usualDecimals(value));
}

/** Enough to read, no more than the field says: three, and more for what is small. */
function usualDecimals(value: number): number {
  const size = Math.abs(value);
  if (size >= 1000) {
    return 1;
  }
  return size >= 1 || size === 0 ? 3 : Math.min(8, 2 - Math.floor(Math.log10(size)));
}

/** Units that are written otherwise on paper than in a field. */
const UNITS: Readonly<Record<string, string>> = {
  deg: "°",
  us: "\u00a0µs",

  degC: "\u00a0°C",
};

function unitText(unit: string | null): string {
  if (unit === null) {
    return "";
  }
  return UNITS[unit] ?? `\u00a0${unit}`;
}

function byTag(one: Item, other: Item): number {
  return one.tag - other.tag;
}

/** Lower case without accents: `Ángulo` is found by `angulo`. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
