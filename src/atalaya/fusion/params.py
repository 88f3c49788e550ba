"""What fusion assumes: every number that turns looks into bits, in one record."""

from dataclasses import dataclass, fields
from typing import Final

from atalaya.errors import InputError
from atalaya.units import Bits, Metres, Probability

RANGES: Final[dict[str, tuple[float, float]]] = {
    "prior_sites_per_km2": (1e-6, 1e3),
    "innocent_objects_per_km2": (1e-3, 1e5),
    "detection_probability": (0.01, 0.99),
    "clutter_detection_probability": (0.001, 0.98),
    "look_correlation": (0.0, 1.0),
    "moved_share": (0.0, 1.0),
    "sortie_common_share": (0.0, 1.0),
    "sector_common_share": (0.0, 1.0),
    "gate": (1.0, 50.0),
    "object_extent_m": (0.0, 50.0),
    "place_radius_m": (1.0, 200.0),
    "place_extent_m": (0.0, 100.0),
    "vehicle_radius_m": (1.0, 500.0),
    "appearance_limit_bits": (0.5, 60.0),
    "persistence_limit_bits": (0.0, 60.0),
    "absence_limit_bits": (0.0, 60.0),
    "companion_share": (0.0, 1.0),
    "companion_each_bits": (0.0, 60.0),
    "companion_limit_bits": (0.0, 60.0),
    "vehicle_limit_bits": (0.0, 20.0),
    "report_probability": (0.0, 1.0),
    "single_look_bits": (0.0, 60.0),
    "match_gate": (1.0, 50.0),
    "match_distance_m": (1.0, 1000.0),
    "repeat_share": (0.0, 1.0),
    "repeat_limit_bits": (0.0, 60.0),
}
"""Allowed values, both ends included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionParams:
    """Assumptions of `fuse` and `merge`; the defaults are for a tasked rural area and the built-in detector.

    With the defaults a lone object reaches at most 0.6, whatever it looks like: rocks, roofs and lorries look
    the part too. Each further object
    within `place_radius_m` adds little, because innocent things stand in twos as well: one brings it to 0.75,
    two to 0.86, four or more to 0.96.

    Args:
        prior_sites_per_km2: sites expected before looking.
        innocent_objects_per_km2: things that the detector marks and that are no site.
        detection_probability: that one look at a site gives a detection.
        clutter_detection_probability: that one look at what once gave a false detection gives it again.
        look_correlation: 0..1 between looks from one 45-degree sector; 1 makes them count as one look.
        moved_share: of innocent things that do not stay as a site does, those that come or leave between
            looks, as vehicles do; the others are seen now and then.
        sortie_common_share: share of each position's variance that all looks of a sortie have in common
            (position of the platform, terrain): it never shrinks with more looks.
        sector_common_share: share that the looks of one sector have in common (pointing, lag): it shrinks
            with sectors, not with looks. The rest is independent.
        gate: squared Mahalanobis distance within which a detection may belong to an object.
        object_extent_m: one sigma of where on an object its centre is seen.
        place_radius_m: objects within this of the strongest one belong to its place.
        place_extent_m: one sigma between the middle of a place and one object of it.
        vehicle_radius_m: vehicles within this of a place speak for it.
        appearance_limit_bits: what all looks at one object together can at most say by its appearance: an
            innocent thing that looks the part does so from everywhere.
        persistence_limit_bits: what being there in look after look can at most say.
        absence_limit_bits: what not being seen can at most say.
        companion_share: what further objects of the place count, each.
        companion_each_bits: what one of them can at most add: where one lorry parks, another does.
        companion_limit_bits: what they together can at most add.
        vehicle_limit_bits: what vehicles together can at most add.
        report_probability: candidates below this are not returned.
        single_look_bits: by how much a candidate of a single look must exceed that bar.
        match_gate: squared Mahalanobis distance within which two sorties may speak of one site.
        match_distance_m: and the distance beyond which they never do.
        repeat_share: what evidence of a further sortie counts, because innocent things persist too.
        repeat_limit_bits: what being found again at the same place can at most say, per sortie.

    Raises:
        InputError: a value outside RANGES, shares that add up to more than 1, or a detection probability
            that is not greater than that of clutter.
    """

    prior_sites_per_km2: float = 0.5
    innocent_objects_per_km2: float = 30.0
    detection_probability: Probability = 0.6
    clutter_detection_probability: Probability = 0.15
    look_correlation: float = 0.5
    moved_share: float = 0.5
    sortie_common_share: float = 0.25
    sector_common_share: float = 0.5
    gate: float = 11.8
    object_extent_m: Metres = 1.5
    place_radius_m: Metres = 25.0
    place_extent_m: Metres = 3.0
    vehicle_radius_m: Metres = 40.0
    appearance_limit_bits: Bits = 4.0
    persistence_limit_bits: Bits = 2.5
    absence_limit_bits: Bits = 12.0
    companion_share: float = 0.8
    companion_each_bits: Bits = 1.0
    companion_limit_bits: Bits = 4.0
    vehicle_limit_bits: Bits = 2.0
    report_probability: Probability = 0.25
    single_look_bits: Bits = 4.0
    match_gate: float = 13.8
    match_distance_m: Metres = 60.0
    repeat_share: float = 0.5
    repeat_limit_bits: Bits = 4.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), RANGES[field.name]
            if not low <= value <= high:
                raise InputError(f"{field.name} must be {low} to {high}, got {value}")
        if self.sortie_common_share + self.sector_common_share > 1.0:
            raise InputError("sortie_common_share and sector_common_share add up to more than 1")
        if not self.clutter_detection_probability < self.detection_probability:
            raise InputError("detection_probability must exceed clutter_detection_probability")
