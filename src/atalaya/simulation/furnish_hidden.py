"""True sites that hide under leaves or under the ground: ravine, field edge, mangrove, corral."""

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation import thing_kit as kit
from atalaya.simulation.furnish_kit import CHEMICAL, WORN_EARTH, furnished, patches, pit, stain
from atalaya.simulation.objects import pick
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Thing


def canopy_ravine(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """Tarps of about 5 by 4 m under cut branches, drums, trays, bottles, a hose to the stream."""
    things: list[Thing] = []
    count = int(rng.integers(2, 5))
    for number in range(count):
        along_m = (number - (count - 1) / 2.0) * 5.4 + float(rng.normal(0.0, 0.3))
        things.append(
            kit.shelter(
                rng,
                (along_m, float(rng.normal(0.0, 1.0))),
                turn_deg=float(rng.normal(0.0, 9.0)),
                size_m=(float(rng.uniform(4.2, 5.4)), float(rng.uniform(3.2, 4.2))),
                branches=float(rng.uniform(0.25, 0.6)),
            )
        )
    things += kit.drums(rng, (-1.5, 3.2), int(rng.integers(5, 12)), turn_deg=float(rng.normal(0.0, 8.0)))
    things += kit.gas_bottles(rng, (2.6, 3.4), int(rng.integers(2, 5)))
    things += kit.trays(rng, (-3.0, -3.6), int(rng.integers(3, 8)), warm_k=8.0 if running else 0.0)
    things.append(kit.generator(rng, (4.6, -3.4), running=running))
    marks = patches(rng, (0.0, 0.0), 8, spread_m=3.2, radius_m=(1.8, 3.6), colour=WORN_EARTH)
    marks += [stain(rng, (-5.0, -4.6), 1.3, pick(rng, CHEMICAL)), pit(rng, (4.0, 5.4), 1.0)]
    return furnished(
        things, marks, hose=True, path=1.0 if running else 0.35, withered=0.10 if running else 0.06
    )


def field_edge(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """Below palms: a long sheet under fronds, a container painted green, drums, a pick-up while it runs."""
    things = [
        kit.shelter(
            rng,
            (0.0, -2.2),
            turn_deg=float(rng.normal(0.0, 5.0)),
            size_m=(9.0, 4.4),
            branches=0.55,
            cover=kit.FRONDS,
        ),
        kit.container(
            rng, (1.0, 3.0), turn_deg=float(rng.normal(0.0, 8.0)), colour=kit.GREEN_PAINT, branches=0.3
        ),
        kit.generator(rng, (6.0, 0.6), running=running),
        *kit.drums(rng, (-4.8, 2.2), int(rng.integers(6, 14)), rows=3),
        *kit.trays(rng, (3.6, -5.6), int(rng.integers(4, 9)), warm_k=8.0 if running else 0.0),
        *kit.gas_bottles(rng, (-6.0, -0.6), 3),
    ]
    if running:
        things.append(kit.vehicle(rng, (-8.6, 1.4), turn_deg=float(rng.normal(90.0, 25.0))))
    marks = patches(rng, (0.0, 0.0), 9, spread_m=4.0, radius_m=(2.0, 4.0), colour=WORN_EARTH)
    marks += [stain(rng, (-4.5, -6.2), 1.5, pick(rng, CHEMICAL)), pit(rng, (7.2, -4.4), 1.2)]
    return furnished(things, marks, hose=True, track=1.0 if running else 0.3, withered=0.08)


def mangrove(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """A deck of planks under dark sheets on mud, blue drums, a boat at its edge while it runs."""
    things = [
        kit.box(None, (0.0, 0.0), (9.0, 6.0, 0.7), kit.WOOD, Material.WOOD),
        kit.shelter(rng, (-2.2, 0.0), turn_deg=90.0, size_m=(5.4, 4.0), colour=kit.TARPS[5], branches=0.45),
        kit.shelter(rng, (2.4, 0.2), turn_deg=90.0, size_m=(5.2, 3.8), branches=0.35),
        *_lifted_drums(rng, int(rng.integers(5, 10))),
        kit.generator(rng, (5.6, -2.6), running=running),
        *kit.gas_bottles(rng, (-5.6, -2.6), 3),
    ]
    if running:
        boat = kit.part((1.0, 5.6), (7.0, 1.8, 0.7), (206, 206, 198), Material.PAINTED_METAL)
        things.append(Thing(kind=ObjectKind.PARKED_VEHICLE, parts=(boat,)))
    marks = patches(
        rng, (0.0, 0.0), 7, spread_m=3.0, radius_m=(2.0, 4.0), colour=(96, 84, 66), material=Material.MUD
    )
    marks.append(stain(rng, (4.8, 4.0), 1.4, pick(rng, CHEMICAL)))
    return furnished(things, marks, hose=True, path=0.5 if running else 0.2, withered=0.10)


def _lifted_drums(rng: np.random.Generator, count: int) -> list[Thing]:
    """Drums beside the deck."""
    return kit.drums(rng, (0.0, -4.2), count, rows=2)


def underground(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """A corral over a buried room: vents, a heap of fresh spoil, a generator with no house to feed."""
    warm_k = float(rng.uniform(4.0, 9.0)) if running else 0.0
    things = [
        kit.fence((0.0, 0.0), (20.0, 14.0)),
        kit.open_roof(rng, (-6.6, 4.0), (5.0, 4.0, 2.4), turn_deg=0.0),
        *(
            kit.box(
                ObjectKind.VENT,
                (float(rng.uniform(-2.0, 6.0)), side * float(rng.uniform(1.5, 4.0))),
                (0.35, 0.35, 0.9),
                (150, 148, 142),
                Material.SHEET_METAL,
                excess_k=warm_k,
            )
            for side in (-1.0, 1.0)
        ),
        kit.box(ObjectKind.TANK, (7.0, -5.0), (2.6, 0.8, 0.6), (148, 146, 140), Material.CONCRETE),
        kit.heap(rng, (12.6, 3.0), (5.0, 3.6, 1.3), (182, 150, 112), Material.SOIL),
        kit.generator(rng, (-11.6, -3.0), running=running),
        *kit.drums(rng, (-7.4, -5.2), int(rng.integers(2, 6)), rows=1),
    ]
    if running:
        things.append(kit.vehicle(rng, (-12.4, 2.6), turn_deg=float(rng.normal(70.0, 20.0))))
    marks = patches(
        rng, (0.0, 0.0), 10, spread_m=4.5, radius_m=(2.5, 4.5), colour=(150, 128, 96), strength=0.7
    )
    # the earth over the room was turned and has settled in straight lines
    marks += patches(rng, (2.0, 0.0), 3, spread_m=0.8, radius_m=(2.2, 3.0), colour=(174, 146, 110))
    return furnished(things, marks, track=0.9 if running else 0.4)
