"""EG 0104 rows: what each item is, angles of the world, obliquity in both its forms, and damage."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import rotation_ecef_from_enu
from atalaya.georeg.pose import HeightReference, Poses, poses
from atalaya.ingest.eg0104_frames import elevation_of_obliquity, predator_frames
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stream import read_packets
from predator_stream import A_LOOK, predator_bytes, predator_packet
from small_sortie import flight

OBLIQUITY = "Obliquity Angle (World)"


def axis_enu(camera: Poses, row: int = 0) -> np.ndarray:
    local = rotation_ecef_from_enu(camera.lon_deg[row], camera.lat_deg[row])
    return np.asarray(local.T @ camera.rotation_ecef_from_camera[row, :, 0])


def frames_of(*values: dict[str, float]):
    return predator_frames([predator_packet(predator_bytes(A_LOOK | one)) for one in values])


def test_every_number_of_a_packet_is_in_its_column():
    frames, problems = frames_of({})
    assert problems == ()
    found = {name: column[0] for name, column in frames.columns().items()}
    assert found["time_us"] == 1_221_665_012_027_000
    assert (found["platform_heading_deg"], found["platform_pitch_deg"], found["platform_roll_deg"]) == (
        20,
        3,
        -4,
    )
    assert (found["sensor_lon_deg"], found["sensor_lat_deg"], found["sensor_msl_m"]) == (
        138.568,
        -34.8381,
        3233.5,
    )
    assert (found["sensor_azimuth_deg"], found["sensor_elevation_deg"], found["sensor_roll_deg"]) == (
        49.4,
        -21.4,
        0,
    )
    assert (found["hfov_deg"], found["vfov_deg"], found["slant_range_m"]) == (0.8, 0.6, 8861.0)
    assert math.isnan(found["sensor_hae_m"])
    assert found["sensor_angles_world"]
    assert found["unsummed"]
    assert not found["checksum_ok"]


def test_where_the_sensor_looked_does_not_hang_on_the_platform():
    frames, _ = frames_of({}, {"Platform Heading Angle": 250.0, "Platform Roll Angle": 30.0})
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    assert camera.known.all()
    np.testing.assert_allclose(axis_enu(camera, 0), axis_enu(camera, 1), atol=1e-15)
    azimuth_deg = np.degrees(np.arctan2(*axis_enu(camera)[:2]))
    assert azimuth_deg == pytest.approx(49.4, abs=1e-9)
    assert np.degrees(np.arcsin(axis_enu(camera)[2])) == pytest.approx(-21.4, abs=1e-9)


def test_without_platform_angles_the_look_is_still_known_and_a_relative_look_is_not():
    packet = predator_packet(
        predator_bytes({name: A_LOOK[name] for name in A_LOOK if "Platform" not in name})
    )
    frames, _ = predator_frames([packet])
    assert frames.usable.all()
    relative = replace(frames, sensor_angles_world=np.zeros(1, dtype=np.bool_))
    assert not relative.usable.any()
    assert not poses(relative, heights=HeightReference.MSL_AS_HAE).known.any()


def test_obliquity_as_an_independent_encoder_writes_it_points_at_its_own_frame_centre():
    """Device at 3233.5 m, centre 8.25 km away at 49.4 deg, obliquity 201.33 (jmisb's test message)."""
    frames, problems = frames_of({OBLIQUITY: 201.33})
    north_m, east_m = 111_000.0 * 0.0484, 111_000.0 * 0.0687 * math.cos(math.radians(34.8))
    assert problems == ()
    assert frames.sensor_elevation_deg[0] == pytest.approx(-21.33)
    down_deg = math.degrees(math.atan2(3233.5, math.hypot(north_m, east_m)))
    assert -frames.sensor_elevation_deg[0] == pytest.approx(down_deg, abs=0.2)
    assert math.degrees(math.atan2(east_m, north_m)) == pytest.approx(49.4135, abs=0.2)


@settings(deadline=None)
@given(depression_deg=st.floats(0.0, 90.0))
def test_both_forms_of_obliquity_say_the_same_depression(depression_deg):
    both = elevation_of_obliquity(np.array([-depression_deg, 180.0 + depression_deg]))
    np.testing.assert_allclose(both, -depression_deg, atol=1e-12)


@pytest.mark.parametrize("obliquity_deg", [12.0, 90.0, 179.0, 271.0, 330.0, -91.0, -215.0])
def test_an_obliquity_that_fits_neither_form_is_unknown_and_said(obliquity_deg):
    frames, problems = frames_of({OBLIQUITY: obliquity_deg})
    assert np.isnan(frames.sensor_elevation_deg).all()
    assert not frames.usable.any()
    assert [problem.code for problem in problems] == ["obliquity-unclear"]


@pytest.mark.parametrize(
    ("value", "codes"),
    [(math.nan, []), (math.inf, ["out-of-range"]), (400.0, ["out-of-range"]), (b"\x01", ["malformed"])],
)
def test_a_value_that_says_no_number_is_unknown(value, codes):
    frames, problems = frames_of({"Angle to North (World)": value})
    assert np.isnan(frames.sensor_azimuth_deg).all()
    assert not frames.usable.any()
    assert [problem.code for problem in problems] == codes


def test_a_packet_cut_short_repaired_or_without_time_is_kept_and_never_used():
    whole = predator_bytes(A_LOOK)
    packets = [
        predator_packet(whole[:-3]),
        predator_packet(whole, repaired=True),
        predator_packet(predator_bytes(A_LOOK, time_us=None)),
        predator_packet(whole[:17]),
        predator_packet(whole),
    ]
    frames, problems = predator_frames(packets)
    assert frames.usable.tolist() == [False, False, False, False, True]
    assert {problem.code for problem in problems} == {"packet-cut-short"}


def test_half_a_corner_is_no_corner():
    frames, _ = frames_of(
        {"Corner Latitude Point 2": 1.0, "Corner Latitude Point 4": 3.0, "Corner Longitude Point 4": 4.0}
    )
    assert np.isnan(frames.corner_lat_deg[0, :3]).all()
    assert (frames.corner_lat_deg[0, 3], frames.corner_lon_deg[0, 3]) == (3.0, 4.0)


def test_a_source_with_both_sets_has_its_frames_from_st_0601_only():
    old = b"".join(predator_bytes(A_LOOK, time_us=1_000_000 + step) for step in range(3))
    new = b"".join(encode_frames(flight(4), mission_id="M", platform_designation="P"))
    for data, count, of_world in (
        (old, 3, True),
        (new, 4, False),
        (old + new, 4, False),
        (new + old, 4, False),
    ):
        contents = read_packets([data])
        frames, targets, problems = read_frames(contents.packets)
        assert len(frames) == count == contents.index.packets.is_frame.sum()
        assert set(frames.sensor_angles_world.tolist()) == {of_world}
        np.testing.assert_array_equal(
            frames.packet_offset, contents.index.packets.offset[contents.index.packets.is_frame]
        )
        assert len(targets) == 0
        assert problems == ()


def test_angles_of_the_world_are_not_written_as_angles_against_the_platform():
    frames, _ = frames_of({})
    with pytest.raises(InputError, match="of the world"):
        encode_frames(frames, mission_id="M", platform_designation="P")
