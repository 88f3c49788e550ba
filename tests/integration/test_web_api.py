"""The workbench's server over a seeded workspace: what it answers, and what it refuses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from atalaya.errors import (
    AtalayaError,
    ExternalError,
    InputError,
    IntegrityError,
    KlvError,
    NotFoundError,
    NotPermittedError,
)
from atalaya.model.actor import Actor, Role
from atalaya.model.identifiers import ActorId
from atalaya.web.bench import Bench
from atalaya.web.guard import TOKEN_HEADER, Guard
from atalaya.web.schema import openapi_text
from atalaya.web.server import TOKEN_MARK, create_app, listen
from atalaya.web.status import STATUS, status_of
from fakes.live_server import live
from fakes.workbench import (
    ANALYST,
    FIRST_PTS_S,
    FPS,
    FRAMES,
    METADATA_ONLY,
    VIDEO,
    FakeWorkbench,
    make_bench,
    make_mp4,
    make_terrain,
)

UI = Path(__file__).resolve().parents[2] / "src" / "atalaya" / "web" / "ui"


@contextmanager
def serving(bench: Bench) -> Iterator[httpx.Client]:
    with live(create_app(bench)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def mp4(tmp_path_factory):
    return make_mp4(tmp_path_factory.mktemp("video") / "clip.mp4", frames=30)


@pytest.fixture
def fake(mp4):
    return FakeWorkbench(mp4)


@pytest.fixture
def page(tmp_path):
    (tmp_path / "index.html").write_text(f'<meta name="atalaya-token" content="{TOKEN_MARK}">')
    return tmp_path


@pytest.fixture
def client(fake, page):
    bench = make_bench(fake, guard=Guard(token="secret-1"), static=page)
    with serving(bench) as client:
        yield client


def decide(
    client: httpx.Client,
    site: str = "SIT-0001",
    status: str | None = "confirmed",
    reason: str = "seen in 27 looks",
    headers: dict[str, str | None] | None = None,
) -> httpx.Response:
    sent = {"origin": str(client.base_url).rstrip("/"), TOKEN_HEADER: "secret-1"} | (headers or {})
    return client.post(
        f"/api/v1/sites/{site}/reviews",
        json={"status": status, "reason": reason},
        headers={name: value for name, value in sent.items() if value is not None},
    )


def test_the_workspace_names_account_sources_and_ledger_head(client):
    answer = client.get("/api/v1/workspace").json()
    assert answer["version"] == 1
    assert answer["account"] == {
        "actor": "analista.03",
        "role": "imagery-analyst",
        "may_review": True,
        "may_calibrate": True,
    }
    assert [it["source_id"] for it in answer["sources"]] == [VIDEO, METADATA_ONLY]
    assert [it["synthetic"] for it in answer["sources"]] == [True, False]
    assert answer["sources"][1]["problems"][0]["code"] == "checksum-failed"
    assert answer["head"]["size"] == 41


def test_the_timeline_has_aligned_columns_and_null_for_unknown(client):
    answer = client.get(f"/api/v1/sources/{VIDEO}/timeline").json()
    columns = {name: value for name, value in answer.items() if isinstance(value, list)}
    assert {len(value) for value in columns.values()} == {FRAMES}
    assert answer["stride"] == 1
    assert answer["pts_s"][0] == pytest.approx(FIRST_PTS_S)
    assert answer["pts_s"][30] == pytest.approx(FIRST_PTS_S + 30 / FPS)
    assert len(answer["footprint"][0]) == 4
    ellipse = answer["ellipse"][0]
    covariance = np.array([[90.0, 40.0], [40.0, 220.0]])
    largest_m2 = float(np.linalg.eigvalsh(covariance)[1])
    assert ellipse["semi_major_m"] == pytest.approx(np.sqrt(4.605170186 * largest_m2))
    bare = client.get(f"/api/v1/sources/{METADATA_ONLY}/timeline").json()
    assert set(bare["pts_s"]) == {None}


def test_a_very_long_timeline_is_thinned_and_says_its_stride(client, monkeypatch):
    monkeypatch.setattr("atalaya.web.routes.TIMELINE_ROWS", 50)
    answer = client.get(f"/api/v1/sources/{VIDEO}/timeline").json()
    assert answer["stride"] == 4
    assert answer["frame_index"][:3] == [0, 4, 8]


def test_detections_come_by_frame_range_and_a_wide_range_is_refused(client):
    answer = client.get(f"/api/v1/sources/{VIDEO}/detections?first_frame=3&last_frame=4").json()
    assert [it["frame_index"] for it in answer["detections"]] == [3, 3, 4, 4]
    assert answer["detections"][0]["kind"] == "roof-or-tarp"
    wide = client.get(f"/api/v1/sources/{VIDEO}/detections?first_frame=0&last_frame=9000")
    assert wide.status_code == 422
    assert wide.json()["error"] == "InputError"


def test_the_video_answers_byte_ranges_uncompressed(client, mp4):
    whole = mp4.read_bytes()
    answer = client.get(
        f"/api/v1/sources/{VIDEO}/video.mp4", headers={"range": "bytes=100-199", "accept-encoding": "gzip"}
    )
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert answer.content == whole[100:200]
    assert client.get(f"/api/v1/sources/{VIDEO}/video.mp4").content == whole


def test_a_source_without_pictures_has_no_video(client):
    assert client.get(f"/api/v1/sources/{METADATA_ONLY}/video.mp4").status_code == 404


def test_sites_come_most_probable_first_with_their_error(client):
    sites = client.get("/api/v1/sites").json()["sites"]
    assert [it["site_id"] for it in sites][:2] == ["SIT-0001", "SIT-0002"]
    chances = [it["probability"] for it in sites]
    assert chances == sorted(chances, reverse=True)
    assert all(it["position"]["ce90_m"] > 0 and it["position"]["ellipse"] for it in sites)


def test_a_site_says_its_evidence_in_both_languages(client):
    answer = client.get("/api/v1/sites/SIT-0003").json()
    assert answer["evidence"][0]["kind"] == "prior"
    assert all(it["wording"]["en"] and it["wording"]["es"] for it in answer["evidence"])
    assert answer["looks"][0]["pts_s"] == pytest.approx(FIRST_PTS_S + 66 / FPS)
    pixels = client.get(f"/api/v1/sites/SIT-0003/pixels?source_id={VIDEO}").json()
    assert len(pixels["frame_index"]) == len(pixels["x_px"]) > 0


def test_coverage_is_closed_rings_of_lon_and_lat(client):
    coverage = client.get("/api/v1/coverage").json()["coverage"]
    ring = coverage[0]["polygons"][0][0]
    assert ring[0] == ring[-1]
    assert all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in ring)


def test_no_terrain_is_not_found(client):
    assert client.get("/api/v1/workspace").json()["terrain"] is None
    assert client.get("/api/v1/terrain/height/12/829/1756.png").status_code == 404


@pytest.mark.parametrize("name", ["height/3/8/1", "height/-1/0/0", "height/99/0/0", "height/12/0/0"])
def test_a_tile_that_there_is_not_is_not_found(client, fake, name):
    fake.ground = make_terrain()
    assert client.get(f"/api/v1/terrain/{name}.png").status_code == 404
    assert client.get("/api/v1/terrain/colour/3/1/1.png").status_code == 422


def test_a_decision_is_recorded_in_the_name_of_who_started_the_server(client, fake):
    answer = decide(client)
    assert answer.status_code == 200
    assert answer.json()["row"]["status"] == "confirmed"
    assert answer.json()["reviews"][-1]["reason"] == "seen in 27 looks"
    assert [(it[0], str(it[1]), str(it[2])) for it in fake.reviews] == [(ANALYST, "SIT-0001", "confirmed")]
    assert client.get("/api/v1/workspace").json()["ledger_entries"] == 42


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_decision_without_a_usable_reason_is_refused(client, fake, reason):
    assert decide(client, reason=reason).status_code == 422
    assert fake.reviews == []


@pytest.mark.parametrize("status", ["candidate", "probable", "released", None])
def test_a_status_that_no_person_sets_is_refused(client, fake, status):
    assert decide(client, status=status).status_code == 422
    assert fake.reviews == []


@pytest.mark.parametrize(
    "headers",
    [
        {TOKEN_HEADER: None},
        {TOKEN_HEADER: "secret-2"},
        {TOKEN_HEADER: b"\xe9"},
        {"origin": None},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"host": "elsewhere.example"},
    ],
)
def test_a_change_from_anywhere_but_the_own_page_is_refused(client, fake, headers):
    answer = decide(client, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"] == "NotPermittedError"
    assert fake.reviews == []


def test_another_host_name_reads_nothing_either(client):
    assert client.get("/", headers={"host": "elsewhere.example:8321"}).status_code == 403
    assert client.get("/api/v1/sites", headers={"host": "elsewhere.example"}).status_code == 403
    for host in ("[::1]elsewhere.example", "[::1", "127.0.0.1:80:80", "localhost:x", "localhost.", ""):
        assert client.get("/api/v1/sites", headers={"host": host}).status_code == 403, host
    assert client.get("/api/v1/sites", headers={"host": "localhost:8321"}).status_code == 200
    assert client.get("/api/v1/sites", headers={"host": "[::1]:8321"}).status_code == 200


def test_the_page_carries_the_token_and_may_load_nothing_foreign(client):
    answer = client.get("/")
    assert 'content="secret-1"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/v1/sites").headers["cache-control"] == "no-store"


def test_tokens_differ_from_server_to_server():
    assert Guard().token != Guard().token


def test_an_unbuilt_page_says_so(fake, tmp_path):
    bench = make_bench(fake, static=tmp_path / "none")
    with serving(bench) as client:
        answer = client.get("/")
    assert answer.status_code == 503
    assert "has not been built" in answer.text


def test_each_error_has_its_status_in_the_one_table(client, fake):
    assert {status_of(kind("x")) for kind in STATUS} == {403, 404, 409, 422, 503}
    assert status_of(KlvError("x")) == 422
    assert status_of(AtalayaError("x")) == 500
    assert client.get("/api/v1/sites/SIT-9999").json() == {
        "version": 1, "error": "NotFoundError", "message": "no site SIT-9999",
    }  # fmt: skip
    fake.broken = True
    broken = client.get("/api/v1/workspace")
    assert broken.status_code == 503
    assert broken.json()["error"] == "ExternalError"


@pytest.mark.parametrize(
    "kind", [NotPermittedError, NotFoundError, IntegrityError, InputError, ExternalError]
)
def test_every_refusal_of_the_reviewer_reaches_the_page_with_its_words(fake, page, kind, monkeypatch):
    def refuse(*_args):
        raise kind("not now")

    monkeypatch.setattr(fake, "review", refuse)
    bench = make_bench(fake, guard=Guard(token="secret-1"), static=page)
    with serving(bench) as client:
        answer = decide(client)
    assert answer.status_code == STATUS[kind]
    assert answer.json()["message"] == "not now"


def test_a_role_that_may_not_review_is_told_so(fake, page):
    auditor = Actor(ActorId("auditor.01"), Role.OVERSIGHT_AUDITOR)
    with serving(make_bench(fake, auditor, static=page)) as client:
        account = client.get("/api/v1/workspace").json()["account"]
    assert account["may_review"] is False


def test_an_empty_workspace_answers_empty_lists(mp4, page):
    empty = FakeWorkbench(mp4, empty=True)
    with serving(make_bench(empty, static=page)) as client:
        assert client.get("/api/v1/workspace").json()["sources"] == []
        assert client.get("/api/v1/workspace").json()["head"] is None
        assert client.get("/api/v1/sites").json()["sites"] == []
        assert client.get("/api/v1/coverage").json()["coverage"] == []


def test_the_committed_description_is_the_servers_own():
    committed = (UI / "openapi.json").read_text(encoding="utf-8")
    assert committed == openapi_text(), "run: python -m atalaya.web.schema > src/atalaya/web/ui/openapi.json"
    assert json.loads(committed)["openapi"].startswith("3.")


def test_a_taken_port_is_an_external_error():
    with listen("127.0.0.1", 0) as first, pytest.raises(ExternalError, match="cannot listen"):
        listen("127.0.0.1", first.getsockname()[1])
