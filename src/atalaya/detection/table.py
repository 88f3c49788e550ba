"""Boxes of one picture, joined with their frame and their place on the ground."""

import numpy as np

from atalaya.errors import InputError
from atalaya.model.detection import DetectionTable, ImageDetections
from atalaya.model.footprint import FootprintTable
from atalaya.model.ground import GroundPoints
from atalaya.units import Degrees

SHALLOWEST_DEPRESSION_DEG = 5.0
"""Below this a pixel's length along the look says nothing about size."""


def on_the_ground(
    image: ImageDetections,
    ground: GroundPoints,
    footprint: FootprintTable,
    *,
    first_index: int,
    detector: str,
) -> DetectionTable:
    """The rows that one frame adds to a source's DetectionTable.

    Sizes are the box's, on level ground, with the GSD of the picture's centre and rows along the look: a box
    encloses what it shows with a margin, and a rolled camera or a slope is not corrected for.

    Args:
        image: (N,) boxes, as a detector returned them.
        ground: (N,) the boxes' centres on the ground, row for row.
        footprint: (1,) the frame's row.
        first_index: number of detections the source already has.
        detector: name and version, `local-anomaly 1`.

    Raises:
        InputError: other than one footprint row, or not as many ground points as boxes.
    """
    if len(footprint) != 1 or len(ground) != len(image):
        raise InputError(
            f"wanted one footprint row and {len(image)} ground points, "
            f"got {len(footprint)} rows and {len(ground)} points"
        )
    count = len(image)
    gsd_m = float(footprint.gsd_m[0])
    across_m = image.width_px * gsd_m
    along_m = image.height_px * gsd_m * _stretch(float(footprint.depression_deg[0]))
    return DetectionTable(
        detection_index=np.arange(first_index, first_index + count, dtype=np.int64),
        frame_index=np.repeat(footprint.frame_index, count),
        time_us=np.repeat(footprint.time_us, count),
        kind=image.kind,
        x_px=image.x_px,
        y_px=image.y_px,
        width_px=image.width_px,
        height_px=image.height_px,
        weight_bits=image.weight_bits,
        lon_deg=ground.lon_deg,
        lat_deg=ground.lat_deg,
        hae_m=ground.hae_m,
        covariance_m2=ground.covariance_m2,
        ce90_m=ground.ce90_m,
        length_m=np.maximum(across_m, along_m),
        width_m=np.minimum(across_m, along_m),
        look_azimuth_deg=np.repeat(footprint.look_azimuth_deg, count),
        detector=np.array([detector] * count, dtype=np.str_),
    )


def _stretch(depression_deg: Degrees) -> float:
    """Metres of level ground along the look per metre across it; NaN where it cannot be told."""
    if not depression_deg >= SHALLOWEST_DEPRESSION_DEG:
        return float("nan")
    return float(1.0 / np.sin(np.radians(min(depression_deg, 90.0))))
