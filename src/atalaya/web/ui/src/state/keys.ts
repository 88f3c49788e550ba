/** Keys to commands; nothing here while somebody types, or moves the map itself. */
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
