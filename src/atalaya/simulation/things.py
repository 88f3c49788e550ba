"""What stands and lies at a place, in the place's own axes, before it is set down on the land.

Along is the place's heading, across is to its right. Things are made of flat-sided parts; marks are what
feet, wheels, fire and waste made of the ground. Setting down is `stand_up`; marks are painted by
`ground_paint`.
"""

import math
from dataclasses import dataclass

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation.landform import Surface
from atalaya.simulation.objects import Colour, Point
from atalaya.simulation.solids import Material, Solids
from atalaya.units import Degrees, Metres, MetresArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One box; `turn_deg` of its length against the place's heading, clockwise."""

    along_m: Metres
    across_m: Metres
    bottom_m: Metres = 0.0
    length_m: Metres
    width_m: Metres
    height_m: Metres
    turn_deg: Degrees = 0.0
    tilt_deg: Degrees = 0.0
    colour: Colour
    material: Material
    excess_k: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One object of the truth, or what belongs to none (kind None): poles, heaps of branches."""

    kind: ObjectKind | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A shape on the ground that hides a share of what was there.

    Args:
        outline_m: (N, 2) along, across. soft_m: how gradually it ends.
        kind: what object of the truth it is, None for plain worn ground.
    """

    outline_m: MetresArray
    colour: Colour
    material: Material
    strength: float
    soft_m: Metres = 0.3
    kind: ObjectKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishing:
    """All things and marks of one place.

    Args:
        radius_m: things lie within it, but for hoses and tracks.
        hose: whether one goes to the nearest water. track: how fresh wheel tracks from the road are, 0 none,
            1 of today; path: of feet, likewise. withered: share of the crowns about it that is dry.
    """

    things: tuple[Thing, ...]
    marks: tuple[Mark, ...]
    radius_m: Metres
    hose: bool = False
    track: float = 0.0
    path: float = 0.0
    withered: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A furnishing where it came to lie, local metres and heading."""

    furnishing: Furnishing
    middle_m: Point
    heading_deg: Degrees
    place_index: int

    def to_local(self, outline_m: MetresArray) -> MetresArray:
        """(N, 2) along, across → east, north."""
        heading = math.radians(self.heading_deg)
        sine, cosine = math.sin(heading), math.cos(heading)
        east_m = self.middle_m[0] + outline_m[:, 0] * sine + outline_m[:, 1] * cosine
        north_m = self.middle_m[1] + outline_m[:, 0] * cosine - outline_m[:, 1] * sine
        return np.stack([east_m, north_m], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRow:
    """One thing of the truth in local metres; `excess_k` is its own heat, above what its material has."""

    kind: ObjectKind
    place_index: int
    middle_m: Point
    length_m: Metres
    width_m: Metres
    height_m: Metres
    heading_deg: Degrees
    material: Material
    excess_k: float


def stand_up(placed: Placed, surface: Surface, first_object: int) -> tuple[list[ObjectRow], Solids]:
    """Set a place's things on the ground.

    Args:
        placed: where they go.
        surface: the ground.
        first_object: row that its first object will have in the truth.

    Returns:
        Its objects, things first, then marks, and its boxes.
    """
    rows: list[ObjectRow] = []
    parts: list[Part] = []
    owners: list[int] = []
    for thing in placed.furnishing.things:
        owner = -1
        if thing.kind is not None:
            owner = first_object + len(rows)
            rows.append(_row(placed, thing.kind, thing.parts))
        parts += thing.parts
        owners += [owner] * len(thing.parts)
    rows += [_mark_row(placed, mark, mark.kind) for mark in placed.furnishing.marks if mark.kind is not None]
    return rows, solids_of(placed, parts, owners, surface)


def no_solids() -> Solids:
    """A table of no boxes."""
    none, no_colour = np.zeros(0), np.zeros(0, dtype=np.float32)
    return Solids(
        east_m=none,
        north_m=none,
        base_up_m=none,
        length_m=none,
        width_m=none,
        height_m=none,
        heading_deg=none,
        tilt_deg=none,
        red=no_colour,
        green=no_colour,
        blue=no_colour,
        material=np.zeros(0, dtype=np.uint8),
        excess_temperature_k=none,
        object_index=np.zeros(0, dtype=np.int64),
    )


def part_column(parts: list[Part], name: str) -> MetresArray:
    """(N,) one field of the parts."""
    return np.array([getattr(part, name) for part in parts], dtype=np.float64)


def solids_of(placed: Placed, parts: list[Part], owners: list[int], surface: Surface) -> Solids:
    """Boxes in local metres; one that stands on the ground reaches down to its lowest corner."""
    along_m, across_m = part_column(parts, "along_m"), part_column(parts, "across_m")
    middle_m = placed.to_local(np.stack([along_m, across_m], axis=1))
    heading_deg = (placed.heading_deg + part_column(parts, "turn_deg")) % 360.0
    length_m, width_m = part_column(parts, "length_m"), part_column(parts, "width_m")
    bottom_m, height_m = part_column(parts, "bottom_m"), part_column(parts, "height_m")
    ground_m = surface.up_at(middle_m[:, 0], middle_m[:, 1])
    heading = np.radians(heading_deg)
    lowest_m = ground_m.copy()
    for ahead, aside in ((0.5, 0.5), (0.5, -0.5), (-0.5, -0.5), (-0.5, 0.5)):
        east_m = middle_m[:, 0] + ahead * length_m * np.sin(heading) + aside * width_m * np.cos(heading)
        north_m = middle_m[:, 1] + ahead * length_m * np.cos(heading) - aside * width_m * np.sin(heading)
        lowest_m = np.minimum(lowest_m, surface.up_at(east_m, north_m))
    base_m = np.where(bottom_m > 0.0, ground_m + bottom_m, lowest_m)
    colour = np.array([part.colour for part in parts], dtype=np.float32).reshape(-1, 3)
    return Solids(
        east_m=middle_m[:, 0],
        north_m=middle_m[:, 1],
        base_up_m=base_m,
        length_m=length_m,
        width_m=width_m,
        height_m=ground_m + bottom_m + height_m - base_m,
        heading_deg=heading_deg,
        tilt_deg=part_column(parts, "tilt_deg"),
        red=colour[:, 0].copy(),
        green=colour[:, 1].copy(),
        blue=colour[:, 2].copy(),
        material=np.array([part.material for part in parts], dtype=np.uint8),
        excess_temperature_k=part_column(parts, "excess_k"),
        object_index=np.array(owners, dtype=np.int64),
    )


def _row(placed: Placed, kind: ObjectKind, parts: tuple[Part, ...]) -> ObjectRow:
    """Middle, size and warmth of a thing; its length points the way of its first part."""
    turn = math.radians(parts[0].turn_deg)
    ahead, aside = (
        np.array([math.cos(turn), math.sin(turn)]),
        np.array([-math.sin(turn), math.cos(turn)]),
    )
    corners = np.concatenate([corners_of(part) for part in parts])
    reach, side = corners @ ahead, corners @ aside
    middle = ahead * (reach.max() + reach.min()) / 2.0 + aside * (side.max() + side.min()) / 2.0
    east_m, north_m = placed.to_local(middle[None])[0].tolist()
    highest_m = max(part.bottom_m + part.height_m + _rise_m(part) for part in parts)
    return ObjectRow(
        kind=kind,
        place_index=placed.place_index,
        middle_m=(east_m, north_m),
        length_m=float(np.ptp(reach)),
        width_m=float(np.ptp(side)),
        height_m=highest_m,
        heading_deg=(placed.heading_deg + parts[0].turn_deg) % 360.0,
        material=parts[0].material,
        excess_k=max(part.excess_k for part in parts),
    )


def corners_of(part: Part) -> MetresArray:
    """(4, 2) along, across."""
    turn = math.radians(part.turn_deg)
    ahead = np.array([math.cos(turn), math.sin(turn)]) * part.length_m / 2.0
    aside = np.array([-math.sin(turn), math.cos(turn)]) * part.width_m / 2.0
    middle = np.array([part.along_m, part.across_m])
    return np.array([middle + a * ahead + b * aside for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))])


def _rise_m(part: Part) -> Metres:
    """How far a tilted top rises above its middle."""
    return 0.5 * part.width_m * math.tan(math.radians(abs(part.tilt_deg)))


def _mark_row(placed: Placed, mark: Mark, kind: ObjectKind) -> ObjectRow:
    """A mark of the truth: flat, its length along the place's heading."""
    low, high = mark.outline_m.min(axis=0), mark.outline_m.max(axis=0)
    east_m, north_m = placed.to_local((low + high)[None] / 2.0)[0].tolist()
    return ObjectRow(
        kind=kind,
        place_index=placed.place_index,
        middle_m=(east_m, north_m),
        length_m=float(high[0] - low[0]),
        width_m=float(high[1] - low[1]),
        height_m=0.0,
        heading_deg=placed.heading_deg,
        material=mark.material,
        excess_k=0.0,
    )
