"""Looks registered to one another: poses moved and turned so that every point they share is at one place.

Averaging looks under trees asks for poses that agree to a fraction of what is sought. Attitude and place of
each picture, and the place in space of each point that was followed, are worked out together; the points may
be leaves or ground, so none is drawn to the terrain. What the metadata says holds all of them where they are:
its errors have a size, and last for a while.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import bsr_array, csr_array

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.image_aided import turned
from atalaya.georeg.image_aided_geometry import crossing, slopes, tangents_per_px
from atalaya.georeg.lens import Lens
from atalaya.georeg.look_ties import LookTies
from atalaya.georeg.pose import Poses
from atalaya.units import MetresArray, Pixels, PixelsArray, RadiansArray, Seconds

MOST_POSES = 400
"""More are adjusted in stretches: the normal equations are dense."""
_ROUNDS = 12
_SIGMA_PX = 1.0
_KNEE = 3.0
_POINT_SIGMA_M = 200.0
"""How far a point may be from where its looks meet the terrain: enough to keep the equations regular."""
_SETTLED_M = 0.01
_LOST_PX = 50.0
_FEWEST_TIES = 12
"""A picture with fewer ties is drawn along by its neighbours, and is not called registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedLooks:
    """Poses that agree.

    Args:
        poses: (N,) as given, moved and turned.
        shift_m: (N, 3) east, north, up. turn_rad: (N, 3) about each camera's forward, right and down axes.
        tied: (N,) bool, pictures with enough ties that agree.
        rms_before_px, rms_after_px: of the ties that count, with the points where they are seen best.
        point_m: (P, 3) ECEF of the points; NaN where nothing agrees on one.
        strange: (N,) bool, pictures of which most ties agree with none of the others.
    """

    poses: Poses
    shift_m: MetresArray
    turn_rad: RadiansArray
    tied: NDArray[np.bool_]
    rms_before_px: Pixels
    rms_after_px: Pixels
    point_m: MetresArray
    strange: NDArray[np.bool_]


def adjust_looks(
    camera: Poses,
    ties: LookTies,
    size_px: tuple[int, int],
    terrain: Terrain,
    errors: PoseErrors,
    *,
    lasting_s: Seconds = 20.0,
    lens: Lens | None = None,
) -> AdjustedLooks:
    """Register the looks of one stretch to one another.

    Args:
        camera: (N,) poses in order of time, all with their roll; at most `MOST_POSES`.
        ties: rows of pictures are rows of `camera`.
        size_px: width and height of the pictures.
        terrain: where points begin; they need not stay there.
        errors: how far off attitude and place are thought to be.
        lasting_s: how long such an error lasts.
        lens: measured; None is a pinhole of each pose's field of view.

    Returns:
        AdjustedLooks. What all poses have in common, a shift of the whole, is left as the metadata says.

    Raises:
        InputError: an unknown pose, poses out of order, too many, or ties of rows that are not there.

    Source: bundle adjustment, points eliminated by the Schur complement, Cauchy weights, Gauss-Markov prior.
    """
    _require(camera, ties)
    seen = _Seen(camera, ties, size_px, lens)
    middle_m = camera.origin_ecef_m.mean(axis=0)
    lon_deg, lat_deg, _ = geodetic_from_ecef(middle_m[None])
    enu = rotation_ecef_from_enu(lon_deg, lat_deg)[0]
    point_m = _first_points(camera, seen, terrain)
    prior = _prior(camera, errors, lasting_s)
    state = _State(np.zeros((len(camera), 3)), np.zeros((len(camera), 3)), point_m)
    before = _misses(camera, seen, state, enu)
    scale_px = _SIGMA_PX
    for round_number in range(_ROUNDS):
        scale_px = (
            max(_SIGMA_PX, 0.5 * _spread_px(_misses(camera, seen, state, enu)))
            if round_number < 4
            else _SIGMA_PX
        )
        state, step_m = _improved(camera, seen, state, enu, prior, point_m, scale_px)
        if round_number > 4 and step_m < _SETTLED_M:
            break
    after = _misses(camera, seen, state, enu)
    return _answer(camera, seen, state, enu, before, after)


def moved_and_turned(camera: Poses, shift_ecef_m: MetresArray, turn_rad: RadiansArray) -> Poses:
    """The same poses elsewhere (N, 3), turned (N, 3) about their own forward, right and down axes."""
    origin_m = camera.origin_ecef_m + shift_ecef_m
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m)
    return replace(
        turned(camera, turn_rad), origin_ecef_m=origin_m, lon_deg=lon_deg, lat_deg=lat_deg, hae_m=hae_m
    )


@dataclass(frozen=True, slots=True)
class _State:
    """What is sought: east, north, up of each sensor; turn of each camera; place of each point."""

    shift_m: MetresArray
    turn_rad: RadiansArray
    point_m: MetresArray


