"""Real and simulated streams: frame centres from the pose against the packets' own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pose_measures as measures
from atalaya.geo.ellipsoid import east_north_m, geodetic_from_ecef
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.pose import HeightReference, poses
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.ingest.frames import read_frames
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import read_packets
from atalaya.model.frame import FrameTable
from shared_data import shared_file


def frames_of(path: Path) -> FrameTable:
    return frame_table(read_packets([path.read_bytes()]).packets)[0]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["osh_vrsg_vmti.klv", "osh_vrsg_vmti.ts"])
def test_the_simulated_clip_agrees_with_itself_to_half_a_metre_at_four_kilometres(name):
    frames = frames_of(shared_file(f"data/klv/sim/{name}"))
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    residuals = frame_centre_residuals(frames, camera)
    assert len(residuals) == 277
    assert not np.isnan(residuals.distance_m).any()
    assert np.median(residuals.distance_m) <= 0.2
    assert residuals.distance_m.max() <= 0.5
    assert 3400.0 < residuals.slant_range_m.min() < residuals.slant_range_m.max() < 4300.0
    assert np.abs(residuals.slant_difference_m).max() < 0.5


@pytest.mark.shared
def test_the_simulated_clip_without_a_datum_has_no_place_at_all():
    frames = frames_of(shared_file("data/klv/sim/osh_vrsg_vmti.klv"))
    camera = poses(frames)
    assert not camera.known.any() or set(camera.height_reference[camera.known]) == {"hae"}


@pytest.mark.shared
def test_the_real_clip_agrees_with_itself_as_well_as_its_metadata_allow():
    frames = frames_of(shared_file("data/klv/real/cheyenne_c208b_2012.klv"))
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    residuals = frame_centre_residuals(frames, camera)
    assert len(residuals) == 407
    assert np.nanmedian(residuals.distance_m) <= 8.5
    assert np.isnan(residuals.distance_m).mean() < 0.05


@pytest.mark.shared
def test_the_packet_centre_of_the_simulated_clip_is_inside_its_footprint_error():
    frames = frames_of(shared_file("data/klv/sim/osh_vrsg_vmti.klv"))
    height_m = float(np.median(frames.centre_msl_m))
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    table = footprints(camera, ConstantHeight(height_m), PoseErrors(), (640, 480))
    assert len(table) == 277
    assert not np.isnan(table.corner_lon_deg).any()
    assert (table.ce90_m > 5.0).all()
    assert np.median(table.ce90_m) < 25.0
    assert (table.ce90_m < 100.0).all()  # at the end the camera slews: an error in time turns it most


BIAS_DEG = -1.4545
"""Heading by which pose and frame centre of the A.P. Hill stream differ, known from its description."""


@pytest.fixture(scope="module")
def predator() -> FrameTable:
    contents = read_packets([shared_file("data/klv/real/aphill_klv_10s.ts").read_bytes()])
    frames, _, problems = read_frames(contents.packets)
    assert problems == ()
    assert contents.index.packets.is_frame.all()
    return frames


@pytest.mark.shared
def test_every_packet_of_the_predator_stream_is_a_usable_frame_of_world_angles(predator):
    assert len(predator) == 300
    assert predator.usable.all()
    assert predator.sensor_angles_world.all()
    assert not predator.checksum_ok.any()
    assert np.isfinite(predator.corner_lat_deg).all()


def at_the_slant_range(frames: FrameTable) -> tuple[np.ndarray, np.ndarray]:
    """How far the end of each slant range is from the packet's frame centre, and its height."""
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    axis = camera.rotation_ecef_from_camera[:, :, 0]
    end_m = camera.origin_ecef_m + axis * frames.slant_range_m[:, None]
    lon_deg, lat_deg, height_m = geodetic_from_ecef(end_m)
    apart_m = east_north_m(lon_deg, lat_deg, frames.centre_lon_deg, frames.centre_lat_deg)
    return np.hypot(apart_m[:, 0], apart_m[:, 1]), height_m


@pytest.mark.shared
def test_the_predator_stream_agrees_with_its_frame_centres_once_its_heading_bias_is_out(predator):
    """The stream says no height of the centre: the axis is followed for the slant range it says."""
    known = replace(predator, sensor_azimuth_deg=predator.sensor_azimuth_deg + BIAS_DEG)
    off_m, height_m = at_the_slant_range(known)
    assert off_m.max() <= 0.5
    assert np.ptp(height_m) < 0.1
    assert 60.0 < np.median(at_the_slant_range(predator)[0]) < 80.0


@pytest.mark.shared
def test_corners_of_the_simulated_clip_are_the_encoders_own_to_five_metres():
    """Medians; what is left is relief: the encoder's corners are on its terrain, ours on the plane of the centre."""
    frames = measures.frames_of(measures.OSH)
    ours_m, player_m = measures.corner_errors_m(frames), measures.player_corner_errors_m(frames)
    assert np.median(ours_m) <= 3.0
    assert np.median(ours_m, axis=1).max() <= 5.0
    assert ours_m.max() <= 10.0
    assert 40.0 < np.median(player_m, axis=1).min() < np.median(player_m, axis=1).max() < 70.0


@pytest.mark.shared
@pytest.mark.parametrize("path", [measures.CHEYENNE, measures.APHILL, measures.OSH])
def test_a_packet_left_out_is_met_from_its_neighbours_much_better_than_by_the_nearest(path):
    frames = measures.frames_of(path)
    camera = measures.camera_of(frames)
    ours_deg, ours_m = measures.left_out(camera, "slerp")
    nearest_deg, nearest_m = measures.left_out(camera, "nearest")
    assert np.median(ours_deg) < 0.5 * np.median(nearest_deg)
    assert np.median(ours_m) < 0.1 * np.median(nearest_m)
    cubic_deg, _ = measures.left_out(camera, "cubic")
    assert np.median(ours_deg) <= np.median(cubic_deg)
    assert np.median(ours_deg) == pytest.approx(np.median(measures.angles_left_out_deg(frames)), rel=0.01)


@pytest.mark.shared
def test_pictures_between_thinned_packets_see_their_frame_centres_better_than_by_the_nearest_packet():
    for path, every, gain in (
        (measures.OSH, 6, 0.7),
        (measures.APHILL, 6, 0.85),
        (measures.CHEYENNE, 2, 0.9),
    ):
        bias_deg = BIAS_DEG if path == measures.APHILL else 0.0
        nearest_m, ours_m = measures.thinned_centre_errors_m(measures.frames_of(path), every, bias_deg)
        assert np.nanmedian(ours_m) < gain * np.median(nearest_m)
        assert np.nanquantile(ours_m, 0.9) < gain * np.quantile(nearest_m, 0.9)


@pytest.mark.shared
def test_corners_of_the_predator_stream_are_those_of_a_camera_that_is_held_level():
    """It says no roll of the sensor, and its aircraft banks by 6 deg: the corners show that the payload did not."""
    frames = measures.frames_of(measures.APHILL)
    assert np.isnan(frames.sensor_roll_deg).all()
    assert np.abs(frames.platform_roll_deg).min() > 4.0
    known = replace(frames, sensor_azimuth_deg=frames.sensor_azimuth_deg + BIAS_DEG)
    off_m = measures.corner_errors_m(known)
    assert np.median(off_m) <= 0.5
    assert off_m.max() <= 1.6
    banked_m = measures.corner_errors_m(replace(known, sensor_roll_deg=known.platform_roll_deg))
    assert np.median(banked_m) > 3.0
