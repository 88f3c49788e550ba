"""Chips of a piece of ground: looks averaged on each sheet that the focus can lie on, and one look alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.chip_looks import SiteLooks
from atalaya.detection.ground_grid import Levels, TileSums, add_look, azimuths, integral, no_looks
from atalaya.detection.look_weights import look_weights
from atalaya.dossier.picture_marks import draw_synthetic
from atalaya.errors import ExternalError
from atalaya.geo.terrain import Terrain
from atalaya.georeg.ground_pixels import GroundNodes, GroundPixels, ground_nodes, ground_pixels
from atalaya.georeg.ground_sample import for_cells, sample
from atalaya.georeg.lens import Lens
from atalaya.georeg.ortho_grid import OrthoGrid, project_to, utm_of
from atalaya.georeg.pose import Poses
from atalaya.io.video_keys import key_pictures
from atalaya.io.video_seek import pictures_at
from atalaya.model.looks import GroundTile, azimuth_bin
from atalaya.units import Degrees, Metres

_CHANNELS = ("red", "green", "blue")
_SHOWN = 3
"""Colour; behind it comes what each pixel weighs."""
_STRETCH_FROM, _STRETCH_TO = 1.0, 99.0
_LEAST_RANGE = 40.0
"""Levels: no chip's contrast is stretched beyond what turns so small a range into black to white."""
_MARK_PX = 160
"""The mark of what is synthetic takes no more of the width, so that it does not hide what is there."""

type Step = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One look in memory, about as fine as the cells.

    Args:
        levels: (h, w, 4) colour and weights. full_size_px: of the whole picture.
        camera: its pose. lens: of it. terrain: that it looks at. gsd_m: of the whole picture at the site.
        sector: of 45 degrees that it looks towards.
        permitted: (H, W) cells of the chip that it may show.
    """

    levels: Levels
    full_size_px: tuple[int, int]
    camera: Poses
    lens: Lens | None
    terrain: Terrain
    gsd_m: Metres
    sector: int
    permitted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the looks show on one sheet.

    Args:
        rgb: (H, W, 3) float32 levels, NaN where no look fell.
        sectors: (H, W) that each cell was seen from.
    """

    rgb: NDArray[np.float32]
    sectors: NDArray[np.uint8]


def chip_grid(lon_deg: Degrees, lat_deg: Degrees, side_m: Metres, cell_m: Metres) -> OrthoGrid:
    """The square of ground with a place in its middle, its corners on whole multiples of a cell.

    Raises:
        InputError: a place beyond UTM.
    """
    epsg, cells = utm_of(lon_deg, lat_deg), max(1, round(side_m / cell_m))
    east_m, north_m = (float(it) for it in project_to(epsg, lon_deg, lat_deg))
    return OrthoGrid(
        epsg=epsg,
        left=round((east_m - 0.5 * side_m) / cell_m) * cell_m,
        top=round((north_m + 0.5 * side_m) / cell_m) * cell_m,
        step_x=cell_m,
        step_y=cell_m,
        width_px=cells,
        height_px=cells,
    )


def permitted_cells(grid: OrthoGrid, area: Polygon | MultiPolygon) -> NDArray[np.bool_]:
    """(H, W) cells all of whose corners lie in the area."""
    x_px, y_px = np.meshgrid(np.arange(grid.width_px + 1), np.arange(grid.height_px + 1))
    lon_deg, lat_deg = grid.lon_lat(x_px, y_px)
    shapely.prepare(area)
    corner = shapely.intersects_xy(area, lon_deg, lat_deg)
    return np.asarray(corner[:-1, :-1] & corner[:-1, 1:] & corner[1:, :-1] & corner[1:, 1:])


def shots_of(looks: SiteLooks, grid: OrthoGrid, step: Step) -> Iterator[Shot]:
    """Decode the looks of one source; one that can no longer be decoded is left out.

    Raises:
        ExternalError: the video cannot be read.
    """
    clip = looks.site_clip.clip
    if clip.video is None:
        return
    permitted = permitted_cells(grid, looks.site_clip.area)
    wanted_s = looks.pts_s.tolist()
    found = key_pictures(clip.video, wanted_s) if looks.keys else pictures_at(clip.video, at_pts_s=wanted_s)
    for picture in found:
        row = int(np.argmin(np.abs(looks.pts_s - picture.pts_s)))
        gsd_m = float(looks.gsd_m[row])
        reduced = for_cells(picture.rgb, gsd_m, grid.step_x)
        weights = look_weights(reduced, gsd_m * picture.rgb.shape[1] / reduced.shape[1])
        step()
        yield Shot(
            levels=np.ascontiguousarray(np.dstack([reduced, weights])),
            full_size_px=(picture.rgb.shape[1], picture.rgb.shape[0]),
            camera=looks.camera.take(np.array([row], dtype=np.intp)),
            lens=clip.ground.lens,
            terrain=clip.ground.terrain,
            gsd_m=gsd_m,
            sector=int(azimuth_bin(looks.look_azimuth_deg[row : row + 1])[0]),
            permitted=permitted,
        )


