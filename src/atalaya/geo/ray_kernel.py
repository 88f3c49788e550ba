"""Many rays on one or many terrain grids, compiled: the same answers as in NumPy, ray by ray.

Compiled at the first call and kept beside the package (or in the user's cache): the next start is quick.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import SEMI_MAJOR_M, SEMI_MINOR_M
from atalaya.geo.local_frame import LocalFrame
from atalaya.geo.ray_cells import (
    ABOVE,
    COMES_UNDER,
    CROSSING,
    NOTHING,
    UNSEEN,
    first_ground,
    rate_at,
    value_at,
)
from atalaya.geo.ray_ends import (
    HIT,
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
from atalaya.geo.ray_layers import Grid, Tiles, grid_of, patch_m
from atalaya.geo.ray_path import (
    Floats,
    Heights,
    bend,
    box_end_m,
    compiled,
    compiled_entry,
    compiled_in_place,
    far_end_m,
    fit_far,
    fit_near,
    rate_in_frame,
    span_m,
    start_in_frame,
)

_CLOSE_M = 1e-5
_NEARLY_M, _STEEP_M = 1e-3, 1000.0
"""One more round of Newton ends within `_CLOSE_M` of the ground: a gap of a millimetre, not grazing."""
_POLISH_ROUNDS = 4
_BESIDE_CELLS, _BACK_CELLS = 2e-3, 0.5
"""What is known just before a place is looked up so far back in both columns and rows, more than a straight
piece may be beside the curve; but at most so far along the longer of the two."""
_PAST_CELLS = 1e-6
_WORTH_M = 1.0


class Room(NamedTuple):
    """What one ray is worked out in.

    Args:
        along: (3,) unit direction in ECEF. start, rate: (3,) in half sizes of the frame's box.
        cubics: (3, 21) of the frame about the start. path, on_tile: (3, 6) of the span, in degrees and cells.
    """

    along: Floats
    start: Floats
    rate: Floats
    cubics: Floats
    path: Floats
    on_tile: Floats


@compiled_entry
def trace(
    origin_m: Floats,
    direction: Floats,
    most_m: Floats,
    frame: LocalFrame,
    heights: Heights,
    tiles: Tiles,
    hit_m: Floats,
    ends: NDArray[np.uint8],
) -> None:
    """Write where rays meet the ground and how they end.

    Args:
        origin_m: (N, 3) ECEF, or (1, 3) for all.
        direction: (N, 3) any length.
        most_m: (N,) or (1,) no further than this.
        frame: of these rays.
        heights: between which there is ground.
        tiles: the ground.
        hit_m: (N, 3) to be filled, NaN where there is no answer.
        ends: (N,) to be filled.
    """
    room = Room(np.empty(3), np.empty(3), np.empty(3), np.empty((3, 21)), np.empty((3, 6)), np.empty((3, 6)))
    _each(origin_m, direction, most_m, (frame, heights, tiles), room, hit_m, ends)


@compiled
def _each(
    origin_m: Floats,
    direction: Floats,
    most_m: Floats,
    given: tuple[LocalFrame, Heights, Tiles],
    room: Room,
    hit_m: Floats,
    ends: NDArray[np.uint8],
) -> None:
    """One ray after the other, as `trace`."""
    frame, heights, tiles = given
    for ray in range(len(direction)):
        origin = origin_m[ray if len(origin_m) > 1 else 0]
        if ray == 0 or (len(origin_m) > 1 and not _same(origin, origin_m[ray - 1])):
            start_in_frame(frame, origin, room.start, room.cubics)
        most = most_m[ray if len(most_m) > 1 else 0]
        at_m, end = np.nan, UNKNOWN
        if _set_out(origin, direction[ray], most, room.along):
            at_m, end = _one(origin, most, frame, heights, tiles, room)
        ends[ray] = end
        if end == HIT:
            _write_hit(origin, room.along, at_m, heights.refraction, hit_m[ray])
        else:
            hit_m[ray, 0] = hit_m[ray, 1] = hit_m[ray, 2] = np.nan


@compiled
def _same(one: Floats, other: Floats) -> bool:
    same: bool = one[0] == other[0] and one[1] == other[1] and one[2] == other[2]
    return same


@compiled_in_place
def _set_out(origin: Floats, direction: Floats, most_m: float, along: Floats) -> bool:
    """Write the unit direction; false where there is none, or something is no number."""
    length = math.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2)
    along[0], along[1], along[2] = direction[0] / length, direction[1] / length, direction[2] / length
    far_m: float = abs(origin[0]) + abs(origin[1]) + abs(origin[2])
    sound: bool = 0.0 < length < np.inf and far_m < np.inf and most_m > 0.0
    return sound


@compiled_in_place
def _one(
    origin: Floats, most_m: float, frame: LocalFrame, heights: Heights, tiles: Tiles, room: Room
) -> tuple[float, int]:
    """Distance along a ray at which it meets the ground, and how it ends."""
    start_m, end_m, lands = span_m(origin, room.along, heights)
    if start_m < 0.0:
        return np.nan, UNDER_GROUND
    if most_m < end_m:
        end_m, lands = most_m, False
    if not end_m > start_m:
        return np.nan, SKY
    rate_in_frame(frame, room.along, room.rate)
    at_m = start_m
    while at_m < end_m:
        to_m = _fit(origin, at_m, end_m, frame, room)
        bend(room.path, at_m, to_m, heights.refraction)
        share, end = _first_of_all(room.path, tiles, ABOVE if at_m > start_m else UNSEEN, room.on_tile)
        if end != SKY:
            if end == OUT_OF_NOWHERE and at_m == 0.0 and share <= 0.0:
                end = UNDER_GROUND
            return at_m + share * (to_m - at_m), end
        at_m = to_m
    if not _over_any(room.path, tiles, 1.0):
        return np.nan, OFF_TERRAIN
    return np.nan, VOID if lands else SKY


@compiled_in_place
def _fit(origin: Floats, at_m: float, end_m: float, frame: LocalFrame, room: Room) -> float:
    """Write the next span as polynomials, and say where it ends."""
    to_m = box_end_m(room.start, room.rate, at_m, end_m)
    if to_m > at_m + _WORTH_M or to_m == end_m:
        fit_near(room.cubics, room.rate, at_m, to_m, room.path)
    else:
        to_m = far_end_m(origin, room.along, at_m, end_m)
        fit_far(frame, origin, room.along, at_m, to_m, room.path)
    return to_m


@compiled_in_place
def _first_of_all(path: Floats, tiles: Tiles, before: int, on_tile: Floats) -> tuple[float, int]:
    """The first ground of any tile that answers there, as a share of the path; SKY for none."""
    best, kind, where = 1.0, NOTHING, 0
    for tile in range(len(tiles.layers.levels)):
        if len(tiles.layers.levels) > 1 and _misses(path, tiles.place[tile], best):
            continue
        _onto(path, tiles.place[tile], on_tile)
        share, found = _first_of_one(path, tiles, tile, best, before, on_tile)
        if found != NOTHING:
            best, kind, where = share, found, tile
    if kind == NOTHING:
        return 1.0, SKY
    if kind == CROSSING:
        return best, HIT
    if best <= 0.0:
        return best, OUT_OF_NOWHERE
    beside = _before(path, tiles.place[where], best)
    for tile in range(len(tiles.layers.levels)):
        if _known_until(path, tiles, tile, beside, 1.0) > beside:
            return best, HIT  # a wall where one tile ends and another begins
    return best, OUT_OF_VOID if _over_any(path, tiles, beside) else OUT_OF_NOWHERE


@compiled_in_place
def _first_of_one(
    path: Floats, tiles: Tiles, tile: int, end: float, before: int, on_tile: Floats
) -> tuple[float, int]:
    """The first ground of one tile where no better one knows it."""
    grid = grid_of(tiles, tile)
    at = 0.0
    while at < end:
        share, kind = first_ground(on_tile, at, end, before, grid)
        if kind == NOTHING:
            break
        free = _leave_better(path, tiles, tile, share, end)
        if free > share:
            at, before = free, UNSEEN
            continue
        if kind == COMES_UNDER:
            return share, kind
        polished, gap_m = _polish(on_tile, share, grid)
        if gap_m <= ON_GROUND_M:
            return min(max(polished, 0.0), end), kind
        at, before = share + _PAST_CELLS / max(abs(on_tile[0, 1]) + abs(on_tile[1, 1]), 1.0), ABOVE
    return end, NOTHING


@compiled_in_place
def _polish(on_tile: Floats, share: float, grid: Grid) -> tuple[float, float]:
    """Newton's rounds from the chord to the curve: the share, and how far it is from the ground."""
    gap_m, closing = _gap(on_tile, share, grid)
    for _ in range(_POLISH_ROUNDS):
        if abs(gap_m) < _CLOSE_M or not closing < 0.0:
            break
        closer = share - gap_m / closing
        if abs(gap_m) < _NEARLY_M and closing < -_STEEP_M:
            return closer, _CLOSE_M
        closer_gap_m, closing = _gap(on_tile, closer, grid)
        if not abs(closer_gap_m) < abs(gap_m):
            break
        share, gap_m = closer, closer_gap_m
    return share, abs(gap_m)


