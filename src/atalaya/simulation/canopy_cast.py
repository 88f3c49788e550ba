"""Rays that look down on a world, compiled at their first call: what each meets first, and where.

Rays go in bundles of neighbours. What a bundle may meet is gathered once, from the cells that its middle ray
passes between the highest thing and the ground; then each ray asks these few, nearest first, and walks the
ground's cells only where nothing stands before it. Ground, boxes, sheets and fronds are met exactly, leaves
at fixed steps along the ray, so the answer does not depend on bundles or cells. `canopy_cast_plain` says the
same in NumPy and asks everything.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation import cast_arrays as c
from atalaya.simulation.cast_arrays import CastArrays
from atalaya.simulation.ray_meets import (
    FROND,
    GROUND,
    LEAF,
    NOTHING,
    compiled,
    compiled_in_place,
    frond_hit,
    ground_hit,
    leaf_hit,
    solid_hit,
)

FLATTEST = 0.02
"""Rays that fall by less than this per metre show the sky."""


class Gathered(NamedTuple):
    """Scratch of one cast: what the bundle at hand may meet.

    Args:
        stamp: (1,) number of the bundle. tree_stamp, solid_stamp: (N,), (M,) last bundle that took each.
        trees: (N,) rows taken, nearest first. tree_from_m: (N,) no leaf of each is nearer.
        solids: (M,) rows taken.
    """

    stamp: NDArray[np.int64]
    tree_stamp: NDArray[np.int64]
    solid_stamp: NDArray[np.int64]
    trees: NDArray[np.int64]
    tree_from_m: NDArray[np.float64]
    solids: NDArray[np.int64]


def scratch_for(world: CastArrays) -> Gathered:
    """Room for any bundle of a world."""
    trees, solids = len(world.trees), len(world.solids)
    return Gathered(
        stamp=np.zeros(1, dtype=np.int64),
        tree_stamp=np.zeros(trees, dtype=np.int64),
        solid_stamp=np.zeros(solids, dtype=np.int64),
        trees=np.zeros(trees, dtype=np.int64),
        tree_from_m=np.zeros(trees),
        solids=np.zeros(solids, dtype=np.int64),
    )


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
def take_trees(
    world: CastArrays,
    cell: int,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    radius_m: float,
    begun_m: float,
    taken: int,
    gathered: Gathered,
) -> int:
    """Take the crowns listed in a cell that a bundle about a line may meet; how many are taken now.

    A crown no nearer than its middle less its greatest half extent; sorted by that, nearest first.
    """
    stamp = gathered.stamp[0]
    flat = math.sqrt(dx * dx + dy * dy)
    for place in range(world.tree_start[cell], world.tree_start[cell + 1]):
        tree = world.tree_rows[place]
        if gathered.tree_stamp[tree] == stamp:
            continue
        gathered.tree_stamp[tree] = stamp
        crown = world.trees[tree]
        x, y, z = crown[c.EAST] - ox, crown[c.NORTH] - oy, crown[c.MIDDLE_UP] - oz
        reach = 1.0 / crown[c.PER_RADIUS]
        if abs(x * dy - y * dx) > (reach + radius_m + 1e-3) * flat:
            continue
        near = math.sqrt(x * x + y * y + z * z) - max(reach, crown[c.HALF_DEPTH]) - begun_m - 1e-3
        at = taken
        while at > 0 and gathered.tree_from_m[at - 1] > near:
            gathered.trees[at] = gathered.trees[at - 1]
            gathered.tree_from_m[at] = gathered.tree_from_m[at - 1]
            at -= 1
        gathered.trees[at], gathered.tree_from_m[at] = tree, near
        taken += 1
    return taken


@compiled_in_place
def take_solids(world: CastArrays, cell: int, taken: int, gathered: Gathered) -> int:
    """Take the solids listed in a cell; how many are taken now."""
    for place in range(world.solid_start[cell], world.solid_start[cell + 1]):
        solid = world.solid_rows[place]
        if gathered.solid_stamp[solid] != gathered.stamp[0]:
            gathered.solid_stamp[solid] = gathered.stamp[0]
            gathered.solids[taken] = solid
            taken += 1
    return taken


@compiled
def gather(
    world: CastArrays,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    radius_m: float,
    begun_m: float,
    gathered: Gathered,
) -> tuple[int, int, float]:
    """Take all that a bundle may meet.

    Args:
        world: what to cast on.
        ox: start of the middle ray, local east [m]; above all there is.
        oy: north.
        oz: up.
        dx: its unit direction; dz < -FLATTEST.
        dy: north.
        dz: up.
        radius_m: at one height the rays are no farther than this from the middle one, at most LISTED_WIDER_M.
        begun_m: nor are their starts.
        gathered: is written.

    Returns:
        How many trees, how many solids, and above which height none of the rays meets ground.
    """
    rows, cols = world.tops_m.shape
    gathered.stamp[0] += 1
    per = 1.0 / world.step_m
    x, y, vx, vy = (ox - world.west_m) * per, (oy - world.south_m) * per, dx * per, dy * per
    here = slab_start(world, x, y, oz, vx, vy, dz)
    col, row = math.floor(x + vx * here), math.floor(y + vy * here)
    next_x, step_x, way_x = crossings(x, vx, col)
    next_y, step_y, way_y = crossings(y, vy, row)
    trees, solids, ground_up = 0, 0, -np.inf
    while True:
        out = max(here, min(next_x, next_y))
        i, j = min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)
        fallen = oz + dz * out
        if fallen < world.tops_m[i, j]:
            if i == row and j == col:
                cell = row * cols + col
                trees = take_trees(world, cell, ox, oy, oz, dx, dy, radius_m, begun_m, trees, gathered)
                solids = take_solids(world, cell, solids, gathered)
            if fallen < world.ground_tops_m[i, j]:
                ground_up = max(ground_up, min(oz + dz * here, np.float64(world.ground_tops_m[i, j])))
            if fallen < world.ground_lows_m[i, j]:
                return trees, solids, ground_up
        here = out
        if next_x < next_y:
            next_x += step_x
            col += way_x
        else:
            next_y += step_y
            row += way_y


@compiled_in_place
def ground_distance(
    world: CastArrays,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    here: float,
    most: float,
) -> float:
    """Where a ray meets the ground, from a distance at which it is above it; inf if not before `most`."""
    per = 1.0 / world.step_m
    x, y, vx, vy = (ox - world.west_m) * per, (oy - world.south_m) * per, dx * per, dy * per
    col, row = math.floor(x + vx * here), math.floor(y + vy * here)
    next_x, step_x, way_x = crossings(x, vx, col)
    next_y, step_y, way_y = crossings(y, vy, row)
    while here < most:
        out = max(here, min(next_x, next_y))
        gone = ground_hit(
            world, row, col, x + vx * here - col, y + vy * here - row, oz + dz * here, vx, vy, dz, out - here
        )
        if gone < np.inf:
            return here + gone
        here = out
        if next_x < next_y:
            next_x += step_x
            col += way_x
        else:
            next_y += step_y
            row += way_y
    return np.inf


@compiled_in_place
def nearest(
    world: CastArrays,
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    skipped_object: int,
    found: tuple[int, int, float],
    gathered: Gathered,
) -> tuple[float, int, int]:
    """What one ray of a bundle meets first: distance [m], what, and its row (-1 for the ground).

    Solids of `skipped_object` let it pass; `found` is what `gather` answered.
    """
    best, what, which = np.inf, NOTHING, -1
    for place in range(found[1]):
        solid = gathered.solids[place]
        if world.solids[solid, c.S_OBJECT] != skipped_object:
            distance, side = solid_hit(world.solids, solid, ox, oy, oz, dx, dy, dz)
            if distance < best:
                best, what, which = distance, side, solid
    for place in range(found[0]):
        if gathered.tree_from_m[place] > best:
            break
        tree = gathered.trees[place]
        if world.trees[tree, c.FRONDS] > 0.0:
            distance, kind = frond_hit(world, tree, ox, oy, oz, dx, dy, dz, 0.0, best), FROND
        else:
            distance, kind = leaf_hit(world, tree, ox, oy, oz, dx, dy, dz, 0.0, best), LEAF
        if distance < best:
            best, what, which = distance, kind, tree
    low = max(0.0, (oz - found[2]) / -dz)
    if best > low:
        distance = ground_distance(world, ox, oy, oz, dx, dy, dz, low, best)
        if distance < best:
            best, what, which = distance, GROUND, -1
    return best, what, which


@compiled_in_place
def pixel_way(
    corner: NDArray[np.float64],
    per_col: NDArray[np.float64],
    per_row: NDArray[np.float64],
    row: float,
    col: float,
) -> tuple[float, float, float]:
    """Unit direction of a pixel."""
    dx = corner[0] + row * per_row[0] + col * per_col[0]
    dy = corner[1] + row * per_row[1] + col * per_col[1]
    dz = corner[2] + row * per_row[2] + col * per_col[2]
    length = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
    return dx * length, dy * length, dz * length


@compiled
def spread_of(
    corner: NDArray[np.float64],
    per_col: NDArray[np.float64],
    per_row: NDArray[np.float64],
    drop_m: float,
    top: int,
    left: int,
    bottom: int,
    right: int,
) -> float:
    """How far, at one height, a tile's rays are from its middle one after so deep a drop; inf with sky."""
    dx, dy, dz = pixel_way(corner, per_col, per_row, 0.5 * (top + bottom), 0.5 * (left + right))
    if dz > -FLATTEST:
        return np.inf
    widest = 0.0
    for part in range(4):
        row, col = bottom if part & 1 else top, right if part >> 1 else left
        ex, ey, ez = pixel_way(corner, per_col, per_row, row, col)
        if ez > -FLATTEST:
            return np.inf
        widest = max(widest, math.hypot(ex / ez - dx / dz, ey / ez - dy / dz))
    return widest * drop_m


