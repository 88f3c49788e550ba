"""Which sites are found: by setting, by state, by how hidden, by how many sides they were looked at from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.evaluation_bootstrap import measured, resampled
from atalaya.detection.evaluation_froc import Counts, curve
from atalaya.detection.evaluation_sites import BAND_NAMES, occlusion_band
from atalaya.model.columns import Columns
from atalaya.model.evaluation import GroupScore
from atalaya.model.looks import AZIMUTH_BINS, CellState
from atalaya.model.truth import Setting, SiteState

NO_SITE = "no site of this sort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites(Columns):
    """The sites of all worlds, S first.

    Args:
        world, truth_row: (S,) int64. setting, state: (S,) str. azimuths: (S,) int64.
        hidden_share: (S,). observed: (S,) int64, values of CellState.
        found_at: (S,) score of the place that found it; -inf where none did.
    """

    world: NDArray[np.int64]
    truth_row: NDArray[np.int64]
    setting: NDArray[np.str_]
    state: NDArray[np.str_]
    azimuths: NDArray[np.int64]
    hidden_share: NDArray[np.float64]
    observed: NDArray[np.int64]
    found_at: NDArray[np.float64]


def group_scores(
    sites: Sites, counts: Counts, thresholds: tuple[float | None, ...], draws: NDArray[np.float64]
) -> tuple[GroupScore, ...]:
    """Every group that could be, in the order of its kind; groups without sites are there too.

    Args:
        sites: with the scores that found them.
        counts: of the claim, for its false alarms.
        thresholds: of the operating points; None where no place may count.
        draws: (B, W) resampled worlds; thresholds stay those of all worlds.
    """
    band = np.array(BAND_NAMES)[occlusion_band(sites.hidden_share)]
    sectors = np.char.mod("%d", sites.azimuths)
    sorts: tuple[tuple[str, NDArray[np.str_], tuple[str, ...]], ...] = (
        ("setting", sites.setting, tuple(Setting)),
        ("state", sites.state, tuple(SiteState)),
        ("occlusion", band, BAND_NAMES),
        ("azimuths", sectors, tuple(str(number) for number in range(AZIMUTH_BINS + 1))),
    )
    return tuple(
        _group(by, str(value), sites.take(np.asarray(column == str(value))), counts, thresholds, draws)
        for by, column, values in sorts
        for value in values
    )


def found_at_points(found_at: NDArray[np.float64], thresholds: tuple[float | None, ...]) -> NDArray[np.bool_]:
    """(P, S) which sites are found at each threshold."""
    lowest = np.array([np.inf if one is None else one for one in thresholds])
    return np.asarray((found_at[None, :] >= lowest[:, None]) & np.isfinite(found_at)[None, :])


def _group(
    by: str,
    value: str,
    sites: Sites,
    counts: Counts,
    thresholds: tuple[float | None, ...],
    draws: NDArray[np.float64],
) -> GroupScore:
    worlds = len(counts.sites)
    found = found_at_points(sites.found_at, thresholds)
    by_world = np.stack([np.bincount(sites.world[one], minlength=worlds) for one in found])
    in_world = np.bincount(sites.world, minlength=worlds)

    def recall(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        total = float(weight @ in_world)
        return by_world @ weight / total if total > 0.0 else np.full(len(thresholds), np.nan)

    shares, drawn = resampled(recall, draws)
    return GroupScore(
        by=by,
        value=value,
        sites=len(sites),
        observed=int((sites.observed == CellState.OBSERVED).sum()),
        found=tuple(found.sum(axis=1).tolist()),
        recall=tuple(
            measured(float(share), drawn[:, point], worlds, NO_SITE, (int(by_world[point].sum()), len(sites)))
            for point, share in enumerate(shares)
        ),
        curve=curve(_counts_of(sites, counts, in_world)),
    )


def _counts_of(sites: Sites, counts: Counts, in_world: NDArray[np.int64]) -> Counts:
    """The claim's false alarms beside the sites of one sort."""
    found = sites.found_at[np.isfinite(sites.found_at)]
    false = counts.score[counts.false > 0]
    score = np.concatenate([found, false])
    order = np.argsort(-score, kind="stable")
    gain = np.concatenate([np.ones(len(found), dtype=np.int64), np.zeros(len(false), dtype=np.int64)])
    return Counts(
        score=score[order],
        world=np.zeros(len(score), dtype=np.int64),
        gain=gain[order],
        false=1 - gain[order],
        sites=in_world,
        km2=counts.km2,
    )