@compiled
def _gap(on_tile: Floats, share: float, grid: Grid) -> tuple[float, float]:
    """Height above the ground and how fast it grows with the share."""
    u, v = value_at(on_tile, 0, share), value_at(on_tile, 1, share)
    col, row = min(max(int(u), 0), grid.cols - 2), min(max(int(v), 0), grid.rows - 2)
    a00, a10, a01, a11 = patch_m(grid, row, col)
    x, y = u - col, v - row
    gap_m = value_at(on_tile, 2, share) - (a00 + a10 * x + a01 * y + a11 * x * y)
    closing = rate_at(on_tile, 2, share)
    closing -= (a10 + a11 * y) * rate_at(on_tile, 0, share) + (a01 + a11 * x) * rate_at(on_tile, 1, share)
    return gap_m, closing


@compiled_in_place
def _onto(path: Floats, place: Floats, on_tile: Floats) -> None:
    """Write a path in columns and rows of a tile."""
    east_deg = place[0] - 360.0 * math.floor((path[0, 0] + place[0] + 180.0) / 360.0) + place[1]
    for power in range(6):
        on_tile[0, power] = path[0, power] * place[2]
        on_tile[1, power] = -path[1, power] * place[4]
        on_tile[2, power] = path[2, power]
    on_tile[0, 0] += east_deg * place[2]
    on_tile[1, 0] += place[3] * place[4]


