/** How the map's own furniture looks; maplibre's sheet comes first. */
import { css, unsafeCSS } from "lit";
import maplibreSheet from "maplibre-gl/dist/maplibre-gl.css?inline";

export const mapLook = css`
  ${unsafeCSS(maplibreSheet)}
  :host {
    display: grid;
    grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
    position: relative;
    height: 100%;
    overflow: hidden;
    background: var(--bg);
  }
  .canvas,
  .edges {
    grid-area: 1 / 1;
    position: relative;
    overflow: hidden;
  }
  .edges {
    pointer-events: none;
  }
  .canvas {
    font: inherit;
  }
  .maplibregl-canvas:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }
  .maplibregl-ctrl-scale {
    background: color-mix(in srgb, var(--panel) 80%, transparent);
    color: var(--ink);
    border-color: var(--ink);
  }
  .edges span {
    position: absolute;
    top: 0;
    left: 0;
    pointer-events: none;
    font-size: 11px;
    color: var(--ink-2);
    white-space: nowrap;
    text-shadow:
      0 0 3px var(--bg),
      0 0 3px var(--bg);
  }
  .edges .bottom {
    margin: -18px 0 0 4px;
  }
  .edges .left {
    margin: -16px 0 0 6px;
  }
  .tools {
    grid-area: 1 / 1 / 2 / 2;
    position: absolute;
    top: 10px;
    right: 10px;
    max-height: calc(100% - 20px);
    display: flex;
    flex-flow: column wrap-reverse;
    gap: 4px;
  }
  .tools button {
    display: grid;
    place-items: center;
    width: 34px;
    height: 34px;
    padding: 0;
    font-size: 17px;
    box-shadow: var(--shadow);
  }
  .tools button[aria-pressed="true"] {
    background: var(--accent);
    color: var(--accent-ink);
  }
  .legend {
    grid-area: 2 / 1;
    display: flex;
    flex-wrap: wrap;
    gap: 1px 14px;
    margin: 0;
    padding: 5px 12px;
    list-style: none;
    font-size: 11.5px;
    color: var(--ink-2);
    background: var(--panel);
    border-top: 1px solid var(--line);
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: 6px;
    font-size: inherit;
    white-space: nowrap;
  }
  @media (max-width: 800px) {
    .legend {
      flex-wrap: nowrap;
      overflow-x: auto;
    }
  }
  .swatch {
    flex: none;
    width: 18px;
    height: 11px;
    border: 2px solid var(--footprint);
    background: color-mix(in srgb, var(--footprint) 20%, transparent);
  }
  .swatch.centre {
    border: 1px dashed var(--footprint);
    border-radius: 50%;
    background: radial-gradient(var(--footprint) 25%, transparent 30%);
  }
  .swatch.track {
    height: 0;
    border-width: 1px 0 0;
    border-style: dashed;
  }
  .swatch.coverage {
    border-color: transparent;
    background: #6f9a7c88;
  }
  .swatch.exposure {
    border-color: transparent;
    background: #008096b0;
  }
  .swatch.not-covered {
    border-color: transparent;
    background: repeating-linear-gradient(45deg, #8a8f96 0 1px, #8a8f9630 1px 5px);
  }
  .swatch.few-azimuths {
    border-color: transparent;
    background: repeating-linear-gradient(135deg, #e69f00 0 2px, #e69f0030 2px 5px);
  }
  .swatch.under-canopy {
    border-color: transparent;
    background:
      repeating-linear-gradient(45deg, #0072b2 0 1px, transparent 1px 4px),
      repeating-linear-gradient(135deg, #0072b2 0 1px, #0072b230 1px 4px);
  }
  .swatch.not-permitted {
    border-color: transparent;
    background: #782850c8;
  }
  @media (min-width: 801px) {
    .legend .unseen {
      max-width: 100%;
      white-space: normal;
    }
  }
  .swatch.other {
    border-color: transparent;
    background: #8a8f8880;
  }
  .swatch.void {
    border-color: transparent;
    background: repeating-linear-gradient(135deg, #8a8f88 0 1px, transparent 1px 4px);
  }
  .swatch.ellipse {
    border-color: var(--probable);
    background: color-mix(in srgb, var(--probable) 30%, transparent);
    border-radius: 50%;
  }
  .site-marker {
    display: flex;
    align-items: center;
    min-height: 0;
    padding: 0;
    border: 0;
    background: none;
    cursor: pointer;
  }
  :host([ties]) .site-marker {
    pointer-events: none;
    opacity: 0.45;
  }
  .site-marker .glyph {
    width: 12px;
    height: 12px;
    border: 2px solid var(--colour);
    background: var(--colour);
    box-shadow: 0 0 0 2px var(--panel);
  }
  .site-marker.candidate .glyph,
  .site-marker.probable .glyph {
    border-radius: 50%;
  }
  .site-marker.candidate .glyph,
  .site-marker.dismantled .glyph,
  .site-marker.rejected .glyph {
    background: var(--panel);
  }
  .site-marker.inactive .glyph,
  .site-marker.dismantled .glyph {
    transform: rotate(45deg);
  }
  .site-marker .name {
    position: absolute;
    left: 19px;
    font: 600 11px/1.3 system-ui, sans-serif;
    padding: 0 4px;
    border-radius: 3px;
    color: var(--ink);
    background: color-mix(in srgb, var(--panel) 82%, transparent);
  }
  .site-marker.selected {
    z-index: 2;
  }
  .site-marker.selected .glyph {
    outline: 2px solid var(--ink);
    outline-offset: 3px;
  }
  .site-marker.selected .name {
    left: 24px;
    background: var(--ink);
    color: var(--panel);
  }
  .point-marker {
    width: 0;
    height: 0;
    pointer-events: none;
    z-index: 3;
  }
  .point-marker span {
    position: absolute;
    background: var(--point);
    box-shadow: 0 0 0 1.5px color-mix(in srgb, var(--panel) 80%, transparent);
  }
  .point-marker .left,
  .point-marker .right {
    top: -1px;
    width: 12px;
    height: 2px;
  }
  .point-marker .up,
  .point-marker .down {
    left: -1px;
    width: 2px;
    height: 12px;
  }
  .point-marker .left {
    right: 5px;
  }
  .point-marker .right {
    left: 5px;
  }
  .point-marker .up {
    bottom: 5px;
  }
  .point-marker .down {
    top: 5px;
  }
  .tie-marker {
    display: grid;
    place-items: center;
    width: 19px;
    height: 19px;
    border-radius: 50%;
    font: 700 11px/1 system-ui, sans-serif;
    color: var(--panel);
    background: var(--tie);
    box-shadow: 0 0 0 2px var(--panel);
    pointer-events: none;
  }
  .maplibregl-canvas-container {
    cursor: crosshair;
  }
  .swatch.point {
    border-color: var(--point);
    background: color-mix(in srgb, var(--point) 26%, transparent);
    border-radius: 40% 60% 45% 55%;
  }
  .failed {
    position: absolute;
    inset: 40% 20% auto;
    text-align: center;
  }
`;
