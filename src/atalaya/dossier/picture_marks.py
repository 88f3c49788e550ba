"""What is drawn on an exported picture: the site, a scale bar, and the mark of what is synthetic.

North is not: it tells from where the sensor looked, which can be withheld. Papers draw it over the picture
where the reader may see it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.model.source import SYNTHETIC_MARK

_LIGHT, _DARK, _MARK = (255, 255, 255), (0, 0, 0), (255, 214, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SUBPIXEL_BITS = 4
SCALE_BARS_M = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where the site is in the picture, and what the drawing needs to know."""

    x_px: float
    y_px: float
    radius_px: float
    gsd_m: float
    synthetic: bool


def draw_marks(rgb: NDArray[np.uint8], mark: Mark) -> NDArray[np.uint8]:
    """A copy with circle and cross on the site, scale bar and the synthetic mark."""
    drawn = rgb.copy()
    _draw_site(drawn, mark)
    _draw_scale_bar(drawn, mark.gsd_m)
    if mark.synthetic:
        draw_synthetic(drawn)
    return drawn


def scale_bar_m(width_px: int, gsd_m: float) -> int:
    """The longest round length that fills at most a quarter of the picture."""
    longest_m = 0.25 * width_px * gsd_m
    return max((length for length in SCALE_BARS_M if length <= longest_m), default=SCALE_BARS_M[0])


def _draw_site(drawn: NDArray[np.uint8], mark: Mark) -> None:
    height_px, width_px = drawn.shape[:2]
    radius_px = float(np.clip(mark.radius_px, 12.0, 0.45 * min(height_px, width_px)))
    unit = 1 << _SUBPIXEL_BITS
    centre = round(mark.x_px * unit), round(mark.y_px * unit)
    for colour, thickness in ((_DARK, 4), (_MARK, 2)):
        cv2.circle(drawn, centre, round(radius_px * unit), colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
        for east, south in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            near, far = 0.6 * radius_px, 1.35 * radius_px  # open in the middle: the site stays visible
            start = round((mark.x_px + east * near) * unit), round((mark.y_px + south * near) * unit)
            end = round((mark.x_px + east * far) * unit), round((mark.y_px + south * far) * unit)
            cv2.line(drawn, start, end, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _draw_scale_bar(drawn: NDArray[np.uint8], gsd_m: float) -> None:
    height_px, width_px = drawn.shape[:2]
    length_m = scale_bar_m(width_px, gsd_m)
    left, right, y_px = 12, 12 + round(length_m / gsd_m), height_px - 14
    for colour, thickness in ((_DARK, 5), (_LIGHT, 2)):
        cv2.line(drawn, (left, y_px), (right, y_px), colour, thickness)
        for x_px in (left, right):
            cv2.line(drawn, (x_px, y_px - 4), (x_px, y_px + 4), colour, thickness)
    _write(drawn, f"{length_m} m", left, y_px - 9)


def draw_synthetic(drawn: NDArray[np.uint8]) -> None:
    """Write the mark of what is synthetic into the upper left corner, in place."""
    plain = SYNTHETIC_MARK.replace("É", "E")  # the drawing font has no accents: the acute is drawn
    size = min(0.55, 0.55 * drawn.shape[1] / 300)
    (width_px, text_height_px), _ = cv2.getTextSize(plain, _FONT, size, 1)
    cv2.rectangle(drawn, (0, 0), (width_px + 20, text_height_px + 18), (176, 0, 0), cv2.FILLED)
    x_px, y_px = 10, text_height_px + 11
    cv2.putText(drawn, plain, (x_px, y_px), _FONT, size, _LIGHT, 1, cv2.LINE_AA)
    before = plain[: SYNTHETIC_MARK.index("É")]
    start_px = x_px + cv2.getTextSize(before, _FONT, size, 1)[0][0]
    letter_px = cv2.getTextSize("E", _FONT, size, 1)[0][0]
    foot = round(start_px + 0.45 * letter_px), y_px - text_height_px - 2
    tip = round(start_px + 0.8 * letter_px), y_px - text_height_px - 6
    cv2.line(drawn, foot, tip, _LIGHT, 1, cv2.LINE_AA)


def _write(drawn: NDArray[np.uint8], text: str, x_px: int, y_px: int) -> None:
    for colour, thickness in ((_DARK, 3), (_LIGHT, 1)):
        cv2.putText(drawn, text, (x_px, y_px), _FONT, 0.45, colour, thickness, cv2.LINE_AA)
