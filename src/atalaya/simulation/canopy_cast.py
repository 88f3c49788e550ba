"""Rays that look down on a world, compiled at their first call: what each meets first, and where.

A ray is followed from where it drops below the highest thing of a block of cells, cell by cell. In each cell
it meets the bilinear ground exactly, boxes and sheets exactly, palms' fronds exactly, and leaves at fixed
steps along the ray: which steps are looked at does not depend on the cells. `canopy_cast_plain` says the same
in NumPy without cells.
"""

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
FLATTEST = 0.02
"""Rays that fall by less than this per metre show the sky."""
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_MASK = SIDE - 1
_EDGE = BOW_ENTRIES - 1


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
    across, up = 1.0 / np.float64(crown[c.RADIUS]), 1.0 / np.float64(crown[c.HALF_DEPTH])
    sx, sy, sz = lx * across, ly * across, lz * up
    ex, ey, ez = dx * across, dy * across, dz * up
    square = ex * ex + ey * ey + ez * ez
    half = sx * ex + sy * ey + sz * ez
    inner = half * half - square * (sx * sx + sy * sy + sz * sz - 1.0)
    if inner <= 0.0:
        return np.inf
    root = math.sqrt(inner)
    near, far = (-half - root) / square, (-half + root) / square
    voxel = np.float64(crown[c.PER_VOXEL])
    step = STEP_VOXELS * voxel
    first = math.ceil(max(low, near) / step)
    last = math.floor(min(high, far) / step)
    if first > last:
        return np.inf
    threshold = crown[c.THRESHOLD]
    per = 1.0 / voxel
    bx = lx * per + crown[c.SHIFT_EAST]
    by = ly * per + crown[c.SHIFT_NORTH]
    bz = lz * per + crown[c.SHIFT_UP]
    gx, gy, gz = dx * per, dy * per, dz * per
    for number in range(first, last + 1):
        distance = number * step
        inside = 1.0 + square * (distance - near) * (distance - far)
        entry = min(max(int(inside * BOW_ENTRIES), 0), _EDGE)
        i = math.floor(bx + gx * distance) & _MASK
        j = math.floor(by + gy * distance) & _MASK
        k = math.floor(bz + gz * distance) & _MASK
        if world.volume[k, j, i] > threshold + world.bow[entry]:
            return distance
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
    length = 0.72 + 0.28 * world.volume[k, tree & _MASK, 5] / 255.0
    if away > length:
        return False
    along = away / length
    width = (0.20 + 0.62 * along * (1.0 - along) * 1.6) * min(1.0, 0.55 / (along + 0.25))
    leaflet = world.volume[int(along * 40.0) & _MASK, k, int(aside * 9.0) & _MASK] / 255.0
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
    across = 1.0 / np.float64(crown[c.RADIUS])
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


@compiled_in_place
def crossings(at: float, speed: float, cell: int) -> tuple[float, float, int]:
    """Of one axis of a grid: distance to the next line, between lines, and which way the cells go."""
    if speed == 0.0:
        return np.inf, np.inf, 0
    if speed > 0.0:
        return (cell + 1.0 - at) / speed, 1.0 / speed, 1
    return (cell - at) / speed, -1.0 / speed, -1


@compiled_in_place
def slab_start(world: CastArrays, x: float, y: float, oz: float, vx: float, vy: float, dz: float) -> float:
    """How far along a ray nothing can be met: to where it drops below the highest thing of a block.

    x, y, vx, vy in cells.
    """
    rows, cols = world.block_tops_m.shape
    start = max(0.0, (oz - world.highest_m) / -dz)
    per = 1.0 / c.COARSE_CELLS
    bx, by, wx, wy = x * per, y * per, vx * per, vy * per
    col, row = math.floor(bx + wx * start), math.floor(by + wy * start)
    next_x, step_x, way_x = crossings(bx, wx, col)
    next_y, step_y, way_y = crossings(by, wy, row)
    here = start
    while True:
        out = min(next_x, next_y)
        top = world.block_tops_m[min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)]
        if oz + dz * out < top:
            return float(max(here, (oz - top) / -dz))
        here = out
        if next_x < next_y:
            next_x += step_x
            col += way_x
        else:
            next_y += step_y
            row += way_y


@compiled_in_place
def solid_in_cell(
    world: CastArrays,
    cell: int,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    skipped_object: int,
    best: float,
    what: int,
    which: int,
) -> tuple[float, int, int]:
    """The nearer of the best so far and the solids listed in a cell."""
    for place in range(world.solid_start[cell], world.solid_start[cell + 1]):
        solid = world.solid_rows[place]
        if world.solids[solid, c.S_OBJECT] != skipped_object:
            distance, side = solid_hit(world.solids, solid, ox, oy, oz, dx, dy, dz)
            if distance < best:
                best, what, which = distance, side, solid
    return best, what, which


