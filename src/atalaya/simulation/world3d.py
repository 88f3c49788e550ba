"""A world that stands up, with everything in it known: land, crowns, things, and the truth about them.

Each purpose has its own stream of random numbers: another site does not move a tree on the far hill.
Where things are comes from the layout and `LocalFrame` (pyproj), never from a ray.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.model.truth import LookAlikeKind, Setting, TrueObjectTable, TruePlaceTable
from atalaya.simulation.biomes import LOOKS
from atalaya.simulation.drives import drive
from atalaya.simulation.furnish import USUAL_COVER
from atalaya.simulation.ground_paint import TEXTURE_STEP_M, bare_canvas, finished, paint_place
from atalaya.simulation.ground_plan import GroundPlan, plan_ground
from atalaya.simulation.growth import Growth, growth_of
from atalaya.simulation.land_paint import paint_land, paint_traces
from atalaya.simulation.landform import Landform, Surface, TerrainArrays, make_landform
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.neighbourhood import stand_about
from atalaya.simulation.placing import place_all
from atalaya.simulation.planting import covered, natural_trees, within_boxes
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.solids import Solids, Trees
from atalaya.simulation.things import ObjectRow, Placed, no_solids, stand_up
from atalaya.simulation.traces import Traces, lay_traces, trace_objects
from atalaya.simulation.vegetation import Picture
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
    PLACES = 27
    TRACES = 28
    ABOUT = 29


@dataclass(frozen=True, slots=True, kw_only=True)
class World3d:
    """The land and what stands on it, in the local metres of `frame`.

    Args:
        spec: what was wanted.
        terrain: the same ground as `surface`, as a lon/lat grid; both reach beyond the painted square.
        texture: (S, S, 3) RGB uint8 of the ground from above in full sun, no trees, things or shadows;
            north up, `texture_step_m` a pixel, its middle at the frame's origin. Beyond it: mirror it.
        ground_material: (S, S) uint8 of Material, pixel for pixel.
        plan: its water, roads, fields and lots.
        vehicles: what drives; parked ones are solids.
    """

    spec: SceneSpec
    frame: LocalFrame
    terrain: TerrainArrays
    surface: Surface
    texture: Picture
    texture_step_m: Metres
    ground_material: NDArray[np.uint8]
    plan: GroundPlan
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
    """Land, places, plants, things and their truth; the same spec gives the same arrays."""
    look = LOOKS[spec.biome]
    land = make_landform(
        stream_of(spec, Stream.LAND),
        lon_deg=spec.lon_deg,
        lat_deg=spec.lat_deg,
        half_size_m=spec.size_m / 2.0 + MARGIN_M,
        relief_share=look.relief_share,
        base_hae_m=look.base_hae_m,
    )
    plan = plan_ground(stream_of(spec, Stream.PLAN), spec, land)
    numbers = range(len(spec.sites) + len(spec.look_alikes))
    things = [stream_of(spec, Stream.THINGS, number) for number in numbers]
    placed = place_all(stream_of(spec, Stream.PLACES), things, spec, plan, land.surface)
    traces = lay_traces([stream_of(spec, Stream.TRACES, number) for number in numbers], placed, plan)
    about = stand_about(stream_of(spec, Stream.ABOUT), spec, plan, placed)
    growth = growth_of(stream_of(spec, Stream.PLANTS), spec, plan, traces)
    rows, solids = _set_down([*placed, *about], traces, land)
    trees = _plant(spec, land, growth, placed, about, _walls(solids))
    canvas = bare_canvas(stream_of(spec, Stream.GROUND), look.ground, spec.size_m, growth.astype(np.float32))
    paint_land(canvas, plan, look, spec.biome)
    paint_traces(canvas, traces)
    for place in (*about, *placed):
        paint_place(canvas, place)
    return World3d(
        spec=spec,
        frame=land.frame,
        terrain=land.terrain,
        surface=land.surface,
        texture=finished(canvas),
        texture_step_m=TEXTURE_STEP_M,
        ground_material=canvas.material,
        plan=plan,
        trees=trees,
        solids=solids,
        places=place_table(spec, placed, trees, land),
        objects=object_table(spec, rows, trees, land),
        vehicles=drive(stream_of(spec, Stream.VEHICLES), spec, plan, traces),
    )


def _plant(
    spec: SceneSpec, land: Landform, growth: Growth, placed: list[Placed], about: list[Placed], walls: Solids
) -> Trees:
    """What grows, but not through houses, and over each place as densely as wanted."""
    look = LOOKS[spec.biome]
    trees = natural_trees(stream_of(spec, Stream.PLANTS, 1), look, land.surface, growth)
    if about:
        middles_m = np.array([other.middle_m for other in about])
        apart_m, nearest = cKDTree(middles_m).query(np.stack([trees.east_m, trees.north_m], axis=1))
        radius_m = np.array([other.furnishing.radius_m for other in about])
        trees = trees.take(np.asarray(apart_m > 0.7 * radius_m[nearest]))
    trees = trees.take(~within_boxes(trees, walls))
    wanted = [
        *(site.canopy_cover for site in spec.sites),
        *(other.canopy_cover for other in spec.look_alikes),
    ]
    kinds: list[Setting | LookAlikeKind] = [
        *(site.setting for site in spec.sites),
        *(other.kind for other in spec.look_alikes),
    ]
    for place, kind, cover in zip(placed, kinds, wanted, strict=True):
        trees = covered(
            stream_of(spec, Stream.COVER, place.place_index),
            trees,
            look,
            land.surface,
            place.middle_m,
            place.furnishing.radius_m,
            USUAL_COVER[kind] if cover is None else cover,
            place.furnishing.withered,
            walls.take(
                np.hypot(walls.east_m - place.middle_m[0], walls.north_m - place.middle_m[1])
                < 2.0 * place.furnishing.radius_m
            ),
        )
    return trees


def _walls(solids: Solids) -> Solids:
    """Houses and containers, not sheets and drums."""
    return solids.take((solids.height_m > 1.4) & (solids.length_m * solids.width_m > 5.0))


def _set_down(placed: list[Placed], traces: Traces, land: Landform) -> tuple[list[ObjectRow], Solids]:
    """All objects of the truth and all boxes."""
    rows: list[ObjectRow] = []
    solids = [no_solids()]
    for place in placed:
        more, boxes = stand_up(place, land.surface, len(rows))
        rows += more
        solids.append(boxes)
    more, hoses = trace_objects(traces, land.surface, len(rows))
    return rows + more, Solids.concatenate([*solids, *hoses])
