"""Where water, roads, fields and lots are on a world, before anything hides among them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.simulation.biomes import LOOKS
from atalaya.simulation.landform import Landform, wandering_line
from atalaya.simulation.objects import Colour, Point
from atalaya.simulation.scene_spec import Biome, SceneSpec
from atalaya.units import Degrees, Metres, MetresArray

type Lines = tuple[MetresArray, ...]
"""Lines of (N, 2) east, north, a point every few metres."""

FAR_M = 1e4
STREET_M: Metres = 7.0
ROAD_M: Metres = 4.2
_BLOCK_M = (92.0, 52.0)
_LOT_M = 15.5
_LOT_ROWS_M = (-11.5, 11.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field with its rows: middle, size and heading of the rows, colours of crop and of earth between."""

    middle_m: Point
    length_m: Metres
    width_m: Metres
    heading_deg: Degrees
    row_m: Metres
    crop: Colour
    earth: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPlan:
    """Lines and areas of a world.

    Args:
        lots_m: (L, 2) where houses may stand, with `lot_heading_deg`; none outside a suburb.
    """

    water: Lines
    water_width_m: Metres
    roads: Lines
    road_width_m: Metres
    fields: tuple[Field, ...]
    lots_m: MetresArray
    lot_heading_deg: Degrees

    def to_water_m(self, points_m: MetresArray) -> MetresArray:
        """(N,) distance to the nearest bank, negative in the water; far where there is none."""
        return distance_to_lines(points_m, self.water) - self.water_width_m / 2.0

    def to_road_m(self, points_m: MetresArray) -> MetresArray:
        """(N,) distance to the nearest road's middle; far where there is none."""
        return distance_to_lines(points_m, self.roads)

    def to_field_m(self, points_m: MetresArray) -> MetresArray:
        """(N,) distance to the nearest field's edge, negative inside; far where there is none."""
        nearest_m = np.full(len(points_m), FAR_M)
        for field in self.fields:
            ahead_m, aside_m = in_axes(points_m, field.middle_m, field.heading_deg)
            outside_m = np.maximum(
                np.abs(ahead_m) - field.length_m / 2.0, np.abs(aside_m) - field.width_m / 2.0
            )
            nearest_m = np.minimum(nearest_m, outside_m)
        return nearest_m


def distance_to_lines(points_m: MetresArray, lines: Lines) -> MetresArray:
    """(N,) distance of (N, 2) points to the nearest point of any line."""
    if not lines:
        return np.full(len(points_m), FAR_M)
    distance_m, _ = cKDTree(np.concatenate(lines)).query(points_m)
    return np.asarray(distance_m, dtype=np.float64)


