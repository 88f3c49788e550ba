"""The workspace's terrain as tiles of heights that the map shades itself, and of where none is known."""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import ExternalError, NotFoundError
from atalaya.geo.terrain import TerrainGrid, TerrainMosaic
from atalaya.units import DegreesArray, MetresArray

TILE_PX = 256
"""Side of a tile."""
MERCATOR_LIMIT_DEG = 85.0511287798066
"""Web Mercator is a square up to this latitude."""
HATCH_PX = 8
"""Spacing of the lines that mark unknown ground; divides the tile, so that they run on into its neighbour."""

_SMALLEST_PX = 64
"""The terrain is not drawn at zooms where its longer side is shorter than this."""
_DEEPEST_ZOOM = 20
_MOST_SAMPLES = 6
"""Samples per pixel and side where nodes are closer than pixels."""
_LOOKS = 257
"""Places looked at, each way, for gaps between the tiles of a mosaic."""
_TERRARIUM_ZERO_M = 32768.0


type Relief = TerrainGrid | TerrainMosaic
"""Ground with a shape; one declared height has none."""


class TileKind(StrEnum):
    """What a tile shows."""

    HEIGHT = "height"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainTiles:
    """What the map must know before it asks for tiles.

    Args:
        west_deg, south_deg, east_deg, north_deg: edges of the terrain.
        min_zoom, max_zoom: levels there are tiles for; a pixel of the deepest is about a node.
        has_voids: somewhere inside the edges no height is known.
        revision: changes when the terrain does.
    """

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    min_zoom: int
    max_zoom: int
    has_voids: bool
    revision: str


def tiles_of(terrain: Relief, revision: str) -> TerrainTiles:
    """The pyramid over one terrain."""
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    south_deg, north_deg = max(south_deg, -MERCATOR_LIMIT_DEG), min(north_deg, MERCATOR_LIMIT_DEG)
    _, top = _world(west_deg, north_deg)
    _, bottom = _world(west_deg, south_deg)
    longest = max((east_deg - west_deg) / 360.0, bottom - top)
    max_zoom = min(_DEEPEST_ZOOM, math.ceil(math.log2(360.0 / (_finest_step_deg(terrain) * TILE_PX))))
    return TerrainTiles(
        west_deg=west_deg,
        south_deg=south_deg,
        east_deg=east_deg,
        north_deg=north_deg,
        min_zoom=min(max(0, math.ceil(math.log2(_SMALLEST_PX / (TILE_PX * longest)))), max_zoom),
        max_zoom=max_zoom,
        has_voids=_has_voids(terrain),
        revision=revision,
    )


def tile(terrain: Relief, kind: TileKind, zoom: int, column: int, row: int) -> bytes:
    """One tile of either kind.

    Raises:
        NotFoundError: no such tile, or none of the terrain in it. ExternalError: it cannot be encoded.
    """
    match kind:
        case TileKind.HEIGHT:
            return height_tile(terrain, zoom, column, row)
        case TileKind.VOID:
            return void_tile(terrain, zoom, column, row)


def height_tile(terrain: Relief, zoom: int, column: int, row: int) -> bytes:
    """Heights above the ellipsoid in the terrarium form: height = 256 R + G + B / 256 - 32768 [m].

    A pixel is the mean of what lies in it. Unknown ground has the height of the nearest known pixel, so that
    no cliff casts a shade around it, and `void_tile` covers it.

    Args:
        terrain: the ground.
        zoom: of the tile, Web Mercator.
        column: of the tile, from the west.
        row: of the tile, from the north.

    Returns:
        A PNG; heights within 2 mm of the bilinear ground where a pixel is no larger than a node.

    Raises:
        NotFoundError: no such tile, or none of the terrain in it. ExternalError: it cannot be encoded.
    """
    height_m = _heights(terrain, zoom, column, row)
    code = np.rint((_filled(height_m) + _TERRARIUM_ZERO_M) * 256.0).astype(np.uint32)
    channels = (code & 255, code >> 8 & 255, code >> 16)  # OpenCV writes blue, green, red
    return _png(np.stack(channels, axis=-1).astype(np.uint8))


