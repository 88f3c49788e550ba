/** Where we are in the source: the one thing that changes with every picture. */
import type { Moment } from "../api/client";
import type { Timeline } from "./timeline";

/** A wish to go somewhere, for whoever plays the source. */
export interface Cue {
  ptsS: number | null;
  frame: number;
}

export class Playhead extends EventTarget {
  /** Row of the timeline; null where the picture has no known place. */
  row: number | null = null;
  /** Time of the picture on the stream's own clock [s]; null where the source has no pictures. */
  ptsS: number | null = null;

  /** Tell the map, the read-out and the metadata what is on screen. */
  show(row: number | null, ptsS: number | null = null): void {
    this.row = row;
    this.ptsS = ptsS;
    this.dispatchEvent(new Event("frame"));
  }

  /** The picture on screen as the server can find it; null where none is known. */
  moment(timeline: Timeline | null): Moment | null {
    if (this.ptsS !== null) {
      return { ptsS: this.ptsS };
    }
    const frame = this.row === null ? undefined : timeline?.answer.frame_index[this.row];
    return frame === undefined ? null : { frame };
  }

  /** Ask the player to go to a frame. */
  cue(cue: Cue): void {
    this.dispatchEvent(new CustomEvent<Cue>("cue", { detail: cue }));
  }

  /** Ask the player to play or pause. */
  toggle(): void {
    this.dispatchEvent(new Event("toggle"));
  }

  /** Ask the player for the next or the previous picture. */
  step(by: number): void {
    this.dispatchEvent(new CustomEvent<number>("step", { detail: by }));
  }
}
