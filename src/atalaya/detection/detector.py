"""What a detector is: one picture in, boxes with their weight of evidence out."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.detection import DetectionKind, ImageDetections
from atalaya.units import Metres

ENTRY_POINT_GROUP = "atalaya.detectors"
"""Where installed packages announce their detectors; `app` loads them and passes each through the gate."""


@runtime_checkable
class Detector(Protocol):
    """Finds places and vehicles in one picture. Holds no state between pictures.

    Attributes:
        name, version: what the DetectionTable's `detector` column says.
        kinds: everything it may report.
        class_names: what the model itself calls its outputs, all of them, also those it does not report;
            the gate refuses a detector by these names.
    """

    @property
    def name(self) -> str:
        """Short and stable, as in the entry point."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the answers change."""
        ...

    @property
    def kinds(self) -> tuple[DetectionKind, ...]:
        """Everything it may report."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the model itself calls its outputs, all of them."""
        ...

    def detect(self, rgb: NDArray[np.uint8], gsd_m: Metres) -> ImageDetections:
        """The places and vehicles in one picture.

        Args:
            rgb: (H, W, 3) uint8, sRGB, H and W 0 or more; never changed.
            gsd_m: ground sample distance at the picture's centre [m/px].

        Returns:
            Boxes in the pixels of `rgb`; none for a picture without content.

        Raises:
            InputError: another shape or dtype, or a GSD that is not a positive number.
        """
        ...


def require_picture(rgb: NDArray[np.uint8], gsd_m: Metres) -> None:
    """Refuse what no detector can look at: the first line of every `detect`.

    Raises:
        InputError: not (H, W, 3) uint8, or a GSD that is not finite and positive.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise InputError(f"a picture is (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    if not (np.isfinite(gsd_m) and gsd_m > 0.0):
        raise InputError(f"a GSD is a positive number of metres, got {gsd_m}")


def no_detections() -> ImageDetections:
    """The answer for a picture in which nothing was found."""
    return ImageDetections(
        kind=np.zeros(0, dtype=np.str_),
        x_px=np.zeros(0),
        y_px=np.zeros(0),
        width_px=np.zeros(0),
        height_px=np.zeros(0),
        weight_bits=np.zeros(0),
    )
