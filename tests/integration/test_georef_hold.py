"""`atalaya georef hold`: a point named in one picture is found in the others, or the reason why not is said."""

import json
from dataclasses import replace

import numpy as np
import pytest

from atalaya.app.clip import Clip, clip_of_file
from atalaya.app.ground import Ground
from atalaya.app.hold_point import Stretch, hold_in_clip
from atalaya.cli import georef
from atalaya.errors import InputError, NotFoundError
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import HeightReference
from command_line import command_line, error_of
from held_scene import GROUND_M, TERRAIN, track_of, write_clip
from shared_data import shared_file
from small_sortie import flight, write_klv, write_ts

POINT_PX = (190.0, 80.0)


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    path = tmp_path_factory.mktemp("held") / "clip.ts"
    return path, write_clip(path)


def clip_at(path) -> Clip:
    ground = Ground(terrain=TERRAIN, geoid=None, heights=HeightReference.HAE, errors=PoseErrors(), facts={})
    return clip_of_file(path, ground)


@pytest.fixture
def call(tmp_path):
    return command_line(tmp_path / "none", georef)


def test_a_point_is_held_while_the_metadata_of_the_stream_drift(flown, call):
    path, true = flown
    done = call("georef", "hold", path, "--frame", 0, "--xy", "190,80", "--ground-m", GROUND_M, "--json")
    assert done.exit_code == 0, done.output
    form = json.loads(done.output)
    track = track_of(true, 0, POINT_PX)
    held = np.array([[it["x_px"], it["y_px"]] for it in form["pictures"]])
    assert held.shape == track.shape
    assert np.linalg.norm(held - track, axis=1).max() < 0.4
    metadata = np.array([[it["metadata_x_px"], it["metadata_y_px"]] for it in form["pictures"]])
    assert np.linalg.norm(metadata - track, axis=1).max() > 60.0
    assert [it["frame_index"] for it in form["pictures"]] == list(range(11))
    assert [it["since_s"] for it in form["pictures"]] == pytest.approx(range(11))
    assert all(it["tied"] and it["reason"] is None for it in form["pictures"])
    assert form["pictures"][-1]["metadata_drift_m"] > 20.0
    assert 0.0 < form["pictures"][-1]["held_ce90_m"] < 10.0
    assert form["position"]["ce90_m"] > 5.0
    assert form["notes"] == []


def test_a_point_named_in_the_middle_is_held_both_ways(flown):
    path, true = flown
    told = []
    answer = hold_in_clip(
        clip_at(path), 5, *POINT_PX, Stretch(before_s=3.0, after_s=2.0), lambda *said: told.append(said)
    )
    assert [round(it.since_s) for it in answer.pictures] == [-3, -2, -1, 0, 1, 2]
    track = track_of(true, 5, POINT_PX)[2:8]
    held = np.array([[it.x_px, it.y_px] for it in answer.pictures])
    assert np.linalg.norm(held - track, axis=1).max() < 0.4
    assert answer.pictures[3].held_ce90_m == pytest.approx(0.0, abs=1e-6)
    assert told[0][:2] == ("tie", 1)


def test_the_table_says_both_tracks_and_what_was_found_of_the_metadata(flown, call):
    done = call(
        "georef", "hold", flown[0], "--frame", 0, "--xy", "190,80", "--ground-m", GROUND_M, "--seconds", 4
    )
    assert done.exit_code == 0, done.output
    assert "CE90" in done.output
    assert "metadata drift (m)" in done.output
    assert "190.0,80.0" in done.output
    assert done.output.count("│ +") == 5


