"""How well colour alone tells blue tarps, beside its targets; run by hand.

    python tests/benchmarks/measure_plastic.py [--peers]

Ten-fold cross-validation on the labelled pixels of Haiti, whole pipeline per fold as in `tests/plastic_fit.py`, the
threshold where its F1 is best; recall on three frames held out (tarps only) at that threshold; what would be
false alarms on forest and savanna of another camera and beside shelters; pixels a second of one core.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

from atalaya.detection.plastic import BITS_AT_BEST_F1, no_more_than_rare, plastic_bits

sys.path.insert(0, str(Path(__file__).parents[1]))

from plastic_fit import Colours, Flags, fit_with_less_light, labelled_pixels
from shared_data import SHARED, shared_file

FRAMES = ("067", "069", "078")
PEERS = {
    "boosting on raw RGB": lambda: HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.08, random_state=0
    ),
    "15 neighbours on raw RGB": lambda: KNeighborsClassifier(15),
    "LDA on raw RGB": LinearDiscriminantAnalysis,
}
type Scores = NDArray[np.float64]


def held_out() -> dict[str, Colours]:
    """(N, 3) tarp pixels of each held-out frame."""
    found = {}
    for frame in FRAMES:
        lines = shared_file(f"data/detect/haiti/orthovnir{frame}_ROI_Blue_Tarps.txt").read_text().splitlines()
        rows = [line.split()[-3:] for line in lines if line.strip() and not line.startswith(";")]
        found[frame] = np.array(rows, dtype=np.int64).astype(np.uint8)
    return found


def cross_validated(colours: Colours, tarp: Flags, seed: int) -> Scores:
    scores = np.zeros(len(tarp))
    for train, test in StratifiedKFold(10, shuffle=True, random_state=seed).split(colours, tarp):
        scores[test] = fit_with_less_light(colours[train], tarp[train]).bits(colours[test])
    return scores


def best_f1(tarp: Flags, scores: Scores) -> tuple[float, float]:
    """The best F1 and the lowest threshold that gives it (pixels at or above it are called tarps)."""
    order = np.argsort(-scores, kind="stable")
    hits, called = np.cumsum(tarp[order]), np.arange(1, len(tarp) + 1)
    last = np.append(scores[order][1:] != scores[order][:-1], True)
    f1 = np.where(last, 2.0 * hits / (called + tarp.sum()), 0.0)
    return float(f1.max()), float(scores[order][f1.argmax()])


def say_peers(colours: Colours, tarp: Flags, held: dict[str, Colours]) -> None:
    for name, make in PEERS.items():
        scores = np.zeros(len(tarp))
        for train, test in StratifiedKFold(10, shuffle=True, random_state=1).split(colours, tarp):
            scores[test] = make().fit(colours[train], tarp[train]).predict_proba(colours[test])[:, 1]
        f1, bar = best_f1(tarp, scores)
        fitted = make().fit(colours, tarp)
        seen = fitted.predict_proba(np.concatenate(list(held.values())))[:, 1] >= bar
        print(f"  {name}: F1 {f1:.4f}, held-out recall {seen.mean():.4f}")  # noqa: T201


def say_false_alarms(bar_bits: float) -> None:
    for path in sorted((SHARED / "data/detect/negatives").iterdir()):
        loaded = cv2.imread(str(path))
        if loaded is None:
            continue
        bits = plastic_bits(np.asarray(cv2.cvtColor(loaded, cv2.COLOR_BGR2RGB), dtype=np.uint8))
        rare = no_more_than_rare(bits)
        alone, capped = (100.0 * float((one >= bar_bits).mean()) for one in (bits, rare))
        print(f"  {path.stem[:24]}: {alone:.2f} % called; {capped:.2f} % where capped by rarity")  # noqa: T201


def say_shelters(bar_bits: float) -> None:
    notes = json.loads(shared_file("data/detect/haiti/villages_shelters.json").read_text())
    for name, note in notes.items():
        loaded = cv2.imread(str(shared_file(f"data/detect/haiti/{name}.jpg")))
        assert loaded is not None
        rgb = np.asarray(cv2.cvtColor(loaded, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        left, top, right, bottom = note["valid"]
        inside = np.zeros(rgb.shape[:2], dtype=np.uint8)
        for outline in note["shelter"]:
            cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], (1,))
        beside = np.asarray(cv2.dilate(inside, np.ones((13, 13), np.uint8)))[top:bottom, left:right] == 0
        on = inside[top:bottom, left:right] > 0
        bits = plastic_bits(np.ascontiguousarray(rgb[top:bottom, left:right]))
        ranks, count = rankdata(bits.ravel()), int(on.sum())
        auc = (ranks[on.ravel()].sum() - count * (count + 1) / 2) / (count * (on.size - count))
        print(  # noqa: T201
            f"  {name}: AUC {auc:.3f}; called {100 * (bits[on] >= bar_bits).mean():.1f} % on shelters, "
            f"{100 * (bits[beside] >= bar_bits).mean():.2f} % more than half a metre beside them"
        )


def say_speed() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3), dtype=np.uint8)
    calm = cv2.GaussianBlur(rgb, (0, 0), 3.0)
    for name, picture in (("noise", rgb), ("smooth", np.asarray(calm, dtype=np.uint8))):
        plastic_bits(picture)
        began = time.process_time()
        for _ in range(20):
            plastic_bits(picture)
        rate = 20 * rgb.shape[0] * rgb.shape[1] / (time.process_time() - began) * 1e-6
        print(f"{name}: {rate:.0f} Mpx per CPU second (wanted 50)")  # noqa: T201


def main() -> None:
    colours, tarp = labelled_pixels()
    held = held_out()
    for seed in (1, 2, 3):
        f1, bar = best_f1(tarp, cross_validated(colours, tarp, seed))
        seen = {frame: plastic_bits(one[None]) >= bar for frame, one in held.items()}
        every = np.concatenate([one.ravel() for one in seen.values()])
        per_frame = ", ".join(f"{frame} {one.mean():.4f}" for frame, one in seen.items())
        print(  # noqa: T201
            f"folds of seed {seed}: F1 {f1:.4f} (wanted .955) at {bar:.3f} bits; held out: "
            f"{every.mean():.4f} of {every.size} (wanted .98): {per_frame}"
        )
    if "--peers" in sys.argv:
        say_peers(colours, tarp, held)
    print(f"at {BITS_AT_BEST_F1} bits:")  # noqa: T201
    say_false_alarms(BITS_AT_BEST_F1)
    say_shelters(BITS_AT_BEST_F1)
    say_speed()


if __name__ == "__main__":
    main()
