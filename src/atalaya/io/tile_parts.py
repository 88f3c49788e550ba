"""What a run of looks adds to each tile, in files: put down whole, read back and merged when needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.ground_grid import MOST_LOOKS, TileSums, no_looks
from atalaya.errors import ExternalError
from atalaya.io.durable_file import on_disk
from atalaya.io.work_arrays import read_arrays, write_arrays
from atalaya.model.looks import GroundTile

_SUMS = ("count", "weight", "total", "square", "most")

type TilePlace = tuple[int, int]
"""Column and row of a tile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestLook:
    """The one look that shows most of a tile, and shows it sharpest.

    Args:
        picture: (H, W, C) levels. seen: (H, W).
        rank: what it is chosen by, higher is better; 0 where no look was chosen yet.
    """

    picture: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    rank: float


def no_best_look(cells: int, channels: int) -> BestLook:
    """That of a tile which nobody has looked at."""
    return BestLook(
        picture=np.zeros((cells, cells, channels), dtype=np.uint8),
        seen=np.zeros((cells, cells), dtype=np.bool_),
        rank=0.0,
    )


def write_part(folder: Path, slab: int, number: int, layers: Sequence[TileSums], best: BestLook) -> Path:
    """Put down what one slab adds to one tile; only the sectors that it was seen from take room.

    Args:
        folder: of the work.
        slab: whose looks.
        number: of this part among those that the slab has of the tile.
        layers: sums of the tile, of the same looks each.
        best: of its looks.

    Raises:
        ExternalError: disk full or unwritable; no half file stays behind.
    """
    sectors = np.flatnonzero(layers[0].count.any(axis=(1, 2)))
    arrays = {
        f"{name}_{layer}": _narrow(getattr(sums, name)[sectors])
        for layer, sums in enumerate(layers)
        for name in _SUMS
    }
    tile = layers[0].tile
    path = folder / f"tile_{tile.col}_{tile.row}" / f"slab-{slab:06d}-{number:03d}.npz"
    chosen = {"best": best.picture, "best_seen": best.seen, "best_rank": np.array(best.rank)}
    write_arrays(path, {"sectors": sectors, **arrays, **chosen})
    return path


def tiles_with_parts(folder: Path) -> tuple[TilePlace, ...]:
    """Places of the tiles that any slab has put down, in order.

    Raises:
        ExternalError: the folder cannot be read.
    """
    with on_disk(f"list {folder}"):
        names = [path.name.split("_")[1:] for path in folder.glob("tile_*_*") if any(path.glob("*.npz"))]
    return tuple(sorted((int(col), int(row)) for col, row in names))


def read_tile(
    folder: Path, tile: GroundTile, layers: Sequence[tuple[str, ...]], slabs: frozenset[int]
) -> tuple[list[TileSums], BestLook]:
    """The sums and the best look of a tile over slabs; those of nothing where no part is there.

    Args:
        folder: of the work.
        tile: which.
        layers: channels of the sums.
        slabs: whose parts count; those of a slab that was interrupted do not.

    Raises:
        ExternalError: a part cannot be read, or is none.
    """
    sums = [no_looks(tile, channels) for channels in layers]
    best = no_best_look(tile.cells, sum(map(len, layers)))
    for path in sorted((folder / f"tile_{tile.col}_{tile.row}").glob("slab-*.npz")):
        if int(path.name.split("-")[1]) in slabs:
            own = _added(path, sums)
            best = own if own.rank > best.rank else best
    return sums, best


def remove_slab(folder: Path, slab: int) -> None:
    """Take away what a slab put down before it was interrupted.

    Raises:
        ExternalError: it cannot be removed.
    """
    with on_disk(f"remove parts of slab {slab} in {folder}"):
        for path in folder.glob(f"tile_*_*/slab-{slab:06d}-*.npz"):
            path.unlink()


def _narrow(values: NDArray[np.uint8 | np.uint16 | np.uint32]) -> NDArray[np.uint8 | np.uint16 | np.uint32]:
    """The same whole numbers in as few bytes as they need: sums of a few looks are small."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _added(path: Path, out: Sequence[TileSums]) -> BestLook:
    """Add a part to sums, in place, and give its best look; whole numbers, so the order does not matter."""
    part = read_arrays(path)
    try:
        sectors = part["sectors"]
        for layer, sums in enumerate(out):
            for name in _SUMS:
                held, more = getattr(sums, name), part[f"{name}_{layer}"]
                held[sectors] = np.maximum(held[sectors], more) if name == "most" else held[sectors] + more
        best = BestLook(picture=part["best"], seen=part["best_seen"], rank=float(part["best_rank"]))
    except (ValueError, KeyError, IndexError) as error:
        raise ExternalError(f"{path} is no part of a tile: {error}; remove it and run again") from error
    if max(int(sums.count.max(initial=0)) for sums in out) > MOST_LOOKS:
        raise ExternalError(f"{path}: more than {MOST_LOOKS} looks from one sector at one cell")
    return best
