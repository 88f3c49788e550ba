"""One run of looks laid on the ground: decoded, asked for cues, and added to the tiles that they show.

The unit of work of `detect looks`: it depends on nothing but what it is given, and what it leaves are whole
numbers in files, so that slabs may be done in any order, by any number of processes, today or later.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.look_pictures import read_looks
from atalaya.detection.cues import fused_at_working_gsd, score_maps
from atalaya.detection.ground_grid import Levels, TileSums, add_look, no_looks
from atalaya.detection.look_channels import LIGHT, SIGNS, WARMTH, channels_of, thermal_channels_of
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.ground_pixels import GroundNodes, GroundPixels, ground_nodes, ground_pixels
from atalaya.georeg.ground_sample import for_cells, sample
from atalaya.georeg.lens import Lens
from atalaya.georeg.ortho_grid import OrthoGrid, project_to
from atalaya.georeg.pose import Poses
from atalaya.io.tile_parts import BestLook, no_best_look, remove_slab, write_part
from atalaya.model.looks import GroundTile, azimuth_bin, tiles_over
from atalaya.units import DegreesArray, Metres, MetresArray

TILE_CELLS = 256
MOST_TILES_HELD = 24
"""In memory at a time by one process; those not looked at for longest are put down."""
REACH = 3.0
"""Ground more than so many times farther than the middle of the picture is too coarse to say anything."""
_PROBES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class LookGround:
    """Where looks are added up.

    Args:
        epsg: of the tiles. cell_m: of their cells.
        terrain: the ground. stands_on: what it is, for the record: sums on other ground are others.
        lens: of the pictures; None is a pinhole.
        permitted: area that may be looked at (lon, lat); None where nothing says so.
        thermal: whether levels are warmth and not light.
    """

    epsg: int
    cell_m: Metres
    terrain: Terrain
    stands_on: str
    lens: Lens | None
    permitted: Polygon | MultiPolygon | None
    thermal: bool

    @property
    def layers(self) -> tuple[tuple[str, ...], ...]:
        """Channels of what is added up; the first ones are shown."""
        return (WARMTH,) if self.thermal else (LIGHT, SIGNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSlab:
    """A run of looks and all that is needed to add them up.

    Args:
        number: of the slab. folder: of the work.
        video: where the pictures lie. pts_s: (N,) of them. keys: as in PictureTimes.
        camera: (N,) their poses. look_azimuth_deg, gsd_m, sharpness: (N,) of each.
        burnt_in: (h, w) bool, where all pictures show the same: writing, not ground.
    """

    number: int
    folder: Path
    video: Path
    pts_s: NDArray[np.float64]
    keys: bool
    camera: Poses
    look_azimuth_deg: DegreesArray
    gsd_m: MetresArray
    sharpness: NDArray[np.float64]
    burnt_in: NDArray[np.bool_]
    ground: LookGround


def add_slab(slab: LookSlab) -> int:
    """Add the looks of a slab up and put its tiles down.

    Returns:
        How many looks were added; a picture that can no longer be decoded is none.

    Raises:
        ExternalError: the video cannot be read, or a tile cannot be written.
    """
    cv2.setNumThreads(1)
    remove_slab(slab.folder, slab.number)
    held = _HeldTiles(slab)
    looks = 0
    for picture in read_looks(slab.video, slab.pts_s, keys=slab.keys):
        row = int(np.argmin(np.abs(slab.pts_s - picture.pts_s)))
        _add(slab, row, picture.rgb, held)
        looks += 1
    held.put_down()
    return looks


def grid_of(tile: GroundTile) -> OrthoGrid:
    """The raster of a tile."""
    return OrthoGrid(
        epsg=tile.epsg,
        left=tile.west_m,
        top=tile.north_m,
        step_x=tile.cell_m,
        step_y=tile.cell_m,
        width_px=tile.cells,
        height_px=tile.cells,
    )


def tiles_shown(slab: LookSlab, row: int, size_px: tuple[int, int]) -> tuple[GroundTile, ...]:
    """The tiles under what one picture shows, as far as it reaches."""
    ground, (width_px, height_px) = slab.ground, size_px
    x_px, y_px = (
        plane.ravel()
        for plane in np.meshgrid(
            np.linspace(0.0, width_px - 1.0, _PROBES), np.linspace(0.0, height_px - 1.0, _PROBES)
        )
    )
    many = slab.camera.take(np.full(len(x_px), row, dtype=np.intp))
    seen = camera_directions(many, x_px, y_px, width_px, height_px, lens=ground.lens)
    direction = np.einsum("nij,nj->ni", many.rotation_ecef_from_camera, seen)
    known = ~np.isnan(direction).any(axis=1)
    hit_m = cast(many.origin_ecef_m[known], direction[known], ground.terrain)
    away_m = np.linalg.norm(hit_m - many.origin_ecef_m[known], axis=1)
    if not np.isfinite(away_m).any():
        return ()
    near = away_m <= REACH * float(np.nanmedian(away_m))
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_m[near])
    east_m, north_m = project_to(ground.epsg, lon_deg, lat_deg)
    bounds_m = (float(east_m.min()), float(north_m.min()), float(east_m.max()), float(north_m.max()))
    return tiles_over(ground.epsg, bounds_m, ground.cell_m, TILE_CELLS)


@dataclass(slots=True)
class _HeldTile:
    """A tile in memory."""

    layers: list[TileSums]
    best: BestLook
    nodes: GroundNodes
    permitted: NDArray[np.bool_] | None


class _HeldTiles:
    """The tiles that were looked at last; older ones are put down, and may be taken up anew."""

    def __init__(self, slab: LookSlab) -> None:
        self._slab = slab
        self._held: OrderedDict[GroundTile, _HeldTile] = OrderedDict()
        self._parts = 0

    def tile(self, tile: GroundTile) -> _HeldTile:
        """That tile, to be added to."""
        if tile not in self._held:
            ground = self._slab.ground
            self._held[tile] = _HeldTile(
                [no_looks(tile, channels) for channels in ground.layers],
                no_best_look(tile.cells, sum(map(len, ground.layers))),
                ground_nodes(grid_of(tile), ground.terrain),
                permitted_cells(tile, ground.permitted),
            )
            while len(self._held) > MOST_TILES_HELD:
                self._put(self._held.popitem(last=False)[1])
        self._held.move_to_end(tile)
        return self._held[tile]

    def put_down(self) -> None:
        """Put all down."""
        for held in self._held.values():
            self._put(held)
        self._held.clear()

    def _put(self, held: _HeldTile) -> None:
        if held.layers[0].count.any():
            write_part(self._slab.folder, self._slab.number, self._parts, held.layers, held.best)
            self._parts += 1


def permitted_cells(tile: GroundTile, area: Polygon | MultiPolygon | None) -> NDArray[np.bool_] | None:
    """(H, W) cells all of whose corners lie in the area; None where all may be looked at."""
    if area is None:
        return None
    grid = grid_of(tile)
    x_px, y_px = np.meshgrid(np.arange(tile.cells + 1), np.arange(tile.cells + 1))
    lon_deg, lat_deg = grid.lon_lat(x_px, y_px)
    middle_deg = float(area.centroid.x)
    lon_deg = middle_deg + (lon_deg - middle_deg + 180.0) % 360.0 - 180.0
    if area.covers(shapely.box(lon_deg.min(), lat_deg.min(), lon_deg.max(), lat_deg.max())):
        return None
    shapely.prepare(area)
    corner = shapely.intersects_xy(area, lon_deg, lat_deg)
    return np.asarray(corner[:-1, :-1] & corner[:-1, 1:] & corner[1:, :-1] & corner[1:, 1:])


def _add(slab: LookSlab, row: int, rgb: NDArray[np.uint8], held: _HeldTiles) -> None:
    ground, gsd_m = slab.ground, float(slab.gsd_m[row])
    height_px, width_px = rgb.shape[:2]
    camera = slab.camera.take(np.array([row], dtype=np.intp))
    sector = int(azimuth_bin(slab.look_azimuth_deg[row : row + 1])[0])
    levels = _levels(ground, rgb, gsd_m)
    for tile in tiles_shown(slab, row, (width_px, height_px)):
        one = held.tile(tile)
        pixels = ground_pixels(one.nodes, camera, width_px, height_px, lens=ground.lens)
        if pixels is None:
            continue
        seen = pixels.seen & ~_writing(slab.burnt_in, pixels, (width_px, height_px))
        place = pixels.row, pixels.col
        if one.permitted is not None:
            seen &= one.permitted[_window(place, seen.shape)]
        if seen.any():
            look = sample(levels, pixels, (width_px, height_px))
            _add_to_tile(one, look, seen, sector, place, float(slab.sharpness[row]))


def _add_to_tile(
    one: _HeldTile,
    look: Levels,
    seen: NDArray[np.bool_],
    sector: int,
    place: tuple[int, int],
    sharpness: float,
) -> None:
    """Add one look's window of a tile to all layers; a plane beyond their channels weighs the first."""
    first = 0
    planes = sum(len(sums.channels) for sums in one.layers)
    weights = np.maximum(look[..., planes], 1) if look.shape[2] > planes else None
    for sums in one.layers:
        last = first + len(sums.channels)
        add_look(
            look[..., first:last], seen, sector, place, out=sums, weights=weights if first == 0 else None
        )
        first = last
    one.best = _better(one.best, look[..., :planes], seen, place, sharpness)


