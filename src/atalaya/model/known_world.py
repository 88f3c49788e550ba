"""A world whose truth is known, and how it was looked at: what claims to detect are judged against."""

from dataclasses import dataclass

import numpy as np

from atalaya.errors import InputError
from atalaya.model.footprint import FootprintTable
from atalaya.model.truth import (
    LookAlikeKind,
    OcclusionTable,
    Setting,
    SiteState,
    TrueObjectTable,
    TruePlaceTable,
    TrueRole,
)
from atalaya.units import Degrees

_KINDS = {
    TrueRole.SITE.value: {kind.value for kind in Setting},
    TrueRole.LOOK_ALIKE.value: {kind.value for kind in LookAlikeKind},
}
_STATES = {
    TrueRole.SITE.value: {state.value for state in SiteState},
    TrueRole.LOOK_ALIKE.value: {""},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorld:
    """One simulated world and its looks.

    Args:
        name: of its scene.
        places, objects, occlusion: the truth.
        footprints: of the frames; a frame whose footprint is not known looked at no ground.
        bounds_deg: west, south, east, north of all the ground there is.

    Raises:
        InputError: two places with one index, a role, kind or state that there is not, a place that is
            nowhere, or without a radius.
    """

    name: str
    places: TruePlaceTable
    objects: TrueObjectTable
    occlusion: OcclusionTable
    footprints: FootprintTable
    bounds_deg: tuple[Degrees, Degrees, Degrees, Degrees]

    def __post_init__(self) -> None:
        places = self.places
        if np.unique(places.place_index).size != len(places):
            raise InputError(f"world {self.name}: two true places have the same place_index")
        for row, role in enumerate(places.role.tolist()):
            kind, state = str(places.kind[row]), str(places.state[row])
            if kind not in _KINDS.get(role, ()) or state not in _STATES[role]:
                raise InputError(f"world {self.name}: no such true place: {role!r}, {kind!r}, {state!r}")
        if not (np.isfinite(places.lon_deg) & np.isfinite(places.lat_deg)).all():
            raise InputError(f"world {self.name}: a true place is nowhere")
        if not (np.isfinite(places.radius_m) & (places.radius_m > 0.0)).all():
            raise InputError(f"world {self.name}: a true place has no radius")
        west_deg, south_deg, east_deg, north_deg = self.bounds_deg
        if not (west_deg < east_deg and south_deg < north_deg):
            raise InputError(f"world {self.name}: bounds are west, south, east, north: {self.bounds_deg}")
