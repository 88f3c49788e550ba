"""Pictures of a world that stands up, as a perfect sensor would take them: colour, and long-wave kelvin.

Haze, blur, gain, noise and the codec come after, elsewhere. The same world, light, camera and view give the
same bytes, whatever was rendered before.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera, View
from atalaya.simulation.canopy_cast import bundle_px, cast_picture, scratch_for
from atalaya.simulation.cast_arrays import (
    EAST,
    NORTH,
    PER_RADIUS,
    S_BOTTOM,
    S_EAST,
    S_HALF_LENGTH,
    S_HALF_WIDTH,
    S_NORTH,
    S_TOP,
    CastArrays,
    Grown,
    cast_arrays,
    packed_solids,
)
from atalaya.simulation.shading import Paint, Rays, mark_beams, overlay_moving, shade_colours, shade_kelvin
from atalaya.simulation.solids import Material, Solids
from atalaya.simulation.sunlight import Beams, Light, Sunlight
from atalaya.simulation.vegetation import Picture
from atalaya.units import Metres

_SHIFTS_PX = ((-0.25, -0.25), (0.25, 0.25))
"""Of the rays that a pixel is the mean of."""
_UNEVEN = {
    Material.PLASTIC_SHEET: 0.24,
    Material.BRANCHES: 0.9,
    Material.SHEET_METAL: 0.16,
    Material.WOOD: 0.25,
    Material.CHAR: 0.4,
    Material.PAINTED_METAL: 0.05,
}


class Seen(Grown, Protocol):
    """What a picture needs of a world; `World3d` has it."""

    @property
    def texture(self) -> Picture:
        """(S, S, 3) RGB of the ground in full sun, north up, its middle at the origin."""

    @property
    def texture_step_m(self) -> Metres:
        """A pixel of it."""

    @property
    def ground_material(self) -> NDArray[np.uint8]:
        """(S, S) of Material."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A world ready for pictures; make it once."""

    arrays: CastArrays
    paint: Paint


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperatures:
    """Apparent kelvin by Material.

    Args:
        open_k: (14,) level and in the sun by day, open under the sky by night. covered_k: (14,) in the
            shade, or under crowns. Solids' own excess comes on top.

    Raises:
        InputError: not one positive number for each Material.
    """

    open_k: NDArray[np.float64]
    covered_k: NDArray[np.float64]

    def __post_init__(self) -> None:
        for kelvin in (self.open_k, self.covered_k):
            if kelvin.shape != (len(Material),) or not (np.isfinite(kelvin) & (kelvin > 0.0)).all():
                raise InputError(f"temperatures are {len(Material)} positive kelvin, got {kelvin}")


def stage_of(world: Seen) -> Stage:
    """Lay a world out for casting and painting.

    Raises:
        InputError: texture and materials of different sizes, or what `cast_arrays` refuses.
    """
    if world.texture.shape[:2] != world.ground_material.shape or world.texture.shape[2:] != (3,):
        raise InputError(
            f"texture {world.texture.shape} and materials {world.ground_material.shape} do not fit"
        )
    arrays = cast_arrays(world)
    paint = Paint(
        texture=np.ascontiguousarray(world.texture),
        texture_step_m=float(world.texture_step_m),
        ground_material=np.ascontiguousarray(world.ground_material),
        cover=_cover(arrays, world.trees.porosity),
        solids=arrays.solids,
        solid_rgb=_rgb(world.solids),
        solid_material=world.solids.material.astype(np.uint8),
        solid_excess_k=world.solids.excess_temperature_k.astype(np.float64),
        uneven=np.array([_UNEVEN.get(material, 0.15) for material in Material]),
    )
    return Stage(arrays=arrays, paint=paint)


def sunlight(stage: Stage, light: Light) -> Sunlight:
    """The light over a world; keep it, it holds the shadows that pictures share."""
    return Sunlight(stage.arrays, light)


def render_eo(
    stage: Stage, camera: Camera, view: View, light: Sunlight, moving: Solids | None = None
) -> Picture:
    """A picture in colour.

    Args:
        stage: the world.
        camera: the sensor.
        view: where it is and looks.
        light: of this stage.
        moving: what drives, where it is now.

    Returns:
        (H, W, 3) uint8, each pixel the mean of two rays.

    Raises:
        InputError: the picture would show the sky.
    """
    rgb = np.zeros((camera.height_px, camera.width_px, 3), dtype=np.float32)
    sky_share = light.light.sky_share if light.light.shines else 1.0
    for shift_px in _SHIFTS_PX:
        paint, rays, beams = _met(stage, camera, view, light, moving, shift_px)
        shade_colours(stage.arrays, paint, beams, sky_share, rays, 1.0 / len(_SHIFTS_PX), rgb)
    return np.asarray(np.clip(rgb + 0.5, 0.0, 255.0).astype(np.uint8))


def render_ir(
    stage: Stage,
    camera: Camera,
    view: View,
    light: Sunlight,
    temperatures: Temperatures,
    moving: Solids | None = None,
) -> NDArray[np.float32]:
    """A long-wave picture in apparent kelvin.

    Args:
        stage: the world.
        camera: the sensor.
        view: where it is and looks.
        light: of this stage; below `LOWEST_SUN_DEG` it is night.
        temperatures: of the materials.
        moving: what drives, where it is now.

    Returns:
        (H, W) kelvin, each pixel the mean of two rays.

    Raises:
        InputError: the picture would show the sky.
    """
    kelvin = np.zeros((camera.height_px, camera.width_px), dtype=np.float32)
    by_day = np.bool_(light.light.shines)
    for shift_px in _SHIFTS_PX:
        paint, rays, beams = _met(stage, camera, view, light, moving, shift_px)
        shade_kelvin(
            stage.arrays,
            paint,
            beams,
            by_day,
            temperatures.open_k,
            temperatures.covered_k,
            rays,
            1.0 / len(_SHIFTS_PX),
            kelvin,
        )
    return kelvin


