/** Boxes by frame, fetched in runs of frames and kept for a while. */
import { api, type Detection } from "../api/client";

const RUN = 600;
const KEPT_RUNS = 12;

type Fetch = (source: string, first: number, last: number) => Promise<{ detections: Detection[] }>;

export class DetectionCache {
  private readonly runs = new Map<string, Map<number, Detection[]> | null>();

  constructor(
    private readonly arrived: () => void,
    private readonly fetchRun: Fetch = api.detections,
  ) {}

  /** Boxes of one frame; none until its run has arrived, which `arrived` tells. */
  of(source: string, frame: number): readonly Detection[] {
    const run = Math.floor(frame / RUN);
    const key = `${source}/${run}`;
    const held = this.runs.get(key);
    if (held === undefined) {
      void this.load(key, source, run * RUN);
    }
    return held?.get(frame) ?? [];
  }

  /** Boxes of the nearest frame that was looked at, at most `reach` frames away. */
  near(source: string, frame: number, reach: number): { detections: readonly Detection[]; apart: number } {
    for (let apart = 0; apart <= reach; apart++) {
      for (const at of apart ? [frame - apart, frame + apart] : [frame]) {
        const detections = at < 0 ? [] : this.of(source, at);
        if (detections.length) {
          return { detections, apart };
        }
      }
    }
    return { detections: [], apart: 0 };
  }

  private async load(key: string, source: string, first: number): Promise<void> {
    this.runs.set(key, null);
    try {
      const answer = await this.fetchRun(source, first, first + RUN - 1);
      this.runs.set(key, byFrame(answer.detections));
      this.forgetOldest();
      this.arrived();
    } catch {
      this.runs.delete(key); // asked for again with the next picture
    }
  }

  private forgetOldest(): void {
    for (const key of this.runs.keys()) {
      if (this.runs.size <= KEPT_RUNS) {
        return;
      }
      this.runs.delete(key);
    }
  }
}

function byFrame(detections: readonly Detection[]): Map<number, Detection[]> {
  const frames = new Map<number, Detection[]>();
  for (const detection of detections) {
    const held = frames.get(detection.frame_index);
    if (held) {
      held.push(detection);
    } else {
      frames.set(detection.frame_index, [detection]);
    }
  }
  return frames;
}
