"""Terrain grids as the compiled rays take them: addresses and sizes, which nobody counts references to."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from atalaya.geo.local_frame import LocalFrame
from atalaya.geo.mipmap import Heights as Nodes
from atalaya.geo.ray_path import Floats, compiled_in_place
from atalaya.geo.terrain import TerrainGrid

type Pointed = Sequence[float]
"""Heights in memory from some address on."""


class Grid(NamedTuple):
    """One terrain grid and its mipmap.

    Args:
        nodes_m: row by row. rows, cols: of them.
        highest_m: all levels. offset, blocks_across, blocks_down: (L,) or longer.
        levels: how many of those count.
    """

    nodes_m: Pointed
    rows: int
    cols: int
    highest_m: Pointed
    offset: NDArray[np.int64]
    blocks_across: NDArray[np.int64]
    blocks_down: NDArray[np.int64]
    levels: int


class Layers(NamedTuple):
    """How terrain grids, best first, lie in memory.

    Args:
        like: (0,) of the kind of all heights.
        size: (T, 2) rows and columns of nodes.
        offset, blocks_across, blocks_down: (T, L) of the mipmaps.
        levels: (T,) how many of those count.
    """

    like: Nodes
    size: NDArray[np.int64]
    offset: NDArray[np.int64]
    blocks_across: NDArray[np.int64]
    blocks_down: NDArray[np.int64]
    levels: NDArray[np.int64]


class Held(NamedTuple):
    """Layers and their heights: kept as long as rays are cast on them."""

    layers: Layers
    nodes_m: list[Nodes]
    highest_m: list[Nodes]


class Tiles(NamedTuple):
    """Layers, found and placed.

    Args:
        layers: the grids.
        address: (T, 2) where the nodes and the mipmap of each begin in memory: a list of arrays would have
            every use of one counted.
        place: (T, 7) degrees from the middle meridian to that of the frame; from the west to the middle;
            columns per degree; from the frame to the north; rows per degree; the last column and row.
    """

    layers: Layers
    address: NDArray[np.int64]
    place: Floats


def layers_of(tiles: tuple[TerrainGrid, ...]) -> Held:
    """Grids as the compiled functions take them; those of a mosaic as float32, which moves none by 0.3 mm."""
    mipmaps = [tile.mipmap for tile in tiles]
    depth = max(len(one.offset) for one in mipmaps)
    offset, across, down = np.zeros((3, len(tiles), depth), dtype=np.int64)
    for row, one in enumerate(mipmaps):
        levels = len(one.offset)
        offset[row, :levels] = one.offset
        across[row, :levels], down[row, :levels] = one.blocks_across, one.blocks_down
    nodes_m, highest_m = _of_one_kind(tiles)
    layers = Layers(
        np.empty(0, dtype=nodes_m[0].dtype),
        np.array([one.shape for one in nodes_m], dtype=np.int64),
        offset,
        across,
        down,
        np.array([len(one.offset) for one in mipmaps], dtype=np.int64),
    )
    return Held(layers, nodes_m, highest_m)


def _of_one_kind(tiles: tuple[TerrainGrid, ...]) -> tuple[list[Nodes], list[Nodes]]:
    """Nodes and mipmaps, each in one block of memory, all float32 or all float64 of this machine."""
    if len(tiles) == 1:
        kind = np.float32 if tiles[0].hae_m.dtype == np.float32 else np.float64
        return [_kept(tiles[0].hae_m, kind)], [_kept(tiles[0].mipmap.highest_m, kind)]
    highest_m = [tile.mipmap.highest_m.astype(np.float32, copy=False) for tile in tiles]
    above_m = [np.nextafter(one_m, np.float32(np.inf)) for one_m in highest_m]
    return [_kept(tile.hae_m, np.float32) for tile in tiles], [_kept(one_m, np.float32) for one_m in above_m]


def _kept(values: Nodes, kind: type[np.float32 | np.float64]) -> Nodes:
    return cast("Nodes", np.require(values, kind, ["C", "A"]))


def tiles_in(held: Held, tiles: tuple[TerrainGrid, ...], frame: LocalFrame) -> Tiles:
    """Grids placed in the degrees of a frame; good as long as what is held of them is."""
    both = zip(held.nodes_m, held.highest_m, strict=True)
    address = np.array(
        [[nodes_m.ctypes.data, highest_m.ctypes.data] for nodes_m, highest_m in both], np.int64
    )
    place = np.empty((len(tiles), 7))
    for row, tile in enumerate(tiles):
        half_deg = 0.5 * tile.step_lon_deg * (tile.hae_m.shape[1] - 1)
        place[row, 0] = frame.lon_deg - (tile.west_deg + half_deg)
        place[row, 1] = half_deg
        place[row, 2] = 1.0 / tile.step_lon_deg
        place[row, 3] = tile.north_deg - frame.lat_deg
        place[row, 4] = 1.0 / tile.step_lat_deg
        place[row, 5], place[row, 6] = tile.hae_m.shape[1] - 1, tile.hae_m.shape[0] - 1
    return Tiles(held.layers, address, place)


def _pointer_code(_: object, address: Any, like: Any) -> Any:
    """What the compiler writes for `_pointer`."""
    pointer = types.CPointer(like.dtype)  # type: ignore[no-untyped-call]

    def written(context: Any, builder: Any, _: object, given: Any) -> object:
        return builder.inttoptr(given[0], context.get_value_type(pointer))

    return pointer(address, like), written


_pointer = cast("Callable[[int, Nodes], Pointed]", intrinsic(_pointer_code))
"""Heights from an address on, of the same kind as others."""


@compiled_in_place
def grid_of(tiles: Tiles, tile: int) -> Grid:
    """One of the grids."""
    layers = tiles.layers
    return Grid(
        _pointer(tiles.address[tile, 0], layers.like),
        layers.size[tile, 0],
        layers.size[tile, 1],
        _pointer(tiles.address[tile, 1], layers.like),
        layers.offset[tile],
        layers.blocks_across[tile],
        layers.blocks_down[tile],
        layers.levels[tile],
    )


@compiled_in_place
def patch_m(grid: Grid, row: int, col: int) -> tuple[float, float, float, float]:
    """The bilinear patch of a cell: its first node, by column, by row, by both; the last NaN for a void."""
    here = row * grid.cols + col
    there = here + grid.cols
    a00 = float(grid.nodes_m[here])
    a10, a01 = float(grid.nodes_m[here + 1]) - a00, float(grid.nodes_m[there]) - a00
    return a00, a10, a01, float(grid.nodes_m[there + 1]) - a00 - a10 - a01
