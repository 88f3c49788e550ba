/** How the metadata panel looks. */
import { css } from "lit";

export const metadataLook = css`
  :host {
    container-type: inline-size;
    display: flex;
    flex-direction: column;
    min-height: 0;
    background: var(--panel);
    border-top: 1px solid var(--line);
  }
  header {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 5px 12px;
    border-bottom: 1px solid var(--line);
  }
  header input {
    flex: 1;
    min-width: 60px;
    min-height: 26px;
    padding: 1px 8px;
    font-size: 13px;
  }
  [role="tablist"] {
    display: flex;
    align-self: stretch;
    margin: -5px 0 -6px -6px;
  }
  [role="tab"] {
    padding: 2px 6px;
    font-size: 13px;
    border: 0;
    border-bottom: 3px solid transparent;
    border-radius: 0;
    background: none;
    color: var(--ink-2);
  }
  [role="tab"][aria-selected="true"] {
    color: var(--ink);
    font-weight: 600;
    border-bottom-color: var(--accent);
  }
  [role="tab"]:focus-visible {
    outline-offset: -2px;
  }
  [hidden] {
    display: none;
  }
  .summary {
    min-height: 0;
    padding: 4px 12px;
    font-size: 12px;
    text-align: left;
    color: var(--ink-2);
    background: var(--panel-2);
    border: 0;
    border-bottom: 1px solid var(--line);
    border-radius: 0;
  }
  .summary:hover {
    color: var(--ink);
    text-decoration: underline;
  }
  .summary:focus-visible {
    outline-offset: -2px;
  }
  .close {
    margin-left: auto;
    display: grid;
    place-items: center;
    min-height: 26px;
    padding: 2px 5px;
    border-color: transparent;
  }
  .body {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    padding: 5px 12px 10px;
    scrollbar-gutter: stable;
  }
  .body:focus-visible {
    outline-offset: -2px;
  }
  .note {
    display: flex;
    align-items: center;
    gap: 5px;
    margin: 5px 0;
    font-size: 12.5px;
    color: var(--ink-2);
  }
  .note.bad {
    color: var(--bad);
  }
  .note svg {
    flex: none;
    width: 14px;
    height: 14px;
  }
  section + section {
    margin-top: 6px;
    border-top: 1px solid var(--line);
  }
  h3 {
    position: sticky;
    top: -6px;
    z-index: 1;
    display: flex;
    flex-wrap: wrap;
    gap: 0 10px;
    padding: 6px 0 4px;
    font-size: 12.5px;
    text-transform: none;
    letter-spacing: 0;
    background: var(--panel);
  }
  h3 b {
    color: var(--ink);
  }
  h3 span {
    font-weight: 400;
  }
  h4 {
    margin: 7px 0 1px;
    font-size: 11px;
    font-weight: 600;
    letter-spacing: 0.04em;
    text-transform: uppercase;
    color: var(--ink-2);
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  li.row {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto 92px;
    gap: 0 8px;
    align-items: baseline;
    padding: 1.5px 0;
    font-size: 13px;
    line-height: 1.35;
    border-bottom: 1px solid color-mix(in srgb, var(--line) 45%, transparent);
  }
  .name {
    display: grid;
    grid-template-columns: 26px minmax(0, 1fr);
    align-items: baseline;
    overflow-wrap: anywhere;
    color: var(--ink-2);
  }
  .name i {
    font-style: normal;
    font-size: 11px;
    opacity: 0.8;
  }
  .value {
    text-align: right;
    overflow-wrap: anywhere;
    max-width: 210px;
  }
  .stale .value {
    color: var(--ink-2);
  }
  .checksum_failed .value {
    color: var(--bad);
  }
  .mark {
    font-size: 12px;
  }
  .mark.wide {
    grid-column: 2 / -1;
    min-width: 92px;
  }
  .flag {
    display: inline-flex;
    align-items: baseline;
    gap: 4px;
    font-size: 12px;
    white-space: nowrap;
    color: var(--warn);
  }
  .flag.stale,
  .flag.zero_length,
  .flag.unknown_item {
    color: var(--ink-2);
  }
  .flag.checksum_failed,
  .flag.malformed {
    color: var(--bad);
  }
  .flag svg {
    flex: none;
    align-self: center;
    width: 12px;
    height: 12px;
  }
  summary {
    display: flex;
    align-items: baseline;
    gap: 0 8px;
    padding: 2px 0;
    font-size: 13px;
    cursor: pointer;
  }
  summary::before {
    content: "▸";
    width: 10px;
    color: var(--ink-2);
  }
  details[open] > summary::before {
    content: "▾";
  }
  summary .name {
    color: var(--ink);
  }
  .tree details > ul {
    margin-left: 5px;
    padding-left: 12px;
    border-left: 1px solid var(--line);
  }
  .count,
  .more {
    font-size: 12px;
    color: var(--ink-2);
  }
  @container (max-width: 430px) {
    li.row {
      grid-template-columns: minmax(0, 1fr) auto 78px;
    }
    .value {
      max-width: 150px;
    }
  }
  @media (max-width: 800px) {
    .close {
      display: none;
    }
    header input {
      min-height: 34px;
      font-size: 16px;
    }
    li.row {
      padding: 4px 0;
    }
  }
`;
