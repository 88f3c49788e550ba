"""Measures the classical cue on the shared real pictures; run by hand, prints what the docstrings state.

    ATALAYA_SHARED=../shared python tests/benchmarks/measure_local_anomaly.py

Pixel AUC on three pictures of Haiti (41 tarp shelters), then per bar of weight: shelters that a detection's box
holds the centre of or covers to a tenth, and detections per km2 on six real backgrounds without structures.
"""

import json
import os
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from atalaya.detection.anomaly_cue import WORKING_GSD_M, anomaly_map
from atalaya.detection.local_anomaly import LocalAnomalyDetector
from atalaya.model.detection import ImageDetections

DATA = Path(os.environ.get("ATALAYA_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data/detect"
HAITI_GSD_M, BACKGROUND_GSD_M = 0.08, 0.1
type Picture = NDArray[np.uint8]
type Outlines = list[NDArray[np.float64]]


def read(path: Path, scale: float) -> Picture:
    loaded = cv2.imread(str(path))
    assert loaded is not None, path
    rgb = cv2.cvtColor(loaded, cv2.COLOR_BGR2RGB)
    if scale < 1.0:
        rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(rgb, dtype=np.uint8)


def shelters(gsd_m: float) -> list[tuple[Picture, Outlines]]:
    found = []
    scale = HAITI_GSD_M / gsd_m
    for name, notes in json.loads((DATA / "haiti/villages_shelters.json").read_text()).items():
        x0, y0, x1, y1 = (round(side * scale) for side in notes["valid"])
        picture = read(DATA / f"haiti/{name}.jpg", scale)[y0:y1, x0:x1]
        found.append((picture, [np.array(one) * scale - [x0, y0] for one in notes["shelter"]]))
    return found


def painted(shape: tuple[int, ...], outlines: Outlines) -> NDArray[np.bool_]:
    canvas = np.zeros(shape[:2], np.uint8)
    for outline in outlines:
        cv2.fillPoly(canvas, [np.round(outline).astype(np.int32)], (1,))
    return canvas > 0


def area_under_curve(true: NDArray[np.bool_], score: NDArray[np.float32]) -> float:
    ranks, count = rankdata(score.ravel()), int(true.sum())
    return float((ranks[true.ravel()].sum() - count * (count + 1) / 2) / (count * (true.size - count)))


def pixel_auc(picture: Picture, outlines: Outlines, gsd_m: float) -> float:
    scale = min(1.0, gsd_m / WORKING_GSD_M)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    score = anomaly_map(np.asarray(small, dtype=np.uint8), gsd_m / scale)
    wide = cv2.resize(score, (picture.shape[1], picture.shape[0]))
    return area_under_curve(painted(picture.shape, outlines), np.asarray(wide, dtype=np.float32))


def touched(found: ImageDetections, bar_bits: float, shape: tuple[int, ...], outlines: Outlines) -> int:
    boxes = np.zeros(shape[:2], dtype=np.bool_)
    for row in np.flatnonzero(found.weight_bits >= bar_bits):
        x, y, w, h = (c[row] for c in (found.x_px, found.y_px, found.width_px, found.height_px))
        boxes[max(0, round(y - h / 2)) : round(y + h / 2), max(0, round(x - w / 2)) : round(x + w / 2)] = True
    return sum(bool(boxes[painted(shape, [one])].mean() >= 0.1) for one in outlines)


def main() -> None:
    detector = LocalAnomalyDetector()
    for gsd_m in (0.08, 0.16, 0.32):
        villages = shelters(gsd_m)
        aucs = [pixel_auc(picture, outlines, gsd_m) for picture, outlines in villages]
        seen = [(detector.detect(picture, gsd_m), picture, outlines) for picture, outlines in villages]
        empty = [
            read(path, BACKGROUND_GSD_M / gsd_m)
            for path in sorted((DATA / "negatives").iterdir())
            if path.suffix in {".tif", ".png", ".jpg"}
        ]
        ground_m = max(gsd_m, BACKGROUND_GSD_M)
        area_km2 = sum(picture.shape[0] * picture.shape[1] for picture in empty) * ground_m**2 * 1e-6
        weights = np.concatenate([detector.detect(picture, ground_m).weight_bits for picture in empty])
        print(f"GSD {gsd_m} m: AUC {np.round(aucs, 3)}; background {area_km2:.4f} km2")  # noqa: T201
        for bar_bits in (-3.0, -1.0, 0.0, 1.0, 2.0, 3.0):
            hits = sum(touched(found, bar_bits, picture.shape, o) for found, picture, o in seen)
            false = int((weights >= bar_bits).sum())
            rate = false / area_km2
            print(f"  >= {bar_bits:4.1f} bits: {hits}/41 shelters, {false} false: {rate:.0f}/km2")  # noqa: T201
    scene = np.tile(shelters(0.16)[0][0], (3, 3, 1))[:540, :960]
    began = time.process_time()
    for _ in range(10):
        detector.detect(scene, 0.36)
    spent_ms = (time.process_time() - began) * 100.0
    print(f"960 x 540 px at 0.36 m: {spent_ms:.0f} ms CPU a frame")  # noqa: T201


if __name__ == "__main__":
    main()
