"""True sites that hide among others' things: urban yard, stockpile, dump."""

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation import thing_kit as kit
from atalaya.simulation.furnish_kit import CHAR, CHEMICAL, WORN_EARTH, furnished, patches, pit, stain
from atalaya.simulation.objects import pick
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Mark, Thing


def urban(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """A walled yard behind a house: a sheet over it, drums and bottles, roof vents, a stained drain."""
    warm_k = float(rng.uniform(3.0, 7.0)) if running else 0.0
    things = [
        kit.house(
            rng,
            (-4.0, 0.0),
            (9.0, 8.0, 3.2),
            turn_deg=0.0,
            roof=Material.CONCRETE,
            colour=pick(rng, ((168, 162, 152), (186, 178, 164))),
            excess_k=warm_k,
        ),
        *(
            Thing(
                kind=ObjectKind.VENT,
                parts=(
                    kit.part(
                        (-5.5 + 2.6 * number, float(rng.uniform(-2.0, 2.0))),
                        (0.5, 0.5, 0.7),
                        (168, 168, 166),
                        Material.SHEET_METAL,
                        bottom_m=3.3,
                        excess_k=3.0 * warm_k,
                    ),
                ),
            )
            for number in range(2)
        ),
        kit.fence((5.0, 0.0), (9.0, 8.0)),
        kit.shelter(rng, (3.2, 1.6), turn_deg=90.0, size_m=(4.6, 3.6)),
        *kit.drums(rng, (6.4, -2.4), int(rng.integers(5, 12)), rows=2),
        *kit.gas_bottles(rng, (2.0, -3.2), int(rng.integers(3, 7))),
    ]
    if running:
        things.append(kit.vehicle(rng, (-10.6, 1.0), turn_deg=90.0, size_m=(5.6, 2.0, 2.3)))
    marks = patches(rng, (5.0, 0.0), 4, spread_m=1.5, radius_m=(1.5, 2.6), colour=(150, 142, 130))
    marks.append(stain(rng, (7.6, 2.6), 1.2, pick(rng, CHEMICAL)))
    return furnished(things, marks)


def stockpile(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """Rows of drums and sacks under sheets and branches; nothing is cooked, so nothing is warm."""
    full = 1.0 if running else 0.6
    things = [
        kit.shelter(rng, (0.0, 0.0), turn_deg=0.0, size_m=(6.4, 4.0), branches=0.5),
        kit.container(
            rng, (0.0, 5.0), turn_deg=float(rng.normal(0.0, 6.0)), colour=kit.GREEN_PAINT, branches=0.45
        ),
        *kit.drums(rng, (-1.0, -4.4), round(full * int(rng.integers(14, 24))), rows=3),
        *(
            kit.box(
                ObjectKind.HEAP,
                (5.0, float(across_m)),
                (1.3, 1.1, 0.9),
                (196, 190, 176),
                Material.PLASTIC_SHEET,
            )
            for across_m in np.arange(-3.0, -3.0 + 1.3 * round(4.0 * full), 1.3)
        ),
    ]
    if running:
        things.append(kit.vehicle(rng, (-6.4, 3.0), turn_deg=20.0, size_m=(7.4, 2.4, 2.9)))
    marks = patches(rng, (0.0, 0.0), 7, spread_m=3.0, radius_m=(1.8, 3.4), colour=WORN_EARTH)
    return furnished(things, marks, track=1.0 if running else 0.35)


def dump(rng: np.random.Generator, *, running: bool) -> Furnishing:
    """A pit with burnt waste, a tongue of stained soil, empty drums and trays thrown about."""
    warm_k = float(rng.uniform(15.0, 30.0)) if running else 0.0
    things = [
        kit.heap(rng, (0.0, 0.0), (2.4, 2.0, 0.5), CHAR, Material.CHAR, excess_k=warm_k),
        *(
            kit.drum(rng, (float(rng.normal(0.0, 3.2)), float(rng.normal(1.0, 3.2))))
            for _ in range(int(rng.integers(6, 13)))
        ),
        *kit.trays(rng, (-3.6, -2.8), int(rng.integers(3, 7)), turn_deg=float(rng.uniform(0.0, 90.0))),
        *(
            kit.box(
                None,
                (float(rng.normal(0.0, 3.0)), float(rng.normal(0.0, 3.0))),
                (float(rng.uniform(0.6, 1.6)), 0.7, 0.08),
                pick(rng, kit.TARPS),
                Material.PLASTIC_SHEET,
                turn_deg=float(rng.uniform(0.0, 180.0)),
            )
            for _ in range(9)
        ),
    ]
    marks = [
        *patches(rng, (0.0, 0.0), 6, spread_m=2.6, radius_m=(2.0, 3.4), colour=WORN_EARTH),
        *(_tongue(rng, 1.8 * step, pick(rng, CHEMICAL)) for step in range(1, 5)),
        pit(rng, (0.0, 0.0), 2.2),
        *patches(
            rng,
            (0.5, 0.5),
            3,
            spread_m=0.8,
            radius_m=(0.9, 1.6),
            colour=CHAR,
            material=Material.CHAR,
            strength=0.8,
        ),
    ]
    return furnished(things, marks, track=0.9 if running else 0.3, withered=0.18)


def _tongue(rng: np.random.Generator, along_m: float, colour: tuple[int, int, int]) -> Mark:
    """Part of a stain that runs down from the pit."""
    return stain(rng, (along_m, float(rng.normal(-1.0, 0.4))), 1.6 - 0.12 * along_m, colour)
