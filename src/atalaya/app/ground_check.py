"""Do a stream and the ground it is placed on fit together? What does not is told with the source's problems.

Codes: `geoid-missing`, `terrain-does-not-cover`, `sensor-below-ground`, `heights-too-high`,
`heights-too-low`.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.ground import Ground
from atalaya.errors import InputError
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.problem import Problem
from atalaya.units import DegreesArray, MetresArray

_FEWEST = 5
_SURE = 2.5
_STATED_SIGMA_M = 5.0
"""One sigma of the heights that a stream states of its frame centres, off its own terrain."""
_SCATTER_M = 40.0
"""Stated heights that scatter more are of no terrain: a plane or a constant is no witness against a datum."""
_NEAR_M = 5.0
_PLAIN_UNDULATION_M = 10.0


def ground_problems(
    ground: Ground, frames: FrameTable, placed: FootprintTable, area: Polygon | MultiPolygon
) -> tuple[Problem, ...]:
    """What of a stream does not fit the ground it was placed on; the rest of it stands.

    Args:
        ground: what the frames were placed on.
        frames: of the whole stream, frame_index rising.
        placed: their footprints.
        area: of the permit; places outside it are not told.

    Returns:
        One problem per kind, each with its share of frames and what to do.
    """
    camera = ground.poses_of(frames)
    found = (
        _geoid_missing(ground, frames),
        _not_covered(ground, frames, camera, placed, area),
        _below_ground(ground, camera),
        _heights_off(ground, frames),
    )
    return tuple(problem for problem in found if problem is not None)


def _geoid_missing(ground: Ground, frames: FrameTable) -> Problem | None:
    if ground.heights is HeightReference.MSL_AS_HAE:
        return None
    only_msl = frames.usable & np.isnan(frames.sensor_hae_m) & ~np.isnan(frames.sensor_msl_m)
    rows = np.flatnonzero(only_msl)
    reached = ~np.isnan(_undulation_m(ground, frames.sensor_lon_deg[rows], frames.sensor_lat_deg[rows]))
    if not rows.size or reached.all():
        return None
    grids = "there is no geoid grid" if ground.geoid is None else f"{ground.geoid.name} does not reach them"
    return Problem(
        code="geoid-missing",
        message=f"{_share(~reached, int(frames.usable.sum()))} have sensor heights above "
        f"mean sea level only, and {grids}: they have no place (atalaya geodata add FILE)",
    )


def _not_covered(
    ground: Ground,
    frames: FrameTable,
    camera: Poses,
    placed: FootprintTable,
    area: Polygon | MultiPolygon,
) -> Problem | None:
    """Frames whose axis meets no known ground, and that look, as far as is stated, beyond the terrain."""
    if isinstance(ground.terrain, ConstantHeight) or not len(placed):
        return None
    rows = np.searchsorted(frames.frame_index, placed.frame_index[np.isnan(placed.centre_lon_deg)])
    stated = ~np.isnan(frames.centre_lon_deg[rows] + frames.centre_lat_deg[rows])
    lon_deg = np.where(stated, frames.centre_lon_deg[rows], camera.lon_deg[rows])
    lat_deg = np.where(stated, frames.centre_lat_deg[rows], camera.lat_deg[rows])
    beyond = np.isnan(ground.terrain.height_hae_m(lon_deg, lat_deg))
    if not beyond.any():
        return None
    west_deg, south_deg, east_deg, north_deg = ground.terrain.bounds_deg
    return Problem(
        code="terrain-does-not-cover",
        message=f"{_share(beyond, len(placed))} look where the terrain knows no height: it "
        f"reaches lon {west_deg:.4f} to {east_deg:.4f}, lat {south_deg:.4f} to {north_deg:.4f} deg, they "
        f"look at {_where(lon_deg[beyond], lat_deg[beyond], area)}; import terrain that reaches them "
        "(atalaya terrain import FILE) and take the source in again",
    )


def _below_ground(ground: Ground, camera: Poses) -> Problem | None:
    rows = np.flatnonzero(camera.known)
    under_m = ground.terrain.height_hae_m(camera.lon_deg[rows], camera.lat_deg[rows]) - camera.hae_m[rows]
    margin_m = 2.0 * float(np.hypot(ground.errors.position_vertical_m, ground.errors.terrain_vertical_m))
    below = under_m > margin_m
    if not below.any():
        return None
    return Problem(
        code="sensor-below-ground",
        message=f"{_share(below, len(rows))} have the sensor below the ground, by "
        f"{float(np.median(under_m[below])):.0f} m in the middle: a wrong vertical datum of terrain or "
        "stream (atalaya terrain doctor), or a height that is above the take-off place",
    )


def _heights_off(ground: Ground, frames: FrameTable) -> Problem | None:
    """The heights that the stream states of its frame centres against the terrain there."""
    usable = frames.checksum_ok & ~np.isnan(frames.centre_lon_deg + frames.centre_lat_deg)
    lon_deg, lat_deg = frames.centre_lon_deg[usable], frames.centre_lat_deg[usable]
    undulation_m = _undulation_m(ground, lon_deg, lat_deg)
    hae_m, msl_m = frames.centre_hae_m[usable], frames.centre_msl_m[usable]
    if ground.heights is HeightReference.MSL_AS_HAE:
        stated_m = msl_m
    else:
        stated_m = np.where(np.isnan(hae_m), msl_m + undulation_m, hae_m)
    above_m = stated_m - ground.terrain.height_hae_m(lon_deg, lat_deg)
    known = ~np.isnan(above_m)
    if np.count_nonzero(known) < _FEWEST:
        return None
    middle_m = float(np.median(above_m[known]))
    scatter_m = 1.4826 * float(np.median(np.abs(above_m[known] - middle_m)))
    allowed_m = _SURE * float(np.hypot(ground.errors.terrain_vertical_m, _STATED_SIGMA_M))
    if abs(middle_m) <= allowed_m or scatter_m > _SCATTER_M:
        return None
    high = middle_m > 0.0
    return Problem(
        code="heights-too-high" if high else "heights-too-low",
        message=f"heights look {abs(middle_m):.0f} m too {'high' if high else 'low'}: the frame centres that "
        f"the stream states lie so far {'above' if high else 'below'} the terrain (middle of "
        f"{np.count_nonzero(known)}, scatter {scatter_m:.0f} m){_multiple(middle_m, undulation_m[known])}; "
        "one of the two is in another vertical datum (atalaya terrain doctor)",
    )


def _multiple(middle_m: float, undulation_m: MetresArray) -> str:
    """What the offset has to do with the geoid, where it has."""
    if np.isnan(undulation_m).all():
        return ""
    mean_m = float(np.nanmean(undulation_m))
    times = min((-2, -1, 1, 2), key=lambda it: abs(middle_m - it * mean_m))
    if abs(mean_m) < _PLAIN_UNDULATION_M or abs(middle_m - times * mean_m) > _NEAR_M:
        return ""
    return f", {times:+d} times the {mean_m:.1f} m between geoid and ellipsoid there"


def _undulation_m(ground: Ground, lon_deg: DegreesArray, lat_deg: DegreesArray) -> MetresArray:
    """N, NaN where no grid reaches."""
    if ground.geoid is None:
        return np.full(lon_deg.shape, np.nan)
    try:
        return ground.geoid.undulation_at(lon_deg, lat_deg)
    except InputError:
        answer_m = np.full(lon_deg.shape, np.nan)
        reached = ground.geoid.reaches(lon_deg, lat_deg)
        try:
            answer_m[reached] = ground.geoid.undulation_at(lon_deg[reached], lat_deg[reached])
        except InputError:  # a void of the grid somewhere: nothing is said
            return np.full(lon_deg.shape, np.nan)
        return answer_m


def _where(lon_deg: DegreesArray, lat_deg: DegreesArray, area: Polygon | MultiPolygon) -> str:
    inside: NDArray[np.bool_] = shapely.contains_xy(area, lon_deg, lat_deg)
    if not inside.any():
        return "places outside the sortie's area, which are not told"
    lon_deg, lat_deg = lon_deg[inside], lat_deg[inside]
    return (
        f"lon {lon_deg.min():.4f} to {lon_deg.max():.4f}, lat {lat_deg.min():.4f} to {lat_deg.max():.4f} deg "
        "of the sortie's area"
    )


def _share(which: NDArray[np.bool_], of: int) -> str:
    count = int(np.count_nonzero(which))
    return f"{count} of {of} frames ({100.0 * count / max(of, 1):.0f} %)"
