/** What lies over the picture on screen: boxes, the selected site, the point that is asked about. */
import type { Detection } from "../api/client";
import type { Bench } from "../state/bench";
import type { DetectionCache } from "../state/detections";
import { type OverlayScene, siteInFrame } from "./overlay";

/** A detector looks about once a second; its boxes are shown dashed so long before and after. */
const NEARBY_S = 0.2;
const NO_BOXES = { detections: [], apart: 0 } as const;
const BOX_COLOUR = "#ffe14d";
const SITE_COLOUR = "#ff7ad9";
/** On pictures of any brightness; a dark edge goes around it. */
export const POINT_COLOUR = "#5ff0ff";
const TIE_COLOUR = "#8dff7a";

/** Null where the picture on screen belongs to no frame. `boxes` are null where they are put away. */
export function sceneOf(
  bench: Bench,
  boxes: DetectionCache | null,
  boxLabel: (detection: Detection) => string,
): OverlayScene | null {
  const { source, timeline, playhead, pixels, point, ties } = bench;
  const frame = playhead.row === null ? undefined : timeline?.answer.frame_index[playhead.row];
  if (!source || frame === undefined) {
    return null;
  }
  // While tie points are set nothing else lies over what they point at.
  const place = ties.on ? null : siteInFrame(pixels, frame);
  const found =
    (ties.on ? null : boxes)?.near(source.source_id, frame, timeline?.framesIn(NEARBY_S) ?? 0) ?? NO_BOXES;
  return {
    detections: found.detections,
    nearby: found.apart > 0,
    site: place && { ...place, colour: SITE_COLOUR, label: pixels?.site_id ?? "" },
    ties: ties.shown.map((it) => ({ ...it.pixel, colour: TIE_COLOUR, label: String(it.number) })),
    point: point.pixel && { ...point.pixel, colour: POINT_COLOUR },
    boxColour: BOX_COLOUR,
    boxLabel,
  };
}
