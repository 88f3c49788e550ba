"""Points followed through the pictures of a flight, each over several looks: what looks are registered by.

Unlike the ties of `image_ties` these need not lie on the ground: most points of a forest are leaves. So no
motion of a plane is asked for; each point is followed by itself, there and back, for as long as it can be.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions, project
from atalaya.georeg.homography import moved
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses
from atalaya.model.columns import Columns
from atalaya.units import PixelsArray

MOST_POINTS = 400
"""Points that are followed at a time."""
LONGEST = 16
"""Pictures through which one point is followed: beyond, it shows another side."""
WORKING_WIDTH_PX = 960
"""Wider pictures are reduced to about this before points are followed."""
_THERE_AND_BACK_PX = 0.4
_WINDOW_PX, _LEVELS = 17, 3
_QUALITY = 0.02
_PROBES = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
"""Of the picture's width and height: where the motion of the ground is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookTies(Columns):
    """One observation of one point in one picture, M first.

    Args:
        point: (M,) int64 number of the point. picture: (M,) int64 row of the picture.
        place_px: (M, 2) x, y, from 0 at the middle of the upper left pixel of the picture as it was given.
    """

    point: NDArray[np.int64]
    picture: NDArray[np.int64]
    place_px: PixelsArray


def no_look_ties() -> LookTies:
    """Nothing that was followed."""
    none = np.empty(0, dtype=np.int64)
    return LookTies(point=none, picture=none, place_px=np.empty((0, 2)))


def follow_points(
    pictures: Iterable[tuple[int, NDArray[np.uint8]]], predicted: NDArray[np.float64]
) -> LookTies:
    """Follow points from picture to picture.

    Args:
        pictures: row and picture, (H, W, 3) or (H, W) uint8, in order of time, all of one size.
        predicted: (N, 3, 3) homography to the picture of each row from the one before, in their pixels; NaN
            where nothing is known: then the point is sought where it was.

    Returns:
        Points that were found in two pictures or more, numbered from 0; to about 0.1 px of the picture that
        they are sought in.

    Raises:
        InputError: pictures of another type or of several sizes.

    Source: Shi-Tomasi corners, pyramidal Lucas-Kanade, checked there and back (OpenCV).
    """
    chain = PointChain()
    for row, picture in pictures:
        chain.add(row, picture, predicted[row])
    return chain.ties()


def predicted_homographies(
    camera: Poses, terrain: Terrain, size_px: tuple[int, int], lens: Lens | None = None
) -> NDArray[np.float64]:
    """(N, 3, 3) how the ground moves to each picture from the one before, by the poses; NaN where unknown.

    Args:
        camera: (N,) of consecutive pictures.
        terrain: the ground.
        size_px: width and height of the pictures.
        lens: measured; None is a pinhole of each pose's field of view.

    Raises:
        InputError: a picture without pixels, or a lens that does not fit it.
    """
    count = len(camera)
    homography = np.full((count, 3, 3), np.nan)
    if count < 2:
        return homography
    width_px, height_px = size_px
    before = np.repeat(np.arange(count - 1), len(_PROBES))
    x_px = np.tile(_PROBES[:, 0] * (width_px - 1), count - 1)
    y_px = np.tile(_PROBES[:, 1] * (height_px - 1), count - 1)
    now = camera.take(before)
    seen = camera_directions(now, x_px, y_px, width_px, height_px, lens=lens)
    direction = np.einsum("nij,nj->ni", now.rotation_ecef_from_camera, seen)
    known = ~np.isnan(direction + now.origin_ecef_m).any(axis=1)
    hit_m = np.full(direction.shape, np.nan)
    hit_m[known] = cast(now.origin_ecef_m[known], direction[known], terrain)
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(hit_m)
    to_x, to_y = project(camera.take(before + 1), lon_deg, lat_deg, hae_m, width_px, height_px, lens=lens)
    from_px = np.stack([x_px, y_px], axis=-1).reshape(count - 1, len(_PROBES), 2).astype(np.float32)
    to_px = np.stack([to_x, to_y], axis=-1).reshape(count - 1, len(_PROBES), 2).astype(np.float32)
    for row in np.flatnonzero(np.isfinite(to_px).all(axis=(1, 2))).tolist():
        homography[row + 1] = cv2.getPerspectiveTransform(from_px[row], to_px[row])
    return homography


def renumbered(parts: list[LookTies]) -> LookTies:
    """The ties of several runs as one table; no number of a point is used twice."""
    shifted, first = [], 0
    for part in parts:
        shifted.append(LookTies(point=part.point + first, picture=part.picture, place_px=part.place_px))
        first += int(part.point.max()) + 1 if len(part) else 0
    return LookTies.concatenate([no_look_ties(), *shifted])


