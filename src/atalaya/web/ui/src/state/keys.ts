/** Keys to commands; nothing here while somebody types, or moves the map itself. */
import type { Bench } from "./bench";

export type Command =
  | "next"
  | "previous"
  | "confirm"
  | "reject"
  | "play"
  | "step-back"
  | "step-on"
  | "look"
  | "fit"
  | "fit-site"
  | "page"
  | "metadata"
  | "point"
  | "ties"
  | "tie-remove"
  | "coverage"
  | "exposure"
  | "observed"
  | "chips"
  | "chip-left"
  | "chip-right"
  | "chip-pair"
  | "focus-down"
  | "focus-up"
  | "evaluations"
  | "tie-apply"
  | "copy-degrees"
  | "copy-grid"
  | "language"
  | "theme"
  | "help"
  | "escape";

const COMMANDS: Readonly<Record<string, Command>> = {
  j: "next",
  ArrowDown: "next",
  k: "previous",
  ArrowUp: "previous",
  c: "confirm",
  r: "reject",
  " ": "play",
  ",": "step-back",
  ".": "step-on",
  Enter: "look",
  f: "fit",
  F: "fit-site",
  o: "page",
  m: "metadata",
  p: "point",
  x: "ties",
  w: "coverage",
  v: "exposure",
  n: "observed",
  g: "chips",
  S: "chip-left",
  s: "chip-right",
  b: "chip-pair",
  d: "focus-down",
  u: "focus-up",
  e: "evaluations",
  Backspace: "tie-remove",
  a: "tie-apply",
  y: "copy-degrees",
  Y: "copy-grid",
  l: "language",
  t: "theme",
  "?": "help",
  Escape: "escape",
};

const TYPING = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const PRESSED = new Set(["BUTTON", "SUMMARY", "A"]);

interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key press on that element means; null where the element needs the key itself. */
export function commandOf(press: Press, tag: string, usesArrows: boolean): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey) {
    return null;
  }
  const command = COMMANDS[press.key] ?? null;
  if (command === "escape") {
    return command;
  }
  const takesKey =
    TYPING.has(tag) ||
    (PRESSED.has(tag) && (press.key === " " || press.key === "Enter")) ||
    (usesArrows && press.key.startsWith("Arrow"));
  return takesKey ? null : command;
}

/** What the keys of layers and chips do. */
export function lookCommands({ layers, observed, chips }: Pick<Bench, "layers" | "observed" | "chips">) {
  return {
    coverage: () => layers.toggleCoverage(),
    exposure: () => layers.toggleExposure(),
    observed: () => observed.toggle(),
    chips: () => chips.toggle(),
    "chip-left": () => chips.moveSwipe(-1),
    "chip-right": () => chips.moveSwipe(1),
    "chip-pair": () => chips.nextPair(),
    "focus-down": () => chips.moveFocus(-1),
    "focus-up": () => chips.moveFocus(1),
  };
}
