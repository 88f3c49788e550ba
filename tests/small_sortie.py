"""A small sortie for tests: a straight flight that looks down, its stream, and a workspace that allows it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from shapely import Polygon, box

from atalaya.app.authorities import add_authority
from atalaya.app.context import Context
from atalaya.app.ground import DeclaredGround
from atalaya.app.sorties import SortieRequest, open_sortie
from atalaya.app.workspace import init_workspace, open_workspace, read_settings
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.io.video import encode_h264
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Authority, Consent, RetentionClass, Sensor
from atalaya.model.frame import FrameTable, unknown_frames
from atalaya.model.identifiers import ActorId, AuthorityId
from atalaya.model.instants import to_microseconds
from atalaya.model.sortie import Payload, Sortie

NOON = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
LON_DEG, LAT_DEG = -107.2, 24.95
FPS = 10.0
GROUND = DeclaredGround(constant_m=0.0)
STEP_DEG = 0.0002
"""How far east the aircraft is after each frame: 20 m at 200 m/s."""
AREA = box(LON_DEG - 0.05, LAT_DEG - 0.05, LON_DEG + 0.05, LAT_DEG + 0.05)


def flight(count: int = 40, *, start: datetime = NOON) -> FrameTable:
    """Looks straight down from 1000 m, 10 degrees wide, moving east."""
    every = np.ones(count)
    return replace(
        unknown_frames(count),
        time_us=to_microseconds(start) + np.arange(count, dtype=np.int64) * round(1e6 / FPS),
        checksum_ok=np.ones(count, dtype=np.bool_),
        platform_heading_deg=0.0 * every,
        platform_pitch_deg=0.0 * every,
        platform_roll_deg=0.0 * every,
        sensor_lon_deg=LON_DEG + STEP_DEG * np.arange(count),
        sensor_lat_deg=LAT_DEG * every,
        sensor_hae_m=1000.0 * every,
        hfov_deg=10.0 * every,
        vfov_deg=7.5 * every,
        sensor_azimuth_deg=0.0 * every,
        sensor_elevation_deg=-90.0 * every,
        sensor_roll_deg=0.0 * every,
    )


def write_klv(path: Path, frames: FrameTable) -> Path:
    path.write_bytes(b"".join(encode_frames(frames, mission_id="test", platform_designation="test")))
    return path


def write_ts(path: Path, frames: FrameTable) -> Path:
    """H.264 of 128 x 96, one packet for each picture, a key picture every 5."""
    shades = (np.full((96, 128, 3), 40 + 3 * number, dtype=np.uint8) for number in range(len(frames)))
    units = list(encode_h264(shades, frames_per_s=FPS, pictures_per_gop=5))
    packets = encode_frames(frames, mission_id="test", platform_designation="test")
    timed = [(unit.pts_90k, packet) for unit, packet in zip(units, packets, strict=True)]
    path.write_bytes(b"".join(mux_ts(units, timed, synchronous=True)))
    return path


class Clock:
    """A clock that a test sets; each reading is a millisecond later."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass(frozen=True)
class Bench:
    """A workspace with one authority and one open sortie, and its accounts."""

    folder: Path
    clock: Clock
    authority: Authority
    sortie: Sortie

    def acting(self, role: Role, account: str = "") -> Context:
        actor = Actor(ActorId(account or role.value), role)
        settings = read_settings(self.folder).model_copy(update={"geoid_folders": ()})
        return open_workspace(self.folder, actor, settings=settings, now=self.clock)


def an_authority(authority_id: str, area: Polygon = AREA, **changes) -> Authority:
    fields = {
        "authority_id": AuthorityId(authority_id),
        "instrument": "Acuerdo 7/2026",
        "issuing_body": "SRE",
        "consent": Consent(reference="SRE-7", granted_by="SRE", granted_utc=NOON - timedelta(days=9)),
        "area": area,
        "valid_from_utc": NOON - timedelta(days=1),
        "valid_until_utc": NOON + timedelta(days=1),
        "sensors": frozenset({Sensor.EO_VIDEO}),
        "purpose": "locate laboratories",
        "retention": RetentionClass.CASE_5_YEARS,
    }
    return Authority(**(fields | changes))


def a_request(area: Polygon = AREA, **changes) -> SortieRequest:
    fields = {
        "requesting_agency": "agency",
        "supported_partner": "SEDENA",
        "platform_pseudonym": "HERON-3",
        "payloads": (Payload(name="EO turret", sensor=Sensor.EO_VIDEO),),
        "attestation": "Nothing aboard can harm.",
        "area": area,
        "window_from_utc": NOON - timedelta(minutes=5),
        "window_until_utc": NOON + timedelta(hours=2),
    }
    return SortieRequest(**(fields | changes))


def make_bench(folder: Path, *, area: Polygon = AREA) -> Bench:
    clock = Clock(NOON + timedelta(minutes=30))
    init_workspace(folder, read_settings(folder), now=clock)
    manager = open_workspace(folder, Actor(ActorId("manager"), Role.COLLECTION_MANAGER), now=clock)
    authority = add_authority(manager, an_authority("AUT-test", area))
    return Bench(
        folder=folder, clock=clock, authority=authority, sortie=open_sortie(manager, a_request(area))
    )
