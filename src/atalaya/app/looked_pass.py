"""What `detect looks` left in a folder, opened for whoever goes on from there: proved, placed, dated."""

import functools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip_looks import KEYFRAMES, REPORT
from atalaya.custody.hashing import content_hash, hash_chunks
from atalaya.dossier.picture_marks import draw_synthetic
from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.io.cog_read import CellRaster, CellWindow, cell_raster
from atalaya.io.geoparquet import read_parquet
from atalaya.io.original import read_chunks
from atalaya.model.looks import CellState, FrameVerdict, KeyframeTable

STATE_BAND, AZIMUTHS_BAND = 4, 2
"""Of looks*.tif."""
_ALPHA_BAND = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedPass:
    """A pass over some ground.

    Args:
        folder: of the answer. content: SHA-256 of its report, which has the hash of every raster.
        light, thermal: its integrals; None where there were no thermal looks.
        counts: looks, sectors, canopy and state of each cell.
        first_utc, last_utc: of the looks that were used.
        looks: how many. synthetic: whether a simulator made them.
    """

    folder: Path
    content: str
    light: CellRaster
    thermal: CellRaster | None
    counts: CellRaster
    first_utc: datetime
    last_utc: datetime
    looks: int
    synthetic: bool

    @property
    def middle_utc(self) -> datetime:
        """Half way between its first look and its last."""
        return self.first_utc + (self.last_utc - self.first_utc) / 2

    def levels(self, window: CellWindow, *, thermal: bool) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """(H, W, 3 or 1) of an integral, and where the ground was observed.

        Raises:
            InputError: it has no thermal integral. ExternalError: it cannot be read.
        """
        raster = self.thermal if thermal else self.light
        if raster is None:
            raise InputError(f"{self.folder}: no thermal looks (thermal*.tif) are there")
        bands = (1, _ALPHA_BAND) if thermal else (1, 2, 3, _ALPHA_BAND)
        values = raster.read(window, bands, 0).astype(np.uint8)
        state = self.counts.read(window, (STATE_BAND,), CellState.NOT_COVERED)[..., 0]
        known = (state == CellState.OBSERVED) & (values[..., -1] > 0) & ~self._marked(raster, window)
        return values[..., :-1], known

    def sectors(self, window: CellWindow) -> NDArray[np.int64]:
        """(H, W) from how many sectors each cell was seen.

        Raises:
            ExternalError: it cannot be read.
        """
        return self.counts.read(window, (AZIMUTHS_BAND,), 0)[..., 0].astype(np.int64)

    def _marked(self, raster: CellRaster, window: CellWindow) -> NDArray[np.bool_]:
        """(H, W) where the mark of what is synthetic is written over the ground."""
        marked = np.zeros((window.height, window.width), dtype=np.bool_)
        if not self.synthetic:
            return marked
        for _, held in raster.parts:
            common = held.common(window)
            if common is None:
                continue
            whole = _mark_of(held.width, held.height)
            top, left = common.y - held.y, common.x - held.x
            own = whole[top : top + common.height, left : left + common.width]
            top, left = common.y - window.y, common.x - window.x
            marked[top : top + common.height, left : left + common.width] = own
        return marked


def open_pass(folder: Path) -> LookedPass:
    """The answer of `detect looks` in a folder, proved to be the files that its report names.

    Raises:
        NotFoundError: nothing of the kind is there. InputError: it has no integral or no times.
        IntegrityError: a file is not the one that was written. ExternalError: it cannot be read.
    """
    if not (folder / REPORT).is_file() or not (folder / KEYFRAMES).is_file():
        raise NotFoundError(
            f"{folder} has no {REPORT} and {KEYFRAMES}: atalaya detect looks CLIP -o writes them"
        )
    said = b"".join(read_chunks(folder / REPORT))
    names, synthetic = _proved(folder, said)
    used = read_parquet(KeyframeTable, folder / KEYFRAMES)
    time_us = used.time_us[used.verdict == FrameVerdict.USED.value]
    if not time_us.size or not _of(names, "integral"):
        raise InputError(f"{folder}: no look could be used there, so there is nothing to compare")
    thermal = _of(names, "thermal")
    return LookedPass(
        folder=folder,
        content=content_hash(said),
        light=cell_raster([folder / name for name in _of(names, "integral")]),
        thermal=cell_raster([folder / name for name in thermal]) if thermal else None,
        counts=cell_raster([folder / name for name in _of(names, "looks")]),
        first_utc=_utc(int(time_us.min())),
        last_utc=_utc(int(time_us.max())),
        looks=int(time_us.size),
        synthetic=synthetic,
    )


def _proved(folder: Path, said: bytes) -> tuple[list[str], bool]:
    try:
        report = json.loads(said)
        files = {str(one["name"]): str(one["content"]) for one in report["files"]}
        synthetic = bool(report["synthetic"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / REPORT} is not a report of detect looks: {error}") from error
    for name, content in files.items():
        if Path(name).name != name:
            raise InputError(f"{folder / REPORT} names a file elsewhere: {name}")
        if hash_chunks(read_chunks(folder / name))[0] != content:
            raise IntegrityError(f"{folder / name} is not the file that its report names")
    return sorted(files), synthetic


def _of(names: list[str], kind: str) -> list[str]:
    return [name for name in names if name.split("_")[0].split(".")[0] == kind]


@functools.lru_cache(maxsize=4)
def _mark_of(width: int, height: int) -> NDArray[np.bool_]:
    dark = np.zeros((height, width, 3), dtype=np.uint8)
    light = np.full_like(dark, 255)
    for picture in (dark, light):
        draw_synthetic(picture)
    return np.asarray((dark > 0).any(axis=-1) | (light < 255).any(axis=-1))


def _utc(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, tz=UTC)
