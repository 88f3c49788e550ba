"""Attitudes that agree with the pictures: the metadata's own, corrected by what the image motion shows.

One small turn of the camera per frame is sought, about its own forward, right and down axes, so that ground
seen in two pictures is at one place of the terrain. The pictures say how the frames are turned against one
another; how all of them are turned against the earth is left to the metadata, whose errors have the stated
size and last for a while. Positions, fields of view and terrain are taken as they are: over seconds their
errors look like turns, and the turns take them up.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import rotation_x, rotation_y, rotation_z
from atalaya.geo.terrain import Terrain
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.image_aided_geometry import Misses, SeenTies, misses, seen_ties
from atalaya.georeg.image_ties import ImageTies
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses
from atalaya.units import Pixels, PixelsArray, Radians, RadiansArray, Seconds

MOST_POINTS = 25.0
"""Points of one pair of pictures count as so many at most: their errors (relief, blur) are much alike."""
LEAST_SIGMA_PX = 0.2
_LASTING_S = 10.0
_ROUNDS = 25
_HALVINGS = 6
_LOST_PX = 1e4
"""What a look counts that a step takes off the ground."""
_SETTLED_RAD = 1e-7
_FAR_SIGMA_PX = 1.0
"""However far off the start is, pictures are trusted like this while the answer is sought."""
_KNEE = 2.0
"""Errors beyond so many sigmas count less and less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAided:
    """Poses corrected by image motion, with what it cost and how sure it is.

    Args:
        poses: (N,) as given, their attitude corrected.
        turn_rad: (N, 3) the correction, about each camera's forward, right and down axes; NaN where the pose
            is unknown.
        covariance_rad2: (N, 3, N, 3) of the corrections, errors that all frames share included.
        tied: (N,) bool, frames with points in common with another.
        residual_px: (M,) distance of each tie, NaN where its look meets no ground; `inlier` (M,) those that
            count for more than half.
        rms_px: of the ties that count.
        prior_misfit: root mean square of the corrections in units of what was stated of them; above 1 the
            metadata is worse than stated, and the covariance is worked out with errors so much larger.
    """

    poses: Poses
    turn_rad: RadiansArray
    covariance_rad2: NDArray[np.float64]
    tied: NDArray[np.bool_]
    residual_px: PixelsArray
    inlier: NDArray[np.bool_]
    rms_px: Pixels
    prior_misfit: float


def image_aided_poses(
    camera: Poses,
    ties: ImageTies,
    size_px: tuple[int, int],
    terrain: Terrain,
    errors: PoseErrors,
    *,
    lasting_s: Seconds = _LASTING_S,
    lens: Lens | None = None,
) -> ImageAided:
    """Correct the attitude of frames so that what their pictures have in common is at one place.

    Args:
        camera: (N,) poses of the pictures, in order of time.
        ties: rows of pictures are rows of `camera`.
        size_px: width and height of the pictures.
        terrain: the ground, in the datum of the poses.
        errors: `attitude_deg` is how far off the metadata's attitude is thought to be.
        lasting_s: how long an error of the metadata's attitude lasts; after so long about a third of it is
            still there.
        lens: measured; None is a pinhole of each pose's field of view.

    Returns:
        ImageAided; a frame that no picture ties is drawn along by its neighbours, and its covariance says so.

    Raises:
        InputError: ties of rows that are not there, poses out of order, or a duration that is not positive.

    Source: Gauss-Newton with Cauchy weights on both ends of each tie; docs/explain/image-aided.md.
    """
    _require(camera, ties, lasting_s)
    rows = np.flatnonzero(_complete(camera))
    if not rows.size:
        raise InputError("no frame has a known pose: nothing can be aided")
    seen = seen_ties(camera, ties, size_px, lens)
    time_s = (camera.time_us[rows] - camera.time_us[rows[0]]) * 1e-6
    prior = _prior_information(time_s, math.radians(errors.attitude_deg), lasting_s)
    turn_rad = _solved(camera, seen, terrain, rows, prior)
    found = turn_rad[rows].reshape(-1)
    misfit = math.sqrt(float(found @ prior @ found) / len(found))
    return _answer(camera, seen, terrain, rows, turn_rad, prior / max(1.0, misfit) ** 2, misfit)