class _Seen:
    """Ties as directions."""

    def __init__(self, camera: Poses, ties: LookTies, size_px: tuple[int, int], lens: Lens | None) -> None:
        looking = camera.take(ties.picture)
        self.picture, self.point = ties.picture, ties.point
        self.points = int(ties.point.max()) + 1 if len(ties) else 0
        directions = camera_directions(looking, ties.place_px[:, 0], ties.place_px[:, 1], *size_px, lens=lens)
        self.tangent = directions[:, 1:]
        self.direction = directions
        self.tangent_per_px = tangents_per_px(looking, size_px, lens)


def _require(camera: Poses, ties: LookTies) -> None:
    if not 1 <= len(camera) <= MOST_POSES:
        raise InputError(f"1 to {MOST_POSES} looks are registered at a time, got {len(camera)}")
    if np.isnan(camera.rotation_ecef_from_camera).any() or np.isnan(camera.origin_ecef_m).any():
        raise InputError("looks are registered from known poses only")
    if np.any(np.diff(camera.time_us) <= 0):
        raise InputError("looks must come in order of time, each later than the one before")
    if len(ties) and not (ties.picture.min() >= 0 and ties.picture.max() < len(camera)):
        raise InputError(f"ties name pictures that are not among the {len(camera)}")


def _first_points(camera: Poses, seen: _Seen, terrain: Terrain) -> MetresArray:
    """(P, 3) where the looks at each point meet the terrain, in the middle; NaN where none does."""
    rotation = camera.rotation_ecef_from_camera[seen.picture]
    direction = np.einsum("mij,mj->mi", rotation, seen.direction)
    known = ~np.isnan(direction).any(axis=1)
    hit_m = np.full(direction.shape, np.nan)
    hit_m[known] = cast(camera.origin_ecef_m[seen.picture][known], direction[known], terrain)
    met = ~np.isnan(hit_m).any(axis=1)
    count = np.bincount(seen.point[met], minlength=seen.points).astype(np.float64)
    total = np.stack(
        [np.bincount(seen.point[met], weights=hit_m[met, axis], minlength=seen.points) for axis in range(3)],
        axis=-1,
    )
    return total / np.where(count > 1, count, np.nan)[:, None]


def _prior(camera: Poses, errors: PoseErrors, lasting_s: Seconds) -> NDArray[np.float64]:
    """(6 N, 6 N) inverse covariance of shifts east, north, up [m] and turns [rad], slowly forgotten."""
    count = len(camera)
    step_s = np.diff(camera.time_us) / 1e6
    whitened = np.zeros((count, count))
    whitened[0, 0] = 1.0
    kept, fresh = np.exp(-step_s / lasting_s), np.sqrt(-np.expm1(-2.0 * step_s / lasting_s))
    later = np.arange(1, count)
    whitened[later, later], whitened[later, later - 1] = 1.0 / fresh, -kept / fresh
    attitude_rad = math.radians(errors.attitude_deg)
    sigma = np.array([errors.position_horizontal_m] * 2 + [errors.position_vertical_m] + [attitude_rad] * 3)
    return np.asarray(np.kron(whitened.T @ whitened, np.diag(1.0 / sigma**2)), dtype=np.float64)


def _misses(camera: Poses, seen: _Seen, state: _State, enu: NDArray[np.float64]) -> PixelsArray:
    """(M, 2) where each point is in each picture, less where it was found; NaN where it is nowhere."""
    return _linear(camera, seen, state, enu)[0]


def _linear(
    camera: Poses, seen: _Seen, state: _State, enu: NDArray[np.float64]
) -> tuple[PixelsArray, NDArray[np.float64], NDArray[np.float64]]:
    """Misses [px], and their changes with (shift, turn) of the pose (M, 2, 6) and the point (M, 2, 3)."""
    now = moved_and_turned(camera, state.shift_m @ enu.T, state.turn_rad)
    rotation = now.rotation_ecef_from_camera[seen.picture]
    offset_m = np.einsum("mji,mj->mi", rotation, state.point_m[seen.point] - now.origin_ecef_m[seen.picture])
    ahead_m = np.where(offset_m[:, 0] > 1.0, offset_m[:, 0], np.nan)
    slope = slopes(offset_m, ahead_m) / seen.tangent_per_px[:, :, None]
    by_point = slope @ np.swapaxes(rotation, 1, 2)
    by_pose = np.concatenate([-by_point @ enu, slope @ crossing(offset_m)], axis=2)
    miss_px = (offset_m[:, 1:] / ahead_m[:, None] - seen.tangent) / seen.tangent_per_px
    return miss_px, by_pose, by_point


def _weights(miss_px: PixelsArray, scale_px: Pixels) -> NDArray[np.float64]:
    """(M,) Cauchy's, 1/px2; 0 where there is no miss."""
    square = (miss_px**2).sum(axis=1)
    trust = 1.0 / (1.0 + square / (_KNEE * scale_px) ** 2)
    return np.where(np.isfinite(square), trust / scale_px**2, 0.0)


