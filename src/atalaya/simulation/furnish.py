"""Which things stand at which kind of place, and how much of such a place crowns usually hide."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from atalaya.model.truth import LookAlikeKind, Setting, SiteState
from atalaya.simulation import furnish_farm as farm
from atalaya.simulation import furnish_hidden as hidden
from atalaya.simulation import furnish_open as opened
from atalaya.simulation import furnish_work as work
from atalaya.simulation.furnish_destroyed import destroyed
from atalaya.simulation.things import Furnishing

USUAL_COVER: dict[Setting | LookAlikeKind, float] = {
    Setting.CANOPY_RAVINE: 0.70,
    Setting.FIELD_EDGE: 0.50,
    Setting.MANGROVE: 0.65,
    Setting.UNDERGROUND: 0.08,
    Setting.URBAN: 0.12,
    Setting.STOCKPILE: 0.55,
    Setting.DUMP: 0.30,
    LookAlikeKind.RANCH_SHED: 0.08,
    LookAlikeKind.CORRAL: 0.06,
    LookAlikeKind.CHARCOAL_KILN: 0.20,
    LookAlikeKind.FIELD_CAMP: 0.30,
    LookAlikeKind.SHADE_NET: 0.0,
    LookAlikeKind.APIARY: 0.25,
    LookAlikeKind.SAWMILL: 0.10,
    LookAlikeKind.ARTISANAL_MINE: 0.10,
    LookAlikeKind.CROP_BURN: 0.03,
    LookAlikeKind.VILLAGE_HOME: 0.25,
}
"""0..1 of the ground within a place's radius that leaves hide, where the scene says nothing."""

_LOOK_ALIKES: dict[LookAlikeKind, Callable[[np.random.Generator], Furnishing]] = {
    LookAlikeKind.RANCH_SHED: farm.ranch_shed,
    LookAlikeKind.CORRAL: farm.corral,
    LookAlikeKind.CHARCOAL_KILN: work.charcoal_kiln,
    LookAlikeKind.FIELD_CAMP: farm.field_camp,
    LookAlikeKind.SHADE_NET: farm.shade_net,
    LookAlikeKind.APIARY: farm.apiary,
    LookAlikeKind.SAWMILL: work.sawmill,
    LookAlikeKind.ARTISANAL_MINE: work.artisanal_mine,
    LookAlikeKind.CROP_BURN: farm.crop_burn,
    LookAlikeKind.VILLAGE_HOME: work.village_home,
}


class _Maker(Protocol):
    def __call__(self, rng: np.random.Generator, *, running: bool) -> Furnishing: ...


_SITES: dict[Setting, _Maker] = {
    Setting.CANOPY_RAVINE: hidden.canopy_ravine,
    Setting.FIELD_EDGE: hidden.field_edge,
    Setting.MANGROVE: hidden.mangrove,
    Setting.UNDERGROUND: hidden.underground,
    Setting.URBAN: opened.urban,
    Setting.STOCKPILE: opened.stockpile,
    Setting.DUMP: opened.dump,
}


def furnish_site(rng: np.random.Generator, setting: Setting, state: SiteState) -> Furnishing:
    """Things and marks of a true site about its middle."""
    furnishing = _SITES[setting](rng, running=state is SiteState.ACTIVE)
    return destroyed(rng, furnishing) if state is SiteState.DESTROYED else furnishing


def furnish_look_alike(rng: np.random.Generator, kind: LookAlikeKind) -> Furnishing:
    """Things and marks of an innocent place about its middle."""
    return _LOOK_ALIKES[kind](rng)
