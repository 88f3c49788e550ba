"""What stands about on a world and is no place of the truth: houses of a suburb, boulders of empty land."""

from collections.abc import Callable

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation import thing_kit as kit
from atalaya.simulation.furnish_kit import furnished, patches
from atalaya.simulation.ground_plan import FAR_M, GroundPlan
from atalaya.simulation.objects import pick, shade
from atalaya.simulation.scene_spec import Biome, SceneSpec
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Placed, Thing
from atalaya.units import Metres, MetresArray


def stand_about(
    rng: np.random.Generator, spec: SceneSpec, plan: GroundPlan, taken: list[Placed]
) -> list[Placed]:
    """Houses on the lots that no place has taken; boulders on hills and empty land."""
    make: Callable[[np.random.Generator], Furnishing] = _boulders
    spots_m = np.zeros((0, 2))
    match spec.biome:
        case Biome.SUBURB:
            spots_m, make = plan.lots_m, _home
        case Biome.SIERRA | Biome.DRY_FOREST | Biome.EMPTY:
            count = round(spec.size_m**2 / (9000.0 if spec.biome is Biome.EMPTY else 24000.0))
            spots_m = rng.uniform(-0.48, 0.48, (count, 2)) * spec.size_m
        case Biome.FIELD_EDGE | Biome.MANGROVE:
            pass
    stood: list[Placed] = []
    off_road = plan.to_road_m(spots_m) > plan.road_width_m
    for spot_m, clear in zip(spots_m, off_road, strict=True):
        furnishing = make(rng)
        turn_deg = plan.lot_heading_deg + 180.0 * float(rng.integers(2))
        if clear and _free(spot_m, furnishing.radius_m, taken):
            east_m, north_m = spot_m.tolist()
            stood.append(
                Placed(
                    furnishing=furnishing, middle_m=(east_m, north_m), heading_deg=turn_deg, place_index=-1
                )
            )
    return stood


def _free(spot_m: MetresArray, radius_m: Metres, taken: list[Placed]) -> bool:
    """Whether it keeps clear of every place."""
    apart_m = [
        float(np.hypot(*(spot_m - np.array(other.middle_m)))) - other.furnishing.radius_m for other in taken
    ]
    return min(apart_m, default=FAR_M) > 0.6 * radius_m


def _home(rng: np.random.Generator) -> Furnishing:
    """A house with its yard: every home has something that a laboratory has as well."""
    flat = rng.random() < 0.6
    length_m, width_m = float(rng.uniform(8.0, 12.0)), float(rng.uniform(7.0, 9.5))
    concrete = ((182, 176, 166), (164, 160, 154), (176, 120, 96), (196, 192, 184))
    things = [
        kit.house(
            rng,
            (0.0, -3.0),
            (length_m, width_m, float(rng.uniform(2.8, 5.6))),
            turn_deg=0.0,
            roof=Material.CONCRETE if flat else Material.SHEET_METAL,
            colour=pick(rng, concrete if flat else kit.SHEET_ROOFS),
            excess_k=float(rng.uniform(0.0, 3.0)),
        )
    ]
    if rng.random() < 0.7:
        tank = kit.part(
            (0.3 * length_m, -3.0), (1.1, 1.1, 1.4), (44, 44, 46), Material.PLASTIC_SHEET, bottom_m=5.0
        )
        things.append(Thing(kind=ObjectKind.TANK, parts=(tank,)))
    if rng.random() < 0.5:
        things.append(kit.vehicle(rng, (float(rng.uniform(-3.0, 3.0)), 4.8), turn_deg=0.0))
    if rng.random() < 0.2:
        things.append(kit.shelter(rng, (-2.0, 4.2), turn_deg=0.0, size_m=(4.0, 3.0)))
    if rng.random() < 0.2:
        things += kit.drums(rng, (3.0, 3.4), int(rng.integers(1, 4)), rows=1)
    if rng.random() < 0.3:
        things += kit.gas_bottles(rng, (-4.0, 2.4), int(rng.integers(1, 3)))
    marks = patches(rng, (0.0, 3.0), 3, spread_m=2.0, radius_m=(2.0, 4.0), colour=(164, 156, 144))
    return furnished(things, marks)


def _boulders(rng: np.random.Generator) -> Furnishing:
    """A handful of grey boulders, 0.6 to 3 m."""
    things: list[Thing] = []
    for _ in range(int(rng.integers(3, 9))):
        size_m = float(rng.uniform(0.6, 3.0))
        middle_m = (float(rng.normal(0.0, 3.5)), float(rng.normal(0.0, 3.5)))
        grey = shade(rng, (134, 128, 118), 0.1)
        parts = tuple(
            kit.part(
                middle_m,
                (size_m * share, 0.8 * size_m * share, 0.3 * size_m),
                shade(rng, grey, 0.05),
                Material.ROCK,
                turn_deg=float(rng.uniform(0.0, 90.0)),
                bottom_m=0.3 * size_m * step,
            )
            for step, share in enumerate((1.0, 0.6))
        )
        things.append(Thing(kind=None, parts=parts))
    return furnished(things, [])
