"""A clip that contradicts itself says so with its numbers; one that does not is left in peace."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.geoid import GeoidGrid
from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.georeg.disagreement import (
    DatumReading,
    centre_disagreement,
    datum_reading,
    height_disagreements,
)
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.residual import frame_centre_residuals
from selfcal_scenes import PoseTruth, centres_clip, poses_of

ERRORS = PoseErrors()
N_M = -28.0
GEOID = GeoidGrid(
    name="flat",
    undulation_m=np.full((3, 3), N_M),
    west_deg=-108.0,
    north_deg=26.0,
    step_lon_deg=1.0,
    step_lat_deg=1.0,
)


def plain(hae_m: float) -> TerrainGrid:
    return TerrainGrid(
        hae_m=np.full((50, 50), hae_m), west_deg=-107.2, north_deg=25.2, step_lon_deg=0.01, step_lat_deg=0.01
    )


def found_in(frames):
    camera = poses_of(frames)
    return centre_disagreement(frame_centre_residuals(frames, camera), camera, ERRORS)


def test_a_heading_bias_beyond_the_stated_errors_is_said_with_its_numbers():
    found = found_in(centres_clip(PoseTruth(heading_deg=-1.45), 1))
    assert found is not None
    assert found.frames == 200
    assert found.median_m > found.limit_m > found.explained_m > 5.0
    assert found.median_m > 60.0


def test_a_clip_within_its_stated_errors_is_left_in_peace():
    assert found_in(centres_clip(PoseTruth(heading_deg=0.1), 1)) is None
    assert found_in(centres_clip(PoseTruth(heading_deg=5.0), 1, count=3)) is None


def test_heights_that_agree_are_left_in_peace():
    frames = centres_clip(PoseTruth(), 1)
    assert height_disagreements(frames, poses_of(frames), plain(303.0), ERRORS, GEOID) == ()


def test_centres_in_another_datum_than_the_sensor_are_told_by_the_slant_range_whatever_the_attitude():
    frames = centres_clip(PoseTruth(heading_deg=3.0), 1)
    frames = replace(frames, centre_hae_m=frames.centre_hae_m - N_M)
    found = height_disagreements(frames, poses_of(frames), ConstantHeight(300.0), ERRORS, GEOID)
    assert [one.against for one in found] == ["slant-range"]
    assert found[0].difference_m == pytest.approx(28.0, abs=0.5)
    assert found[0].reading is DatumReading.MSL_TAKEN_AS_HAE


def test_sensor_and_centres_both_wrong_are_told_by_the_terrain():
    frames = centres_clip(PoseTruth(), 1)
    wrong_m = 2.0 * N_M
    frames = replace(
        frames, centre_hae_m=frames.centre_hae_m - wrong_m, sensor_hae_m=frames.sensor_hae_m - wrong_m
    )
    found = height_disagreements(frames, poses_of(frames), plain(300.0), ERRORS, GEOID)
    assert [(one.against, one.reading) for one in found] == [("terrain", DatumReading.GEOID_SIGN)]
    without = height_disagreements(frames, poses_of(frames), plain(300.0), ERRORS)
    assert without[0].reading is DatumReading.UNKNOWN


def test_rough_ground_that_is_only_wrong_here_and_there_is_no_datum():
    frames = centres_clip(PoseTruth(), 1)
    rough_m = 300.0 + 60.0 * np.random.default_rng(1).standard_normal((50, 50))
    rough = replace_heights(plain(300.0), rough_m)
    assert height_disagreements(frames, poses_of(frames), rough, ERRORS, GEOID) == ()


def replace_heights(terrain: TerrainGrid, hae_m: np.ndarray) -> TerrainGrid:
    return TerrainGrid(
        hae_m=hae_m,
        west_deg=terrain.west_deg,
        north_deg=terrain.north_deg,
        step_lon_deg=terrain.step_lon_deg,
        step_lat_deg=terrain.step_lat_deg,
    )


@pytest.mark.parametrize(
    ("difference_m", "undulation_m", "reading"),
    [
        (56.8, -28.4, DatumReading.GEOID_SIGN),
        (28.0, -28.4, DatumReading.MSL_TAKEN_AS_HAE),
        (-28.0, -28.4, DatumReading.HAE_TAKEN_AS_MSL),
        (-40.0, 40.0, DatumReading.MSL_TAKEN_AS_HAE),
        (17.0, -28.4, DatumReading.UNKNOWN),
        (17.0, 1.0, DatumReading.UNKNOWN),
        (17.0, float("nan"), DatumReading.UNKNOWN),
    ],
)
def test_a_difference_is_read_by_the_geoid(difference_m, undulation_m, reading):
    assert datum_reading(difference_m, undulation_m) is reading


def test_no_difference_is_no_reading():
    with pytest.raises(InputError, match="finite"):
        datum_reading(float("nan"), -28.4)
