"""What a ray's end looks like: light of sun and sky on ground, leaves and solids, in colour or in kelvin."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation import cast_arrays as c
from atalaya.simulation.cast_arrays import CastArrays
from atalaya.simulation.leaf_volume import SIDE
from atalaya.simulation.ray_meets import (
    FROND,
    GROUND,
    LEAF,
    NOTHING,
    SOLID_SIDE,
    SOLID_TOP,
    compiled,
    compiled_in_place,
    solid_hit,
)
from atalaya.simulation.sunlight import Beams, mark_beam, sun_share

type Look = tuple[float, float, float, float, float, float, float]
"""Red, green, blue in full sun; east, north, up of the unit normal; 0..1 of the sky's light that comes."""

SHADED = 16
"""Bit of `what`: something that moves takes the sun away."""
_MASK = SIDE - 1
_LEAF_SOFT_M, _HARD_M = 0.9, 0.08
_SUN_TINT = (1.05, 1.0, 0.92)
_SKY_TINT = (0.86, 0.97, 1.18)
_LEAST_SKY = 0.4
"""Of the sky's light, under a closed canopy or deep in a crown."""


class Paint(NamedTuple):
    """Colours and materials.

    Args:
        texture: (S, S, 3) uint8, north up, about the frame's origin. texture_step_m: a pixel.
        ground_material: (S, S) uint8. cover: (R + 1, C + 1) 0..1 of the sky hidden from the cells' nodes.
        solids: (M, 11) packed, moving ones last. solid_rgb: (M, 3). solid_material: (M,).
        solid_excess_k: (M,). uneven: (14,) by Material, how much a surface varies about its colour.
    """

    texture: NDArray[np.uint8]
    texture_step_m: float
    ground_material: NDArray[np.uint8]
    cover: NDArray[np.float32]
    solids: NDArray[np.float64]
    solid_rgb: NDArray[np.float32]
    solid_material: NDArray[np.uint8]
    solid_excess_k: NDArray[np.float64]
    uneven: NDArray[np.float64]


class Rays(NamedTuple):
    """A picture's rays and what they met: as `cast_picture` takes and writes them."""

    origin_m: NDArray[np.float64]
    corner: NDArray[np.float64]
    per_col: NDArray[np.float64]
    per_row: NDArray[np.float64]
    distance_m: NDArray[np.float32]
    what: NDArray[np.uint8]
    which: NDArray[np.int32]


@compiled_in_place
def point_of(rays: Rays, row: int, col: int) -> tuple[float, float, float]:
    """Where the ray of a pixel ends, local metres."""
    dx = rays.corner[0] + row * rays.per_row[0] + col * rays.per_col[0]
    dy = rays.corner[1] + row * rays.per_row[1] + col * rays.per_col[1]
    dz = rays.corner[2] + row * rays.per_row[2] + col * rays.per_col[2]
    reach = rays.distance_m[row, col] / math.sqrt(dx * dx + dy * dy + dz * dz)
    return rays.origin_m[0] + dx * reach, rays.origin_m[1] + dy * reach, rays.origin_m[2] + dz * reach


@compiled_in_place
def grain(world: CastArrays, x: float, y: float, z: float) -> float:
    """-0.5..0.5 rank of the leaf volume at a place in voxels."""
    plane = (math.floor(z) & _MASK) * SIDE + (math.floor(y) & _MASK)
    value = world.volume[np.uint64(plane * SIDE + (math.floor(x) & _MASK))]
    return float(value / 255.0 - 0.5)


@compiled_in_place
def ground_grain(world: CastArrays, east: float, north: float, per_m: float) -> float:
    """-0.5..0.5 on a slanted plane through the volume, so that its period shows nowhere."""
    x, y = east * per_m, north * per_m
    return grain(world, 0.83 * x + 0.47 * y, 0.79 * y - 0.41 * x, 0.29 * x + 0.37 * y)


@compiled
def mark_beams(rays: Rays, beams: Beams, wanted: NDArray[np.bool_]) -> None:
    """Note in `wanted` the tiles of beams that shading the rays' ends will read."""
    for row in range(rays.what.shape[0]):
        for col in range(rays.what.shape[1]):
            if rays.what[row, col] != NOTHING:
                east, north, up = point_of(rays, row, col)
                mark_beam(beams, east, north, up, wanted)


