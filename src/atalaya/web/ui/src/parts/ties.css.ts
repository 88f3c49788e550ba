/** How the panel of tie points looks. */
import { css } from "lit";
import { pointLook } from "./point.css";

export const tiesLook = [
  pointLook,
  css`
    h3 svg {
      color: var(--tie);
    }
    .next {
      margin: 0 0 6px;
      padding: 5px 8px;
      border-left: 3px solid var(--tie);
      background: color-mix(in srgb, var(--tie) 12%, transparent);
    }
    table {
      width: 100%;
      border-collapse: collapse;
      font-size: 13px;
    }
    th {
      padding: 2px 6px 2px 0;
      font-size: 12px;
      font-weight: 400;
      text-align: left;
      color: var(--ink-2);
    }
    td {
      padding: 1px 6px 1px 0;
    }
    td b {
      display: inline-grid;
      place-items: center;
      width: 18px;
      height: 18px;
      border-radius: 50%;
      font-size: 11px;
      color: var(--panel);
      background: var(--tie);
    }
    .pending {
      opacity: 0.7;
    }
    .after {
      font-weight: 600;
    }
    td button {
      display: grid;
      place-items: center;
      min-height: 22px;
      padding: 2px 4px;
    }
    dl {
      margin-top: 8px;
    }
    dl div {
      grid-template-columns: 1fr auto;
      min-height: 20px;
    }
    dd {
      font-size: 13.5px;
    }
    .confirm {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 6px;
    }
    .record {
      border-color: var(--accent);
      font-weight: 600;
    }
  `,
];
