"""One claim over all worlds: its curve, what it is worth at each rate, and for whom."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.evaluation_bootstrap import measured, resampled
from atalaya.detection.evaluation_froc import (
    Counts,
    Steps,
    curve,
    partial_area,
    per_100km2,
    recalls_at,
    steps_of,
    threshold_at,
    upper_per_100km2,
)
from atalaya.detection.evaluation_groups import Sites, found_at_points, group_scores
from atalaya.detection.evaluation_matching import JudgedPlaces, Verdict
from atalaya.detection.evaluation_reliability import reliability
from atalaya.detection.evaluation_sites import PlaceLooks, is_site
from atalaya.model.evaluation import (
    ClaimScore,
    Ground,
    GroundScore,
    Measured,
    OperatingPoint,
    Reliability,
    ScoreScale,
)
from atalaya.model.known_world import KnownWorld
from atalaya.model.looks import FEWEST_AZIMUTHS, CellState
from atalaya.model.truth import LookAlikeKind

NO_OBSERVED_SITE = "no site was observed, or no ground out of reach of sites was looked at"
NO_SITE = "there is no site, or no ground out of reach of sites was looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """What became of the places of one claim.

    Args:
        ground: on which false alarms are counted.
        vehicles: places left out.
        judged, worlds, looks: of each world.
        ground_km2: (W, 9) out of reach of sites, by world and number of sectors.
    """

    name: str
    scale: ScoreScale
    ground: Ground
    vehicles: int
    judged: tuple[JudgedPlaces, ...]
    worlds: tuple[KnownWorld, ...]
    looks: tuple[PlaceLooks, ...]
    ground_km2: NDArray[np.float64]

    def places(self) -> tuple[JudgedPlaces, NDArray[np.int64]]:
        """All of them, the surest first, and the world of each."""
        together = JudgedPlaces.concatenate(list(self.judged))
        world = np.repeat(np.arange(len(self.judged)), [len(one) for one in self.judged])
        order = np.argsort(-together.score, kind="stable")
        return together.take(order), world[order]

    def sites(self) -> Sites:
        """The sites of all worlds with the score that found each."""
        parts = [
            _sites_of(number, world, looks, judged)
            for number, (world, looks, judged) in enumerate(
                zip(self.worlds, self.looks, self.judged, strict=True)
            )
        ]
        return Sites.concatenate(parts)

    def counts(self, *, strict: bool = False, look_alikes: bool = True) -> Counts:
        """Sites found and false alarms.

        Args:
            strict: whether sites that were not observed count as well.
            look_alikes: whether false alarms on look-alikes count.
        """
        places, world = self.places()
        sites = self.sites()
        counting = np.ones(len(sites), dtype=np.bool_) if strict else sites.observed == CellState.OBSERVED
        widest = max((len(one.places) for one in self.worlds), default=0) + 1
        wanted = sites.world[counting] * widest + sites.truth_row[counting]
        found = places.verdict == Verdict.FOUND
        false = self.false_alarms(places)
        if not look_alikes:
            false &= places.verdict == Verdict.ON_NOTHING
        return Counts(
            score=places.score,
            world=world,
            gain=(found & np.isin(world * widest + places.truth_row, wanted)).astype(np.int64),
            false=false.astype(np.int64),
            sites=np.bincount(sites.world[counting], minlength=len(self.worlds)),
            km2=self.km2(),
        )

    def false_alarms(self, places: JudgedPlaces) -> NDArray[np.bool_]:
        """(N,) which places are false alarms that count."""
        false = np.isin(places.verdict, (Verdict.ON_LOOK_ALIKE, Verdict.ON_NOTHING))
        return false & (places.azimuths >= FEWEST_AZIMUTHS) if self.ground is Ground.OBSERVED else false

    def km2(self) -> NDArray[np.float64]:
        """(W,) of each world where a false alarm that counts could be."""
        first = FEWEST_AZIMUTHS if self.ground is Ground.OBSERVED else 0
        return self.ground_km2[:, first:].sum(axis=1)


def claim_score(claim: JudgedClaim, rates: tuple[float, ...], draws: NDArray[np.float64]) -> ClaimScore:
    """All about one claim.

    Args:
        claim: judged.
        rates: false alarms allowed by 100 km2, rising.
        draws: (B, W) resampled worlds.
    """
    counts, strict = claim.counts(), claim.counts(strict=True)
    allowed = (*rates, math.inf)
    thresholds = tuple(threshold_at(counts, rate) for rate in allowed)
    steps = steps_of(counts)
    recall = _recalls(steps, allowed, draws, NO_OBSERVED_SITE)
    strict_recall = _recalls(steps_of(strict), allowed, draws, NO_SITE)
    area, area_drawn = resampled(
        lambda weight: np.array([partial_area(steps, weight, rates[0], rates[-1])]), draws
    )
    return ClaimScore(
        name=claim.name,
        scale=claim.scale,
        places=len(counts.score),
        vehicles=claim.vehicles,
        points=tuple(
            _point(claim, *one) for one in zip(allowed, thresholds, recall, strict_recall, strict=True)
        ),
        partial_area=measured(float(area[0]), area_drawn[:, 0], draws.shape[1], NO_OBSERVED_SITE),
        curve=curve(counts),
        curve_on_nothing=curve(claim.counts(look_alikes=False)),
        groups=group_scores(claim.sites(), counts, thresholds, draws),
        ground=_ground(claim, thresholds),
        reliability=_reliability(claim),
    )


def _recalls(
    steps: Steps, allowed: tuple[float, ...], draws: NDArray[np.float64], nothing: str
) -> list[Measured]:
    value, drawn = resampled(lambda weight: recalls_at(steps, weight, allowed), draws)
    sites = int(steps.sites.sum())
    return [
        measured(
            float(one),
            drawn[:, number],
            draws.shape[1],
            nothing,
            None if math.isnan(one) else (round(float(one) * sites), sites),
        )
        for number, one in enumerate(value)
    ]


def _point(
    claim: JudgedClaim, allowed: float, threshold: float | None, recall: Measured, strict_recall: Measured
) -> OperatingPoint:
    places, world = claim.places()
    kept = places.score >= (math.inf if threshold is None else threshold)
    places, world = places.take(kept), world[kept]
    sites = claim.sites()
    found = found_at_points(sites.found_at, (threshold,))[0]
    observed = sites.observed == CellState.OBSERVED
    false = claim.false_alarms(places)
    on_look_alike = false & (places.verdict == Verdict.ON_LOOK_ALIKE)
    kinds = [
        str(claim.worlds[number].places.kind[row])
        for number, row in zip(world[on_look_alike], places.truth_row[on_look_alike], strict=True)
    ]
    alarmed = set(
        zip(kinds, world[on_look_alike].tolist(), places.truth_row[on_look_alike].tolist(), strict=True)
    )
    km2, count = float(claim.km2().sum()), int(false.sum())
    return OperatingPoint(
        allowed_per_100km2=None if math.isinf(allowed) else allowed,
        threshold=threshold,
        found=int((found & observed).sum()),
        of=int(observed.sum()),
        recall=recall,
        found_of_all=int(found.sum()),
        all_sites=len(sites),
        strict_recall=strict_recall,
        false_alarms=count,
        on_nothing=count - len(kinds),
        on_look_alikes={kind.value: kinds.count(kind.value) for kind in LookAlikeKind},
        look_alikes_alarmed={
            kind.value: sum(one[0] == kind.value for one in alarmed) for kind in LookAlikeKind
        },
        on_unseen_ground=int((false & (places.azimuths < 0)).sum()),
        duplicates=int((places.verdict == Verdict.DUPLICATE).sum()),
        per_100km2=per_100km2(count, km2),
        upper_per_100km2=upper_per_100km2(count, km2),
    )


def _ground(claim: JudgedClaim, thresholds: tuple[float | None, ...]) -> tuple[GroundScore, ...]:
    places, _ = claim.places()
    false = np.isin(places.verdict, (Verdict.ON_LOOK_ALIKE, Verdict.ON_NOTHING))
    lowest = [math.inf if one is None else one for one in thresholds]
    km2 = claim.ground_km2.sum(axis=0)
    return tuple(
        GroundScore(
            azimuths=number,
            km2=float(km2[number]),
            false_alarms=tuple(
                int((false & (places.azimuths == number) & (places.score >= one)).sum()) for one in lowest
            ),
        )
        for number in np.flatnonzero(km2 > 0.0).tolist()
    )


def _reliability(claim: JudgedClaim) -> Reliability | None:
    places, _ = claim.places()
    counted = places.verdict != Verdict.DUPLICATE
    return reliability(places.score[counted], places.verdict[counted] == Verdict.FOUND, claim.scale)


def _sites_of(number: int, world: KnownWorld, looks: PlaceLooks, judged: JudgedPlaces) -> Sites:
    rows = np.flatnonzero(is_site(world))
    found_at = np.full(len(world.places), -np.inf)
    found = judged.verdict == Verdict.FOUND
    found_at[judged.truth_row[found]] = judged.score[found]
    return Sites(
        world=np.full(len(rows), number, dtype=np.int64),
        truth_row=rows.astype(np.int64),
        setting=world.places.kind[rows],
        state=world.places.state[rows],
        azimuths=looks.azimuths[rows],
        hidden_share=looks.hidden_share[rows],
        observed=looks.state[rows],
        found_at=found_at[rows],
    )