@compiled_in_place
def ground_normal(world: CastArrays, east: float, north: float) -> tuple[float, float, float]:
    """Unit normal of the ground, its slope bilinear between the nodes' central differences."""
    x, y = (east - world.west_m) / world.step_m, (north - world.south_m) / world.step_m
    col = min(max(int(x + 0.5), 1), world.up_m.shape[1] - 2)
    row = min(max(int(y + 0.5), 1), world.up_m.shape[0] - 2)
    across, down = min(max(x - col, -0.5), 0.5), min(max(y - row, -0.5), 0.5)
    here = world.up_m[row, col]
    west, right = world.up_m[row, col - 1], world.up_m[row, col + 1]
    south, top = world.up_m[row - 1, col], world.up_m[row + 1, col]
    rise_x = (0.5 * (right - west) + across * (right - 2.0 * here + west)) / world.step_m
    rise_y = (0.5 * (top - south) + down * (top - 2.0 * here + south)) / world.step_m
    length = 1.0 / math.sqrt(1.0 + rise_x * rise_x + rise_y * rise_y)
    return -rise_x * length, -rise_y * length, length


@compiled_in_place
def leaf_normal(
    world: CastArrays, tree: int, east: float, north: float, up: float
) -> tuple[float, float, float]:
    """Unit vector that leaves at a place face: out of the crown and out of their clump."""
    crown = world.trees[tree]
    x, y, z = east - crown[c.EAST], north - crown[c.NORTH], up - crown[c.MIDDLE_UP]
    per = np.float64(crown[c.PER_VOXEL])
    vx, vy, vz = x * per + crown[c.SHIFT_EAST], y * per + crown[c.SHIFT_NORTH], z * per + crown[c.SHIFT_UP]
    gx = grain(world, vx - 1.5, vy, vz) - grain(world, vx + 1.5, vy, vz)
    gy = grain(world, vx, vy - 1.5, vz) - grain(world, vx, vy + 1.5, vz)
    gz = grain(world, vx, vy, vz - 1.5) - grain(world, vx, vy, vz + 1.5)
    nx = x * crown[c.PER_RADIUS] * crown[c.PER_RADIUS]
    ny = y * crown[c.PER_RADIUS] * crown[c.PER_RADIUS]
    nz = z * crown[c.PER_HALF_DEPTH] * crown[c.PER_HALF_DEPTH]
    length = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-9)
    nx, ny, nz = nx * length + 1.4 * gx, ny * length + 1.4 * gy, nz * length + 1.4 * gz + 0.25
    length = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-9)
    return nx * length, ny * length, nz * length


@compiled_in_place
def solid_normal(
    solids: NDArray[np.float64], solid: int, kind: int, east: float, north: float
) -> tuple[float, float, float]:
    """Unit normal of the side of a solid that was met."""
    box = solids[solid]
    if kind == SOLID_TOP:
        slope = box[c.S_SLOPE]
        length = 1.0 / math.sqrt(1.0 + slope * slope)
        return slope * box[c.S_COS] * length, -slope * box[c.S_SIN] * length, length
    if kind != SOLID_SIDE:
        return 0.0, 0.0, -1.0
    x, y = east - box[c.S_EAST], north - box[c.S_NORTH]
    along, across = x * box[c.S_SIN] + y * box[c.S_COS], x * box[c.S_COS] - y * box[c.S_SIN]
    if box[c.S_HALF_LENGTH] - abs(along) < box[c.S_HALF_WIDTH] - abs(across):
        sign = 1.0 if along > 0.0 else -1.0
        return sign * box[c.S_SIN], sign * box[c.S_COS], 0.0
    sign = 1.0 if across > 0.0 else -1.0
    return sign * box[c.S_COS], -sign * box[c.S_SIN], 0.0


