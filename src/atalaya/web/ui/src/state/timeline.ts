/** Which row of the server's timeline belongs to the picture on screen. */
import type { TimelineAnswer } from "../api/client";

/** Seconds between picture and metadata beyond which nothing is claimed about the picture. */
const FARTHEST_S = 1.0;

export class Timeline {
  private readonly pts: number[] = [];
  private readonly rows: number[] = [];

  constructor(readonly answer: TimelineAnswer) {
    const known = answer.pts_s
      .map((pts, row) => ({ pts, row }))
      .filter((it): it is { pts: number; row: number } => it.pts !== null)
      .sort((one, other) => one.pts - other.pts);
    for (const { pts, row } of known) {
      this.pts.push(pts);
      this.rows.push(row);
    }
  }

  get length(): number {
    return this.answer.frame_index.length;
  }

  /** Row nearest in time to a picture; null where none is within a second: nothing is guessed. */
  rowAt(ptsS: number): number | null {
    const after = this.firstAfter(ptsS);
    const candidates = [after - 1, after].filter((index) => index >= 0 && index < this.pts.length);
    let best: number | null = null;
    let distance = FARTHEST_S;
    for (const index of candidates) {
      const apart = Math.abs((this.pts[index] as number) - ptsS);
      if (apart <= distance) {
        best = this.rows[index] as number;
        distance = apart;
      }
    }
    return best;
  }

  /** Row of a frame; null where the timeline lacks it (a thinned one has its neighbour). */
  rowOfFrame(frame: number): number | null {
    const at = this.answer.frame_index.findIndex((it) => it > frame);
    const row = at < 0 ? this.length - 1 : at - 1;
    const found = this.answer.frame_index[row];
    return found !== undefined && frame - found < this.answer.stride ? row : null;
  }

  /** How many frames lie within so many seconds, at least none. */
  framesIn(seconds: number): number {
    const first = this.pts[0];
    const last = this.pts.at(-1);
    if (first === undefined || last === undefined || last <= first) {
      return 0;
    }
    const frames = (this.pts.length - 1) * this.answer.stride;
    return Math.floor((seconds * frames) / (last - first));
  }

  private firstAfter(ptsS: number): number {
    let low = 0;
    let high = this.pts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.pts[middle] as number) <= ptsS) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
