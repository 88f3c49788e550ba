"""How high the ground reaches along every direction from an eye, row by row: what hides a point, looked up.

The rays of the viewshed's sweep, kept after each row. A point above the horizons of both neighbouring rays is
seen, below both it is hidden; between them its own line of sight must be followed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.viewshed import RAYS_PER_NODE, Observer, sector_metrics
from atalaya.geo.viewshed_sweep import EMPTY_M, Heights, Metric, Truth, compiled, skew_of

SECTORS = ((False, -1), (False, 1), (True, -1), (True, 1))
"""Rows before and after the eye, then columns (on the transposed grid) before and after it."""
MOST_KEPT = 40_000_000
"""A sector with more values is left out, and its points are all looked at one by one."""
_PAD = 0.02
_DECIDED_NOT = -1
NEAR_ROWS = 2
"""Rows right before a place are not in its horizon: there two rays so near to each other differ most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizons:
    """The horizons of one eye.

    Args:
        eye: (3,) row, column and height of it.
        sectors: (4, 6) for each of `SECTORS`: where it begins in `values`, its first row, rows, rays, the
            slope of the first ray and the step between rays; no rays where the sector was not asked for.
        metrics: (4, 5) as in `viewshed_sweep.Metric`.
        values: the steepest ground of each ray up to each row, sector after sector.
    """

    eye: NDArray[np.float64]
    sectors: NDArray[np.float64]
    metrics: NDArray[np.float64]
    values: NDArray[np.float32]


def horizons_towards(
    terrain: TerrainGrid, observer: Observer, col: NDArray[np.float64], row: NDArray[np.float64]
) -> Horizons:
    """The horizons in the directions and up to the distances of some places.

    Args:
        terrain: the ground; voids hide nothing.
        observer: the eye.
        col: (N,) columns of the places, also beyond the grid.
        row: (N,) likewise.
    """
    at_col, at_row = (float(it) for it in terrain.grid_place(observer.lon_deg, observer.lat_deg))
    ground_m = np.where(np.isnan(terrain.hae_m), EMPTY_M, terrain.hae_m).astype(np.float32)
    metrics = sector_metrics(terrain, observer)
    across, down = col - at_col, row - at_row
    wide = np.abs(across) > np.abs(down)
    lines: list[list[float]] = []
    parts: list[NDArray[np.float32]] = []
    start = 0
    for transposed, step in SECTORS:
        major, minor = (across, down) if transposed else (down, across)
        inside = (wide == transposed) & (major * step > 0.0)
        heights_m = np.ascontiguousarray(ground_m.T) if transposed else ground_m
        place = np.array([at_col, at_row] if transposed else [at_row, at_col])
        line, values = _sector(
            heights_m,
            np.append(place, observer.hae_m),
            step,
            metrics[transposed, step],
            np.abs(major[inside]),
            minor[inside] / np.abs(major[inside]),
        )
        lines.append([float(start), *line])
        parts.append(values)
        start += values.size
    return Horizons(
        eye=np.array([at_row, at_col, observer.hae_m]),
        sectors=np.array(lines),
        metrics=np.stack([metrics[it] for it in SECTORS]),
        values=np.concatenate(parts),
    )


def _sector(
    height_m: Heights,
    eye: NDArray[np.float64],
    step: int,
    metric: Metric,
    away: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> tuple[list[float], NDArray[np.float32]]:
    nothing = ([0.0, 0.0, 0.0, 0.0, 1.0], np.empty(0, dtype=np.float32))
    rows = height_m.shape[0]
    first = min(int(np.ceil(eye[0])) - 1, rows - 1) if step < 0 else max(int(np.floor(eye[0])) + 1, 0)
    if not away.size or not 0 <= first < rows:
        return nothing
    last = int(np.clip(eye[0] + step * (float(away.max()) + 2.0), 0.0, rows - 1.0))
    count = (last - first) * step + 1
    if count < 1:
        return nothing
    low, high = max(float(slope.min()) - _PAD, -1.0), min(float(slope.max()) + _PAD, 1.0)
    spacing = 1.0 / (RAYS_PER_NODE * max(float(away.max()), 1.0))
    rays = int(np.ceil((high - low) / spacing)) + 2
    if count * rays > MOST_KEPT:
        return nothing
    values = np.empty((count, rays), dtype=np.float32)
    keep_horizons(height_m, eye, step, first, metric, low, spacing, values)
    return [float(first), float(count), float(rays), low, spacing], values.reshape(-1)


@compiled
def keep_horizons(
    height_m: Heights,
    eye: NDArray[np.float64],
    step: int,
    first: int,
    metric: Metric,
    low: float,
    spacing: float,
    values: NDArray[np.float32],
) -> None:
    """Fill (rows, rays) with the steepest tangent of each ray up to and with each row."""
    cols = height_m.shape[1]
    for ray in range(values.shape[1]):
        slope = low + ray * spacing
        skew = skew_of(metric, slope)
        bend = metric[2] * (metric[0] + metric[1] * slope * slope)
        steepest = -1e30
        for k in range(values.shape[0]):
            i = first + k * step
            away = abs(i - eye[0])
            place = eye[1] + slope * away
            if 0.0 <= place <= cols - 1.0:
                left = min(int(place), cols - 2)
                ground_m = height_m[i, left] + (place - left) * (height_m[i, left + 1] - height_m[i, left])
                tangent = (ground_m - eye[2] - bend * away * away) / (away * (1.0 + skew * away))
                steepest = max(steepest, tangent)
            values[k, ray] = steepest


@compiled
def seen_over(
    eye: NDArray[np.float64],
    sectors: NDArray[np.float64],
    metrics: NDArray[np.float64],
    values: NDArray[np.float32],
    col: float,
    row: float,
    hae_m: float,
) -> int:
    """Whether ground up to `NEAR_ROWS` rows before a place hides it: 1 no, 0 yes, -1 follow its line."""
    down, across = row - eye[0], col - eye[1]
    transposed: Truth = abs(across) > abs(down)
    major, minor, at = (across, down, col) if transposed else (down, across, row)
    sector = (2 if transposed else 0) + (1 if major > 0.0 else 0)
    away = abs(major)
    rays = int(sectors[sector, 3])
    if rays < 2 or away < 1e-9:
        return _DECIDED_NOT
    before = int(np.ceil(at)) - 1 if major > 0.0 else int(np.floor(at)) + 1
    first = int(sectors[sector, 1])
    k = before - first if major > 0.0 else first - before
    k -= NEAR_ROWS
    if k < 0:
        return 1
    slope = minor / away
    where = (slope - sectors[sector, 4]) / sectors[sector, 5]
    if where < 0.0 or where >= rays - 1:
        return _DECIDED_NOT
    k = min(k, int(sectors[sector, 2]) - 1)
    metric = metrics[sector]
    bend = metric[2] * (metric[0] + metric[1] * slope * slope)
    skew = skew_of(metric, slope)
    tangent = (hae_m - eye[2] - bend * away * away) / (away * (1.0 + skew * away))
    place = int(sectors[sector, 0]) + k * rays + int(where)
    over = (1 if tangent >= values[place] else 0) + (1 if tangent >= values[place + 1] else 0)
    if over == 1:
        return _DECIDED_NOT
    return 1 if over == 2 else 0
