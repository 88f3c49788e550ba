"""A mosaic that is being made, on disk: it goes on where it was interrupted."""

import json
import shutil
from pathlib import Path

import numpy as np

from atalaya.errors import ExternalError
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.georeg.ortho_mosaic import MosaicArrays
from atalaya.model.custody import Json

_RECIPE, _DONE = "recipe.json", "done.txt"
_BANDS = (("rgb.dat", np.uint8), ("number.dat", np.uint16), ("cost.dat", np.float32))


class MosaicWork:
    """The arrays of one mosaic in files, and the pictures that are in them.

    Args:
        folder: beside the file that is to be; made if missing.
        grid: of the raster.
        recipe: all that decides the mosaic; another one begins anew.

    Raises:
        ExternalError: it cannot be read or written.
    """

    def __init__(self, folder: Path, grid: OrthoGrid, recipe: dict[str, Json]) -> None:
        self._folder = folder
        text = json.dumps(recipe, sort_keys=True)
        try:
            kept = folder / _RECIPE
            if not kept.exists() or kept.read_text(encoding="utf-8") != text:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                _create(folder, grid)
                kept.write_text(text, encoding="utf-8")
            self.done = _done(folder / _DONE)
            shape = (grid.height_px, grid.width_px)
            self._maps = [
                np.memmap(
                    folder / name, dtype=kind, mode="r+", shape=(3, *shape) if name == "rgb.dat" else shape
                )
                for name, kind in _BANDS
            ]
        except (OSError, ValueError) as error:
            raise ExternalError(f"the mosaic cannot be worked on in {folder}: {error}") from error
        self.arrays = MosaicArrays(rgb=self._maps[0], number=self._maps[1], cost=self._maps[2])

    def tick(self, number: int) -> None:
        """Say that one picture is in the arrays.

        Raises:
            ExternalError: it cannot be written.
        """
        try:
            for one in self._maps:
                one.flush()
            with (self._folder / _DONE).open("a", encoding="ascii") as journal:
                journal.write(f"{number}\n")
        except OSError as error:
            raise ExternalError(f"the mosaic cannot be written in {self._folder}: {error}") from error
        self.done.add(number)

    def remove(self) -> None:
        """Take the work away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _create(folder: Path, grid: OrthoGrid) -> None:
    shape = (grid.height_px, grid.width_px)
    for name, kind in _BANDS:
        made = np.memmap(
            folder / name, dtype=kind, mode="w+", shape=(3, *shape) if name == "rgb.dat" else shape
        )
        if kind is np.float32:
            made[:] = np.inf
        made.flush()


def _done(journal: Path) -> set[int]:
    """Numbers of whole lines: one that was cut is not done."""
    if not journal.exists():
        return set()
    lines = journal.read_text(encoding="ascii").split("\n")[:-1]
    return {int(line) for line in lines if line.isdecimal()}
