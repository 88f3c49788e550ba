"""A batch of rays given to whichever engine can be had, those that start near each other together."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo import ray_numpy
from atalaya.geo.local_frame import LocalFrame, cube_of, frame_of
from atalaya.geo.terrain import TerrainMosaic
from atalaya.units import MetresArray


@dataclass(frozen=True, slots=True)
class Looks:
    """Rays of a batch.

    Args:
        origin_m, direction: (N, 3) ECEF.
        most_m: (N,) or (1,) no further than this along each.
    """

    origin_m: MetresArray
    direction: NDArray[np.float64]
    most_m: MetresArray

    def __len__(self) -> int:
        return len(self.direction)


def trace(
    looks: Looks, mosaic: TerrainMosaic, refraction_coefficient: float, threads: int, engine: str
) -> tuple[MetresArray, NDArray[np.uint8]]:
    """Where rays meet the ground and how they end.

    Returns:
        (N, 3) ECEF, NaN where there is no answer; (N,) codes of `ray_ends`.

    Raises:
        InputError: less than one thread, or an engine that cannot be had.
    """
    if threads < 1:
        raise InputError(f"at least one thread, got {threads}")
    kernel = _kernel(engine)
    if kernel is None:
        most_m = np.broadcast_to(looks.most_m, (len(looks),))
        return ray_numpy.trace(looks.origin_m, looks.direction, most_m, mosaic.tiles, refraction_coefficient)
    hit_m, ends = np.empty((len(looks), 3)), np.empty(len(looks), dtype=np.uint8)
    for rows, cube in _neighbourhoods(looks.origin_m):
        frame = frame_of(cube, mosaic.lowest_m, mosaic.highest_m)
        heights = kernel.Heights(mosaic.lowest_m, mosaic.highest_m, float(refraction_coefficient))
        given = (frame, heights, _tiles(mosaic, frame))
        if rows is None:
            _in_threads(kernel, looks, given, hit_m, ends, threads)
            continue
        most_m = looks.most_m if len(looks.most_m) == 1 else looks.most_m[rows]
        part = Looks(looks.origin_m[rows], looks.direction[rows], most_m)
        part_hit_m, part_ends = np.empty((len(rows), 3)), np.empty(len(rows), dtype=np.uint8)
        _in_threads(kernel, part, given, part_hit_m, part_ends, threads)
        hit_m[rows], ends[rows] = part_hit_m, part_ends
    return hit_m, ends


def _neighbourhoods(origin_m: MetresArray) -> Iterator[tuple[NDArray[np.intp] | None, NDArray[np.int64]]]:
    """Rows that start in one cube of space, and the cube; None for all rows."""
    if not len(origin_m):
        return
    if origin_m.strides[0] == 0:
        yield None, cube_of(origin_m[:1])[0]
        return
    cubes = cube_of(origin_m)
    if (cubes == cubes[0]).all():
        yield None, cubes[0]
        return
    different, which = np.unique(cubes, axis=0, return_inverse=True)
    order = np.argsort(which.reshape(-1), kind="stable")
    edges = np.searchsorted(which.reshape(-1)[order], np.arange(len(different) + 1))
    for number, cube in enumerate(different):
        yield order[edges[number] : edges[number + 1]], cube


def _in_threads(
    kernel: ModuleType,
    looks: Looks,
    given: tuple[object, ...],
    hit_m: MetresArray,
    ends: NDArray[np.uint8],
    threads: int,
) -> None:
    """All rays, in as many parts as threads; each is worked out on its own, so the parts change nothing."""
    one = looks.origin_m.strides[0] == 0
    origin_m = _plain(looks.origin_m[:1] if one else looks.origin_m)
    direction, most_m = _plain(looks.direction), _plain(looks.most_m)

    def run(first: int, last: int) -> None:
        part = slice(first, last)
        kernel.trace(
            origin_m if len(origin_m) == 1 else origin_m[part],
            direction[part],
            most_m if len(most_m) == 1 else most_m[part],
            *given,
            hit_m[part],
            ends[part],
        )

    edges = np.linspace(0, len(looks), threads + 1).astype(int).tolist()
    if threads == 1:
        run(0, len(looks))
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(run, *edges[part : part + 2]) for part in range(threads)]:
            done.result()


def _plain(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """In one block of memory and not to be written: of one kind for the compiler, whoever made it."""
    plain = np.ascontiguousarray(values).view()
    plain.flags.writeable = False
    return plain


def _tiles(mosaic: TerrainMosaic, frame: LocalFrame) -> object:
    """The tiles as the compiled kernel takes them, in degrees of a frame; held by the mosaic."""
    layers = import_module("atalaya.geo.ray_layers")
    if not mosaic.compiled:
        mosaic.compiled.append(layers.layers_of(mosaic.tiles))
    return layers.tiles_in(mosaic.compiled[0], mosaic.tiles, frame)


@cache
def _kernel(engine: str) -> ModuleType | None:
    """The compiled kernel, None for the plain one; importing it costs half a second, compiling ten, once.

    Raises:
        InputError: no such engine, or numba was wanted and cannot be had.
    """
    if engine not in {"auto", "numba", "numpy"}:
        raise InputError(f"engine is auto, numba or numpy; got {engine!r}")
    if engine == "numpy":
        return None
    compiled = None
    if sys.byteorder == "little" and find_spec("numba") is not None:
        try:
            compiled = import_module("atalaya.geo.ray_kernel")
        except RuntimeError:  # numba finds no place for what it compiles
            compiled = None
    if compiled is None and engine == "numba":
        raise InputError("the engine numba was wanted, numba cannot be imported here")
    return compiled
