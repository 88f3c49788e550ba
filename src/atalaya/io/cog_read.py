"""Rasters of a ground grid read by window: several files of one kind are one raster."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from atalaya.errors import InputError
from atalaya.io.terrain_raster import opened
from atalaya.units import Metres

_ON_CELLS = 1e-3
"""Corners are whole cells from the zone's origin to this share of a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellWindow:
    """Cells counted from the zone's origin: x to the east, y to the south (negative in the north)."""

    x: int
    y: int
    width: int
    height: int

    def common(self, other: "CellWindow") -> "CellWindow | None":
        """What both hold; None where they hold nothing together."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        if right <= left or bottom <= top:
            return None
        return CellWindow(x=left, y=top, width=right - left, height=bottom - top)

    def grown(self, cells: int) -> "CellWindow":
        """With so many cells more on each side."""
        return CellWindow(
            x=self.x - cells, y=self.y - cells, width=self.width + 2 * cells, height=self.height + 2 * cells
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRaster:
    """Files on the same cells, with the same bands.

    Args:
        parts: each file, and the cells that it holds.
        epsg, cell_m: of the cells.
        tags: of the first file.
    """

    parts: tuple[tuple[Path, CellWindow], ...]
    epsg: int
    cell_m: Metres
    tags: dict[str, str]

    @property
    def extent(self) -> CellWindow:
        """The smallest window that holds all files."""
        windows = [window for _, window in self.parts]
        x, y = min(one.x for one in windows), min(one.y for one in windows)
        right = max(one.x + one.width for one in windows)
        bottom = max(one.y + one.height for one in windows)
        return CellWindow(x=x, y=y, width=right - x, height=bottom - y)

    def read(self, window: CellWindow, bands: Sequence[int], outside: float) -> NDArray[np.generic]:
        """(H, W, bands) of a window, `outside` where no file has anything.

        Args:
            window: any.
            bands: their numbers, from 1.
            outside: value beyond the files.

        Raises:
            InputError: a file lacks a band. ExternalError: a file cannot be read.
        """
        out: NDArray[np.generic] | None = None
        for path, held in self.parts:
            common = held.common(window)
            if common is None:
                continue
            values = _read(path, held, common, bands)
            if out is None:
                out = np.full((window.height, window.width, len(bands)), outside, dtype=values.dtype)
            top, left = common.y - window.y, common.x - window.x
            out[top : top + common.height, left : left + common.width] = values
        if out is None:
            return np.full((window.height, window.width, len(bands)), outside, dtype=np.uint16)
        return out


def cell_raster(paths: Sequence[Path]) -> CellRaster:
    """The raster of files that were written on one ground grid.

    Raises:
        NotFoundError: no such file. InputError: no files, or files that are not on one grid.
        ExternalError: a file cannot be read.
    """
    if not paths:
        raise InputError("a raster has at least one file")
    parts: list[tuple[Path, CellWindow]] = []
    grids: set[tuple[int, float]] = set()
    tags: dict[str, str] = {}
    for path in paths:
        with opened(path) as raster:
            place, cell_m = raster.transform, float(raster.transform.a)
            x, y = place.c / cell_m, -place.f / cell_m
            whole = abs(x - round(x)) < _ON_CELLS and abs(y - round(y)) < _ON_CELLS
            if not whole or abs(place.e + cell_m) > 1e-9 or not raster.crs.is_projected:
                raise InputError(f"{path.name} is not on a ground grid of square cells in a UTM zone")
            window = CellWindow(x=round(x), y=round(y), width=raster.width, height=raster.height)
            grids.add((raster.crs.to_epsg(), round(cell_m, 9)))
            tags = tags or dict(raster.tags())
        parts.append((path, window))
    if len(grids) > 1:
        raise InputError(f"{paths[0].parent}: files of one answer are on different grids: {sorted(grids)}")
    epsg, cell_m = grids.pop()
    return CellRaster(parts=tuple(parts), epsg=epsg, cell_m=cell_m, tags=tags)


def _read(path: Path, held: CellWindow, common: CellWindow, bands: Sequence[int]) -> NDArray[np.generic]:
    with opened(path) as raster:
        if max(bands) > raster.count:
            raise InputError(f"{path.name} has {raster.count} bands, number {max(bands)} was wanted")
        window = Window(common.x - held.x, common.y - held.y, common.width, common.height)
        return np.moveaxis(raster.read(list(bands), window=window), 0, -1)
