"""Two passes over one ground as folders that `detect looks` would have written: what differs is known."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.custody.hashing import content_hash
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.cog import Packing, code_cog, picture_cog
from atalaya.io.geoparquet import parquet_bytes
from atalaya.model.looks import CellState, FrameVerdict, KeyframeTable

CELL_M = 0.4
EPSG = 32613
EAST_M, NORTH_M = 280_000.0, 2_760_000.0
SHED_RGB = (70, 90, 160)
NOON = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 5, 7, 0, tzinfo=UTC)


def rough_ground(side: int, seed: int = 0) -> NDArray[np.float32]:
    """(side, side, 3) brown ground with structure of several sizes."""
    rng = np.random.default_rng(seed)
    total = np.zeros((side, side), dtype=np.float32)
    for scale in (2, 5, 20):
        small = rng.standard_normal((side // scale + 2,) * 2).astype(np.float32)
        total += cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    ground = np.array((125, 105, 80)) * (1.0 + 0.15 * (total / total.std())[..., None])
    return np.asarray(ground + 6.0 * rng.standard_normal(ground.shape), dtype=np.float32)


def with_shed(ground: NDArray[np.float32], row: int, col: int, side: int = 12) -> NDArray[np.float32]:
    """The same with a blue shed that has its middle there."""
    changed = ground.copy()
    half = side // 2
    changed[row - half : row + half, col - half : col + half] = SHED_RGB
    return changed


def shot(
    ground: NDArray[np.float32],
    seed: int,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0),
    noise: float = 3.0,
) -> NDArray[np.uint8]:
    """What a pass makes of it: moved to the right and down by so many cells, in other light, with noise."""
    size = (ground.shape[1], ground.shape[0])
    move = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    seen = cv2.warpAffine(ground, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    rng = np.random.default_rng(seed)
    levels = np.clip(seen * np.array(gain) + noise * rng.standard_normal(seen.shape), 0, 255)
    return np.asarray(levels, dtype=np.uint8)


@dataclass(frozen=True, kw_only=True)
class PassFiles:
    """What a folder is made of; cells of `state` that are not OBSERVED were not."""

    rgb: NDArray[np.uint8]
    middle_utc: datetime = NOON
    state: NDArray[np.uint8] | None = None
    warmth: NDArray[np.uint8] | None = None
    corner: tuple[int, int] = (0, 0)
    cell_m: float = CELL_M
    epsg: int = EPSG


def write_pass(folder: Path, made: PassFiles) -> Path:
    """The folder of a pass; `corner` moves its cells to the right and down."""
    folder.mkdir(parents=True)
    height, width = made.rgb.shape[:2]
    grid = OrthoGrid(
        epsg=made.epsg,
        left=EAST_M + made.corner[0] * made.cell_m,
        top=NORTH_M - made.corner[1] * made.cell_m,
        step_x=made.cell_m,
        step_y=made.cell_m,
        width_px=width,
        height_px=height,
    )
    state = np.full((height, width), CellState.OBSERVED, dtype=np.uint8) if made.state is None else made.state
    counts = {
        "looks": np.full((height, width), 16, dtype=np.uint16),
        "azimuths": np.full((height, width), 8, dtype=np.uint16),
        "canopy_percent": np.zeros((height, width), dtype=np.uint16),
        "state": state.astype(np.uint16),
    }
    files = {
        "integral.tif": _picture(made.rgb, state, grid),
        "looks.tif": code_cog(counts, grid, nodata=65535.0, tags={}),
    }
    if made.warmth is not None:
        files["thermal.tif"] = _picture(np.repeat(made.warmth[..., None], 3, axis=2), state, grid)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    said = [{"name": name, "content": content_hash(content)} for name, content in files.items()]
    (folder / "looks.json").write_text(
        json.dumps({"files": said, "synthetic": False, "at": made.middle_utc.isoformat()})
    )
    table = _keyframes(made.middle_utc)
    none = np.full(len(table), None, dtype=object)
    (folder / "keyframes.parquet").write_bytes(parquet_bytes(table, "keyframes", "Point", none))
    return folder


def _picture(rgb: NDArray[np.uint8], state: NDArray[np.uint8], grid: OrthoGrid) -> bytes:
    alpha = np.where(state == CellState.NOT_COVERED, 0, 255).astype(np.uint8)
    planes = np.ascontiguousarray(np.moveaxis(rgb, -1, 0))
    return picture_cog(planes, alpha, grid, packing=Packing.LOSSLESS, tags={})


def _keyframes(middle: datetime) -> KeyframeTable:
    time_us = int(middle.timestamp() * 1e6) + np.array([-5, 0, 5], dtype=np.int64) * 1_000_000
    unknown = np.full(3, np.nan)
    return KeyframeTable(
        frame_index=np.arange(3),
        time_us=time_us,
        pts_s=np.arange(3.0),
        verdict=np.array([FrameVerdict.USED.value] * 3),
        sharpness=unknown,
        look_azimuth_deg=unknown,
        depression_deg=unknown,
        gsd_m=unknown,
    )
