/** How the panel of a point looks. */
import { css } from "lit";

export const pointLook = css`
  :host {
    padding: 8px 12px 10px;
    background: var(--panel);
    border-top: 1px solid var(--line);
  }
  header {
    display: flex;
    align-items: center;
    gap: 10px;
    margin-bottom: 6px;
  }
  h3 {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  h3 svg {
    color: var(--point);
  }
  header .quiet {
    font-size: 12px;
  }
  .close {
    display: grid;
    place-items: center;
    margin-left: auto;
    min-height: 26px;
    padding: 3px 6px;
  }
  dl {
    display: grid;
    gap: 3px;
    margin: 0;
  }
  dl div {
    display: grid;
    grid-template-columns: 64px minmax(0, 1fr) auto;
    align-items: center;
    gap: 8px;
    min-height: 24px;
  }
  dt {
    font-size: 12px;
    color: var(--ink-2);
  }
  dd {
    margin: 0;
    font-size: 14.5px;
    font-weight: 500;
  }
  dl button {
    min-height: 24px;
    padding: 1px 6px;
    font-size: 12px;
  }
  p {
    margin: 6px 0 0;
  }
  .error {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 2px 6px;
  }
  .error strong {
    margin-right: 8px;
    font-size: 15px;
  }
  .error .quiet {
    font-size: 12px;
  }
  .why {
    display: flex;
    gap: 8px;
    margin: 0 0 6px;
    padding: 6px 8px;
    border-left: 3px solid var(--warn);
    background: color-mix(in srgb, var(--warn) 11%, transparent);
  }
  .why svg {
    flex: none;
    margin-top: 2px;
    color: var(--warn);
  }
  .error + .why {
    margin-top: 6px;
  }
`;
