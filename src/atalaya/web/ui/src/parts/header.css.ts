/** How the first line of the page looks. */
import { css } from "lit";

export const headerLook = css`
  header {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 6px 12px;
    background: var(--panel);
    border-bottom: 1px solid var(--line);
  }
  header strong {
    font-size: 16px;
    letter-spacing: 0.02em;
  }
  header label {
    display: flex;
    align-items: center;
    gap: 6px;
    margin-left: 16px;
    min-width: 0;
    font-size: 12px;
    color: var(--ink-2);
  }
  header select {
    min-width: 0;
    max-width: 440px;
    font-size: 14px;
    color: var(--ink);
  }
  .space {
    flex: 1;
  }
  .health {
    display: flex;
    align-items: center;
    gap: 8px;
    padding-right: 4px;
  }
  .health[aria-pressed="true"] {
    background: var(--select);
    border-color: var(--accent);
  }
  @media (max-width: 800px) {
    header {
      flex-wrap: wrap;
    }
    header label {
      order: 9;
      width: 100%;
      margin: 0;
    }
    header select {
      flex: 1;
      max-width: none;
    }
    .keys kbd,
    header label span {
      display: none;
    }
    .health {
      display: none;
    }
  }
  @media (max-width: 480px) {
    .keys {
      display: none;
    }
  }
`;
