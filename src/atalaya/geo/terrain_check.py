"""Is a terrain where it says, in the datum it says? Measured against points of known height.

Three things go wrong with elevation models and all look plausible: the wrong zero of heights, the wrong
place, the wrong piece of land. Each leaves its own mark in the differences between model and points.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.uncertainty import LE90_SIGMAS
from atalaya.units import DegreesArray, MetresArray

FEWEST_POINTS = 5
"""With fewer nothing is said about the terrain."""
FARTHEST_M = 500.0
"""How far a shift is looked for, each way."""
_MOST_POINTS = 1500
_NEAREST_M, _GAIN = 50.0, 0.9
_POINT_SIGMA_M = 10.0
"""How far a locality's height is off the ground at its coordinates: 8 m on the slopes of Colima, measured."""
_SHARED_SIGMA_M, _SHARED_SHARE = 3.0, 0.25
"""What points and a sound model may have in common: the bias of either, and a share of the spread. Places lie
in valleys: a 2.4 km model of Mexico is 15 m too high at its localities, and spreads by 42 m, measured."""
_SURE = 3.0
_SHIFT_CHANCE = 1e-3
_SHIFT_TRIALS = 8.0
"""Independent places among all shifts that are tried: heights of hilly land are alike over about 200 m."""
_FREEDOM = 4.0
_ROUNDS = 15
_FINEST_STEP_M = 25.0
_UNRELATED = 0.5


