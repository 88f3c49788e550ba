/** What is drawn over the picture: detection boxes and where the selected site lies. */
import type { Detection, SitePixels } from "../api/client";

export interface OverlayScene {
  detections: readonly Detection[];
  /** The boxes are of a neighbouring frame: drawn dashed. */
  nearby: boolean;
  site: { x: number; y: number; radius: number; colour: string; label: string } | null;
  boxColour: string;
  boxLabel: (detection: Detection) => string;
}

/** Where the site lies in that frame; null where it is not in the picture. */
export function siteInFrame(
  pixels: SitePixels | null,
  frame: number,
): { x: number; y: number; radius: number } | null {
  const at = pixels?.frame_index.indexOf(frame) ?? -1;
  const x = pixels?.x_px[at];
  const y = pixels?.y_px[at];
  const radius = pixels?.radius_px[at];
  return x === undefined || y === undefined || radius === undefined ? null : { x, y, radius };
}

/** A rectangle on the canvas. */
interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Whether a label may stand there without covering one that stands already. */
export function isFree(area: Area, taken: readonly Area[]): boolean {
  return taken.every(
    (it) =>
      area.x + area.width <= it.x ||
      it.x + it.width <= area.x ||
      area.y + area.height <= it.y ||
      it.y + it.height <= area.y,
  );
}

/** Draw in picture pixels; `scale` is canvas pixels per picture pixel, so that lines stay thin. */
export function drawOverlay(context: CanvasRenderingContext2D, scene: OverlayScene, scale: number): void {
  const { width, height } = context.canvas;
  const taken: Area[] = [];
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `600 ${11.5 * devicePixelRatio}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  context.lineWidth = 1.5 * devicePixelRatio;
  if (scene.site) {
    const { x, y, radius, colour, label: text } = scene.site;
    const [atX, atY, drawn] = [(x + 0.5) * scale, (y + 0.5) * scale, Math.max(radius * scale, 8)];
    outlined(context, colour, () => {
      context.beginPath();
      context.arc(atX, atY, drawn, 0, 2 * Math.PI);
      context.stroke();
    });
    label(context, text, atX, atY + drawn + 18 * devicePixelRatio, colour, taken);
  }
  context.setLineDash(scene.nearby ? [4 * devicePixelRatio, 4 * devicePixelRatio] : []);
  const strongestFirst = [...scene.detections].sort(
    (one, other) => (other.weight_bits ?? 0) - (one.weight_bits ?? 0),
  );
  for (const detection of strongestFirst) {
    drawBox(context, scene, detection, scale, taken);
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawBox(
  context: CanvasRenderingContext2D,
  scene: OverlayScene,
  detection: Detection,
  scale: number,
  taken: Area[],
): void {
  const width = detection.width_px * scale;
  const height = detection.height_px * scale;
  // Pixel centres are whole numbers: the picture's upper left corner is at -0.5.
  const x = (detection.x_px + 0.5) * scale - width / 2;
  const y = (detection.y_px + 0.5) * scale - height / 2;
  context.globalAlpha = (detection.weight_bits ?? 0) < 0 ? 0.6 : 1;
  outlined(context, scene.boxColour, () => context.strokeRect(x, y, width, height));
  label(context, scene.boxLabel(detection), x, y - 2, scene.boxColour, taken);
}

function outlined(context: CanvasRenderingContext2D, colour: string, stroke: () => void): void {
  const width = context.lineWidth;
  context.strokeStyle = "rgb(0 0 0 / 60%)";
  context.lineWidth = width + 2 * devicePixelRatio;
  stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  stroke();
}

/** Write inside the picture, unless a stronger label stands there. */
function label(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  taken: Area[],
): void {
  const height = 15 * devicePixelRatio;
  const width = context.measureText(text).width;
  const left = Math.max(2, Math.min(x, context.canvas.width - width - 2));
  const bottom = Math.max(height, Math.min(y, context.canvas.height - 2));
  const area = { x: left, y: bottom - height, width, height };
  if (!isFree(area, taken)) {
    return;
  }
  taken.push(area);
  const lineWidth = context.lineWidth;
  context.strokeStyle = "rgb(0 0 0 / 75%)";
  context.lineWidth = 3 * devicePixelRatio;
  context.strokeText(text, left, bottom);
  context.lineWidth = lineWidth;
  context.fillStyle = colour;
  context.fillText(text, left, bottom);
}
