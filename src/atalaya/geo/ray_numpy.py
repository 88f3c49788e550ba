"""Many rays on one or many grids in NumPy: the twin of `ray_kernel` for where nothing can be compiled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import SEMI_MAJOR_M, SEMI_MINOR_M
from atalaya.geo.march import CROSSING, NOTHING, first_ground
from atalaya.geo.paths import Paths, fit_paths
from atalaya.geo.ray_ends import (
    HIT,
    MARGIN_M,
    MEAN_RADIUS_M,
    OFF_TERRAIN,
    ON_GROUND_M,
    OUT_OF_NOWHERE,
    OUT_OF_VOID,
    SKY,
    UNDER_GROUND,
    UNKNOWN,
    VOID,
)
from atalaya.geo.terrain import TerrainGrid
from atalaya.units import MetresArray

_LONGEST_SPAN_M, _SHORTEST_SPAN_M = 100e3, 500.0
_POLISH_ROUNDS = 4
_BESIDE_CELLS, _BACK_CELLS = 2e-3, 0.5
"""What is known just before a place is looked up so far back in both columns and rows, more than a straight
piece may be beside the curve; but at most so far along the longer of the two."""
_PAST_CELLS = 1e-6

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Spans:
    """Between which distances (N,) each ray is among the heights of the ground; whether it ends below all."""

    start_m: MetresArray
    end_m: MetresArray
    lands: NDArray[np.bool_]


def trace(
    origin_m: MetresArray,
    direction: Floats,
    most_m: MetresArray,
    tiles: tuple[TerrainGrid, ...],
    refraction_coefficient: float,
) -> tuple[MetresArray, NDArray[np.uint8]]:
    """Where rays meet the ground and how they end.

    Args:
        origin_m: (N, 3) ECEF.
        direction: (N, 3) any length.
        most_m: (N,) no further than this.
        tiles: the ground, best first.
        refraction_coefficient: k of the k d^2 / 2R by which a ray bends down.

    Returns:
        (N, 3) ECEF, NaN where there is no answer; (N,) codes of `ray_ends`.
    """
    hit_m, ends = np.full(origin_m.shape, np.nan), np.full(len(origin_m), UNKNOWN, dtype=np.uint8)
    length = np.linalg.norm(direction, axis=1)
    rays = np.flatnonzero(
        (length > 0.0) & np.isfinite(length) & np.isfinite(origin_m).all(axis=1) & (most_m > 0.0)
    )
    origin_m, direction = origin_m[rays], direction[rays] / length[rays, None]
    spans = _spans(origin_m, direction, most_m[rays], tiles, refraction_coefficient)
    at_m, ends[rays] = _ends(origin_m, direction, spans, tiles, refraction_coefficient)
    hit_m[rays] = _bent(origin_m, direction, at_m, refraction_coefficient)
    return hit_m, ends


def level_crossings(
    origin_m: MetresArray, direction: Floats, height_m: MetresArray, refraction_coefficient: float
) -> tuple[Floats, MetresArray, MetresArray]:
    """Whether rays start above heights (by sign), where they come down to them, and where up again.

    Returns:
        (N,) each; NaN where a height is not met. Good to some centimetres.

    Source: the ellipsoid with both axes lengthened by the height, scaled to a unit sphere.
    """
    across, upright = 1.0 / (SEMI_MAJOR_M + height_m), 1.0 / (SEMI_MINOR_M + height_m)
    scale = np.stack([across, across, upright], axis=-1)
    start, along = origin_m * scale, direction * scale
    square = np.einsum("ni,ni->n", along, along) - refraction_coefficient * across / MEAN_RADIUS_M
    half = np.einsum("ni,ni->n", start, along)
    above = np.einsum("ni,ni->n", start, start) - 1.0
    rest = half**2 - square * above
    root = np.sqrt(np.where(rest >= 0.0, rest, np.nan))
    near_m = above / np.where(half < 0.0, root - half, np.nan)
    return above, near_m, (root - half) / square


def _spans(
    origin_m: MetresArray,
    direction: Floats,
    most_m: MetresArray,
    tiles: tuple[TerrainGrid, ...],
    refraction_coefficient: float,
) -> _Spans:
    """Starts of -1 are below all ground; ends before starts meet none."""
    top_m = np.full(len(origin_m), max(tile.highest_m for tile in tiles) + MARGIN_M)
    foot_m = np.full(len(origin_m), min(tile.lowest_m for tile in tiles) - MARGIN_M)
    over, enter_m, leave_m = level_crossings(origin_m, direction, top_m, refraction_coefficient)
    up, floor_m, _ = level_crossings(origin_m, direction, foot_m, refraction_coefficient)
    start_m = np.where(over > 0.0, np.nan_to_num(enter_m, nan=0.0), 0.0)
    lands = floor_m > start_m
    end_m = np.where(lands, floor_m, leave_m)
    end_m = np.where((over > 0.0) & ~(enter_m > 0.0), -1.0, end_m)
    cut = most_m < end_m
    end_m, lands = np.where(cut, most_m, end_m), lands & ~cut
    return _Spans(np.where(up < 0.0, -1.0, start_m), np.where(up < 0.0, -1.0, end_m), lands)


def _ends(
    origin_m: MetresArray,
    direction: Floats,
    spans: _Spans,
    tiles: tuple[TerrainGrid, ...],
    refraction_coefficient: float,
) -> tuple[MetresArray, NDArray[np.uint8]]:
    """Distance along each ray at which it meets the ground, and how it ends."""
    hit_at_m = np.full(len(origin_m), np.nan)
    ends = np.where(spans.start_m < 0.0, UNDER_GROUND, SKY).astype(np.uint8)
    at_m = spans.start_m.copy()
    rays = np.flatnonzero(spans.end_m > at_m)
    while rays.size:
        to_m = _span_end_m(origin_m[rays], direction[rays], at_m[rays], spans.end_m[rays])
        paths = fit_paths(origin_m[rays], direction[rays], at_m[rays], to_m, refraction_coefficient)
        share, end = _first_of_all(paths, at_m[rays] > spans.start_m[rays], tiles)
        buried = (end == OUT_OF_NOWHERE) & (at_m[rays] == 0.0) & (share <= 0.0)
        ends[rays] = np.where(buried, UNDER_GROUND, end)
        hit_at_m[rays] = np.where(end == HIT, at_m[rays] + share * paths.length_m, np.nan)
        done = (end == SKY) & (to_m >= spans.end_m[rays])
        over = _over_any(paths, np.ones(len(rays)), tiles)
        last = np.where(over, np.where(spans.lands[rays], VOID, SKY), OFF_TERRAIN)
        ends[rays[done]] = last[done]
        at_m[rays] = to_m
        rays = rays[(end == SKY) & ~done]
    return hit_at_m, ends


def _span_end_m(
    origin_m: MetresArray, direction: Floats, start_m: MetresArray, end_m: MetresArray
) -> MetresArray:
    """How far one polynomial may reach: not far where the ray passes near the axis of the earth."""
    level2 = np.maximum((direction[:, :2] ** 2).sum(axis=1), 1e-30)
    nearest = np.clip(-(origin_m[:, :2] * direction[:, :2]).sum(axis=1) / level2, start_m, end_m)
    axis_m = np.linalg.norm(origin_m[:, :2] + nearest[:, None] * direction[:, :2], axis=1)
    return np.minimum(end_m, start_m + np.clip(0.25 * axis_m, _SHORTEST_SPAN_M, _LONGEST_SPAN_M))


def _first_of_all(
    paths: Paths, goes_on: NDArray[np.bool_], tiles: tuple[TerrainGrid, ...]
) -> tuple[Floats, NDArray[np.int64]]:
    """The first ground of any tile that answers there, as a share of each path; SKY for none."""
    count = len(paths.start_m)
    best, kind, back = np.ones(count), np.full(count, NOTHING), np.zeros(count)
    rays = np.arange(count)
    for tile in range(len(tiles)):
        share, found = _first_of_one(paths, tiles, tile, best, goes_on)
        met = found != NOTHING
        best, kind = np.where(met, share, best), np.where(met, found, kind)
        cells = np.abs(paths.on(tiles[tile]).rate_at(rays, share)[:2]) + 1e-9
        far = np.minimum(_BESIDE_CELLS / cells.min(axis=0), _BACK_CELLS / cells.max(axis=0))
        back = np.where(met, far, back)
    before = np.maximum(best - back, 0.0)
    lon_deg, lat_deg, _ = paths.at(rays, before)
    known = np.any([~np.isnan(tile.height_hae_m(lon_deg, lat_deg)) for tile in tiles], axis=0)
    out_of = np.where(_over_any(paths, before, tiles), OUT_OF_VOID, OUT_OF_NOWHERE)
    comes_under = np.where(best <= 0.0, OUT_OF_NOWHERE, np.where(known, HIT, out_of))
    return best, np.where(kind == NOTHING, SKY, np.where(kind == CROSSING, HIT, comes_under))


def _first_of_one(
    paths: Paths,
    tiles: tuple[TerrainGrid, ...],
    tile: int,
    end: Floats,
    goes_on: NDArray[np.bool_],
) -> tuple[Floats, NDArray[np.int64]]:
    """The first ground of one tile where no better one knows it."""
    on_tile, terrain = paths.on(tiles[tile]), tiles[tile]
    share, kind = end.copy(), np.full(len(end), NOTHING)
    at, on = np.zeros(len(end)), goes_on.copy()
    rays = np.flatnonzero(end > 0.0)
    while rays.size:
        these = Paths(paths.start_m[rays], paths.length_m[rays], on_tile.coefficients[:, :, rays])
        found, what = first_ground(these, at[rays], end[rays], on[rays], terrain)
        met = what != NOTHING
        rays, found, what = rays[met], found[met], what[met]
        free = _leave_better(paths, rays, found, end[rays], tiles[:tile])
        held = free > found
        polished, gap_m = _polish(on_tile, rays, found, terrain)
        passes = ~held & (what == CROSSING) & ~(gap_m <= ON_GROUND_M)
        answered = ~held & ~passes
        share[rays[answered]] = np.where(what == CROSSING, np.clip(polished, 0.0, end[rays]), found)[answered]
        kind[rays[answered]] = what[answered]
        cells = np.abs(on_tile.coefficients[1, :2, rays]).sum(axis=1)
        at[rays] = np.where(held, free, found + _PAST_CELLS / np.maximum(cells, 1.0))
        on[rays] = passes
        rays = rays[~answered & (at[rays] < end[rays])]
    return share, kind


def _polish(on_tile: Paths, rays: Rows, share: Floats, terrain: TerrainGrid) -> tuple[Floats, MetresArray]:
    """Newton's rounds from the chord to the curve: the share, and how far it is from the ground."""
    gap_m, closing = _gap(on_tile, rays, share, terrain)
    for _ in range(_POLISH_ROUNDS):
        closer = share - gap_m / np.where(closing < 0.0, closing, -np.inf)
        closer_gap_m, closer_closing = _gap(on_tile, rays, closer, terrain)
        better = np.abs(closer_gap_m) < np.abs(gap_m)
        share, gap_m = np.where(better, closer, share), np.where(better, closer_gap_m, gap_m)
        closing = np.where(better, closer_closing, closing)
    return share, np.abs(gap_m)


