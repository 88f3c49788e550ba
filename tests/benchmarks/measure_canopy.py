"""Measures looking through a canopy over real ground and prints each figure beside its target.

    ATALAYA_SHARED=../shared python tests/benchmarks/measure_canopy.py [FOLDER]

Three real pictures of 41 tarp shelters at 0.16 m under a simulated canopy that hides 50, 70 and 85 % in each look;
mean pixel AUC over the pictures and seeds. The weights of looks were chosen on seeds 1 and 2; these are 11 to 13.
Given a folder, the picture and the curve of docs/explain/looking-through-canopy.md are written to it.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from canopy_looks import (
    Looks,
    Score,
    estimated_share,
    orbit,
    pooled,
    single,
    stare,
    through,
    through_lasting,
)
from real_villages import Village, area_under_curve, shelters_hit, villages

SEEDS = (11, 12, 13)
COUNTS = (1, 2, 4, 8, 16, 32)
SHARES = (0.5, 0.7, 0.85)
OFF_M = (0.4, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
"""East and north each, one sigma."""
type Table = dict[str, list[tuple[float, int]]]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def judge(table: Table, name: str, score: Score, village: Village) -> None:
    row = (area_under_curve(village.shelter, score), shelters_hit(score, village.each))
    table.setdefault(name, []).append(row)


def one_ground(table: Table, village: Village, share: float, seed: int) -> float:
    looks = orbit(village.picture, share, max(COUNTS), seed)
    scores = {id(one): single(one) for one in looks.every(16).pictures}
    judge(table, "clear ground", single(village.picture), village)
    for count in COUNTS:
        some = looks.every(count)
        judge(table, f"integral {count}", through(some)[0], village)
        if count > 1:
            judge(table, f"lasting {count}", through_lasting(some)[0], village)
        judge(table, f"plain mean {count}", through(some, weighted=False)[0], village)
        if 1 < count <= 16:
            for how, score in pooled([scores[id(one)] for one in some.pictures]).items():
                judge(table, f"{how} of scores {count}", score, village)
    for score in scores.values():
        judge(table, "one look", score, village)
    still = stare(village.picture, share, 16, seed + 1000)
    judge(table, "stare 16", through(still)[0], village)
    judge(table, "lasting stare 16", through_lasting(still)[0], village)
    judge(table, "stare 1", single(still.pictures[0]), village)
    found, true = estimated_share(looks.every(16), 2.0)
    off = float(np.abs(found - true).mean())
    say(
        f"  hidden in 16 looks {true.mean():.3f}, estimated {found.mean():.3f}, squares of 2 m off by {off:.3f}"
    )
    return looks.hidden


def auc(table: Table, name: str) -> float:
    return float(np.mean([one for one, _ in table[name]]))


def report(share: float) -> Table:
    table: Table = {}
    hidden = [one_ground(table, village, share, seed) for seed in SEEDS for village in villages(0.16)]
    say(f"{100 * share:.0f} % wanted, {100 * float(np.mean(hidden)):.1f} % of the ground hidden in each look")
    for name, rows in table.items():
        hits = 41.0 * sum(hit for _, hit in rows) / (41.0 * len(rows) / 3.0)
        say(f"  {name:24s} AUC {auc(table, name):.3f}  shelters {hits:.1f} of 41")
    gain = auc(table, "integral 16") - auc(table, "one look")
    best = max((auc(table, name), name) for name in table if name.endswith(" of scores 4"))
    say(f"  gain of 16 looks over one: {gain:+.3f}" + ("  (target +0.20)" if share == 0.7 else ""))
    at_four = auc(table, "integral 4") - best[0]
    say(f"  4 looks over {best[1]}: {at_four:+.3f}" + ("  (target +0.05)" if share == 0.7 else ""))
    say(f"  lasting: {auc(table, 'lasting 16') - auc(table, 'one look'):+.3f} at 16, ")
    say(f"  {auc(table, 'lasting 4') - best[0]:+.3f} at 4 over {best[1]}")
    still = auc(table, "lasting stare 16") - auc(table, "stare 1")
    say(f"  lasting, stare of 16 over one: {still:+.3f}  (target: nothing)")
    say(f"  stare of 16 over one: {auc(table, 'stare 16') - auc(table, 'stare 1'):+.3f}  (target: nothing)")
    return table


def curve(tables: dict[float, Table], path: Path) -> None:
    """AUC over the number of looks as an SVG that reads on dark and on light."""
    left, top, wide, high = 60.0, 20.0, 480.0, 260.0
    colours = {0.5: "#2a9d6f", 0.7: "#c77700", 0.85: "#b0429a"}

    def place(step: int, value: float) -> str:
        x = left + wide * step / (len(COUNTS) - 1)
        return f"{x:.1f},{top + high * (1.0 - (value - 0.5) / 0.5):.1f}"

    head = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 340" font-family="sans-serif" font-size="13"'
    parts = [f'<svg {head} fill="#888"><title>AUC over the number of looks</title>']
    for value in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        y = top + high * (1.0 - (value - 0.5) / 0.5)
        parts.append(f'<path d="M{left},{y:.1f}h{wide}" stroke="#888" stroke-opacity=".3"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>')
    for step, count in enumerate(COUNTS):
        x = left + wide * step / (len(COUNTS) - 1)
        parts.append(f'<text x="{x:.1f}" y="{top + high + 20}" text-anchor="middle">{count}</text>')
    parts.append(f'<text x="{left + wide / 2}" y="{top + high + 42}" text-anchor="middle">looks</text>')
    for share, table in tables.items():
        values = [auc(table, f"integral {count}") for count in COUNTS]
        line = " ".join(place(step, value) for step, value in enumerate(values))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colours[share]}" stroke-width="2.5"/>')
        pools = [auc(table, "one look"), *(auc(table, f"mean of scores {count}") for count in COUNTS[1:5])]
        line = " ".join(place(step, value) for step, value in enumerate(pools))
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colours[share]}" stroke-dasharray="4 4"/>'
        )
        y = top + high * (1.0 - (values[-1] - 0.5) / 0.5)
        parts.append(
            f'<text x="{left + wide + 8}" y="{y + 4:.1f}" fill="{colours[share]}">{share:.0%} hidden</text>'
        )
    path.write_text("\n".join([*parts, "</svg>\n"]))


def picture(path: Path) -> None:
    """One look, the integral of 4 and of 16, and the ground itself, side by side."""
    village = villages(0.16)[0]
    looks: Looks = orbit(village.picture, 0.7, 32, 11)
    shown = [looks.pictures[0], through(looks.every(4))[1], through(looks.every(16))[1], village.picture]
    row, col = (int(at.mean()) for at in np.nonzero(village.shelter))
    height, width = village.picture.shape[:2]
    top, left = min(max(0, row - 120), height - 240), min(max(0, col - 100), width - 200)
    parts = [one[top : top + 240, left : left + 200] for one in shown]
    strip = np.concatenate(
        [cv2.copyMakeBorder(one, 0, 0, 0, 4, cv2.BORDER_CONSTANT) for one in parts], axis=1
    )
    bgr = cv2.cvtColor(strip, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, 85])


def misregistered() -> None:
    """What of the gain of 16 looks at 70 % canopy is left where looks lie beside one another."""
    grounds = [(village, seed) for village in villages(0.16) for seed in SEEDS[:2]]

    def mean_auc(off_m: float, answer: Callable[[Looks], Score]) -> float:
        looks = [(orbit(village.picture, 0.7, 16, seed, off_m), village) for village, seed in grounds]
        return float(np.mean([area_under_curve(village.shelter, answer(one)) for one, village in looks]))

    one_look = mean_auc(0.0, lambda looks: single(looks.pictures[0]))
    perfect = mean_auc(0.0, lambda looks: through(looks)[0])
    say(f"16 looks at 70 %, laid exactly: {perfect:.3f}, one look {one_look:.3f}")
    for off_m in OFF_M:
        found = mean_auc(off_m, lambda looks: through(looks)[0])
        kept = (found - one_look) / (perfect - one_look)
        say(f"  each look off by {1.414 * off_m:.2f} m RMS: {found:.3f}, {kept:.0%} of the gain")


def main() -> None:
    cv2.setNumThreads(1)
    bare = [estimated_share(orbit(one.picture, 0.0, 16, SEEDS[0]), 2.0)[0].mean() for one in villages(0.16)]
    say(f"no crowns at all: estimated {', '.join(f'{share:.2f}' for share in bare)} hidden")
    misregistered()
    tables = {share: report(share) for share in SHARES}
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        curve(tables, folder / "canopy-curve.svg")
        picture(folder / "canopy-looks.jpg")


if __name__ == "__main__":
    main()
