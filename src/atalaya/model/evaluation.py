"""What claims to detect are worth, measured against worlds whose truth is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from atalaya.units import Metres

EVALUATION_FORMAT = 1
"""Version of the JSON form of an `Evaluation`; docs/reference/evaluation.md describes it."""


class ScoreScale(StrEnum):
    """What a claim says that its scores are."""

    RANK = "rank"
    """Only their order means something."""
    BITS = "bits"
    """log2 of p(place's evidence | site) / p(place's evidence | no site)."""
    PROBABILITY = "probability"
    """That there is a site, in these worlds."""


class Ground(StrEnum):
    """On which ground false alarms are counted, and whose area they are divided by."""

    LOOKED_AT = "looked-at"
    """Any frame covers it; false alarms where none does count as well."""
    OBSERVED = "observed"
    """Looked at from at least FEWEST_AZIMUTHS sectors; false alarms elsewhere do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number that was measured, with how sure it is.

    Args:
        value: None where it cannot be told. low, high: 95 % interval; None where there is none.
        why: the reason for what is None; empty where nothing is.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFacts:
    """One world and how it was looked at.

    Args:
        sites: true sites, all. sites_by_state: how many were observed, or why not, by CellState in words.
        look_alikes: innocent places.
        looked_at_km2: ground that any frame covers.
        observed_km2: of it, what was looked at from at least FEWEST_AZIMUTHS sectors.
        false_alarm_km2: of the ground looked at, what lies out of reach of every site: there a false alarm
            can be.
    """

    name: str
    sites: int
    sites_by_state: Mapping[str, int]
    look_alikes: int
    looked_at_km2: float
    observed_km2: float
    false_alarm_km2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A FROC curve by its corners, from the highest threshold down.

    Args:
        threshold: score from which on places count. false_alarms, found: how many there are then.
        of: number of sites that could be found.
    """

    threshold: tuple[float, ...]
    false_alarms: tuple[int, ...]
    found: tuple[int, ...]
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """What a claim is worth at one threshold.

    Args:
        allowed_per_100km2: false alarms that were allowed; None for everything that was claimed.
        threshold: lowest score that counts; None where no place may count.
        found, of, recall: of the sites that were observed.
        found_of_all, all_sites, strict_recall: of all sites, those not observed included.
        false_alarms: places out of reach of every site, those on look-alikes included.
        on_nothing: of the false alarms, those that no look-alike explains.
        on_look_alikes: of the false alarms, those on look-alikes, by kind; every kind is listed.
        look_alikes_alarmed: how many look-alikes of each kind have at least one.
        on_unseen_ground: of the false alarms, those where no frame looked.
        duplicates: further places at a site that was found already.
        per_100km2: false alarms by area. upper_per_100km2: 95 % of rates that could be are below this
            (exact Poisson bound, one-sided).
    """

    allowed_per_100km2: float | None
    threshold: float | None
    found: int
    of: int
    recall: Measured
    found_of_all: int
    all_sites: int
    strict_recall: Measured
    false_alarms: int
    on_nothing: int
    on_look_alikes: Mapping[str, int]
    look_alikes_alarmed: Mapping[str, int]
    on_unseen_ground: int
    duplicates: int
    per_100km2: float | None
    upper_per_100km2: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """How well sites of one sort are found, false alarms being those of the whole claim.

    Args:
        by: setting, state, occlusion or azimuths. value: which.
        sites: of this sort, those not observed included. observed: of them.
        found: at each operating point, of the sites, in the order of `ClaimScore.points`.
        recall: the same as shares of the sites.
        curve: of all sites of this sort.
    """

    by: str
    value: str
    sites: int
    observed: int
    found: tuple[int, ...]
    recall: tuple[Measured, ...]
    curve: Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundScore:
    """False alarms on ground that was looked at from so many sectors.

    Args:
        azimuths: 0 where a frame looked from a direction that is not known.
        km2: of ground out of reach of every site.
        false_alarms: at each operating point, in the order of `ClaimScore.points`.
    """

    azimuths: int
    km2: float
    false_alarms: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityRow:
    """Places whose scores lie together.

    Args:
        low, high: of the scores. places: how many. true: of them, at a site.
        claimed: mean of what the scores say, as probability or bits.
        observed: the same as measured, 95 % interval included.
    """

    low: float
    high: float
    places: int
    true: int
    claimed: float
    observed: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Whether scores that say they are bits or probabilities are.

    Args:
        scale: what they say.
        rows: by score, lowest first.
        error: mean distance of claimed and observed, weighted by places; in units of the scale.
        why: why there are no rows; empty where there are.
    """

    scale: ScoreScale
    rows: tuple[ReliabilityRow, ...]
    error: float | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimScore:
    """All about one claim.

    Args:
        places: how many were judged. vehicles: places of kind vehicle, which claim no site, left out.
        points: at each allowed rate, and at last for everything that was claimed.
        partial_area: mean recall over log10 of the rate, between the least and the greatest rate allowed.
        curve: all false alarms. curve_on_nothing: without those on look-alikes.
        groups: by setting, state, occlusion and azimuths. ground: false alarms by sectors.
        reliability: None where the score is only a rank.
    """

    name: str
    scale: ScoreScale
    places: int
    vehicles: int
    points: tuple[OperatingPoint, ...]
    partial_area: Measured
    curve: Curve
    curve_on_nothing: Curve
    groups: tuple[GroupScore, ...]
    ground: tuple[GroundScore, ...]
    reliability: Reliability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much better one claim is than another on the same worlds.

    Args:
        measure: `recall at 100`, or `partial area`.
        difference: first less second, with the interval of resampled worlds.
        share_better: of the resamples in which the first is better; None without resamples.
    """

    first: str
    second: str
    measure: str
    difference: Measured
    share_better: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The whole answer of `atalaya detect evaluate`.

    Args:
        format: EVALUATION_FORMAT. synthetic: the mark of everything simulated. made_by: code version.
        slack_m: beyond a place's own radius that a claim may be off.
        ground: on which false alarms are counted.
        rates_per_100km2: false alarms allowed at the operating points, rising.
        resamples, seed: of the bootstrap by world.
        false_alarm_km2: over all worlds, of the ground on which false alarms are counted.
        least_rate_per_100km2: one false alarm in all that area: nothing finer can be seen in it.
        upper_at_none_per_100km2: what the rate may still be (95 %) where none was seen in all that area.
    """

    format: int
    synthetic: str
    made_by: str
    slack_m: Metres
    ground: Ground
    rates_per_100km2: tuple[float, ...]
    resamples: int
    seed: int
    false_alarm_km2: float
    least_rate_per_100km2: float | None
    upper_at_none_per_100km2: float | None
    worlds: tuple[WorldFacts, ...]
    claims: tuple[ClaimScore, ...]
    differences: tuple[Difference, ...]
