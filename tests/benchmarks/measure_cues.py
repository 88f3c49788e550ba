"""Measures the cues on the shared real pictures and prints each figure beside its target.

    ATALAYA_SHARED=../shared python tests/benchmarks/measure_cues.py

Pixel AUC per picture of Haiti (41 tarp shelters in three) and shelters of which 5 % lie in the top 3 % of pixels,
for the fused score, each cue alone and two peers: global RX on Lab and the spectral residual (Hou and Zhang 2007).
Weights chosen on these pictures are chosen again without each of them in turn. Then the six real backgrounds
without structures, and processor time per 1080p keyframe.
"""

import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.cues import LEAST_SPREAD, MOST_SPREADS, CueMaps, cue_maps, fused, score_maps

sys.path.insert(0, str(Path(__file__).parents[1]))

from real_villages import (
    BACKGROUND_GSD_M,
    HAITI_GSD_M,
    Picture,
    Village,
    area_under_curve,
    read,
    shelters_hit,
    villages,
)
from shared_data import SHARED

DATA = SHARED / "data/detect"
CUES = list(CueMaps.__dataclass_fields__)[3:]
type Score = NDArray[np.float32]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def backgrounds(gsd_m: float) -> list[Picture]:
    paths = sorted(one for one in (DATA / "negatives").iterdir() if one.suffix in {".tif", ".png", ".jpg"})
    return [read(f"data/detect/negatives/{path.name}", BACKGROUND_GSD_M / gsd_m) for path in paths]


def global_rx(rgb: Picture) -> Score:
    lab = cv2.blur(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32), (3, 3)).reshape(-1, 3)
    apart = lab - lab.mean(axis=0)
    inverse = np.linalg.inv(apart.T @ apart / len(apart))
    return np.asarray(np.einsum("ni,ij,nj->n", apart, inverse, apart), np.float32).reshape(rgb.shape[:2])


def spectral_residual(rgb: Picture) -> Score:
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (256, 256), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(grey.astype(np.float64))
    log_size = np.log(np.abs(spectrum) + 1.0)
    residual = np.exp(log_size - cv2.blur(log_size, (3, 3)) + 1j * np.angle(spectrum))
    saliency = cv2.GaussianBlur(np.abs(np.fft.ifft2(residual)) ** 2, (0, 0), 2.5)
    return np.asarray(cv2.resize(saliency, (rgb.shape[1], rgb.shape[0])), dtype=np.float32)


def report(name: str, answer: Callable[[Picture], Score], seen: list[Village], target: str = "") -> None:
    scores = [answer(picture) for picture, _, _ in seen]
    aucs = [area_under_curve(mask, score) for score, (_, mask, _) in zip(scores, seen, strict=True)]
    hits = sum(shelters_hit(score, each) for score, (_, _, each) in zip(scores, seen, strict=True))
    apart = ", ".join(f"{auc:.3f}" for auc in aucs)
    say(f"  {name:18s} AUC {np.mean(aucs):.3f} ({apart}), {hits}/41 shelters {target}")


def the_score(gsd_m: float) -> Callable[[Picture], Score]:
    return lambda rgb: fused(cue_maps(rgb, gsd_m))


def one_cue(name: str, gsd_m: float) -> Callable[[Picture], Score]:
    def answer(rgb: Picture) -> Score:
        plane = getattr(cue_maps(rgb, gsd_m), name)
        wide = cv2.resize(plane, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
        side = 2 * round(1.0 / gsd_m) + 1
        return np.asarray(cv2.blur(wide, (side, side), borderType=cv2.BORDER_REFLECT), dtype=np.float32)

    return answer


def leave_one_out(gsd_m: float) -> None:
    """Every weight halved, kept or doubled, chosen on two pictures and judged on the third."""
    seen = villages(gsd_m)
    parts = []
    for picture, mask, _ in seen:
        maps = cue_maps(picture, gsd_m)
        blue = (maps.blueness - np.median(maps.blueness)) / (maps.blueness.std() + LEAST_SPREAD)
        logs = [0.5 * np.log(maps.lab_rx + 0.5), 0.5 * np.log(maps.chroma_rx + 0.5)]
        logs += [np.log(maps.structure + 8.0), 0.6 * np.log(maps.edges + 20.0)]
        logs += [0.4 * np.log(maps.colour_edges + 8.0), np.clip(blue, -MOST_SPREADS, MOST_SPREADS)]
        size = (maps.blueness.shape[1], maps.blueness.shape[0])
        small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        parts.append(([cv2.blur(one, (5, 5)) for one in logs], small))
    table = []
    for weights in product((0.5, 1.0, 2.0), repeat=6):
        scores = [sum(w * one for w, one in zip(weights, logs, strict=True)) for logs, _ in parts]
        table.append(
            [area_under_curve(part[1], np.asarray(s)) for s, part in zip(scores, parts, strict=True)]
        )
    aucs = np.array(table)
    held = [aucs[np.delete(aucs, left, axis=1).mean(axis=1).argmax(), left] for left in range(3)]
    say(
        f"  left out in turn   AUC {np.mean(held):.3f}; of 729 choices the worst has {aucs.mean(axis=1).min():.3f}"
    )


def false_side(gsd_m: float) -> None:
    """How much of land without structures scores as the shelters do, at the bar that 34 of 41 pass."""
    seen = villages(gsd_m)
    scores = [fused(cue_maps(picture, gsd_m)) for picture, _, _ in seen]
    tops = sorted(
        (
            float(np.quantile(score[one], 0.95))
            for score, (_, _, each) in zip(scores, seen, strict=True)
            for one in each
        ),
        reverse=True,
    )
    ground_m = max(gsd_m, BACKGROUND_GSD_M)
    empty = [fused(cue_maps(picture, ground_m)) for picture in backgrounds(gsd_m)]
    shares, blobs, area_km2 = [], 0, 0.0
    for score in empty:
        above = (score > tops[33]).astype(np.uint8)
        shares.append(float(above.mean()))
        blobs += cv2.connectedComponents(above, connectivity=8)[0] - 1
        area_km2 += score.size * ground_m**2 * 1e-6
    apart = ", ".join(f"{share:.4f}" for share in shares)
    say(
        f"  six backgrounds    share above the bar that 34 of 41 shelters pass: {apart}; {blobs} marks in {area_km2:.4f} km2"
    )


def speed() -> None:
    picture = villages(HAITI_GSD_M)[2][0]
    frame = np.ascontiguousarray(np.tile(picture, (2, 2, 1))[:1080, :1920])
    for gsd_m in (0.08, 0.16, 0.3):
        spent_ms = []
        for maps in (cue_maps, score_maps):
            fused(maps(frame, gsd_m))
            began = time.process_time()
            for _ in range(5):
                fused(maps(frame, gsd_m))
            spent_ms.append((time.process_time() - began) * 200.0)
        target = "(target: 80, 140 with accumulation)" if gsd_m == 0.16 else ""
        say(f"1080p at {gsd_m} m: {spent_ms[0]:.0f} ms CPU {target}, the score alone {spent_ms[1]:.0f} ms")


def main() -> None:
    cv2.setNumThreads(1)
    for gsd_m in (0.08, 0.16, 0.32):
        seen = villages(gsd_m)
        say(f"GSD {gsd_m} m")
        report("fused", the_score(gsd_m), seen, "(targets: 0.94, 34)")
        report("global RX", global_rx, seen)
        report("spectral residual", spectral_residual, seen)
        leave_one_out(gsd_m)
        false_side(gsd_m)
        for name in CUES:
            report(name, one_cue(name, gsd_m), seen)
    speed()


if __name__ == "__main__":
    main()
