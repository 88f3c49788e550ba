"""A world that stands up, with everything in it known: land, crowns, things, and the truth about them.

Each purpose has its own stream of random numbers: another site does not move a tree on the far hill.
Where things are comes from the layout and `LocalFrame` (pyproj), never from a ray.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.model.truth import TrueObjectTable, TruePlaceTable
from atalaya.simulation.biomes import LOOKS
from atalaya.simulation.ground_paint import TEXTURE_STEP_M, bare_canvas, finished, paint_place
from atalaya.simulation.landform import Landform, Surface, TerrainArrays, make_landform
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.planting import covered, natural_trees
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.site_things import furnish_site
from atalaya.simulation.solids import Solids, Trees
from atalaya.simulation.things import ObjectRow, Placed, no_solids, stand_up
from atalaya.simulation.vegetation import Picture, octaves
from atalaya.simulation.vehicles import Vehicle
from atalaya.simulation.world_truth import object_table, place_table
from atalaya.units import Metres, MetresArray

MARGIN_M: Metres = 290.0
"""The bare land goes on so far beyond the painted square, and the terrain grid 40 m farther."""


class Stream(IntEnum):
    """Purpose of a stream of random numbers, `default_rng([seed, purpose, ...])`."""

    LAND = 20
    PLAN = 21
    PLANTS = 22
    GROUND = 23
    THINGS = 24
    COVER = 25
    VEHICLES = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class World3d:
    """The land and what stands on it, in the local metres of `frame`.

    Args:
        spec: what was wanted.
        terrain: the same ground as `surface`, as a lon/lat grid; both reach beyond the painted square.
        texture: (S, S, 3) RGB uint8 of the ground from above in full sun, no trees, things or shadows;
            north up, `texture_step_m` a pixel, its middle at the frame's origin. Beyond it: mirror it.
        ground_material: (S, S) uint8 of Material, pixel for pixel.
        vehicles: what drives; parked ones are solids.
    """

    spec: SceneSpec
    frame: LocalFrame
    terrain: TerrainArrays
    surface: Surface
    texture: Picture
    texture_step_m: Metres
    ground_material: NDArray[np.uint8]
    trees: Trees
    solids: Solids
    places: TruePlaceTable
    objects: TrueObjectTable
    vehicles: tuple[Vehicle, ...]

    def on_ground(self, points_m: MetresArray) -> MetresArray:
        """(N, 3) local points on the ground under (N, 2) east/north."""
        up_m = self.surface.up_at(points_m[:, 0], points_m[:, 1])
        return np.concatenate([points_m, up_m[:, None]], axis=1)


def stream_of(spec: SceneSpec, purpose: Stream, number: int = 0) -> np.random.Generator:
    """The generator of one purpose, and of one place within it."""
    return np.random.default_rng([spec.seed, purpose, number])


def make_world3d(spec: SceneSpec) -> World3d:
    """Land, places, plants, things and their truth; the same spec gives the same arrays.

    Raises:
        InputError: never for a valid spec.
    """
    look = LOOKS[spec.biome]
    land = make_landform(
        stream_of(spec, Stream.LAND),
        lon_deg=spec.lon_deg,
        lat_deg=spec.lat_deg,
        half_size_m=spec.size_m / 2.0 + MARGIN_M,
        relief_share=look.relief_share,
    )
    plan_rng = stream_of(spec, Stream.PLAN)
    placed = [
        Placed(
            furnishing=furnish_site(stream_of(spec, Stream.THINGS, index), site.setting, site.state),
            middle_m=site.at_m or _near_stream(plan_rng, land, spec.size_m),
            heading_deg=float(plan_rng.uniform(0.0, 360.0)),
            place_index=index,
        )
        for index, site in enumerate(spec.sites)
    ]
    plants = stream_of(spec, Stream.PLANTS)
    cells = int(spec.size_m / look.spacing_m)
    density = np.clip(
        spec.tree_density * (look.density + look.patchiness * octaves(plants, cells, 7, 4, 0.6)), 0.0, 0.97
    )
    trees = natural_trees(plants, look, land.surface, density.astype(np.float64))
    for place, site in zip(placed, spec.sites, strict=True):
        trees = covered(
            stream_of(spec, Stream.COVER, place.place_index),
            trees,
            look,
            land.surface,
            place.middle_m,
            place.furnishing.radius_m,
            0.7 if site.canopy_cover is None else site.canopy_cover,
        )
    canvas = bare_canvas(stream_of(spec, Stream.GROUND), look.ground, spec.size_m, density)
    for place in placed:
        paint_place(canvas, place)
    rows: list[ObjectRow] = []
    solids = [no_solids()]
    for place in placed:
        more, boxes = stand_up(place, land.surface, len(rows))
        rows += more
        solids.append(boxes)
    return World3d(
        spec=spec,
        frame=land.frame,
        terrain=land.terrain,
        surface=land.surface,
        texture=finished(canvas),
        texture_step_m=TEXTURE_STEP_M,
        ground_material=canvas.material,
        trees=trees,
        solids=Solids.concatenate(solids),
        places=place_table(spec, placed, trees, land),
        objects=object_table(rows, land),
        vehicles=(),
    )


def _near_stream(rng: np.random.Generator, land: Landform, size_m: Metres) -> tuple[Metres, Metres]:
    """A place beside the stream, inside the painted square."""
    inside = land.stream_m[np.abs(land.stream_m).max(axis=1) < size_m / 2.0 - 80.0]
    on_m = inside[int(rng.integers(len(inside)))] if len(inside) else np.zeros(2)
    angle = float(rng.uniform(0.0, 2.0 * np.pi))
    return float(on_m[0] + 30.0 * np.sin(angle)), float(on_m[1] + 30.0 * np.cos(angle))
