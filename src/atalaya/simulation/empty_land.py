"""How much of a world is a site, how much an innocent place, and how much is empty land.

Empty is what lies farther than `GUARD_M` from the things of every place, site or look-alike; the belt
between is counted as neither, because a claim there may still mean the place.
"""

from dataclasses import dataclass, replace

import numpy as np

from atalaya.model.truth import TrueRole
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.world3d import World3d
from atalaya.units import Metres

GUARD_M: Metres = 20.0
_CELL_M = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LandCount:
    """Square metres of each kind of land in one world or several."""

    site_m2: float
    look_alike_m2: float
    empty_m2: float

    def plus(self, other: "LandCount") -> "LandCount":
        """Both together."""
        return LandCount(
            site_m2=self.site_m2 + other.site_m2,
            look_alike_m2=self.look_alike_m2 + other.look_alike_m2,
            empty_m2=self.empty_m2 + other.empty_m2,
        )


def count_land(world: World3d) -> LandCount:
    """Count the painted square in cells of 2 m."""
    axis_m = np.arange(_CELL_M / 2.0, world.spec.size_m, _CELL_M) - world.spec.size_m / 2.0
    east_m, north_m = np.meshgrid(axis_m, axis_m)
    places = world.places
    middle_m = world.frame.to_enu(places.lon_deg, places.lat_deg, places.hae_m)
    empty = np.ones(east_m.shape, dtype=np.bool_)
    area_m2 = dict.fromkeys(TrueRole, 0.0)
    for row, role in enumerate(places.role.tolist()):
        apart_m = np.hypot(east_m - middle_m[row, 0], north_m - middle_m[row, 1])
        empty &= apart_m > places.radius_m[row] + GUARD_M
        area_m2[TrueRole(role)] += float(np.pi * places.radius_m[row] ** 2)
    return LandCount(
        site_m2=area_m2[TrueRole.SITE],
        look_alike_m2=area_m2[TrueRole.LOOK_ALIKE],
        empty_m2=float(empty.sum()) * _CELL_M**2,
    )


def emptied(spec: SceneSpec, seed: int) -> SceneSpec:
    """Other land of the same biome, flown in the same way, with nothing to find: more exposure for rates."""
    return replace(
        spec, name=f"{spec.name}-empty-{seed}", seed=seed, sites=(), look_alikes=(),
        flight=replace(spec.flight, aim_place=None),
    )  # fmt: skip
