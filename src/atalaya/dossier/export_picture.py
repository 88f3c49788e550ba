"""One frame made fit for a dossier: coarse enough that nobody can be recognised, with the site marked."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.dossier.picture_marks import Mark, draw_marks
from atalaya.errors import InputError

LIMIT_GSD_M = 0.15
"""Finest ground resolution that may leave [m/px]; at it nobody can be recognised."""
CROP_WIDTH_PX, CROP_HEIGHT_PX = 720, 540
"""Largest size of an exported picture; what is around it does not help the case."""
BLUR_M = 1.5
"""Blobs that must not be seen are smeared over this distance before anything else happens to the frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameToExport:
    """A frame as it came from the video, and what is known of it.

    Args:
        rgb: (H, W, 3) uint8.
        gsd_m: finest ground sample distance anywhere in the frame [m/px]; never that of the centre alone.
        site_x_px, site_y_px: column and row of the site from 0 at the centre of the upper left pixel.
        site_radius_px: of the circle drawn around it.
        hidden: (H, W) bool, small moving or warm blobs that are not vehicles; None where there are none.

    Raises:
        InputError: another shape or dtype, an unknown ground resolution, or a site outside the picture.
    """

    rgb: NDArray[np.uint8]
    gsd_m: float
    site_x_px: float
    site_y_px: float
    site_radius_px: float
    hidden: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.uint8:
            raise InputError(f"a frame is (H, W, 3) uint8, got {self.rgb.shape} {self.rgb.dtype}")
        if self.hidden is not None and self.hidden.shape != self.rgb.shape[:2]:
            raise InputError(f"hidden is {self.hidden.shape}, the frame {self.rgb.shape[:2]}")
        if not (math.isfinite(self.gsd_m) and self.gsd_m > 0.0):
            raise InputError(f"a frame of unknown ground resolution is not exported, got {self.gsd_m} m/px")
        height_px, width_px = self.rgb.shape[:2]
        if not (0 <= self.site_x_px < width_px and 0 <= self.site_y_px < height_px):
            raise InputError(f"the site is not in the picture: {self.site_x_px}, {self.site_y_px} px")
        if not math.isfinite(self.site_radius_px):
            raise InputError("the radius of the circle around the site must be known")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPicture:
    """A picture that may leave, less its encoding.

    Args:
        rgb: (h, w, 3) uint8. gsd_m: its ground resolution, at least the limit.
        site_x_px, site_y_px, site_radius_px: the site in this picture.
    """

    rgb: NDArray[np.uint8]
    gsd_m: float
    site_x_px: float
    site_y_px: float
    site_radius_px: float


def export_picture(
    frame: FrameToExport, *, synthetic: bool, limit_gsd_m: float = LIMIT_GSD_M
) -> ExportedPicture:
    """Hide, coarsen, crop, mark: in this order, so that no mark and no blob is ever finer than allowed.

    Raises:
        InputError: a limit below 0.15 m/px, or a frame that would be less than one pixel.
    """
    coarse = coarsen(frame, limit_gsd_m=limit_gsd_m)
    mark = Mark(
        x_px=coarse.site_x_px,
        y_px=coarse.site_y_px,
        radius_px=coarse.site_radius_px,
        gsd_m=coarse.gsd_m,
        synthetic=synthetic,
    )
    return ExportedPicture(
        rgb=draw_marks(coarse.rgb, mark),
        gsd_m=coarse.gsd_m,
        site_x_px=coarse.site_x_px,
        site_y_px=coarse.site_y_px,
        site_radius_px=coarse.site_radius_px,
    )


def coarsen(frame: FrameToExport, *, limit_gsd_m: float = LIMIT_GSD_M) -> ExportedPicture:
    """The frame with blobs hidden, no finer than the limit, cropped around the site; no marks yet.

    Raises:
        InputError: as `export_picture`.
    """
    if not limit_gsd_m >= LIMIT_GSD_M:
        raise InputError(f"the export limit is at least {LIMIT_GSD_M} m/px, got {limit_gsd_m}")
    height_px, width_px = frame.rgb.shape[:2]
    keep = min(1.0, frame.gsd_m / limit_gsd_m)
    new_width_px, new_height_px = math.floor(width_px * keep), math.floor(height_px * keep)
    if new_width_px < 1 or new_height_px < 1:
        raise InputError(f"at {limit_gsd_m} m/px nothing is left of {width_px} x {height_px} px")
    scale_x, scale_y = width_px / new_width_px, height_px / new_height_px
    rgb = _resized(_hide(frame), new_width_px, new_height_px)
    x_px = (frame.site_x_px + 0.5) / scale_x - 0.5
    y_px = (frame.site_y_px + 0.5) / scale_y - 0.5
    left_px = _crop_start(x_px, new_width_px, CROP_WIDTH_PX)
    top_px = _crop_start(y_px, new_height_px, CROP_HEIGHT_PX)
    cropped = rgb[top_px : top_px + CROP_HEIGHT_PX, left_px : left_px + CROP_WIDTH_PX]
    return ExportedPicture(
        rgb=np.ascontiguousarray(cropped, dtype=np.uint8),
        gsd_m=frame.gsd_m * min(scale_x, scale_y),
        site_x_px=x_px - left_px,
        site_y_px=y_px - top_px,
        site_radius_px=frame.site_radius_px / max(scale_x, scale_y),
    )


def _hide(frame: FrameToExport) -> NDArray[np.uint8]:
    """The frame with hidden blobs, and a rim around them, replaced by their smeared surroundings."""
    if frame.hidden is None or not frame.hidden.any():
        return frame.rgb
    rim_px = max(1, math.ceil(0.3 / frame.gsd_m))
    size_px = 2 * math.ceil(BLUR_M / frame.gsd_m) + 1
    kernel = np.ones((2 * rim_px + 1, 2 * rim_px + 1), np.uint8)
    mask = cv2.dilate(frame.hidden.astype(np.uint8), kernel)
    around = cv2.boxFilter(frame.rgb.astype(np.float32) * (1 - mask[..., None]), -1, (size_px, size_px))
    share = cv2.boxFilter((1 - mask).astype(np.float32), -1, (size_px, size_px))[..., None]
    smeared = np.where(share > 0.01, around / np.maximum(share, 0.01), frame.rgb.mean(axis=(0, 1)))
    hidden = np.where(mask[..., None] > 0, smeared, frame.rgb)
    return np.clip(np.rint(hidden), 0, 255).astype(np.uint8)


def _resized(rgb: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    return cv2.resize(rgb, (width_px, height_px), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _crop_start(centre_px: float, size_px: int, crop_px: int) -> int:
    return int(np.clip(round(centre_px - crop_px / 2), 0, max(0, size_px - crop_px)))
