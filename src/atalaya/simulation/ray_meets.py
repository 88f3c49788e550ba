"""Where one ray meets one thing, compiled: ground of a cell, a crown's leaves, a palm's fronds, a solid."""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from atalaya.simulation import cast_arrays as c
from atalaya.simulation.cast_arrays import CastArrays
from atalaya.simulation.leaf_volume import BOW_ENTRIES, SIDE, STEP_VOXELS

NOTHING, GROUND, LEAF, FROND, SOLID_TOP, SOLID_SIDE, SOLID_BELOW = range(7)
"""What a ray may meet."""
FIXED = 1 << 20
"""Voxels are counted in whole parts of this size along a ray."""
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
"""No references are counted: the caller holds every array. Counting, an atomic step for each array handed on,
took three times as long as all the rest. Making an array in a kernel does not compile."""
_MASK = SIDE - 1
_EDGE = BOW_ENTRIES - 1
_MASK_FIXED = _MASK << 20
_SHIFT_I, _SHIFT_J, _SHIFT_K = 20, 14, 8


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call; it keeps no lock while it runs."""
    return cast("F", njit(**_OPTIONS)(function))


def compiled_in_place[F: Callable[..., object]](function: F) -> F:
    """The same, written into whatever calls it."""
    return cast("F", njit(**_OPTIONS, forceinline=True)(function))


@compiled_in_place
def ground_hit(
    world: CastArrays,
    row: int,
    col: int,
    x: float,
    y: float,
    z: float,
    vx: float,
    vy: float,
    vz: float,
    most: float,
) -> float:
    """How far along a ray within one cell the ground is met; inf when it is not.

    The ray starts at x, y (cells from the cell's corner) and z [m], moves vx, vy cells and vz metres a metre.
    """
    last_row, last_col = world.up_m.shape[0] - 1, world.up_m.shape[1] - 1
    south, north = min(max(row, 0), last_row), min(max(row + 1, 0), last_row)
    west, east = min(max(col, 0), last_col), min(max(col + 1, 0), last_col)
    corner = world.up_m[south, west]
    rise_x, rise_y = world.up_m[south, east] - corner, world.up_m[north, west] - corner
    twist = world.up_m[north, east] - corner - rise_x - rise_y
    constant = z - (corner + rise_x * x + rise_y * y + twist * x * y)
    if constant <= 0.0:
        return 0.0
    linear = vz - (rise_x * vx + rise_y * vy + twist * (x * vy + y * vx))
    square = -twist * vx * vy
    if abs(square) * most < 1e-12 * abs(linear):
        found = -constant / linear if linear < 0.0 else np.inf
        return found if found <= most else np.inf
    inner = linear * linear - 4.0 * square * constant
    if inner < 0.0:
        return np.inf
    both = -0.5 * (linear + math.copysign(math.sqrt(inner), linear))
    one = both / square
    two = constant / both if both != 0.0 else np.inf
    found = min(one if one >= 0.0 else np.inf, two if two >= 0.0 else np.inf)
    return found if found <= most else np.inf


@compiled_in_place
def leaf_hit(
    world: CastArrays,
    tree: int,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    low: float,
    high: float,
) -> float:
    """Distance of the first leaf of a crown between two distances; inf when there is none."""
    crown = world.trees[tree]
    lx, ly, lz = ox - crown[c.EAST], oy - crown[c.NORTH], oz - crown[c.MIDDLE_UP]
    across, up = np.float64(crown[c.PER_RADIUS]), np.float64(crown[c.PER_HALF_DEPTH])
    sx, sy, sz = lx * across, ly * across, lz * up
    ex, ey, ez = dx * across, dy * across, dz * up
    square = ex * ex + ey * ey + ez * ez
    half = sx * ex + sy * ey + sz * ez
    inner = half * half - square * (sx * sx + sy * sy + sz * sz - 1.0)
    if inner <= 0.0:
        return np.inf
    root, per_square = math.sqrt(inner), 1.0 / square
    near, far = (-half - root) * per_square, (-half + root) * per_square
    per = np.float64(crown[c.PER_VOXEL])
    step = STEP_VOXELS / per
    first, last = math.ceil(max(low, near) / step), math.floor(min(high, far) / step)
    start = first * step
    i = np.int64((lx + dx * start) * per * FIXED + crown[c.SHIFT_EAST] * FIXED)
    j = np.int64((ly + dy * start) * per * FIXED + crown[c.SHIFT_NORTH] * FIXED)
    k = np.int64((lz + dz * start) * per * FIXED + crown[c.SHIFT_UP] * FIXED)
    by_i, by_j = np.int64(dx * STEP_VOXELS * FIXED), np.int64(dy * STEP_VOXELS * FIXED)
    by_k = np.int64(dz * STEP_VOXELS * FIXED)
    threshold = np.int64(crown[c.THRESHOLD])
    for number in range(first, last + 1):
        distance = number * step
        inside = 1.0 + square * (distance - near) * (distance - far)
        entry = np.uint64(min(max(int(inside * BOW_ENTRIES), 0), _EDGE))
        voxel = (
            ((k & _MASK_FIXED) >> _SHIFT_K)
            | ((j & _MASK_FIXED) >> _SHIFT_J)
            | ((i & _MASK_FIXED) >> _SHIFT_I)
        )
        if world.volume[np.uint64(voxel)] > threshold + world.bow[entry]:
            return distance
        i += by_i
        j += by_j
        k += by_k
    return np.inf


@compiled_in_place
def is_frond(world: CastArrays, tree: int, x: float, y: float, layer: int) -> bool:
    """Whether a palm's layer of fronds has leaf at a place relative to its stem, radii of the crown."""
    crown = world.trees[tree]
    away = math.sqrt(x * x + y * y)
    if away > 1.0:
        return False
    if away < 0.06:
        return True
    turn = (math.atan2(y, x) / (2.0 * math.pi) + 0.5) * crown[c.FRONDS] + 0.5 * layer + crown[c.SHIFT_UP]
    frond = math.floor(turn)
    aside = abs(turn - frond - 0.5) * 2.0
    k = (frond * 7 + layer * 31) & _MASK
    length = 0.72 + 0.28 * world.volume[(k * SIDE + (tree & _MASK)) * SIDE + 5] / 255.0
    if away > length:
        return False
    along = away / length
    width = (0.20 + 0.62 * along * (1.0 - along) * 1.6) * min(1.0, 0.55 / (along + 0.25))
    leaflet = (
        world.volume[((int(along * 40.0) & _MASK) * SIDE + k) * SIDE + (int(aside * 9.0) & _MASK)] / 255.0
    )
    return bool(aside < width * (0.55 + 0.75 * leaflet))


@compiled_in_place
def frond_hit(
    world: CastArrays,
    tree: int,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    low: float,
    high: float,
) -> float:
    """Distance of a palm's first frond between two distances; inf when there is none.

    Fronds lie in two bowls upside down that hang from the crown's top; the ray meets each twice at most.
    """
    crown = world.trees[tree]
    across = np.float64(crown[c.PER_RADIUS])
    lx, ly = (ox - crown[c.EAST]) * across, (oy - crown[c.NORTH]) * across
    lz = oz - crown[c.MIDDLE_UP] - crown[c.HALF_DEPTH]
    ex, ey = dx * across, dy * across
    best = np.inf
    for layer in range(2):
        hang = crown[c.HALF_DEPTH] * (1.9 if layer == 1 else 0.8)
        square = hang * (ex * ex + ey * ey)
        half = hang * (lx * ex + ly * ey) + 0.5 * dz
        inner = half * half - square * (hang * (lx * lx + ly * ly) + lz)
        if inner < 0.0 or square < 1e-15:
            continue
        root = math.sqrt(inner)
        for side in range(2):
            distance = (-half + (root if side == 1 else -root)) / square
            inside = low <= distance <= high and distance < best
            if inside and is_frond(world, tree, lx + ex * distance, ly + ey * distance, layer):
                best = distance
    return best


@compiled_in_place
def under_plane(above: float, speed: float, enter: float, leave: float) -> tuple[float, float]:
    """What is left of a stretch of a ray where `above + speed * distance` is not above 0."""
    if abs(speed) < 1e-12:
        return (np.inf, -np.inf) if above > 0.0 else (enter, leave)
    when = -above / speed
    return (max(enter, when), leave) if speed < 0.0 else (enter, min(leave, when))


@compiled_in_place
def solid_hit(
    solids: NDArray[np.float64], solid: int, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float
) -> tuple[float, int]:
    """Distance at which a ray from outside enters a box or sheet, and by which side; inf, NOTHING if not."""
    box = solids[solid]
    east, north = ox - box[c.S_EAST], oy - box[c.S_NORTH]
    along, across = east * box[c.S_SIN] + north * box[c.S_COS], east * box[c.S_COS] - north * box[c.S_SIN]
    va, vc = dx * box[c.S_SIN] + dy * box[c.S_COS], dx * box[c.S_COS] - dy * box[c.S_SIN]
    enter, leave = under_plane(along - box[c.S_HALF_LENGTH], va, -np.inf, np.inf)
    enter, leave = under_plane(-along - box[c.S_HALF_LENGTH], -va, enter, leave)
    enter, leave = under_plane(across - box[c.S_HALF_WIDTH], vc, enter, leave)
    enter, leave = under_plane(-across - box[c.S_HALF_WIDTH], -vc, enter, leave)
    if enter > leave:
        return np.inf, NOTHING
    sideways = enter
    slope = box[c.S_SLOPE]
    enter, leave = under_plane(oz + slope * across - box[c.S_TOP], dz + slope * vc, enter, leave)
    side = SOLID_TOP if enter > sideways else SOLID_SIDE
    sideways = enter
    low_slope = slope if box[c.S_FLAT] == 0.0 else 0.0
    enter, leave = under_plane(box[c.S_BOTTOM] - oz - low_slope * across, -dz - low_slope * vc, enter, leave)
    side = SOLID_BELOW if enter > sideways else side
    if enter <= leave and enter > 0.0:
        return enter, side
    return np.inf, NOTHING
