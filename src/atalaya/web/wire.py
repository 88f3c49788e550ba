"""The wire models of `/api/v1`: what the page reads and writes; never the core types themselves."""

from typing import Annotated, Literal

from pydantic import Field

from atalaya.web.wire_base import Answer, Text, Wire
from atalaya.web.wire_stream import Health

type Status = Literal["candidate", "probable", "confirmed", "inactive", "dismantled", "rejected"]
type Kind = Literal[
    "rural-camouflaged", "industrial", "urban", "underground", "mobile", "pill-press", "storage", "dump"
]
type LonLat = tuple[float, float]


class Ellipse(Wire):
    """Where the true point lies with probability 0.90."""

    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float


class ProblemWire(Wire):
    """One thing that was wrong with a source."""

    code: str
    message: str


class WarningWire(Wire):
    """Something wrong with a source that moves its places, and what to do; `detail` has all numbers."""

    kind: Literal["datum", "below-ground", "cover", "geoid", "pose"]
    words: Text
    remedy: Text
    detail: str


class SourceWire(Wire):
    """One original under one sortie."""

    source_id: str
    sortie_id: str
    name: str
    format: Literal["mpeg-ts", "klv"]
    synthetic: bool
    has_video: bool
    frames: int
    from_us: int | None
    until_us: int | None
    video_start_pts_s: float | None
    video_width_px: int | None
    video_height_px: int | None
    packets: int
    packets_checksum_ok: int
    packets_unsummed: int
    frames_dropped: int
    stopped_reason: str | None
    health: Health
    problems: list[ProblemWire]
    warnings: list[WarningWire]


class SortieWire(Wire):
    """One flight."""

    sortie_id: str
    authority_id: str
    platform_pseudonym: str
    requesting_agency: str
    supported_partner: str
    status: Literal["open", "closed"]
    from_utc: str
    until_utc: str


class HeadWire(Wire):
    """The newest signed head of the ledger."""

    origin: str
    size: int
    root_hash: str
    at_utc: str


class AccountWire(Wire):
    """The account that decides here, and whether its role may."""

    actor: str
    role: str
    may_review: bool
    may_calibrate: bool


class Workspace(Answer):
    """What the page needs before it can show anything."""

    account: AccountWire
    sorties: list[SortieWire]
    sources: list[SourceWire]
    ledger_entries: int
    head: HeadWire | None
    terrain: "TerrainWire | None"


class TerrainWire(Wire):
    """Edges and zooms of the tiles at `/api/v1/terrain/{kind}/{zoom}/{column}/{row}.png`."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    min_zoom: int
    max_zoom: int
    has_voids: bool
    revision: str


class TimelineWire(Answer):
    """Aligned columns, one row per frame shown; null where unknown.

    `stride` is how many frames of the source one row stands for: 1 unless the source is very long.
    """

    source_id: str
    stride: int
    frame_index: list[int]
    time_us: list[int | None]
    pts_s: list[float | None]
    footprint: list[list[LonLat] | None]
    centre: list[LonLat | None]
    sensor: list[LonLat | None]
    ellipse: list[Ellipse | None]
    ce90_m: list[float | None]
    hfov_deg: list[float | None]
    slant_range_m: list[float | None]
    gsd_m: list[float | None]
    look_azimuth_deg: list[float | None]


class DetectionWire(Wire):
    """One box in one picture."""

    frame_index: int
    kind: str
    x_px: float
    y_px: float
    width_px: float
    height_px: float
    weight_bits: float | None


class Detections(Answer):
    """Boxes in the frames first..last, both included."""

    source_id: str
    first_frame: int
    last_frame: int
    detections: list[DetectionWire]


class CoverageWire(Wire):
    """Polygons with their rings; the first ring of each is its outline."""

    source_id: str
    polygons: list[list[list[LonLat]]]


class CoverageAnswer(Answer):
    """What was looked at."""

    coverage: list[CoverageWire]


class PositionWire(Wire):
    """A place with its error."""

    lon_deg: float
    lat_deg: float
    hae_m: float | None
    ce90_m: float
    le90_m: float | None
    ellipse: Ellipse | None


class SiteRow(Wire):
    """One site in the queue and on the map."""

    site_id: str
    status: Status
    kind: Kind | None
    synthetic: bool
    position: PositionWire
    probability: float
    looks_seen: int
    looks_possible: int
    first_seen_utc: str
    last_seen_utc: str
    sorties: list[str]
    reviews: int


class Sites(Answer):
    """All sites, the most probable first."""

    sites: list[SiteRow]


class EvidenceWire(Wire):
    """One reason for or against; its weight in bits."""

    kind: str
    weight_bits: float
    looks: int
    azimuths: int
    wording: Text


class LookWire(Wire):
    """One frame that shows the site."""

    source_id: str
    frame_index: int
    time_us: int | None
    pts_s: float | None
    look_azimuth_deg: float | None
    slant_range_m: float | None


class ReviewWire(Wire):
    """What one account decided, and why."""

    status: Status
    reviewed_by: str
    reviewed_utc: str
    reason: str


class SiteAnswer(Answer):
    """One site with all its evidence."""

    row: SiteRow
    proposed_utc: str
    probability_against: Text
    evidence: list[EvidenceWire]
    looks: list[LookWire]
    reviews: list[ReviewWire]


class SitePixelsWire(Answer):
    """Where a site lies in the pictures of one source."""

    site_id: str
    source_id: str
    frame_index: list[int]
    x_px: list[float]
    y_px: list[float]
    radius_px: list[float]


class ReviewRequest(Wire):
    """A decision by the account that runs this server."""

    status: Literal["confirmed", "rejected", "inactive", "dismantled"]
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class ErrorAnswer(Answer):
    """Why not."""

    error: str
    message: str
