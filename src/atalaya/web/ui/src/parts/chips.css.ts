/** How the chips of a site look. */
import { css } from "lit";

export const chipsLook = css`
  :host {
    max-width: 520px;
  }
  h3 {
    margin: 0 0 4px;
  }
  .fold {
    padding: 0;
    min-height: 24px;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    letter-spacing: inherit;
    text-transform: inherit;
  }
  .fold::before {
    content: "▸ ";
  }
  .fold[aria-expanded="true"]::before {
    content: "▾ ";
  }
  .pair {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr);
    gap: 4px;
    margin-bottom: 4px;
  }
  .pair select {
    min-width: 0;
    padding: 2px 4px;
    font-size: 12.5px;
  }
  .frame {
    position: relative;
    aspect-ratio: 1;
    overflow: hidden;
    border-radius: 4px;
    background: repeating-linear-gradient(135deg, var(--line) 0 1px, var(--panel-2) 1px 6px);
    cursor: ew-resize;
    touch-action: pan-y;
    user-select: none;
  }
  .frame img,
  .frame svg,
  .absent {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .frame svg {
    pointer-events: none;
    fill: none;
    stroke: #ffffff;
    stroke-width: 0.7;
  }
  .frame svg .halo {
    stroke: #000000;
    stroke-opacity: 0.6;
    stroke-width: 1.9;
  }
  .frame svg .ce90 {
    stroke: #ffd400;
    stroke-dasharray: 3 1.5;
  }
  .frame svg text {
    font: 600 4.200px system-ui, sans-serif;
    fill: #ffffff;
    stroke: #000000;
    stroke-width: 0.9;
    paint-order: stroke;
  }
  .left {
    clip-path: inset(0 calc(100% - var(--divide)) 0 0);
  }
  .right {
    clip-path: inset(0 0 0 var(--divide));
  }
  .chip-mark {
    position: absolute;
    right: 0;
    bottom: 0;
    padding: 0 5px;
    font-size: 10px;
    font-weight: 700;
    color: var(--stripe-ink);
    background: var(--stripe);
    pointer-events: none;
  }
  .line {
    position: absolute;
    top: 0;
    bottom: 0;
    left: var(--divide);
    width: 2px;
    margin-left: -1px;
    background: #ffffff;
    box-shadow: 0 0 0 1px rgb(0 0 0 / 55%);
  }
  .line:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  .line span {
    position: absolute;
    top: 50%;
    left: 50%;
    width: 26px;
    height: 26px;
    margin: -13px;
    border-radius: 50%;
    border: 2px solid #ffffff;
    background: rgb(0 0 0 / 55%);
  }
  .line span::before {
    content: "◂▸";
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    font: 10px/1 system-ui, sans-serif;
    color: #ffffff;
  }
  .skeleton {
    cursor: default;
    background: linear-gradient(100deg, var(--panel-2) 30%, var(--line) 50%, var(--panel-2) 70%) 0 0 / 300% 100%;
    animation: shimmer 1.6s linear infinite;
  }
  @keyframes shimmer {
    from {
      background-position: 100% 0;
    }
    to {
      background-position: 0 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .skeleton {
      animation: none;
    }
  }
  .focus {
    display: flex;
    align-items: center;
    gap: 6px;
    margin: 5px 0 2px;
    font-size: 12.5px;
  }
  .focus input {
    flex: 1;
    min-width: 60px;
    min-height: 24px;
    padding: 0;
    accent-color: var(--accent);
  }
  .focus output {
    min-width: 52px;
    text-align: right;
    font-weight: 600;
  }
  ul {
    margin: 4px 0;
    padding: 0;
    list-style: none;
    display: grid;
    gap: 2px;
    font-size: 12.5px;
  }
  p {
    margin: 3px 0;
    font-size: 12px;
  }
  .why {
    display: flex;
    gap: 6px;
    color: var(--warn);
    font-weight: 600;
  }
  .why .icon {
    flex: none;
    margin-top: 1px;
  }
  progress {
    width: 110px;
    vertical-align: middle;
    accent-color: var(--accent);
  }
`;