class PointChain:
    """The picture before, and the points that are followed in it."""

    def __init__(self) -> None:
        self._grey: NDArray[np.uint8] | None = None
        self._scale = 1.0
        self._size: tuple[int, ...] = ()
        self._at = np.empty((0, 2))
        self._point = np.empty(0, dtype=np.int64)
        self._age = np.empty(0, dtype=np.int64)
        self._next = 0
        self._found: list[tuple[NDArray[np.int64], int, PixelsArray]] = []

    def add(self, row: int, picture: NDArray[np.uint8], predicted: NDArray[np.float64]) -> None:
        """Follow the points to the next picture, and take up new ones there.

        Raises:
            InputError: a picture of another type or size.
        """
        grey = self._working(picture)
        if self._grey is not None and len(self._at):
            self._follow(grey, predicted)
        self._renew(grey)
        self._found.append((self._point, row, self._full(self._at)))
        self._grey = grey

    def ties(self) -> LookTies:
        """What was found so far."""
        if not self._found:
            return no_look_ties()
        point = np.concatenate([point for point, _, _ in self._found])
        picture = np.concatenate([np.full(len(point), row) for point, row, _ in self._found])
        place_px = np.concatenate([place_px for _, _, place_px in self._found])
        kept = np.bincount(point, minlength=self._next)[point] > 1
        number = np.unique(point[kept], return_inverse=True)[1].reshape(-1)
        return LookTies(
            point=number.astype(np.int64), picture=picture[kept].astype(np.int64), place_px=place_px[kept]
        )

    def _working(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if picture.dtype != np.uint8 or picture.ndim not in {2, 3} or min(picture.shape[:2]) < 64:
            raise InputError(
                f"uint8 pictures of 64 px and more are wanted, got {picture.dtype} {picture.shape}"
            )
        if self._size and picture.shape != self._size:
            raise InputError(f"pictures of one size are wanted, got {self._size} and {picture.shape}")
        self._size = picture.shape
        self._scale = min(1.0, WORKING_WIDTH_PX / picture.shape[1])
        grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        if self._scale < 1.0:
            size = (round(grey.shape[1] * self._scale), round(grey.shape[0] * self._scale))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return np.asarray(grey, dtype=np.uint8)

    def _full(self, at_px: PixelsArray) -> PixelsArray:
        return (at_px + 0.5) / self._scale - 0.5

    def _follow(self, grey: NDArray[np.uint8], predicted: NDArray[np.float64]) -> None:
        if self._grey is None:
            return
        guess = self._at
        if np.isfinite(predicted).all():
            guess = (moved(predicted, self._full(self._at)) + 0.5) * self._scale - 0.5
        there, found = _flow(self._grey, grey, self._at, guess)
        back, again = _flow(grey, self._grey, there, self._at)
        near = np.linalg.norm(back - self._at, axis=1) < _THERE_AND_BACK_PX
        inside = ((there >= 2.0) & (there <= np.array(grey.shape[::-1]) - 3.0)).all(axis=1)
        kept = found & again & near & inside & (self._age < LONGEST)
        self._at, self._point, self._age = there[kept], self._point[kept], self._age[kept] + 1

    def _renew(self, grey: NDArray[np.uint8]) -> None:
        """New points where none are, so that they stay spread over the picture."""
        wanted = MOST_POINTS - len(self._at)
        if wanted <= MOST_POINTS // 8:
            return
        spacing_px = max(4.0, np.sqrt(grey.size / (2.0 * MOST_POINTS)))
        free = np.full(grey.shape, 255, dtype=np.uint8)
        for x, y in np.round(self._at).astype(int).tolist():
            cv2.circle(free, (x, y), int(spacing_px), 0, -1)
        edge = max(4, grey.shape[1] // 50)
        free[:edge], free[-edge:], free[:, :edge], free[:, -edge:] = 0, 0, 0, 0
        found = cv2.goodFeaturesToTrack(grey, wanted, _QUALITY, spacing_px, mask=free, blockSize=5)
        corners = np.array(list(found) if np.ndim(found) else [], dtype=np.float64).reshape(-1, 2)
        numbers = np.arange(self._next, self._next + len(corners), dtype=np.int64)
        self._next += len(corners)
        self._at = np.concatenate([self._at, corners])
        self._point = np.concatenate([self._point, numbers])
        self._age = np.concatenate([self._age, np.zeros(len(corners), dtype=np.int64)])


def _flow(
    before: NDArray[np.uint8], now: NDArray[np.uint8], at_px: PixelsArray, guess_px: PixelsArray
) -> tuple[PixelsArray, NDArray[np.bool_]]:
    """(M, 2) where Lucas-Kanade ends, and (M,) whether it settled."""
    if not len(at_px):
        return np.empty((0, 2)), np.empty(0, dtype=np.bool_)
    there, settled, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        at_px.astype(np.float32)[:, None],
        guess_px.astype(np.float32)[:, None].copy(),
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(there, dtype=np.float64)[:, 0], np.asarray(settled)[:, 0] == 1