@compiled
def _before(path: Floats, place: Floats, share: float) -> float:
    """A share just before, beside no straight piece's error in the cells of a tile."""
    across = abs(rate_at(path, 0, share) * place[2]) + 1e-9
    down = abs(rate_at(path, 1, share) * place[4]) + 1e-9
    before: float = share - min(_BESIDE_CELLS / min(across, down), _BACK_CELLS / max(across, down))
    return max(before, 0.0)


@compiled
def _on(path: Floats, place: Floats, share: float) -> tuple[float, float]:
    """Column and row of a tile at a share of a path."""
    east_deg = place[0] - 360.0 * math.floor((path[0, 0] + place[0] + 180.0) / 360.0) + place[1]
    return (value_at(path, 0, share) + east_deg) * place[2], (place[3] - value_at(path, 1, share)) * place[4]


@compiled_in_place
def _misses(path: Floats, place: Floats, end: float) -> bool:
    """Whether a path surely stays beside a tile: both ends beyond one edge, by more than the path curves."""
    u0, v0 = _on(path, place, 0.0)
    u1, v1 = _on(path, place, end)
    curve_u, curve_v = 1e-6, 1e-6
    for power in range(2, 6):
        curve_u += abs(path[0, power]) * place[2]
        curve_v += abs(path[1, power]) * place[4]
    beside = max(u0, u1) < -curve_u or min(u0, u1) > place[5] + curve_u
    return beside or max(v0, v1) < -curve_v or min(v0, v1) > place[6] + curve_v


@compiled
def _over_any(path: Floats, tiles: Tiles, share: float) -> bool:
    """Whether a place is within the outermost nodes of any tile."""
    for tile in range(len(tiles.layers.levels)):
        place = tiles.place[tile]
        u, v = _on(path, place, share)
        if 0.0 <= u <= place[5] and 0.0 <= v <= place[6]:
            return True
    return False


@compiled
def _leave_better(path: Floats, tiles: Tiles, tile: int, share: float, end: float) -> float:
    """The first place from here on that no better tile knows; here, where that is so."""
    while share < end:
        leave = share
        for better in range(tile):
            leave = max(leave, _known_until(path, tiles, better, share, end))
        if leave <= share:
            return share
        share = leave
    return share


@compiled
def _known_until(path: Floats, tiles: Tiles, tile: int, share: float, end: float) -> float:
    """Where a path leaves the known cell of a tile that it is in; here, where it is in none."""
    place = tiles.place[tile]
    u, v = _on(path, place, share)
    if not (0.0 <= u <= place[5] and 0.0 <= v <= place[6]):
        return share
    grid = grid_of(tiles, tile)
    du, dv = rate_at(path, 0, share) * place[2], -rate_at(path, 1, share) * place[4]
    col = min(max(int(u + math.copysign(1e-9, du)), 0), grid.cols - 2)
    row = min(max(int(v + math.copysign(1e-9, dv)), 0), grid.rows - 2)
    if math.isnan(patch_m(grid, row, col)[3]):
        return share
    across = (col + (du > 0.0) - u) / du if du != 0.0 else np.inf
    down = (row + (dv > 0.0) - v) / dv if dv != 0.0 else np.inf
    nudge = 1e-8 / max(abs(du) + abs(dv), 1.0)
    leave: float = share + max(min(across, down), 0.0) + nudge
    return min(leave, end)


@compiled_in_place
def _write_hit(origin: Floats, along: Floats, at_m: float, refraction: float, hit_m: Floats) -> None:
    """A point on the ray, lowered along its vertical by what the ray bends."""
    for axis in range(3):
        hit_m[axis] = origin[axis] + at_m * along[axis]
    if refraction != 0.0:
        x, y = hit_m[0] / SEMI_MAJOR_M**2, hit_m[1] / SEMI_MAJOR_M**2
        z = hit_m[2] / SEMI_MINOR_M**2
        lower_m = 0.5 * refraction / MEAN_RADIUS_M * at_m * at_m / math.sqrt(x * x + y * y + z * z)
        hit_m[0] -= lower_m * x
        hit_m[1] -= lower_m * y
        hit_m[2] -= lower_m * z
