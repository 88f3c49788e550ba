"""What can be seen from a place, and for how long a clip saw each piece of ground."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import radii_m
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid
from atalaya.geo.terrain_window import Bounds, terrain_window
from atalaya.geo.viewshed import Observer, Seen, viewshed
from atalaya.georeg.ortho_grid import GEOGRAPHIC, OrthoGrid
from atalaya.georeg.outline import footprint_outline
from atalaya.georeg.pose import Poses
from atalaya.georeg.seen_ground import seen_in_picture
from atalaya.io.cog import code_cog
from atalaya.units import Degrees, Metres, Seconds

UNKNOWN_S = -1.0
"""Seconds of nodes that are voids themselves."""
_RIM_DEG = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An eye over a place.

    Args:
        lon_deg, lat_deg: of the eye.
        above_ground_m: over the ground there; or None, and
        hae_m: over the ellipsoid.
        radius_m: how far is looked.
        target_m: looks end so much above the ground.
        refraction_coefficient: as in `geo.viewshed`.
    """

    lon_deg: Degrees
    lat_deg: Degrees
    above_ground_m: Metres | None
    hae_m: Metres | None
    radius_m: Metres
    target_m: Metres = 0.0
    refraction_coefficient: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is seen from one place.

    Args:
        window: the terrain looked at.
        seen: (rows, cols) uint8 of `Seen`; UNKNOWN also beyond the radius.
        eye_hae_m: height of the eye.
        seen_km2, hidden_km2, unknown_km2: within the radius.
    """

    window: TerrainGrid
    seen: NDArray[np.uint8]
    eye_hae_m: Metres
    seen_km2: float
    hidden_km2: float
    unknown_km2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """For how long a clip saw the ground.

    Args:
        window: the terrain under it.
        seen_s: (rows, cols) float32 seconds; `UNKNOWN_S` in voids.
        looks: pictures that were counted; left_out: pictures without pose or ground, by reason.
        seen_km2: seen at all.
    """

    window: TerrainGrid
    seen_s: NDArray[np.float32]
    looks: int
    left_out: dict[str, int]
    seen_km2: float


def sight_of_place(terrain: Terrain, place: Placement) -> Sight:
    """What can be seen from one place.

    Raises:
        InputError: no such place, no ground there, or an eye under it.
    """
    if not (place.radius_m > 0.0 and abs(place.lat_deg) < 89.0 and np.isfinite(place.lon_deg)):
        raise InputError(f"no such view: lon {place.lon_deg}, lat {place.lat_deg}, {place.radius_m} m around")
    _require_relief(terrain)
    meridian_m, normal_m = (float(radius) for radius in radii_m(place.lat_deg))
    down_deg = float(np.degrees(place.radius_m / meridian_m))
    across_deg = float(np.degrees(place.radius_m / (normal_m * np.cos(np.radians(place.lat_deg)))))
    window = terrain_window(
        terrain,
        (
            place.lon_deg - across_deg,
            max(place.lat_deg - down_deg, -90.0),
            place.lon_deg + across_deg,
            min(place.lat_deg + down_deg, 90.0),
        ),
    )
    eye_m = _eye_m(window, place)
    observer = Observer(
        lon_deg=place.lon_deg,
        lat_deg=place.lat_deg,
        hae_m=eye_m,
        refraction_coefficient=place.refraction_coefficient,
    )
    seen = viewshed(window, observer, target_m=place.target_m)
    near = _distance_share(window, place, (across_deg, down_deg)) <= 1.0
    area_km2 = _cell_km2(window)
    areas = {code: float((area_km2[:, None] * ((seen == code) & near)).sum()) for code in Seen}
    seen[~near] = Seen.UNKNOWN
    return Sight(
        window=window,
        seen=seen,
        eye_hae_m=eye_m,
        seen_km2=areas[Seen.SEEN],
        hidden_km2=areas[Seen.HIDDEN],
        unknown_km2=areas[Seen.UNKNOWN],
    )


def exposure_of_clip(
    clip: Clip,
    *,
    every_s: Seconds = 1.0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Exposure:
    """For how long each node of the terrain was seen by a clip, one look each so many seconds.

    Args:
        clip: with the size of its pictures.
        every_s: time between looks; each stands for the time to the next, at most twice this, or twice the
            time between packets where they come more rarely.
        progress: told how many looks are done.

    Raises:
        InputError: no such step, a clip without pictures, or no look that meets known ground.
    """
    if not every_s > 0.0:
        raise InputError(f"a positive time between looks is wanted, got {every_s} s")
    _require_relief(clip.ground.terrain)
    rows, lasting_s = moments(clip, every_s)
    left_out: dict[str, int] = {}
    bounds: list[tuple[int, Bounds]] = []
    for row in rows.tolist():
        found = _bounds_of(clip, row)
        if isinstance(found, str):
            left_out[found] = left_out.get(found, 0) + 1
        else:
            bounds.append((row, found))
    if not bounds:
        raise InputError(
            f"no picture of {clip.name} shows known ground ({', '.join(left_out) or 'no frames'})"
        )
    edges = np.array([one for _, one in bounds])
    whole = terrain_window(
        clip.ground.terrain, (*edges[:, :2].min(axis=0).tolist(), *edges[:, 2:].max(axis=0).tolist())
    )
    seen_s = np.zeros(whole.hae_m.shape, dtype=np.float32)
    looks = 0
    for done, (row, area) in enumerate(bounds):
        progress(done, len(bounds))
        try:
            _add(clip, row, terrain_window(whole, area), whole, seen_s, lasting_s[row])
            looks += 1
        except InputError:  # the camera is under this ground
            left_out["below-ground"] = left_out.get("below-ground", 0) + 1
    progress(len(bounds), len(bounds))
    seen_s[np.isnan(whole.hae_m)] = UNKNOWN_S
    return Exposure(
        window=whole,
        seen_s=seen_s,
        looks=looks,
        left_out=left_out,
        seen_km2=float((_cell_km2(whole)[:, None] * (seen_s > 0.0)).sum()),
    )


def raster_of(window: TerrainGrid) -> OrthoGrid:
    """The raster whose pixels have their centres on the nodes of a terrain."""
    rows, cols = window.hae_m.shape
    return OrthoGrid(
        epsg=GEOGRAPHIC,
        left=window.west_deg - 0.5 * window.step_lon_deg,
        top=window.north_deg + 0.5 * window.step_lat_deg,
        step_x=window.step_lon_deg,
        step_y=window.step_lat_deg,
        width_px=cols,
        height_px=rows,
    )


def sight_cog(sight: Sight, tags: dict[str, str]) -> bytes:
    """The codes of `Seen` as a COG.

    Raises:
        ExternalError: GDAL failed.
    """
    return code_cog({"seen": sight.seen}, raster_of(sight.window), nodata=float(Seen.UNKNOWN), tags=tags)


def exposure_cog(exposure: Exposure, tags: dict[str, str]) -> bytes:
    """Seconds seen as a COG.

    Raises:
        ExternalError: GDAL failed.
    """
    grid = raster_of(exposure.window)
    return code_cog({"seen_s": exposure.seen_s}, grid, nodata=UNKNOWN_S, tags=tags)


def _require_relief(terrain: Terrain) -> None:
    if isinstance(terrain, ConstantHeight):
        raise InputError("one height for all the ground hides nothing: a viewshed needs an elevation model")


def _eye_m(window: TerrainGrid, place: Placement) -> Metres:
    if place.hae_m is not None:
        return place.hae_m
    ground_m = float(window.height_hae_m(place.lon_deg, place.lat_deg))
    if np.isnan(ground_m):
        raise InputError(f"the terrain has no height at lon {place.lon_deg}, lat {place.lat_deg}: say --hae")
    return ground_m + (place.above_ground_m or 0.0)


def _distance_share(
    window: TerrainGrid, place: Placement, reach_deg: tuple[float, float]
) -> NDArray[np.float64]:
    col, row = (float(it) for it in window.grid_place(place.lon_deg, place.lat_deg))
    rows, cols = window.hae_m.shape
    across = (np.arange(cols) - col) * window.step_lon_deg / reach_deg[0]
    down = (np.arange(rows) - row) * window.step_lat_deg / reach_deg[1]
    share: NDArray[np.float64] = np.hypot(across[None, :], down[:, None])
    return share


def _cell_km2(window: TerrainGrid) -> NDArray[np.float64]:
    """(rows,) area that one node stands for."""
    lat_deg = np.clip(window.north_deg - window.step_lat_deg * np.arange(len(window.hae_m)), -90.0, 90.0)
    meridian_m, normal_m = radii_m(lat_deg)
    high_m = meridian_m * np.radians(window.step_lat_deg)
    wide_m = normal_m * np.cos(np.radians(lat_deg)) * np.radians(window.step_lon_deg)
    area_km2: NDArray[np.float64] = high_m * wide_m / 1e6
    return area_km2


def moments(clip: Clip, every_s: Seconds) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the looks, and for every row how long a look there lasts."""
    rows = np.flatnonzero(clip.frames.time_us >= 0)
    rows = rows[np.argsort(clip.frames.time_us[rows], kind="stable")]
    lasting_s = np.zeros(len(clip.frames))
    if not rows.size:
        return rows, lasting_s
    time_s = (clip.frames.time_us[rows] - clip.frames.time_us[rows[0]]) / 1e6
    first = np.unique(np.floor(time_s / every_s + 1e-6), return_index=True)[1]
    until_s = np.append(time_s[first[1:]], time_s[-1] + (time_s[-1] / max(len(rows) - 1, 1)))
    apart_s = float(np.median(np.diff(time_s))) if len(rows) > 1 else 0.0
    lasting_s[rows[first]] = np.minimum(until_s - time_s[first], 2.0 * max(every_s, apart_s))
    return rows[first], lasting_s


