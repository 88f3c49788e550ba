/** What every part of the page looks alike in. */
import { css } from "lit";

export const shared = css`
  :host {
    display: block;
    box-sizing: border-box;
    color: var(--ink);
    min-width: 0;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  select,
  input,
  textarea {
    font: inherit;
    color: inherit;
    background: var(--panel);
    border: 1px solid var(--line);
    border-radius: 4px;
    padding: 4px 8px;
    min-height: 30px;
  }
  button {
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    border-color: var(--accent);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  h2,
  h3 {
    margin: 0;
    font-size: 12px;
    font-weight: 600;
    letter-spacing: 0.04em;
    text-transform: uppercase;
    color: var(--ink-2);
  }
  kbd {
    font: 600 11px/1 ui-monospace, monospace;
    text-transform: none;
    letter-spacing: 0;
    border: 1px solid var(--line);
    border-bottom-width: 2px;
    border-radius: 3px;
    padding: 2px 4px;
    color: var(--ink-2);
    background: var(--panel-2);
  }
  .quiet {
    color: var(--ink-2);
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** A dot and a word in the colour of a status; the shape differs too, so colour is never alone. */
export const statusStyle = css`
  .status {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    font-size: 12px;
    white-space: nowrap;
  }
  .status::before {
    content: "";
    width: 9px;
    height: 9px;
    border: 2px solid var(--colour);
    background: var(--colour);
  }
  .candidate {
    --colour: var(--candidate);
  }
  .probable {
    --colour: var(--probable);
  }
  .confirmed {
    --colour: var(--confirmed);
  }
  .inactive {
    --colour: var(--inactive);
  }
  .dismantled {
    --colour: var(--dismantled);
  }
  .rejected {
    --colour: var(--rejected);
  }
  .status.candidate::before {
    background: transparent;
    border-radius: 50%;
  }
  .status.probable::before {
    border-radius: 50%;
  }
  .status.confirmed::before {
    border-radius: 1px;
  }
  .status.inactive::before,
  .status.dismantled::before {
    transform: rotate(45deg) scale(0.85);
  }
  .status.dismantled::before,
  .status.rejected::before {
    background: transparent;
  }
`;
