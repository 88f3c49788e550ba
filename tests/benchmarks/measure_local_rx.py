"""Local RX beside `spectral` in the same run: the same windows, its AUC and its speed; run by hand.

    python tests/benchmarks/measure_local_rx.py

The three villages of Haiti in Lab at 0.32 m (41 shelters drawn by eye), and seeded cubes of 3, 6 and 10 bands
with small anomalies. Rates are of processor time on one thread, in thousands of pixels per second.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import spectral
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

from atalaya.detection.local_rx import local_rx, local_rx_numpy, ring_rx

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared_data import shared_file

GSD_M, PICTURE_GSD_M = 0.32, 0.08
WINDOW = (19, 75)
"""6 m and 24 m at 0.32 m."""
CUBE_WINDOW = (9, 41)
type Cube = NDArray[np.float64]
type Mask = NDArray[np.bool_]


def villages() -> list[tuple[str, Cube, Mask]]:
    found = []
    scale = PICTURE_GSD_M / GSD_M
    for name, note in json.loads(shared_file("data/detect/haiti/villages_shelters.json").read_text()).items():
        loaded = cv2.imread(str(shared_file(f"data/detect/haiti/{name}.jpg")))
        assert loaded is not None
        left, top, right, bottom = note["valid"]
        drawn = np.zeros(loaded.shape[:2], np.uint8)
        for outline in note["shelter"]:
            cv2.fillPoly(drawn, [np.round(outline).astype(np.int32)], (255,))
        lab = cv2.cvtColor(loaded[top:bottom, left:right], cv2.COLOR_BGR2LAB)
        size = (round(lab.shape[1] * scale), round(lab.shape[0] * scale))
        small = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(drawn[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
        found.append((name, small.astype(np.float64), np.asarray(mask) >= 128))
    return found


def simulated(bands: int, seed: int) -> tuple[Cube, Mask]:
    """Two kinds of ground, correlated bands and neighbours, and 30 things of 3 x 3 px 2 to 3 spreads off."""
    rng = np.random.default_rng(seed)
    side = 128
    kind = gaussian_filter(rng.normal(size=(side, side)), 8.0) > 0.0
    noise = np.stack([gaussian_filter(rng.normal(size=(side, side)), 0.7) for _ in range(bands)], axis=-1)
    noise /= noise.std()
    cube = noise @ rng.normal(size=(bands, bands)) + np.where(
        kind[..., None], rng.normal(size=bands) * 3.0, 0.0
    )
    mask = np.zeros((side, side), dtype=np.bool_)
    for row, col in rng.integers(4, side - 7, (30, 2)):
        cube[row : row + 3, col : col + 3] += rng.normal(size=bands) * rng.uniform(2.0, 3.0)
        mask[row : row + 3, col : col + 3] = True
    return cube, mask


def area_under_curve(true: Mask, score: NDArray[np.floating]) -> float:
    ranks, count = rankdata(score.ravel()), int(true.sum())
    return float((ranks[true.ravel()].sum() - count * (count + 1) / 2) / (count * (true.size - count)))


def timed(run: Callable[[], NDArray[np.floating]], times: int) -> tuple[NDArray[np.floating], float]:
    began = time.process_time()
    for _ in range(times - 1):
        run()
    answer = run()
    return answer, times * answer.size / (time.process_time() - began) / 1000.0


def say(name: str, cube: Cube, mask: Mask, window: tuple[int, int]) -> None:
    local_rx(cube, window)
    theirs, their_rate = timed(lambda: spectral.rx(cube, window=window), 1)
    ours, rate = timed(lambda: local_rx(cube, window), 20)
    plain, plain_rate = timed(lambda: local_rx_numpy(cube, window), 3)
    apart = float(np.nanmax(np.abs(ours / theirs - 1.0)))
    aucs = [area_under_curve(mask, score) for score in (theirs, ours, plain)]
    print(  # noqa: T201
        f"{name}, {cube.shape}, window {window}: AUC spectral {aucs[0]:.4f}, ours {aucs[1]:.4f}, NumPy {aucs[2]:.4f}; "
        f"largest relative difference {apart:.1e}; kpx/s: {their_rate:.1f}, {rate:.0f}, {plain_rate:.0f}; "
        f"{rate / their_rate:.0f} times"
    )


def main() -> None:
    spectral.settings.show_progress = False
    for name, cube, mask in villages():
        say(name, cube, mask, WINDOW)
        channels = cube.astype(np.float32)
        ring, rate = timed(partial(ring_rx, channels, GSD_M), 20)
        print(f"  ring_rx (6 to 60 m, cells): AUC {area_under_curve(mask, ring):.4f}; {rate:.0f} kpx/s")  # noqa: T201
    for bands in (3, 6, 10):
        cube, mask = simulated(bands, bands)
        say(f"{bands} bands", cube, mask, CUBE_WINDOW)
    large = np.random.default_rng(0).normal(size=(432, 768, 3))
    for name, run in (
        ("local_rx", lambda: local_rx(large, WINDOW)),
        ("ring_rx", lambda: ring_rx(large.astype(np.float32), 0.4)),
    ):
        _, rate = timed(run, 5)
        print(f"{name} on 768 x 432 x 3: {rate:.0f} kpx/s, {large[..., 0].size / rate:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
