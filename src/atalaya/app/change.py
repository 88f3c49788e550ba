"""Two passes over the same ground compared: whether they may be, how they lie, and what changed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.app.change_report import PassSaid, report_of, said_of
from atalaya.app.code_version import code_version
from atalaya.app.looked_pass import LookedPass, open_pass
from atalaya.custody.hashing import content_hash
from atalaya.detection.change import (
    LEAST_AREA_M2,
    LEAST_SPREADS,
    SMOOTH_M,
    ChangeMaps,
    Changes,
    Measure,
    change_maps,
    channels_of,
    connected_changes,
    measure_of,
)
from atalaya.detection.day_night import day_night_changes, day_night_maps, night_is_first
from atalaya.detection.pass_shift import (
    BLOCK_CELLS,
    LEAST_KNOWN_SHARE,
    MOST_SHIFT_M,
    BlockShift,
    PassShift,
    agreed_shift,
    block_shift,
    moved,
)
from atalaya.detection.surroundings import OUTER_M
from atalaya.errors import InputError
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.cog import code_cog, write_cog
from atalaya.io.cog_read import CellWindow
from atalaya.io.durable_file import write_whole
from atalaya.io.geoparquet import parquet_bytes, points
from atalaya.io.new_folder import new_folder, require_free
from atalaya.model.change import MOST_SEASON_DAYS, ChangeTable, Compared, season_apart_days
from atalaya.model.custody import Json
from atalaya.model.detection import DetectionKind
from atalaya.model.source import SYNTHETIC_MARK

REPORT, CHANGES, RASTER = "change.json", "changes.parquet", "change"
UNKNOWN = -9999.0
TILE_CELLS = 1024
"""Along a side of what is compared at a time and of each raster; memory does not grow with the passes."""
_MOST_BLOCKS, _MOST_CANDIDATES = 100, 400
_SAMPLE = 7
"""Every so manieth cell along each side says what is usual in a pass."""

type Progress = Callable[[str, int, int], None]


class Comparing(StrEnum):
    """What of two passes is compared."""

    LIGHT = "light"
    THERMAL = "thermal"
    DAY_NIGHT = "day-night"
    """What is warm by night and cold by day, of thermal passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """How passes are compared.

    Args:
        comparing: what of them.
        least: score that a change reaches, in spreads.
        any_season: whether passes of another season are compared all the same.
    """

    comparing: Comparing = Comparing.LIGHT
    least: float = LEAST_SPREADS
    any_season: bool = False

    def __post_init__(self) -> None:
        if not 0.0 < self.least < 1e3:
            raise InputError(f"a change has a score of 0 to 1000 spreads, asked for {self.least:g}")


