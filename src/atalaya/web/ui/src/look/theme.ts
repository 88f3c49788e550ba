/** Dark or light: what the machine says until somebody chooses. */
import { recall, remember } from "../state/memory";

export type Theme = "light" | "dark";

class ThemeChoice extends EventTarget {
  now: Theme = "light";

  start(): void {
    const chosen = recall("theme");
    const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    this.put(chosen === "dark" || chosen === "light" ? chosen : preferred);
  }

  toggle(): void {
    this.put(this.now === "dark" ? "light" : "dark");
    remember("theme", this.now);
  }

  private put(theme: Theme): void {
    this.now = theme;
    document.documentElement.dataset.theme = theme;
    this.dispatchEvent(new Event("change"));
  }
}

export const theme = new ThemeChoice();
