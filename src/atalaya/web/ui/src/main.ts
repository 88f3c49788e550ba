/** Puts the page together; the server's `index.html` holds nothing but the element. */
import "./look/tokens.css";
import { language } from "./i18n";
import { theme } from "./look/theme";
import { AppPart } from "./parts/app";
import { ChipsPart } from "./parts/chips";
import { DecisionPart } from "./parts/decision";
import { EvaluationsPart } from "./parts/evaluations";
import { HeaderPart } from "./parts/header";
import { HelpPart } from "./parts/help";
import { MapPart } from "./parts/map";
import { MetadataPart } from "./parts/metadata";
import { PlayerPart } from "./parts/player";
import { PointPart } from "./parts/point";
import { QueuePart } from "./parts/queue";
import { ReadoutPart } from "./parts/readout";
import { RecoveryPart } from "./parts/recovery";
import { SitePart } from "./parts/site";
import { StripPart } from "./parts/strip";
import { TiesPart } from "./parts/ties";
import { WarningPart } from "./parts/warning";
import { WaterfallPart } from "./parts/waterfall";

language.start();
theme.start();

const PARTS = {
  "atalaya-chips": ChipsPart,
  "atalaya-decision": DecisionPart,
  "atalaya-evaluations": EvaluationsPart,
  "atalaya-header": HeaderPart,
  "atalaya-help": HelpPart,
  "atalaya-map": MapPart,
  "atalaya-metadata": MetadataPart,
  "atalaya-player": PlayerPart,
  "atalaya-point": PointPart,
  "atalaya-queue": QueuePart,
  "atalaya-readout": ReadoutPart,
  "atalaya-recovery": RecoveryPart,
  "atalaya-site": SitePart,
  "atalaya-strip": StripPart,
  "atalaya-ties": TiesPart,
  "atalaya-warning": WarningPart,
  "atalaya-waterfall": WaterfallPart,
  "atalaya-app": AppPart,
} satisfies Record<string, CustomElementConstructor>;

for (const [name, part] of Object.entries(PARTS)) {
  customElements.define(name, part);
}

declare global {
  interface HTMLElementTagNameMap {
    "atalaya-app": AppPart;
    "atalaya-evaluations": EvaluationsPart;
    "atalaya-help": HelpPart;
    "atalaya-map": MapPart;
    "atalaya-player": PlayerPart;
  }
}