def _gap(on_tile: Paths, rays: Rows, share: Floats, terrain: TerrainGrid) -> tuple[MetresArray, Floats]:
    """Height above the ground and how fast it grows with the share."""
    rows, cols = terrain.hae_m.shape
    u, v, height_m = on_tile.at(rays, share)
    du, dv, dh = on_tile.rate_at(rays, share)
    col, row = (
        np.clip(np.nan_to_num(place), 0.0, nodes - 2.0).astype(np.int64)
        for place, nodes in ((u, cols), (v, rows))
    )
    a00 = terrain.hae_m[row, col].astype(np.float64)
    a10, a01 = terrain.hae_m[row, col + 1] - a00, terrain.hae_m[row + 1, col] - a00
    a11 = terrain.hae_m[row + 1, col + 1] - a00 - a10 - a01
    x, y = u - col, v - row
    gap_m = height_m - (a00 + a10 * x + a01 * y + a11 * x * y)
    return gap_m, dh - (a10 + a11 * y) * du - (a01 + a11 * x) * dv


def _leave_better(
    paths: Paths, rays: Rows, share: Floats, end: Floats, better: tuple[TerrainGrid, ...]
) -> Floats:
    """The first places from here on that no better tile knows; here, where that is so."""
    share = share.copy()
    going = np.flatnonzero(share < end)
    while better and going.size:
        leave = share[going]
        for tile in better:
            leave = np.maximum(leave, _known_until(paths, rays[going], share[going], end[going], tile))
        held = leave > share[going]
        share[going] = leave
        going = going[held & (leave < end[going])]
    return share


