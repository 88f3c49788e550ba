"""The same rays as `canopy_cast`, in NumPy without cells: every crown and solid is asked, for small pictures.

It is the kernel's twin: the same answers, to rounding, from other steps in another order.
"""

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation import cast_arrays as c
from atalaya.simulation.canopy_cast import FLATTEST
from atalaya.simulation.cast_arrays import CastArrays
from atalaya.simulation.leaf_volume import BOW_ENTRIES, SIDE, STEP_VOXELS
from atalaya.simulation.ray_meets import (
    FIXED,
    FROND,
    GROUND,
    LEAF,
    NOTHING,
    SOLID_BELOW,
    SOLID_SIDE,
    SOLID_TOP,
)
from atalaya.units import MetresArray

type Floats = NDArray[np.float64]

_MASK = SIDE - 1


def cast_rays_plain(
    world: CastArrays, origin_m: MetresArray, direction: Floats
) -> tuple[MetresArray, NDArray[np.uint8], NDArray[np.int32]]:
    """What rays meet first.

    Args:
        world: what to cast on.
        origin_m: (N, 3) above all there is.
        direction: (N, 3) of length 1.

    Returns:
        (N,) distance [m], NaN for the sky; (N,) what; (N,) row among trees or solids, -1 for the ground.
    """
    falls = direction[:, 2] <= -FLATTEST
    count = len(direction)
    best = np.full(count, np.inf)
    what, which = np.full(count, NOTHING, dtype=np.uint8), np.full(count, -1, dtype=np.int32)
    best[falls] = _ground(world, origin_m[falls], direction[falls])
    what[falls] = GROUND
    for tree in range(len(world.trees)):
        palm = world.trees[tree, c.FRONDS] > 0.0
        meet = _frond if palm else _leaf
        distance_m = meet(world, tree, origin_m, direction)
        nearer = falls & (distance_m < best)
        best[nearer], what[nearer], which[nearer] = distance_m[nearer], FROND if palm else LEAF, tree
    for solid in range(len(world.solids)):
        distance_m, side = _solid(world.solids[solid], origin_m, direction)
        nearer = falls & (distance_m < best)
        best[nearer], what[nearer], which[nearer] = distance_m[nearer], side[nearer], solid
    return np.where(falls, best, np.nan), what, which


def _ground(world: CastArrays, origin_m: MetresArray, direction: Floats) -> MetresArray:
    """Distance to the bilinear ground: stretches between grid lines, each solved for its patch."""
    low_m = (float(world.up_m.min()) - 1.0 - origin_m[:, 2]) / direction[:, 2]
    high_m = np.maximum(0.0, (float(world.up_m.max()) + 1.0 - origin_m[:, 2]) / direction[:, 2])
    at = (origin_m[:, :2] - (world.west_m, world.south_m)) / world.step_m
    speed = direction[:, :2] / world.step_m
    first, last = at + speed * high_m[:, None], at + speed * low_m[:, None]
    lines = int(np.ceil(np.abs(last - first)).max()) + 2
    edges = [high_m[:, None], low_m[:, None]]
    for axis in range(2):
        way = np.where(speed[:, axis] >= 0.0, 1.0, -1.0)
        begin = np.where(way > 0.0, np.ceil(first[:, axis]), np.floor(first[:, axis]))
        safe = np.where(speed[:, axis] == 0.0, np.inf, speed[:, axis])
        crossing = (begin[:, None] + way[:, None] * np.arange(lines) - at[:, axis, None]) / safe[:, None]
        edges.append(np.clip(crossing, high_m[:, None], low_m[:, None]))
    edge = np.sort(np.concatenate(edges, axis=1), axis=1)
    start, end = edge[:, :-1], edge[:, 1:]
    middle = at[:, None, :] + speed[:, None, :] * (0.5 * (start + end))[:, :, None]
    cell = np.floor(middle)
    found = start + _patch(world, cell, at, speed, origin_m[:, 2], direction[:, 2], start, end - start)
    return np.asarray(found.min(axis=1))


