/** Where the parts of the workbench stand, from a wide screen down to a phone. */
import { css } from "lit";

export const appLook = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100vh;
    height: 100dvh;
    overflow: hidden;
    background: var(--bg);
  }
  .banner {
    margin: 0;
    padding: 3px 12px;
    text-align: center;
    font-size: 13px;
    color: var(--stripe-ink);
    background: repeating-linear-gradient(
      -45deg,
      var(--stripe) 0 14px,
      color-mix(in srgb, var(--stripe) 82%, var(--stripe-ink)) 14px 16px
    );
  }
  .banner strong,
  .banner span {
    padding: 0 6px;
    background: var(--stripe);
  }
  nav {
    display: none;
  }
  main.bench {
    flex: 1;
    min-height: 0;
    display: grid;
    gap: 1px;
    background: var(--line);
    grid-template: minmax(0, 1.35fr) minmax(0, 1fr) / 272px minmax(0, 1fr) minmax(380px, 34%);
    grid-template-areas: "queue map side" "queue site site";
  }
  .queue {
    grid-area: queue;
    min-height: 0;
  }
  .map {
    grid-area: map;
    min-height: 0;
  }
  .side {
    grid-area: side;
    min-height: 0;
    display: flex;
    flex-direction: column;
    overflow-y: auto;
    background: var(--panel);
  }
  .side atalaya-readout {
    flex: 1;
    overflow: visible;
  }
  .site {
    grid-area: site;
    min-height: 0;
  }
  main.bench.metadata,
  main.bench.point {
    grid-template-areas: "queue map side" "queue site side";
  }
  .point .side atalaya-player,
  .point .side atalaya-readout {
    flex: none;
  }
  .ties .side atalaya-readout {
    display: none;
  }
  .side atalaya-point,
  .side atalaya-ties {
    flex: none;
  }
  .side atalaya-metadata {
    flex: 1 1 0;
    min-height: 260px;
  }
  .metadata .side atalaya-player,
  .metadata .side atalaya-readout {
    flex: none;
  }
  main.bench.page {
    grid-template-areas: "queue site side" "queue site map";
    grid-template-rows: auto minmax(0, 1fr);
  }
  main.bench.page.point,
  main.bench.page.metadata {
    grid-template-areas: "queue site side" "queue site side";
  }
  main.bench.page.point .map,
  main.bench.page.metadata .map {
    display: none;
  }
  .state {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 8px;
    padding: 24px;
    text-align: center;
  }
  .state h2 {
    font-size: 18px;
    text-transform: none;
    letter-spacing: 0;
    color: var(--ink);
  }
  footer {
    display: flex;
    gap: 24px;
    padding: 3px 12px;
    font-size: 12px;
    color: var(--ink-2);
    background: var(--panel);
    border-top: 1px solid var(--line);
    white-space: nowrap;
    overflow: hidden;
  }
  footer .unarmed {
    margin-left: auto;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .toast {
    position: fixed;
    left: 50%;
    bottom: 40px;
    transform: translateX(-50%);
    margin: 0;
    padding: 9px 18px;
    border-radius: 6px;
    color: var(--panel);
    background: var(--ink);
    box-shadow: 0 4px 20px rgb(0 0 0 / 35%);
  }
  .toast[hidden] {
    display: none;
  }
  @media (max-width: 1100px) and (min-width: 801px) {
    main.bench {
      grid-template-columns: 220px minmax(0, 1fr) minmax(320px, 38%);
    }
    footer .unarmed,
    .metadata .side atalaya-readout {
      display: none;
    }
  }
  @media (max-width: 800px) {
    nav {
      order: 3;
      display: grid;
      grid-template-columns: repeat(4, 1fr);
      background: var(--panel);
      border-top: 1px solid var(--line);
    }
    nav button {
      border: 0;
      border-top: 3px solid transparent;
      border-radius: 0;
      min-height: 48px;
    }
    nav .damaged {
      color: var(--bad);
    }
    nav .attention {
      color: var(--warn);
    }
    nav button[aria-current="page"] {
      border-top-color: var(--accent);
      font-weight: 600;
    }
    main.bench,
    main.bench.page,
    main.bench.metadata,
    main.bench.point,
    main.bench.page.point,
    main.bench.page.metadata {
      order: 2;
      grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
      grid-template-areas: "only" "side";
    }
    .queue,
    .map,
    .site {
      grid-area: only;
      display: none;
    }
    .side {
      display: none;
    }
    .tab-queue .queue,
    .tab-site .site {
      display: block;
      grid-row: 1 / -1;
    }
    .tab-queue .queue {
      display: flex;
    }
    .tab-look .map {
      display: grid;
    }
    .tab-look .side {
      display: flex;
      max-height: 52vh;
    }
    main.bench.page.metadata .map,
    .tab-look .side atalaya-metadata {
      display: none;
    }
    main.bench.page.metadata.tab-look .map {
      display: grid;
    }
    .tab-metadata .side {
      display: flex;
      grid-row: 1 / -1;
    }
    .point .side atalaya-readout,
    .tab-metadata .side atalaya-readout {
      display: none;
    }
    footer {
      display: none;
    }
    .toast {
      width: 92vw;
      bottom: 60px;
    }
  }
`;
