/** The video with its overlay; what it shows is what the playhead says, picture by picture. */
import { html, nothing, type PropertyValues } from "lit";
import { api } from "../api/client";
import { bits, clock } from "../format";
import { icons } from "../look/icons";
import { shared } from "../look/shared";
import { DetectionCache } from "../state/detections";
import type { Cue } from "../state/playhead";
import { byRow } from "../state/strip";
import { Aim, type Size } from "./aim";
import { Part } from "./element";
import { drawOverlay } from "./overlay";
import { playerLook } from "./player.css";
import { sceneOf } from "./scene";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** Seconds after a frame's time that are surely still that frame. */
const INSIDE_S = 0.002;

export class PlayerPart extends Part {
  static override styles = [shared, playerLook];
  static override properties = {
    ...Part.properties,
    playing: { state: true },
    now: { state: true },
    broken: { state: true },
    boxes: { state: true },
  };
  declare playing: boolean;
  declare now: number;
  declare broken: boolean;
  declare boxes: boolean;
  private readonly detections = new DetectionCache(() => this.drawOverlay());
  private readonly aiming = new Aim(() => {
    const { video, pictureSize: picture } = this;
    return video && picture ? { feeds: this.bench, video, picture } : null;
  });
  private pending: Cue | null = null;
  private sourceId: string | null = null;
  private sized: ResizeObserver | null = null;

  constructor() {
    super();
    this.playing = false;
    this.now = 0;
    this.broken = false;
    this.boxes = true;
  }

  override render() {
    const { source } = this.bench;
    return html`
      <div class="stage" tabindex=${source?.has_video ? 0 : -1} role="group" aria-label=${this.say("pointIn")}
        @click=${this.aiming.pressed} @keydown=${this.aiming.keyed}>
        ${source?.has_video ? this.picture(source.source_id) : html`<p>${this.say(source ? "noPictures" : "noSource")}</p>`}
        ${source?.synthetic ? html`<span class="mark">SYNTHETIC · SINTÉTICO</span>` : nothing}
        ${this.broken ? html`<p class="failed" role="alert">${this.say("videoFailed")}</p>` : nothing}
      </div>
      ${source ? this.controls(source.has_video) : nothing}
    `;
  }

  private picture(source: string) {
    return html`<video muted playsinline preload="auto" src=${api.videoUrl(source)} aria-label=${this.say("video")}
        @loadeddata=${this.loaded} @seeked=${this.presented} @play=${this.playChanged} @pause=${this.playChanged}
        @error=${this.videoFailed}></video>
      <canvas aria-hidden="true"></canvas>`;
  }