def turned(camera: Poses, turn_rad: RadiansArray) -> Poses:
    """The same poses after small turns (N, 3) of each camera about its own forward, right and down axes."""
    turn = rotation_z(turn_rad[:, 2]) @ rotation_y(turn_rad[:, 1]) @ rotation_x(turn_rad[:, 0])
    return replace(camera, rotation_ecef_from_camera=camera.rotation_ecef_from_camera @ turn)


def _require(camera: Poses, ties: ImageTies, lasting_s: Seconds) -> None:
    ends = np.concatenate([ties.first, ties.second])
    if ends.size and not (ends.min() >= 0 and ends.max() < len(camera)):
        raise InputError(f"ties name rows {ends.min()} to {ends.max()}, there are {len(camera)} poses")
    if np.any(np.diff(camera.time_us[_complete(camera)]) <= 0):
        raise InputError("poses must come in order of time, each later than the one before")
    if not lasting_s > 0.0:
        raise InputError(f"errors last for a positive time, got {lasting_s} s")


def _complete(camera: Poses) -> NDArray[np.bool_]:
    """(N,) poses of which place, axis and roll are known."""
    known: NDArray[np.bool_] = camera.known & ~np.isnan(camera.rotation_ecef_from_camera).any(axis=(1, 2))
    return known


def _prior_information(
    time_s: NDArray[np.float64], sigma_rad: Radians, lasting_s: Seconds
) -> NDArray[np.float64]:
    """(3 N, 3 N) inverse covariance of errors that keep their size and are forgotten exponentially.

    Source: Gauss-Markov process of first order: x0 / sigma, and (x1 - a x0) / (sigma sqrt(1 - a^2)).
    """
    count = len(time_s)
    whitened = np.zeros((count, count))
    whitened[0, 0] = 1.0
    kept = np.exp(-np.diff(time_s) / lasting_s)
    fresh = np.sqrt(-np.expm1(-2.0 * np.diff(time_s) / lasting_s))
    later = np.arange(1, count)
    whitened[later, later], whitened[later, later - 1] = 1.0 / fresh, -kept / fresh
    return np.asarray(np.kron(whitened.T @ whitened / sigma_rad**2, np.eye(3)), dtype=np.float64)


def _solved(
    camera: Poses,
    seen: SeenTies,
    terrain: Terrain,
    rows: NDArray[np.intp],
    prior: NDArray[np.float64],
) -> RadiansArray:
    """(N, 3) corrections; a step that makes things worse is halved."""

    def cost(turn_rad: RadiansArray, miss: Misses, weight: NDArray[np.float64]) -> float:
        square = np.nan_to_num(np.einsum("mk,mk->m", miss.miss_px, miss.miss_px), nan=_LOST_PX**2)
        own = turn_rad[rows].reshape(-1)
        return float(weight @ square + own @ prior @ own)

    turn_rad = np.zeros((len(camera), 3))
    miss = misses(camera, seen, terrain)
    for _ in range(_ROUNDS):
        weight = _weights(miss.miss_px, seen, _FAR_SIGMA_PX)
        before = cost(turn_rad, miss, weight)
        information, pull = _normal_equations(miss, weight, seen, rows)
        step = np.linalg.solve(information + prior, pull - prior @ turn_rad[rows].reshape(-1)).reshape(-1, 3)
        for half in range(_HALVINGS):
            tried = turn_rad.copy()
            tried[rows] += 0.5**half * step
            tried_miss = misses(turned(camera, tried), seen, terrain)
            if cost(tried, tried_miss, weight) < before:
                turn_rad, miss = tried, tried_miss
                break
        else:
            break
        if float(np.abs(step).max()) < _SETTLED_RAD:
            break
    return turn_rad


