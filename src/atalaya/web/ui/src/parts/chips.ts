/** The ground around a site in two layers with a line to swipe between them, and the sheet in focus. */
import { html, nothing, type PropertyValues, svg } from "lit";
import { api, type Chips } from "../api/client";
import { metres, number } from "../format";
import { language } from "../i18n";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { type ChipFeed, FOCUS, LAYERS, type Layer } from "../state/chips";
import { chipsLook } from "./chips.css";
import { Part } from "./element";

const SCALE_M = 10;
const KEYS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

export class ChipsPart extends Part {
  static override styles = [shared, chipsLook];
  private readonly changed = () => this.requestUpdate();
  /** Pictures of all sheets of this site, by their address: the browser itself keeps none of them. */
  private readonly held = new Map<string, string>();
  private aheadOf = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed?.addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed?.removeEventListener("change", this.changed);
  }

  private get feed(): ChipFeed | undefined {
    return this.bench?.chips;
  }

  override render() {
    const feed = this.bench.chips;
    return html`
      <h3><button type="button" class="fold" aria-expanded=${feed.opened} @click=${() => feed.toggle()}>
        ${this.say("chips")} <kbd>g</kbd></button></h3>
      ${feed.opened ? html`<div aria-live="polite">${this.body(feed)}</div>` : nothing}
    `;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const feed = this.bench.chips;
    this.renderRoot.querySelector<HTMLElement>(".frame")?.style.setProperty("--divide", `${feed.divide}%`);
  }

  private body(feed: ChipFeed) {
    if (feed.failure) {
      return html`<p class="why" role="alert">${icons.attention}<span>${feed.failure.message}</span></p>
        <button type="button" @click=${() => feed.retry()}>${this.say("retry")}</button>`;
    }
    if (!feed.chips) {
      const { done, total } = feed.progress ?? { done: 0, total: 1 };
      return html`<div class="frame skeleton"></div>
        <p class="quiet"><progress max=${total} .value=${done} aria-label=${this.say("chipsWaiting")}></progress>
        ${this.say("chipsWaiting")}</p>`;
    }
    return html`${this.pair(feed)} ${this.focusRow(feed)} ${this.frame(feed, feed.chips)} ${this.facts(feed, feed.chips)}`;
  }

  private pair(feed: ChipFeed) {
    const select = (
      side: "left" | "right",
    ) => html`<select aria-label=${this.say(side === "left" ? "chipLeft" : "chipRight")}
      data-side=${side} @change=${(event: Event) => feed.put(side, (event.target as HTMLSelectElement).value as Layer)}>
      ${LAYERS.map(
        (it) => html`<option value=${it} ?selected=${feed[side] === it} ?disabled=${!feed.has(it)}>
          ${this.word("layer", it)}${feed.has(it) ? "" : ` · ${this.say("chipAbsent")}`}</option>`,
      )}</select>`;
    return html`<div class="pair">${select("left")}
      <button type="button" title="${this.say("chipPair")} (b)" aria-label=${this.say("chipPair")} @click=${() => feed.nextPair()}>⇄</button>
      ${select("right")}</div>`;
  }

  private frame(feed: ChipFeed, chips: Chips) {
    const picture = (side: "left" | "right") => {
      const layer = feed[side];
      return feed.has(layer)
        ? html`<img class=${side} data-layer=${layer} draggable="false" @load=${this.lookAhead} src=${this.url(feed, chips, layer)} alt=${this.word("layer", layer)} />`
        : html`<div class="${side} absent"></div>`;
    };
    return html`<div class="frame" @pointerdown=${this.grab} @pointermove=${this.drag}>
      ${picture("left")} ${picture("right")} ${marks(chips, this.say("north"))}
      ${chips.synthetic ? html`<span class="chip-mark">SYNTHETIC · SINTÉTICO</span>` : nothing}
      <div class="line" role="slider" tabindex="0" aria-label=${this.say("chipSwipe")} aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${Math.round(feed.divide)} aria-orientation="horizontal" @keydown=${this.key}><span></span></div>
    </div>`;
  }

  private focusRow(feed: ChipFeed) {
    const moves = (["left", "right"] as const).some((it) => feed[it] !== "single" && feed.has(feed[it]));
    const plane = `${feed.planeM > 0 ? "+" : ""}${number(feed.planeM, 1, "m")}`;
    return html`<label class="focus">${this.say("focus")} <kbd>d</kbd>
      <input type="range" min=${FOCUS.least} max=${FOCUS.most} step=${FOCUS.step} .value=${String(feed.planeM)}
        ?disabled=${!moves} aria-valuetext=${plane}
        @input=${(event: Event) => feed.focus(Number((event.target as HTMLInputElement).value))} />
      <kbd>u</kbd> <output data-value="plane">${plane}</output></label>`;
  }

  private facts(feed: ChipFeed, chips: Chips) {
    const shown = chips.layers.filter((it) => it.layer === feed.left || it.layer === feed.right);
    return html`
      ${chips.not_observed ? html`<p class="why" data-value="not-observed">${icons.attention}<span>${chips.not_observed[language.now]}</span></p>` : nothing}
      <ul>${shown
        .filter((it) => it.planes_m.length)
        .map((it) => {
          const stored = it.run && feed.planeOf(it.layer) === 0;
          const poses = stored ? it.run : it.poses;
          return html`<li data-layer=${it.layer}><strong>${this.word("layer", it.layer)}</strong>
            ${it.looks > 1 ? this.say("chipLooks", { n: it.looks, sectors: it.azimuths }) : this.say("chipOneLook")}
            · ${poses ? this.word("poses", poses) : nothing}${stored ? ` · ${this.say("chipStored")}` : nothing}</li>`;
        })}
      ${chips.layers.filter((it) => it.why).map((it) => html`<li class="quiet" data-why=${it.layer}><strong>${this.word("layer", it.layer)}</strong> ${it.why?.[language.now]}</li>`)}
      </ul>
      <p class="quiet">${this.say("chipScale", { side: metres(chips.side_m), cell: number(chips.cell_m, 2, "m"), ce90: metres(chips.ce90_m) })}</p>`;
  }

  private url(feed: ChipFeed, chips: Chips, layer: Layer): string {
    const address = this.address(feed, chips, layer, feed.planeOf(layer));
    return this.held.get(address) ?? address;
  }

  private address(feed: ChipFeed, chips: Chips, layer: Layer, planeM: number): string {
    return api.chipUrl(feed.siteId ?? "", layer, planeM, chips.made);
  }

  /** Once what is shown is there, all sheets of it are fetched, so that the slider waits for nothing. */
  private readonly lookAhead = async () => {
    const feed = this.bench.chips;
    const { chips } = feed;
    const name = [chips?.made, feed.siteId, feed.left, feed.right].join();
    if (!chips || name === this.aheadOf) {
      return;
    }
    this.aheadOf = name;
    const wanted = chips.layers
      .filter((it) => it.layer === feed.left || it.layer === feed.right)
      .flatMap((it) => it.planes_m.map((plane) => this.address(feed, chips, it.layer, plane)));
    for (const [address, url] of this.held) {
      if (!wanted.includes(address)) {
        URL.revokeObjectURL(url);
        this.held.delete(address);
      }
    }
    for (const address of wanted.filter((it) => !this.held.has(it))) {
      const url = await fetchPicture(address);
      if (name !== this.aheadOf) {
        return; // something else is shown by now
      }
      if (url) {
        this.held.set(address, url);
      }
    }
  };

  private readonly grab = (event: PointerEvent) => {
    const frame = event.currentTarget as HTMLElement;
    frame.setPointerCapture(event.pointerId);
    this.moveTo(frame, event);
    frame.querySelector<HTMLElement>(".line")?.focus();
    event.preventDefault();
  };

  private readonly drag = (event: PointerEvent) => {
    const frame = event.currentTarget as HTMLElement;
    if (frame.hasPointerCapture(event.pointerId)) {
      this.moveTo(frame, event);
    }
  };

  private moveTo(frame: HTMLElement, event: PointerEvent): void {
    const { left, width } = frame.getBoundingClientRect();
    this.bench.chips.swipe((100 * (event.clientX - left)) / width);
  }

  private readonly key = (event: KeyboardEvent) => {
    const { chips } = this.bench;
    const ends: Readonly<Record<string, number>> = { Home: 0, End: 100 };
    const step = KEYS[event.key];
    const end = ends[event.key];
    if (step === undefined && end === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // the page's own arrows choose another site
    chips.swipe(end ?? chips.divide + (step ?? 0) * (event.shiftKey ? 1 : 5));
  };
}

/** Scale bar, north and the circle that holds the site with probability 0.90, in hundredths of the side. */
function marks(chips: Chips, north: string) {
  const percent = 100 / chips.side_m;
  const bar = SCALE_M * percent;
  return html`<svg viewBox="0 0 100 100" aria-hidden="true">
    ${svg`<g class="halo"><circle cx="50" cy="50" r=${chips.ce90_m * percent}></circle><path d="M5 93v3h${bar}v-3"></path><path d="M94 13V5m-2 3 2-3 2 3"></path></g>
    <circle class="ce90" cx="50" cy="50" r=${chips.ce90_m * percent}></circle>
    <path d="M5 93v3h${bar}v-3"></path><text x=${5 + bar + 1.5} y="96.500">${SCALE_M} m</text>
    <path d="M94 13V5m-2 3 2-3 2 3"></path><text x="94" y="17.500" text-anchor="middle">${north}</text>`}
  </svg>`;
}

/** A picture in memory; null where it does not come, and then the page asks for it when it is shown. */
async function fetchPicture(address: string): Promise<string | null> {
  try {
    const response = await fetch(address);
    return response.ok ? URL.createObjectURL(await response.blob()) : null;
  } catch {
    return null;
  }
}