def sheet_of(shots: list[Shot], grid: OrthoGrid, plane_m: Metres) -> Sheet:
    """The looks averaged on a sheet so many metres above the ground."""
    sums = no_looks(_tile_like(grid), _CHANNELS)
    nodes: GroundNodes | None = None
    for shot in shots:
        if nodes is None or nodes.terrain is not shot.terrain:
            nodes = ground_nodes(grid, shot.terrain)
        _add(shot, nodes, plane_m, sums)
    return Sheet(rgb=np.moveaxis(integral(sums), 0, -1), sectors=azimuths(sums))


def best_single(shots: list[Shot], grid: OrthoGrid) -> Sheet | None:
    """The look that shows most of the ground, of equals the finest; None where none shows any of it."""
    best, rank = None, (0.0, 0.0)
    nodes: GroundNodes | None = None
    for shot in shots:
        if nodes is None or nodes.terrain is not shot.terrain:
            nodes = ground_nodes(grid, shot.terrain)
        pixels = ground_pixels(nodes, shot.camera, *shot.full_size_px, lens=shot.lens)
        share = 0.0 if pixels is None else _shown(shot, pixels)
        own = round(share, 2), -shot.gsd_m
        if share > 0.0 and (best is None or own > rank):
            best, rank = shot, own
    return None if best is None else sheet_of([best], grid, 0.0)


def stretch_of(sheet: Sheet) -> tuple[float, float]:
    """Levels that become black and white, of the middle of what was seen; one for all channels."""
    known = sheet.rgb[np.isfinite(sheet.rgb)]
    if not known.size:
        return 0.0, 255.0
    low, high = np.percentile(known, [_STRETCH_FROM, _STRETCH_TO]).tolist()
    spare = max(0.0, _LEAST_RANGE - (high - low)) / 2.0
    return low - spare, high + spare


def chip_png(rgb: NDArray[np.float32], stretch: tuple[float, float], *, synthetic: bool) -> bytes:
    """A chip as PNG, clear where nothing is known.

    Args:
        rgb: (H, W, 3) levels, NaN where nothing is known.
        stretch: levels that become black and white.
        synthetic: whether the mark of what is synthetic goes on it.

    Raises:
        ExternalError: it cannot be encoded.
    """
    low, high = stretch
    seen = np.isfinite(rgb).all(axis=-1)
    levels = np.clip((np.nan_to_num(rgb) - low) * (255.0 / (high - low)), 0.0, 255.0).round().astype(np.uint8)
    levels[~seen] = 0
    alpha = np.where(seen, np.uint8(255), np.uint8(0))
    if synthetic:
        corner = slice(0, _MARK_PX), slice(0, _MARK_PX)
        drawn = np.ascontiguousarray(levels[corner])
        draw_synthetic(drawn)
        alpha[corner] = np.where((drawn != levels[corner]).any(axis=-1), np.uint8(255), alpha[corner])
        levels[corner] = drawn
    done, data = cv2.imencode(".png", np.dstack([levels[..., ::-1], alpha]))
    if not done:
        raise ExternalError(f"no PNG of {levels.shape}")
    return data.tobytes()


def _permitted_of(shot: Shot, pixels: GroundPixels) -> NDArray[np.bool_]:
    """(h, w) cells of the window that the look shows and may show."""
    rows = slice(pixels.row, pixels.row + pixels.seen.shape[0])
    cols = slice(pixels.col, pixels.col + pixels.seen.shape[1])
    return pixels.seen & shot.permitted[rows, cols]


def _shown(shot: Shot, pixels: GroundPixels) -> float:
    """Share of the chip that a look shows."""
    return float(_permitted_of(shot, pixels).sum()) / shot.permitted.size


def _add(shot: Shot, nodes: GroundNodes, plane_m: Metres, sums: TileSums) -> None:
    pixels = ground_pixels(nodes, shot.camera, *shot.full_size_px, lens=shot.lens, offset_m=plane_m)
    if pixels is None:
        return
    seen = _permitted_of(shot, pixels)
    if not seen.any():
        return
    look = sample(shot.levels, pixels, shot.full_size_px)
    weights = np.maximum(look[..., _SHOWN], 1)
    add_look(look[..., :_SHOWN], seen, shot.sector, (pixels.row, pixels.col), out=sums, weights=weights)


def _tile_like(grid: OrthoGrid) -> GroundTile:
    """A tile of the size of the grid; where it lies is the grid's to say, for a site is not on tile edges."""
    side_m = grid.step_x * grid.width_px
    return GroundTile(
        epsg=grid.epsg,
        col=int(grid.left // side_m),
        row=int(grid.top // side_m) - 1,
        cell_m=grid.step_x,
        cells=grid.width_px,
    )
