"""When a clip contradicts itself: its frame centres against its pose, and its heights against each other."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import rotation_ecef_from_enu
from atalaya.geo.geoid import Geoid, undulation_m
from atalaya.geo.terrain import ConstantHeight, Terrain
from atalaya.geo.uncertainty import circular_error
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import Poses
from atalaya.georeg.residual import CentreResiduals, centre_heights_m, heights_by_slant_range_m
from atalaya.model.frame import FrameTable
from atalaya.units import DegreesArray, Metres, MetresArray

_RARE = 0.99
_FEWEST = 5
_SELF_M = 5.0
"""Height by which centre and sensor may differ from what the slant range says before it is a finding."""

_STEADY = 0.25
"""Spread over difference: a wrong datum is the same everywhere, a wrong slope is not."""

_CLOSE_M, _CLOSE = 2.0, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreDisagreement:
    """Frame centres that lie farther from where the pose looks than the stated errors explain.

    Args:
        frames: compared. median_m: of their distances on the ground.
        explained_m: radius that holds half of what the stated errors do; limit_m: 99 % of it.
    """

    frames: int
    median_m: Metres
    explained_m: Metres
    limit_m: Metres


class DatumReading(StrEnum):
    """What a steady difference of two heights looks like, with the undulation N of the geoid there."""

    MSL_TAKEN_AS_HAE = "msl-taken-as-hae"
    """It is -N: a height above the sea was taken for one above the ellipsoid."""
    HAE_TAKEN_AS_MSL = "hae-taken-as-msl"
    """It is +N: N was added to a height that was above the ellipsoid already."""
    GEOID_SIGN = "geoid-sign"
    """It is -2N: N was subtracted where it is to be added."""
    UNKNOWN = "unknown"
    """No multiple of N, or N is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightDisagreement:
    """Heights that differ by the same amount throughout.

    Args:
        against: `slant-range` (the stated centre against sensor height and item 21) or `terrain`.
        frames: compared. difference_m: median, positive where the stated centre is above. spread_m: robust.
        undulation_m: N there, NaN where no grid says it. reading: what it looks like.
    """

    against: str
    frames: int
    difference_m: Metres
    spread_m: Metres
    undulation_m: Metres
    reading: DatumReading


def centre_disagreement(
    residuals: CentreResiduals, camera: Poses, errors: PoseErrors
) -> CentreDisagreement | None:
    """Whether pose and frame centre disagree: the median of a clip beyond what one in a hundred would reach.

    Args:
        residuals: `frame_centre_residuals(...)`.
        camera: the poses they are of, row for row.
        errors: stated, one sigma, the same over the clip.

    Returns:
        The disagreement with its numbers, None where they agree or fewer than five frames say anything.
    """
    rows = np.flatnonzero(~np.isnan(residuals.distance_m))
    if len(rows) < _FEWEST:
        return None
    median_m = float(np.median(residuals.distance_m[rows]))
    range_m = float(np.median(residuals.slant_range_m[rows]))
    turn_m = range_m * np.radians(errors.attitude_deg)
    sine = _sine_of_depression(camera.take(rows))
    level_m2 = errors.position_horizontal_m**2
    along_m2 = (turn_m / sine) ** 2 + level_m2 + errors.position_vertical_m**2 * (1.0 / sine**2 - 1.0)
    covariance_m2 = np.diag([turn_m**2 + level_m2, along_m2])
    limit_m = circular_error(covariance_m2, _RARE)
    if median_m <= limit_m:
        return None
    return CentreDisagreement(
        frames=len(rows),
        median_m=median_m,
        explained_m=circular_error(covariance_m2, 0.5),
        limit_m=limit_m,
    )


def _sine_of_depression(camera: Poses) -> float:
    """Of the optical axes, median; a look that is all but level counts as one degree."""
    up = rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg)[..., 2]
    sine = -np.einsum("ni,ni->n", camera.rotation_ecef_from_camera[:, :, 0], up)
    return float(np.clip(np.median(sine), 0.02, 1.0))


