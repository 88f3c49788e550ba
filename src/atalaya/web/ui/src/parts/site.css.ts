/** How the site panel looks, beside the map and as a whole page. */
import { css } from "lit";

export const siteLook = css`
  :host {
    background: var(--panel);
    height: 100%;
    overflow-y: auto;
    container-type: inline-size;
  }
  header {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 4px 12px;
    padding: 7px 14px;
    background: var(--panel);
    border-bottom: 1px solid var(--line);
  }
  header button {
    margin-left: auto;
  }
  @media (max-width: 800px) {
    header .whole {
      display: none;
    }
  }
  h1 {
    margin: 0;
    font-size: 17px;
  }
  h3 {
    margin: 12px 0 3px;
  }
  section > h3:first-child {
    margin-top: 0;
  }
  p {
    margin: 2px 0;
  }
  .mark {
    padding: 0 6px;
    font-size: 11px;
    font-weight: 700;
    letter-spacing: 0.05em;
    border-radius: 3px;
    color: var(--stripe-ink);
    background: var(--stripe);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(240px, 1.1fr) minmax(180px, 0.7fr) minmax(290px, 1.4fr) minmax(230px, 1fr);
    gap: 10px 24px;
    padding: 10px 14px 16px;
  }
  @container (max-width: 1080px) {
    .columns {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .columns .ground {
      grid-row: 1 / 3;
    }
    .columns .evidence {
      grid-column: 1 / -1;
      order: 3;
    }
  }
  @container (max-width: 520px) {
    .columns {
      grid-template-columns: 1fr;
    }
    .columns .ground {
      grid-row: auto;
      order: 1;
    }
    .columns .evidence {
      order: 2;
    }
  }
  .big {
    font-size: 28px;
    font-weight: 600;
    line-height: 1.1;
  }
  .place {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
    font-weight: 600;
  }
  .place button {
    font-weight: 400;
    font-size: 12px;
    min-height: 24px;
    padding: 1px 7px;
  }
  .quiet {
    font-size: 12px;
  }
  ul,
  ol {
    margin: 4px 0;
    padding: 0;
    list-style: none;
    display: grid;
    gap: 4px;
  }
  .looks button {
    width: 100%;
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: baseline;
    gap: 0 8px;
    text-align: left;
  }
  .reviews li {
    border-left: 3px solid var(--line);
    padding-left: 8px;
  }
  .state {
    padding: 32px;
    text-align: center;
    color: var(--ink-2);
  }
`;