@compiled_in_place
def sky_open(world: CastArrays, cover: NDArray[np.float32], east: float, north: float) -> float:
    """0..1 of the sky's light that reaches the ground at a place."""
    x = min(max((east - world.west_m) / world.step_m, 0.0), cover.shape[1] - 1.001)
    y = min(max((north - world.south_m) / world.step_m, 0.0), cover.shape[0] - 1.001)
    col, row = int(x), int(y)
    across, down = x - col, y - row
    low = cover[row, col] + across * (cover[row, col + 1] - cover[row, col])
    high = cover[row + 1, col] + across * (cover[row + 1, col + 1] - cover[row + 1, col])
    return float(1.0 - (1.0 - _LEAST_SKY) * (low + down * (high - low)))


@compiled_in_place
def folded(number: int, size: int) -> int:
    """An index mirrored at both ends until it is inside."""
    twice = 2 * size - 2
    number = abs(number) % twice
    return twice - number if number >= size else number


@compiled_in_place
def ground_colour(paint: Paint, east: float, north: float) -> tuple[float, float, float]:
    """Bilinear colour of the texture."""
    size = paint.texture.shape[0]
    x = east / paint.texture_step_m + 0.5 * size - 0.5
    y = 0.5 * size - 0.5 - north / paint.texture_step_m
    left, top = math.floor(x), math.floor(y)
    across, down = x - left, y - top
    c0, c1, r0, r1 = folded(left, size), folded(left + 1, size), folded(top, size), folded(top + 1, size)
    w00, w01 = (1.0 - across) * (1.0 - down), across * (1.0 - down)
    w10, w11 = (1.0 - across) * down, across * down
    t = paint.texture
    return (
        w00 * t[r0, c0, 0] + w01 * t[r0, c1, 0] + w10 * t[r1, c0, 0] + w11 * t[r1, c1, 0],
        w00 * t[r0, c0, 1] + w01 * t[r0, c1, 1] + w10 * t[r1, c0, 1] + w11 * t[r1, c1, 1],
        w00 * t[r0, c0, 2] + w01 * t[r0, c1, 2] + w10 * t[r1, c0, 2] + w11 * t[r1, c1, 2],
    )


@compiled_in_place
def ground_look(world: CastArrays, paint: Paint, east: float, north: float) -> Look:
    """How the ground looks at a place."""
    red, green, blue = ground_colour(paint, east, north)
    vary = 1.0 + 0.16 * ground_grain(world, east, north, 8.0) + 0.12 * ground_grain(world, east, north, 1.7)
    nx, ny, nz = ground_normal(world, east, north)
    return red * vary, green * vary, blue * vary, nx, ny, nz, sky_open(world, paint.cover, east, north)


@compiled_in_place
def leaf_look(world: CastArrays, tree: int, east: float, north: float, up: float) -> Look:
    """How a crown's leaves look at a place; hues vary by clump and by leaf, light fails toward its foot."""
    crown = world.trees[tree]
    per = np.float64(crown[c.PER_VOXEL])
    x, y, z = east * per, north * per, up * per
    fine = grain(world, 2.3 * x, 2.3 * y, 2.3 * z)
    coarse = grain(world, 0.21 * x, 0.21 * y, 0.21 * z)
    vary = 1.0 + 0.34 * fine + 0.22 * coarse
    nx, ny, nz = leaf_normal(world, tree, east, north, up)
    height = (up - crown[c.MIDDLE_UP]) * crown[c.PER_HALF_DEPTH]
    sky = _LEAST_SKY + (1.0 - _LEAST_SKY) * min(max(0.5 + 0.6 * height, 0.0), 1.0)
    return (
        crown[c.RED] * vary * (1.0 + 0.16 * coarse + 0.10 * fine),
        crown[c.GREEN] * vary,
        crown[c.BLUE] * vary * (1.0 - 0.14 * coarse),
        nx,
        ny,
        nz,
        sky * (0.75 + 0.25 * nz),
    )


