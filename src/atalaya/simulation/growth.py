"""How densely trees grow where: patches by nature, none on roads, in water, in fields."""

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation.biomes import LOOKS
from atalaya.simulation.ground_plan import GroundPlan, distance_to_lines
from atalaya.simulation.scene_spec import Biome, SceneSpec
from atalaya.simulation.traces import Traces
from atalaya.simulation.vegetation import octaves

type Growth = NDArray[np.float64]
"""(C, C) 0..1 chance of a stem in each square of the biome's spacing, north up."""


def growth_of(rng: np.random.Generator, spec: SceneSpec, plan: GroundPlan, traces: Traces) -> Growth:
    """Chance of a stem in each square.

    Args:
        rng: of the patches.
        spec: biome, size and the density wanted.
        plan: where nothing or more grows.
        traces: tracks, along which little grows.
    """
    look = LOOKS[spec.biome]
    cells = int(spec.size_m / look.spacing_m)
    patches = octaves(rng, cells, 7, 4, 0.6).astype(np.float64).ravel()
    axis_m = (np.arange(cells) + 0.5) * look.spacing_m - cells * look.spacing_m / 2.0
    points_m = np.stack(np.meshgrid(axis_m, axis_m[::-1]), axis=-1).reshape(-1, 2)
    density = look.density + look.patchiness * patches
    to_water_m = plan.to_water_m(points_m)
    if spec.biome in {Biome.SIERRA, Biome.DRY_FOREST, Biome.EMPTY}:
        density += 0.3 * np.exp(-np.square(np.maximum(to_water_m, 0.0) / 30.0))
    density *= spec.tree_density
    density[to_water_m < 0.6] = 0.0
    density[plan.to_road_m(points_m) < plan.road_width_m / 2.0 + 1.8] = 0.0
    density[plan.to_field_m(points_m) < 1.5] *= 0.004
    density[distance_to_lines(points_m, tuple(track.line_m for track in traces.tracks)) < 2.2] *= 0.25
    return np.clip(density, 0.0, 0.97).reshape(cells, cells)