def _pose_of(clip: Clip, row: int) -> Poses:
    return clip.camera.take(np.array([row], dtype=np.intp))


def _bounds_of(clip: Clip, row: int) -> Bounds | str:
    """The area that one look and its camera need, or why there is none."""
    camera = _pose_of(clip, row)
    if not camera.known.all() or np.isnan(camera.rotation_ecef_from_camera).any():
        return "pose-unknown"
    outline = footprint_outline(camera, clip.ground.terrain, clip.size_px(), lens=clip.ground.lens)
    if not outline.rings:
        return "no-ground"
    places = np.concatenate([*outline.rings, [[camera.lon_deg[0], camera.lat_deg[0]]]])
    (west_deg, south_deg), (east_deg, north_deg) = places.min(axis=0), places.max(axis=0)
    return (
        float(west_deg) - _RIM_DEG,
        max(float(south_deg) - _RIM_DEG, -90.0),
        float(east_deg) + _RIM_DEG,
        min(float(north_deg) + _RIM_DEG, 90.0),
    )


def _add(
    clip: Clip,
    row: int,
    window: TerrainGrid,
    whole: TerrainGrid,
    seen_s: NDArray[np.float32],
    lasting_s: Seconds,
) -> None:
    """Add one look to the seconds of the nodes that it shows."""
    seen = seen_in_picture(_pose_of(clip, row), window, clip.size_px(), lens=clip.ground.lens)
    left = round((window.west_deg - whole.west_deg) / whole.step_lon_deg)
    top = round((whole.north_deg - window.north_deg) / whole.step_lat_deg)
    rows, cols = seen.shape
    seen_s[top : top + rows, left : left + cols] += np.where(seen == Seen.SEEN, np.float32(lasting_s), 0.0)