def _patch(
    world: CastArrays,
    cell: Floats,
    at: Floats,
    speed: Floats,
    up_m: MetresArray,
    rise: Floats,
    start: MetresArray,
    reach: MetresArray,
) -> MetresArray:
    """(N, K) distance from the start of each stretch to the bilinear patch of its cell; inf if not met."""
    rows, cols = world.up_m.shape
    row, col = cell[:, :, 1].astype(np.intp), cell[:, :, 0].astype(np.intp)
    south, north = np.clip(row, 0, rows - 1), np.clip(row + 1, 0, rows - 1)
    west, east = np.clip(col, 0, cols - 1), np.clip(col + 1, 0, cols - 1)
    corner = world.up_m[south, west]
    rise_x, rise_y = world.up_m[south, east] - corner, world.up_m[north, west] - corner
    twist = world.up_m[north, east] - corner - rise_x - rise_y
    x = at[:, None, 0] + speed[:, None, 0] * start - col
    y = at[:, None, 1] + speed[:, None, 1] * start - row
    vx, vy = speed[:, None, 0], speed[:, None, 1]
    constant = up_m[:, None] + rise[:, None] * start - (corner + rise_x * x + rise_y * y + twist * x * y)
    linear = rise[:, None] - (rise_x * vx + rise_y * vy + twist * (x * vy + y * vx))
    square = -twist * vx * vy
    flat = np.abs(square) * reach < 1e-12 * np.abs(linear)
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = np.where(linear < 0.0, -constant / linear, np.inf)
        both = -0.5 * (linear + np.copysign(np.sqrt(linear**2 - 4.0 * square * constant), linear))
        roots = np.stack([both / square, constant / both])
    bent = np.where(roots >= 0.0, roots, np.inf).min(axis=0)
    found = np.where(constant <= 0.0, 0.0, np.where(flat, straight, bent))
    return np.where(found <= reach, found, np.inf)


