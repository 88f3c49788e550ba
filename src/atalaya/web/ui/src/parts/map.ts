/** The map: what was looked at, what is on screen now, and the sites with their error. */
import "../map/worker";
import { html, nothing, type PropertyValues } from "lit";
import { type GeoJSONSource, Map as GlMap, ScaleControl } from "maplibre-gl";
import { percent } from "../format";
import { type Bounds, ellipseRing } from "../geo/ellipse";
import { degreeLabel, graticule } from "../geo/graticule";
import type { Key } from "../i18n";
import { icons } from "../look/icons";
import { shared, statusStyle } from "../look/shared";
import { theme } from "../look/theme";
import {
  coverageFeatures,
  dataBounds,
  footprintFeatures,
  type NOTHING,
  regionFeatures,
  siteFeatures,
  trackFeatures,
} from "../map/features";
import { SiteMarkers } from "../map/markers";
import { PointMarker } from "../map/point";
import { addRelief } from "../map/relief";
import { type MapSource, mapStyle, PALETTES } from "../map/style";
import { STATUSES } from "../state/queue";
import { Part } from "./element";
import { mapLook } from "./map.css";

const LEGEND: readonly (readonly [string, Key])[] = [
  ["footprint", "legendFootprint"],
  ["centre", "legendCentre"],
  ["track", "legendTrack"],
  ["coverage", "legendCoverage"],
  ["other", "legendCoverageOther"],
  ["ellipse", "legendEllipse"],
  ["point", "legendPoint"],
];
/** Clear of the scale, the tools and the labels of the graticule [px]. */
const FIT_PX = { top: 36, bottom: 32, left: 44, right: 56 };
/** Room a label of the graticule needs [px]. */
const LABEL_PX = 96;

interface EdgeLabel {
  text: string;
  x: number;
  y: number;
  side: "bottom" | "left";
}

export class MapPart extends Part {
  static override styles = [shared, statusStyle, mapLook];
  static override properties = {
    ...Part.properties,
    follow: { state: true },
    failed: { state: true },
  };
  declare follow: boolean;
  declare failed: boolean;
  private map: GlMap | null = null;
  private markers: SiteMarkers | null = null;
  private point: PointMarker | null = null;
  private fitted = false;
  private drawn: unknown[] = [];

  constructor() {
    super();
    this.follow = false;
    this.failed = false;
  }

  override render() {
    return html`
      <div class="canvas" role="region" aria-label=${this.say("map")}></div>
      <div class="edges" aria-hidden="true"></div>
      ${this.failed ? html`<p class="failed" role="alert">${this.say("mapFailed")}</p>` : nothing}
      <div class="tools">
        <button type="button" title=${this.say("zoomIn")} aria-label=${this.say("zoomIn")} @click=${() => this.map?.zoomIn()}>+</button>
        <button type="button" title=${this.say("zoomOut")} aria-label=${this.say("zoomOut")} @click=${() => this.map?.zoomOut()}>−</button>
        <button type="button" title="${this.say("fit")} (f)" aria-label=${this.say("fit")} @click=${() => this.fit()}>${icons.fit}</button>
        <button type="button" title=${this.say("follow")} aria-label=${this.say("follow")} aria-pressed=${this.follow ? "true" : "false"}
          @click=${this.toggleFollow}>${icons.follow}</button>
      </div>
      <ul class="legend" aria-label=${this.say("legend")}>
        ${LEGEND.map(([swatch, text]) => this.legend(swatch, text))}
        ${this.bench.workspace?.terrain?.has_voids ? this.legend("void", "legendVoid") : nothing}
        ${STATUSES.map((status) => html`<li class="status ${status}">${this.word("status", status)}</li>`)}
      </ul>
    `;
  }

  private legend(swatch: string, text: Key) {
    return html`<li><span class="swatch ${swatch}"></span>${this.say(text)}</li>`;
  }

