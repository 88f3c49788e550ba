"""Runs the demo's sorties end to end, H.264 and all, and counts what was proposed; run by hand.

    python tests/benchmarks/measure_demo_sorties.py 0 1 2 1001

Half a minute a seed. The figures of docs/reference/local-anomaly.md come from here.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from atalaya.app.demo import DemoReport, run_demo


def tell(report: DemoReport, spent_s: float) -> None:
    """One line of what was found, one of what was stated."""
    result = report.score
    decoys = {kind.value: hits for kind, hits in result.decoy_hits.items() if hits}
    errors = ", ".join(f"{error_m:.1f}" for error_m in result.position_errors_m)
    inside = (result.share_inside_ce90 or 0.0) * len(result.found)
    print(  # noqa: T201
        f"seed {report.seed}: found {'+'.join(result.found) or '-'}, missed {'+'.join(result.missed) or '-'}, "
        f"false {result.false_candidates} {decoys}, again {result.duplicates}, "
        f"off by {errors} m, inside CE90 {inside:.0f}, {spent_s:.0f} s"
    )
    stated = ", ".join(f"{site.candidate.probability:.2f}" for site in report.proposed)
    print(f"   stated {stated}")  # noqa: T201


def main(seeds: list[int]) -> None:
    """Every seed, then the sums."""
    reports = []
    for seed in seeds:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            reports.append(run_demo(Path(folder) / "workspace", seed=seed))
        tell(reports[-1], time.perf_counter() - began)
    scores = [report.score for report in reports]
    stated = [site.candidate.probability for report in reports for site in report.proposed]
    found = sum(len(one.found) for one in scores)
    true = found + sum(one.duplicates for one in scores)
    inside = sum((one.share_inside_ce90 or 0.0) * len(one.found) for one in scores)
    errors_m = [error_m for one in scores for error_m in one.position_errors_m]
    print(  # noqa: T201
        f"found {found} of {found + sum(len(one.missed) for one in scores)}, inside CE90 {inside:.0f}, "
        f"false {sum(one.false_candidates for one in scores)}, off by {np.median(errors_m):.1f} m (median) "
        f"{max(errors_m):.1f} m (max), stated {np.mean(stated):.2f}, true {true / len(stated):.2f}"
    )


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0])
