"""The stream's own frame centre against the pose, height by height in one datum."""

import math
from dataclasses import replace

import numpy as np
import pytest

from atalaya.geo.geoid import GeoidGrid
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.locate import frame_centres
from atalaya.georeg.pose import HeightReference, poses
from atalaya.georeg.residual import frame_centre_residuals
from terrain_scenes import level_frames


def with_centres(frames, hae_m: float):
    centre = frame_centres(poses(frames), ConstantHeight(hae_m), PoseErrors())
    return replace(frames, centre_lon_deg=centre.lon_deg, centre_lat_deg=centre.lat_deg)


def test_frames_that_agree_with_themselves_have_no_residual():
    frames = with_centres(level_frames(2, sensor_elevation_deg=[-20.0, -50.0]), 700.0)
    frames = replace(frames, centre_hae_m=np.full(2, 700.0), slant_range_m=np.array([6751.6, 3000.0]))
    residuals = frame_centre_residuals(frames, poses(frames))
    np.testing.assert_allclose(residuals.distance_m, 0.0, atol=1e-5)
    assert residuals.slant_range_m[1] == pytest.approx(2300.0 / math.sin(math.radians(50.0)), rel=1e-3)
    np.testing.assert_allclose(residuals.slant_difference_m, residuals.slant_range_m - frames.slant_range_m)


def test_a_heading_error_shows_as_metres_to_the_side():
    frames = with_centres(level_frames(1), 0.0)
    frames = replace(frames, centre_hae_m=np.zeros(1), platform_heading_deg=np.array([1.0]))
    residuals = frame_centre_residuals(frames, poses(frames))
    assert residuals.east_m[0] == pytest.approx(3000.0 * math.sin(math.radians(1.0)), rel=2e-3)


def test_heights_of_two_datums_never_meet():
    frames = with_centres(level_frames(2, sensor_msl_m=[3030.0, 3030.0]), 0.0)
    frames = replace(frames, centre_msl_m=np.full(2, 30.0))
    assert np.isnan(frame_centre_residuals(frames, poses(frames)).distance_m).all()
    geoid = GeoidGrid(
        name="flat",
        undulation_m=np.full((2, 2), -30.0),
        west_deg=-108.0,
        north_deg=26.0,
        step_lon_deg=2.0,
        step_lat_deg=2.0,
    )
    np.testing.assert_allclose(
        frame_centre_residuals(frames, poses(frames), geoid).distance_m, 0.0, atol=1e-5
    )
    as_hae = frame_centre_residuals(frames, poses(frames, heights=HeightReference.MSL_AS_HAE))
    assert as_hae.distance_m.max() < 0.1  # both heights are 30 m higher: only the curvature differs


def test_what_the_packet_does_not_say_stays_unknown():
    frames = level_frames(2, platform_roll_deg=[0.0, math.nan])
    residuals = frame_centre_residuals(frames, poses(frames))
    assert np.isnan(residuals.distance_m).all()
