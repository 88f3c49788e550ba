/** What the signs of the map mean; only those that can be on it now. */
import { html, nothing } from "lit";
import { number, percent } from "../format";
import { type Key, type Language, say, word } from "../i18n";
import type { Bench } from "../state/bench";
import { STATUSES } from "../state/queue";

const LEGEND: readonly (readonly [string, Key])[] = [
  ["footprint", "legendFootprint"],
  ["centre", "legendCentre"],
  ["track", "legendTrack"],
  ["ellipse", "legendEllipse"],
];

export function legend(bench: Bench, language: Language) {
  const { layers, coverage, source, workspace, point, observed } = bench;
  const line = (swatch: string, text: string) => html`<li><span class="swatch ${swatch}"></span>${text}</li>`;
  const when = (shown: boolean | undefined, swatch: string, key: Key) =>
    shown ? line(swatch, say(language, key)) : nothing;
  const others = coverage.some((it) => it.source_id !== source?.source_id);
  return html`<ul class="legend" aria-label=${say(language, "legend")}>
    ${LEGEND.map(([swatch, key]) => line(swatch, say(language, key)))}
    ${when(layers.coverage, "coverage", "legendCoverage")}
    ${when(layers.coverage && others, "other", "legendCoverageOther")}
    ${layers.exposed ? html`<li title=${layers.failure?.message ?? nothing}><span class="swatch exposure"></span>${exposure(bench, language)}</li>` : nothing}
    ${observed.on ? unseen(bench, language) : nothing}
    ${when(point.at !== null, "point", "legendPoint")}
    ${when(workspace?.terrain?.has_voids, "void", "legendVoid")}
    ${STATUSES.map((it) => html`<li class="status ${it}">${word(language, "status", it)}</li>`)}
  </ul>`;
}

function exposure(bench: Bench, language: Language): string {
  const { exposure: found, failure, waiting } = bench.layers;
  if (found) {
    const [t, area] = [number(found.longest_s, 0, "s"), number(found.seen_km2, 2, "km²")];
    return say(language, "legendExposure", { t, area });
  }
  const key = failure ? "exposureFailed" : waiting ? "exposureWaiting" : "layerExposure";
  return say(language, key);
}

/** The states of ground that was not observed, or why nothing can be said of it. */
function unseen(bench: Bench, language: Language) {
  const { answer, failure } = bench.observed;
  if (!answer?.observed) {
    const waiting = say(language, failure ? "observedFailed" : "observedWaiting");
    return html`<li class="unseen" title=${failure?.message ?? nothing}><span class="swatch few-azimuths"></span>${answer?.why?.[language] ?? waiting}</li>`;
  }
  return answer.observed.shares.map(
    ({ state, share }) =>
      html`<li class="unseen"><span class="swatch ${state}"></span>${say(language, `unseen.${state}`, { p: percent(share) })}</li>`,
  );
}
