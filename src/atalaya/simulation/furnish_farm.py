"""Innocent places of those who farm: shed, corral, field camp, shade net, apiary, burning field."""

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation import thing_kit as kit
from atalaya.simulation.furnish_kit import CHAR, WORN_EARTH, furnished, patches
from atalaya.simulation.objects import pick, shade
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Mark, Thing

_DUNG = (104, 84, 58)


def ranch_shed(rng: np.random.Generator) -> Furnishing:
    """A roof of sheet metal, often rusty, with a tank, a few drums for fodder and perhaps a pick-up."""
    things = [
        kit.house(
            rng,
            (0.0, 0.0),
            (float(rng.uniform(7.0, 11.0)), float(rng.uniform(5.0, 7.0)), 3.0),
            turn_deg=0.0,
            roof=Material.SHEET_METAL,
            colour=pick(rng, kit.SHEET_ROOFS),
        ),
        kit.box(ObjectKind.TANK, (6.8, 3.6), (1.4, 1.4, 1.5), (46, 46, 48), Material.PLASTIC_SHEET),
        *kit.drums(rng, (-2.0, -4.4), int(rng.integers(1, 5)), rows=1),
    ]
    if rng.random() < 0.5:
        things.append(kit.shelter(rng, (3.0, -5.4), turn_deg=0.0, size_m=(4.0, 3.0)))
    if rng.random() < 0.5:
        things.append(kit.vehicle(rng, (-7.6, 1.0), turn_deg=float(rng.normal(80.0, 25.0))))
    marks = patches(rng, (0.0, 0.0), 8, spread_m=4.0, radius_m=(2.2, 4.2), colour=WORN_EARTH)
    return furnished(things, marks, track=float(rng.uniform(0.5, 0.9)), path=0.3)


def corral(rng: np.random.Generator) -> Furnishing:
    """Fences, trough, shade and a heap of dung: a true one has no vents, no spoil, no generator."""
    things = [
        kit.fence((0.0, 0.0), (float(rng.uniform(16.0, 22.0)), float(rng.uniform(11.0, 15.0)))),
        kit.open_roof(rng, (-5.0, 3.2), (5.0, 4.0, 2.4), turn_deg=0.0),
        kit.box(ObjectKind.TANK, (5.4, -3.6), (2.6, 0.8, 0.6), (148, 146, 140), Material.CONCRETE),
        kit.heap(rng, (2.0, 4.6), (3.4, 2.6, 0.8), _DUNG, Material.SOIL, excess_k=3.0),
        *kit.drums(rng, (-6.0, -3.8), int(rng.integers(1, 4)), rows=1),
    ]
    marks = patches(
        rng, (0.0, 0.0), 11, spread_m=4.0, radius_m=(2.5, 4.5), colour=(148, 126, 94), strength=0.7
    )
    marks += patches(rng, (0.0, 0.0), 5, spread_m=4.0, radius_m=(0.8, 1.8), colour=_DUNG)
    return furnished(things, marks, track=float(rng.uniform(0.3, 0.8)), path=0.4)


