/** The words at the edges of the map: where the lines of the graticule lie. */
import type { Map as GlMap } from "maplibre-gl";
import { degreeLabel, type Graticule } from "../geo/graticule";
import type { Key } from "../i18n";

/** Room a label needs [px]. */
const LABEL_PX = 96;

export interface EdgeLabel {
  text: string;
  x: number;
  y: number;
  side: "bottom" | "left";
}

/** Labels that fit beside each other and clear of the scale. */
export function edgeLabels(map: GlMap, lines: Graticule, say: (key: Key) => string): EdgeLabel[] {
  const view = map.getBounds();
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const corner: [number, number] = [view.getWest(), view.getSouth()];
  const columns = lines.lons.map(
    (lon): EdgeLabel => ({
      text: degreeLabel(lon, lines.step, say("east"), say("west")),
      x: map.project([lon, corner[1]]).x,
      y: height,
      side: "bottom",
    }),
  );
  const rows = lines.lats.map(
    (lat): EdgeLabel => ({
      text: degreeLabel(lat, lines.step, say("north"), say("south")),
      x: 0,
      y: map.project([corner[0], lat]).y,
      side: "left",
    }),
  );
  const every = Math.ceil(LABEL_PX / Math.max(1, (columns[1]?.x ?? width) - (columns[0]?.x ?? 0)));
  return [
    ...columns.filter((it, index) => index % every === 0 && it.x > LABEL_PX && it.x < width - LABEL_PX),
    ...rows.filter((it) => it.y > 48 && it.y < height - 16),
  ];
}
