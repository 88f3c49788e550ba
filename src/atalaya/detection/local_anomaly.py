"""Things a few metres wide that do not look like their surroundings: the classical cue that always works.

No weights file: four operators (`anomaly_cue`), a threshold, and a calibration of two numbers. Measured
on the pictures it was calibrated on (three of Haiti with 41 tarp shelters, six of forest and savanna that
make 0.030 km2), so its figures are hopeful: pixel AUC .94, and at a weight of 0 bits 34 of 41 shelters with
101 false detections per km2 (3 seen; at 1 bit 0 to 101 per km2, where none seen proves only fewer than 100).
`tests/benchmarks/measure_local_anomaly.py` makes these figures; docs/reference/local-anomaly.md has them all.
What it cannot see: a roof as green and as dark as its surroundings, anything wider than about 15 m; and
in snow, towns and quarries, where everything stands out, it says too much.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.anomaly_cue import WORKING_GSD_M, anomaly_map
from atalaya.detection.blobs import Blobs, find_blobs
from atalaya.detection.detector import no_detections, require_picture
from atalaya.detection.metric_windows import to_working_gsd
from atalaya.model.detection import DetectionKind, ImageDetections
from atalaya.units import Metres

SCORE_THRESHOLD = 19.3
AREA_M2 = (2.0, 400.0)
SURROUND_M = 4.0
"""What counts as a blob: its score, its area, and how far around it brightness is compared."""
SCORE_MIDDLE = 21.0
BITS_PER_SCORE = 2.6
BITS_PER_BRIGHTNESS = 0.008
"""Logistic regression of 37 blobs on shelters against 56 beside them or in forest, rounded."""
WEIGHT_LIMITS_BITS = (-3.0, 5.0)
"""So few blobs carry no more: log2(37) is 5.2."""
ROOF_RECTANGULARITY = 0.62
ROOF_SIDES_M = (2.0, 20.0)
ROOF_ASPECT = 3.5
"""A roof's shape: 14 of 37 blobs on shelters have it, 6 of 56 others: a name, too few to be evidence."""
COARSEST_GSD_M = 1.5


class LocalAnomalyDetector:
    """Local RX, top-hats, blueness and lack of green on Lab; kind by size and rectangularity."""

    name = "local-anomaly"
    version = "2"
    kinds = (DetectionKind.ANOMALY, DetectionKind.ROOF_OR_TARP)
    class_names = ("anomaly", "roof-or-tarp")

    def detect(self, rgb: NDArray[np.uint8], gsd_m: Metres) -> ImageDetections:
        """Blobs that stand out, with the weight that the calibration gives them.

        Args:
            rgb: (H, W, 3) uint8, sRGB.
            gsd_m: 0.08 to 0.32 m was measured on real pictures; coarser than 1.5 m returns nothing,
                because what is sought is then smaller than three pixels.

        Raises:
            InputError: not a picture, or not a GSD.
        """
        require_picture(rgb, gsd_m)
        if min(rgb.shape[:2]) < 3 or gsd_m > COARSEST_GSD_M:
            return no_detections()
        picture, working_gsd_m = to_working_gsd(rgb, gsd_m, WORKING_GSD_M)
        scale = gsd_m / working_gsd_m
        blobs = find_blobs(
            anomaly_map(picture, working_gsd_m),
            np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 0], dtype=np.uint8),
            working_gsd_m,
            threshold=SCORE_THRESHOLD,
            area_m2=AREA_M2,
            surround_m=SURROUND_M,
        )
        return ImageDetections(
            kind=_kind(blobs),
            x_px=(blobs.x_px + 0.5) / scale - 0.5,
            y_px=(blobs.y_px + 0.5) / scale - 0.5,
            width_px=blobs.width_px / scale,
            height_px=blobs.height_px / scale,
            weight_bits=weight_bits(blobs),
        )


def weight_bits(blobs: Blobs) -> NDArray[np.float64]:
    """(N,) log2 of p(blob | shelter) / p(blob | background), limited to what so few samples can carry."""
    raw = BITS_PER_SCORE * (blobs.peak - SCORE_MIDDLE) + BITS_PER_BRIGHTNESS * blobs.brightness
    return np.clip(raw, *WEIGHT_LIMITS_BITS)


def _kind(blobs: Blobs) -> NDArray[np.str_]:
    """(N,) roof-or-tarp where the shape is a roof's, anomaly otherwise; a vehicle cannot be told by shape."""
    roof = (
        (blobs.rectangularity >= ROOF_RECTANGULARITY)
        & (blobs.breadth_m >= ROOF_SIDES_M[0])
        & (blobs.length_m <= ROOF_SIDES_M[1])
        & (blobs.length_m <= ROOF_ASPECT * blobs.breadth_m)
        & (blobs.brightness > 0.0)
    )
    return np.where(roof, DetectionKind.ROOF_OR_TARP.value, DetectionKind.ANOMALY.value).astype(np.str_)
