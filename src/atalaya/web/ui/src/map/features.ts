/** What the map draws, as GeoJSON made from what the page knows. */
import type { Feature, FeatureCollection, Position } from "geojson";
import type { CoverageShape, GroundPlace, OutlineAnswer, SiteRow } from "../api/client";
import { type Bounds, boundsOf, ellipseRing, type LonLat } from "../geo/ellipse";
import { otherParts } from "../geo/slopes";
import type { Timeline } from "../state/timeline";

export const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

function collect(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}

export function coverageFeatures(
  coverage: readonly CoverageShape[],
  source: string | null,
): FeatureCollection {
  return collect(
    coverage.flatMap((shape) =>
      shape.polygons.map(
        (rings): Feature => ({
          type: "Feature",
          properties: { own: shape.source_id === source },
          geometry: { type: "Polygon", coordinates: rings as Position[][] },
        }),
      ),
    ),
  );
}

export function siteFeatures(sites: readonly SiteRow[], selected: string | null): FeatureCollection {
  return collect(
    sites.map((site): Feature => {
      const { lon_deg, lat_deg, ellipse, ce90_m } = site.position;
      const ring = ellipseRing(
        [lon_deg, lat_deg],
        ellipse?.semi_major_m ?? ce90_m,
        ellipse?.semi_minor_m ?? ce90_m,
        ellipse?.azimuth_deg ?? 0,
      );
      return {
        type: "Feature",
        properties: { id: site.site_id, status: site.status, selected: site.site_id === selected },
        geometry: { type: "Polygon", coordinates: [ring] },
      };
    }),
  );
}

/** The footprint, the centre and its error for one row; nothing where they are unknown.
 *  The outline along the relief stands in for the corners once it is there. */
export function footprintFeatures(
  timeline: Timeline | null,
  row: number | null,
  outline: OutlineAnswer | null = null,
): FeatureCollection {
  if (!timeline || row === null) {
    return NOTHING;
  }
  const features: Feature[] = [];
  const corners = timeline.answer.footprint[row];
  for (const ring of outline?.rings ?? (corners?.[0] ? [[...corners, corners[0]]] : [])) {
    features.push({
      type: "Feature",
      properties: { part: "outline" },
      geometry: { type: "Polygon", coordinates: [ring as Position[]] },
    });
  }
  const centre = timeline.answer.centre[row] as LonLat | null | undefined;
  if (centre) {
    features.push({
      type: "Feature",
      properties: { part: "centre" },
      geometry: { type: "Point", coordinates: centre },
    });
    const error = timeline.answer.ellipse[row];
    if (error) {
      const ring = ellipseRing(centre, error.semi_major_m, error.semi_minor_m, error.azimuth_deg);
      features.push({
        type: "Feature",
        properties: { part: "error" },
        geometry: { type: "Polygon", coordinates: [ring] },
      });
    }
  }
  return collect(features);
}

/** The ground where a pixel may truly lie; other slopes apart from that of the answer. */
export function regionFeatures(ground: GroundPlace | null): FeatureCollection {
  if (!ground) {
    return NOTHING;
  }
  const others = otherParts(ground);
  return collect(
    ground.parts.map(
      (part): Feature => ({
        type: "Feature",
        properties: { share: part.probability, other: others.includes(part) },
        geometry: { type: "Polygon", coordinates: [part.ring as Position[]] },
      }),
    ),
  );
}

/** Where the centre went; broken where it is unknown. */
export function trackFeatures(timeline: Timeline | null): FeatureCollection {
  const runs: Position[][] = [[]];
  for (const centre of timeline?.answer.centre ?? []) {
    if (centre) {
      runs.at(-1)?.push(centre as Position);
    } else if (runs.at(-1)?.length) {
      runs.push([]);
    }
  }
  return collect(
    runs
      .filter((run) => run.length > 1)
      .map(
        (run): Feature => ({
          type: "Feature",
          properties: {},
          geometry: { type: "LineString", coordinates: run },
        }),
      ),
  );
}

/** Bounds of everything worth seeing; null where there is nothing. */
export function dataBounds(
  sites: readonly SiteRow[],
  coverage: readonly CoverageShape[],
  timeline: Timeline | null,
): Bounds | null {
  const points: LonLat[] = sites.map((site) => [site.position.lon_deg, site.position.lat_deg]);
  for (const shape of coverage) {
    for (const rings of shape.polygons) {
      points.push(...((rings[0] ?? []) as LonLat[]));
    }
  }
  for (const corners of timeline?.answer.footprint ?? []) {
    points.push(...((corners ?? []) as LonLat[]));
  }
  return boundsOf(points);
}