def test_a_frame_without_pose_is_named_and_the_others_are_held(flown):
    clip = clip_at(flown[0])
    lost = clip.frames.platform_heading_deg.copy()
    lost[[2, 3, 4]] = np.nan
    frames = replace(clip.frames, platform_heading_deg=lost)
    broken = replace(clip, frames=frames, camera=clip.ground.poses_of(frames))
    answer = hold_in_clip(broken, 0, *POINT_PX, Stretch(after_s=6.0))
    assert [it.x_px is None for it in answer.pictures] == [False, False, True, True, True, False, False]
    assert answer.pictures[3].reason == "gap"
    assert answer.pictures[3].metadata_drift_m is None
    with pytest.raises(InputError, match="pose at its picture is unknown"):
        hold_in_clip(broken, 3, *POINT_PX, Stretch(after_s=2.0))


def test_ground_that_is_less_sure_makes_a_held_point_less_sure(flown):
    clip = clip_at(flown[0])
    rough = replace(clip, ground=replace(clip.ground, errors=PoseErrors(terrain_vertical_m=20.0)))
    sure, unsure = (hold_in_clip(it, 0, *POINT_PX, Stretch()).pictures[-1] for it in (clip, rough))
    assert unsure.held_ce90_m == pytest.approx(4.0 * sure.held_ce90_m, rel=0.1)
    assert unsure.x_px == pytest.approx(sure.x_px, abs=1e-6)


def test_what_cannot_be_held_is_refused_with_the_reason(flown, tmp_path):
    clip = clip_at(flown[0])
    with pytest.raises(InputError, match="not in the picture"):
        hold_in_clip(clip, 0, 400.0, 80.0, Stretch())
    with pytest.raises(NotFoundError, match="no frame 99"):
        hold_in_clip(clip, 99, *POINT_PX, Stretch())
    silent = replace(clip, frames=replace(clip.frames, pts_s=np.full(11, np.nan)))
    with pytest.raises(InputError, match="no presentation time"):
        hold_in_clip(silent, 0, *POINT_PX, Stretch())
    away = replace(clip, frames=replace(clip.frames, pts_s=clip.frames.pts_s + 100.0))
    with pytest.raises(InputError, match="no picture of frame"):
        hold_in_clip(away, 0, *POINT_PX, Stretch())
    bare = clip_at(write_klv(tmp_path / "bare.klv", flight()))
    with pytest.raises(InputError, match="has no pictures"):
        hold_in_clip(bare, 0, *POINT_PX, Stretch())


def test_pictures_without_texture_are_named_and_the_metadata_stand(tmp_path):
    answer = hold_in_clip(
        clip_at(write_ts(tmp_path / "x.ts", flight(8))), 0, 60.0, 40.0, Stretch(after_s=0.5)
    )
    assert not any(it.tied for it in answer.pictures)
    assert "texture" in answer.notes[0]
    assert answer.rms_px is None
    assert answer.pictures[1].x_px == pytest.approx(answer.pictures[1].metadata_x_px)


@pytest.mark.parametrize(
    "options",
    [{"after_s": -1.0}, {"every_s": 0.0}, {"before_s": float("nan")}, {"after_s": 1000.0, "every_s": 0.1}],
)
def test_a_stretch_that_is_none_is_refused(options):
    with pytest.raises(InputError):
        Stretch(**options)


def test_a_pixel_that_is_none_is_refused(flown, call):
    done = call("georef", "hold", flown[0], "--frame", 0, "--xy", "here", "--ground-m", GROUND_M)
    assert isinstance(error_of(done), InputError)


@pytest.mark.shared
def test_the_real_clip_holds_the_ground_beside_the_shed_while_its_metadata_drift_seventy_metres(call):
    path = shared_file("data/klv/real/aphill_klv_10s.ts")
    ground = ("--ground-m", 0.64, "--heights", "msl-as-hae")
    done = call("georef", "hold", path, "--frame", 0, "--xy", "205,130", *ground, "--json")
    form = json.loads(done.output)
    assert len(form["pictures"]) == 10
    held = np.array([[it["x_px"], it["y_px"]] for it in form["pictures"]])
    assert np.linalg.norm(held - held[0], axis=1).max() < 5.0
    assert 60.0 < form["pictures"][-1]["metadata_drift_m"] < 90.0
    assert form["prior_misfit"] > 2.0
    assert form["position"]["hae_m"] is None
