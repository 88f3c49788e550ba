"""The ground that was looked at: its area, from how many sides, and where a false alarm could be."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.evaluation_sites import is_site
from atalaya.geo.local_plane import LocalPlane
from atalaya.model.footprint import CORNERS, FootprintTable
from atalaya.model.known_world import KnownWorld
from atalaya.model.looks import AZIMUTH_BINS, azimuth_bin
from atalaya.units import Metres, MetresArray

CELL_M = 2.0
MOST_CELLS = 4_000_000
"""Wider ground is counted in larger cells; area stays right to the length of its edge times half a cell."""
_SAME_M = 1.0
UNSEEN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedGround:
    """Cells of one world, row 0 in the south.

    Args:
        plane: flat metres of the world. west_m, south_m: corner of the cells in it. cell_m: their side.
        azimuths: (H, W) int16 sectors of 45 degrees from which frames covered the middle of the cell, by
            the bearing to the middle of the frame; 0 where no bearing is known; UNSEEN where no frame did.
        near_site: (H, W) within reach of a true site, where no false alarm can be.
    """

    plane: LocalPlane
    west_m: Metres
    south_m: Metres
    cell_m: Metres
    azimuths: NDArray[np.int16]
    near_site: NDArray[np.bool_]

    def km2(self, cells: NDArray[np.bool_]) -> float:
        """Area of some of the cells."""
        return float(np.count_nonzero(cells)) * self.cell_m**2 / 1e6

    def azimuths_at(self, points_m: MetresArray) -> NDArray[np.int64]:
        """(N,) sectors from which places (N, 2) in the plane were covered; UNSEEN where no frame looked."""
        col = np.floor((points_m[:, 0] - self.west_m) / self.cell_m).astype(np.int64)
        row = np.floor((points_m[:, 1] - self.south_m) / self.cell_m).astype(np.int64)
        height, width = self.azimuths.shape
        inside = (col >= 0) & (col < width) & (row >= 0) & (row < height)
        found = np.full(len(points_m), UNSEEN, dtype=np.int64)
        found[inside] = self.azimuths[row[inside], col[inside]]
        return found


def plane_of(world: KnownWorld) -> LocalPlane:
    """Flat metres about the middle of a world."""
    west_deg, south_deg, east_deg, north_deg = world.bounds_deg
    return LocalPlane(0.5 * (west_deg + east_deg), 0.5 * (south_deg + north_deg))


def looked_ground(world: KnownWorld, slack_m: Metres) -> LookedGround:
    """Every cell of a world that frames covered.

    Args:
        world: its footprints are the looks; one with a corner that met no ground covers nothing.
        slack_m: beyond a site's radius that a claim may be off.

    Returns:
        Cells of 2 m, larger where there are more than 4 million of them.
    """
    plane = plane_of(world)
    corners_m, sector = _looks(world.footprints, plane)
    if not len(corners_m):
        nothing = np.full((1, 1), UNSEEN, dtype=np.int16)
        return LookedGround(
            plane=plane, west_m=0.0, south_m=0.0, cell_m=CELL_M, azimuths=nothing, near_site=nothing == 0
        )
    low_m, high_m = corners_m.min(axis=(0, 1)), corners_m.max(axis=(0, 1))
    cell_m = max(CELL_M, math.sqrt(float(np.prod(high_m - low_m)) / MOST_CELLS))
    width, height = (max(1, math.ceil(extent_m / cell_m)) for extent_m in (high_m - low_m).tolist())
    grid = _Grid(float(low_m[0]), float(low_m[1]), cell_m, width, height)
    sites = is_site(world)
    middle_m = plane.to_metres(world.places.lon_deg[sites], world.places.lat_deg[sites])
    return LookedGround(
        plane=plane,
        west_m=grid.west_m,
        south_m=grid.south_m,
        cell_m=cell_m,
        azimuths=_sectors_seen(grid, corners_m, sector),
        near_site=_discs(grid, middle_m, world.places.radius_m[sites] + slack_m),
    )


@dataclass(frozen=True, slots=True)
class _Grid:
    west_m: Metres
    south_m: Metres
    cell_m: Metres
    width: int
    height: int

    def window(
        self, low_m: MetresArray, high_m: MetresArray
    ) -> tuple[slice, slice, MetresArray, MetresArray]:
        """Rows and columns that touch a box, and the easting and northing of the middles of their cells."""
        first = np.floor((low_m - (self.west_m, self.south_m)) / self.cell_m).astype(int)
        last = np.ceil((high_m - (self.west_m, self.south_m)) / self.cell_m).astype(int)
        limits = np.array([self.width, self.height])
        first, last = np.clip(first, 0, limits), np.clip(last, 0, limits)
        east_m = self.west_m + (np.arange(first[0], last[0]) + 0.5) * self.cell_m
        north_m = self.south_m + (np.arange(first[1], last[1]) + 0.5) * self.cell_m
        return slice(first[1], last[1]), slice(first[0], last[0]), east_m, north_m


def _looks(footprints: FootprintTable, plane: LocalPlane) -> tuple[MetresArray, NDArray[np.int64]]:
    """(N, 4, 2) corners and (N,) sectors of the frames that add ground: one where the camera stood still."""
    corners_m = plane.to_metres(footprints.corner_lon_deg, footprints.corner_lat_deg)
    known = np.isfinite(corners_m).all(axis=(1, 2))
    corners_m, sector = corners_m[known], azimuth_bin(footprints.look_azimuth_deg[known])
    rounded = np.rint(corners_m / _SAME_M).reshape(-1, 2 * CORNERS).astype(np.int64)
    _, rows = np.unique(np.column_stack([rounded, sector]), axis=0, return_index=True)
    return corners_m[rows], sector[rows]


def _sectors_seen(grid: _Grid, corners_m: MetresArray, sector: NDArray[np.int64]) -> NDArray[np.int16]:
    """(H, W) number of sectors, UNSEEN where no footprint holds the middle of the cell."""
    seen = np.zeros((grid.height, grid.width), dtype=np.uint16)
    for corner_m, number in zip(corners_m, sector.tolist(), strict=True):
        rows, cols, east_m, north_m = grid.window(corner_m.min(axis=0), corner_m.max(axis=0))
        bit = np.uint16(1 << (number if number >= 0 else AZIMUTH_BINS))
        seen[rows, cols] |= np.where(_inside(corner_m, east_m, north_m), bit, np.uint16(0))
    count = np.zeros(seen.shape, dtype=np.int16)
    for number in range(AZIMUTH_BINS):
        count += ((seen >> np.uint16(number)) & np.uint16(1)).astype(np.int16)
    return np.where(seen > 0, count, np.int16(UNSEEN)).astype(np.int16)


def _inside(corner_m: MetresArray, east_m: MetresArray, north_m: MetresArray) -> NDArray[np.bool_]:
    """(h, w) even-odd: a crossed quadrilateral holds what a fill would paint."""
    inside = np.zeros((north_m.size, east_m.size), dtype=np.bool_)
    for corner in range(CORNERS):
        first, second = corner_m[corner], corner_m[(corner + 1) % CORNERS]
        spans = (first[1] > north_m) != (second[1] > north_m)
        rise_m = second[1] - first[1] if second[1] != first[1] else 1.0
        crossing_m = first[0] + (north_m - first[1]) / rise_m * (second[0] - first[0])
        inside ^= spans[:, None] & (east_m[None, :] < crossing_m[:, None])
    return inside


def _discs(grid: _Grid, middle_m: MetresArray, reach_m: MetresArray) -> NDArray[np.bool_]:
    """(H, W) cells whose middle is within reach of any of these."""
    near = np.zeros((grid.height, grid.width), dtype=np.bool_)
    for middle, reach in zip(middle_m, reach_m.tolist(), strict=True):
        rows, cols, east_m, north_m = grid.window(middle - reach, middle + reach)
        near[rows, cols] |= np.hypot(east_m[None, :] - middle[0], north_m[:, None] - middle[1]) <= reach
    return near
