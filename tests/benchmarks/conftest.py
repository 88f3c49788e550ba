"""Figures, not tests: collected only with `--benchmark-only` (`make bench`), so that `make test` times nothing.

Each figure stands beside that of a peer which does the same work in the same run, the two in turn, and is
read as a ratio; nothing here fails because a machine is slow. Times are CPU time of this process and all its
threads (`time.process_time`), unless a row says *wall*: the machine may be loaded.
"""

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
FOLDER_NOTE = "tests/benchmarks: not run here; `make bench` measures and prints speed and quality"
CPU, WALL = time.process_time, time.perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One way of doing some work: `amount` units of it each time it is called."""

    name: str
    run: Callable[[], Any]
    amount: float


@dataclass(slots=True)
class Table:
    """Rows of the final table: what, ours, the peer's, ratio."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    load_at_start: tuple[float, float, float] = field(default_factory=os.getloadavg)


FIGURES = pytest.StashKey[Table]()


def is_measuring(config: pytest.Config) -> bool:
    return bool(config.getoption("benchmark_only", default=False))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.is_relative_to(HERE) and not is_measuring(config):
        return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.get_closest_marker("benchmark") is None:
            item.add_marker(pytest.mark.benchmark(timer=CPU))


def shown(value: float) -> str:
    """Three figures, no exponent."""
    if value == 0.0 or abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}" if abs(value) >= 1.0 else f"{value:.3f}"


class Race:
    """Ours and a peer's, in turn, round by round: the ratio of each round is of the same minute."""

    def __init__(self, request: pytest.FixtureRequest, benchmark: Any, table: Table) -> None:
        marker = request.node.get_closest_marker("benchmark")
        self._timer: Callable[[], float] = marker.kwargs["timer"]
        self._benchmark = benchmark
        self._table = table

    def run(
        self, what: str, ours: Job, peer: Job, *, unit: str, rounds: int = 5, each: float | None = None
    ) -> None:
        """Measure and note one row.

        Args:
            what: is done.
            ours: what the package does; timed by pytest-benchmark.
            peer: what else could do it; timed by the same clock before each round.
            unit: of the figure.
            rounds: of both; the median counts.
            each: None: units per second. Otherwise time per unit, times this (1000: in ms).
        """
        ours.run()  # both warm: caches, compiled code, fonts
        peer.run()
        peer_s: list[float] = []

        def run_peer() -> None:
            began = self._timer()
            peer.run()
            peer_s.append(self._timer() - began)

        self._benchmark.pedantic(ours.run, setup=run_peer, rounds=rounds, iterations=1, warmup_rounds=0)
        ours_s = list(self._benchmark.stats.stats.data)
        ratios = sorted(
            (theirs / peer.amount) / (own / ours.amount) for own, theirs in zip(ours_s, peer_s, strict=True)
        )
        ratio = statistics.median(ratios)
        figures = [_figure(times, job.amount, each) for times, job in ((ours_s, ours), (peer_s, peer))]
        self._benchmark.extra_info |= {
            "unit": unit,
            "ours": figures[0],
            "peer": peer.name,
            "peer_figure": figures[1],
            "times_as_fast_as_peer": ratio,
            "ratio_range": [ratios[0], ratios[-1]],
        }
        self._table.rows.append(
            (
                what,
                f"{shown(figures[0])} {unit}",
                f"{shown(figures[1])} {peer.name}",
                f"{shown(ratio)} x ({shown(ratios[0])}-{shown(ratios[-1])})",
            )
        )

    def once[R](self, work: Callable[[], R]) -> R:
        """Run something whose answer counts, not its time."""
        answer: R = self._benchmark.pedantic(work, rounds=1, iterations=1)
        return answer

    def note(self, what: str, ours: str, peer: str, wanted: str) -> None:
        """One row of quality, with what it is compared with."""
        self._benchmark.extra_info[what] = {"ours": ours, "peer": peer, "wanted": wanted}
        self._table.rows.append((what, ours, peer, wanted))


def _figure(times_s: list[float], amount: float, each: float | None) -> float:
    middle_s = statistics.median(times_s)
    return amount / middle_s if each is None else each * middle_s / amount


@pytest.fixture
def race(request: pytest.FixtureRequest, benchmark: Any) -> Iterator[Race]:
    table = request.config.stash.setdefault(FIGURES, Table())
    yield Race(request, benchmark, table)


@pytest.fixture
def job() -> type[Job]:
    return Job


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not is_measuring(config):
        terminalreporter.write_line(FOLDER_NOTE)
        return
    table = config.stash.get(FIGURES, None)
    if table is None:
        return
    heads = ("what", "ours", "peer", "ratio (range), or what is wanted")
    widths = [max(len(row[column]) for row in [heads, *table.rows]) for column in range(4)]
    terminalreporter.section("figures: ours beside a peer in the same run; x: times as fast as the peer")
    for line in _conditions(table):
        terminalreporter.write_line(line)
    for row in [heads, *table.rows]:
        terminalreporter.write_line(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _conditions(table: Table) -> list[str]:
    before, after = table.load_at_start, os.getloadavg()
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        f"load average of 1, 5, 15 min: {', '.join(f'{one:.1f}' for one in before)} before, "
        f"{', '.join(f'{one:.1f}' for one in after)} after (ours among it)",
    ]