def _leaf(world: CastArrays, tree: int, origin_m: MetresArray, direction: Floats) -> MetresArray:
    """Distance to a crown's first leaf."""
    crown = world.trees[tree].astype(np.float64)
    away = origin_m - crown[[c.EAST, c.NORTH, c.MIDDLE_UP]]
    scale = crown[[c.PER_RADIUS, c.PER_RADIUS, c.PER_HALF_DEPTH]]
    square = np.square(direction * scale).sum(axis=1)
    half = (away * scale * direction * scale).sum(axis=1)
    inner = np.square(half) - square * (np.square(away * scale).sum(axis=1) - 1.0)
    distance_m = np.full(len(direction), np.inf)
    rays = np.nonzero(inner > 0.0)[0]
    if not rays.size:
        return distance_m
    root = np.sqrt(inner[rays])
    near, far = (-half[rays] - root) / square[rays], (-half[rays] + root) / square[rays]
    step = STEP_VOXELS / crown[c.PER_VOXEL]
    first = np.ceil(np.maximum(near, 0.0) / step)
    number = first[:, None] + np.arange(int((np.floor(far / step) - first).max()) + 1)
    along = number * step
    inside = 1.0 + square[rays, None] * (along - near[:, None]) * (along - far[:, None])
    entry = np.clip((inside * BOW_ENTRIES).astype(np.intp), 0, BOW_ENTRIES - 1)
    shift = crown[[c.SHIFT_EAST, c.SHIFT_NORTH, c.SHIFT_UP]]
    begin = (away[rays] + direction[rays] * (first * step)[:, None]) * crown[c.PER_VOXEL] + shift
    parts = (begin * FIXED).astype(np.int64)[:, None, :]
    parts = (
        parts
        + (direction[rays] * STEP_VOXELS * FIXED).astype(np.int64)[:, None, :]
        * (number - first[:, None]).astype(np.int64)[:, :, None]
    )
    voxel = (parts // FIXED) & _MASK
    rank = world.volume[(voxel[..., 2] * SIDE + voxel[..., 1]) * SIDE + voxel[..., 0]].astype(np.int16)
    leaf = (rank > crown[c.THRESHOLD] + world.bow[entry]) & (along <= far[:, None])
    hit = leaf.any(axis=1)
    distance_m[rays[hit]] = along[hit, leaf[hit].argmax(axis=1)]
    return distance_m


def _frond(world: CastArrays, tree: int, origin_m: MetresArray, direction: Floats) -> MetresArray:
    """Distance to a palm's first frond."""
    crown = world.trees[tree].astype(np.float64)
    away = (origin_m - crown[[c.EAST, c.NORTH, c.MIDDLE_UP]])[:, :2] * crown[c.PER_RADIUS]
    over = origin_m[:, 2] - crown[c.MIDDLE_UP] - crown[c.HALF_DEPTH]
    move = direction[:, :2] * crown[c.PER_RADIUS]
    best = np.full(len(direction), np.inf)
    for layer in range(2):
        hang = crown[c.HALF_DEPTH] * (1.9 if layer == 1 else 0.8)
        square = hang * np.square(move).sum(axis=1)
        half = hang * (away * move).sum(axis=1) + 0.5 * direction[:, 2]
        inner = np.square(half) - square * (hang * np.square(away).sum(axis=1) + over)
        with np.errstate(invalid="ignore", divide="ignore"):
            for sign in (-1.0, 1.0):
                distance_m = (-half + sign * np.sqrt(inner)) / square
                met = (inner >= 0.0) & (square >= 1e-15) & (distance_m >= 0.0) & (distance_m < best)
                place = away[met] + move[met] * distance_m[met, None]
                met[met] = _is_frond(world, tree, place, layer)
                best[met] = distance_m[met]
    return best


def _is_frond(world: CastArrays, tree: int, place: Floats, layer: int) -> NDArray[np.bool_]:
    """Whether a layer of fronds has leaf at (N, 2) places in radii from the stem."""
    crown = world.trees[tree].astype(np.float64)
    away = np.sqrt(np.square(place).sum(axis=1))
    turn = (np.arctan2(place[:, 1], place[:, 0]) / (2.0 * np.pi) + 0.5) * crown[c.FRONDS]
    turn = turn + 0.5 * layer + crown[c.SHIFT_UP]
    frond = np.floor(turn).astype(np.intp)
    aside = np.abs(turn - frond - 0.5) * 2.0
    key = (frond * 7 + layer * 31) & _MASK
    along = away / (0.72 + 0.28 * world.volume[(key * SIDE + (tree & _MASK)) * SIDE + 5] / 255.0)
    width = (0.20 + 0.62 * along * (1.0 - along) * 1.6) * np.minimum(1.0, 0.55 / (along + 0.25))
    row, col = (along * 40.0).astype(np.intp) & _MASK, (aside * 9.0).astype(np.intp) & _MASK
    leaflet = world.volume[(row * SIDE + key) * SIDE + col] / 255.0
    leaf = (along <= 1.0) & (aside < width * (0.55 + 0.75 * leaflet))
    return np.asarray((away <= 1.0) & ((away < 0.06) | leaf))


def _solid(box: Floats, origin_m: MetresArray, direction: Floats) -> tuple[MetresArray, NDArray[np.uint8]]:
    """Distance to a box or sheet and the side met: its six planes' half-spaces cut the ray."""
    along = np.array([box[c.S_SIN], box[c.S_COS], 0.0])
    across = np.array([box[c.S_COS], -box[c.S_SIN], 0.0])
    up = np.array([0.0, 0.0, 1.0])
    top = up + box[c.S_SLOPE] * across
    below = up if box[c.S_FLAT] else top
    middle = np.array([box[c.S_EAST], box[c.S_NORTH], 0.0])
    planes = [
        (along, box[c.S_HALF_LENGTH], SOLID_SIDE),
        (-along, box[c.S_HALF_LENGTH], SOLID_SIDE),
        (across, box[c.S_HALF_WIDTH], SOLID_SIDE),
        (-across, box[c.S_HALF_WIDTH], SOLID_SIDE),
        (top, box[c.S_TOP], SOLID_TOP),
        (-below, -box[c.S_BOTTOM], SOLID_BELOW),
    ]
    enter, leave = np.full(len(direction), -np.inf), np.full(len(direction), np.inf)
    side = np.full(len(direction), SOLID_SIDE, dtype=np.uint8)
    for normal, reach, name in planes:
        above, speed = (origin_m - middle) @ normal - reach, direction @ normal
        with np.errstate(divide="ignore", invalid="ignore"):
            when = -above / speed
        inward, outward, level = speed < -1e-12, speed > 1e-12, np.abs(speed) <= 1e-12
        later = inward & (when > enter)
        side[later], enter[later] = name, when[later]
        leave[outward] = np.minimum(leave, when)[outward]
        leave[level & (above > 0.0)] = -np.inf
    met = (enter <= leave) & (enter > 0.0)
    return np.where(met, enter, np.inf), side