def field_camp(rng: np.random.Generator) -> Furnishing:
    """Tarps of day labourers beside the work: the same sheets, a water drum, a fireplace, no branches."""
    count = int(rng.integers(2, 6))
    things = [
        kit.shelter(
            rng,
            (4.6 * (number % 3 - 1) + float(rng.normal(0.0, 0.5)), 5.0 * (number // 3) - 2.0),
            turn_deg=float(rng.normal(0.0, 14.0)),
            size_m=(float(rng.uniform(3.4, 4.8)), float(rng.uniform(2.8, 3.6))),
            branches=float(rng.choice([0.0, 0.0, 0.15])),
        )
        for number in range(count)
    ]
    things += kit.drums(rng, (5.6, 4.4), int(rng.integers(1, 4)), rows=1)
    things.append(
        kit.box(
            None, (-5.6, 4.0), (0.7, 0.7, 0.15), CHAR, Material.CHAR, excess_k=float(rng.uniform(0.0, 60.0))
        )
    )
    marks = patches(rng, (0.0, 0.0), 8, spread_m=3.4, radius_m=(1.6, 3.2), colour=WORN_EARTH)
    marks += patches(
        rng, (-5.6, 4.0), 2, spread_m=0.2, radius_m=(0.6, 1.0), colour=CHAR, material=Material.CHAR
    )
    return furnished(things, marks, path=float(rng.uniform(0.5, 1.0)))


def shade_net(rng: np.random.Generator) -> Furnishing:
    """Long bays of net or film over vegetables: large, level, regular, of the same plastic."""
    colour = pick(rng, ((52, 62, 54), (208, 212, 208), (44, 46, 48)))
    length_m, bays = float(rng.uniform(16.0, 24.0)), int(rng.integers(3, 6))
    roofs = tuple(
        part
        for bay in range(bays)
        for part in kit.ridge(
            rng,
            (0.0, 4.0 * (bay - (bays - 1) / 2.0)),
            (length_m, 4.0, 2.8),
            colour,
            Material.PLASTIC_SHEET,
            turn_deg=0.0,
            pitch_deg=6.0,
        )
    )
    things = [
        Thing(kind=ObjectKind.SHELTER, parts=roofs),
        kit.box(
            ObjectKind.TANK,
            (0.5 * length_m + 2.4, 0.0),
            (1.6, 1.6, 1.7),
            (46, 46, 48),
            Material.PLASTIC_SHEET,
        ),
        *kit.drums(rng, (0.5 * length_m + 2.0, 3.4), int(rng.integers(1, 4)), rows=1),
    ]
    marks = patches(rng, (0.0, 0.0), 6, spread_m=5.0, radius_m=(3.0, 5.0), colour=WORN_EARTH, strength=0.5)
    return furnished(things, marks, hose=True, track=0.7)


def apiary(rng: np.random.Generator) -> Furnishing:
    """Hives in rows, white or of all colours; a small sheet, and honey drums at the harvest."""
    rows, along = int(rng.integers(2, 4)), int(rng.integers(5, 9))
    painted = rng.random() < 0.5
    things = [
        kit.box(
            ObjectKind.HIVE,
            (
                1.5 * (col - (along - 1) / 2.0) + float(rng.normal(0.0, 0.08)),
                2.6 * row + float(rng.normal(0.0, 0.08)),
            ),
            (0.52, 0.42, 0.6),
            pick(rng, ((76, 120, 176), (206, 190, 92), (120, 150, 96))) if painted else (220, 218, 210),
            Material.WOOD,
            turn_deg=float(rng.normal(0.0, 4.0)),
        )
        for row in range(rows)
        for col in range(along)
    ]
    things.append(kit.shelter(rng, (0.0, -3.4), turn_deg=0.0, size_m=(3.4, 2.6)))
    things += kit.drums(rng, (3.4, -3.2), int(rng.integers(0, 4)), rows=1)
    marks = patches(rng, (0.0, 1.6), 5, spread_m=2.6, radius_m=(1.4, 2.6), colour=WORN_EARTH, strength=0.4)
    return furnished(things, marks, track=float(rng.uniform(0.2, 0.6)), path=0.3)


def crop_burn(rng: np.random.Generator) -> Furnishing:
    """A burnt piece of field with a front that still glows: hot, black, and nothing stands there."""
    reach_m = float(rng.uniform(11.0, 17.0))
    front = [
        kit.box(
            None,
            (0.55 * reach_m + float(rng.normal(0.0, 0.7)), float(across_m)),
            (1.0, 1.3, 0.08),
            shade(rng, CHAR, 0.2),
            Material.CHAR,
            excess_k=float(rng.uniform(20.0, 90.0)),
        )
        for across_m in np.arange(-0.6 * reach_m, 0.6 * reach_m, 1.4)
        if rng.random() < 0.6
    ]
    front.append(kit.heap(rng, (-0.3 * reach_m, 2.0), (2.2, 1.8, 0.5), CHAR, Material.CHAR, excess_k=15.0))
    marks: list[Mark] = patches(
        rng,
        (-0.1 * reach_m, 0.0),
        10,
        spread_m=0.3 * reach_m,
        radius_m=(0.35 * reach_m, 0.55 * reach_m),
        colour=CHAR,
        material=Material.CHAR,
        strength=0.6,
        soft_m=0.8,
    )
    return furnished(front, marks, path=0.3, withered=0.12)