def height_disagreements(
    frames: FrameTable, camera: Poses, terrain: Terrain, errors: PoseErrors, geoid: Geoid | None = None
) -> tuple[HeightDisagreement, ...]:
    """Frame centres whose heights are steadily off: against sensor and slant range, and against the terrain.

    Args:
        frames: the packets.
        camera: `poses(frames, ...)`, row for row.
        terrain: in the datum of the poses; one declared height is no evidence and is not asked.
        errors: stated, one sigma.
        geoid: turns item 25 into a height above the ellipsoid, and says what N is at the clip.

    Returns:
        None, one or two of them. A distance knows no datum: sensor, centre and item 21 must agree whatever
        the attitude is.
    """
    lon_deg, lat_deg = frames.centre_lon_deg, frames.centre_lat_deg
    unsaid = np.isnan(frames.centre_msl_m) & np.isnan(frames.centre_hae_m)
    stated_m = np.where(unsaid, np.nan, centre_heights_m(frames, camera, geoid))
    there_m = _undulation_there_m(geoid, lon_deg, lat_deg)
    by_range_m = stated_m - heights_by_slant_range_m(frames, camera)
    found = [_steady("slant-range", by_range_m, _SELF_M, there_m)]
    if not isinstance(terrain, ConstantHeight):
        over_ground_m = stated_m - terrain.height_hae_m(lon_deg, lat_deg)
        limit_m = 3.0 * errors.terrain_vertical_m
        found.append(_steady("terrain", over_ground_m, limit_m, there_m))
    return tuple(one for one in found if one is not None)


def _undulation_there_m(geoid: Geoid | None, lon_deg: DegreesArray, lat_deg: DegreesArray) -> Metres:
    """N in the middle of the places, NaN where no grid says it."""
    known = ~np.isnan(lon_deg + lat_deg)
    if geoid is None or not known.any():
        return float("nan")
    middle = int(np.flatnonzero(known)[known.sum() // 2])
    try:
        return float(undulation_m(geoid, lon_deg[middle], lat_deg[middle]))
    except InputError:
        return float("nan")


def datum_reading(difference_m: Metres, undulation_m: Metres) -> DatumReading:
    """What a steady difference looks like; `accuracy/thunderstorm` is +56.8 m where N is -28.4 m.

    Raises:
        InputError: the difference is not finite.
    """
    if not np.isfinite(difference_m):
        raise InputError(f"a difference of heights is finite, got {difference_m}")
    readings = {
        DatumReading.MSL_TAKEN_AS_HAE: -undulation_m,
        DatumReading.HAE_TAKEN_AS_MSL: undulation_m,
        DatumReading.GEOID_SIGN: -2.0 * undulation_m,
    }
    if not abs(undulation_m) > 2.0 * _CLOSE_M:
        return DatumReading.UNKNOWN
    nearest = min(readings, key=lambda reading: abs(readings[reading] - difference_m))
    close_m = max(_CLOSE_M, _CLOSE * abs(readings[nearest]))
    return nearest if abs(readings[nearest] - difference_m) <= close_m else DatumReading.UNKNOWN


def _steady(
    against: str, difference_m: MetresArray, limit_m: Metres, undulation_m: Metres
) -> HeightDisagreement | None:
    known_m = difference_m[~np.isnan(difference_m)]
    if len(known_m) < _FEWEST:
        return None
    median_m = float(np.median(known_m))
    spread_m = 1.4826 * float(np.median(np.abs(known_m - median_m)))
    if abs(median_m) <= limit_m or spread_m > _STEADY * abs(median_m):
        return None
    return HeightDisagreement(
        against=against,
        frames=len(known_m),
        difference_m=median_m,
        spread_m=spread_m,
        undulation_m=undulation_m,
        reading=datum_reading(median_m, undulation_m),
    )
