"""Errors of the pose from how the picture moves: the ground stands still, so a good pose keeps it still."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.calibrate import corrected_by
from atalaya.georeg.calibrate_centres import PosesOf
from atalaya.georeg.calibrate_choice import SelfCalibration, calibrate
from atalaya.georeg.calibrate_fit import Evidence
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses
from atalaya.model.calibration import CalibrationMethod
from atalaya.model.columns import Columns
from atalaya.model.frame import FrameTable
from atalaya.units import MetresArray, PixelsArray

CANDIDATES = (
    "attitude_lag_s",
    "heading_bias_deg",
    "boresight_yaw_deg",
    "boresight_pitch_deg",
    "boresight_roll_deg",
)
"""A shift of the sensor moves both pictures of a pair alike; only its height over the ground shows."""

ALONG = ("sensor_up_m",)
"""Another height over the ground moves the picture almost as a turn about the camera's right axis does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedPoints(Columns):
    """The same things of the ground found in two pictures, M first.

    Args:
        first_row, second_row: (M,) int64, rows of the FrameTable.
        first_x_px, first_y_px, second_x_px, second_y_px: (M,) in the pictures.
    """

    first_row: NDArray[np.int64]
    second_row: NDArray[np.int64]
    first_x_px: PixelsArray
    first_y_px: PixelsArray
    second_x_px: PixelsArray
    second_y_px: PixelsArray


def calibrate_on_motion(
    frames: FrameTable,
    poses_of: PosesOf,
    matches: MatchedPoints,
    size_px: tuple[int, int],
    terrain: Terrain,
    *,
    lens: Lens | None = None,
) -> SelfCalibration:
    """Estimate lag, heading bias and boresight from points that were followed from picture to picture.

    Args:
        frames: the whole clip.
        poses_of: pose of each frame without correction; a roll that is absent there counts as zero.
        matches: a dozen points a pair, spread over the picture, are as good as hundreds.
        size_px: width and height of the picture.
        terrain: in the datum of the poses.
        lens: measured; None is a pinhole of each packet's field of view.

    Returns:
        SelfCalibration. All points of one pair share the errors of its two poses and count as one look.

    Raises:
        InputError: no point of any pair meets known ground.
    """
    return calibrate(
        motion_evidence(frames, poses_of, matches, size_px, terrain, lens=lens),
        CalibrationMethod.IMAGE_MOTION,
    )


def motion_evidence(
    frames: FrameTable,
    poses_of: PosesOf,
    matches: MatchedPoints,
    size_px: tuple[int, int],
    terrain: Terrain,
    *,
    lens: Lens | None = None,
) -> Evidence:
    """Each first point is brought to the ground and looked for in the second picture; pairs in time order."""
    matches = matches.take(np.argsort(frames.time_us[matches.first_row], kind="stable"))
    pair_of = matches.first_row * len(frames) + matches.second_row
    _, where, group = np.unique(pair_of, return_index=True, return_inverse=True)
    rank = np.empty(len(where), dtype=np.int64)
    rank[np.argsort(where, kind="stable")] = np.arange(len(where))

    def looked(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], MetresArray]:
        rows, back = np.unique(np.concatenate([matches.first_row, matches.second_row]), return_inverse=True)
        camera = poses_of(corrected_by(frames, values, rows, absent_sensor_roll_deg=0.0))
        first, second = camera.take(back[: len(matches)]), camera.take(back[len(matches) :])
        ground_m = _on_ground_m(first, matches, size_px, terrain, lens)
        offset_m = ground_m - second.origin_ecef_m
        seen = np.einsum("nji,nj->ni", second.rotation_ecef_from_camera, offset_m)
        ahead = np.where(seen[:, :1] > 0.0, seen[:, :1], np.nan)
        found = camera_directions(second, matches.second_x_px, matches.second_y_px, *size_px, lens=lens)
        return found[:, 1:] - seen[:, 1:] / ahead, np.linalg.norm(offset_m, axis=1)

    def distance_m(values: NDArray[np.float64]) -> MetresArray:
        residual_rad, range_m = looked(values)
        apart_m: MetresArray = np.linalg.norm(residual_rad, axis=1) * range_m
        return apart_m

    return Evidence(
        residual_rad=lambda values: looked(values)[0],
        distance_m=distance_m,
        group=rank[group],
        candidates=CANDIDATES,
        along=ALONG,
    )


def _on_ground_m(
    camera: Poses,
    matches: MatchedPoints,
    size_px: tuple[int, int],
    terrain: Terrain,
    lens: Lens | None,
) -> MetresArray:
    """(M, 3) ECEF of the first points on the terrain."""
    seen = camera_directions(camera, matches.first_x_px, matches.first_y_px, *size_px, lens=lens)
    direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
    return cast(camera.origin_ecef_m, direction, terrain)
