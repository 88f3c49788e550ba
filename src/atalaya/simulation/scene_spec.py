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


def _check_share(name: str, value: float | None) -> None:
    if value is not None:
        _check_range(name, value, 0.0, 0.95)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InputError(f"{name} must be {low} to {high}, got {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
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

    def __post_init__(self) -> None:
        _check_share("canopy_cover", self.canopy_cover)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikeSpec:
    """An innocent place wanted; fields as in `SiteSpec`."""

    kind: LookAlikeKind
    canopy_cover: float | None = None
    at_m: tuple[Metres, Metres] | None = None

    def __post_init__(self) -> None:
        _check_share("canopy_cover", self.canopy_cover)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightSpec:
    """How the scene is flown.

    Args:
        gsd_m: across the look at the aim. off_nadir_deg: of the line of sight at the aim.
        height_m: of the sensor above the ground at the aim.
        arc_deg: how far round an arc goes; an orbit goes 360, a pass and a stare say nothing here.
        heading_deg: of a pass, and of the first look's azimuth; clockwise from north.
        aim_place: row of the place that the sensor looks at, sites first; None for the scene's middle.
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

    def __post_init__(self) -> None:
        _check_range("gsd_m", self.gsd_m, 0.02, 2.0)
        _check_range("off_nadir_deg", self.off_nadir_deg, 0.0, 70.0)
        _check_range("height_m", self.height_m, 50.0, 10000.0)
        _check_range("speed_mps", self.speed_mps, 5.0, 250.0)
        _check_range("arc_deg", self.arc_deg, 1.0, 360.0)
        _check_range("heading_deg", self.heading_deg, 0.0, 360.0)
        _check_range("fps", self.fps, 0.1, 60.0)
        _check_range("duration_s", self.duration_s, 0.1, 7200.0)
        _check_range("width_px", self.width_px, 64, 7680)
        _check_range("height_px", self.height_px, 64, 4320)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkySpec:
    """Time and air.

    Args:
        start_utc: aware; time of the first frame, and so the sun's place and the warmth of things.
        visibility_km: meteorological visibility; small is hazy.
    """

    start_utc: datetime = datetime(2026, 3, 21, 17, 0, tzinfo=UTC)
    visibility_km: float = 40.0

    def __post_init__(self) -> None:
        if self.start_utc.tzinfo is None:
            raise InputError(f"start_utc needs a time zone: {self.start_utc.isoformat()}")
        _check_range("visibility_km", self.visibility_km, 1.0, 200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseErrorSpec:
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

    def __post_init__(self) -> None:
        _check_range("angle_deg", self.angle_deg, 0.0, 10.0)
        _check_range("place_m", self.place_m, 0.0, 500.0)
        _check_range("lag_ms", self.lag_ms, -5000.0, 5000.0)
        _check_range("bias_deg", self.bias_deg, -10.0, 10.0)
        _check_range("bias_m", self.bias_m, -500.0, 500.0)
        _check_range("correlation_s", self.correlation_s, 0.01, 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSpec:
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
        _check_range("seed", self.seed, 0, 2**31 - 1)
        _check_range("lon_deg", self.lon_deg, -180.0, 180.0)
        _check_range("lat_deg", self.lat_deg, -70.0, 70.0)
        _check_range("crf", self.crf, 0, 51)
        _check_range("size_m", self.size_m, 200.0, 1500.0)
        _check_range("tree_density", self.tree_density, 0.0, 2.0)
        places = len(self.sites) + len(self.look_alikes)
        most = int((self.size_m / 100.0) ** 2 / 3.0)
        if places > most:
            raise InputError(f"{self.size_m} m square holds at most {most} places apart, {places} wanted")
        for at_m in (*(site.at_m for site in self.sites), *(other.at_m for other in self.look_alikes)):
            if at_m is not None:
                _check_range("at_m", max(map(abs, at_m)), 0.0, self.size_m / 2.0 - 40.0)
        if self.flight.aim_place is not None:
            _check_range("aim_place", self.flight.aim_place, 0, places - 1)
