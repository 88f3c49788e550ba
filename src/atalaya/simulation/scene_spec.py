"""What is wanted of a simulated scene: one seed, one piece of land, what hides on it and how it is flown.

Plain records; the YAML form with its schema is `io.scene_file`. The same spec gives the same world.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from atalaya.errors import InputError
from atalaya.model.truth import LookAlikeKind, Setting, SiteState
from atalaya.units import Degrees, Metres, Seconds


class Biome(StrEnum):
    """The land that a scene lies in."""

    SIERRA = "sierra"
    DRY_FOREST = "dry-forest"
    FIELD_EDGE = "field-edge"
    MANGROVE = "mangrove"
    SUBURB = "suburb"
    EMPTY = "empty"


class FlightKind(StrEnum):
    """How the sensor moves about what it looks at."""

    ORBIT = "orbit"
    ARC = "arc"
    PASS = "pass"  # noqa: S105  # a way of flying
    STARE = "stare"


RANGES: dict[str, tuple[float, float]] = {
    "canopy_cover": (0.0, 0.95),
    "gsd_m": (0.02, 2.0),
    "off_nadir_deg": (0.0, 70.0),
    "height_m": (50.0, 10000.0),
    "speed_mps": (5.0, 250.0),
    "arc_deg": (1.0, 360.0),
    "heading_deg": (0.0, 360.0),
    "fps": (0.1, 60.0),
    "duration_s": (0.1, 7200.0),
    "width_px": (64, 7680),
    "height_px": (64, 4320),
    "visibility_km": (1.0, 200.0),
    "angle_deg": (0.0, 10.0),
    "place_m": (0.0, 500.0),
    "lag_ms": (-5000.0, 5000.0),
    "bias_deg": (-10.0, 10.0),
    "bias_m": (-500.0, 500.0),
    "correlation_s": (0.01, 3600.0),
    "seed": (0, 2**31 - 1),
    "lon_deg": (-179.0, 179.0),
    "lat_deg": (-70.0, 70.0),
    "size_m": (200.0, 1500.0),
    "tree_density": (0.0, 2.0),
    "crf": (0, 51),
    "turbulence": (0.0, 5.0),
}
"""Lowest and highest value of each number of a scene, by its name; a scene file's schema says the same.

No scene lies across the antimeridian: its terrain would be in two pieces.
"""
FIRST_START_UTC, LAST_START_UTC = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Outside, metadata has no such times, and a day's warmth would begin before the calendar or end after it."""


class _Ranged:
    """Base of the records: every number within its range."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name, None)
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} must be {low} to {high}, got {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec(_Ranged):
    """A true site wanted.

    Args:
        canopy_cover: share of the ground at the site hidden straight from above by leaves, gaps in crowns
            counted as open; None for what its setting usually has.
        at_m: east, north of the scene's middle; None to let the land decide.
    """

    setting: Setting
    state: SiteState = SiteState.ACTIVE
    canopy_cover: float | None = None
    at_m: tuple[Metres, Metres] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikeSpec(_Ranged):
    """An innocent place wanted; fields as in `SiteSpec`."""

    kind: LookAlikeKind
    canopy_cover: float | None = None
    at_m: tuple[Metres, Metres] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightSpec(_Ranged):
    """How the scene is flown.

    Args:
        gsd_m: across the look at the aim. off_nadir_deg: of the line of sight at the aim.
        height_m: of the sensor above the ground at the aim.
        arc_deg: how far round an arc goes; an orbit goes 360, a pass and a stare say nothing here.
        heading_deg: of a pass, and of the first look's azimuth; clockwise from north.
        aim_place: row of the place that the sensor looks at, sites first; None for the scene's middle.
        turbulence: 0 for calm air, 1 for a light one that rolls the aircraft by 2 deg every 5 s.
    """

    kind: FlightKind = FlightKind.ORBIT
    gsd_m: Metres = 0.16
    off_nadir_deg: Degrees = 35.0
    height_m: Metres = 1500.0
    speed_mps: float = 60.0
    arc_deg: Degrees = 120.0
    heading_deg: Degrees = 0.0
    fps: float = 2.0
    duration_s: Seconds = 30.0
    width_px: int = 1920
    height_px: int = 1080
    aim_place: int | None = None
    turbulence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SkySpec(_Ranged):
    """Time and air.

    Args:
        start_utc: aware, 1970 to 2100; time of the first frame, and so the sun's place and things' warmth.
        visibility_km: meteorological visibility; small is hazy.
    """

    start_utc: datetime = datetime(2026, 3, 21, 17, 0, tzinfo=UTC)
    visibility_km: float = 40.0

    def __post_init__(self) -> None:
        _Ranged.__post_init__(self)
        if self.start_utc.tzinfo is None:
            raise InputError(f"start_utc needs a time zone: {self.start_utc.isoformat()}")
        if not FIRST_START_UTC <= self.start_utc <= LAST_START_UTC:
            raise InputError(f"start_utc must be 1970-01-02 to 2100-01-01, got {self.start_utc.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseErrorSpec(_Ranged):
    """How the reported pose is wrong; zeros for perfect poses.

    Args:
        angle_deg, place_m: one sigma of what drifts, each angle and each axis. lag_ms: the metadata is so
            much older than the picture. bias_deg: constant, each of heading, pitch and roll.
    """

    angle_deg: Degrees = 0.0
    place_m: Metres = 0.0
    lag_ms: float = 0.0
    bias_deg: Degrees = 0.0
    bias_m: Metres = 0.0
    correlation_s: Seconds = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSpec(_Ranged):
    """All that a scene is made from.

    Args:
        seed: >= 0. size_m: side of the square that is painted and planted.
        tree_density: 0..2 times what grows in the biome by nature.
        colour, infrared: which cameras record. vmti: whether vehicles are reported in the stream.
        crf: how hard the encoder squeezes the pictures, 0 (hardly) to 51.

    Raises:
        InputError: a value outside its range, more places than the land can hold apart, an `aim_place`
            that does not exist.
    """

    name: str
    seed: int
    biome: Biome
    lon_deg: Degrees = -107.2
    lat_deg: Degrees = 24.95
    size_m: Metres = 600.0
    tree_density: float = 1.0
    sites: tuple[SiteSpec, ...] = ()
    look_alikes: tuple[LookAlikeSpec, ...] = ()
    flight: FlightSpec = FlightSpec()
    sky: SkySpec = SkySpec()
    pose_errors: PoseErrorSpec = PoseErrorSpec()
    colour: bool = True
    infrared: bool = False
    vmti: bool = False
    crf: int = 20

    def __post_init__(self) -> None:
        _Ranged.__post_init__(self)
        places = len(self.sites) + len(self.look_alikes)
        most = int((self.size_m / 100.0) ** 2 / 3.0)
        if places > most:
            raise InputError(f"{self.size_m} m square holds at most {most} places apart, {places} wanted")
        edge_m = self.size_m / 2.0 - 40.0
        for at_m in (*(site.at_m for site in self.sites), *(other.at_m for other in self.look_alikes)):
            if at_m is not None and not max(map(abs, at_m)) <= edge_m:
                raise InputError(f"at_m must be within {edge_m} m of the middle on each axis, got {at_m}")
        aim = self.flight.aim_place
        if aim is not None and not 0 <= aim < places:
            raise InputError(f"aim_place must be the row of one of {places} places, got {aim}")