class Ailment(StrEnum):
    """What may be wrong with a terrain."""

    WRONG_TILE = "wrong-tile"
    """Its heights have nothing to do with the points: another piece of land."""
    SHIFTED = "shifted"
    """It fits much better some distance away."""
    WRONG_DATUM = "wrong-datum"
    """It is off by a multiple of the geoid's undulation."""
    OFFSET = "height-offset"
    """It is off by a height that is no such multiple."""
    ROUGHER = "rougher-than-said"
    """It spreads more than the LE90 that was stated for it; no more than a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainCheck:
    """What the points say of a terrain; heights of the model less those of the points.

    Args:
        points: how many were used.
        difference_m: (N,) one per point.
        offset_m, offset_sigma_m: middle of the differences and how sure it is, a shared bias included.
        spread_m: one robust sigma of the differences; both of a shifted model once it is moved back.
        correlation: of the model's heights with the points'; NaN where the points are all alike.
        undulation_m: mean N there.
        undulation_times: the multiple of N that the offset looks like; 0 where it looks like none.
        shift_east_m, shift_north_m: how far the model lies from where it fits best.
        shift_chance: how likely such a gain is where nothing is shifted.
        shift_excuses_offset: whether moving the model without any offset would explain the differences too.
        ailments: none where it is sound.
    """

    points: int
    difference_m: MetresArray
    offset_m: float
    offset_sigma_m: float
    spread_m: float
    correlation: float
    undulation_m: float
    undulation_times: int
    shift_east_m: float
    shift_north_m: float
    shift_chance: float
    shift_excuses_offset: bool
    ailments: tuple[Ailment, ...]

    @property
    def sick(self) -> bool:
        """Whether positions on it would be wrong by more than they say."""
        return any(ailment is not Ailment.ROUGHER for ailment in self.ailments)

    @property
    def decides_datum(self) -> bool:
        """Whether N is large enough for these points to tell one datum from another."""
        return abs(self.undulation_m) > _SURE * self.offset_sigma_m

    @property
    def smallest_offset_m(self) -> float:
        """The smallest offset that these points would show."""
        return _SURE * self.offset_sigma_m


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fits:
    """Middle, spread and log-likelihood of the differences at each of K shifts."""

    east_m: MetresArray
    north_m: MetresArray
    offset_m: MetresArray
    spread_m: MetresArray
    likelihood: NDArray[np.float64]


def check_terrain(
    terrain: TerrainGrid,
    lon_deg: DegreesArray,
    lat_deg: DegreesArray,
    hae_m: MetresArray,
    undulation_m: MetresArray,
    le90_m: float,
) -> TerrainCheck | None:
    """Hold a terrain against points of known height.

    Args:
        terrain: heights above the ellipsoid as they were imported.
        lon_deg: (N,) of the points; those beside the terrain are left out.
        lat_deg: (N,) likewise.
        hae_m: (N,) their heights above the ellipsoid, by a geoid that is right.
        undulation_m: (N,) N at the points.
        le90_m: what is stated of the terrain.

    Returns:
        What was found, None where fewer than `FEWEST_POINTS` lie on it. Shares of shifts and offsets that
        are found, by number of points: docs/do/terrain.md.

    Raises:
        InputError: arrays of different length.

    Source: differences by a Student t of four degrees of freedom (robust to single wrong points); a shift by
    the F test of the spread it leaves, three parameters more, over eight independent trials.
    """
    if not lon_deg.shape == lat_deg.shape == hae_m.shape == undulation_m.shape or lon_deg.ndim != 1:
        raise InputError("one place, height and undulation per point were wanted")
    found_m = terrain.height_hae_m(lon_deg, lat_deg)
    on = np.flatnonzero(~np.isnan(found_m + hae_m + undulation_m))
    if len(on) < FEWEST_POINTS:
        return None
    on = on[:: max(1, -(-len(on) // _MOST_POINTS))]
    lon_deg, lat_deg, hae_m, found_m = lon_deg[on], lat_deg[on], hae_m[on], found_m[on]
    mean_undulation_m = float(undulation_m[on].mean())
    here = _fit(np.array([0.0]), np.array([0.0]), (found_m - hae_m)[None, :])
    fits = _fits(terrain, lon_deg, lat_deg, hae_m)
    offset_m, spread_m = float(here.offset_m[0]), float(here.spread_m[0])
    best, chance = _best(fits, len(on))
    shifted = fits is not None and chance < _SHIFT_CHANCE and _matters(fits, best, spread_m)
    if fits is not None and shifted:  # what is left once it lies where it fits
        offset_m, spread_m = float(fits.offset_m[best]), float(fits.spread_m[best])
    shared_m = np.hypot(_SHARED_SIGMA_M, _SHARED_SHARE * spread_m)
    sigma_m = float(np.hypot(1.25 * spread_m / np.sqrt(len(on)), shared_m))
    times = _times(offset_m, sigma_m, mean_undulation_m)
    correlation = _correlation(found_m, hae_m)
    return TerrainCheck(
        points=len(on),
        difference_m=found_m - hae_m,
        offset_m=offset_m,
        offset_sigma_m=sigma_m,
        spread_m=spread_m,
        correlation=correlation,
        undulation_m=mean_undulation_m,
        undulation_times=times,
        shift_east_m=0.0 if fits is None else float(fits.east_m[best]),
        shift_north_m=0.0 if fits is None else float(fits.north_m[best]),
        shift_chance=chance,
        shift_excuses_offset=_excused(fits, spread_m, sigma_m),
        ailments=_ailments(
            offset_m, sigma_m, spread_m, correlation, times, fits, hae_m, le90_m, shifted=shifted
        ),
    )


def _fits(
    terrain: TerrainGrid, lon_deg: DegreesArray, lat_deg: DegreesArray, hae_m: MetresArray
) -> _Fits | None:
    """The points against the terrain moved about, by points that it reaches wherever it is moved."""
    metres = metres_per_degree(lat_deg)
    step_m = max(_FINEST_STEP_M, float(terrain.step_lat_deg * metres[0, 1]) / 2.0)
    along_m = np.arange(-int(FARTHEST_M / step_m), int(FARTHEST_M / step_m) + 1) * step_m
    north_m, east_m = (axis.ravel() for axis in np.meshgrid(along_m, along_m, indexing="ij"))
    moved_lon_deg = lon_deg + east_m[:, None] / metres[:, 0]
    moved_lat_deg = lat_deg + north_m[:, None] / metres[:, 1]
    difference_m = terrain.height_hae_m(moved_lon_deg, moved_lat_deg) - hae_m
    usable = ~np.isnan(difference_m).any(axis=0)
    if np.count_nonzero(usable) < FEWEST_POINTS:
        return None
    return _fit(east_m, north_m, difference_m[:, usable])


def _fit(east_m: MetresArray, north_m: MetresArray, difference_m: MetresArray) -> _Fits:
    """Middle and spread of (K, N) differences, K times by iterated weights."""
    offset_m = np.median(difference_m, axis=1)
    spread_m = 1.4826 * np.median(np.abs(difference_m - offset_m[:, None]), axis=1) + 1e-3
    for _ in range(_ROUNDS):
        residual = (difference_m - offset_m[:, None]) / spread_m[:, None]
        weight = (_FREEDOM + 1.0) / (_FREEDOM + residual**2)
        offset_m = (weight * difference_m).sum(axis=1) / weight.sum(axis=1)
        square_m2 = (weight * (difference_m - offset_m[:, None]) ** 2).mean(axis=1)
        spread_m = np.sqrt(square_m2) + 1e-3
    residual = (difference_m - offset_m[:, None]) / spread_m[:, None]
    tail = 0.5 * (_FREEDOM + 1.0) * np.log1p(residual**2 / _FREEDOM).sum(axis=1)
    likelihood = -tail - difference_m.shape[1] * np.log(spread_m)
    return _Fits(east_m=east_m, north_m=north_m, offset_m=offset_m, spread_m=spread_m, likelihood=likelihood)


def _best(fits: _Fits | None, points: int) -> tuple[int, float]:
    """The shift that fits best, and the chance of such a gain where there is none."""
    if fits is None or points <= FEWEST_POINTS:
        return 0, 1.0
    best = int(np.argmax(fits.likelihood))
    here = int(np.argmin(np.hypot(fits.east_m, fits.north_m)))
    gain = 2.0 * (fits.likelihood[best] - fits.likelihood[here]) / points
    freedom = points - 3
    ratio = (np.exp(min(gain, 50.0)) - 1.0) * freedom / 2.0
    return best, float(min(1.0, _SHIFT_TRIALS * f_distribution.sf(ratio, 2, freedom)))


def _matters(fits: _Fits, best: int, spread_m: float) -> bool:
    """Far enough to harm, and enough of the spread goes with it: many points make small gains sure."""
    far = np.hypot(fits.east_m[best], fits.north_m[best]) >= _NEAREST_M
    return bool(far and fits.spread_m[best] < _GAIN * spread_m)


def _times(offset_m: float, sigma_m: float, undulation_m: float) -> int:
    """The multiple of N nearest to the offset, where it is near; 0 where none is, or nothing is off."""
    if abs(offset_m) <= _SURE * sigma_m or abs(undulation_m) <= _SURE * sigma_m:
        return 0
    times = min((-2, -1, 1, 2), key=lambda it: abs(offset_m - it * undulation_m))
    near = abs(offset_m - times * undulation_m) < min(2.0 * sigma_m + 1.0, 0.5 * abs(undulation_m))
    return times if near else 0


def _correlation(found_m: MetresArray, hae_m: MetresArray) -> float:
    if min(found_m.std(), hae_m.std()) < 1e-6:
        return float("nan")
    return float(np.corrcoef(found_m, hae_m)[0, 1])


def _excused(fits: _Fits | None, spread_m: float, sigma_m: float) -> bool:
    """Whether somewhere within the search the terrain fits as well and is not off in height."""
    if fits is None:
        return False
    level = (np.abs(fits.offset_m) < 2.0 * sigma_m) & (fits.spread_m < 1.1 * spread_m)
    return bool(level.any())


def _ailments(
    offset_m: float,
    sigma_m: float,
    spread_m: float,
    correlation: float,
    times: int,
    fits: _Fits | None,
    hae_m: MetresArray,
    le90_m: float,
    *,
    shifted: bool,
) -> tuple[Ailment, ...]:
    wanted_m = float(np.hypot(le90_m / LE90_SIGMAS, _POINT_SIGMA_M))
    best_m = spread_m if fits is None else float(fits.spread_m[int(np.argmax(fits.likelihood))])
    unrelated = correlation < _UNRELATED and hae_m.std() > _SURE * wanted_m
    if best_m > 4.0 * wanted_m or (unrelated and best_m > 2.0 * wanted_m):
        return (Ailment.WRONG_TILE,)
    found: list[Ailment] = []
    if shifted:
        found.append(Ailment.SHIFTED)
    if abs(offset_m) > _SURE * sigma_m:
        found.append(Ailment.WRONG_DATUM if times else Ailment.OFFSET)
    if spread_m > 2.0 * wanted_m:
        found.append(Ailment.ROUGHER)
    return tuple(found)
