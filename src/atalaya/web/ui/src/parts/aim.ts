/** Where in the picture a press or a key points; pixel centres are whole numbers. */
import type { Pixel, PointFeed } from "../state/point";
import type { TieFeed } from "../state/ties";

export interface Size {
  width: number;
  height: number;
}

/** Pixels a key moves the point. */
const STEP_PX = 8;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Who is told of a pixel: the tie points while they are set, else the point. */
interface Feeds {
  point: PointFeed;
  ties: TieFeed;
}

/** What there is to point at; null while there is no picture. */
type Target = () => { feeds: Feeds; video: HTMLVideoElement; picture: Size } | null;

/** Presses and arrow keys on the picture ask about the pixel they mean; the picture stands still for it. */
export class Aim {
  constructor(private readonly target: Target) {}

  /** The point there is, or the middle of the picture. */
  start(): void {
    this.ask((picture, now) => now ?? middle(picture));
  }

  readonly pressed = (event: MouseEvent): void => {
    const stage = event.currentTarget as HTMLElement;
    const { left, top } = stage.getBoundingClientRect();
    const shown = { width: stage.clientWidth, height: stage.clientHeight };
    this.ask((picture) => pixelUnder(event.clientX - left, event.clientY - top, shown, picture));
  };

  readonly keyed = (event: KeyboardEvent): void => {
    if (this.ask((picture, now) => now && moved(now, event.key, event.shiftKey, picture))) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  private ask(wanted: (picture: Size, now: Pixel | null) => Pixel | null): boolean {
    const target = this.target();
    const { point, ties } = target?.feeds ?? {};
    const now = (ties?.on ? ties.pixel : point?.pixel) ?? null;
    const pixel = target ? wanted(target.picture, now) : null;
    if (target && pixel) {
      target.video.pause();
      if (ties?.on) {
        ties.press(pixel);
      } else {
        point?.askPixel(pixel);
      }
    }
    return pixel !== null;
  }
}

export function middle(size: Size): Pixel {
  return { x: (size.width - 1) / 2, y: (size.height - 1) / 2 };
}

/** The pixel under a place of the stage, both told from its upper left corner. */
export function pixelUnder(x: number, y: number, stage: Size, picture: Size): Pixel {
  return inside(
    { x: (x / stage.width) * picture.width - 0.5, y: (y / stage.height) * picture.height - 0.5 },
    picture,
  );
}

/** The pixel an arrow key moves to, one pixel with Shift; null where the key is none. */
export function moved(from: Pixel, key: string, shift: boolean, picture: Size): Pixel | null {
  const towards = ARROWS[key];
  const step = shift ? 1 : STEP_PX;
  return towards ? inside({ x: from.x + towards[0] * step, y: from.y + towards[1] * step }, picture) : null;
}

/** To a tenth of a pixel: no hand points finer. */
function inside({ x, y }: Pixel, { width, height }: Size): Pixel {
  const held = (value: number, last: number) => Math.round(Math.min(Math.max(value, 0), last) * 10) / 10;
  return { x: held(x, width - 1), y: held(y, height - 1) };
}