def _window(place: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    return slice(place[0], place[0] + shape[0]), slice(place[1], place[1] + shape[1])


def _better(
    best: BestLook, look: Levels, seen: NDArray[np.bool_], place: tuple[int, int], sharpness: float
) -> BestLook:
    """The better of the best look so far and another one."""
    rank = float(seen.sum()) / best.seen.size * max(sharpness, 0.0)
    if not rank > best.rank:
        return best
    picture, shown = np.zeros_like(best.picture), np.zeros_like(best.seen)
    window = _window(place, seen.shape)
    shown[window] = seen
    picture[window] = np.where(seen[..., None], look, 0)
    return BestLook(picture=picture, seen=shown, rank=rank)


def _writing(
    burnt_in: NDArray[np.bool_], pixels: GroundPixels, size_px: tuple[int, int]
) -> NDArray[np.bool_]:
    """(h, w) cells that lie behind writing in the picture."""
    if not burnt_in.any():
        return np.zeros(pixels.seen.shape, dtype=np.bool_)
    rows, cols = burnt_in.shape
    row = np.clip(np.nan_to_num(pixels.y_px + 0.5) * rows / size_px[1], 0, rows - 1).astype(np.intp)
    col = np.clip(np.nan_to_num(pixels.x_px + 0.5) * cols / size_px[0], 0, cols - 1).astype(np.intp)
    return np.asarray(burnt_in[row, col], dtype=np.bool_)


def _levels(ground: LookGround, rgb: NDArray[np.uint8], gsd_m: Metres) -> Levels:
    """(h, w, C) of all channels, about as fine as the cells."""
    reduced = for_cells(rgb, gsd_m, ground.cell_m)
    if ground.thermal:
        return thermal_channels_of(rgb, reduced, gsd_m)
    return channels_of(
        reduced, fused_at_working_gsd(score_maps(rgb, gsd_m)), gsd_m * rgb.shape[1] / reduced.shape[1]
    )
