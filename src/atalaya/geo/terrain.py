"""The ground as heights above the ellipsoid: one declared height, a grid with voids, or many grids."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atalaya.errors import InputError
from atalaya.geo.ceilings import ceilings
from atalaya.geo.mipmap import Mipmap, mipmap
from atalaya.units import DegreesArray, MetresArray

_SLACK_NODES = 1e-9
_HALF_TURN_DEG = 180.0


@dataclass(frozen=True, slots=True)
class ConstantHeight:
    """Declared ground: the same height above the ellipsoid everywhere.

    Raises:
        InputError: the height is not finite.
    """

    hae_m: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.hae_m):
            raise InputError(f"a constant ground height must be a finite number, got {self.hae_m}")

    def height_hae_m(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
        """Height above the ellipsoid [m] of the ground at places; NaN places give NaN."""
        lon, lat = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        return np.where(np.isnan(lon) | np.isnan(lat), np.nan, self.hae_m)

    def cell_size_deg(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[DegreesArray, DegreesArray]:
        """Longitudes and latitudes over which the ground is one patch: NaN, it has no cells."""
        lon, _ = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        return np.full(lon.shape, np.nan), np.full(lon.shape, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainGrid:
    """Ground heights on a regular lon/lat grid of nodes, bilinear between them.

    Args:
        hae_m: (rows, cols) float32 or float64 height above the ellipsoid, row 0 in the north, NaN = void.
        west_deg, north_deg: place of node [0, 0].
        step_lon_deg, step_lat_deg: spacing, both positive.

    Attributes:
        lowest_m, highest_m: of all nodes.

    Raises:
        InputError: fewer than 2 x 2 nodes, no known height at all, infinite heights, steps that are not
            positive, or a grid beyond the poles or wider than half the world.
    """

    hae_m: NDArray[np.float32] | NDArray[np.float64]
    west_deg: float
    north_deg: float
    step_lon_deg: float
    step_lat_deg: float
    lowest_m: float = field(init=False, compare=False)
    highest_m: float = field(init=False, compare=False)
    _mipmaps: list[Mipmap] = field(init=False, compare=False, repr=False, default_factory=list)
    _ceilings: list[tuple[NDArray[np.float64], ...]] = field(
        init=False, compare=False, repr=False, default_factory=list
    )
    _alone: list["TerrainMosaic"] = field(init=False, compare=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        rows, cols = _grid_shape(self.hae_m)
        if not (self.step_lon_deg > 0.0 and self.step_lat_deg > 0.0):
            raise InputError(f"terrain steps must be positive: {self.step_lon_deg}, {self.step_lat_deg} deg")
        south_deg = self.north_deg - self.step_lat_deg * (rows - 1)
        if not (south_deg >= -90.0 and self.north_deg <= 90.0):
            raise InputError(f"terrain reaches from lat {south_deg} to {self.north_deg} deg")
        if not (self.step_lon_deg * (cols - 1) < _HALF_TURN_DEG and np.isfinite(self.west_deg)):
            raise InputError("terrain must be narrower than half the world")
        object.__setattr__(self, "highest_m", float(np.fmax.reduce(self.hae_m, axis=None)))
        object.__setattr__(self, "lowest_m", float(np.fmin.reduce(self.hae_m, axis=None)))
        if np.isnan(self.highest_m):
            raise InputError("terrain without a single known height")
        if not (np.isfinite(self.highest_m) and np.isfinite(self.lowest_m)):
            raise InputError("terrain heights must be finite, or NaN for voids")

    @property
    def mipmap(self) -> Mipmap:
        """The highest node of ever larger blocks; made when first asked for, a third of the grid's memory."""
        if not self._mipmaps:
            self._mipmaps.append(mipmap(self.hae_m))
        return self._mipmaps[0]

    @property
    def ceilings(self) -> tuple[NDArray[np.float64], ...]:
        """Per level of `ceilings.CEILING_BLOCKS`, the highest node within one block around each block."""
        if not self._ceilings:
            self._ceilings.append(ceilings(self.hae_m))
        return self._ceilings[0]

    @property
    def alone(self) -> "TerrainMosaic":
        """The mosaic of this grid and no other."""
        if not self._alone:
            self._alone.append(TerrainMosaic((self,)))
        return self._alone[0]

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the outermost nodes."""
        rows, cols = self.hae_m.shape
        east_deg = self.west_deg + self.step_lon_deg * (cols - 1)
        return self.west_deg, self.north_deg - self.step_lat_deg * (rows - 1), east_deg, self.north_deg

    def grid_place(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fractional column and row of places; beyond 0 .. cols-1 and 0 .. rows-1 is off the terrain."""
        centre_deg = self.west_deg + 0.5 * self.step_lon_deg * (self.hae_m.shape[1] - 1)
        turn_deg = (
            np.asarray(lon_deg, dtype=np.float64) - centre_deg + _HALF_TURN_DEG
        ) % 360.0 - _HALF_TURN_DEG
        col = (turn_deg + (centre_deg - self.west_deg)) / self.step_lon_deg
        row = (self.north_deg - np.asarray(lat_deg, dtype=np.float64)) / self.step_lat_deg
        return col, row

    def height_hae_m(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
        """Height above the ellipsoid [m] at places, bilinear; NaN off the terrain or beside a void."""
        col, row = np.broadcast_arrays(*self.grid_place(lon_deg, lat_deg))
        return self.height_at_grid_m(col, row)

    def cell_size_deg(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[DegreesArray, DegreesArray]:
        """Spacing of the nodes in longitude and latitude at places, known ground or not."""
        lon, _ = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        return np.full(lon.shape, self.step_lon_deg), np.full(lon.shape, self.step_lat_deg)

    def height_at_grid_m(self, col: NDArray[np.float64], row: NDArray[np.float64]) -> MetresArray:
        """As `height_hae_m`, by fractional column and row."""
        rows, cols = self.hae_m.shape
        inside = (col >= -_SLACK_NODES) & (col <= cols - 1 + _SLACK_NODES)
        inside &= (row >= -_SLACK_NODES) & (row <= rows - 1 + _SLACK_NODES)
        left = np.clip(np.where(inside, col, 0.0).astype(np.intp), 0, cols - 2)
        top = np.clip(np.where(inside, row, 0.0).astype(np.intp), 0, rows - 2)
        across, down = np.clip(col - left, 0.0, 1.0), np.clip(row - top, 0.0, 1.0)
        flat, corner = self.hae_m.reshape(-1), top * cols + left
        upper_left_m, lower_left_m = flat[corner].astype(np.float64), flat[corner + cols].astype(np.float64)
        upper_m = upper_left_m + across * (flat[corner + 1] - upper_left_m)
        lower_m = lower_left_m + across * (flat[corner + cols + 1] - lower_left_m)
        answer_m: MetresArray = np.where(inside, upper_m + down * (lower_m - upper_m), np.nan)
        return answer_m


@dataclass(frozen=True, slots=True)
class TerrainMosaic:
    """Several grids as one ground: at each place the first grid that knows it answers.

    Where the answering grid changes the ground may have a step; there it is closed by a wall.

    Args:
        tiles: best first; they may overlap, share edge nodes, or leave gaps, which are unknown ground.

    Attributes:
        compiled: what the compiled rays keep of the tiles, once they were cast on them.

    Raises:
        InputError: no tile at all.
    """

    tiles: tuple[TerrainGrid, ...]
    compiled: list[object] = field(init=False, compare=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        if not self.tiles:
            raise InputError("a mosaic of terrain needs at least one tile")

    @property
    def lowest_m(self) -> float:
        """The lowest node of all tiles, seen or not."""
        return min(tile.lowest_m for tile in self.tiles)

    @property
    def highest_m(self) -> float:
        """The highest node of all tiles, seen or not."""
        return max(tile.highest_m for tile in self.tiles)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east and north around all tiles, longitudes in the turn of the first."""
        first_deg = _middle_lon_deg(self.tiles[0])
        wests_deg, souths_deg, easts_deg, norths_deg = [], [], [], []
        for tile in self.tiles:
            west_deg, south_deg, east_deg, north_deg = tile.bounds_deg
            turn_deg = 360.0 * round((first_deg - _middle_lon_deg(tile)) / 360.0)
            wests_deg.append(west_deg + turn_deg)
            easts_deg.append(east_deg + turn_deg)
            souths_deg.append(south_deg)
            norths_deg.append(north_deg)
        return min(wests_deg), min(souths_deg), max(easts_deg), max(norths_deg)

    def tile_at(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.intp]:
        """Which tile answers at places: its index, best first, or -1 where none knows the ground."""
        return self._answer(lon_deg, lat_deg)[0]

    def height_hae_m(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
        """Height above the ellipsoid [m] at places; NaN where no tile knows the ground."""
        return self._answer(lon_deg, lat_deg)[1]

    def cell_size_deg(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[DegreesArray, DegreesArray]:
        """Spacing of the nodes of the tile that answers at each place; NaN where none does."""
        tile = self.tile_at(lon_deg, lat_deg)
        across_deg = np.array([*(one.step_lon_deg for one in self.tiles), np.nan])
        down_deg = np.array([*(one.step_lat_deg for one in self.tiles), np.nan])
        return across_deg[tile], down_deg[tile]

    def _answer(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[NDArray[np.intp], MetresArray]:
        lon, lat = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        shape, lon, lat = lon.shape, lon.reshape(-1), lat.reshape(-1)
        answering, height_m = np.full(lon.shape, -1, dtype=np.intp), np.full(lon.shape, np.nan)
        open_rows = np.arange(lon.size)
        for index, tile in enumerate(self.tiles):
            if not open_rows.size:
                break
            found_m = tile.height_hae_m(lon[open_rows], lat[open_rows])
            known = ~np.isnan(found_m)
            answering[open_rows[known]], height_m[open_rows[known]] = index, found_m[known]
            open_rows = open_rows[~known]
        return answering.reshape(shape), height_m.reshape(shape)


type Terrain = ConstantHeight | TerrainGrid | TerrainMosaic
"""What a ray may meet; all answer `height_hae_m(lon_deg, lat_deg)` and `cell_size_deg(lon_deg, lat_deg)`."""


def _middle_lon_deg(tile: TerrainGrid) -> float:
    west_deg, _, east_deg, _ = tile.bounds_deg
    return 0.5 * (west_deg + east_deg)


def _grid_shape(hae_m: NDArray[np.float32] | NDArray[np.float64]) -> tuple[int, int]:
    if hae_m.ndim != 2 or min(hae_m.shape) < 2 or hae_m.dtype.kind != "f":
        raise InputError(
            f"terrain needs a float grid of at least 2 x 2 nodes, got {hae_m.dtype} {hae_m.shape}"
        )
    return hae_m.shape[0], hae_m.shape[1]
