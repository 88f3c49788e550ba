/** What every part of the page is: it knows the bench, and is drawn anew when bench or language change. */
import { LitElement, type ReactiveController, type ReactiveControllerHost } from "lit";
import { type Key, language, type Prefix, say, word } from "../i18n";
import type { Bench } from "../state/bench";

class Watch implements ReactiveController {
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly target: () => EventTarget | undefined,
  ) {
    host.addController(this);
  }

  private readonly changed = () => this.host.requestUpdate();

  hostConnected(): void {
    this.target()?.addEventListener("change", this.changed);
  }

  hostDisconnected(): void {
    this.target()?.removeEventListener("change", this.changed);
  }
}

export abstract class Part extends LitElement {
  static override properties = { bench: { attribute: false } };
  declare bench: Bench;

  constructor() {
    super();
    new Watch(this, () => language);
    new Watch(this, () => this.bench);
  }

  protected say(key: Key, values?: Readonly<Record<string, string | number>>): string {
    return say(language.now, key, values);
  }

  protected word(prefix: Prefix, value: string): string {
    return word(language.now, prefix, value);
  }
}
