"""Tie points over HTTP: tried and put on record, on the seeded workspace and on a real one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from atalaya.app.ingest_source import ingest_source
from atalaya.model.actor import Role
from atalaya.web.guard import TOKEN_HEADER
from atalaya.web.server import create_app
from atalaya.web.start import workbench_app
from fakes.live_server import live
from fakes.workbench import VIDEO, FakeWorkbench, make_bench, make_mp4
from small_sortie import GROUND, LAT_DEG, LON_DEG, STEP_DEG, flight, write_ts
from small_sortie import make_bench as make_workspace

METRES_PER_PIXEL = 1.367


@contextmanager
def serving(app) -> Iterator[httpx.Client]:
    with live(app) as address:
        headers = {"origin": address, TOKEN_HEADER: app.state.bench.guard.token}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            yield client


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    mp4 = make_mp4(tmp_path_factory.mktemp("video") / "clip.mp4", frames=5)
    with serving(create_app(make_bench(FakeWorkbench(mp4)))) as client:
        yield client


POINT = {"pts_s": 2.0, "x_px": 320.0, "y_px": 180.0, "lon_deg": -107.12, "lat_deg": 24.93}


def test_tried_points_say_what_is_wrong_and_how_far_each_is_off(seeded):
    path = f"/api/v1/sources/{VIDEO}/corrections/preview"
    answer = seeded.post(path, json={"points": [POINT, POINT]}).json()
    assert [it["name"] for it in answer["estimates"]] == [
        "boresight_yaw_deg",
        "boresight_pitch_deg",
        "boresight_roll_deg",
    ]
    assert answer["points"] == [{"before_m": 118.0, "after_m": 3.1}, {"before_m": 121.0, "after_m": 2.4}]
    assert answer["replaces"] is False
    single = seeded.post(path, json={"points": [POINT]}).json()
    assert single["holdout_after_m"] is None


@pytest.mark.parametrize(
    "points", [[], [POINT] * 5, [POINT | {"lat_deg": 91.0}], [POINT | {"x_px": "a"}], [POINT | {"more": 1}]]
)
def test_points_that_make_no_sense_are_refused_in_the_form_of_the_house(seeded, points):
    answer = seeded.post(f"/api/v1/sources/{VIDEO}/corrections/preview", json={"points": points})
    assert (answer.status_code, answer.json()["error"]) == (422, "InputError")


def test_a_correction_needs_the_token_of_the_page(seeded):
    answer = seeded.post(
        f"/api/v1/sources/{VIDEO}/corrections", json={"points": [POINT]}, headers={TOKEN_HEADER: "none"}
    )
    assert answer.status_code == 403


@pytest.fixture
def real(tmp_path):
    """A clip whose camera looks half a degree to the side of where it says."""
    bench = make_workspace(tmp_path / "workspace")
    said = flight()
    frames = replace(said, sensor_elevation_deg=said.sensor_elevation_deg + 0.5)
    operator = bench.acting(Role.SENSOR_OPERATOR)
    clip = write_ts(tmp_path / "clip.ts", frames)
    source = ingest_source(operator, clip, bench.sortie.sortie_id, declared=GROUND).record.source_id
    return bench, source


def actions(context) -> list[str]:
    with context.store.transaction() as step:
        return [json.loads(entry.leaf)["action"] for entry in step.entries()]


def ties(*frames: int) -> list[dict[str, float]]:
    """What lies truly straight below each frame is in the middle of its picture."""
    return [
        {
            "frame_index": frame,
            "x_px": 63.5,
            "y_px": 47.5,
            "lon_deg": LON_DEG + frame * STEP_DEG,
            "lat_deg": LAT_DEG,
        }
        for frame in frames
    ]


def test_two_points_correct_a_real_clip_on_record_and_its_places_move(real):
    bench, source = real
    analyst = bench.acting(Role.IMAGERY_ANALYST, "vega")
    with serving(workbench_app(analyst)) as client:
        asked = {"frame_index": 20, "x_px": 63.5, "y_px": 47.5}
        before = client.get(f"/api/v1/sources/{source}/ground", params=asked).json()["ground"]["place"]
        body = {"points": ties(8, 30)}
        tried = client.post(f"/api/v1/sources/{source}/corrections/preview", json=body).json()
        assert tried["residual_before_m"] == pytest.approx(8.73, abs=0.1)
        assert tried["residual_after_m"] < 1.0
        assert "calibration.apply" not in actions(analyst)
        untouched = client.get(f"/api/v1/sources/{source}/ground", params=asked).json()["ground"]["place"]
        assert untouched == before
        applied = client.post(f"/api/v1/sources/{source}/corrections", json=body)
        assert applied.status_code == 200
        assert applied.json()["frames"] > 30
        after = client.get(f"/api/v1/sources/{source}/ground", params=asked).json()["ground"]["place"]
        off_m = abs(after["lat_deg"] - LAT_DEG) * 110_900
        assert abs(before["lat_deg"] - LAT_DEG) * 110_900 > 8.0
        assert off_m < 1.0
        again = client.post(f"/api/v1/sources/{source}/corrections/preview", json=body).json()
        assert again["replaces"] is True
    assert actions(analyst)[-1] == "calibration.apply"


def test_a_role_that_may_not_correct_is_refused_on_record(real):
    bench, source = real
    auditor = bench.acting(Role.OVERSIGHT_AUDITOR)
    with serving(workbench_app(auditor)) as client:
        assert client.get("/api/v1/workspace").json()["account"]["may_calibrate"] is False
        refused = client.post(f"/api/v1/sources/{source}/corrections", json={"points": ties(8, 30)})
        assert (refused.status_code, refused.json()["error"]) == (403, "NotPermittedError")
    assert "calibration.apply" not in actions(auditor)


def test_a_point_between_two_packets_is_brought_to_the_packet(real):
    bench, source = real
    with serving(workbench_app(bench.acting(Role.IMAGERY_ANALYST))) as client:
        pts_s = client.get(f"/api/v1/sources/{source}/timeline").json()["pts_s"]
        between = {
            "pts_s": 0.7 * pts_s[8] + 0.3 * pts_s[9],
            "x_px": 63.5,
            "y_px": 47.5,
            "lon_deg": LON_DEG + 8.3 * STEP_DEG,
            "lat_deg": LAT_DEG,
        }
        path = f"/api/v1/sources/{source}/corrections/preview"
        tried = client.post(path, json={"points": [between]}).json()
        exact = client.post(path, json={"points": ties(8)}).json()
        assert tried["residual_before_m"] == pytest.approx(exact["residual_before_m"], abs=0.05)
        far = client.post(path, json={"points": [between | {"pts_s": 900.0}]})
        assert (far.status_code, far.json()["error"]) == (422, "InputError")