def _improved(
    camera: Poses,
    seen: _Seen,
    state: _State,
    enu: NDArray[np.float64],
    prior: NDArray[np.float64],
    point_m: MetresArray,
    scale_px: Pixels,
) -> tuple[_State, float]:
    """One Gauss-Newton step, and how far it moved the sensors at most."""
    miss_px, by_pose, by_point = _linear(camera, seen, state, enu)
    weight = _weights(miss_px, scale_px)
    known = (weight > 0.0) & np.isfinite(by_pose).all(axis=(1, 2))
    miss_px, by_pose, by_point = miss_px[known], by_pose[known], by_point[known]
    weight, picture, point = weight[known], seen.picture[known], seen.point[known]
    count = len(known[known])
    if not count:
        return state, 0.0
    rows = np.arange(count + 1)
    pose_part = bsr_array((by_pose, picture, rows), shape=(2 * count, 6 * len(camera))).tocsr()
    point_part = bsr_array((by_point, point, rows), shape=(2 * count, 3 * seen.points)).tocsr()
    scale = np.repeat(weight, 2)
    weighted_pose, weighted_point = (
        pose_part.multiply(scale[:, None]).tocsr(),
        point_part.multiply(scale[:, None]).tocsr(),
    )
    now = np.concatenate([state.shift_m, state.turn_rad], axis=1).reshape(-1)
    own = (weighted_pose.T @ pose_part).toarray() + prior
    pull = -(weighted_pose.T @ miss_px.reshape(-1)) - prior @ now
    stay = np.nan_to_num(state.point_m - point_m).reshape(-1) / _POINT_SIGMA_M**2
    point_pull = -(weighted_point.T @ miss_px.reshape(-1)) - stay
    inverse = _inverse_blocks(by_point, weight, point, seen.points)
    mixed = csr_array(weighted_pose.T @ point_part)
    eliminated = csr_array(mixed @ inverse)
    reduced = own - (eliminated @ mixed.T).toarray()
    step = cho_solve(cho_factor(reduced), pull - eliminated @ point_pull)
    point_step = (inverse @ (point_pull - mixed.T @ step)).reshape(-1, 3)
    moves = step.reshape(-1, 6)
    better = _State(state.shift_m + moves[:, :3], state.turn_rad + moves[:, 3:], state.point_m + point_step)
    return better, float(np.abs(moves[:, :3]).max())


def _inverse_blocks(
    by_point: NDArray[np.float64], weight: NDArray[np.float64], point: NDArray[np.int64], points: int
) -> csr_array:
    """Inverse of what the ties say of each point by itself, (3 P, 3 P) in blocks."""
    block = np.einsum("mki,m,mkj->mij", by_point, weight, by_point).reshape(-1, 9)
    total = np.stack([np.bincount(point, weights=column, minlength=points) for column in block.T], axis=-1)
    information = total.reshape(-1, 3, 3) + np.eye(3) / _POINT_SIGMA_M**2
    return csr_array(
        bsr_array(
            (np.linalg.inv(information), np.arange(points), np.arange(points + 1)),
            shape=(3 * points, 3 * points),
        )
    )


def _spread_px(miss_px: PixelsArray) -> Pixels:
    """Median length of the misses."""
    length_px = np.linalg.norm(miss_px, axis=1)
    known = np.isfinite(length_px)
    return float(np.median(length_px[known])) if known.any() else 0.0


def _answer(
    camera: Poses,
    seen: _Seen,
    state: _State,
    enu: NDArray[np.float64],
    before: PixelsArray,
    after: PixelsArray,
) -> AdjustedLooks:
    length_px = np.nan_to_num(np.linalg.norm(after, axis=1), nan=_LOST_PX)
    agrees = length_px < _KNEE * _SIGMA_PX
    count = len(camera)
    all_ties = np.bincount(seen.picture, minlength=count)
    good_ties = np.bincount(seen.picture[agrees], minlength=count)
    good_points = np.bincount(seen.point[agrees], minlength=seen.points) >= 2
    first_px = np.linalg.norm(before[agrees], axis=1)
    return AdjustedLooks(
        poses=moved_and_turned(camera, state.shift_m @ enu.T, state.turn_rad),
        shift_m=state.shift_m,
        turn_rad=state.turn_rad,
        tied=good_ties >= _FEWEST_TIES,
        rms_before_px=float(np.sqrt((first_px**2).mean())) if agrees.any() else math.nan,
        rms_after_px=float(np.sqrt((length_px[agrees] ** 2).mean())) if agrees.any() else math.nan,
        point_m=np.where(good_points[:, None], state.point_m, np.nan),
        strange=(all_ties >= _FEWEST_TIES) & (good_ties < 0.3 * all_ties),
    )
