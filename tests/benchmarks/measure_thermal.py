"""Measures the thermal cues on 78 real frames with 414 vehicles: recall per false alarm, and what it costs.

    ATALAYA_SHARED=../shared python tests/benchmarks/measure_thermal.py

A vehicle is found when a local maximum (3 m around) lies in its box; every maximum in no box is a false alarm.
The lens is not known: with the angle that we took it to have, cars would be 7 m long. The scale is taken
from the cars themselves (4.7 m, to 30 %), so that the kernels have about the size that they say.
"""

import json
import os
import time
from collections.abc import Callable
from math import radians, sin
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.thermal_cues import ThermalMaps, thermal_fused, thermal_maps

DATA = Path(os.environ.get("ATALAYA_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data/detect"
RADIANS_PER_PIXEL = 0.55e-3
NEAREST_M = 3.0
RATES = (0.5, 1.0, 2.0, 5.0, 10.0)
type Score = NDArray[np.float32]
type Frame = tuple[NDArray[np.uint8], float, NDArray[np.float64]]


def frames() -> list[Frame]:
    """Picture, GSD at its centre, boxes as x, y, width, height."""
    folder = DATA / "thermal_vehicles"
    found = []
    for notes in json.loads((folder / "labels_vehicles.json").read_text()):
        loaded = cv2.imread(str(folder / notes["file"]), cv2.IMREAD_GRAYSCALE)
        assert loaded is not None, notes["file"]
        gsd_m = RADIANS_PER_PIXEL * notes["altitude_m"] / sin(radians(notes["depression_deg"]))
        found.append(
            (np.asarray(loaded, np.uint8), gsd_m, np.array(notes["boxes_xywh"], float).reshape(-1, 4))
        )
    return found


def recalls(answer: Callable[[NDArray[np.uint8], float], Score], seen: list[Frame]) -> list[float]:
    """At each of RATES false alarms a frame."""
    false, true = [], []
    for picture, gsd_m, boxes in seen:
        score = answer(picture, gsd_m)
        side = 2 * round(NEAREST_M / gsd_m) + 1
        y, x = np.nonzero(score == cv2.dilate(score, np.ones((side, side), np.uint8)))
        peak, taken = score[y, x], np.zeros(len(x), np.bool_)
        for left, top, width, height in boxes:
            inside = (x >= left) & (x <= left + width) & (y >= top) & (y <= top + height)
            taken |= inside
            true.append(float(peak[inside].max()) if inside.any() else -np.inf)
        false.append(peak[~taken])
    ordered = np.sort(np.concatenate(false))[::-1]
    return [float((np.array(true) > ordered[int(rate * len(seen))]).mean()) for rate in RATES]


def of(part: Callable[[ThermalMaps], Score]) -> Callable[[NDArray[np.uint8], float], Score]:
    def answer(picture: NDArray[np.uint8], gsd_m: float) -> Score:
        plane = part(thermal_maps(picture, gsd_m))
        return np.asarray(cv2.resize(plane, (picture.shape[1], picture.shape[0])), dtype=np.float32)

    return answer


def main() -> None:
    cv2.setNumThreads(1)
    seen = frames()
    area_ha = sum(picture.size * gsd_m**2 for picture, gsd_m, _ in seen) * 1e-4
    vehicles = sum(len(boxes) for _, _, boxes in seen)
    print(f"{len(seen)} frames, {vehicles} vehicles, {area_ha:.1f} ha; false alarms a frame: {RATES}")  # noqa: T201
    rows: dict[str, Callable[[NDArray[np.uint8], float], Score]] = {
        "score": of(thermal_fused),
        "activity": of(lambda maps: maps.activity),
        "hot": of(lambda maps: maps.hot),
        "cold": of(lambda maps: maps.cold),
        "cfar, either sign": of(lambda maps: np.abs(maps.cfar)),
        "cfar, warm": of(lambda maps: maps.cfar),
        "brightest": lambda picture, _: np.asarray(
            cv2.blur(picture.astype(np.float32), (5, 5)), dtype=np.float32
        ),
    }
    for name, answer in rows.items():
        print(f"  {name:18s} {'  '.join(f'{one:.2f}' for one in recalls(answer, seen))}")  # noqa: T201
    began = time.process_time()
    for picture, gsd_m, _ in seen:
        thermal_fused(thermal_maps(picture, gsd_m))
    spent_ms = (time.process_time() - began) / len(seen) * 1e3
    print(f"{spent_ms:.1f} ms CPU a frame of 640 x 512")  # noqa: T201


if __name__ == "__main__":
    main()
