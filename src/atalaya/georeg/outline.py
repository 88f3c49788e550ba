"""The outline of a picture on the ground, sampled along its edges, cut where no known ground is met."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses
from atalaya.units import DegreesArray, MetresArray, PixelsArray

COLUMNS, ROWS = 65, 37
"""Looks across and down the picture; the outermost are on its edges."""
_BISECTIONS = 8
"""Halvings between a look that meets ground and its neighbour that meets none: 1/256 of their distance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The ground under one picture.

    Args:
        rings: for each connected part of the picture with known ground, the largest first: (N, 2) lon and
            lat, along the picture's edge from its upper left corner clockwise in the picture, not closed.
        known_share: of the picture that shows known ground, by its looks.
        nearest_m, farthest_m: of all looks that meet ground, along the optical axis; NaN without any.
    """

    rings: tuple[NDArray[np.float64], ...]
    known_share: float
    nearest_m: float
    farthest_m: float

    @property
    def complete(self) -> bool:
        """Whether all of the picture shows known ground."""
        return self.known_share == 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A lattice of looks through one picture.

    Args:
        x_px, y_px: (R, C) places in the picture.
        lon_deg, lat_deg: (R, C) where they meet the ground, NaN where they meet none.
        depth_m: (R, C) along the optical axis.
    """

    x_px: PixelsArray
    y_px: PixelsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    depth_m: MetresArray


def footprint_outline(
    camera: Poses, terrain: Terrain, size_px: tuple[int, int], *, lens: Lens | None = None
) -> Outline:
    """The ground under one picture, as rings that follow the relief.

    Args:
        camera: one pose.
        terrain: in the datum of the pose.
        size_px: width and height of the picture.
        lens: measured; None is a pinhole of the pose's field of view.

    Returns:
        Outline; nothing known gives no ring. A hole (a void in the middle of the picture) is not cut out of
        its ring, but the outline is not complete then.

    Raises:
        InputError: not one pose, or a picture without pixels.
    """
    seen = looks(camera, terrain, size_px, lens=lens)
    known = np.isfinite(seen.lon_deg)
    rings = [
        _ring(chain, known, seen, camera, terrain, size_px, lens)
        for chain in _chains(known)
        if len(chain) > 2
    ]
    depth_m = seen.depth_m[known]
    return Outline(
        rings=tuple(rings),
        known_share=float(known.mean()),
        nearest_m=float(depth_m.min()) if depth_m.size else float("nan"),
        farthest_m=float(depth_m.max()) if depth_m.size else float("nan"),
    )


def looks(
    camera: Poses,
    terrain: Terrain,
    size_px: tuple[int, int],
    *,
    lens: Lens | None = None,
    shape: tuple[int, int] = (ROWS, COLUMNS),
) -> Looks:
    """Looks spread evenly over one picture, its edges included.

    Raises:
        InputError: not one pose, or a picture without pixels.
    """
    if len(camera) != 1:
        raise InputError(f"one pose at a time, got {len(camera)}")
    width_px, height_px = size_px
    x_px, y_px = np.meshgrid(
        np.linspace(-0.5, width_px - 0.5, shape[1]), np.linspace(-0.5, height_px - 0.5, shape[0])
    )
    lon_deg, lat_deg, depth_m = _ground(camera, terrain, size_px, lens, x_px.reshape(-1), y_px.reshape(-1))
    return Looks(
        x_px=x_px,
        y_px=y_px,
        lon_deg=lon_deg.reshape(shape),
        lat_deg=lat_deg.reshape(shape),
        depth_m=depth_m.reshape(shape),
    )


def _ground(
    camera: Poses,
    terrain: Terrain,
    size_px: tuple[int, int],
    lens: Lens | None,
    x_px: PixelsArray,
    y_px: PixelsArray,
) -> tuple[DegreesArray, DegreesArray, MetresArray]:
    many = camera.take(np.zeros(len(x_px), dtype=np.intp))
    rotation = camera.rotation_ecef_from_camera[0]
    direction = camera_directions(many, x_px, y_px, *size_px, lens=lens) @ rotation.T
    hit_m = cast(many.origin_ecef_m, direction, terrain)
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_m)
    return lon_deg, lat_deg, (hit_m - camera.origin_ecef_m[0]) @ rotation[:, 0]


def _chains(known: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Row and column of the looks around each connected part that meets ground, the longest first."""
    found, _ = cv2.findContours(known.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    chains = [np.asarray(one, dtype=np.intp).reshape(-1, 2)[::-1, ::-1] for one in found]
    return sorted(chains, key=len, reverse=True)


def _ring(
    chain: NDArray[np.intp],
    known: NDArray[np.bool_],
    seen: Looks,
    camera: Poses,
    terrain: Terrain,
    size_px: tuple[int, int],
    lens: Lens | None,
) -> NDArray[np.float64]:
    """The chain on the ground, where it borders on unknown ground moved up to it by bisection."""
    rows, cols = chain[:, 0], chain[:, 1]
    start = int(np.argmin(rows * seen.x_px.shape[1] + cols))
    rows, cols = np.roll(rows, -start), np.roll(cols, -start)
    x_px, y_px = seen.x_px[rows, cols], seen.y_px[rows, cols]
    lon_deg, lat_deg = seen.lon_deg[rows, cols], seen.lat_deg[rows, cols]
    towards = _towards_unknown(known, rows, cols)
    step = np.array([seen.x_px[0, 1] - seen.x_px[0, 0], seen.y_px[1, 0] - seen.y_px[0, 0]])
    at = np.flatnonzero(towards.any(axis=1))
    near, far = np.zeros(len(at)), np.ones(len(at))
    for _ in range(_BISECTIONS if len(at) else 0):
        middle = 0.5 * (near + far)
        out_px = np.stack([x_px[at], y_px[at]], axis=1) + middle[:, None] * towards[at] * step
        lon, lat, _ = _ground(camera, terrain, size_px, lens, out_px[:, 0], out_px[:, 1])
        met = np.isfinite(lon)
        near, far = np.where(met, middle, near), np.where(met, far, middle)
        lon_deg[at], lat_deg[at] = np.where(met, lon, lon_deg[at]), np.where(met, lat, lat_deg[at])
    return np.stack([lon_deg, lat_deg], axis=1)


def _towards_unknown(
    known: NDArray[np.bool_], rows: NDArray[np.intp], cols: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(N, 2) the step in columns and rows from each look to its neighbour without ground; 0, 0 for none."""
    towards = np.zeros((len(rows), 2))
    for across, down in ((1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)):
        row, col = rows + down, cols + across
        inside = (row >= 0) & (row < known.shape[0]) & (col >= 0) & (col < known.shape[1])
        unknown = inside & ~known[np.clip(row, 0, known.shape[0] - 1), np.clip(col, 0, known.shape[1] - 1)]
        towards[unknown] = (across, down)
    return towards