def _met(
    stage: Stage,
    camera: Camera,
    view: View,
    light: Sunlight,
    moving: Solids | None,
    shift_px: tuple[float, float],
) -> tuple[Paint, Rays, Beams]:
    """What every pixel's ray meets, with the things that move, and the beams of the sun to there."""
    rays = _cast(stage, camera, view, shift_px)
    paint = stage.paint
    if moving is not None and len(moving):
        paint = _with_moving(paint, moving)
        first = len(stage.paint.solids)
        box = _box_of_moving(paint.solids[first:], camera, view, light)
        overlay_moving(paint.solids, first, light.beams.to_sun, np.bool_(light.light.shines), box, rays)
    wanted = np.zeros(light.beams.slots.shape, dtype=np.bool_)
    if light.light.shines:
        mark_beams(rays, light.beams, wanted)
    return paint, rays, light.known(wanted)


def _with_moving(paint: Paint, moving: Solids) -> Paint:
    """The paint with things that move as the last of the solids."""
    return paint._replace(
        solids=np.concatenate([paint.solids, packed_solids(moving)]),
        solid_rgb=np.concatenate([paint.solid_rgb, _rgb(moving)]),
        solid_material=np.concatenate([paint.solid_material, moving.material.astype(np.uint8)]),
        solid_excess_k=np.concatenate([paint.solid_excess_k, moving.excess_temperature_k]),
    )


def _box_of_moving(
    moving: NDArray[np.float64], camera: Camera, view: View, light: Sunlight
) -> NDArray[np.int64]:
    """First and last row and column of the pixels that things that move or their shadows may fall on."""
    reach_m = np.hypot(moving[:, S_HALF_LENGTH], moving[:, S_HALF_WIDTH])
    tall_m = moving[:, S_TOP] - moving[:, S_BOTTOM] + 1.0
    if light.light.shines:
        reach_m = reach_m + 2.0 * tall_m / light.beams.to_sun[2]
    sides = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
    middle_m = np.stack([moving[:, S_EAST], moving[:, S_NORTH], moving[:, S_BOTTOM]], axis=1)
    size_m = np.stack([reach_m, reach_m, 2.0 * tall_m], axis=1)
    corners_m = (middle_m[:, None, :] + sides[None, :, :] * size_m[:, None, :]).reshape(-1, 3)
    found = view.project(camera, corners_m)
    if np.isnan(found).any():
        return np.array([0, camera.height_px, 0, camera.width_px])
    low, high = np.floor(found.min(axis=0)), np.ceil(found.max(axis=0)) + 1.0
    size = np.array([camera.width_px, camera.height_px], dtype=np.float64)
    low, high = np.clip(low, 0.0, size), np.clip(high, 0.0, size)
    return np.array([low[1], high[1], low[0], high[0]]).astype(np.int64)


def _cast(stage: Stage, camera: Camera, view: View, shift_px: tuple[float, float]) -> Rays:
    """What a ray through every pixel meets, beside its middle by a shift."""
    shape = (camera.height_px, camera.width_px)
    x_px, y_px = np.array([0.0, 1.0, 0.0]) + shift_px[0], np.array([0.0, 0.0, 1.0]) + shift_px[1]
    corner, right, below = camera.directions(x_px, y_px) @ view.axes.T
    rays = Rays(
        origin_m=view.origin_m.astype(np.float64),
        corner=corner,
        per_col=right - corner,
        per_row=below - corner,
        distance_m=np.empty(shape, dtype=np.float32),
        what=np.empty(shape, dtype=np.uint8),
        which=np.empty(shape, dtype=np.int32),
    )
    bundle = bundle_px(stage.arrays, rays.origin_m, corner, rays.per_col, rays.per_row, shape)
    cast_picture(stage.arrays, *rays, *bundle, scratch_for(stage.arrays))
    if np.isnan(rays.distance_m).any():
        raise InputError(f"the picture would show the sky: sensor at {view.origin_m.tolist()} m")
    return rays


def _rgb(solids: Solids) -> NDArray[np.float32]:
    """(M, 3) colours."""
    return np.stack([solids.red, solids.green, solids.blue], axis=1).astype(np.float32)


def _cover(arrays: CastArrays, porosity: NDArray[np.float64]) -> NDArray[np.float32]:
    """Share of the sky that crowns hide from the ground at the cells' nodes."""
    leaf_m2 = np.zeros(arrays.up_m.shape)
    trees = arrays.trees
    row = np.round((trees[:, NORTH] - arrays.south_m) / arrays.step_m).astype(np.intp)
    col = np.round((trees[:, EAST] - arrays.west_m) / arrays.step_m).astype(np.intp)
    inside = (row >= 0) & (row < leaf_m2.shape[0]) & (col >= 0) & (col < leaf_m2.shape[1])
    area_m2 = np.pi * np.square(1.0 / trees[:, PER_RADIUS].astype(np.float64)) * (1.0 - porosity)
    np.add.at(leaf_m2, (row[inside], col[inside]), area_m2[inside])
    smooth = gaussian_filter(leaf_m2 / arrays.step_m**2, 1.0, mode="nearest")
    return np.asarray(1.0 - np.exp(-smooth), dtype=np.float32)
