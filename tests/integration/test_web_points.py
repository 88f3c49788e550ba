"""A press on the video and a press on the map, over HTTP: on the seeded workspace and on a real one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest

from atalaya.app.ingest_source import ingest_source
from atalaya.app.workbench_locator import WorkspaceLocator
from atalaya.geo.ellipsoid import ecef_from_geodetic
from atalaya.model.actor import Role
from atalaya.model.identifiers import SourceId
from atalaya.web.server import create_app
from atalaya.web.start import workbench_app
from fakes.live_server import live
from fakes.points import UNKNOWN_FROM
from fakes.workbench import (
    FIRST_PTS_S,
    FPS,
    METADATA_ONLY,
    VIDEO,
    FakeWorkbench,
    make_bench,
    make_mp4,
    make_points,
)
from small_sortie import GROUND, LAT_DEG, LON_DEG, STEP_DEG, flight, write_klv, write_ts
from small_sortie import make_bench as make_workspace


@contextmanager
def serving(app) -> Iterator[httpx.Client]:
    with live(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    mp4 = make_mp4(tmp_path_factory.mktemp("video") / "clip.mp4", frames=5)
    with serving(create_app(make_bench(FakeWorkbench(mp4)))) as client:
        yield client


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A workspace with a clip and a bare stream; the client and their ids."""
    folder = tmp_path_factory.mktemp("real")
    bench = make_workspace(folder / "workspace")
    operator = bench.acting(Role.SENSOR_OPERATOR)
    clip, bare = (
        ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND).record.source_id
        for path in (write_ts(folder / "clip.ts", flight()), write_klv(folder / "bare.klv", flight(20)))
    )
    app = workbench_app(bench.acting(Role.IMAGERY_ANALYST))
    with serving(app) as client:
        yield client, clip, bare


def ask(client: httpx.Client, source: str, what: str, **question: Any) -> httpx.Response:
    return client.get(f"/api/v1/sources/{source}/{what}", params=question)


def test_a_pixel_has_its_place_in_every_form_with_error_and_region(seeded):
    answer = ask(seeded, VIDEO, "ground", frame_index=24, x_px=320.0, y_px=180.0).json()
    assert answer["version"] == 1
    assert answer["why"] is None
    ground = answer["ground"]
    assert ground["place"]["mgrs"].startswith("13RBH ")
    assert ground["place"]["utm"]["zone"] == 13
    assert ground["place"]["msl_m"] - ground["place"]["hae_m"] == pytest.approx(28.4)
    assert (ground["ce90_m"], ground["le90_m"]) == (26.4, 8.2)
    (part,) = ground["parts"]
    assert part["ring"][0] == part["ring"][-1]


def test_broken_ground_has_a_part_on_the_other_slope(seeded):
    ground = ask(seeded, VIDEO, "ground", frame_index=24, x_px=600.0, y_px=60.0).json()["ground"]
    assert [it["probability"] for it in ground["parts"]] == [0.69, 0.23]
    assert ground["other_slope_probability"] == 0.23


def test_a_picture_is_told_by_its_time(seeded):
    asked = {"x_px": 320.0, "y_px": 180.0}
    by_frame = ask(seeded, VIDEO, "ground", frame_index=30, **asked).json()
    by_time = ask(seeded, VIDEO, "ground", pts_s=FIRST_PTS_S + 30.2 / FPS, **asked).json()
    assert by_time == by_frame


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ({"frame_index": 3, "x_px": 320.0, "y_px": 5.0}, "sky"),
        ({"frame_index": UNKNOWN_FROM, "x_px": 320.0, "y_px": 180.0}, "pose-unknown"),
        ({"pts_s": 900.0, "x_px": 320.0, "y_px": 180.0}, "no-metadata"),
    ],
)
def test_a_pixel_without_a_place_says_why_in_both_languages(seeded, question, kind):
    answer = ask(seeded, VIDEO, "ground", **question).json()
    assert answer["ground"] is None
    assert answer["why"]["kind"] == kind
    assert answer["why"]["words"]["en"] != answer["why"]["words"]["es"]
    assert all(answer["why"]["words"].values())


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"frame_index": 3, "x_px": 9999.0, "y_px": 5.0}, 422),
        ({"x_px": 3.0, "y_px": 5.0}, 422),
        ({"frame_index": 3, "pts_s": 1.0, "x_px": 3.0, "y_px": 5.0}, 422),
        ({"frame_index": 3, "x_px": "nan", "y_px": 5.0}, 422),
        ({"frame_index": -1, "x_px": 3.0, "y_px": 5.0}, 422),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_the_form_of_the_house(seeded, question, status):
    answer = ask(seeded, VIDEO, "ground", **question)
    assert (answer.status_code, answer.json()["error"]) == (status, "InputError")
    assert ask(seeded, "f" * 64, "ground", frame_index=1, x_px=1.0, y_px=1.0).status_code == 404
    assert ask(seeded, VIDEO, "place", frame_index=1, lon_deg=0.0, lat_deg=91.0).status_code == 422


