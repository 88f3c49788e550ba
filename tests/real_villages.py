"""Real pictures of tarp shelters under and beside trees, and what of them is shelter; and how a score is judged."""

import json
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from shared_data import shared_file

HAITI_GSD_M, BACKGROUND_GSD_M = 0.08, 0.1
TOP_SHARE, SHELTER_SHARE = 0.03, 0.05
"""A shelter is hit when this share of it is among the top pixels of its picture."""
type Picture = NDArray[np.uint8]
type Mask = NDArray[np.bool_]


class Village(NamedTuple):
    """The valid part of a picture, what of it is shelter, and each shelter."""

    picture: Picture
    shelter: Mask
    each: list[Mask]


def villages(gsd_m: float) -> list[Village]:
    found = []
    scale = HAITI_GSD_M / gsd_m
    notes = json.loads(shared_file("data/detect/haiti/villages_shelters.json").read_text())
    for name, note in notes.items():
        x0, y0, x1, y1 = note["valid"]
        full = read(f"data/detect/haiti/{name}.jpg", 1.0)[y0:y1, x0:x1]
        size = (round(full.shape[1] * scale), round(full.shape[0] * scale))
        picture = np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        outlines = [(np.array(one) - [x0, y0]) * scale for one in note["shelter"]]
        each = [painted(picture.shape, one) for one in outlines]
        found.append(Village(picture, np.logical_or.reduce(each), each))
    return found


def read(path: str, scale: float) -> Picture:
    loaded = cv2.imread(str(shared_file(path)))
    assert loaded is not None, path
    rgb = cv2.cvtColor(loaded, cv2.COLOR_BGR2RGB)
    if scale < 1.0:
        rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(rgb, dtype=np.uint8)


def painted(shape: tuple[int, ...], outline: NDArray[np.float64]) -> Mask:
    canvas = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(canvas, [np.round(outline).astype(np.int32)], (1,))
    return canvas > 0


def area_under_curve(true: Mask, score: NDArray[np.floating]) -> float:
    ranks, count = rankdata(score.ravel()), int(true.sum())
    return float((ranks[true.ravel()].sum() - count * (count + 1) / 2) / (count * (true.size - count)))


def shelters_hit(score: NDArray[np.floating], each: list[Mask]) -> int:
    bar = np.quantile(score, 1.0 - TOP_SHARE)
    return sum(bool((score[one] > bar).mean() >= SHELTER_SHARE) for one in each)
