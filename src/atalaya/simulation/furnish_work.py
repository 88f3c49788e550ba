"""Innocent places of other work, and homes: kiln, sawmill, small mine, village home."""

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation import thing_kit as kit
from atalaya.simulation.furnish_kit import CHAR, WORN_EARTH, furnished, patches, pit
from atalaya.simulation.objects import Point, pick, shade
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Thing
from atalaya.units import Metres


def charcoal_kiln(rng: np.random.Generator) -> Furnishing:
    """Earth-covered stacks that smoulder for days, cut wood, black ground, a sheet against the rain."""
    things: list[Thing] = []
    for number in range(int(rng.integers(1, 4))):
        burning = rng.random() < 0.7
        things.append(
            kit.heap(
                rng,
                (4.6 * number - 3.0, float(rng.normal(0.0, 0.6))),
                (3.8, 3.4, 1.9),
                (92, 78, 62),
                Material.SOIL,
                excess_k=float(rng.uniform(12.0, 45.0)) if burning else 2.0,
            )
        )
    things += _logs(rng, (0.0, 4.6), count=int(rng.integers(5, 10)), length_m=1.6)
    things.append(kit.shelter(rng, (-3.6, -4.8), turn_deg=float(rng.normal(0.0, 12.0)), size_m=(3.8, 3.0)))
    things += kit.drums(rng, (1.6, -4.4), int(rng.integers(0, 3)), rows=1)
    marks = patches(
        rng,
        (0.0, 0.0),
        9,
        spread_m=3.4,
        radius_m=(1.8, 3.4),
        colour=(66, 58, 50),
        material=Material.CHAR,
        strength=0.65,
    )
    return furnished(things, marks, track=float(rng.uniform(0.3, 0.7)), path=0.5, withered=0.12)


def _logs(rng: np.random.Generator, middle_m: Point, *, count: int, length_m: Metres) -> list[Thing]:
    """A stack of logs side by side."""
    parts = tuple(
        kit.part(
            (middle_m[0] + float(rng.normal(0.0, 0.15)), middle_m[1] + 0.5 * number),
            (length_m * float(rng.uniform(0.85, 1.1)), 0.4, 0.45),
            shade(rng, (138, 108, 76), 0.1),
            Material.WOOD,
            turn_deg=float(rng.normal(0.0, 2.5)),
        )
        for number in range(count)
    )
    return [Thing(kind=ObjectKind.LOGS, parts=parts)]


def sawmill(rng: np.random.Generator) -> Furnishing:
    """A long roof over a warm engine, logs, bright sawdust, drums of fuel, a lorry."""
    working = rng.random() < 0.7
    things = [
        kit.open_roof(rng, (0.0, 0.0), (float(rng.uniform(10.0, 14.0)), 6.0, 3.4), turn_deg=0.0),
        kit.generator(rng, (8.2, 1.0), running=working),
        *_logs(rng, (-2.0, 5.0), count=int(rng.integers(6, 14)), length_m=4.6),
        kit.heap(rng, (4.6, -5.6), (4.2, 3.4, 1.3), (206, 178, 132), Material.WOOD),
        *kit.drums(rng, (8.0, -2.4), int(rng.integers(2, 7)), rows=2),
    ]
    if rng.random() < 0.6:
        things.append(kit.vehicle(rng, (-9.6, -1.0), turn_deg=75.0, size_m=(8.6, 2.5, 3.1)))
    marks = patches(rng, (0.0, 0.0), 9, spread_m=5.0, radius_m=(2.4, 4.6), colour=WORN_EARTH, strength=0.65)
    marks += patches(rng, (4.6, -5.6), 2, spread_m=0.8, radius_m=(2.0, 2.8), colour=(200, 172, 128))
    return furnished(things, marks, track=float(rng.uniform(0.6, 1.0)))


def artisanal_mine(rng: np.random.Generator) -> Furnishing:
    """Pits and bright spoil, a pump with a hose to the stream, a sluice, a sheet to sleep under."""
    things: list[Thing] = []
    marks = patches(rng, (0.0, 0.0), 9, spread_m=4.0, radius_m=(2.0, 4.0), colour=(186, 164, 130))
    for number in range(int(rng.integers(2, 5))):
        place_m = (5.0 * (number % 2) - 2.5, 5.0 * (number // 2) - 2.5)
        marks.append(pit(rng, place_m, float(rng.uniform(1.0, 2.0))))
        side_m = (place_m[0] + 2.6, place_m[1] + float(rng.normal(0.0, 0.6)))
        things.append(kit.heap(rng, side_m, (3.0, 2.4, 1.1), (196, 172, 136), Material.ROCK))
    things += [
        kit.shelter(rng, (-7.0, 1.0), turn_deg=float(rng.normal(0.0, 20.0)), size_m=(4.4, 3.4)),
        kit.generator(rng, (0.0, -6.4), running=rng.random() < 0.6),
        kit.box(ObjectKind.TRAY, (2.8, -6.6), (3.6, 0.7, 0.6), kit.WOOD, Material.WOOD),
        *kit.drums(rng, (-5.0, -4.0), int(rng.integers(1, 5)), rows=1),
    ]
    return furnished(things, marks, hose=True, track=float(rng.uniform(0.2, 0.7)), path=0.7)


def village_home(rng: np.random.Generator) -> Furnishing:
    """A house of adobe under thatch or metal, a kitchen with a warm hearth, a swept yard, a water drum."""
    thatch = rng.random() < 0.5
    colour = pick(rng, kit.FRONDS) if thatch else pick(rng, kit.SHEET_ROOFS)
    roof = Material.DRY_LEAVES if thatch else Material.SHEET_METAL
    things = [
        kit.house(
            rng,
            (0.0, 0.0),
            (float(rng.uniform(6.0, 8.0)), float(rng.uniform(4.4, 5.6)), 2.7),
            turn_deg=0.0,
            roof=roof,
            colour=colour,
            excess_k=float(rng.uniform(0.0, 2.0)),
        ),
        kit.house(
            rng,
            (-6.4, 2.2),
            (3.4, 3.0, 2.3),
            turn_deg=float(rng.normal(0.0, 8.0)),
            roof=Material.DRY_LEAVES,
            colour=pick(rng, kit.FRONDS),
            excess_k=float(rng.uniform(3.0, 10.0)),
        ),
        *kit.drums(rng, (4.8, 2.4), int(rng.integers(1, 3)), rows=1),
        *_logs(rng, (4.6, -3.4), count=4, length_m=1.2),
    ]
    if rng.random() < 0.4:
        things.append(kit.shelter(rng, (-1.0, 4.8), turn_deg=0.0, size_m=(3.4, 2.8)))
    marks = patches(
        rng, (0.0, 0.0), 8, spread_m=3.6, radius_m=(2.0, 3.6), colour=(176, 154, 122), strength=0.7
    )
    marks += patches(
        rng, (-6.4, 4.6), 1, spread_m=0.2, radius_m=(0.6, 0.9), colour=CHAR, material=Material.CHAR
    )
    return furnished(things, marks, path=0.9)
