"""A detector that is shown a picture tile by tile, as those that look at small pictures must be."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.detector import Detector, no_detections, require_picture
from atalaya.errors import InputError
from atalaya.model.detection import DetectionKind, ImageDetections
from atalaya.units import Metres


@dataclass(frozen=True, slots=True)
class TiledDetector:
    """Another detector on overlapping tiles; each mark is taken from the tile that it lies most inside.

    Args:
        inner: is shown the tiles.
        tile_px: side of a tile. overlap_px: that neighbours share, less than half a tile.

    Raises:
        InputError: no such tiles.
    """

    inner: Detector
    tile_px: int = 640
    overlap_px: int = 128

    def __post_init__(self) -> None:
        if not 0 <= 2 * self.overlap_px < self.tile_px:
            raise InputError(f"tiles of {self.tile_px} px cannot overlap by {self.overlap_px} px")

    @property
    def name(self) -> str:
        """That of the inner detector."""
        return self.inner.name

    @property
    def version(self) -> str:
        """That of the inner detector, and its tiles."""
        return f"{self.inner.version} in tiles of {self.tile_px} px"

    @property
    def kinds(self) -> tuple[DetectionKind, ...]:
        """Those of the inner detector."""
        return self.inner.kinds

    @property
    def class_names(self) -> tuple[str, ...]:
        """Those of the inner detector."""
        return self.inner.class_names

    def detect(self, rgb: NDArray[np.uint8], gsd_m: Metres) -> ImageDetections:
        """What the inner detector marks, in the pixels of the whole picture.

        Raises:
            InputError: not a picture, or not a GSD.
        """
        require_picture(rgb, gsd_m)
        height, width = rgb.shape[:2]
        rows, cols = (_starts(side, self.tile_px, self.overlap_px) for side in (height, width))
        parts = [no_detections()]
        for row, col in product(range(len(rows)), range(len(cols))):
            top, left = rows[row], cols[col]
            found = self.inner.detect(rgb[top : top + self.tile_px, left : left + self.tile_px], gsd_m)
            x_px, y_px = found.x_px + left, found.y_px + top
            own = _own(x_px, cols, col, self.tile_px) & _own(y_px, rows, row, self.tile_px)
            moved = found.columns() | {"x_px": x_px, "y_px": y_px}
            parts.append(ImageDetections(**moved).take(own))
        return ImageDetections.concatenate(parts)


def _starts(side_px: int, tile_px: int, overlap_px: int) -> list[int]:
    """Where tiles begin so that they cover a side, evenly spaced; one where a tile is enough."""
    if side_px <= tile_px:
        return [0]
    count = -(-(side_px - overlap_px) // (tile_px - overlap_px))
    return [round(number * (side_px - tile_px) / (count - 1)) for number in range(count)]


def _own(at_px: NDArray[np.float64], starts: list[int], number: int, tile_px: int) -> NDArray[np.bool_]:
    """Which places along a side are this tile's: up to the middle of what it shares with its neighbours."""
    low = -np.inf if number == 0 else 0.5 * (starts[number] + starts[number - 1] + tile_px - 1)
    last = number == len(starts) - 1
    high = np.inf if last else 0.5 * (starts[number + 1] + starts[number] + tile_px - 1)
    return np.asarray((at_px >= low) & (at_px < high))
