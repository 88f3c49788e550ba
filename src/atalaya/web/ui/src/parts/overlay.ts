/** What is drawn over the picture: detection boxes and where the selected site lies. */
import type { Detection, SitePixels } from "../api/client";

export interface OverlayScene {
  detections: readonly Detection[];
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

/** Draw in picture pixels; `scale` is canvas pixels per picture pixel, so that lines stay thin. */
export function drawOverlay(context: CanvasRenderingContext2D, scene: OverlayScene, scale: number): void {
  const { width, height } = context.canvas;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  context.lineWidth = 1.5 * devicePixelRatio;
  for (const detection of scene.detections) {
    const boxWidth = detection.width_px * scale;
    const boxHeight = detection.height_px * scale;
    // Pixel centres are whole numbers: the picture's upper left corner is at -0.5.
    const x = (detection.x_px + 0.5) * scale - boxWidth / 2;
    const y = (detection.y_px + 0.5) * scale - boxHeight / 2;
    outlined(context, scene.boxColour, () => context.strokeRect(x, y, boxWidth, boxHeight));
    label(context, scene.boxLabel(detection), x, y - 2, scene.boxColour);
  }
  if (scene.site) {
    const { radius, colour } = scene.site;
    const x = (scene.site.x + 0.5) * scale;
    const y = (scene.site.y + 0.5) * scale;
    outlined(context, colour, () => {
      context.beginPath();
      context.arc(x, y, Math.max(radius * scale, 8), 0, 2 * Math.PI);
      context.stroke();
    });
    label(context, scene.site.label, x, y + Math.max(radius * scale, 8) + 18 * devicePixelRatio, colour);
  }
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

function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  context.strokeStyle = "rgb(0 0 0 / 75%)";
  const width = context.lineWidth;
  context.lineWidth = 3 * devicePixelRatio;
  context.strokeText(text, x, y);
  context.lineWidth = width;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