  private controls(hasVideo: boolean) {
    const rows = this.bench.timeline?.length ?? 0;
    const length = hasVideo ? (this.video?.duration ?? 0) : Math.max(0, rows - 1);
    const last = Number.isFinite(length) ? length : 0;
    return html`${this.strip(hasVideo, last)}<div class="controls">
      <button type="button" title="${this.say("stepBack")} (,)" aria-label=${this.say("stepBack")} @click=${() => this.step(-1)}>${icons.back}</button>
      <button type="button" class="play" ?disabled=${!hasVideo} aria-label=${this.say(this.playing ? "pause" : "play")}
        @click=${this.toggle}>${this.playing ? icons.pause : icons.play}</button>
      <button type="button" title="${this.say("stepOn")} (.)" aria-label=${this.say("stepOn")} @click=${() => this.step(1)}>${icons.on}</button>
      <input type="range" min="0" max=${last} step=${hasVideo ? 0.01 : 1} .value=${String(this.now)}
        aria-label=${this.say("position")} @input=${this.scrubbed} />
      <output>${hasVideo ? clock(this.now) : `${this.now}/${last}`}</output>
      <select aria-label=${this.say("speed")} ?disabled=${!hasVideo} @change=${this.speedChosen}>
        ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === 1}>${speed}×</option>`)}
      </select>
      <label><input type="checkbox" .checked=${this.boxes} @change=${this.boxesToggled} />${this.say("boxes")}</label>
    </div>`;
  }

  /** Where along the source packets are whole, failed, repaired or missing. */
  private strip(hasVideo: boolean, length: number) {
    const { stream } = this.bench.metadata;
    const isOnAxis = stream?.axis === (hasVideo ? "pts_s" : "frame");
    const start = hasVideo ? this.startPtsS : 0;
    const spans = isOnAxis ? stream.spans : [];
    const frames = hasVideo ? null : this.bench.timeline?.answer.frame_index;
    return html`<atalaya-strip .bench=${this.bench} .spans=${frames ? byRow(spans, frames) : spans}
      .start=${start} .end=${start + length} .at=${start + this.now} @seek=${this.sought}></atalaya-strip>`;
  }

  override firstUpdated(): void {
    const { playhead } = this.bench;
    playhead.addEventListener("cue", (event) => this.goTo((event as CustomEvent<Cue>).detail));
    playhead.addEventListener("toggle", () => this.toggle());
    playhead.addEventListener("step", (event) => this.step((event as CustomEvent<number>).detail));
    for (const feed of [this.bench.point, this.bench.ties]) {
      feed.addEventListener("change", () => this.drawOverlay());
    }
    this.sized = new ResizeObserver(() => this.drawOverlay());
    this.sized.observe(this);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const source = this.bench.source?.source_id ?? null;
    if (source !== this.sourceId) {
      this.sourceId = source;
      this.now = 0;
      this.broken = false;
      this.playing = false;
      this.watchPictures();
    }
    if (this.pending && this.bench.timeline) {
      this.goTo(this.pending);
    } else if (this.bench.timeline && this.bench.playhead.row === null) {
      this.presented();
    }
    this.drawOverlay();
  }

  private get video(): HTMLVideoElement | null {
    return this.renderRoot.querySelector("video");
  }

  private get startPtsS(): number {
    return this.bench.source?.video_start_pts_s ?? 0;
  }

  /** Told of every picture that reaches the screen, with its own time. */
  private watchPictures(): void {
    const video = this.video;
    if (!video) {
      this.showRow(0);
      return;
    }
    const onPicture: VideoFrameRequestCallback = (_, picture) => {
      if (this.video !== video || this.bench.source?.source_id !== this.sourceId) {
        return;
      }
      this.show(picture.mediaTime);
      video.requestVideoFrameCallback(onPicture);
    };
    video.requestVideoFrameCallback(onPicture);
  }

  private show(mediaTimeS: number): void {
    this.now = mediaTimeS;
    const ptsS = mediaTimeS + this.startPtsS;
    this.bench.playhead.show(this.bench.timeline?.rowAt(ptsS) ?? null, ptsS);
    this.drawOverlay();
  }

  private showRow(row: number): void {
    const { timeline, playhead } = this.bench;
    const clipped = Math.min(Math.max(0, row), Math.max(0, (timeline?.length ?? 0) - 1));
    this.now = clipped;
    playhead.show(timeline?.length ? clipped : null);
  }

  private goTo(cue: Cue): void {
    const { source, timeline } = this.bench;
    const video = this.video;
    if (!source || !timeline || (source.has_video && (!video || video.readyState < 1))) {
      this.pending = cue;
      return;
    }
    this.pending = null;
    if (video && cue.ptsS !== null) {
      video.pause();
      video.currentTime = Math.max(0, cue.ptsS - this.startPtsS) + INSIDE_S;
    } else if (!source.has_video) {
      this.showRow(timeline.rowOfFrame(cue.frame) ?? 0);
    }
  }

  private step(by: number): void {
    const { timeline, playhead, source } = this.bench;
    if (!timeline || !source) {
      return;
    }
    const row = (playhead.row ?? 0) + by;
    const ptsS = timeline.answer.pts_s[row];
    const frame = timeline.answer.frame_index[row];
    if (frame !== undefined) {
      this.goTo({ ptsS: ptsS ?? null, frame });
    }
  }

  private drawOverlay(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context || !this.bench.source) {
      return;
    }
    canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
    canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    const picture = this.pictureSize;
    const scene = sceneOf(this.bench, this.boxes ? this.detections : null, (it) =>
      [this.word("detection", it.kind), it.weight_bits === null ? "" : bits(it.weight_bits)].join(" ").trim(),
    );
    if (scene && picture) {
      drawOverlay(context, scene, { x: canvas.width / picture.width, y: canvas.height / picture.height });
    } else {
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
  }

  /** The size that detections and points are measured in. */
  private get pictureSize(): Size | null {
    const { source } = this.bench;
    const width = source?.video_width_px ?? this.video?.videoWidth ?? 0;
    const height = source?.video_height_px ?? this.video?.videoHeight ?? 0;
    return width > 0 && height > 0 ? { width, height } : null;
  }

  /** Take the keyboard to the point: the one there is, or the middle of the picture. */
  aim(): void {
    this.renderRoot.querySelector<HTMLElement>(".stage")?.focus();
    this.aiming.start();
  }

  private readonly loaded = () => {
    const stage = this.renderRoot.querySelector<HTMLElement>(".stage");
    const { videoWidth, videoHeight } = this.video ?? { videoWidth: 0, videoHeight: 0 };
    if (stage && videoWidth > 0 && videoHeight > 0) {
      stage.style.aspectRatio = `${videoWidth} / ${videoHeight}`;
    }
    if (this.pending) {
      this.goTo(this.pending);
    }
    this.requestUpdate();
  };

  private readonly presented = () => {
    const video = this.video;
    if (video && video.readyState >= 2) {
      this.show(video.currentTime);
    } else if (!video) {
      this.showRow(this.now);
    }
  };

  private readonly playChanged = () => {
    this.playing = this.video ? !this.video.paused : false;
  };

  private readonly videoFailed = () => {
    this.broken = true;
  };

  private readonly toggle = () => {
    const video = this.video;
    if (video?.paused) {
      void video.play().catch(this.videoFailed);
    } else {
      video?.pause();
    }
  };

  private readonly scrubbed = (event: Event) => this.scrub(Number((event.target as HTMLInputElement).value));

  /** A press on the strip, as a part of its length. */
  private readonly sought = (event: CustomEvent<number>) => {
    const length = this.video ? this.video.duration : (this.bench.timeline?.length ?? 1) - 1;
    if (Number.isFinite(length)) {
      this.scrub(this.video ? event.detail * length : Math.round(event.detail * length));
    }
  };

  private scrub(wanted: number): void {
    if (this.video) {
      this.video.currentTime = wanted;
    } else {
      this.showRow(wanted);
    }
  }

  private readonly speedChosen = (event: Event) => {
    if (this.video) {
      this.video.playbackRate = Number((event.target as HTMLSelectElement).value);
    }
  };

  private readonly boxesToggled = (event: Event) => {
    this.boxes = (event.target as HTMLInputElement).checked;
  };
}
