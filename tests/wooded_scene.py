"""A small wood with sheets, boxes and palms, for tests and figures of the renderer."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation.camera import View, turn
from atalaya.simulation.landform import Surface
from atalaya.simulation.solids import Material, Solids, Trees


@dataclass(frozen=True, slots=True, kw_only=True)
class Wood:
    """What `Seen` wants."""

    surface: Surface
    trees: Trees
    solids: Solids
    texture: NDArray[np.uint8]
    texture_step_m: float
    ground_material: NDArray[np.uint8]


def rolling_ground(rng: np.random.Generator, size_m: float) -> Surface:
    axis_m = np.arange(0.0, size_m + 2.0, 4.0) - size_m / 2.0
    up_m = 12.0 * np.sin(axis_m / 60.0)[:, None] * np.cos(axis_m / 85.0)[None, :]
    up_m += rng.normal(0.0, 0.15, up_m.shape)
    return Surface(west_m=-size_m / 2.0, south_m=-size_m / 2.0, step_m=4.0, up_m=up_m)


def wood_trees(
    rng: np.random.Generator,
    surface: Surface,
    size_m: float,
    *,
    spacing_m: float = 4.6,
    density: float = 0.8,
    palms: float = 0.06,
) -> Trees:
    side = int(size_m / spacing_m)
    axis_m = (np.arange(side) + 0.5) * spacing_m - size_m / 2.0
    east_m, north_m = (part.ravel() + rng.uniform(-2.3, 2.3, side**2) for part in np.meshgrid(axis_m, axis_m))
    grows = rng.random(side**2) < density
    east_m, north_m = east_m[grows], north_m[grows]
    count, vigour = east_m.size, rng.beta(2.0, 2.4, east_m.size)
    leaves = np.array([(64, 82, 42), (80, 96, 50), (56, 74, 44), (72, 88, 52)], dtype=np.float32)
    rgb = leaves[rng.integers(0, 4, count)] * rng.normal(1.0, 0.09, (count, 1)).astype(np.float32)
    return Trees(
        east_m=east_m,
        north_m=north_m,
        base_up_m=surface.up_at(east_m, north_m),
        crown_radius_m=1.8 + 2.6 * vigour,
        crown_depth_m=0.6 * (5.0 + 7.0 * vigour),
        height_m=5.0 + 7.0 * vigour,
        porosity=rng.uniform(0.12, 0.3, count),
        clump_m=rng.uniform(0.35, 0.7, count),
        red=rgb[:, 0],
        green=rgb[:, 1],
        blue=rgb[:, 2],
        material=np.full(count, Material.LEAVES, dtype=np.uint8),
        shape=(rng.random(count) < palms).astype(np.uint8),
    )


def boxes(
    east_m: NDArray[np.float64],
    north_m: NDArray[np.float64],
    base_up_m: NDArray[np.float64],
    *,
    size_m: tuple[float, float, float],
    heading_deg: float = 0.0,
    tilt_deg: float = 0.0,
    rgb: tuple[float, float, float] = (60.0, 110.0, 190.0),
    material: Material = Material.PLASTIC_SHEET,
    excess_k: float = 0.0,
) -> Solids:
    same = np.ones(east_m.size)
    return Solids(
        east_m=east_m,
        north_m=north_m,
        base_up_m=base_up_m,
        length_m=size_m[0] * same,
        width_m=size_m[1] * same,
        height_m=size_m[2] * same,
        heading_deg=heading_deg * same,
        tilt_deg=tilt_deg * same,
        red=(rgb[0] * same).astype(np.float32),
        green=(rgb[1] * same).astype(np.float32),
        blue=(rgb[2] * same).astype(np.float32),
        material=np.full(east_m.size, material, dtype=np.uint8),
        excess_temperature_k=excess_k * same,
        object_index=np.arange(east_m.size),
    )


def wood_solids(rng: np.random.Generator, surface: Surface, size_m: float, count: int = 12) -> Solids:
    parts = []
    for number in range(count):
        at_m = rng.uniform(-0.4 * size_m, 0.4 * size_m, (2, 1))
        thin = number % 2 == 0
        part = boxes(
            at_m[0],
            at_m[1],
            surface.up_at(at_m[0], at_m[1]) + (2.2 if thin else -0.2),
            size_m=(float(rng.uniform(4, 12)), float(rng.uniform(3, 6)), 0.05 if thin else 2.6),
            heading_deg=float(rng.uniform(0, 360)),
            tilt_deg=float(rng.uniform(-12, 12)),
            rgb=[(60, 110, 190), (150, 152, 150), (200, 200, 196), (90, 110, 70)][number % 4],
        )
        part.object_index[:] = number
        parts.append(part)
    return Solids.concatenate(parts)


def wood(seed: int = 1, size_m: float = 120.0, **growth: float) -> Wood:
    rng = np.random.default_rng(seed)
    surface = rolling_ground(rng, size_m + 48.0)
    trees = wood_trees(rng, surface, size_m, **growth)
    solids = wood_solids(rng, surface, size_m)
    side = int(size_m / 0.25)
    shade = rng.normal(0.0, 9.0, (side, side, 1))
    texture = np.clip(np.array([150.0, 128.0, 98.0]) + shade, 0, 255).astype(np.uint8)
    return Wood(
        surface=surface,
        trees=trees,
        solids=solids,
        texture=texture,
        texture_step_m=0.25,
        ground_material=np.zeros((side, side), dtype=np.uint8),
    )


def looking(
    azimuth_deg: float,
    off_nadir_deg: float,
    slant_m: float,
    target_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> View:
    """A sensor that looks at a place along an azimuth."""
    to_local = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    axes = to_local @ turn(azimuth_deg, off_nadir_deg - 90.0, 0.0)
    return View(origin_m=np.array(target_m) - axes[:, 0] * slant_m, axes=axes)


def hfov_deg(width_px: int, gsd_m: float, slant_m: float) -> float:
    """Angle across of a picture of that GSD at its middle."""
    return math.degrees(2.0 * math.atan(0.5 * width_px * gsd_m / slant_m))
