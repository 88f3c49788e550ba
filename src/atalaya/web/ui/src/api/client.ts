/** The server's answers, typed by its own description (`npm run types`). */
import type { Tie } from "../state/ties";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Workspace = Schemas["Workspace"];
export type Source = Schemas["SourceWire"];
export type TimelineAnswer = Schemas["TimelineWire"];
export type Detection = Schemas["DetectionWire"];
export type CoverageShape = Schemas["CoverageWire"];
export type SiteRow = Schemas["SiteRow"];
export type SiteAnswer = Schemas["SiteAnswer"];
export type Evidence = Schemas["EvidenceWire"];
export type Look = Schemas["LookWire"];
export type SitePixels = Schemas["SitePixelsWire"];
export type Ellipse = Schemas["Ellipse"];
export type Terrain = Schemas["TerrainWire"];
export type Health = Source["health"];
export type Stream = Schemas["StreamAnswer"];
export type Span = Schemas["SpanWire"];
export type Finding = Schemas["FindingWire"];
export type MetadataAnswer = Schemas["MetadataAnswer"];
export type MetadataSet = Schemas["MetadataSetWire"];
export type Item = Schemas["ItemWire"];
export type GroundAnswer = Schemas["GroundAnswer"];
export type GroundPlace = Schemas["GroundPlaceWire"];
export type RegionPart = Schemas["RegionPartWire"];
export type PlaceAnswer = Schemas["PlaceAnswer"];
export type Place = Schemas["PlaceWire"];
export type OutlineAnswer = Schemas["OutlineAnswer"];
export type Exposure = Schemas["ExposureAnswer"];
export type CorrectionAnswer = Schemas["CorrectionAnswer"];
export type CorrectionApplied = Schemas["CorrectionApplied"];
export type ChipsAnswer = Schemas["ChipsAnswer"];
export type Chips = Schemas["ChipsWire"];
export type ObservedAnswer = Schemas["ObservedAnswer"];
export type EvaluationRow = Schemas["EvaluationRowWire"];
export type Evaluation = Schemas["EvaluationAnswer"];
export type Status = SiteRow["status"];
export type Decision = Schemas["ReviewRequest"]["status"];

/** A picture, told by its time on the stream's clock or, where the source has no pictures, by its frame. */
export type Moment = { readonly ptsS: number } | { readonly frame: number };

const BASE = "/api/v1";

/** Why the server said no, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
  ) {
    super(message);
  }
}

/** What went wrong, in the form that parts of the page show. */
export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, "Unexpected", String(error));
}

export const api = {
  workspace: () => get<Workspace>("/workspace"),
  timeline: (source: string) => get<TimelineAnswer>(`/sources/${encodeURIComponent(source)}/timeline`),
  stream: (source: string) => get<Stream>(`/sources/${encodeURIComponent(source)}/stream`),
  metadata: (source: string, moment: Moment) =>
    get<MetadataAnswer>(`/sources/${encodeURIComponent(source)}/metadata?${picture(moment)}`),
  ground: (source: string, moment: Moment, x: number, y: number) =>
    get<GroundAnswer>(`/sources/${encodeURIComponent(source)}/ground?${picture(moment)}&x_px=${x}&y_px=${y}`),
  place: (source: string, moment: Moment, lon: number, lat: number) =>
    get<PlaceAnswer>(
      `/sources/${encodeURIComponent(source)}/place?${picture(moment)}&lon_deg=${lon}&lat_deg=${lat}`,
    ),
  detections: (source: string, first: number, last: number) =>
    get<Schemas["Detections"]>(
      `/sources/${encodeURIComponent(source)}/detections?first_frame=${first}&last_frame=${last}`,
    ),
  coverage: () => get<Schemas["CoverageAnswer"]>("/coverage"),
  sites: () => get<Schemas["Sites"]>("/sites"),
  site: (site: string) => get<SiteAnswer>(`/sites/${encodeURIComponent(site)}`),
  pixels: (site: string, source: string) =>
    get<SitePixels>(`/sites/${encodeURIComponent(site)}/pixels?source_id=${encodeURIComponent(source)}`),
  review: (site: string, status: Decision, reason: string) =>
    ask<SiteAnswer>(
      `/sites/${encodeURIComponent(site)}/reviews`,
      change({ status, reason } satisfies Schemas["ReviewRequest"]),
    ),
  outline: (source: string, moment: Moment) =>
    get<OutlineAnswer>(`/sources/${encodeURIComponent(source)}/outline?${picture(moment)}`),
  exposure: (source: string) => get<Exposure>(`/sources/${encodeURIComponent(source)}/exposure`),
  exposureUrl: (source: string) => `${BASE}/sources/${encodeURIComponent(source)}/exposure.png`,
  chips: (site: string) => get<ChipsAnswer>(`/sites/${encodeURIComponent(site)}/chips`),
  chipUrl: (site: string, layer: string, planeM: number, made: string) =>
    `${BASE}/sites/${encodeURIComponent(site)}/chips/${layer}.png?plane_m=${planeM}&v=${made}`,
  observed: (source: string) => get<ObservedAnswer>(`/sources/${encodeURIComponent(source)}/observed`),
  observedUrl: (source: string, made: string) =>
    `${BASE}/sources/${encodeURIComponent(source)}/observed.png?v=${made}`,
  evaluations: () => get<Schemas["EvaluationsAnswer"]>("/evaluations"),
  evaluation: (content: string) => get<Evaluation>(`/evaluations/${encodeURIComponent(content)}`),
  tryTies: (source: string, points: readonly Tie[]) =>
    ask<CorrectionAnswer>(`/sources/${encodeURIComponent(source)}/corrections/preview`, change(ties(points))),
  applyTies: (source: string, points: readonly Tie[]) =>
    ask<CorrectionApplied>(`/sources/${encodeURIComponent(source)}/corrections`, change(ties(points))),
  videoUrl: (source: string) => `${BASE}/sources/${encodeURIComponent(source)}/video.mp4`,
  terrainTiles: (kind: "height" | "void", revision: string) =>
    `${BASE}/terrain/${kind}/{z}/{x}/{y}.png?v=${encodeURIComponent(revision)}`,
};

function ties(points: readonly Tie[]): Schemas["TiesRequest"] {
  return {
    points: points.map(({ moment, x, y, at }) => ({
      ...("ptsS" in moment ? { pts_s: moment.ptsS } : { frame_index: moment.frame }),
      x_px: x,
      y_px: y,
      lon_deg: at[0],
      lat_deg: at[1],
    })),
  };
}

/** A request that changes something, or that needs more room than an address has. */
function change(body: unknown): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", "x-atalaya-token": token() },
    body: JSON.stringify(body),
  };
}

function picture(moment: Moment): string {
  return "ptsS" in moment ? `pts_s=${moment.ptsS}` : `frame_index=${moment.frame}`;
}

function get<T>(path: string): Promise<T> {
  return ask<T>(path, {});
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(BASE + path, request);
  } catch (error) {
    throw new ApiError(0, "Unreachable", String(error));
  }
  if (response.ok) {
    return (await response.json()) as T;
  }
  throw await refusal(response);
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const said = (await response.json()) as Schemas["ErrorAnswer"];
    return new ApiError(response.status, said.error, said.message);
  } catch {
    return new ApiError(response.status, "Unreadable", response.statusText);
  }
}

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="atalaya-token"]')?.content ?? "";
}
