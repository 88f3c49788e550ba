/** The map: what was looked at, what is on screen now, and the sites with their error. */
import "../map/worker";
import { html, nothing, type PropertyValues } from "lit";
import { type GeoJSONSource, Map as GlMap, type LngLat, ScaleControl } from "maplibre-gl";
import { percent } from "../format";
import { type Bounds, ellipseRing } from "../geo/ellipse";
import { graticule } from "../geo/graticule";
import { language } from "../i18n";
import { icons } from "../look/icons";
import { shared, statusStyle } from "../look/shared";
import { theme } from "../look/theme";
import { type EdgeLabel, edgeLabels } from "../map/edges";
import {
  coverageFeatures,
  dataBounds,
  footprintFeatures,
  type NOTHING,
  regionFeatures,
  siteFeatures,
  trackFeatures,
} from "../map/features";
import { showLayers } from "../map/layers";
import { SiteMarkers } from "../map/markers";
import { showObserved } from "../map/observed";
import { PointMarker } from "../map/point";
import { addRelief } from "../map/relief";
import { type MapSource, mapStyle, PALETTES } from "../map/style";
import { TieMarkers } from "../map/ties";
import { Part } from "./element";
import { legend } from "./legend";
import { mapLook } from "./map.css";

/** Clear of the scale, the tools and the labels of the graticule [px]. */
const FIT_PX = { top: 36, bottom: 32, left: 44, right: 56 };

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
  private ties: TieMarkers | null = null;
  private fitted = false;
  private drawn: unknown[] = [];

  constructor() {
    super();
    this.follow = false;
    this.failed = false;
  }

  override render() {
    const { layers, observed } = this.bench;
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
        <button type="button" title="${this.say("layerCoverage")} (w)" aria-label=${this.say("layerCoverage")}
          aria-pressed=${layers.coverage} @click=${() => layers.toggleCoverage()}>${icons.looked}</button>
        <button type="button" title="${this.say("layerExposure")} (v)" aria-label=${this.say("layerExposure")}
          aria-pressed=${layers.exposed} @click=${() => layers.toggleExposure()}>${icons.seen}</button>
        <button type="button" title="${this.say("layerObserved")} (n)" aria-label=${this.say("layerObserved")}
          aria-pressed=${observed.on} @click=${() => observed.toggle()}>${icons.unseen}</button>
      </div>
      ${legend(this.bench, language.now)}
    `;
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
    this.ties = new TieMarkers(map);
    map.on("click", (event) => {
      if (event.originalEvent.target === map.getCanvas()) {
        this.ask(event.lngLat);
      }
    });
    this.bench.point.addEventListener("change", () => this.drawPoint());
    this.bench.outline.addEventListener("change", () => this.drawFrame());
    for (const layer of [this.bench.layers, this.bench.observed]) {
      layer.addEventListener("change", () => this.drawLayers());
    }
    this.bench.ties.addEventListener("change", () => {
      this.toggleAttribute("ties", this.bench.ties.on);
      this.ties?.show(this.bench.ties);
    });
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
    this.drawLayers();
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
    const { timeline, playhead, outline } = this.bench;
    this.put("footprint", footprintFeatures(timeline, playhead.row, outline.answer));
    const centre = playhead.row === null ? null : timeline?.answer.centre[playhead.row];
    if (this.follow && centre) {
      this.map?.easeTo({ center: centre as [number, number], duration: 120 });
    }
  }

  private drawLayers(): void {
    if (this.map) {
      const source = this.bench.source?.source_id ?? null;
      showLayers(this.map, this.bench.layers, source);
      showObserved(this.map, this.bench.observed, source);
    }
    this.requestUpdate();
  }

  private drawPoint(): void {
    const { point } = this.bench;
    this.put("point", regionFeatures(point.ground?.ground ?? null));
    this.point?.show(point.at, this.say("pointOfMap"));
    this.requestUpdate();
  }

  /** Ask about the middle of the map; for who moves it by keyboard. */
  askMiddle(): void {
    if (this.map) {
      this.ask(this.map.getCenter());
    }
  }

  private ask(place: LngLat): void {
    const { lng, lat } = place.wrap();
    const { ties, point } = this.bench;
    if (ties.on) {
      ties.mark([lng, lat]);
    } else {
      point.askPlace([lng, lat]);
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
    this.showEdges(edgeLabels(map, lines, (name) => this.say(name)));
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
