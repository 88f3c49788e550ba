"""How large pictures are on the ground by how they move over it, beside what the metadata says.

A point of the ground seen in two pictures is at one place. With a field of view that is too wide or too
narrow it is so only where the camera turned about it; as the camera moves on, the two places part.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.lens import Lens
from atalaya.georeg.look_ties import LookTies
from atalaya.georeg.pose import Poses
from atalaya.units import Metres

FEWEST_POINTS = 30
MOST_POINTS = 200
LEAST_RATIO = 1.3
"""Ratios nearer to 1 are not told from errors of the pose."""
_RATIOS = np.exp(np.linspace(np.log(0.25), np.log(4.0), 57))
_BETTER = 0.25
"""The points must part by less than so much of what they do as the metadata says."""
_LEAST_PART_M = 25.0
"""And as the metadata says they must part by more than its errors explain: 10 m and 0.2 deg do by 20 m."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the points say.

    Args:
        ratio: of the size on the ground to what the metadata says.
        said_m, best_m: how far the two places of a point part (median), as the metadata says and at best,
            both in metres of a picture as large as the metadata says.
    """

    ratio: float
    said_m: Metres
    best_m: Metres

    @property
    def contradicts(self) -> bool:
        """Whether what the metadata says cannot be."""
        away = max(self.ratio, 1.0 / self.ratio) >= LEAST_RATIO
        return away and self.said_m > _LEAST_PART_M and self.best_m < _BETTER * self.said_m


@dataclass(frozen=True, slots=True)
class NoScale:
    """Why the points say nothing."""

    reason: str


def scale_of_looks(
    camera: Poses,
    ties: LookTies,
    size_px: tuple[int, int],
    terrain: Terrain,
    *,
    lens: Lens | None = None,
) -> Scale | NoScale:
    """The ratio of scales at which the first and the last look at each point meet the ground together.

    Args:
        camera: poses of the pictures; those of `ties` are known.
        ties: points that were followed.
        size_px: width and height of the pictures.
        terrain: the ground.
        lens: measured; None is a pinhole of each pose's field of view.

    Raises:
        InputError: a picture without pixels, or a lens that does not fit it.
    """
    first, last = _ends(ties)
    apart = ties.picture[last] - ties.picture[first]
    if not apart.size or apart.max() < 1:
        return NoScale("no point was followed")
    chosen = np.flatnonzero(apart >= max(1, 0.5 * float(apart.max())))
    if len(chosen) < FEWEST_POINTS:
        return NoScale(f"{len(chosen)} points were followed far enough, {FEWEST_POINTS} are needed")
    chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, MOST_POINTS).astype(np.intp))]
    ends = [(camera.take(ties.picture[end[chosen]]), ties.place_px[end[chosen]]) for end in (first, last)]
    seen = [
        camera_directions(own, place_px[:, 0], place_px[:, 1], *size_px, lens=lens) for own, place_px in ends
    ]
    parted_m, extents_m = [], []
    for ratio in (1.0, *_RATIOS.tolist()):
        hits = [
            _hit(own, np.stack([one[:, 0], ratio * one[:, 1], ratio * one[:, 2]], axis=-1), terrain)
            for (own, _), one in zip(ends, seen, strict=True)
        ]
        away_m = np.linalg.norm(hits[0] - hits[1], axis=1)
        known = np.isfinite(away_m)
        met = known.sum() >= FEWEST_POINTS
        extents_m.append(float(np.linalg.norm(hits[0][known].std(axis=0))) if met else 0.0)
        # against how far the points lie from one another: a smaller picture makes all distances smaller
        parted_m.append(
            float(np.median(away_m[known])) * extents_m[0] / extents_m[-1] if extents_m[-1] > 0.0 else np.inf
        )
    if not np.isfinite(parted_m[0]):
        return NoScale("the looks meet no known ground")
    best = int(np.argmin(parted_m[1:]))
    return Scale(float(_RATIOS[best]), parted_m[0], parted_m[1 + best])


def _ends(ties: LookTies) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the first and of the last observation of each point."""
    order = np.lexsort((ties.picture, ties.point))
    point = ties.point[order]
    begins = np.concatenate([[True], np.diff(point) != 0]) if len(point) else np.empty(0, dtype=np.bool_)
    ends = np.concatenate([np.diff(point) != 0, [True]]) if len(point) else np.empty(0, dtype=np.bool_)
    return order[begins], order[ends]


def _hit(camera: Poses, seen: NDArray[np.float64], terrain: Terrain) -> NDArray[np.float64]:
    direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
    known = ~np.isnan(direction).any(axis=1)
    hit_m = np.full(direction.shape, np.nan)
    hit_m[known] = cast(camera.origin_ecef_m[known], direction[known], terrain)
    return hit_m
