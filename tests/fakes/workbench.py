"""A seeded workspace for the workbench: a small sierra, a moving footprint, sites of every status."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from shapely import Polygon, box, unary_union

from atalaya.app.bilingual import Bilingual
from atalaya.app.stream_views import MetadataSet, StreamHealth, StreamView
from atalaya.app.terrain_tiles import TerrainTiles, TileKind, tile, tiles_of
from atalaya.app.workbench import (
    Coverage,
    EvidenceView,
    Look,
    SitePixels,
    SiteView,
    SourceView,
    Timeline,
    look_of,
    time_span_us,
)
from atalaya.detection.evaluation import Rules, evaluate
from atalaya.detection.evaluation_claims import Claim
from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.geo.terrain import TerrainGrid
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Sensor
from atalaya.model.custody import TreeHead
from atalaya.model.detection import DetectionKind, DetectionTable
from atalaya.model.evaluation import Evaluation, ScoreScale
from atalaya.model.ground import Position
from atalaya.model.identifiers import ActorId, AuthorityId, ContentHash, SiteId, SortieId, SourceId
from atalaya.model.instants import to_microseconds
from atalaya.model.problem import Problem
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind, Review, Site, SiteKind, SiteStatus
from atalaya.model.sortie import CostLine, Payload, Sortie, UnarmedAttestation
from atalaya.model.source import SourceFormat, SourceRecord
from atalaya.web.bench import Bench
from fakes.looks import FakeLooks
from fakes.metadata_stream import make_metadata, make_stream
from fakes.points import FakePoints
from fakes.ties import FakeCalibrator
from known_worlds import look_alike, places, world
from known_worlds import site as true_site
from terrain_scenes import fractal_terrain

ANALYST = Actor(ActorId("analista.03"), Role.IMAGERY_ANALYST)
START = datetime(2026, 11, 20, 16, 4, 0, tzinfo=UTC)
FPS = 15
FRAMES = 180
WIDTH_PX, HEIGHT_PX = 640, 360
VIDEO = SourceId("a1" * 32)
METADATA_ONLY = SourceId("b2" * 32)
SORTIE = SortieId("SOR-0001")
LON_DEG, LAT_DEG = -107.1200, 24.9300
METRE_LAT_DEG = 1 / 110_900
METRE_LON_DEG = METRE_LAT_DEG / math.cos(math.radians(LAT_DEG))
FIRST_PTS_S = 1.4


def place(east_m: float, north_m: float) -> tuple[float, float]:
    return LON_DEG + east_m * METRE_LON_DEG, LAT_DEG + north_m * METRE_LAT_DEG


def frame_east_m(frame: np.ndarray) -> np.ndarray:
    return -600.0 + 1200.0 * frame / (FRAMES - 1)


def make_timeline(frames: int = FRAMES) -> Timeline:
    frame = np.arange(frames, dtype=np.int64)
    east_m = frame_east_m(frame)
    north_m = 60.0 * np.sin(frame / 40.0)
    corner_e = np.stack([east_m - 210, east_m + 210, east_m + 130, east_m - 130], axis=1)
    corner_n = np.stack([north_m + 150, north_m + 165, north_m - 90, north_m - 85], axis=1)
    return Timeline(
        frame_index=frame,
        time_us=to_microseconds(START) + (frame * 1_000_000 // FPS),
        pts_s=FIRST_PTS_S + frame / FPS,
        corner_lon_deg=LON_DEG + corner_e * METRE_LON_DEG,
        corner_lat_deg=LAT_DEG + corner_n * METRE_LAT_DEG,
        sensor_lon_deg=LON_DEG + (east_m - 100) * METRE_LON_DEG,
        sensor_lat_deg=LAT_DEG + np.full(frames, -1500.0) * METRE_LAT_DEG,
        centre_lon_deg=LON_DEG + east_m * METRE_LON_DEG,
        centre_lat_deg=LAT_DEG + north_m * METRE_LAT_DEG,
        centre_covariance_m2=np.tile(np.array([[90.0, 40.0], [40.0, 220.0]]), (frames, 1, 1)),
        ce90_m=np.full(frames, 26.4),
        hfov_deg=np.full(frames, 8.4),
        slant_range_m=2750.0 + 30.0 * np.sin(frame / 30.0),
        gsd_m=np.full(frames, 0.62),
        look_azimuth_deg=np.full(frames, 3.8),
    )


def make_terrain(step_deg: float = 1.5e-4, nodes: int = 321) -> TerrainGrid:
    """Ridges and ravines around the seeded place, with a void in the north-east."""
    surface = fractal_terrain(nodes, seed=11, relief_m=900.0, roughness=2.4).hae_m + 900.0
    surface[40:90, 210:270] = np.nan
    return TerrainGrid(
        hae_m=surface,
        west_deg=LON_DEG - 0.5 * step_deg * (nodes - 1),
        north_deg=LAT_DEG + 0.5 * step_deg * (nodes - 1),
        step_lon_deg=step_deg,
        step_lat_deg=step_deg,
    )


def make_points() -> FakePoints:
    return FakePoints(
        sources={VIDEO, METADATA_ONLY},
        frames=FRAMES,
        fps=FPS,
        first_pts_s=FIRST_PTS_S,
        size_px=(WIDTH_PX, HEIGHT_PX),
        centre_m=lambda frame: (float(frame_east_m(np.array(frame))), 60.0 * math.sin(frame / 40.0)),
        place=place,
    )


def make_evaluation() -> Evaluation:
    """Two claims on one small world: one finds two sites of three, the other one and a look-alike."""
    known = world(true_site(0, 0), true_site(200, 0), true_site(-250, 90), look_alike(100, 150))
    integral = Claim(
        name="integral", scale=ScoreScale.RANK, places=(places((1, 0, 9), (201, 2, 7), (320, -310, 2)),)
    )
    single = Claim(
        name="single-frame", scale=ScoreScale.RANK, places=(places((100, 150, 8), (2, 1, 5), (-90, -200, 4)),)
    )
    return evaluate([known], [integral, single], Rules(), made_by="0.1.0+test")


def make_looks(fake: "FakeWorkbench") -> FakeLooks:
    """Chips of every site; a run of looks over the source with pictures; one evaluation."""
    (west_deg, south_deg), (east_deg, north_deg) = place(-700.0, -160.0), place(700.0, 260.0)
    return FakeLooks(
        sites={key: it.candidate.position.ce90_m for key, it in fake.by_id.items()},
        runs={} if fake.damaged else {VIDEO: (west_deg, south_deg, east_deg, north_deg)},
        sources=set() if fake.empty else {VIDEO, METADATA_ONLY},
        evaluation=None if fake.damaged else make_evaluation(),
    )


def make_bench(fake: "FakeWorkbench", actor: Actor = ANALYST, **given: Any) -> Bench:
    """All ports of one server served by the seeded workspace."""
    points, looks = make_points(), make_looks(fake)
    ports = {"points": points, "ground": points, "calibrator": FakeCalibrator({VIDEO, METADATA_ONLY})}
    ports |= {"chips": looks, "observed": looks, "evaluations": looks}
    return Bench(reader=fake, reviewer=fake, actor=actor, **(ports | given))


def make_mp4(path: Path, frames: int = FRAMES) -> Path:
    """A pan over noise ground, a bright square where the footprint's centre is; H.264, index in front."""
    rng = np.random.default_rng(7)
    ground = rng.normal(0.0, 1.0, (30, 120))
    ground = np.kron(ground, np.ones((24, 24))).astype(np.float64)
    for _ in range(3):
        ground = (ground + np.roll(ground, 6, 0) + np.roll(ground, 6, 1) + np.roll(ground, -5, 1)) / 4
    ground = (ground - ground.min()) / np.ptp(ground)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "15"})
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for index in range(frames):
            shift = 40 + index * 9
            piece = ground[100 : 100 + HEIGHT_PX, shift : shift + WIDTH_PX]
            image = (np.stack([piece * 90 + 70, piece * 100 + 75, piece * 60 + 45], axis=-1)).astype(np.uint8)
            image[168:192, 308:332] = (210, 205, 190)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def make_sortie() -> Sortie:
    return Sortie(
        sortie_id=SORTIE,
        authority_id=AuthorityId("AUT-0001"),
        requesting_agency="Agencia solicitante",
        supported_partner="Autoridad anfitriona",
        platform_pseudonym="GARZA-2",
        payloads=(Payload(name="EO gimbal", sensor=Sensor.EO_VIDEO),),
        attestation=UnarmedAttestation(
            attested_by=ActorId("jefe.01"), attested_utc=START, statement="Nothing on this list can harm."
        ),
        cost_lines=(CostLine(label="fuel", amount=Decimal(120), currency="USD"),),
        area=box(LON_DEG - 0.05, LAT_DEG - 0.05, LON_DEG + 0.05, LAT_DEG + 0.05),
        window_from_utc=START - timedelta(hours=1),
        window_until_utc=START + timedelta(hours=3),
        opened_utc=START - timedelta(hours=1),
    )


