"""Tiles that touch without sharing their edge: the strip between the last nodes of one and the next."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from atalaya.geo.terrain import TerrainGrid

_SAME_STEP = 1e-9
_SAME_PLACE_NODES = 1e-3


def without_gaps(tiles: Sequence[TerrainGrid]) -> tuple[TerrainGrid, ...]:
    """The same tiles, each with the row and column that its neighbours of the same lattice add.

    Tiles of Copernicus and of many agencies end half a step before their edge: between two of them is a strip
    one step wide that belongs to neither, where no ground would be known. Each tile gets its neighbours' next
    row to the south and next column to the east; those without such neighbours stay as they are.
    """
    return tuple(_extended(tile, [it for it in tiles if it is not tile]) for tile in tiles)


def _extended(tile: TerrainGrid, others: Sequence[TerrainGrid]) -> TerrainGrid:
    rows, cols = tile.hae_m.shape
    near = [(it, place) for it in others if (place := _place(tile, it)) is not None]
    near = [(it, place) for it, place in near if _meets(place, it.hae_m.shape, rows, cols)]
    if not near:
        return tile
    south_m, east_m = np.full(cols + 1, np.nan), np.full(rows, np.nan)
    for other, (row, col) in near:
        _take(south_m, other.hae_m, rows - row, range(-col, cols + 1 - col), by_row=True)
        _take(east_m, other.hae_m, cols - col, range(-row, rows - row), by_row=False)
    if np.isnan(south_m).all() and np.isnan(east_m).all():
        return tile
    wide_m = np.empty((rows + 1, cols + 1), dtype=tile.hae_m.dtype)
    wide_m[:rows, :cols], wide_m[:rows, cols], wide_m[rows] = tile.hae_m, east_m, south_m
    return replace(tile, hae_m=wide_m)


def _place(tile: TerrainGrid, other: TerrainGrid) -> tuple[int, int] | None:
    """Row and column of the other's first node on this lattice; None where it lies on another."""
    same = np.allclose(
        (tile.step_lon_deg, tile.step_lat_deg),
        (other.step_lon_deg, other.step_lat_deg),
        rtol=_SAME_STEP,
        atol=0.0,
    )
    col, row = tile.grid_place(other.west_deg, other.north_deg)
    off = max(abs(float(col) - round(float(col))), abs(float(row) - round(float(row))))
    return (round(float(row)), round(float(col))) if same and off < _SAME_PLACE_NODES else None


def _meets(place: tuple[int, int], shape: tuple[int, ...], rows: int, cols: int) -> bool:
    """Whether it reaches the next row or column."""
    row, col = place
    below = row <= rows < row + shape[0] and col <= cols and col + shape[1] > 0
    beside = col <= cols < col + shape[1] and row <= rows and row + shape[0] > 0
    return below or beside


def _take(
    strip_m: np.ndarray[tuple[int], np.dtype[np.float64]],
    hae_m: np.ndarray[tuple[int, ...], np.dtype[np.floating]],
    line: int,
    along: range,
    *,
    by_row: bool,
) -> None:
    """Fill what is unknown of a strip from one line of another tile; `along` counts its nodes there."""
    lines, length = hae_m.shape if by_row else hae_m.shape[::-1]
    if not 0 <= line < lines:
        return
    values = hae_m[line] if by_row else hae_m[:, line]
    index = np.arange(along.start, along.stop)
    inside = (index >= 0) & (index < length) & np.isnan(strip_m)
    strip_m[inside] = values[index[inside]]