@compiled_in_place
def solid_look(
    world: CastArrays, paint: Paint, solid: int, kind: int, east: float, north: float, up: float
) -> Look:
    """How a side of a solid looks at a place."""
    box = paint.solids[solid]
    x, y = east - box[c.S_EAST], north - box[c.S_NORTH]
    along, across = x * box[c.S_SIN] + y * box[c.S_COS], x * box[c.S_COS] - y * box[c.S_SIN]
    coarse = grain(world, along * 2.2 + solid, across * 2.2, up * 2.2)
    fine = grain(world, along * 8.0, across * 8.0 + solid, up * 8.0)
    vary = 1.0 + paint.uneven[paint.solid_material[solid]] * (0.6 * coarse + 0.4 * fine)
    nx, ny, nz = solid_normal(paint.solids, solid, kind, east, north)
    return (
        paint.solid_rgb[solid, 0] * vary,
        paint.solid_rgb[solid, 1] * vary,
        paint.solid_rgb[solid, 2] * vary,
        nx,
        ny,
        nz,
        sky_open(world, paint.cover, east, north) * (0.6 + 0.4 * nz),
    )


@compiled
def shade_colours(
    world: CastArrays,
    paint: Paint,
    beams: Beams,
    sky_share: float,
    rays: Rays,
    weight: float,
    rgb: NDArray[np.float32],
) -> None:
    """Add the colour of what each ray met.

    Args:
        world: what was cast on.
        paint: its colours.
        beams: the sun's, with every tile that `mark_beams` asked for.
        sky_share: 0..1 of the light.
        rays: what was met.
        weight: of these rays in the picture.
        rgb: (H, W, 3) is added to, 0..255 and above.
    """
    sun_x, sun_y, sun_z = beams.to_sun[0], beams.to_sun[1], beams.to_sun[2]
    sun_weight, over_level = 1.0 - sky_share, 1.0 / max(sun_z, 0.2)
    for row in range(rays.what.shape[0]):
        for col in range(rays.what.shape[1]):
            kind = rays.what[row, col] & 15
            if kind == NOTHING:
                continue
            east, north, up = point_of(rays, row, col)
            index = rays.which[row, col]
            leafy = kind in (LEAF, FROND)
            if leafy:
                red, green, blue, nx, ny, nz, sky = leaf_look(world, index, east, north, up)
            elif kind == GROUND:
                red, green, blue, nx, ny, nz, sky = ground_look(world, paint, east, north)
            else:
                red, green, blue, nx, ny, nz, sky = solid_look(world, paint, index, kind, east, north, up)
            shine = 0.0
            if sun_weight > 0.0 and not rays.what[row, col] & SHADED:
                shine = sun_weight * sun_share(beams, east, north, up, _LEAF_SOFT_M if leafy else _HARD_M)
            facing = max(nx * sun_x + ny * sun_y + nz * sun_z, 0.0)
            direct = shine * (0.375 + 0.875 * facing if leafy else min(facing * over_level, 1.7))
            diffuse = sky_share * sky
            rgb[row, col, 0] += weight * red * math.sqrt(direct * _SUN_TINT[0] + diffuse * _SKY_TINT[0])
            rgb[row, col, 1] += weight * green * math.sqrt(direct * _SUN_TINT[1] + diffuse * _SKY_TINT[1])
            rgb[row, col, 2] += weight * blue * math.sqrt(direct * _SUN_TINT[2] + diffuse * _SKY_TINT[2])


