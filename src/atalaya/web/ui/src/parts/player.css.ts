/** How the video and its controls look. */
import { css } from "lit";

export const playerLook = css`
  :host {
    background: var(--panel);
    container-type: inline-size;
  }
  @container (max-width: 430px) {
    .controls select {
      display: none;
    }
  }
  .stage {
    position: relative;
    background: #000;
    aspect-ratio: 16 / 9;
    display: grid;
    place-items: center;
    overflow: hidden;
  }
  .stage:focus-visible {
    outline-offset: -2px;
  }
  .stage p {
    color: #c9d1d6;
    padding: 16px;
    text-align: center;
    margin: 0;
  }
  video {
    width: 100%;
    height: 100%;
    object-fit: fill;
    cursor: crosshair;
  }
  canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    pointer-events: none;
  }
  .mark {
    position: absolute;
    left: 8px;
    bottom: 6px;
    padding: 1px 6px;
    font-size: 11px;
    font-weight: 700;
    letter-spacing: 0.06em;
    color: #2c2100;
    background: #ffd76acc;
    border-radius: 3px;
    pointer-events: none;
  }
  .failed {
    position: absolute;
  }
  .controls {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 5px 8px;
    border-bottom: 1px solid var(--line);
  }
  .icon {
    display: block;
  }
  .controls button {
    display: grid;
    place-items: center;
    min-width: 32px;
    padding: 2px 6px;
  }
  .controls input[type="range"] {
    flex: 1;
    min-width: 60px;
    padding: 0;
    accent-color: var(--accent);
  }
  .controls select {
    padding: 2px;
  }
  output {
    min-width: 48px;
    text-align: right;
    font-size: 12px;
  }
  label {
    display: flex;
    align-items: center;
    gap: 3px;
    font-size: 12px;
    white-space: nowrap;
  }
  input[type="checkbox"] {
    min-height: 0;
    accent-color: var(--accent);
  }
`;
