/** What is drawn over the picture: detection boxes and where the selected site lies. */
import type { Detection, SitePixels } from "../api/client";

export interface OverlayScene {
  detections: readonly Detection[];
  /** The boxes are of a neighbouring frame: drawn dashed. */
  nearby: boolean;
  site: { x: number; y: number; radius: number; colour: string; label: string } | null;
  ties: readonly { x: number; y: number; colour: string; label: string }[];
  point: { x: number; y: number; colour: string } | null;
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

/** Canvas pixels per picture pixel, across and down. */
export interface Scale {
  x: number;
  y: number;
}

/** Draw in picture pixels; lines stay thin whatever the scale. */
export function drawOverlay(context: CanvasRenderingContext2D, scene: OverlayScene, scale: Scale): void {
  const { width, height } = context.canvas;
  const taken: Area[] = [];
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `600 ${11.5 * devicePixelRatio}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  context.lineWidth = 1.5 * devicePixelRatio;
  if (scene.site) {
    const { x, y, radius, colour, label: text } = scene.site;
    const [atX, atY, drawn] = [(x + 0.5) * scale.x, (y + 0.5) * scale.y, Math.max(radius * scale.x, 8)];
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
  for (const tie of scene.ties) {
    const [atX, atY] = [(tie.x + 0.5) * scale.x, (tie.y + 0.5) * scale.y];
    drawPoint(context, atX, atY, tie.colour);
    label(context, tie.label, atX + 12 * devicePixelRatio, atY - 9 * devicePixelRatio, tie.colour, []);
  }
  if (scene.point) {
    drawPoint(context, (scene.point.x + 0.5) * scale.x, (scene.point.y + 0.5) * scale.y, scene.point.colour);
  }
}

function drawBox(
  context: CanvasRenderingContext2D,
  scene: OverlayScene,
  detection: Detection,
  scale: Scale,
  taken: Area[],
): void {
  const width = detection.width_px * scale.x;
  const height = detection.height_px * scale.y;
  // Pixel centres are whole numbers: the picture's upper left corner is at -0.5.
  const x = (detection.x_px + 0.5) * scale.x - width / 2;
  const y = (detection.y_px + 0.5) * scale.y - height / 2;
  context.globalAlpha = (detection.weight_bits ?? 0) < 0 ? 0.6 : 1;
  outlined(context, scene.boxColour, () => context.strokeRect(x, y, width, height));
  label(context, scene.boxLabel(detection), x, y - 2, scene.boxColour, taken);
}

/** A cross that leaves free what it points at. */
function drawPoint(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  const [near, far] = [5 * devicePixelRatio, 17 * devicePixelRatio];
  context.lineWidth = 2.25 * devicePixelRatio;
  outlined(context, colour, () => {
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + dx * near, y + dy * near);
      context.lineTo(x + dx * far, y + dy * far);
    }
    context.stroke();
  });
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