@compiled
def cast_tile(
    world: CastArrays,
    origin_m: NDArray[np.float64],
    corner: NDArray[np.float64],
    per_col: NDArray[np.float64],
    per_row: NDArray[np.float64],
    distance_m: NDArray[np.float32],
    what: NDArray[np.uint8],
    which: NDArray[np.int32],
    top: int,
    left: int,
    bottom: int,
    right: int,
    radius_m: float,
    gathered: Gathered,
) -> None:
    """Cast the pixels of one tile, last row and column included, as one bundle; arguments as below."""
    ox, oy, oz = origin_m[0], origin_m[1], origin_m[2]
    dx, dy, dz = pixel_way(corner, per_col, per_row, 0.5 * (top + bottom), 0.5 * (left + right))
    if dz > -FLATTEST:
        distance_m[top, left], what[top, left], which[top, left] = np.nan, NOTHING, -1
        return
    found = gather(world, ox, oy, oz, dx, dy, dz, radius_m, 0.0, gathered)
    for row in range(top, bottom + 1):
        for col in range(left, right + 1):
            dx, dy, dz = pixel_way(corner, per_col, per_row, row, col)
            distance_m[row, col], what[row, col], which[row, col] = nearest(
                world, ox, oy, oz, dx, dy, dz, -2, found, gathered
            )


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
    tile_rows: int,
    tile_cols: int,
    gathered: Gathered,
) -> None:
    """Cast a picture's rays.

    Args:
        world: what to cast on.
        origin_m: (3,) of the sensor, above all there is.
        corner: (3,) local direction of pixel (0, 0), any length.
        per_col: (3,) its change per column.
        per_row: (3,) its change per row.
        distance_m: (H, W) is written; NaN where the sky shows.
        what: (H, W) is written.
        which: (H, W) is written.
        tile_rows: of a bundle; where rays are too far apart for one, each goes alone.
        tile_cols: of a bundle.
        gathered: scratch.
    """
    rows, cols = what.shape
    drop_m = origin_m[2] - world.lowest_m
    for top in range(0, rows, tile_rows):
        for left in range(0, cols, tile_cols):
            bottom, right = min(top + tile_rows, rows) - 1, min(left + tile_cols, cols) - 1
            spread_m = spread_of(corner, per_col, per_row, drop_m, top, left, bottom, right)
            alone = spread_m > c.LISTED_WIDER_M
            down, along = 1 if alone else tile_rows, 1 if alone else tile_cols
            for row in range(top, bottom + 1, down):
                for col in range(left, right + 1, along):
                    cast_tile(
                        world,
                        origin_m,
                        corner,
                        per_col,
                        per_row,
                        distance_m,
                        what,
                        which,
                        row,
                        col,
                        min(row + down - 1, bottom),
                        min(col + along - 1, right),
                        0.0 if alone else spread_m,
                        gathered,
                    )