def compare_passes(
    old: Path,
    new: Path,
    out: Path,
    wish: ChangeWish,
    *,
    replace_there: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
) -> dict[str, Json]:
    """What changed between two answers of `detect looks`, as rasters, a table and a report in a folder.

    Args:
        old: folder that `detect looks -o` wrote.
        new: the same of the newer pass.
        out: folder for the answer, whole or not there.
        wish: how.
        replace_there: whether an earlier answer there may be replaced.
        progress: told what is going on.

    Returns:
        The report, as it stands in `REPORT`.

    Raises:
        NotFoundError: a folder without an answer.
        IntegrityError: a file that is not the one its report names.
        InputError: other cells or zone, no ground in common or observed in both, another season, another
            order, not one by day and one by night, or passes that do not register; nothing is written then.
        ExternalError: it cannot be read or written.
    """
    cv2.setNumThreads(1)
    require_free(out, replace=replace_there, sign=REPORT)
    first, second = open_pass(old), open_pass(new)
    common = _common(first, second)
    lon_deg, lat_deg = _grid(first, common).lon_lat(0.5 * common.width, 0.5 * common.height)
    said = tuple(said_of(one, float(lon_deg), float(lat_deg)) for one in (first, second))
    first, second, said = _in_order(first, second, (said[0], said[1]), wish)
    pair = _registered(first, second, common, wish.comparing, progress)
    tiles = list(_tiles(common))
    tags = _tags(pair, wish)
    with new_folder(out, replace=replace_there, sign=REPORT) as part:
        parts, files, cells = [], [], np.zeros(len(Compared), dtype=np.int64)
        for done, (name, tile) in enumerate(tiles):
            maps, table = _of_tile(pair, tile, wish)
            content = code_cog(_bands(maps), _grid(first, tile), nodata=UNKNOWN, tags=tags)
            end = f"{RASTER}{name if len(tiles) > 1 else ''}.tif"
            write_cog(part / end, content, replace=False)
            files.append((end, content_hash(content)))
            cells += np.bincount(maps.compared.ravel(), minlength=len(Compared))
            parts.append(table)
            progress("compare", done + 1, len(tiles))
        changes = _joined(parts)
        content = parquet_bytes(changes, "changes", "Point", points(changes.lon_deg, changes.lat_deg))
        write_whole(part / CHANGES, content)
        report = report_of(
            changes,
            said,
            pair.shift,
            comparing=wish.comparing.value,
            cell_m=first.light.cell_m,
            epsg=first.light.epsg,
            cells=cells,
            parameters=_parameters(wish),
            files=[*files, (CHANGES, content_hash(content))],
        )
        write_whole(part / REPORT, (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode())
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two passes, the one measured against the other; by day and night, night comes first."""

    first: LookedPass
    second: LookedPass
    thermal: bool
    shift: PassShift
    measures: tuple[Measure, Measure]


def _common(first: LookedPass, second: LookedPass) -> CellWindow:
    """The cells that both passes hold."""
    if first.content == second.content:
        raise InputError(f"{first.folder} and {second.folder} are the same pass")
    if first.light.epsg != second.light.epsg:
        raise InputError(
            f"the passes lie in different UTM zones: EPSG:{first.light.epsg} and EPSG:{second.light.epsg}"
        )
    if abs(first.light.cell_m - second.light.cell_m) > 1e-9:
        raise InputError(
            f"the passes have cells of {first.light.cell_m:g} and {second.light.cell_m:g} m: make both alike "
            "(atalaya detect looks --cell)"
        )
    common = first.light.extent.common(second.light.extent)
    if common is None:
        raise InputError(f"{first.folder} and {second.folder} have no ground in common")
    return common


def _in_order(
    first: LookedPass, second: LookedPass, said: tuple[PassSaid, PassSaid], wish: ChangeWish
) -> tuple[LookedPass, LookedPass, tuple[PassSaid, PassSaid]]:
    """The passes as they are compared, where they may be."""
    apart = season_apart_days(first.middle_utc, second.middle_utc)
    if apart > MOST_SEASON_DAYS and not wish.any_season:
        raise InputError(
            f"the passes are {apart:.0f} days of the year apart, more than {MOST_SEASON_DAYS:g}: leaves, "
            "grass and shadows differ (--any-season compares them all the same)"
        )
    if wish.comparing is Comparing.DAY_NIGHT:
        if night_is_first(said[0].sun.elevation_deg, said[1].sun.elevation_deg):
            return first, second, said
        return second, first, (said[1], said[0])
    if first.middle_utc > second.middle_utc:
        raise InputError(f"{first.folder} is later than {second.folder}: the older pass comes first")
    return first, second, said


def _registered(
    first: LookedPass, second: LookedPass, common: CellWindow, comparing: Comparing, progress: Progress
) -> _Pair:
    """How the passes lie on one another, and what is usual in each."""
    thermal, cell_m = comparing is not Comparing.LIGHT, first.light.cell_m
    blocks: list[BlockShift] = []
    samples: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]] = ([], [])
    candidates = list(_blocks(common))
    wanted = max(1, len(candidates) // _MOST_BLOCKS)
    for done, window in enumerate(candidates[::wanted]):
        progress("register", done + 1, len(candidates[::wanted]))
        (before, known), (after, seen) = (one.levels(window, thermal=thermal) for one in (first, second))
        both = known & seen
        if both.mean() < 0.1 * LEAST_KNOWN_SHARE:
            continue
        pair = channels_of(before), channels_of(after)
        some = both[::_SAMPLE, ::_SAMPLE]
        for kept, values in zip(samples, pair, strict=True):
            kept.append(values[::_SAMPLE, ::_SAMPLE][some])
        middle = window.x + 0.5 * window.width, window.y + 0.5 * window.height
        blocks.append(block_shift(pair[0][..., -1], pair[1][..., -1], (known, seen), middle, cell_m))
    if not blocks:
        raise InputError(f"no ground was observed in both {first.folder} and {second.folder}")
    measures = tuple(measure_of(np.concatenate(one)) for one in samples)
    return _Pair(
        first=first,
        second=second,
        thermal=thermal,
        shift=agreed_shift(blocks),
        measures=(measures[0], measures[1]),
    )


def _blocks(common: CellWindow) -> Iterator[CellWindow]:
    """Squares that cover the common ground, half over one another where it is small."""
    side = min(BLOCK_CELLS, common.width, common.height)
    step = max(side // 2, int(np.sqrt(common.width * common.height / _MOST_CANDIDATES)))
    for y in range(common.y, common.y + common.height - side + 1, step):
        for x in range(common.x, common.x + common.width - side + 1, step):
            yield CellWindow(x=x, y=y, width=side, height=side)


def _tiles(common: CellWindow) -> Iterator[tuple[str, CellWindow]]:
    for down, y in enumerate(range(common.y, common.y + common.height, TILE_CELLS)):
        for across, x in enumerate(range(common.x, common.x + common.width, TILE_CELLS)):
            width = min(TILE_CELLS, common.x + common.width - x)
            height = min(TILE_CELLS, common.y + common.height - y)
            yield f"_{down}_{across}", CellWindow(x=x, y=y, width=width, height=height)


def _of_tile(pair: _Pair, tile: CellWindow, wish: ChangeWish) -> tuple[ChangeMaps, ChangeTable]:
    """The maps of one tile, judged with what lies around it, and the changes that have their middle in it."""
    cell_m = pair.first.light.cell_m
    rim = int(np.ceil((0.5 * OUTER_M + SMOOTH_M + MOST_SHIFT_M) / cell_m))
    wide, corner = tile.grown(rim), (tile.x - rim, tile.y - rim)
    lying = []
    for one, share in ((pair.first, -0.5), (pair.second, 0.5)):
        levels, known = one.levels(wide, thermal=pair.thermal)
        lying.append(moved(channels_of(levels), known, pair.shift, share, corner))
    (before, known), (after, seen) = lying
    if wish.comparing is Comparing.DAY_NIGHT:
        maps = day_night_maps(before, after, (known, seen), pair.measures, cell_m)
        changes = day_night_changes(maps, cell_m, wish.least)
    else:
        maps = change_maps(before, after, (known, seen), pair.measures, cell_m)
        changes = connected_changes(maps, cell_m, wish.least)
    row, col = np.rint(changes.row - rim), np.rint(changes.col - rim)
    mine = (row >= 0) & (row < tile.height) & (col >= 0) & (col < tile.width)
    inner = slice(rim, rim + tile.height), slice(rim, rim + tile.width)
    own = ChangeMaps(**{one.name: getattr(maps, one.name)[inner] for one in fields(ChangeMaps)})
    return own, _table(pair, tile, changes.take(mine), rim)


def _table(pair: _Pair, tile: CellWindow, changes: Changes, rim: int) -> ChangeTable:
    row, col = changes.row - rim, changes.col - rim
    lon_deg, lat_deg = _grid(pair.first, tile).lon_lat(col + 0.5, row + 0.5)
    at = np.rint(row).astype(np.intp), np.rint(col).astype(np.intp)
    sectors = [one.sectors(tile)[at] for one in (pair.first, pair.second)]
    kind = DetectionKind.HOT_SPOT if pair.thermal else DetectionKind.ANOMALY
    same = ("score", "sense", "length_m", "width_m", "heading_deg", "area_m2", "before", "after")
    return ChangeTable(
        lon_deg=np.asarray(lon_deg, dtype=np.float64),
        lat_deg=np.asarray(lat_deg, dtype=np.float64),
        kind=np.full(len(changes), kind.value),
        azimuths=np.minimum(*sectors).astype(np.int64),
        **{name: getattr(changes, name) for name in same},
    )


def _joined(parts: list[ChangeTable]) -> ChangeTable:
    changes = ChangeTable.concatenate(parts)
    return changes.take(np.lexsort((changes.lat_deg, changes.lon_deg, -changes.score)))


def _bands(maps: ChangeMaps) -> dict[str, NDArray[np.float32]]:
    known = {"change": maps.score, "before": maps.before, "after": maps.after}
    bands = {name: np.where(np.isfinite(one), one, np.float32(UNKNOWN)) for name, one in known.items()}
    return bands | {"compared": maps.compared.astype(np.float32)}


def _grid(one: LookedPass, window: CellWindow) -> OrthoGrid:
    cell_m = one.light.cell_m
    return OrthoGrid(
        epsg=one.light.epsg,
        left=window.x * cell_m,
        top=-window.y * cell_m,
        step_x=cell_m,
        step_y=cell_m,
        width_px=window.width,
        height_px=window.height,
    )


def _parameters(wish: ChangeWish) -> dict[str, Json]:
    return {
        "least_score": wish.least,
        "least_area_m2": LEAST_AREA_M2,
        "smooth_m": SMOOTH_M,
        "surroundings_m": OUTER_M,
        "any_season": wish.any_season,
    }


def _tags(pair: _Pair, wish: ChangeWish) -> dict[str, str]:
    tags = {
        "ATALAYA_BEFORE": pair.first.content,
        "ATALAYA_AFTER": pair.second.content,
        "ATALAYA_COMPARING": wish.comparing.value,
        "ATALAYA_PARAMETERS": json.dumps(_parameters(wish), sort_keys=True),
        "ATALAYA_COMPARED": ", ".join(f"{one.value} {one.name.lower()}" for one in Compared),
        "ATALAYA_CODE": code_version(),
    }
    synthetic = pair.first.synthetic or pair.second.synthetic
    return tags | ({"ATALAYA_SYNTHETIC": SYNTHETIC_MARK} if synthetic else {})