  override firstUpdated(): void {
    const container = this.renderRoot.querySelector<HTMLElement>(".canvas");
    if (!container) {
      return;
    }
    try {
      this.map = new GlMap({
        container,
        style: mapStyle(theme.now),
        center: [0, 0],
        zoom: 1,
        maxZoom: 21,
        attributionControl: false,
        dragRotate: false,
        pitchWithRotate: false,
        fadeDuration: 0,
      });
    } catch {
      this.failed = true;
      return;
    }
    const map = this.map;
    map.touchZoomRotate.disableRotation();
    map.addControl(new ScaleControl({ maxWidth: 140 }), "top-left");
    this.markers = new SiteMarkers(map, (site) => void this.bench.select(site));
    this.point = new PointMarker(map);
    map.on("click", (event) => {
      if (event.originalEvent.target === map.getCanvas()) {
        const { lng, lat } = event.lngLat.wrap();
        this.bench.point.askPlace([lng, lat]);
      }
    });
    this.bench.point.addEventListener("change", () => this.drawPoint());
    map.on("style.load", () => this.redrawAll());
    map.on("move", () => this.drawGraticule());
    map.on("resize", () => this.drawGraticule());
    map.on("dragstart", () => {
      this.follow = false;
    });
    theme.addEventListener("change", () => map.setStyle(mapStyle(theme.now), { diff: false }));
    this.bench.playhead.addEventListener("frame", () => this.drawFrame());
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.map?.isStyleLoaded() ?? false) {
      this.drawData();
    } else {
      this.map?.once("idle", () => this.drawData());
    }
  }

  /** Show all data, or the selected site with what is around it. */
  fit(site = false): void {
    const selected = this.bench.sites.find((it) => it.site_id === this.bench.selected);
    const bounds = site && selected ? around(selected.position, 250) : this.everything();
    if (bounds) {
      this.map?.fitBounds(bounds, { padding: FIT_PX, maxZoom: 18, duration: 300 });
    }
  }

  private everything(): Bounds | null {
    return dataBounds(this.bench.sites, this.bench.coverage, this.bench.timeline);
  }

  private redrawAll(): void {
    this.drawn = [];
    const terrain = this.bench.workspace?.terrain;
    if (terrain && this.map) {
      addRelief(this.map, terrain, theme.now, PALETTES[theme.now].ground);
    }
    this.drawData();
    this.drawFrame();
    this.drawPoint();
    this.drawGraticule();
  }

  private drawData(): void {
    const { bench } = this;
    const now = [bench.sites, bench.selected, bench.coverage, bench.timeline, bench.source];
    this.markers?.show(bench.sites, bench.selected, (site) =>
      [site.site_id, this.word("status", site.status), percent(site.probability)].join(", "),
    );
    if (now.every((value, index) => value === this.drawn[index]) && this.drawn.length) {
      return;
    }
    this.drawn = now;
    this.put("coverage", coverageFeatures(bench.coverage, bench.source?.source_id ?? null));
    this.put("sites", siteFeatures(bench.sites, bench.selected));
    this.put("track", trackFeatures(bench.timeline));
    this.drawFrame();
    this.bringIntoView();
    const bounds = this.everything();
    if (bounds && !this.fitted && bench.phase === "ready") {
      this.fitted = true;
      this.map?.fitBounds(bounds, { padding: FIT_PX, maxZoom: 18, duration: 0 });
    }
  }

  private bringIntoView(): void {
    const place = this.bench.sites.find((it) => it.site_id === this.bench.selected)?.position;
    if (place && this.fitted && this.map && !this.map.getBounds().contains([place.lon_deg, place.lat_deg])) {
      this.map.easeTo({ center: [place.lon_deg, place.lat_deg], duration: 250 });
    }
  }

  private drawFrame(): void {
    const { timeline, playhead } = this.bench;
    this.put("footprint", footprintFeatures(timeline, playhead.row));
    const centre = playhead.row === null ? null : timeline?.answer.centre[playhead.row];
    if (this.follow && centre) {
      this.map?.easeTo({ center: centre as [number, number], duration: 120 });
    }
  }

  private drawPoint(): void {
    const { point } = this.bench;
    this.put("point", regionFeatures(point.ground?.ground ?? null));
    this.point?.show(point.at, this.say("pointOfMap"));
  }

  /** Ask about the middle of the map; for who moves it by keyboard. */
  askMiddle(): void {
    const middle = this.map?.getCenter().wrap();
    if (middle) {
      this.bench.point.askPlace([middle.lng, middle.lat]);
    }
  }

  private drawGraticule(): void {
    const map = this.map;
    if (!map) {
      return;
    }
    const view = map.getBounds();
    const lines = graticule([view.getWest(), view.getSouth(), view.getEast(), view.getNorth()]);
    this.put("graticule", {
      type: "FeatureCollection",
      features: lines.lines.map((line) => ({
        type: "Feature",
        properties: {},
        geometry: { type: "LineString", coordinates: line },
      })),
    });
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const corner: [number, number] = [view.getWest(), view.getSouth()];
    const columns = lines.lons.map(
      (lon): EdgeLabel => ({
        text: degreeLabel(lon, lines.step, this.say("east"), this.say("west")),
        x: map.project([lon, corner[1]]).x,
        y: height,
        side: "bottom",
      }),
    );
    const rows = lines.lats.map(
      (lat): EdgeLabel => ({
        text: degreeLabel(lat, lines.step, this.say("north"), this.say("south")),
        x: 0,
        y: map.project([corner[0], lat]).y,
        side: "left",
      }),
    );
    const every = Math.ceil(LABEL_PX / Math.max(1, (columns[1]?.x ?? width) - (columns[0]?.x ?? 0)));
    this.showEdges([
      ...columns.filter((it, index) => index % every === 0 && it.x > LABEL_PX && it.x < width - LABEL_PX),
      ...rows.filter((it) => it.y > 48 && it.y < height - 16),
    ]);
  }

  private showEdges(labels: readonly EdgeLabel[]): void {
    const holder = this.renderRoot.querySelector(".edges");
    holder?.replaceChildren(
      ...labels.map((label) => {
        const element = document.createElement("span");
        element.className = label.side;
        element.textContent = label.text;
        element.style.transform = `translate(${label.x}px, ${label.y}px)`;
        return element;
      }),
    );
  }

  private put(name: MapSource, data: typeof NOTHING): void {
    this.map?.getSource<GeoJSONSource>(name)?.setData(data);
  }

  private readonly toggleFollow = () => {
    this.follow = !this.follow;
    this.drawFrame();
  };
}

function around(position: { lon_deg: number; lat_deg: number }, radiusM: number): Bounds {
  const ring = ellipseRing([position.lon_deg, position.lat_deg], radiusM, radiusM, 0, 4);
  const lons = ring.map((it) => it[0]);
  const lats = ring.map((it) => it[1]);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