def void_tile(terrain: Relief, zoom: int, column: int, row: int) -> bytes:
    """Clear where the height is known; white with black lines where it is not.

    Args:
        terrain: the ground.
        zoom: as in `height_tile`.
        column: as in `height_tile`.
        row: as in `height_tile`.

    Returns:
        A PNG; the page turns white and black into two tones of its look.

    Raises:
        NotFoundError: no such tile, or none of the terrain in it. ExternalError: it cannot be encoded.
    """
    unknown = ~np.isfinite(_heights(terrain, zoom, column, row))
    down, across = np.indices(unknown.shape)
    tone = np.where((down + across) % HATCH_PX == 0, 0, 255)
    return _png(np.stack([tone, tone, tone, np.where(unknown, 255, 0)], axis=-1).astype(np.uint8))


def _heights(terrain: Relief, zoom: int, column: int, row: int) -> MetresArray:
    """(TILE_PX, TILE_PX), NaN where nothing in a pixel is known."""
    side = 1 << zoom if 0 <= zoom <= _DEEPEST_ZOOM else 0
    if not (0 <= column < side and 0 <= row < side):
        raise NotFoundError(f"no tile {zoom}/{column}/{row}")
    pixel_deg = 360.0 / (TILE_PX * side)
    samples = min(_MOST_SAMPLES, max(1, round(pixel_deg / _finest_step_deg(terrain))))
    place = (np.arange(TILE_PX * samples) + 0.5) / (TILE_PX * samples)
    lon_deg = (column + place) / side * 360.0 - 180.0
    lat_deg = _latitude_deg((row + place) / side)
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    if lat_deg[0] < south_deg or lat_deg[-1] > north_deg:
        raise NotFoundError(f"no terrain in tile {zoom}/{column}/{row}")
    turns = 360.0 * np.round((0.5 * (west_deg + east_deg) - lon_deg) / 360.0)
    if (lon_deg + turns > east_deg).all() or (lon_deg + turns < west_deg).all():
        raise NotFoundError(f"no terrain in tile {zoom}/{column}/{row}")
    return _means(terrain.height_hae_m(lon_deg[None, :], lat_deg[:, None]), samples)


def _means(height_m: MetresArray, samples: int) -> MetresArray:
    """Of each block of samples, those that are known; NaN where none is."""
    if samples == 1:
        return height_m
    blocks_m = height_m.reshape(TILE_PX, samples, TILE_PX, samples)
    known = np.isfinite(blocks_m)
    count = known.sum(axis=(1, 3))
    total_m = np.where(known, blocks_m, 0.0).sum(axis=(1, 3))
    return np.where(count > 0, total_m / np.maximum(count, 1), np.nan)


def _filled(height_m: MetresArray) -> MetresArray:
    """Unknown pixels take the height of the nearest known one; 0 where nothing is known."""
    known = np.isfinite(height_m)
    if known.all() or not known.any():
        return np.nan_to_num(height_m)
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    by_label_m: MetresArray = np.zeros(int(nearest.max()) + 1)
    by_label_m[nearest[known]] = height_m[known]
    filled_m: MetresArray = by_label_m[nearest]
    return filled_m


def _has_voids(terrain: Relief) -> bool:
    if isinstance(terrain, TerrainGrid):
        return bool(np.isnan(terrain.hae_m).any())
    if any(np.isnan(it.hae_m).any() for it in terrain.tiles):
        return True
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    lon_deg, lat_deg = (
        np.linspace(low, high, _LOOKS) for low, high in ((west_deg, east_deg), (south_deg, north_deg))
    )
    return bool((terrain.tile_at(lon_deg[None, :], lat_deg[:, None]) < 0).any())


def _finest_step_deg(terrain: Relief) -> float:
    tiles = (terrain,) if isinstance(terrain, TerrainGrid) else terrain.tiles
    return min(it.step_lon_deg for it in tiles)


def _world(lon_deg: float, lat_deg: float) -> tuple[float, float]:
    """Place in the square of the world, 0 to 1 from its north-west corner."""
    mercator = math.asinh(math.tan(math.radians(lat_deg)))
    return lon_deg / 360.0 + 0.5, 0.5 - mercator / (2.0 * math.pi)


def _latitude_deg(down: NDArray[np.float64]) -> DegreesArray:
    """From the place in the square of the world, 0 in the north to 1."""
    return np.degrees(np.arctan(np.sinh(math.pi * (1.0 - 2.0 * down))))


def _png(picture: NDArray[np.uint8]) -> bytes:
    encoded, data = cv2.imencode(".png", picture)
    if not encoded:
        raise ExternalError(f"no PNG of {picture.shape[0]} x {picture.shape[1]} px")
    return data.tobytes()
