"""Self-calibration on real and simulated streams: what is found, what it mends, and what is left alone."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.geo.geoid import undulation_m
from atalaya.georeg.calibrate_centres import calibrate_on_centres, centre_evidence
from atalaya.georeg.calibrate_fit import fit
from atalaya.georeg.disagreement import DatumReading, centre_disagreement, datum_reading
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import HeightReference, Poses, poses
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stream import read_packets
from atalaya.io.terrain import read_geoid
from atalaya.model.frame import FrameTable
from geoid_figures import thunderstorm
from shared_data import shared_file

pytestmark = pytest.mark.shared


def frames_of(name: str) -> FrameTable:
    return read_frames(read_packets([shared_file(f"data/klv/{name}").read_bytes()]).packets)[0]


def poses_of(frames: FrameTable) -> Poses:
    return poses(frames, heights=HeightReference.MSL_AS_HAE, absent_sensor_roll_deg=0.0)


def test_the_lag_of_cheyenne_found_on_one_half_mends_the_other_both_ways():
    frames = frames_of("real/cheyenne_c208b_2012.klv")
    whole = calibrate_on_centres(frames, poses_of)
    assert whole.calibration.estimated == ("attitude_lag_s",)
    assert whole.calibration.attitude_lag_s == pytest.approx(0.057, abs=0.005)
    assert whole.calibration.residual_before_m <= 8.5
    assert whole.calibration.holdout_after_m <= 0.65 * whole.calibration.holdout_before_m
    evidence = centre_evidence(frames, poses_of)
    first = evidence.group < np.median(evidence.group)
    for fitted, held_out in ((first, ~first), (~first, first)):
        rows = np.flatnonzero(fitted)
        found = calibrate_on_centres(frames.take(rows), poses_of).calibration
        assert found.estimated == ("attitude_lag_s",)
        assert found.attitude_lag_s == pytest.approx(0.057, abs=0.006)
        before_m = np.nanmedian(evidence.distance_m(np.zeros(8))[held_out])
        after_m = np.nanmedian(evidence.distance_m(found.values())[held_out])
        assert after_m <= 0.65 * before_m


def test_the_heading_bias_of_aphill_is_found_without_hints_and_the_warning_is_raised():
    frames = frames_of("real/aphill_klv_10s.ts")
    camera = poses_of(frames)
    raised = centre_disagreement(frame_centre_residuals(frames, camera), camera, PoseErrors())
    assert raised is not None
    assert raised.median_m > raised.limit_m > raised.explained_m
    found = calibrate_on_centres(frames, poses_of).calibration
    assert "heading_bias_deg" in found.estimated
    assert "attitude_lag_s" not in found.estimated
    assert found.heading_bias_deg == pytest.approx(-1.4545, abs=0.01)
    assert found.residual_before_m > 70.0
    assert found.residual_after_m <= 0.5
    assert found.holdout_after_m <= 0.5


def test_the_simulated_clip_whose_geometry_is_exact_is_left_alone():
    answer = calibrate_on_centres(frames_of("sim/osh_vrsg_vmti.klv"), poses_of)
    assert answer.calibration.estimated == ()
    assert not answer.calibration.values().any()
    assert answer.calibration.residual_after_m <= 0.2


@pytest.mark.parametrize(
    ("name", "bias_deg"), [("sim/osh_vrsg_vmti.klv", 0.8), ("sim/osh_vrsg_vmti.klv", -3.0)]
)
def test_a_heading_turned_by_hand_is_found_to_a_hundredth_of_a_degree(name, bias_deg):
    frames = frames_of(name)
    turned = replace(frames, platform_heading_deg=(frames.platform_heading_deg - bias_deg) % 360.0)
    found = calibrate_on_centres(turned, poses_of).calibration
    assert found.estimated == ("heading_bias_deg",)
    assert found.heading_bias_deg == pytest.approx(bias_deg, abs=0.01)
    assert found.residual_after_m <= 0.5


def test_clips_within_their_stated_errors_raise_nothing():
    for name in ("sim/osh_vrsg_vmti.klv", "real/cheyenne_c208b_2012.klv"):
        frames = frames_of(name)
        camera = poses_of(frames)
        assert centre_disagreement(frame_centre_residuals(frames, camera), camera, PoseErrors()) is None


def test_an_unsupported_parameter_stays_small_beside_its_own_error():
    found = fit(centre_evidence(frames_of("sim/osh_vrsg_vmti.klv"), poses_of), ("boresight_pitch_deg",))
    assert abs(found.value("boresight_pitch_deg")) < 0.001


def test_the_published_heights_that_are_off_by_twice_the_geoid_are_read_as_a_wrong_sign():
    published = thunderstorm()
    lon_deg, lat_deg = np.median(published.lon_deg), np.median(published.lat_deg)
    geoid = read_geoid(shared_file("data/geo/geoid/us_nga_egm96_15.tif"))
    there_m = float(undulation_m(geoid, lon_deg, lat_deg))
    off_m = float(np.median(published.published_error_m()))
    assert off_m == pytest.approx(-2.0 * there_m, abs=2.0)
    assert datum_reading(off_m, there_m) is DatumReading.GEOID_SIGN
