"""Work that is cut into pieces and done by several processes: the answers come in the order of the pieces."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

import cv2

from atalaya.errors import ExternalError, InputError

MOST_JOBS = 64


def each[P, R](work: Callable[[P], R], pieces: Sequence[P], jobs: int) -> Iterator[R]:
    """The answer to each piece, in their order, whoever was quick.

    Args:
        work: a function of a module, that depends on nothing but its piece.
        pieces: each is sent to the process that does it.
        jobs: how many processes; 1 does the work here.

    Raises:
        InputError: no such number of processes. ExternalError: a process died. Whatever the work raises.
    """
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"1 to {MOST_JOBS} processes can work, got {jobs}")
    if jobs == 1 or len(pieces) < 2:
        yield from map(work, pieces)
        return
    pool = ProcessPoolExecutor(
        min(jobs, len(pieces)), mp_context=_prepared(work.__module__), initializer=_single_threaded
    )
    try:
        yield from pool.map(work, pieces)
    except BrokenProcessPool as error:
        raise ExternalError(f"a process that worked on a part of it died: {error}") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepared(module: str) -> ForkServerContext:
    """Where new processes come from: one that has read the work's module already, and runs no threads.

    What it reads is said before its first process; later works of other modules read theirs themselves.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([module])
    return context


def _single_threaded() -> None:
    """Processes share the cores; none takes more than one."""
    cv2.setNumThreads(1)