@compiled_in_place
def crown_in_cell(
    world: CastArrays,
    cell: int,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    here: float,
    out: float,
    best: float,
    what: int,
    which: int,
) -> tuple[float, int, int]:
    """The nearer of the best so far and the crowns listed in a cell, these between two distances."""
    high_up, low_up = oz + dz * here, oz + dz * out
    for place in range(world.tree_start[cell], world.tree_start[cell + 1]):
        tree = world.tree_rows[place]
        middle, half = world.trees[tree, c.MIDDLE_UP], world.trees[tree, c.HALF_DEPTH]
        if low_up > middle + half or high_up < middle - half:
            continue
        if world.trees[tree, c.SHAPE] == 1.0:
            distance = frond_hit(world, tree, ox, oy, oz, dx, dy, dz, here, min(out, best))
            kind = FROND
        else:
            distance = leaf_hit(world, tree, ox, oy, oz, dx, dy, dz, here, min(out, best))
            kind = LEAF
        if distance < best:
            best, what, which = distance, kind, tree
    return best, what, which


@compiled
def first_hit(
    world: CastArrays, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, skipped_object: int
) -> tuple[float, int, int]:
    """What a ray that falls meets first.

    Args:
        world: what to cast on.
        ox: start, local east [m]; above all there is.
        oy: north.
        oz: up.
        dx: unit direction; dz < -FLATTEST.
        dy: north.
        dz: up.
        skipped_object: solids of this object let the ray pass; -2 for none.

    Returns:
        Distance [m], what, and its row among trees or solids (-1 for the ground).
    """
    rows, cols = world.tops_m.shape
    per = 1.0 / world.step_m
    x, y, vx, vy = (ox - world.west_m) * per, (oy - world.south_m) * per, dx * per, dy * per
    here = slab_start(world, x, y, oz, vx, vy, dz)
    col, row = math.floor(x + vx * here), math.floor(y + vy * here)
    next_x, step_x, way_x = crossings(x, vx, col)
    next_y, step_y, way_y = crossings(y, vy, row)
    best, what, which = np.inf, NOTHING, -1
    while best > here:
        out = max(here, min(next_x, next_y))
        if oz + dz * out < world.tops_m[min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)]:
            if 0 <= row < rows and 0 <= col < cols:
                cell = row * cols + col
                best, what, which = solid_in_cell(
                    world, cell, ox, oy, oz, dx, dy, dz, skipped_object, best, what, which
                )
                best, what, which = crown_in_cell(
                    world, cell, ox, oy, oz, dx, dy, dz, here, out, best, what, which
                )
            fallen = oz + dz * here
            ground = here + ground_hit(
                world, row, col, x + vx * here - col, y + vy * here - row, fallen, vx, vy, dz, out - here
            )
            if ground < best:
                best, what, which = ground, GROUND, -1
        here = out
        if next_x < next_y:
            next_x += step_x
            col += way_x
        else:
            next_y += step_y
            row += way_y
    return best, what, which


@compiled
def cast_picture(
    world: CastArrays,
    origin_m: NDArray[np.float64],
    corner: NDArray[np.float64],
    per_col: NDArray[np.float64],
    per_row: NDArray[np.float64],
    distance_m: NDArray[np.float32],
    what: NDArray[np.uint8],
    which: NDArray[np.int32],
) -> None:
    """Cast a picture's rays.

    Args:
        world: what to cast on.
        origin_m: (3,) of the sensor.
        corner: (3,) local direction of pixel (0, 0), any length.
        per_col: (3,) its change per column.
        per_row: (3,) its change per row.
        distance_m: (H, W) is written; NaN where the sky shows.
        what: (H, W) is written.
        which: (H, W) is written.
    """
    rows, cols = what.shape
    ox, oy, oz = origin_m[0], origin_m[1], origin_m[2]
    for row in range(rows):
        for col in range(cols):
            dx = corner[0] + row * per_row[0] + col * per_col[0]
            dy = corner[1] + row * per_row[1] + col * per_col[1]
            dz = corner[2] + row * per_row[2] + col * per_col[2]
            length = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            dx, dy, dz = dx * length, dy * length, dz * length
            if dz > -FLATTEST:
                distance_m[row, col], what[row, col], which[row, col] = np.nan, NOTHING, -1
                continue
            distance, kind, index = first_hit(world, ox, oy, oz, dx, dy, dz, -2)
            distance_m[row, col], what[row, col], which[row, col] = distance, kind, index


@compiled
def cast_rays(
    world: CastArrays,
    origin_m: NDArray[np.float64],
    direction: NDArray[np.float64],
    skipped: NDArray[np.int64],
    distance_m: NDArray[np.float64],
    what: NDArray[np.uint8],
    which: NDArray[np.int32],
) -> None:
    """Cast rays one by one.

    Args:
        world: what to cast on.
        origin_m: (N, 3) starts.
        direction: (N, 3) of length 1.
        skipped: (N,) object that lets each pass, -2 for none.
        distance_m: (N,) is written; NaN for the sky.
        what: (N,) is written.
        which: (N,) is written.
    """
    for ray in range(distance_m.size):
        if direction[ray, 2] > -FLATTEST:
            distance_m[ray], what[ray], which[ray] = np.nan, NOTHING, -1
            continue
        distance_m[ray], what[ray], which[ray] = first_hit(
            world,
            origin_m[ray, 0],
            origin_m[ray, 1],
            origin_m[ray, 2],
            direction[ray, 0],
            direction[ray, 1],
            direction[ray, 2],
            skipped[ray],
        )
