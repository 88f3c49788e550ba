"""Where each place lies: the best of many draws by what its kind keeps to."""

from dataclasses import dataclass

import numpy as np

from atalaya.model.truth import LookAlikeKind, Setting
from atalaya.simulation.furnish import furnish_look_alike, furnish_site
from atalaya.simulation.ground_plan import FAR_M, GroundPlan
from atalaya.simulation.landform import Surface
from atalaya.simulation.layout import slope_at
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.things import Furnishing, Placed
from atalaya.units import Metres, MetresArray

type Span = tuple[Metres, Metres]
_DRAWS = 3000
_APART_M = 25.0
"""Between the things of two places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Distances that a kind of place keeps [m], from the edges of its things, and its steepest ground.

    Args:
        field_m: from the nearest field's edge, on the side that `in_field` says; None for either side.
    """

    water_m: Span = (3.0, FAR_M)
    road_m: Span = (4.0, FAR_M)
    field_m: Span = (0.0, FAR_M)
    in_field: bool | None = False
    slope_deg: float = 14.0


RULES: dict[Setting | LookAlikeKind, Rule] = {
    Setting.CANOPY_RAVINE: Rule(water_m=(4.0, 60.0), road_m=(80.0, FAR_M), slope_deg=20.0),
    Setting.FIELD_EDGE: Rule(field_m=(1.0, 12.0), road_m=(14.0, 130.0)),
    Setting.MANGROVE: Rule(water_m=(0.5, 14.0)),
    Setting.UNDERGROUND: Rule(road_m=(18.0, 140.0), water_m=(20.0, FAR_M), slope_deg=9.0, in_field=None),
    Setting.URBAN: Rule(road_m=(2.0, 30.0), slope_deg=10.0),
    Setting.STOCKPILE: Rule(road_m=(30.0, 170.0), water_m=(15.0, FAR_M), slope_deg=18.0),
    Setting.DUMP: Rule(road_m=(15.0, 140.0), water_m=(8.0, 90.0), slope_deg=17.0),
    LookAlikeKind.RANCH_SHED: Rule(road_m=(5.0, 90.0), slope_deg=12.0, in_field=None),
    LookAlikeKind.CORRAL: Rule(road_m=(5.0, 120.0), slope_deg=9.0, in_field=None),
    LookAlikeKind.CHARCOAL_KILN: Rule(road_m=(15.0, 200.0), slope_deg=15.0),
    LookAlikeKind.FIELD_CAMP: Rule(road_m=(8.0, 170.0), field_m=(0.5, FAR_M), slope_deg=12.0),
    LookAlikeKind.SHADE_NET: Rule(road_m=(5.0, 110.0), slope_deg=6.0, in_field=None),
    LookAlikeKind.APIARY: Rule(road_m=(10.0, 220.0), slope_deg=14.0),
    LookAlikeKind.SAWMILL: Rule(road_m=(4.0, 60.0), slope_deg=10.0),
    LookAlikeKind.ARTISANAL_MINE: Rule(water_m=(2.0, 60.0), road_m=(20.0, FAR_M), slope_deg=20.0),
    LookAlikeKind.CROP_BURN: Rule(field_m=(2.0, FAR_M), slope_deg=12.0, in_field=True),
    LookAlikeKind.VILLAGE_HOME: Rule(road_m=(4.0, 90.0), slope_deg=11.0),
}


def place_all(
    rng: np.random.Generator,
    things: list[np.random.Generator],
    spec: SceneSpec,
    plan: GroundPlan,
    surface: Surface,
) -> list[Placed]:
    """Furnish and place everything that a scene asks for, sites first.

    Args:
        rng: of the places.
        things: one generator for each place's things.
        spec: what is wanted.
        plan: what is there.
        surface: the ground.

    Returns:
        One Placed for each site and each look-alike, in the order of the spec.
    """
    placed: list[Placed] = []
    for index in range(len(spec.sites) + len(spec.look_alikes)):
        kind, furnishing, middle_m = _wanted(things[index], spec, index)
        draws_m = _draws(rng, spec.size_m, plan)
        if middle_m is None:
            middle_m = _best(draws_m, RULES[kind], furnishing, placed, plan, surface)
        turn_deg = float(rng.uniform(0.0, 360.0))
        if len(plan.lots_m):
            turn_deg = (plan.lot_heading_deg + 90.0 * float(rng.integers(4))) % 360.0
        placed.append(
            Placed(furnishing=furnishing, middle_m=middle_m, heading_deg=turn_deg, place_index=index)
        )
    return placed


def _wanted(
    rng: np.random.Generator, spec: SceneSpec, index: int
) -> tuple[Setting | LookAlikeKind, Furnishing, tuple[Metres, Metres] | None]:
    """Kind, things and the wanted middle of one place of the spec, sites first."""
    if index < len(spec.sites):
        site = spec.sites[index]
        return site.setting, furnish_site(rng, site.setting, site.state), site.at_m
    other = spec.look_alikes[index - len(spec.sites)]
    return other.kind, furnish_look_alike(rng, other.kind), other.at_m


def _draws(rng: np.random.Generator, size_m: Metres, plan: GroundPlan) -> MetresArray:
    """(D, 2) places to choose from: lots where there are any, else anywhere well inside."""
    reach_m = size_m / 2.0 - min(70.0, 0.2 * size_m)
    anywhere_m = rng.uniform(-reach_m, reach_m, (_DRAWS, 2))
    if not len(plan.lots_m):
        return anywhere_m
    inside = np.abs(plan.lots_m).max(axis=1) < reach_m
    lots_m = plan.lots_m[inside] if inside.any() else plan.lots_m
    return np.asarray(lots_m[rng.permutation(len(lots_m))])


def _best(
    draws_m: MetresArray,
    rule: Rule,
    furnishing: Furnishing,
    placed: list[Placed],
    plan: GroundPlan,
    surface: Surface,
) -> tuple[Metres, Metres]:
    """The first draw that keeps every distance, or the one that breaks the rules least."""
    radius_m, to_field_m = furnishing.radius_m, plan.to_field_m(draws_m)
    broken = np.zeros(len(draws_m))
    for distance_m, (low_m, high_m) in (
        (plan.to_water_m(draws_m) - radius_m, rule.water_m),
        (plan.to_road_m(draws_m) - radius_m, rule.road_m),
        (np.abs(to_field_m) - radius_m, rule.field_m),
    ):
        broken += np.clip(low_m - distance_m, 0.0, None) / 5.0
        # what a biome has not, no place can be near to
        broken += np.where(distance_m < 0.5 * FAR_M, np.clip(distance_m - high_m, 0.0, None) / 10.0, 0.0)
    if plan.fields and rule.in_field is not None:
        broken += np.where((to_field_m < 0.0) == rule.in_field, 0.0, 6.0)
    broken += np.clip(slope_at(surface, draws_m) - rule.slope_deg, 0.0, None) / 2.0
    for other in placed:
        apart_m = np.hypot(*(draws_m - np.array(other.middle_m)).T)
        apart_m -= radius_m + other.furnishing.radius_m + _APART_M
        broken += np.clip(-apart_m, 0.0, None) * 4.0
    east_m, north_m = draws_m[int(broken.argmin())].tolist()
    return east_m, north_m
