"""Everything that claims to detect, judged by one rule against worlds whose truth is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.evaluation_bootstrap import draw_worlds, measured, resampled, share_better
from atalaya.detection.evaluation_claims import Claim, require_judgeable, without_vehicles
from atalaya.detection.evaluation_froc import (
    Steps,
    partial_area,
    per_100km2,
    recalls_at,
    steps_of,
    upper_per_100km2,
)
from atalaya.detection.evaluation_ground import UNSEEN, LookedGround, looked_ground
from atalaya.detection.evaluation_matching import judge
from atalaya.detection.evaluation_score import NO_OBSERVED_SITE, JudgedClaim, claim_score
from atalaya.detection.evaluation_sites import PlaceLooks, is_site, place_looks
from atalaya.errors import InputError
from atalaya.model.evaluation import EVALUATION_FORMAT, Difference, Evaluation, Ground, WorldFacts
from atalaya.model.known_world import KnownWorld
from atalaya.model.looks import AZIMUTH_BINS, FEWEST_AZIMUTHS, CellState
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.units import Metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How claims are judged.

    Args:
        slack_m: beyond a true place's radius that a claim may be off, 0 to 1000.
        ground: on which false alarms are counted.
        rates_per_100km2: false alarms allowed at the operating points, rising, above 0.
        resamples: of the bootstrap by world. seed: of it, 0 or more.

    Raises:
        InputError: no such rules.
    """

    slack_m: Metres = 10.0
    ground: Ground = Ground.LOOKED_AT
    rates_per_100km2: tuple[float, ...] = (10.0, 100.0, 1000.0)
    resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.slack_m <= 1000.0:
            raise InputError(f"slack is 0 to 1000 m, got {self.slack_m}")
        rising = all(a < b for a, b in zip(self.rates_per_100km2, self.rates_per_100km2[1:], strict=False))
        finite = all(map(math.isfinite, self.rates_per_100km2))
        if len(self.rates_per_100km2) < 2 or not rising or not finite or not self.rates_per_100km2[0] > 0.0:
            raise InputError(f"two finite rates above 0 or more, rising, not {self.rates_per_100km2}")
        if not 0 <= self.resamples <= 100_000:
            raise InputError(f"0 to 100000 resamples, got {self.resamples}")
        if self.seed < 0:
            raise InputError(f"a seed is 0 or more, got {self.seed}")


def evaluate(
    worlds: Sequence[KnownWorld], claims: Sequence[Claim], rules: Rules, *, made_by: str
) -> Evaluation:
    """The scores of all claims over all worlds.

    Args:
        worlds: at least one, names all different.
        claims: at least one, names all different, each with a table for each world.
        rules: how they are judged; the same rules and inputs give the same answer.
        made_by: version of the code.

    Raises:
        InputError: nothing to judge, a name twice, or places that cannot be judged.
    """
    _require_named([world.name for world in worlds], "world")
    _require_named([claim.name for claim in claims], "claim")
    grounds = [looked_ground(world, rules.slack_m) for world in worlds]
    looks = [place_looks(world) for world in worlds]
    draws = draw_worlds(len(worlds), rules.resamples, np.random.default_rng(rules.seed))
    judged = [_judged(claim, worlds, grounds, looks, rules) for claim in claims]
    km2 = float(judged[0].km2().sum())
    return Evaluation(
        format=EVALUATION_FORMAT,
        synthetic=SYNTHETIC_MARK,
        made_by=made_by,
        slack_m=rules.slack_m,
        ground=rules.ground,
        rates_per_100km2=rules.rates_per_100km2,
        resamples=len(draws),
        seed=rules.seed,
        false_alarm_km2=km2,
        least_rate_per_100km2=per_100km2(1, km2),
        upper_at_none_per_100km2=upper_per_100km2(0, km2),
        worlds=tuple(
            _facts(world, ground, its_looks)
            for world, ground, its_looks in zip(worlds, grounds, looks, strict=True)
        ),
        claims=tuple(claim_score(one, rules.rates_per_100km2, draws) for one in judged),
        differences=_differences(
            [(one.name, steps_of(one.counts())) for one in judged], rules.rates_per_100km2, draws
        ),
    )


def _require_named(names: list[str], what: str) -> None:
    if not names:
        raise InputError(f"there is no {what} to judge")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"two of one name cannot be told apart: {what} {', '.join(sorted(twice))}")


def _judged(
    claim: Claim,
    worlds: Sequence[KnownWorld],
    grounds: Sequence[LookedGround],
    looks: Sequence[PlaceLooks],
    rules: Rules,
) -> JudgedClaim:
    if len(claim.places) != len(worlds):
        raise InputError(f"claim {claim.name} has {len(claim.places)} tables for {len(worlds)} worlds")
    tables = []
    for places, world, ground in zip(claim.places, worlds, grounds, strict=True):
        require_judgeable(claim.name, places, world, rules.slack_m)
        tables.append(judge(without_vehicles(places), world, ground, rules.slack_m))
    return JudgedClaim(
        name=claim.name,
        scale=claim.scale,
        ground=rules.ground,
        vehicles=sum(map(len, claim.places)) - sum(map(len, tables)),
        judged=tuple(tables),
        worlds=tuple(worlds),
        looks=tuple(looks),
        ground_km2=_ground_km2(grounds),
    )


def _ground_km2(grounds: Sequence[LookedGround]) -> NDArray[np.float64]:
    """(W, 9) km2 out of reach of sites by world and number of sectors."""
    return np.array(
        [
            [one.km2((one.azimuths == number) & ~one.near_site) for number in range(AZIMUTH_BINS + 1)]
            for one in grounds
        ]
    )


def _false_alarm_km2(ground: LookedGround) -> float:
    return ground.km2((ground.azimuths != UNSEEN) & ~ground.near_site)


def _facts(world: KnownWorld, ground: LookedGround, looks: PlaceLooks) -> WorldFacts:
    sites = is_site(world)
    state = looks.state[sites]
    return WorldFacts(
        name=world.name,
        sites=int(sites.sum()),
        sites_by_state={
            one.name.lower().replace("_", "-"): int((state == one).sum())
            for one in CellState
            if one is not CellState.NOT_PERMITTED
        },
        look_alikes=int((~sites).sum()),
        looked_at_km2=ground.km2(ground.azimuths != UNSEEN),
        observed_km2=ground.km2(ground.azimuths >= FEWEST_AZIMUTHS),
        false_alarm_km2=_false_alarm_km2(ground),
    )


def _differences(
    claims: Sequence[tuple[str, Steps]], rates: tuple[float, ...], draws: NDArray[np.float64]
) -> tuple[Difference, ...]:
    """Every claim with every later one, each pair on the same resampled worlds."""
    names = [*(f"recall at {rate:g}" for rate in rates), "partial area"]

    def scores(steps: Steps, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.append(recalls_at(steps, weight, rates), partial_area(steps, weight, rates[0], rates[-1]))

    all_scores = [(name, *resampled(partial(scores, steps), draws)) for name, steps in claims]
    found: list[Difference] = []
    for (first, value, drawn), (second, other, other_drawn) in combinations(all_scores, 2):
        apart, apart_drawn = value - other, drawn - other_drawn
        for number, name in enumerate(names):
            column = apart_drawn[:, number]
            found.append(
                Difference(
                    first=first,
                    second=second,
                    measure=name,
                    difference=measured(
                        float(apart[number]) if math.isfinite(apart[number]) else math.nan,
                        column,
                        draws.shape[1],
                        NO_OBSERVED_SITE,
                    ),
                    share_better=share_better(column),
                )
            )
    return tuple(found)
