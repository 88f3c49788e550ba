/** The one point an analyst asks about: a pixel's place on the ground, and where that place is in each picture. */
import {
  type ApiError,
  api,
  asApiError,
  type GroundAnswer,
  type Moment,
  type PlaceAnswer,
} from "../api/client";
import type { LonLat } from "../geo/ellipse";

/** Least time between two questions while a video plays or a point is moved [ms]. */
const PAUSE_MS = 60;

export interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** What was pressed: a pixel of one picture, or a place on the map. */
export type Asked =
  | ({ readonly by: "picture"; readonly moment: Moment } & Pixel)
  | { readonly by: "map"; readonly at: LonLat };

export interface Locator {
  ground(source: string, moment: Moment, x: number, y: number): Promise<GroundAnswer>;
  place(source: string, moment: Moment, lon: number, lat: number): Promise<PlaceAnswer>;
}

/** Tells `change` whenever what is known of the point changes. */
export class PointFeed extends EventTarget {
  asked: Asked | null = null;
  /** The pixel's place; null while a place of the map is asked about. */
  ground: GroundAnswer | null = null;
  /** Where the place is in the picture on screen. */
  place: PlaceAnswer | null = null;
  failure: ApiError | null = null;
  private sourceId: string | null = null;
  private moment: Moment | null = null;
  private answeredFor: string | null = null;
  private asking = false;

  constructor(
    private readonly server: Locator = api,
    private readonly pauseMs = PAUSE_MS,
  ) {
    super();
  }

  /** The place that is asked about; null while it is not known. */
  get at(): LonLat | null {
    if (this.asked?.by === "map") {
      return this.asked.at;
    }
    const place = this.ground?.ground?.place;
    return place ? [place.lon_deg, place.lat_deg] : null;
  }

  /** Where to draw the point in the picture on screen. */
  get pixel(): Pixel | null {
    if (this.asked?.by === "picture" && same(this.asked.moment, this.moment)) {
      return this.asked;
    }
    const pixel = this.place?.pixel;
    return pixel ? { x: pixel.x_px, y: pixel.y_px } : null;
  }

  /** Another source: a place stays and is looked for in it, a pixel without a place goes. */
  open(sourceId: string | null): void {
    const at = this.at;
    this.sourceId = sourceId;
    this.moment = null;
    this.put(at && sourceId ? { by: "map", at } : null);
  }

  askPixel(pixel: Pixel): void {
    if (this.moment) {
      this.put({ by: "picture", moment: this.moment, x: pixel.x, y: pixel.y }, this.ground);
    }
  }

  askPlace(at: LonLat): void {
    this.put({ by: "map", at });
  }

  clear(): void {
    this.put(null);
  }

  /** The picture on screen is this one now. */
  show(moment: Moment | null): void {
    this.moment = moment;
    void this.ask();
  }

  /** What was known stays on screen until the new answer comes, so that nothing flickers. */
  private put(asked: Asked | null, ground: GroundAnswer | null = null): void {
    this.asked = asked;
    this.ground = ground;
    this.place = null;
    this.failure = null;
    this.answeredFor = null;
    this.tell();
    void this.ask();
  }

  /** One question at a time, always the newest. */
  private async ask(): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    for (let question = this.question(); question; question = this.question()) {
      const { name, asked } = question;
      this.answeredFor = name;
      await this.answer(asked, question.moment);
      await new Promise((done) => setTimeout(done, this.pauseMs));
    }
    this.asking = false;
  }

  /** What is not answered yet; null where all is. */
  private question(): { name: string; asked: Asked; moment: Moment } | null {
    const { asked, moment, sourceId } = this;
    if (!asked || !moment || !sourceId) {
      return null;
    }
    const name = JSON.stringify([sourceId, asked, moment]);
    return name === this.answeredFor ? null : { name, asked, moment };
  }

  private async answer(asked: Asked, moment: Moment): Promise<void> {
    const source = this.sourceId as string;
    const ofPixel = asked.by === "picture" && same(asked.moment, moment);
    let ground = ofPixel ? null : this.ground;
    let place: PlaceAnswer | null = null;
    let failure: ApiError | null = null;
    try {
      if (ofPixel) {
        ground = await this.server.ground(source, moment, asked.x, asked.y);
      } else if (this.at) {
        place = await this.server.place(source, moment, this.at[0], this.at[1]);
      }
    } catch (error) {
      failure = asApiError(error);
    }
    if (this.asked === asked && this.sourceId === source) {
      Object.assign(this, { ground, place, failure });
      this.tell();
    }
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}

function same(one: Moment, other: Moment | null): boolean {
  return other !== null && JSON.stringify(one) === JSON.stringify(other);
}