def _known_until(paths: Paths, rays: Rows, share: Floats, end: Floats, tile: TerrainGrid) -> Floats:
    """Where paths leave the known cell of a tile that they are in; here, where they are in none."""
    rows, cols = tile.hae_m.shape
    on_tile = paths.on(tile)
    u, v, _ = on_tile.at(rays, share)
    du, dv, _ = on_tile.rate_at(rays, share)
    col = np.clip(np.floor(u + np.copysign(1e-9, du)).astype(np.int64), 0, cols - 2)
    row = np.clip(np.floor(v + np.copysign(1e-9, dv)).astype(np.int64), 0, rows - 2)
    corners_m = sum(tile.hae_m[row + down, col + across] for down in (0, 1) for across in (0, 1))
    inside = (u >= 0.0) & (u <= cols - 1.0) & (v >= 0.0) & (v <= rows - 1.0) & ~np.isnan(corners_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.where(du != 0.0, (col + (du > 0.0) - u) / du, np.inf)
        down = np.where(dv != 0.0, (row + (dv > 0.0) - v) / dv, np.inf)
    nudge = 1e-8 / np.maximum(np.abs(du) + np.abs(dv), 1.0)
    leave = np.minimum(share + np.maximum(np.minimum(across, down), 0.0) + nudge, end)
    return np.where(inside, leave, share)


def _over_any(paths: Paths, share: Floats, tiles: tuple[TerrainGrid, ...]) -> NDArray[np.bool_]:
    """Whether places are within the outermost nodes of any tile."""
    over = np.zeros(len(share), dtype=np.bool_)
    lon_deg, lat_deg, _ = paths.at(np.arange(len(share)), share)
    for tile in tiles:
        col, row = tile.grid_place(lon_deg, lat_deg)
        rows, cols = tile.hae_m.shape
        over |= (col >= 0.0) & (col <= cols - 1.0) & (row >= 0.0) & (row <= rows - 1.0)
    return over


def _bent(origin_m: MetresArray, direction: Floats, at_m: MetresArray, refraction: float) -> MetresArray:
    """Points on rays, lowered along their verticals by what the rays bend."""
    point_m = origin_m + at_m[:, None] * direction
    upward = point_m / np.array([SEMI_MAJOR_M, SEMI_MAJOR_M, SEMI_MINOR_M]) ** 2
    upward /= np.linalg.norm(upward, axis=1, keepdims=True)
    lower_m = 0.5 * refraction / MEAN_RADIUS_M * at_m**2
    bent_m: MetresArray = point_m - lower_m[:, None] * upward
    return bent_m
