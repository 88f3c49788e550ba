"""The pictures of a simulated scene, one after the other, made by one process or by several.

A picture depends on the scene and its own number alone, so who makes it changes no byte.
"""

import functools
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import ExternalError, InputError
from atalaya.simulation.pictures3d import Studio, colour_picture, studio_of, thermal_picture
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.sortie3d import make_sortie3d

MOST_JOBS = 64


class Channel(StrEnum):
    """Which camera; the name of its stream."""

    COLOUR = "eo"
    THERMAL = "ir"


_TAKE: dict[Channel, Callable[[Studio, int], NDArray[np.uint8]]] = {
    Channel.COLOUR: colour_picture,
    Channel.THERMAL: thermal_picture,
}


def channels_of(spec: SceneSpec) -> tuple[Channel, ...]:
    """The cameras that record.

    Raises:
        InputError: none does.
    """
    wanted = ((Channel.COLOUR, spec.colour), (Channel.THERMAL, spec.infrared))
    found = tuple(channel for channel, records in wanted if records)
    if not found:
        raise InputError(f"scene {spec.name}: colour or infrared was wanted, both are off")
    return found


@contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """Processes that make pictures, for all streams of a scene; None where one is enough.

    Args:
        jobs: how many; each builds the world for itself first.

    Raises:
        InputError: no such number. ExternalError: one of them died.
    """
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"1 to {MOST_JOBS} processes were wanted, got {jobs}")
    if jobs == 1:
        yield None
        return
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ExternalError("a process that made pictures died") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def pictures(
    studio: Studio, channel: Channel, indices: Sequence[int], pool: Executor | None
) -> Iterator[NDArray[np.uint8]]:
    """The pictures of these frames, in this order.

    Args:
        studio: the flown scene.
        channel: which camera.
        indices: frames.
        pool: who makes them; None for this process.

    Yields:
        (H, W, 3) uint8.

    Raises:
        InputError: a frame that there is not, or a picture of the sky.
    """
    if pool is None:
        for index in indices:
            yield _TAKE[channel](studio, index)
    else:
        yield from pool.map(functools.partial(_take, studio.sortie.spec, channel), indices)


def _take(spec: SceneSpec, channel: Channel, index: int) -> NDArray[np.uint8]:
    """One picture in a process of its own, which keeps the world for the next."""
    return _TAKE[channel](_studio(spec), index)


@functools.lru_cache(maxsize=1)
def _studio(spec: SceneSpec) -> Studio:
    return studio_of(make_sortie3d(spec))
