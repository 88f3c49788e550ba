/** The language of the page and its words. */
import { recall, remember } from "../state/memory";
import { type Dictionary, en, type Key } from "./en";
import { es } from "./es";

export type Language = "en" | "es";
export type { Key } from "./en";

const DICTIONARIES: Readonly<Record<Language, Dictionary>> = { en, es };

/** The words with `{name}` put in. */
export function say(
  language: Language,
  key: Key,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (mark, name: string) =>
    String(values[name] ?? mark),
  );
}

/** Values of the wire that have words of their own. */
export type Prefix =
  | "status"
  | "kind"
  | "detection"
  | "health"
  | "span"
  | "severity"
  | "clock"
  | "group"
  | "view"
  | "flag"
  | "wind"
  | "parameter"
  | "layer"
  | "poses";

/** A word for a value of the wire, as `status.` or `kind.`; an unknown one is shown as it came. */
export function word(language: Language, prefix: Prefix, value: string): string {
  const key = `${prefix}.${value}`;
  return key in en ? DICTIONARIES[language][key as Key] : value;
}

class LanguageChoice extends EventTarget {
  now: Language = "en";

  start(): void {
    const chosen = recall("language");
    const preferred = navigator.language.toLowerCase().startsWith("es") ? "es" : "en";
    this.put(chosen === "en" || chosen === "es" ? chosen : preferred);
  }

  toggle(): void {
    this.put(this.now === "en" ? "es" : "en");
    remember("language", this.now);
  }

  private put(language: Language): void {
    this.now = language;
    document.documentElement.lang = language;
    this.dispatchEvent(new Event("change"));
  }
}

export const language = new LanguageChoice();