@compiled
def cast_one_by_one(
    world: CastArrays,
    origin_m: NDArray[np.float64],
    direction: NDArray[np.float64],
    skipped: NDArray[np.int64],
    distance_m: NDArray[np.float64],
    what: NDArray[np.uint8],
    which: NDArray[np.int32],
    gathered: Gathered,
) -> None:
    """The kernel of `cast_rays`, with scratch."""
    for ray in range(distance_m.size):
        ox, oy, oz = origin_m[ray, 0], origin_m[ray, 1], origin_m[ray, 2]
        dx, dy, dz = direction[ray, 0], direction[ray, 1], direction[ray, 2]
        if dz > -FLATTEST:
            distance_m[ray], what[ray], which[ray] = np.nan, NOTHING, -1
            continue
        found = gather(world, ox, oy, oz, dx, dy, dz, 0.0, 0.0, gathered)
        distance_m[ray], what[ray], which[ray] = nearest(
            world, ox, oy, oz, dx, dy, dz, skipped[ray], found, gathered
        )


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
        origin_m: (N, 3) starts, above all there is.
        direction: (N, 3) of length 1.
        skipped: (N,) object that lets each pass, -2 for none.
        distance_m: (N,) is written; NaN for the sky.
        what: (N,) is written.
        which: (N,) is written.
    """
    cast_one_by_one(world, origin_m, direction, skipped, distance_m, what, which, scratch_for(world))


def bundle_px(
    world: CastArrays,
    origin_m: NDArray[np.float64],
    corner: NDArray[np.float64],
    per_col: NDArray[np.float64],
    per_row: NDArray[np.float64],
    shape: tuple[int, int],
) -> tuple[int, int]:
    """Rows and columns of the greatest bundles, at most 8 x 8, that keep together all over a picture."""
    rows, cols = 8, 8
    drop_m = float(origin_m[2]) - world.lowest_m

    def widest_m(down: int, along: int) -> float:
        ends = [(top, left) for top in (0, shape[0] - down) for left in (0, shape[1] - along)]
        return max(
            spread_of(corner, per_col, per_row, drop_m, top, left, top + down - 1, left + along - 1)
            for top, left in ends
        )

    while rows * cols > 1 and widest_m(rows, cols) > 0.95 * c.LISTED_WIDER_M:
        taller = rows > 1 and (cols == 1 or widest_m(rows, 1) >= widest_m(1, cols))
        rows, cols = (rows // 2, cols) if taller else (rows, cols // 2)
    return rows, cols