def test_a_real_clip_answers_where_its_middle_lies(real):
    client, clip, _ = real
    ground = ask(client, clip, "ground", frame_index=10, x_px=63.5, y_px=47.5).json()["ground"]
    place = ground["place"]
    wanted_m = ecef_from_geodetic(LON_DEG + 10 * STEP_DEG, LAT_DEG, 0.0)
    got_m = ecef_from_geodetic(place["lon_deg"], place["lat_deg"], place["hae_m"])
    assert np.linalg.norm(got_m - wanted_m) < 0.1
    assert place["msl_m"] is None
    assert 5.0 < ground["ce90_m"] < 50.0
    assert ground["slant_range_m"] == pytest.approx(1000.0, abs=0.5)


def test_pixel_to_place_to_pixel_comes_back(real):
    client, clip, _ = real
    place = ask(client, clip, "ground", frame_index=12, x_px=100.0, y_px=20.0).json()["ground"]["place"]
    where = {"lon_deg": place["lon_deg"], "lat_deg": place["lat_deg"]}
    back = ask(client, clip, "place", frame_index=12, **where).json()
    assert (back["pixel"]["x_px"], back["pixel"]["y_px"]) == pytest.approx((100.0, 20.0), abs=0.01)
    later = ask(client, clip, "place", frame_index=39, **where).json()
    assert later["why"]["kind"] == "outside-picture"
    assert later["why"]["words"]["es"].startswith("Este lugar queda fuera")
    assert later["place"]["hae_m"] == 0.0


def test_a_source_without_pictures_still_says_what_a_place_is(real):
    client, _, bare = real
    asked = {"frame_index": 3, "lon_deg": LON_DEG, "lat_deg": LAT_DEG}
    answer = ask(client, bare, "place", **asked).json()
    assert answer["why"]["kind"] == "no-pictures"
    assert answer["place"]["mgrs"].startswith("13R")
    pixel = ask(client, bare, "ground", frame_index=3, x_px=1.0, y_px=1.0).json()
    assert pixel["why"]["kind"] == "no-pictures"
    assert ask(client, METADATA_ONLY, "place", **asked).status_code == 404


def test_the_outline_of_a_picture_is_a_closed_ring_around_its_middle(real):
    client, clip, bare = real
    answer = ask(client, clip, "outline", frame_index=10).json()
    (ring,) = answer["rings"]
    assert ring[0] == ring[-1]
    lon_deg, lat_deg = zip(*ring, strict=True)
    assert min(lon_deg) < LON_DEG + 10 * STEP_DEG < max(lon_deg)
    assert min(lat_deg) < LAT_DEG < max(lat_deg)
    assert answer["known_share"] == 1.0
    assert ask(client, bare, "outline", frame_index=3).json()["rings"] == []
    assert ask(client, clip, "outline").status_code == 422


def test_one_height_for_all_the_ground_hides_nothing_and_that_is_said(real):
    client, clip, _ = real
    refused = ask(client, clip, "exposure")
    assert (refused.status_code, refused.json()["error"]) == (422, "InputError")
    assert "elevation model" in refused.json()["message"]


def test_seen_ground_lies_on_the_map_as_a_picture(seeded):
    answer = ask(seeded, VIDEO, "exposure").json()
    assert answer["west_deg"] < answer["east_deg"]
    assert (answer["seen_km2"], answer["looks"]) == (0.224, 12)
    picture = seeded.get(f"/api/v1/sources/{VIDEO}/exposure.png")
    assert picture.content.startswith(b"\x89PNG")


def test_opening_a_source_makes_it_ready_for_questions(tmp_path):
    points = make_points()
    bench = make_bench(FakeWorkbench(make_mp4(tmp_path / "clip.mp4", frames=5)), points=points)
    with serving(create_app(bench)) as client:
        assert client.get(f"/api/v1/sources/{VIDEO}/timeline").status_code == 200
        assert client.get(f"/api/v1/sources/{'0' * 64}/timeline").status_code == 404
        assert client.get("/api/v1/workspace").status_code == 200
    assert points.prepared == [VIDEO]


def test_making_ready_says_nothing_of_a_source_that_cannot_be_asked(tmp_path):
    bench = make_workspace(tmp_path / "workspace")
    WorkspaceLocator(bench.acting(Role.IMAGERY_ANALYST)).prepare(SourceId("0" * 64))
