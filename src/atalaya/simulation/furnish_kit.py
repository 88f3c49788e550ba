"""How a furnishing is put together: its middle, its reach, and the usual marks on the ground."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation.objects import Colour, Point, around, blob, shade
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Mark, Thing, corners_of
from atalaya.units import Metres

WORN_EARTH: Colour = (158, 136, 104)
CHAR: Colour = (44, 41, 38)
CHEMICAL: tuple[Colour, ...] = ((86, 60, 42), (120, 104, 52), (70, 66, 60))


def furnished(
    things: Iterable[Thing],
    marks: Iterable[Mark],
    *,
    hose: bool = False,
    track: float = 0.0,
    path: float = 0.0,
    withered: float = 0.0,
) -> Furnishing:
    """All of a place, moved so that its middle is that of its things; the radius holds them all."""
    things, marks = tuple(things), tuple(marks)
    shapes = [corners_of(part) for thing in things for part in thing.parts]
    shapes += [mark.outline_m for mark in marks if mark.kind is not None or not things]
    points_m = np.concatenate(shapes)
    middle_m = (points_m.min(axis=0) + points_m.max(axis=0)) / 2.0
    return Furnishing(
        things=tuple(_moved(thing, middle_m) for thing in things),
        marks=tuple(replace(mark, outline_m=mark.outline_m - middle_m) for mark in marks),
        radius_m=float(np.linalg.norm(points_m - middle_m, axis=1).max()) + 0.5,
        hose=hose,
        track=track,
        path=path,
        withered=withered,
    )


def _moved(thing: Thing, middle_m: Sequence[float] | np.ndarray) -> Thing:
    """A thing as seen from another middle."""
    along_m, across_m = float(middle_m[0]), float(middle_m[1])
    return replace(
        thing,
        parts=tuple(
            replace(part, along_m=part.along_m - along_m, across_m=part.across_m - across_m)
            for part in thing.parts
        ),
    )


def patches(
    rng: np.random.Generator,
    middle_m: Point,
    count: int,
    *,
    spread_m: Metres,
    radius_m: tuple[Metres, Metres],
    colour: Colour,
    material: Material = Material.SOIL,
    strength: float = 0.55,
    soft_m: Metres = 0.8,
) -> list[Mark]:
    """Overlapping soft patches without names: worn, swept, trampled or burnt ground."""
    return [
        Mark(
            outline_m=blob(rng, around(rng, middle_m, spread_m), float(rng.uniform(*radius_m))),
            colour=shade(rng, colour, 0.05),
            material=material,
            strength=strength,
            soft_m=soft_m,
        )
        for _ in range(count)
    ]


def stain(rng: np.random.Generator, middle_m: Point, radius_m: Metres, colour: Colour) -> Mark:
    """A stain that has a name in the truth."""
    return Mark(
        outline_m=blob(rng, middle_m, radius_m),
        colour=shade(rng, colour, 0.06),
        material=Material.MUD,
        strength=0.85,
        soft_m=0.35,
        kind=ObjectKind.STAIN,
    )


def pit(rng: np.random.Generator, middle_m: Point, radius_m: Metres, colour: Colour = (52, 44, 38)) -> Mark:
    """A dug or burnt hollow, dark inside."""
    return Mark(
        outline_m=blob(rng, middle_m, radius_m),
        colour=shade(rng, colour, 0.06),
        material=Material.MUD,
        strength=0.95,
        soft_m=0.25,
        kind=ObjectKind.PIT,
    )
