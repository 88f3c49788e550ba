"""A correction of the pose from its evidence to the record: nothing changes before, everything honours it after."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from shapely import box

from atalaya.app.apply_calibration import TRANSFORMATION, apply_calibration
from atalaya.app.calibrate_source import calibrate_source, tie_points_on
from atalaya.app.calibrations import calibration_from_json, calibration_json
from atalaya.app.clip import clip_of_source, source_record
from atalaya.app.ground import DeclaredGround
from atalaya.app.ingest_source import FOOTPRINTS, ingest_source, problems_of
from atalaya.app.pixel_on_ground import pixel_of_clip
from atalaya.cli import georef
from atalaya.errors import InputError, IntegrityError, NotPermittedError
from atalaya.geo.ellipsoid import east_north_m
from atalaya.governance.roles import Action
from atalaya.io.tie_points import read_tie_points
from atalaya.model.actor import Role
from atalaya.model.calibration import CalibrationMethod
from atalaya.model.custody import Derivative
from atalaya.model.footprint import FootprintTable
from atalaya.model.instants import to_microseconds
from command_line import command_line, error_of
from selfcal_scenes import PoseTruth, centres_clip
from small_sortie import NOON, make_bench, write_klv

AREA = box(-107.3, 24.6, -106.6, 25.3)
GROUND = DeclaredGround(constant_m=300.0)
TRUTH = PoseTruth(lag_s=0.08, heading_deg=-1.45)


def clip_file(path, truth: PoseTruth = TRUTH):
    frames = centres_clip(truth, seed=2, count=150)
    time_us = to_microseconds(NOON) + frames.time_us - frames.time_us[0]
    return write_klv(path, replace(frames, time_us=time_us))


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace", area=AREA)


@pytest.fixture
def taken(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    path = clip_file(tmp_path / "x.klv")
    return context, ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND).record


@pytest.fixture
def call(bench):
    return partial(command_line(bench.folder, georef), actor="analyst", role="imagery-analyst")


def told(result) -> str:
    return str(error_of(result))


def centre_of(context, record, row: int):
    table = context.lake.read(FootprintTable, record.sortie_id, record.source_id)
    return table.centre_lon_deg[row], table.centre_lat_deg[row]


def test_the_disagreement_is_told_when_the_source_comes_in_with_the_bias_that_explains_it(taken):
    context, record = taken
    (told,) = [it for it in problems_of(context, record) if it.code == "pose-disagrees-with-centre"]
    assert "heading bias -1.4" in told.message
    assert "attitude lag +0.0" in told.message
    assert "where the stated errors explain" in told.message


def test_without_apply_nothing_is_changed(taken, call, bench):
    context, record = taken
    before = [entry.leaf for entry in entries(bench)]
    done = call("georef", "calibrate", record.source_id[:8], "--json")
    form = json.loads(done.output)
    assert form["applied"] is None
    assert form["calibration"]["heading_bias_deg"] == pytest.approx(-1.45, abs=0.01)
    assert form["calibration"]["attitude_lag_s"] == pytest.approx(0.08, abs=0.01)
    assert form["findings"][0]["code"] == "pose-disagrees-with-centre"
    assert [entry.leaf for entry in entries(bench)] == before
    assert "calibration" not in source_record(context, record.source_id).ground


def entries(bench):
    with bench.acting(Role.IMAGERY_ANALYST).store.transaction() as step:
        return tuple(step.entries())


def test_an_applied_correction_is_on_record_and_every_place_is_worked_out_with_it(taken, call, bench):
    context, record = taken
    before = centre_of(context, record, 60)
    done = call("georef", "calibrate", record.source_id, "--apply")
    assert "on record as" in done.output
    frames = clip_of_source(context, record.source_id).frames
    after = centre_of(context, record, 60)
    said = frames.centre_lon_deg[60], frames.centre_lat_deg[60]
    assert np.linalg.norm(east_north_m(before[0], before[1], said[0], said[1])) > 40.0
    assert np.linalg.norm(east_north_m(after[0], after[1], said[0], said[1])) < 8.0
    (pixel,) = json.loads(
        call(
            "georef",
            "pixel",
            record.source_id,
            "--frame",
            60,
            "--xy",
            "639.5,359.5",
            "--size",
            "1280x720",
            "--json",
        ).output
    )
    np.testing.assert_allclose((pixel["lon_deg"], pixel["lat_deg"]), after, atol=1e-6)

    corrected = source_record(context, record.source_id)
    content = corrected.ground["calibration"]
    actions = [json.loads(entry.leaf)["action"] for entry in entries(bench)]
    assert actions[-2:] == ["calibration.begin", Action.CALIBRATE]
    with context.store.transaction() as step:
        made = step.find(Derivative)
    (own,) = [it for it in made if it.transformation == TRANSFORMATION]
    assert own.content == content
    assert own.inputs == (record.source_id,)
    assert any(it.transformation == FOOTPRINTS and content in it.inputs for it in made)


def test_a_correction_on_record_plays_no_part_in_estimating_anew(taken):
    context, record = taken
    first = calibrate_source(context, record.source_id).answer.calibration
    applied = apply_calibration(context, record.source_id, first)
    again = calibrate_source(context, record.source_id).answer.calibration
    np.testing.assert_array_equal(first.values(), again.values())
    assert apply_calibration(context, record.source_id, again).content == applied.content


def test_who_may_not_and_what_corrects_nothing_is_refused(taken, bench):
    context, record = taken
    found = calibrate_source(context, record.source_id).answer.calibration
    with pytest.raises(NotPermittedError):
        apply_calibration(bench.acting(Role.OVERSIGHT_AUDITOR), record.source_id, found)
    nothing = replace(found, estimated=(), heading_bias_deg=0.0, attitude_lag_s=0.0)
    with pytest.raises(InputError, match="nothing to apply"):
        apply_calibration(context, record.source_id, nothing)
    assert "calibration" not in source_record(context, record.source_id).ground


def test_frames_that_a_correction_moves_out_of_the_permit_are_not_looked_at_any_more(tmp_path):
    bench = make_bench(tmp_path / "narrow", area=AREA)
    context = bench.acting(Role.SENSOR_OPERATOR)
    record = ingest_source(
        context, clip_file(tmp_path / "x.klv"), bench.sortie.sortie_id, declared=GROUND
    ).record
    found = calibrate_source(context, record.source_id).answer.calibration
    far = replace(found, heading_bias_deg=180.0, boresight_pitch_deg=33.0)
    applied = apply_calibration(context, record.source_id, far)
    assert applied.outside > 0
    table = context.lake.read(FootprintTable, record.sortie_id, record.source_id)
    assert len(table) == applied.frames == record.frames_kept - applied.outside


def test_tie_points_of_a_file_show_what_they_leave(taken, call, tmp_path):
    context, record = taken
    found = calibrate_source(context, record.source_id).answer.calibration
    apply_calibration(context, record.source_id, found)
    pixels = [(30, 200.0, 150.0), (30, 1100.0, 600.0), (90, 300.0, 500.0)]
    true = [place_of(context, record, call, *pixel) for pixel in pixels]
    listed = tmp_path / "ties.json"
    listed.write_text(json.dumps(true))
    heard = ("--from", "tie-points", "--points", listed, "--size", "1280x720", "--json")
    beside = call("georef", "calibrate", tmp_path / "x.klv", "--ground-m", 300, *heard)
    form = json.loads(beside.output)
    assert form["calibration"]["method"] == CalibrationMethod.TIE_POINTS
    assert all(point["before_m"] > 30.0 for point in form["tie_points"])
    assert np.median([point["after_m"] for point in form["tie_points"]]) < 15.0

    form = json.loads(call("georef", "calibrate", record.source_id, *heard).output)
    assert form["calibration"]["attitude_lag_s"] == found.attitude_lag_s
    assert form["calibration"]["heading_bias_deg"] == found.heading_bias_deg
    assert all(point["before_m"] < 1.0 for point in form["tie_points"])
    points = tie_points_on(clip_of_source(context, record.source_id), read_tie_points(listed))
    apply_calibration(context, record.source_id, calibration_from_json(form["calibration"]), points)
    with context.store.transaction() as step:
        (*_, own) = [it for it in step.find(Derivative) if it.transformation == TRANSFORMATION]
    assert own.inputs[0] == record.source_id
    assert len(json.loads(context.vault.read(own.inputs[-1]))) == 3

    table = tmp_path / "ties.csv"
    table.write_text("frame,x_px,y_px,lon_deg,lat_deg\n30,200,150,{lon_deg},{lat_deg}\n".format(**true[0]))
    shown = call(
        "georef",
        "calibrate",
        record.source_id,
        "--from",
        "tie-points",
        "--points",
        table,
        "--size",
        "1280x720",
    )
    assert "tie point 1:" in shown.output
    assert "left alone: boresight roll: 2 tie points are needed" in shown.output


def place_of(context, record, call, frame: int, x_px: float, y_px: float):
    (pixel,) = json.loads(
        call(
            "georef",
            "pixel",
            record.source_id,
            "--frame",
            frame,
            "--xy",
            f"{x_px},{y_px}",
            "--size",
            "1280x720",
            "--json",
        ).output
    )
    place = {"lon_deg": pixel["lon_deg"], "lat_deg": pixel["lat_deg"], "hae_m": pixel["hae_m"]}
    return {"frame": frame, "x_px": x_px, "y_px": y_px, **place}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "neither JSON nor CSV"),
        ("[1]", "a list of points"),
        ('[{"frame": 1}]', "missing: x_px"),
        ('[{"frame": 1.5, "x_px": 1, "y_px": 1, "lon_deg": 1, "lat_deg": 1}]', "whole number"),
        ('[{"frame": 1, "x_px": true, "y_px": 1, "lon_deg": 1, "lat_deg": 1}]', "x_px is a number"),
        ('[{"frame": 1, "x_px": 1, "y_px": 1, "lon_deg": 1, "lat_deg": 99, "hae_m": 0}]', "no such place"),
        ("frame,x_px\n1,2\n", "missing: y_px"),
        ("[]", "1 to 64 tie points"),
    ],
)
def test_a_file_that_holds_no_tie_points_says_why(tmp_path, text, message):
    call = command_line(tmp_path / "nowhere", georef)
    clip, path = clip_file(tmp_path / "x.klv"), tmp_path / "bad"
    path.write_text(text)
    points = ("--from", "tie-points", "--points", path, "--size", "10x10")
    assert message in told(call("georef", "calibrate", clip, "--ground-m", 300, *points))


def test_options_that_do_not_go_together_are_told(taken, call, tmp_path):
    _, record = taken
    assert "go together" in told(call("georef", "calibrate", record.source_id, "--from", "tie-points"))
    path = clip_file(tmp_path / "y.klv")
    beside = call("georef", "calibrate", path, "--ground-m", 300, "--apply")
    assert "a source of the workspace" in told(beside)
    still = call("georef", "calibrate", record.source_id, "--from", "motion")
    assert "has no pictures" in told(still)


def test_a_correction_comes_back_from_its_form_and_a_damaged_one_does_not(taken):
    context, record = taken
    found = calibrate_source(context, record.source_id).answer.calibration
    again = calibration_from_json(json.loads(json.dumps(calibration_json(found))))
    np.testing.assert_array_equal(again.covariance, found.covariance)
    assert again.estimated == found.estimated
    with pytest.raises(InputError, match="a correction has"):
        calibration_from_json({"method": "frame-centres"})
    with pytest.raises(InputError, match="not a correction"):
        calibration_from_json(calibration_json(found) | {"covariance": "x"})
    apply_calibration(context, record.source_id, found)
    damaged = source_record(context, record.source_id)
    path = context.vault.path(damaged.ground["calibration"])
    path.chmod(0o644)
    path.write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        pixel_of_clip(clip_of_source(context, record.source_id), 60, 1.0, 1.0)


def test_a_clip_without_errors_is_told_to_need_none(bench, tmp_path, call):
    context = bench.acting(Role.SENSOR_OPERATOR)
    path = clip_file(tmp_path / "good.klv", PoseTruth())
    record = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND).record
    assert not any("pose" in it.code for it in problems_of(context, record))
    assert "no correction is supported" in call("georef", "calibrate", record.source_id).output
    assert "nothing to apply" in told(call("georef", "calibrate", record.source_id, "--apply"))
