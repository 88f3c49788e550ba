"""What is left of a site after a raid and a fire: char, collapsed sheets, drums thrown over, no warmth."""

from dataclasses import replace

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation.furnish_kit import CHAR, patches
from atalaya.simulation.objects import Colour, shade
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Part, Thing

_RUST: Colour = (116, 74, 52)
_ROOFS = (ObjectKind.SHELTER, ObjectKind.ROOF)
_METAL = (ObjectKind.DRUM, ObjectKind.GAS_BOTTLE, ObjectKind.GENERATOR, ObjectKind.CONTAINER, ObjectKind.TANK)


def destroyed(rng: np.random.Generator, furnishing: Furnishing) -> Furnishing:
    """The same place burnt down: its roofs on the ground, its metal rusty, no vehicles, no hose."""
    things = [
        _burnt(rng, thing) for thing in furnishing.things if thing.kind is not ObjectKind.PARKED_VEHICLE
    ]
    char = patches(
        rng,
        (0.0, 0.0),
        9,
        spread_m=0.3 * furnishing.radius_m,
        radius_m=(1.6, 3.2),
        colour=CHAR,
        material=Material.CHAR,
        strength=0.8,
        soft_m=0.5,
    )
    return replace(
        furnishing,
        things=tuple(things),
        marks=(*furnishing.marks, *char),
        hose=False,
        track=0.5 if furnishing.track else 0.0,
        path=0.3,
        withered=max(0.15, furnishing.withered),
    )


def _burnt(rng: np.random.Generator, thing: Thing) -> Thing:
    """One thing after the fire."""
    if thing.kind in _ROOFS:
        # leaves and branches are ash; at least one charred piece of every roof remains
        left = [part for part in thing.parts if part.material is not Material.BRANCHES]
        return replace(thing, parts=tuple(_fallen(rng, part) for part in left))
    if thing.kind in _METAL:
        return replace(thing, parts=tuple(_scorched(rng, part) for part in thing.parts))
    return replace(
        thing,
        parts=tuple(
            replace(part, colour=shade(rng, CHAR, 0.15), material=Material.CHAR, excess_k=0.0)
            for part in thing.parts
        ),
    )


def _fallen(rng: np.random.Generator, part: Part) -> Part:
    """A piece of a roof on the ground, smaller than it was; walls stay, lower."""
    wall = part.bottom_m == 0.0
    return replace(
        part,
        bottom_m=0.0,
        length_m=part.length_m * (1.0 if wall else float(rng.uniform(0.45, 0.8))),
        width_m=part.width_m * (1.0 if wall else float(rng.uniform(0.5, 0.9))),
        height_m=0.5 * part.height_m if wall else float(rng.uniform(0.1, 0.3)),
        turn_deg=part.turn_deg + (0.0 if wall else float(rng.normal(0.0, 15.0))),
        tilt_deg=0.0,
        colour=shade(rng, CHAR, 0.2),
        material=Material.CHAR,
        excess_k=0.0,
    )


def _scorched(rng: np.random.Generator, part: Part) -> Part:
    """Metal after the fire."""
    if part.material is Material.BRANCHES:
        return replace(part, colour=shade(rng, CHAR, 0.2), material=Material.CHAR)
    return replace(part, colour=shade(rng, _RUST, 0.15), material=Material.SHEET_METAL, excess_k=0.0)