def make_source(source_id: SourceId, *, synthetic: bool, has_video: bool, name: str) -> SourceRecord:
    return SourceRecord(
        source_id=source_id,
        sortie_id=SORTIE,
        name=name,
        format=SourceFormat.MPEG_TS if has_video else SourceFormat.KLV,
        length=123_456,
        kept=ContentHash(source_id),
        cuts=(),
        packets=FRAMES,
        packets_checksum_ok=FRAMES - (0 if has_video else 3),
        frames_kept=FRAMES,
        frames_dropped=0,
        has_video=has_video,
        synthetic=synthetic,
        ingested_utc=START,
    )


def make_site(
    number: int,
    east_m: float,
    north_m: float,
    bits: float,
    status: SiteStatus,
    kind: SiteKind | None,
    seen: int,
) -> Site:
    lon_deg, lat_deg = place(east_m, north_m)
    turn = math.radians(20.0 * number)
    major_m2, minor_m2 = (9.0 + number) ** 2, (5.0 + number / 3) ** 2
    ee = major_m2 * math.sin(turn) ** 2 + minor_m2 * math.cos(turn) ** 2
    nn = major_m2 * math.cos(turn) ** 2 + minor_m2 * math.sin(turn) ** 2
    en = (major_m2 - minor_m2) * math.sin(turn) * math.cos(turn)
    items = (
        EvidenceItem(kind=EvidenceKind.PRIOR, weight_bits=-7.0, looks=0, azimuths=0),
        EvidenceItem(
            kind=EvidenceKind.ROOF_OR_TARP_SEEN, weight_bits=bits + 4.1, looks=seen, azimuths=2,
            length_m=12.0, width_m=7.0, frames=((VIDEO, min(FRAMES - 1, 22 * number)),),
        ),
        EvidenceItem(
            kind=EvidenceKind.DRUM_OR_TANK_SEEN, weight_bits=2.3, looks=max(1, seen // 2), azimuths=1,
            frames=((VIDEO, min(FRAMES - 1, 22 * number + 9)),),
        ),
        EvidenceItem(kind=EvidenceKind.PERSISTENT, weight_bits=1.9, looks=seen, azimuths=2),
        EvidenceItem(kind=EvidenceKind.LOOKED_AND_NOT_SEEN, weight_bits=-1.3, looks=30 - seen, azimuths=1),
    )  # fmt: skip
    total_bits = sum(it.weight_bits for it in items)
    return Site(
        site_id=SiteId(f"SIT-{number:04d}"),
        status=status,
        candidate=Candidate(
            position=Position(
                lon_deg=lon_deg, lat_deg=lat_deg, hae_m=1243.0, covariance_m2=((ee, en), (en, nn)),
                ce90_m=2.146 * math.sqrt((major_m2 + minor_m2) / 2), le90_m=8.0,
            ),
            probability=1 / (1 + 2.0**-total_bits),
            probability_against="any other place of this size in the sortie's area",
            kind=kind,
            evidence=items,
            looks_possible=30,
            looks_seen=seen,
            first_seen_utc=START + timedelta(seconds=number),
            last_seen_utc=START + timedelta(seconds=number + 6),
        ),
        sorties=(SORTIE,),
        synthetic=True,
        proposed_utc=START + timedelta(minutes=9),
    )  # fmt: skip


def make_sites() -> tuple[Site, ...]:
    return (
        make_site(1, -420.0, 40.0, 3.6, SiteStatus.PROBABLE, SiteKind.RURAL_CAMOUFLAGED, 27),
        make_site(2, -200.0, -30.0, 2.1, SiteStatus.PROBABLE, SiteKind.INDUSTRIAL, 22),
        make_site(3, 20.0, 70.0, 0.9, SiteStatus.CANDIDATE, SiteKind.RURAL_CAMOUFLAGED, 17),
        make_site(4, 180.0, -60.0, -0.4, SiteStatus.CANDIDATE, None, 11),
        make_site(5, 330.0, 90.0, -1.6, SiteStatus.CANDIDATE, SiteKind.STORAGE, 6),
        make_site(6, 520.0, 10.0, -2.9, SiteStatus.REJECTED, None, 4),
    )


@dataclass
class FakeWorkbench:
    """Reader and reviewer over records in memory; `reviews` is what a ledger would hold."""

    mp4: Path
    synthetic: bool = True
    empty: bool = False
    broken: bool = False
    damaged: bool = False
    doubtful: bool = False
    ground: TerrainGrid | None = None

    def __post_init__(self) -> None:
        self.by_id = {} if self.empty else {it.site_id: it for it in make_sites()}
        self.reviews: list[tuple[Actor, SiteId, SiteStatus, str]] = []

    def sorties(self) -> tuple[Sortie, ...]:
        if self.broken:
            raise ExternalError("the database cannot be read: disk I/O error")
        return () if self.empty else (make_sortie(),)

    def sources(self) -> tuple[SourceView, ...]:
        if self.empty:
            return ()
        table = make_timeline()
        first_us, last_us = time_span_us(table.time_us)
        video = make_source(VIDEO, synthetic=self.synthetic, has_video=True, name="sierra_pass_1.ts")
        bare = make_source(METADATA_ONLY, synthetic=False, has_video=False, name="cessna_leg_2.klv")
        wrong = tuple(Problem(code=code, message=message) for code, message in WRONG) if self.doubtful else ()
        found = (Problem(code="checksum-failed", message="packet 41: checksum 0x1f02, computed 0x9a77"),)
        return (
            SourceView(record=video, from_us=first_us, until_us=last_us, frames=FRAMES, video_start_pts_s=FIRST_PTS_S, video_width_px=WIDTH_PX, video_height_px=HEIGHT_PX, problems=(found if self.damaged else ()) + wrong, health=StreamHealth.DAMAGED if self.damaged else StreamHealth.OK),
            SourceView(record=bare, from_us=first_us, until_us=last_us, frames=FRAMES, video_start_pts_s=None, video_width_px=None, video_height_px=None, problems=found, health=StreamHealth.DAMAGED),
        )  # fmt: skip

    def timeline(self, source: SourceId) -> Timeline:
        self._require(source)
        table = make_timeline()
        return table if source == VIDEO else replace(table, pts_s=np.full(FRAMES, np.nan))

    def stream(self, source: SourceId) -> StreamView:
        self._require(source)
        first, step = (FIRST_PTS_S, 1 / FPS) if source == VIDEO else (0.0, 1.0)
        return make_stream(damaged=self.damaged or source != VIDEO, first=first, step=step)

    def metadata(
        self, source: SourceId, *, pts_s: float | None, frame_index: int | None
    ) -> tuple[MetadataSet, ...]:
        self._require(source)
        if (pts_s is None) == (frame_index is None):
            raise InputError("a time pts_s or a frame_index was wanted, one of the two")
        frame = frame_index if pts_s is None else int((pts_s - FIRST_PTS_S) * FPS + 0.03)
        frame = min(max(frame or 0, 0), FRAMES - 1)
        damaged = self.damaged or source != VIDEO
        return make_metadata(frame, damaged=damaged, pid=257 if source == VIDEO else None)

    def detections(self, source: SourceId, first_frame: int, last_frame: int) -> DetectionTable:
        self._require(source)
        frame = np.arange(first_frame, min(last_frame, FRAMES - 1) + 1, dtype=np.int64)
        frame = np.repeat(frame if source == VIDEO else frame[:0], 2)
        unknown = np.full(frame.size, np.nan)
        second = np.arange(frame.size) % 2 == 1
        return DetectionTable(
            detection_index=np.arange(frame.size, dtype=np.int64),
            frame_index=frame,
            time_us=to_microseconds(START) + (frame * 1_000_000 // FPS),
            kind=np.where(second, DetectionKind.VEHICLE.value, DetectionKind.ROOF_OR_TARP.value),
            x_px=np.where(second, 500.0 - frame, 320.0),
            y_px=np.where(second, 250.0, 180.0),
            width_px=np.where(second, 22.0, 34.0),
            height_px=np.where(second, 14.0, 34.0),
            weight_bits=np.where(second, 1.2, 3.4),
            lon_deg=unknown,
            lat_deg=unknown,
            hae_m=unknown,
            covariance_m2=np.full((frame.size, 2, 2), np.nan),
            ce90_m=unknown,
            length_m=unknown,
            width_m=unknown,
            look_azimuth_deg=unknown,
            detector=np.full(frame.size, "fake-1"),
        )

    def video(self, source: SourceId) -> Path:
        self._require(source)
        if source != VIDEO:
            raise NotFoundError(f"source {source} has no pictures")
        return self.mp4

    def coverage(self) -> tuple[Coverage, ...]:
        if self.empty:
            return ()
        table = make_timeline()
        outlines = [
            Polygon(list(zip(lon, lat, strict=True)))
            for lon, lat in zip(table.corner_lon_deg[::5], table.corner_lat_deg[::5], strict=True)
        ]
        return (Coverage(source_id=VIDEO, area=unary_union(outlines).simplify(1e-5)),)

    def sites(self) -> tuple[Site, ...]:
        return tuple(sorted(self.by_id.values(), key=lambda it: -it.candidate.probability))

    def site(self, site: SiteId) -> SiteView:
        if site not in self.by_id:
            raise NotFoundError(f"no site {site}")
        found = self.by_id[site]
        return SiteView(
            site=found,
            probability_against=Bilingual(
                "any other place of this size in the sortie's area",
                "cualquier otro lugar de este tamaño en el área de la salida",
            ),
            evidence=tuple(
                EvidenceView(kind=it.kind, weight_bits=it.weight_bits, looks=it.looks, azimuths=it.azimuths, wording=WORDING[it.kind])
                for it in found.candidate.evidence
            ),
            looks=self._looks(found),
        )  # fmt: skip

    def site_pixels(self, site: SiteId, source: SourceId) -> SitePixels:
        self._require(source)
        east_m = (self.site(site).site.candidate.position.lon_deg - LON_DEG) / METRE_LON_DEG
        frame = np.arange(FRAMES, dtype=np.int64)
        x_px = WIDTH_PX / 2 + (east_m - frame_east_m(frame)) * 2.0
        shown = (x_px > 0) & (x_px < WIDTH_PX) & (source == VIDEO)
        count = int(shown.sum())
        return SitePixels(frame_index=frame[shown], x_px=x_px[shown], y_px=np.full(count, 180.0), radius_px=np.full(count, 26.0))  # fmt: skip

    def terrain(self) -> TerrainTiles | None:
        return None if self.ground is None else tiles_of(self.ground, "r1")

    def terrain_tile(self, kind: TileKind, zoom: int, column: int, row: int) -> bytes:
        if self.ground is None:
            raise NotFoundError("this workspace has no terrain")
        return tile(self.ground, kind, zoom, column, row)

    def ledger_size(self) -> int:
        return 0 if self.empty else 41 + len(self.reviews)

    def head(self) -> TreeHead | None:
        if self.empty:
            return None
        size = 41
        return TreeHead(
            origin="demo", size=size, root_hash=f"{size:02x}" * 32, at_utc=START, key_id="k", signature="s"
        )

    def review(self, actor: Actor, site: SiteId, status: SiteStatus, reason: str) -> Site:
        if site not in self.by_id:
            raise NotFoundError(f"no site {site}")
        if status in {SiteStatus.CANDIDATE, SiteStatus.PROBABLE}:
            raise InputError(f"people do not set {status}")
        self.reviews.append((actor, site, status, reason))
        decided = Review(
            site_id=site, status=status, reviewed_by=actor.actor_id, reviewed_utc=START, reason=reason
        )
        before = self.by_id[site]
        self.by_id[site] = replace(before, status=status, reviews=(*before.reviews, decided))
        return self.by_id[site]

    def _looks(self, site: Site) -> tuple[Look, ...]:
        frames = [frame for item in site.candidate.evidence for frame in item.frames]
        return tuple(look_of(make_timeline(), source, frame) for source, frame in frames)

    def _require(self, source: SourceId) -> None:
        if self.empty or source not in {VIDEO, METADATA_ONLY}:
            raise NotFoundError(f"no source {source}")


WRONG = (
    (
        "pose-disagrees-with-centre",
        "pose and frame centre disagree: median 61.4 m over 180 frames, where the stated errors explain 9.8 m",
    ),
    (
        "height-in-another-datum",
        "frame centre lies 28.4 m below what the sensor's height and the slant range say, in all 180 frames",
    ),
)

WORDING = {
    EvidenceKind.PRIOR: Bilingual("How rare such places are in this area", "Lo raros que son estos lugares en esta zona"),
    EvidenceKind.ROOF_OR_TARP_SEEN: Bilingual("Possible roof or tarp, about 12 by 7 m", "Posible techo o lona, de unos 12 por 7 m"),
    EvidenceKind.DRUM_OR_TANK_SEEN: Bilingual("Possible drums or tanks beside it", "Posibles tambos o tanques al lado"),
    EvidenceKind.PERSISTENT: Bilingual("Seen again from another side", "Visto de nuevo desde otro lado"),
    EvidenceKind.LOOKED_AND_NOT_SEEN: Bilingual("Looked there and did not see it", "Se miró allí y no se vio"),
}  # fmt: skip
