/** Numbers and times as an analyst reads them; what is unknown is a dash, never a number. */
import type { Language } from "./i18n";

export const UNKNOWN = "—";
const MINUS = "−";

export function number(value: number | null | undefined, decimals: number, unit = ""): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return UNKNOWN;
  }
  const digits = Math.abs(value).toFixed(decimals);
  const negative = value < 0 && Number(digits) !== 0;
  const gap = unit === "" || unit === "°" ? "" : "\u00a0";
  return `${negative ? MINUS : ""}${digits}${gap}${unit}`;
}

/** Weight of evidence with its sign: `+3.4`, `−7.0`. */
export function bits(value: number): string {
  const text = number(value, 1);
  return text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
}

/** Never 0 % and never 100 %: nothing here is certain. */
export function percent(probability: number): string {
  if (probability > 0.99) {
    return ">\u202f99\u00a0%";
  }
  if (probability < 0.01) {
    return "<\u202f1\u00a0%";
  }
  return `${(probability * 100).toFixed(0)}\u00a0%`;
}

/** Longitude, latitude; five decimals are about a metre. */
export function lonLat(lon: number, lat: number): string {
  return `${number(lon, 5)}°, ${number(lat, 5)}°`;
}

/** `13R 285 628 E 2 759 014 N`: zone and band, then metres in groups of three; cut off as in the MGRS. */
export function utm(
  at: { zone: number; band: string; easting_m: number; northing_m: number } | null,
): string {
  if (!at) {
    return UNKNOWN;
  }
  const grouped = (value: number) => String(Math.floor(value)).replace(/\B(?=(\d{3})+$)/g, "\u2009");
  const zone = String(at.zone).padStart(2, "0");
  return `${zone}${at.band} ${grouped(at.easting_m)}\u00a0E ${grouped(at.northing_m)}\u00a0N`;
}

export function metres(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return UNKNOWN;
  }
  return value >= 10_000 ? number(value / 1000, 1, "km") : number(value, value < 10 ? 1 : 0, "m");
}

/** `2026-11-20 16:04:12.3 UTC` from microseconds since 1970. */
export function utc(timeUs: number | null | undefined): string {
  if (timeUs === null || timeUs === undefined) {
    return UNKNOWN;
  }
  const text = new Date(Math.floor(timeUs / 1000)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 21)} UTC`;
}

/** `20 Nov 2026, 16:04 UTC` from ISO text. */
export function shortUtc(iso: string, language: Language): string {
  const text = new Intl.DateTimeFormat(language === "es" ? "es-MX" : "en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    timeZone: "UTC",
  }).format(new Date(iso));
  return `${text} UTC`;
}

/** `1:05.3` from seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, seconds);
  return `${Math.floor(whole / 60)}:${(whole % 60).toFixed(1).padStart(4, "0")}`;
}
