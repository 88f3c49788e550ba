"""Many looks of a clip brought together on the ground: integral, what was observed, and what stands out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.clip import Clip
from atalaya.app.code_version import code_version
from atalaya.app.look_blocks import LookBlock, blocks_of, gather, middle_and_spread
from atalaya.app.look_files import BlockMade, BlockWish, finish
from atalaya.app.look_pictures import (
    LOOK_EVERY_S,
    PicturesOfClip,
    PictureTimes,
    considered_pictures,
    times_of,
)
from atalaya.app.look_register import Registration, register, unregistered
from atalaya.app.look_scale import gsd_contradicted
from atalaya.app.look_slab import LookGround, LookSlab, add_slab
from atalaya.app.workers import each
from atalaya.custody.hashing import content_hash
from atalaya.detection.keyframes import KeyframeRules, choose_keyframes
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid, TerrainMosaic
from atalaya.georeg.ortho_grid import utm_of
from atalaya.io.look_work import LookWork
from atalaya.io.original import hash_of
from atalaya.io.tile_parts import tiles_with_parts
from atalaya.model.custody import Json
from atalaya.model.identifiers import ContentHash
from atalaya.model.looks import FrameVerdict, KeyframeTable, LookPlaceTable
from atalaya.units import Degrees, Metres, Seconds

CELL_M: Metres = 0.4
FINEST_CELL_M, COARSEST_CELL_M = 0.2, 2.0
SLAB_LOOKS, LARGE_SLAB_LOOKS, LARGE_FROM = 8, 32, 512
"""Looks of a slab; longer works have larger slabs, so that they have fewer files."""

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksWish:
    """How looks are wanted.

    Args:
        cell_m: of the ground grid.
        turn_deg, every_s: between keyframes, and between the pictures that are considered.
        jobs: processes.
        registered: whether looks are registered to one another before they are averaged.

    Raises:
        InputError: cells that are too fine or too coarse.
    """

    cell_m: Metres = CELL_M
    turn_deg: Degrees = 5.0
    every_s: Seconds = LOOK_EVERY_S
    jobs: int = 1
    registered: bool = True

    def __post_init__(self) -> None:
        if not FINEST_CELL_M <= self.cell_m <= COARSEST_CELL_M:
            raise InputError(
                f"cells of {FINEST_CELL_M:g} to {COARSEST_CELL_M:g} m are made, asked for {self.cell_m:g} m"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LookLimits:
    """What may be looked at.

    Args:
        area: cells outside are not added up; None where nothing says so.
        frames: numbers of the metadata frames that may be used; None for all.
    """

    area: Polygon | MultiPolygon | None = None
    frames: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksMade:
    """What became of a clip.

    Args:
        keyframes: a verdict on every picture that was considered.
        places: the surest first.
        cells: how many of each CellState, by its number, over all tiles that were looked at.
        files: names in the folder and hashes.
        looks, looks_reused: that were added up, and that were there from an earlier run.
        turned_from: sectors of 45 degrees that the keyframes look from.
    """

    keyframes: KeyframeTable
    places: LookPlaceTable
    cells: tuple[int, ...]
    files: tuple[tuple[str, ContentHash], ...]
    looks: int
    looks_reused: int
    registration: Registration
    cell_m: Metres
    epsg: int | None


def look(
    clip: Clip,
    out: Path,
    work: Path,
    wish: LooksWish,
    *,
    limits: LookLimits | None = None,
    thermal: Clip | None = None,
    synthetic: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> LooksMade:
    """Bring the looks of a clip together.

    Args:
        clip: with pictures, on its ground.
        out: folder of the rasters.
        work: folder of the work in between; what is done there is not done again.
        wish: how.
        limits: what may be looked at.
        thermal: long-wave pictures of the same flight.
        synthetic: whether its pictures are.
        tags: of each raster, beside those that say how it was made.
        progress: told what is going on.

    Returns:
        LooksMade; without any keyframe it has neither places nor files, and the verdicts say why.

    Raises:
        InputError: no pictures, or no presentation times. ExternalError: it cannot be read or written.
    """
    allowed = limits or LookLimits()
    chosen, slabs = _slabs(clip, work / "light", wish, allowed, None, progress)
    if not slabs:
        return _nothing(chosen, wish)
    added = _added(slabs, work / "light", wish.jobs, lambda done, total: progress("add", done, total))
    warm: list[LookSlab] = []
    if thermal is not None:
        warm = _slabs(thermal, work / "thermal", wish, allowed, slabs[0].ground.epsg, progress)[1]
        _added(warm, work / "thermal", wish.jobs, lambda done, total: progress("warm", done, total))
    blocks = _blocks(work, slabs, warm, allowed)
    said = {**(tags or {}), **_tags(slabs, chosen, wish)}
    made = _finished(blocks, out, said, wish.jobs, progress, synthetic=synthetic)
    return LooksMade(
        keyframes=chosen.keyframes,
        places=_joined([one.places for one in made]),
        cells=tuple(int(cells) for cells in np.sum([one.cells for one in made], axis=0)),
        files=tuple(file for one in made for file in one.files),
        looks=sum(len(slab.pts_s) for slab in slabs),
        looks_reused=added,
        registration=chosen.registration,
        cell_m=wish.cell_m,
        epsg=slabs[0].ground.epsg,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLooks:
    """The keyframes of a clip and the poses that they are laid down with."""

    found: PicturesOfClip
    times: PictureTimes
    keyframes: KeyframeTable
    registration: Registration


def choose_looks(
    clip: Clip, wish: LooksWish, limits: LookLimits, progress: Progress = lambda _what, _done, _total: None
) -> ChosenLooks:
    """A verdict on every picture of a clip, and poses that agree with one another.

    Raises:
        InputError: no pictures, or no presentation times. ExternalError: the video cannot be read.
    """
    times = times_of(clip, wish.every_s)
    found = considered_pictures(
        clip,
        times,
        jobs=wish.jobs,
        admitted=limits.frames,
        progress=lambda done, total: progress("look", done, total),
    )
    pictures = replace(found.pictures, gsd_contradicted=gsd_contradicted(clip, found))
    rules = KeyframeRules(turn_deg=wish.turn_deg)
    keyframes = choose_keyframes(pictures, rules)
    registration = unregistered(found.camera)
    if wish.registered:
        progress("register", 0, 1)
        registration = register(clip, times, found, keyframes.verdict)
        keyframes = choose_keyframes(replace(pictures, torn=pictures.torn | registration.strange), rules)
        progress("register", 1, 1)
    return ChosenLooks(
        found=replace(found, pictures=pictures), times=times, keyframes=keyframes, registration=registration
    )


def plan_slabs(clip: Clip, folder: Path, wish: LooksWish, limits: LookLimits) -> list[LookSlab]:
    """The keyframes of a clip in runs, ready to be added up; none where no picture can be used.

    Raises:
        InputError: no pictures, or no presentation times. ExternalError: the video cannot be read.
    """
    return _slabs(clip, folder, wish, limits, None, lambda _what, _done, _total: None)[1]


def _slabs(
    clip: Clip, folder: Path, wish: LooksWish, limits: LookLimits, epsg: int | None, progress: Progress
) -> tuple[ChosenLooks, list[LookSlab]]:
    """The keyframes of a clip, and them in runs."""
    chosen = choose_looks(clip, wish, limits, progress)
    used = np.flatnonzero(chosen.keyframes.verdict == FrameVerdict.USED.value)
    if not used.size or clip.video is None:
        return chosen, []
    pictures = chosen.found.pictures
    ground = LookGround(
        epsg=_zone(pictures.ground_m[used]) if epsg is None else epsg,
        cell_m=wish.cell_m,
        terrain=clip.ground.terrain,
        stands_on=terrain_key(clip.ground.terrain),
        lens=clip.ground.lens,
        permitted=limits.area,
        thermal=epsg is not None,
    )
    size = SLAB_LOOKS if used.size < LARGE_FROM else LARGE_SLAB_LOOKS
    runs = [used[first : first + size] for first in range(0, used.size, size)]
    return chosen, [
        LookSlab(
            number=number,
            folder=folder,
            video=clip.video,
            pts_s=pictures.pts_s[rows],
            keys=chosen.times.keys,
            camera=chosen.registration.camera.take(rows),
            look_azimuth_deg=pictures.look_azimuth_deg[rows],
            gsd_m=pictures.gsd_m[rows],
            sharpness=pictures.sharpness[rows],
            burnt_in=chosen.found.burnt_in,
            ground=ground,
        )
        for number, rows in enumerate(runs)
    ]


def _zone(ground_m: NDArray[np.float64]) -> int:
    lon_deg, lat_deg, _ = geodetic_from_ecef(ground_m)
    return utm_of(float(np.median(lon_deg)), float(np.median(lat_deg)))


def _added(slabs: list[LookSlab], folder: Path, jobs: int, progress: Callable[[int, int], None]) -> int:
    """Add up the slabs that are not there yet; how many looks were."""
    work = LookWork(folder)
    work.forget_beyond(len(slabs))
    original = hash_of(slabs[0].video)[0] if slabs else ""
    keys = {slab.number: slab_key(slab, original) for slab in slabs}
    due = [slab for slab in slabs if not work.is_done(slab.number, keys[slab.number])]
    for slab in due:
        work.begin(slab.number)
    done = len(slabs) - len(due)
    progress(done, len(slabs))
    for slab, _ in zip(due, each(add_slab, due, jobs), strict=True):
        work.tick(slab.number, keys[slab.number])
        done += 1
        progress(done, len(slabs))
    due_numbers = {slab.number for slab in due}
    return sum(len(slab.pts_s) for slab in slabs if slab.number not in due_numbers)


def terrain_key(terrain: Terrain) -> str:
    """What tells one ground from another: its heights and where they lie."""
    match terrain:
        case ConstantHeight():
            return f"constant {terrain.hae_m!r}"
        case TerrainMosaic():
            return " ".join(terrain_key(tile) for tile in terrain.tiles)
        case TerrainGrid():
            corner = (terrain.west_deg, terrain.north_deg, terrain.step_lon_deg, terrain.step_lat_deg)
            return f"{content_hash(terrain.hae_m.tobytes())} {terrain.hae_m.shape} {corner!r}"


def slab_key(slab: LookSlab, original: str) -> str:
    """All that decides what a slab adds."""
    ground = slab.ground
    facts: dict[str, Json] = {
        "original": original,
        "code": code_version(),
        "epsg": ground.epsg,
        "cell_m": ground.cell_m,
        "stands_on": ground.stands_on,
        "lens": None if ground.lens is None else repr(ground.lens),
        "permitted": None if ground.permitted is None else ground.permitted.wkt,
        "thermal": ground.thermal,
    }
    parts = [json.dumps(facts, sort_keys=True).encode()]
    parts += [slab.pts_s.tobytes(), slab.gsd_m.tobytes(), slab.look_azimuth_deg.tobytes()]
    parts += [slab.burnt_in.tobytes(), slab.sharpness.tobytes()]
    parts += [getattr(slab.camera, one.name).tobytes() for one in fields(slab.camera)]
    return content_hash(b"\n".join(parts))


def _blocks(work: Path, slabs: list[LookSlab], warm: list[LookSlab], limits: LookLimits) -> list[LookBlock]:
    folder = work / "light"
    tiles = tiles_with_parts(folder)
    if not tiles:
        return []
    return [
        LookBlock(
            name=name,
            cols=cols,
            rows=rows,
            folder=folder,
            thermal_folder=work / "thermal" if warm else None,
            slabs=frozenset(slab.number for slab in slabs),
            thermal_slabs=frozenset(slab.number for slab in warm),
            tiles=frozenset(tiles),
            epsg=slabs[0].ground.epsg,
            cell_m=slabs[0].ground.cell_m,
            permitted=limits.area,
        )
        for name, cols, rows in blocks_of(tiles)
    ]


def _finished(
    blocks: list[LookBlock],
    out: Path,
    tags: dict[str, str],
    jobs: int,
    progress: Progress,
    *,
    synthetic: bool,
) -> list[BlockMade]:
    """All blocks, brought to one measure."""
    total, histograms = 2 * len(blocks), []
    for histogram in each(gather, blocks, jobs):
        histograms.append(histogram)
        progress("finish", len(histograms), total)
    middle, spread = middle_and_spread(np.sum(histograms, axis=0)) if histograms else (0.0, 1.0)
    wishes = [
        BlockWish(block=block, out=out, middle=middle, spread=spread, tags=tags, synthetic=synthetic)
        for block in blocks
    ]
    made: list[BlockMade] = []
    for one in each(finish, wishes, jobs):
        made.append(one)
        progress("finish", len(blocks) + len(made), total)
    return made


def _tags(slabs: list[LookSlab], chosen: ChosenLooks, wish: LooksWish) -> dict[str, str]:
    time_us = chosen.keyframes.time_us[chosen.keyframes.verdict == FrameVerdict.USED.value]
    return {
        "ATALAYA_LOOKS": str(sum(len(slab.pts_s) for slab in slabs)),
        "ATALAYA_FIRST_TIME_US": str(int(time_us.min())),
        "ATALAYA_LAST_TIME_US": str(int(time_us.max())),
        "ATALAYA_REGISTERED": "yes" if chosen.registration.stretches else "no",
        "ATALAYA_CELL_M": f"{wish.cell_m:g}",
        "ATALAYA_CODE": code_version(),
    }


def _joined(parts: list[LookPlaceTable]) -> LookPlaceTable:
    """All places, the surest first."""
    if not parts:
        return no_places()
    places = LookPlaceTable.concatenate(parts)
    return places.take(np.lexsort((places.lat_deg, places.lon_deg, -places.score)))


def no_places() -> LookPlaceTable:
    """The table of nothing found."""
    numbers, counts, words = np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype="<U1")
    return LookPlaceTable(
        lon_deg=numbers,
        lat_deg=numbers,
        score=numbers,
        kind=words,
        azimuths=counts,
        looks=counts,
        canopy_share=numbers,
        length_m=numbers,
        width_m=numbers,
        heading_deg=numbers,
    )


def _nothing(chosen: ChosenLooks, wish: LooksWish) -> LooksMade:
    return LooksMade(
        keyframes=chosen.keyframes,
        places=no_places(),
        cells=(),
        files=(),
        looks=0,
        looks_reused=0,
        registration=chosen.registration,
        cell_m=wish.cell_m,
        epsg=None,
    )