def _normal_equations(
    miss: Misses, weight: NDArray[np.float64], seen: SeenTies, rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Information (3 K, 3 K) and the pull (3 K,) of all ties that count."""
    count = len(rows)
    place = np.full(int(rows.max()) + 1, -1)
    place[rows] = np.arange(count)
    information, pull = np.zeros((count, 3, count, 3)), np.zeros((count, 3))
    used, axis = weight > 0.0, np.arange(3)
    ends = (
        (place[seen.first[used]], miss.by_first[used]),
        (place[seen.second[used]], miss.by_second[used]),
    )
    for row, jacobian in ends:
        weighted = jacobian * weight[used, None, None]
        np.add.at(pull, row, -np.einsum("mki,mk->mi", weighted, miss.miss_px[used]))
        for col, other in ends:
            block = np.einsum("mki,mkj->mij", weighted, other)
            np.add.at(information, (row[:, None, None], axis[:, None], col[:, None, None], axis), block)
    bonds = np.zeros((count, count), dtype=np.bool_)
    bonds[ends[0][0], ends[1][0]] = True
    return _relative(information.reshape(3 * count, 3 * count), pull.reshape(-1), bonds)


def _relative(
    information: NDArray[np.float64], pull: NDArray[np.float64], bonds: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same without what the pictures say of a turn that frames tied together have in common.

    They seem to say something of it, by how the ground is foreshortened; but a field of view or a slope that
    is a little wrong, or buildings, say as much, and wrongly. So each group of tied frames may turn freely in
    the three ways that its ties mind least, and only the metadata stands against that.
    """
    information, pull = information.copy(), pull.copy()
    groups, group = connected_components(csr_array(bonds), directed=False)
    for number in range(groups):
        own = np.flatnonzero(group == number)
        at = (3 * own[:, None] + np.arange(3)).reshape(-1)
        part = information[np.ix_(at, at)]
        free = np.eye(len(at), 3)  # as the first frame turns, so must the others
        stiff = part[3:, 3:] + 1e-10 * np.diag(part).max() * np.eye(len(at) - 3)
        free[3:] = -np.linalg.solve(stiff, part[3:, :3]) if part.any() else 0.0
        shadow = part @ free
        inverse = np.linalg.pinv(free.T @ shadow, hermitian=True)
        pull[at] -= shadow @ (inverse @ (free.T @ pull[at]))
        information[np.ix_(at, at)] = part - shadow @ inverse @ shadow.T
    return information, pull


def _weights(miss_px: PixelsArray, seen: SeenTies, most_sigma_px: Pixels = math.inf) -> NDArray[np.float64]:
    """(M,) 1/px2: Cauchy's of the miss, points of one pair together at most 25; 0 where nothing is met."""
    distance_px = np.linalg.norm(miss_px, axis=1)
    met = np.isfinite(distance_px)
    if not met.any():
        return np.zeros(len(distance_px))
    sigma_px = max(LEAST_SIGMA_PX, float(np.median(distance_px[met])) / 1.1774)  # of a Rayleigh median
    trust = 1.0 / (1.0 + (np.where(met, distance_px, np.inf) / (_KNEE * sigma_px)) ** 2)
    alike = np.minimum(1.0, MOST_POINTS / np.bincount(seen.pair, minlength=1)[seen.pair])
    weight: NDArray[np.float64] = trust * alike / min(sigma_px, most_sigma_px) ** 2
    return weight


def _answer(
    camera: Poses,
    seen: SeenTies,
    terrain: Terrain,
    rows: NDArray[np.intp],
    turn_rad: RadiansArray,
    prior: NDArray[np.float64],
    misfit: float,
) -> ImageAided:
    corrected = turned(camera, turn_rad)
    miss = misses(corrected, seen, terrain)
    weight = _weights(miss.miss_px, seen)
    information = _normal_equations(miss, weight, seen, rows)[0] + prior
    residual_px = np.linalg.norm(miss.miss_px, axis=1)
    best = np.zeros(seen.pairs)
    np.maximum.at(best, seen.pair, weight)
    inlier = weight > 0.5 * best[seen.pair]
    tied = np.zeros(len(camera), dtype=np.bool_)
    tied[np.unique(np.concatenate([seen.first[inlier], seen.second[inlier]]))] = True
    count = len(camera)
    covariance = np.full((count, 3, count, 3), np.nan)
    known = np.linalg.inv(information).reshape(len(rows), 3, len(rows), 3)
    covariance[np.ix_(rows, range(3), rows, range(3))] = known
    complete = np.zeros(count, dtype=np.bool_)
    complete[rows] = True
    return ImageAided(
        poses=corrected,
        turn_rad=np.where(complete[:, None], turn_rad, np.nan),
        covariance_rad2=covariance,
        tied=tied,
        residual_px=residual_px,
        inlier=inlier,
        rms_px=math.sqrt(float((residual_px[inlier] ** 2).mean())) if inlier.any() else math.nan,
        prior_misfit=misfit,
    )
