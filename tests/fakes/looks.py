"""Chips, observed ground and evaluations of the seeded workspace."""

from typing import Any

import cv2
import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.chip_layers import NO_THERMAL
from atalaya.app.chip_pictures import chip_png
from atalaya.app.evaluation_page import evaluation_fragment, evaluation_style
from atalaya.app.observed_picture import ObservedPicture, painted
from atalaya.app.site_chips import NO_RUN
from atalaya.app.workbench_looks import (
    CHIP_CELL_M,
    CHIP_SIDE_M,
    PLANES_M,
    ChipLayer,
    ChipLayerView,
    ChipsView,
    ChipsWorking,
    EvaluationRow,
    EvaluationView,
    PosesUsed,
)
from atalaya.errors import IntegrityError, NotFoundError
from atalaya.model.evaluation import Evaluation
from atalaya.model.identifiers import ContentHash, SiteId, SourceId
from atalaya.model.looks import CellState

CELLS = 256
ROOF_PLANE_M = 2.0
"""The seeded roof stands so high: on this sheet it is sharp."""
ONE_SIDED = SiteId("SIT-0005")
"""Seen from one sector only."""
WARM = SiteId("SIT-0002")
"""Has a thermal source."""
ALTERED = ContentHash("ee" * 32)


def canopy(seed: int) -> Any:
    """(256, 256, 3) levels of crowns."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0.0, 1.0, (CELLS, CELLS)).astype(np.float32), (0, 0), 4.0)
    noise = noise / np.abs(noise).max()
    return np.stack([70 + 35 * noise, 95 + 40 * noise, 50 + 25 * noise], axis=-1).astype(np.float32)


def chip(layer: ChipLayer, plane_m: float) -> np.ndarray:
    """(256, 256, 3) levels: crowns alone in one look, a roof in the integral, a warm roof in the thermal."""
    picture: Any = canopy(3)
    if layer is ChipLayer.SINGLE:
        return picture
    picture = picture * 0.0 + 96.0 if layer is ChipLayer.THERMAL else 0.25 * picture + 70.0
    roof = np.zeros((CELLS, CELLS), dtype=np.float32)
    roof[100:156, 108:148] = 1.0
    soft: Any = cv2.GaussianBlur(roof, (0, 0), 1.0 + 5.0 * abs(plane_m - ROOF_PLANE_M))[..., None]
    tone = np.array((235, 235, 235) if layer is ChipLayer.THERMAL else (40, 90, 225), dtype=np.float32)
    return picture * (1.0 - soft) + tone * soft


class FakeLooks:
    """Satisfies ChipReader, ObservedReader and EvaluationReader over pictures made here.

    Args:
        sites: known ones and their CE90. runs: source with a run of looks to its edges (west, south, east, north).
        waits: how often a site's chips are still worked out when asked.
    """

    def __init__(
        self,
        sites: dict[SiteId, float],
        runs: dict[SourceId, tuple[float, float, float, float]],
        sources: set[SourceId],
        evaluation: Evaluation | None = None,
        waits: int = 1,
    ) -> None:
        self.sites, self.runs, self.sources, self.kept = sites, runs, sources, evaluation
        self.asked: dict[SiteId, int] = {}
        self.waits = waits

    def chips(self, site: SiteId) -> ChipsView | ChipsWorking:
        if site not in self.sites:
            raise NotFoundError(f"no site {site}")
        asked = self.asked[site] = self.asked.get(site, 0) + 1
        if asked <= self.waits:
            return ChipsWorking(site=site, done=9 * asked, total=46)
        sided = site == ONE_SIDED
        light = ChipLayerView(
            layer=ChipLayer.INTEGRAL, planes_m=PLANES_M, looks=6 if sided else 28, azimuths=1 if sided else 5,
            poses=PosesUsed.STATED, run=PosesUsed.REGISTERED if site == WARM else None, why=None,
        )  # fmt: skip
        single = ChipLayerView(
            layer=ChipLayer.SINGLE, planes_m=(0.0,), looks=1, azimuths=1,
            poses=PosesUsed.STATED, run=None, why=None,
        )  # fmt: skip
        warm = ChipLayerView(
            layer=ChipLayer.THERMAL, planes_m=PLANES_M if site == WARM else (), looks=12 * (site == WARM),
            azimuths=4 * (site == WARM), poses=PosesUsed.STATED if site == WARM else None, run=None,
            why=None if site == WARM else NO_THERMAL,
        )  # fmt: skip
        not_observed = Bilingual(
            "seen from 1 sector of 45° only, 3 are needed: not observed",
            "visto solo desde 1 sector de 45°, hacen falta 3: no observado",
        )
        return ChipsView(
            site=site, made="f" * 16, side_m=CHIP_SIDE_M, cell_m=CHIP_CELL_M, cells=CELLS,
            layers=(single, light, warm), not_observed=not_observed if sided else None, ce90_m=self.sites[site],
            synthetic=True,
        )  # fmt: skip

    def chip_picture(self, site: SiteId, layer: ChipLayer, plane_m: float) -> bytes:
        planes_m = (0.0,) if layer is ChipLayer.SINGLE else PLANES_M
        absent = layer is ChipLayer.THERMAL and site != WARM
        if site not in self.sites or absent or plane_m not in planes_m:
            raise NotFoundError(f"site {site} has no {layer} chip at {plane_m} m")
        return chip_png(chip(layer, plane_m), (0.0, 255.0), synthetic=True)

    def observed(self, source: SourceId) -> ObservedPicture | Bilingual:
        if source not in self.sources:
            raise NotFoundError(f"no source {source}")
        if source not in self.runs:
            return NO_RUN
        west_deg, south_deg, east_deg, north_deg = self.runs[source]
        state = np.full((400, 1200), CellState.OBSERVED, dtype=np.uint16)
        state[:100] = CellState.NOT_COVERED
        state[100:200, :600] = CellState.FEW_AZIMUTHS
        state[200:300, 600:] = CellState.UNDER_CANOPY
        state[300:, 1000:] = CellState.NOT_PERMITTED
        done, data = cv2.imencode(".png", painted(state))
        assert done
        shares = tuple(float((state == kind).mean()) for kind in CellState)
        return ObservedPicture(
            png=data.tobytes(), west_deg=west_deg, south_deg=south_deg, east_deg=east_deg, north_deg=north_deg,
            shares=shares, cell_m=0.4, made="a" * 16,
        )  # fmt: skip

    def evaluations(self) -> tuple[EvaluationRow, ...]:
        if self.kept is None:
            return ()
        names = tuple(it.name for it in self.kept.claims)
        return (
            EvaluationRow(
                content=ContentHash("cd" * 32), claims=names, worlds=len(self.kept.worlds),
                made_by=self.kept.made_by, altered=False,
            ),
            EvaluationRow(content=ALTERED, claims=(), worlds=0, made_by="", altered=True),
        )  # fmt: skip

    def evaluation(self, content: str) -> EvaluationView:
        if content == ALTERED:
            raise IntegrityError(f"evaluation {content} was altered")
        if self.kept is None or content != "cd" * 32:
            raise NotFoundError(f"no evaluation {content} on the shelf")
        return EvaluationView(
            content=ContentHash(content),
            synthetic=self.kept.synthetic,
            body=Bilingual(evaluation_fragment(self.kept, "en"), evaluation_fragment(self.kept, "es")),
            style=evaluation_style(),
        )
