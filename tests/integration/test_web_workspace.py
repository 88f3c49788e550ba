"""The workbench on a real workspace: what it reads of store, lake and vault, and what it records."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from shapely import Point

from atalaya.app.context import Context, commit
from atalaya.app.ground import TERRAIN_FOLDER
from atalaya.app.ingest_source import ingest_source
from atalaya.app.playable_video import TRANSFORMATION
from atalaya.app.workbench_reader import WorkspaceReader
from atalaya.errors import NotFoundError
from atalaya.io.terrain import save_terrain
from atalaya.model.actor import Role
from atalaya.model.custody import Derivative
from atalaya.model.ground import Position
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind, Site, SiteKind, SiteStatus
from atalaya.web.guard import TOKEN_HEADER
from atalaya.web.start import workbench_app
from fakes.live_server import live
from fakes.workbench import make_terrain
from small_sortie import (
    FPS,
    GROUND,
    LAT_DEG,
    LON_DEG,
    NOON,
    STEP_DEG,
    flight,
    make_bench,
    write_klv,
    write_ts,
)

FRAME = 10
"""The site lies straight below the aircraft in this frame."""


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


@pytest.fixture
def sources(bench, tmp_path):
    """One source with pictures, one without, and one site under the first."""
    operator = bench.acting(Role.SENSOR_OPERATOR)
    taken = [
        ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND).record.source_id
        for path in (
            write_ts(tmp_path / "pictures.ts", flight()),
            write_klv(tmp_path / "bare.klv", flight(20)),
        )
    ]
    analyst = bench.acting(Role.IMAGERY_ANALYST)
    site = make_site(taken[0], bench)
    commit(analyst, "site.propose", site.site_id, {}, lambda step: step.add(site))
    return taken


def make_site(source: SourceId, bench) -> Site:
    seen = EvidenceItem(
        kind=EvidenceKind.ROOF_OR_TARP_SEEN,
        weight_bits=6.0,
        looks=9,
        azimuths=1,
        length_m=12.0,
        width_m=7.0,
        frames=((source, FRAME), (source, FRAME + 1)),
    )
    prior = EvidenceItem(kind=EvidenceKind.PRIOR, weight_bits=-4.0, looks=0, azimuths=0)
    return Site(
        site_id=SiteId("SIT-0001"),
        status=SiteStatus.CANDIDATE,
        candidate=Candidate(
            position=Position(
                lon_deg=LON_DEG + FRAME * STEP_DEG,
                lat_deg=LAT_DEG,
                hae_m=0.0,
                covariance_m2=((16.0, 0.0), (0.0, 16.0)),
                ce90_m=8.6,
                le90_m=None,
            ),
            probability=0.8,
            probability_against=(
                "an innocent object that the detector also marks; before looking "
                "0.5 sites and 30 such objects per km2"
            ),
            kind=SiteKind.RURAL_CAMOUFLAGED,
            evidence=(prior, seen),
            looks_possible=9,
            looks_seen=9,
            first_seen_utc=NOON,
            last_seen_utc=NOON + timedelta(seconds=4),
        ),
        sorties=(bench.sortie.sortie_id,),
        synthetic=False,
        proposed_utc=NOON + timedelta(minutes=40),
    )


@contextmanager
def serving(context: Context) -> Iterator[httpx.Client]:
    app = workbench_app(context)
    with live(app) as address:
        headers = {"origin": address, TOKEN_HEADER: app.state.bench.guard.token}
        with httpx.Client(base_url=address, headers=headers, timeout=20) as client:
            yield client


def actions(context: Context) -> list[str]:
    with context.store.transaction() as step:
        return [json.loads(entry.leaf)["action"] for entry in step.entries()]


def test_sources_say_what_can_be_played_and_from_when(bench, sources):
    pictures, bare = WorkspaceReader(bench.acting(Role.IMAGERY_ANALYST)).sources()
    assert (pictures.record.source_id, bare.record.source_id) == tuple(sources)
    assert (pictures.video_width_px, pictures.video_height_px, pictures.frames) == (128, 96, 40)
    assert (bare.video_start_pts_s, bare.video_width_px, bare.frames) == (None, None, 20)
    assert pictures.until_us is not None
    assert pictures.from_us is not None
    assert pictures.until_us - pictures.from_us == 3_900_000


def test_the_playable_copy_keeps_the_clock_and_is_made_and_recorded_once(bench, sources):
    context = bench.acting(Role.IMAGERY_ANALYST)
    reader = WorkspaceReader(context)
    start_pts_s = reader.sources()[0].video_start_pts_s
    assert start_pts_s == pytest.approx(reader.timeline(sources[0]).pts_s[0], abs=1 / 90_000)
    with av.open(str(reader.video(sources[0]))) as played:
        times_s = [
            float(frame.pts * frame.time_base) for frame in played.decode(video=0) if frame.pts is not None
        ]
    assert times_s == pytest.approx((reader.timeline(sources[0]).pts_s - start_pts_s).tolist(), abs=1e-4)
    WorkspaceReader(bench.acting(Role.OVERSIGHT_AUDITOR)).sources()
    assert actions(context).count("video.make-playable") == 1
    with context.store.transaction() as step:
        made = [it for it in step.find(Derivative) if it.transformation == TRANSFORMATION]
    assert [it.inputs for it in made] == [(reader.sources()[0].record.kept,)]


def test_a_source_without_pictures_has_no_video(bench, sources):
    with pytest.raises(NotFoundError):
        WorkspaceReader(bench.acting(Role.IMAGERY_ANALYST)).video(sources[1])


def test_the_timeline_follows_the_aircraft(bench, sources):
    timeline = WorkspaceReader(bench.acting(Role.IMAGERY_ANALYST)).timeline(sources[0])
    assert timeline.frame_index.tolist() == list(range(40))
    assert timeline.centre_lon_deg == pytest.approx(LON_DEG + STEP_DEG * np.arange(40), abs=1e-6)
    assert timeline.slant_range_m == pytest.approx(1000.0, abs=0.5)
    assert np.diff(timeline.pts_s) == pytest.approx(1 / FPS, abs=1e-4)


def test_coverage_holds_what_was_looked_at_and_nothing_else(bench, sources):
    coverage = {
        it.source_id: it.area for it in WorkspaceReader(bench.acting(Role.IMAGERY_ANALYST)).coverage()
    }
    area = coverage[sources[0]]
    assert area.covers(Point(LON_DEG + 20 * STEP_DEG, LAT_DEG))
    assert not area.covers(Point(LON_DEG + 60 * STEP_DEG, LAT_DEG))


def test_a_site_below_the_aircraft_is_in_the_middle_of_that_picture(bench, sources):
    reader = WorkspaceReader(bench.acting(Role.IMAGERY_ANALYST))
    pixels = reader.site_pixels(SiteId("SIT-0001"), sources[0])
    row = pixels.frame_index.tolist().index(FRAME)
    assert (pixels.x_px[row], pixels.y_px[row]) == pytest.approx((63.5, 47.5), abs=0.5)
    across_m = 2 * 1000 * np.tan(np.radians(5.0))
    assert pixels.radius_px[row] == pytest.approx(8.6 / (across_m / 128), rel=0.05)
    assert set(pixels.frame_index) < set(range(40))
    assert len(reader.site_pixels(SiteId("SIT-0001"), sources[1])) == 0


def test_a_site_speaks_both_languages_and_offers_its_best_looks(bench, sources):
    view = WorkspaceReader(bench.acting(Role.IMAGERY_ANALYST)).site(SiteId("SIT-0001"))
    assert "innocent object" in view.probability_against.en
    assert "objeto inocente" in view.probability_against.es
    assert [it.kind for it in view.evidence] == [EvidenceKind.PRIOR, EvidenceKind.ROOF_OR_TARP_SEEN]
    assert "lona" in view.evidence[1].wording.es
    assert [(it.source_id, it.frame_index) for it in view.looks] == [(sources[0], 10), (sources[0], 11)]
    assert view.looks[0].pts_s is not None


def test_a_decision_on_the_page_is_the_same_entry_as_on_the_command_line(bench, sources):
    context = bench.acting(Role.IMAGERY_ANALYST, "vega")
    with serving(context) as client:
        before = client.get("/api/v1/workspace").json()["ledger_entries"]
        sent = {"status": "confirmed", "reason": "roof and track end in nine looks"}
        answer = client.post("/api/v1/sites/SIT-0001/reviews", json=sent)
        assert answer.status_code == 200
        assert answer.json()["reviews"][-1]["reviewed_by"] == "vega"
        assert client.get("/api/v1/sites").json()["sites"][0]["status"] == "confirmed"
        assert client.get("/api/v1/workspace").json()["ledger_entries"] == before + 1
    assert actions(context)[-1] == "review.confirm"


def test_a_role_that_may_not_review_is_refused_on_the_record(bench, sources):
    context = bench.acting(Role.OVERSIGHT_AUDITOR)
    with serving(context) as client:
        assert client.get("/api/v1/workspace").json()["account"]["may_review"] is False
        sent = {"status": "rejected", "reason": "no"}
        answer = client.post("/api/v1/sites/SIT-0001/reviews", json=sent)
        assert answer.status_code == 403
        assert "imagery-analyst" in answer.json()["message"]
        assert client.get("/api/v1/sites").json()["sites"][0]["status"] == "candidate"
    assert "refuse" in actions(context)[-1]


def test_a_video_that_is_gone_is_a_problem_of_its_source_and_not_of_the_page(bench, sources):
    context = bench.acting(Role.IMAGERY_ANALYST)
    with context.store.transaction() as step:
        assert step.ledger_size() > 0
    kept = next(it.record.kept for it in WorkspaceReader(context).sources() if it.record.has_video)
    playable = WorkspaceReader(context).video(sources[0])
    for path in (context.vault.path(kept), playable):
        path.chmod(0o644)
        path.unlink()
    with serving(context) as client:
        pictures = client.get("/api/v1/workspace").json()["sources"][0]
    assert pictures["has_video"] is False
    assert [it["code"] for it in pictures["problems"]] == ["video-not-playable"]


def test_an_empty_workspace_reads_empty(tmp_path):
    bench = make_bench(tmp_path / "workspace")
    with serving(bench.acting(Role.IMAGERY_ANALYST)) as client:
        workspace = client.get("/api/v1/workspace").json()
        assert (workspace["sources"], workspace["head"], workspace["terrain"]) == ([], None, None)
        assert client.get("/api/v1/coverage").json()["coverage"] == []
        assert client.get(f"/api/v1/sources/{'0' * 64}/timeline").status_code == 404


def test_the_map_asks_for_tiles_of_the_workspace_s_terrain_and_of_a_new_one_when_it_changes(bench):
    folder = bench.acting(Role.IMAGERY_ANALYST).settings.workspace / TERRAIN_FOLDER
    save_terrain(make_terrain(), folder)
    with serving(bench.acting(Role.IMAGERY_ANALYST)) as client:
        terrain = client.get("/api/v1/workspace").json()["terrain"]
        assert terrain["west_deg"] == pytest.approx(make_terrain().west_deg)
        assert terrain["has_voids"] is True
        tile = f"/api/v1/terrain/height/{in_the_middle(terrain)}.png"
        before = client.get(tile)
        assert before.headers["content-type"] == "image/png"
        again = client.get(tile, headers={"if-none-match": before.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        save_terrain(replace(make_terrain(), hae_m=make_terrain().hae_m + 10.0), folder)
        after = client.get(tile, headers={"if-none-match": before.headers["etag"]})
        assert (after.status_code, after.content == before.content) == (200, False)
        assert client.get("/api/v1/workspace").json()["terrain"]["revision"] != terrain["revision"]


def in_the_middle(terrain: dict[str, Any]) -> str:
    lon_deg = 0.5 * (terrain["west_deg"] + terrain["east_deg"])
    lat_rad = np.radians(0.5 * (terrain["south_deg"] + terrain["north_deg"]))
    side = 1 << terrain["max_zoom"]
    column = int((lon_deg / 360 + 0.5) * side)
    row = int((0.5 - np.arcsinh(np.tan(lat_rad)) / (2 * np.pi)) * side)
    return f"{terrain['max_zoom']}/{column}/{row}"


def test_the_page_has_the_wheel_s_own_files_or_says_that_it_is_not_built(bench):
    with serving(bench.acting(Role.IMAGERY_ANALYST)) as client:
        page = client.get("/")
    built = (Path(__file__).resolve().parents[2] / "src/atalaya/web/static/index.html").is_file()
    assert page.status_code == (200 if built else 503)