def in_axes(
    points_m: MetresArray, middle_m: Point, heading_deg: Degrees
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far ahead along a heading, and to its right, points lie from a middle."""
    sine, cosine = math.sin(math.radians(heading_deg)), math.cos(math.radians(heading_deg))
    east_m, north_m = points_m[:, 0] - middle_m[0], points_m[:, 1] - middle_m[1]
    return east_m * sine + north_m * cosine, east_m * cosine - north_m * sine


def from_axes(ahead_m: MetresArray, aside_m: MetresArray, heading_deg: Degrees) -> MetresArray:
    """(N, 2) east, north of steps ahead along a heading and to its right."""
    sine, cosine = math.sin(math.radians(heading_deg)), math.cos(math.radians(heading_deg))
    return np.stack([ahead_m * sine + aside_m * cosine, ahead_m * cosine - aside_m * sine], axis=1)


def plan_ground(rng: np.random.Generator, spec: SceneSpec, land: Landform) -> GroundPlan:
    """Draw the lines and areas that a biome has."""
    reach_m = 0.8 * spec.size_m
    bearing_deg = float(rng.uniform(0.0, 180.0))
    stream_deg = math.degrees(math.atan2(*(land.stream_m[-1] - land.stream_m[0])))
    near_stream = land.stream_m[np.abs(land.stream_m).max(axis=1) < reach_m]
    water: Lines = (near_stream,) if len(near_stream) else ()
    fields: tuple[Field, ...] = ()
    lots_m = np.zeros((0, 2))
    roads: Lines = ()
    match spec.biome:
        case Biome.FIELD_EDGE:
            water, roads, fields = _farmland(rng, bearing_deg, spec.size_m)
        case Biome.MANGROVE:
            water = tuple(
                wandering_line(rng, bearing_deg + turn, reach_m, offset * spec.size_m, 0.06 * spec.size_m)
                for turn, offset in ((0.0, -0.22), (18.0, 0.24), (75.0, 0.05))
            )
        case Biome.SUBURB:
            water = ()
            roads, lots_m = _streets(bearing_deg, spec.size_m)
        case Biome.SIERRA | Biome.DRY_FOREST | Biome.EMPTY:
            turn = float(rng.uniform(50.0, 130.0))
            offset_m = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 0.3)) * spec.size_m
            roads = (wandering_line(rng, stream_deg + turn, reach_m, offset_m, 0.05 * spec.size_m),)
    return GroundPlan(
        water=water,
        water_width_m=LOOKS[spec.biome].water_width_m,
        roads=roads,
        road_width_m=STREET_M if spec.biome is Biome.SUBURB else ROAD_M,
        fields=fields,
        lots_m=lots_m,
        lot_heading_deg=bearing_deg,
    )


def _farmland(
    rng: np.random.Generator, heading_deg: Degrees, size_m: Metres
) -> tuple[Lines, Lines, tuple[Field, ...]]:
    """A canal and a road that cross, fields between them, strips of 44 m for palms along both."""
    along_m = np.arange(-0.8 * size_m, 0.8 * size_m, 4.0)
    sway_m = 1.5 * np.sin(along_m / 60.0 + float(rng.uniform(0.0, 6.0)))
    canal = from_axes(along_m, sway_m, heading_deg)
    road = from_axes(sway_m[::-1] + float(rng.normal(0.0, 3.0)), along_m, heading_deg)
    side_m, strip_m = 0.34 * size_m, 44.0
    fields: list[Field] = []
    for ahead in (-1.5, -0.5, 0.5, 1.5):
        for aside in (-1.5, -0.5, 0.5, 1.5):
            middle = from_axes(
                np.array([ahead * (side_m + strip_m)]), np.array([aside * (side_m + strip_m)]), heading_deg
            )[0]
            ripe = rng.random()
            fields.append(
                Field(
                    middle_m=(float(middle[0]), float(middle[1])),
                    length_m=side_m,
                    width_m=side_m,
                    heading_deg=heading_deg + float(rng.choice([0.0, 90.0])),
                    row_m=float(rng.uniform(0.9, 2.2)),
                    crop=(104, 126, 62) if ripe < 0.6 else (176, 158, 102),
                    earth=(150, 124, 92),
                )
            )
    return (canal,), (road,), tuple(fields)


def _streets(heading_deg: Degrees, size_m: Metres) -> tuple[Lines, MetresArray]:
    """A grid of streets and two rows of lots in each block."""
    reach_m = 0.8 * size_m
    line_m = np.arange(-reach_m, reach_m, 4.0)
    lines: list[MetresArray] = []
    middles_m: list[MetresArray] = []
    for axis, block_m in enumerate(_BLOCK_M):
        count = math.ceil(reach_m / block_m)
        offsets_m = np.arange(-count, count + 1) * block_m
        middles_m.append(np.asarray(offsets_m[:-1] + block_m / 2.0, dtype=np.float64))
        for offset_m in offsets_m:
            across_m = np.full(line_m.size, offset_m)
            ahead_m, aside_m = (across_m, line_m) if axis == 0 else (line_m, across_m)
            lines.append(from_axes(ahead_m, aside_m, heading_deg))
    columns_m = _LOT_M * np.arange(-2, 3)
    ahead_m, aside_m = np.meshgrid(
        (middles_m[0][:, None] + columns_m).ravel(), (middles_m[1][:, None] + np.array(_LOT_ROWS_M)).ravel()
    )
    lots_m = from_axes(ahead_m.ravel(), aside_m.ravel(), heading_deg)
    return tuple(lines), lots_m[np.abs(lots_m).max(axis=1) < size_m / 2.0 - 14.0]
