"""How the picture moves tells of a lag, a heading bias and a turned camera."""

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast_to_heights
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.calibrate_motion import ALONG, CANDIDATES, MatchedPoints, calibrate_on_motion
from atalaya.georeg.camera import camera_directions, project
from atalaya.georeg.pose import Poses
from atalaya.model.frame import FrameTable
from selfcal_scenes import PoseTruth, poses_of, said_frames, true_rotations

SIZE_PX = (640, 360)
GROUND = ConstantHeight(300.0)


def matches_of(
    truth: PoseTruth, seed: int, *, count: int = 120, step: int = 6, outlier_share: float = 0.0
) -> tuple[FrameTable, MatchedPoints]:
    """Eight points of each pair as the true camera saw them, found again to a third of a pixel."""
    rng = np.random.default_rng(seed)
    said = said_frames(truth, count)
    seen = poses_of(said)
    true = Poses(**seen.columns() | {"rotation_ecef_from_camera": true_rotations(truth, said)})
    first = np.repeat(np.arange(0, count - step, step // 2), 8)
    second = first + step
    x_px, y_px = rng.uniform(150.0, 490.0, len(first)), rng.uniform(100.0, 260.0, len(first))
    near = true.take(first)
    direction = np.einsum(
        "nij,nj->ni", near.rotation_ecef_from_camera, camera_directions(near, x_px, y_px, *SIZE_PX)
    )
    ground_m = cast_to_heights(near.origin_ecef_m, direction, np.full(len(first), GROUND.hae_m))
    again_x_px, again_y_px = project(true.take(second), *geodetic_from_ecef(ground_m), *SIZE_PX)
    wrong = rng.random(len(first)) < outlier_share
    off_px = np.where(wrong[:, None], 40.0, 0.3) * rng.standard_normal((len(first), 2))
    return said, MatchedPoints(
        first_row=first.astype(np.int64),
        second_row=second.astype(np.int64),
        first_x_px=x_px,
        first_y_px=y_px,
        second_x_px=again_x_px + off_px[:, 0],
        second_y_px=again_y_px + off_px[:, 1],
    )


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (PoseTruth(lag_s=0.08), {"attitude_lag_s": (0.08, 0.005)}),
        (PoseTruth(roll_deg=2.0), {"boresight_roll_deg": (2.0, 0.1)}),
        (
            PoseTruth(lag_s=-0.1, roll_deg=-1.5),
            {"attitude_lag_s": (-0.1, 0.01), "boresight_roll_deg": (-1.5, 0.1)},
        ),
    ],
)
@pytest.mark.parametrize("outlier_share", [0.0, 0.2])
def test_errors_show_in_the_motion_of_the_picture(truth, expected, outlier_share):
    said, matches = matches_of(truth, 5, outlier_share=outlier_share)
    found = calibrate_on_motion(said, poses_of, matches, SIZE_PX, GROUND).calibration
    assert set(found.estimated) >= set(expected)
    for name, (value, tolerance) in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=tolerance)
    for name in set(found.estimated) - set(expected):
        assert abs(getattr(found, name)) < 0.05
    assert found.holdout_after_m < 0.8 * found.holdout_before_m


@pytest.mark.parametrize("seed", range(3))
def test_pictures_that_move_as_the_pose_says_get_no_correction(seed):
    said, matches = matches_of(PoseTruth(), seed)
    answer = calibrate_on_motion(said, poses_of, matches, SIZE_PX, GROUND)
    assert answer.calibration.estimated == ()
    assert set(answer.left_alone) == {*CANDIDATES, *ALONG}


def test_ground_at_another_height_than_declared_is_no_turn_of_the_camera():
    said, matches = matches_of(PoseTruth(), 1)
    answer = calibrate_on_motion(said, poses_of, matches, SIZE_PX, ConstantHeight(150.0))
    assert answer.calibration.estimated == ()
    assert "fitted along, not corrected: -1" in answer.left_alone["sensor_up_m"]


def test_pictures_that_show_no_ground_are_refused():
    said, matches = matches_of(PoseTruth(), 1)
    with pytest.raises(InputError, match="nothing to calibrate with"):
        calibrate_on_motion(said, poses_of, matches, SIZE_PX, ConstantHeight(8000.0))


def test_a_heading_bias_shows_because_the_picture_drifts_askew():
    said, matches = matches_of(PoseTruth(heading_deg=-1.45), 7, count=200)
    found = calibrate_on_motion(said, poses_of, matches, SIZE_PX, GROUND).calibration
    assert found.estimated == ("heading_bias_deg",)
    assert found.heading_bias_deg == pytest.approx(-1.45, abs=0.15)