@compiled
def shade_kelvin(
    world: CastArrays,
    paint: Paint,
    beams: Beams,
    by_day: np.bool_,
    open_k: NDArray[np.float64],
    covered_k: NDArray[np.float64],
    rays: Rays,
    weight: float,
    kelvin: NDArray[np.float32],
) -> None:
    """Add the temperature of what each ray met.

    Args:
        world: what was cast on.
        paint: its materials.
        beams: the sun's, with every tile that `mark_beams` asked for.
        by_day: the sun shines; else what lies open under the sky has cooled.
        open_k: (14,) by Material, level in the sun by day, open to the sky by night.
        covered_k: (14,) by Material, in shade or under crowns.
        rays: what was met.
        weight: of these rays in the picture.
        kelvin: (H, W) is added to.
    """
    sun_x, sun_y, sun_z = beams.to_sun[0], beams.to_sun[1], beams.to_sun[2]
    over_level = 1.0 / max(sun_z, 0.2)
    for row in range(rays.what.shape[0]):
        for col in range(rays.what.shape[1]):
            kind = rays.what[row, col] & 15
            if kind == NOTHING:
                continue
            east, north, up = point_of(rays, row, col)
            index = rays.which[row, col]
            soft, excess = _HARD_M, 0.0
            if kind == GROUND:
                material = ground_material(paint, east, north)
                nx, ny, nz = ground_normal(world, east, north)
                vary = 0.8 * ground_grain(world, east, north, 6.0) + ground_grain(world, east, north, 0.8)
            elif kind in (LEAF, FROND):
                material = int(world.trees[index, c.MATERIAL])
                nx, ny, nz = leaf_normal(world, index, east, north, up)
                per = np.float64(world.trees[index, c.PER_VOXEL])
                vary = 0.8 * grain(world, 0.6 * per * east, 0.6 * per * north, 0.6 * per * up)
                soft = _LEAF_SOFT_M
            else:
                material, excess = int(paint.solid_material[index]), paint.solid_excess_k[index]
                nx, ny, nz = solid_normal(paint.solids, index, kind, east, north)
                vary = 0.5 * grain(world, east * 4.0, north * 4.0, up * 4.0)
            if by_day:
                shine = sun_share(beams, east, north, up, soft)
                if rays.what[row, col] & SHADED:
                    shine = 0.0
                facing = (nx * sun_x + ny * sun_y + nz * sun_z) * over_level
                if soft == _LEAF_SOFT_M:
                    facing = 0.4 + 0.6 * max(facing, 0.0)
                bare = shine * min(max(facing, 0.0), 1.4)
            else:
                bare = (sky_open(world, paint.cover, east, north) if soft == _HARD_M else 1.0) * max(nz, 0.0)
            level_k = covered_k[material] + bare * (open_k[material] - covered_k[material])
            kelvin[row, col] += weight * (level_k + excess + vary)


@compiled_in_place
def ground_material(paint: Paint, east: float, north: float) -> int:
    """Material of the ground at a place."""
    size = paint.texture.shape[0]
    col = folded(math.floor(east / paint.texture_step_m + 0.5 * size), size)
    row = folded(math.floor(0.5 * size - north / paint.texture_step_m), size)
    return int(paint.ground_material[row, col])


@compiled
def overlay_moving(
    solids: NDArray[np.float64],
    first: int,
    to_sun: NDArray[np.float64],
    shines: np.bool_,
    box: NDArray[np.int64],
    rays: Rays,
) -> None:
    """Put things that move before what was met, and their shadows on it; `rays` is changed.

    Args:
        solids: packed, moving ones from row `first` on.
        first: of them.
        to_sun: (3,) unit vector.
        shines: whether there are shadows.
        box: (4,) first row, last row + 1, first column, last column + 1 of the pixels to look at.
        rays: what was met.
    """
    ox, oy, oz = rays.origin_m[0], rays.origin_m[1], rays.origin_m[2]
    for row in range(box[0], box[1]):
        for col in range(box[2], box[3]):
            dx = rays.corner[0] + row * rays.per_row[0] + col * rays.per_col[0]
            dy = rays.corner[1] + row * rays.per_row[1] + col * rays.per_col[1]
            dz = rays.corner[2] + row * rays.per_row[2] + col * rays.per_col[2]
            length = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            for solid in range(first, solids.shape[0]):
                distance, side = solid_hit(solids, solid, ox, oy, oz, dx * length, dy * length, dz * length)
                if distance < rays.distance_m[row, col]:
                    rays.distance_m[row, col] = distance
                    rays.what[row, col], rays.which[row, col] = side, solid
            if not shines or rays.what[row, col] == NOTHING:
                continue
            x, y, z = point_of(rays, row, col)
            for solid in range(first, solids.shape[0]):
                own = rays.which[row, col] == solid and rays.what[row, col] >= SOLID_TOP
                if not own:
                    distance, side = solid_hit(solids, solid, x, y, z, to_sun[0], to_sun[1], to_sun[2])
                    if side != NOTHING:
                        rays.what[row, col] |= SHADED
                        break
