"""Errors of the pose from one to four points that an analyst finds in the picture and on the ground.

So few points determine little, so what is known beforehand is used as well: the stated errors of attitude and
position. Where the points contradict it, the prior of the angles is widened until it is believable, never the
points bent. Derivation: docs/explain/self-calibration.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import east_north_m, ecef_from_geodetic, geodetic_from_ecef
from atalaya.geo.rays import cast_to_heights
from atalaya.georeg.calibrate import corrected_by
from atalaya.georeg.calibrate_centres import PosesOf
from atalaya.georeg.calibrate_choice import SelfCalibration
from atalaya.georeg.calibrate_fit import UNITS
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.lens import Lens
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod, TiePoint
from atalaya.model.frame import FrameTable
from atalaya.units import Metres, MetresArray, Pixels

ANGLES = ("boresight_yaw_deg", "boresight_pitch_deg", "boresight_roll_deg")
PLACE = ("sensor_east_m", "sensor_north_m", "sensor_up_m")
_OF_CLIPS = ("attitude_lag_s", "heading_bias_deg")
"""What only a whole clip shows."""
POINTS_FOR_ROLL, POINTS_FOR_PLACE = 2, 4
MOST_POINTS = 64

_WIDER = 2.0 ** np.arange(0.0, 8.0)
_HUBER = 2.0
_ROUNDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TieErrors:
    """How well a tie point is known, one sigma.

    Args:
        click_px: where the analyst clicked, each axis.
        place_m: where the point is on the ground, each axis.

    Raises:
        InputError: not positive and finite.
    """

    click_px: Pixels = 1.5
    place_m: Metres = 2.0

    def __post_init__(self) -> None:
        if not all(np.isfinite(it) and it > 0.0 for it in (self.click_px, self.place_m)):
            raise InputError(f"errors of tie points are positive, got {self.click_px} px, {self.place_m} m")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ties:
    """The points with all that is needed to look at them anew."""

    frames: FrameTable
    rows: NDArray[np.intp]
    poses_of: PosesOf
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    place: tuple[NDArray[np.float64], NDArray[np.float64], MetresArray]
    size_px: tuple[int, int]
    lens: Lens | None

    def residual_rad(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(M, 2) tangents from where the pose has each point to where it was clicked."""
        camera = self.poses_of(corrected_by(self.frames, values, self.rows, absent_sensor_roll_deg=0.0))
        clicked = camera_directions(camera, self.x_px, self.y_px, *self.size_px, lens=self.lens)
        offset_m = ecef_from_geodetic(*self.place) - camera.origin_ecef_m
        seen = np.einsum("nji,nj->ni", camera.rotation_ecef_from_camera, offset_m)
        ahead = np.where(seen[:, :1] > 0.0, seen[:, :1], np.nan)
        answer: NDArray[np.float64] = clicked[:, 1:] - seen[:, 1:] / ahead
        return answer

    def distance_m(self, values: NDArray[np.float64]) -> MetresArray:
        """(M,) on the ground at the height of each point, between it and where its pixel is placed."""
        camera = self.poses_of(corrected_by(self.frames, values, self.rows, absent_sensor_roll_deg=0.0))
        clicked = camera_directions(camera, self.x_px, self.y_px, *self.size_px, lens=self.lens)
        direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, clicked)
        lon_deg, lat_deg, _ = geodetic_from_ecef(
            cast_to_heights(camera.origin_ecef_m, direction, self.place[2])
        )
        return np.linalg.norm(east_north_m(lon_deg, lat_deg, self.place[0], self.place[1]), axis=-1)

    def only(self, kept: NDArray[np.bool_]) -> "_Ties":
        """Some of the points."""
        return replace(
            self,
            rows=self.rows[kept],
            x_px=self.x_px[kept],
            y_px=self.y_px[kept],
            place=(self.place[0][kept], self.place[1][kept], self.place[2][kept]),
        )


def calibrate_on_tie_points(
    frames: FrameTable,
    poses_of: PosesOf,
    points: Sequence[TiePoint],
    size_px: tuple[int, int],
    errors: PoseErrors,
    *,
    tie_errors: TieErrors | None = None,
    base: Calibration | None = None,
    lens: Lens | None = None,
) -> SelfCalibration:
    """Estimate boresight, and the sensor's place where the points are enough, from tie points.

    Args:
        frames: the whole clip.
        poses_of: pose of each frame without correction; heights of the points are in its datum.
        points: one gives yaw and pitch, two roll as well, four the place of the sensor too.
        size_px: width and height of the picture.
        errors: stated, one sigma: the prior.
        tie_errors: of the points.
        base: a correction whose lag and heading bias stay, and by how much its looks still disagree, as
            points of single moments do not show them.
        lens: measured; None is a pinhole of each packet's field of view.

    Returns:
        SelfCalibration. Every point is used; of three or more one may be wrong. The hold-out figures leave
        each point out in turn, NaN of a single one. With fewer than four points the sensor's place is not
        told from its attitude: its error counts as one of the angles.

    Raises:
        InputError: no point or too many, a frame that the clip lacks or whose pose is unknown, a pixel that
            is not in the picture, or a point behind the camera.
    """
    ties = _ties(frames, poses_of, points, size_px, lens)
    names = _names(len(points))
    known = tie_errors or TieErrors()
    start, stays = kept_values(base), _stays(base)
    values, covariance = _estimate(ties, names, errors, known, start)
    if base is not None:
        places = [PARAMETERS.index(name) for name in stays]
        covariance[np.ix_(places, places)] = base.covariance[np.ix_(places, places)]
    before_m, after_m = ties.distance_m(start), ties.distance_m(values)
    holdout_m = _left_out_m(ties, errors, known, start)
    calibration = Calibration(
        method=CalibrationMethod.TIE_POINTS,
        estimated=stays + names,
        covariance=covariance,
        residual_before_m=float(np.median(before_m)),
        residual_after_m=float(np.median(after_m)),
        holdout_before_m=float(np.median(before_m)) if len(points) > 1 else float("nan"),
        holdout_after_m=holdout_m,
        observations=len(points),
        attitude_deg=float("nan") if base is None else base.attitude_deg,
    )
    by_name = dict(zip(PARAMETERS, values.tolist(), strict=True))
    return SelfCalibration(
        calibration=replace(calibration, **by_name), left_alone=_left_alone(stays + names, len(points))
    )


def tie_point_distances_m(
    frames: FrameTable,
    poses_of: PosesOf,
    points: Sequence[TiePoint],
    size_px: tuple[int, int],
    values: NDArray[np.float64],
    *,
    lens: Lens | None = None,
) -> MetresArray:
    """(M,) how far each point is from where its pixel is placed, under a correction.

    Args:
        frames: the whole clip.
        poses_of: as for `calibrate_on_tie_points`.
        points: likewise.
        size_px: likewise.
        values: (8,) in the order and units of `PARAMETERS`; zeros for none.
        lens: likewise.

    Raises:
        InputError: as `calibrate_on_tie_points`.
    """
    return _ties(frames, poses_of, points, size_px, lens).distance_m(values)


def _ties(
    frames: FrameTable,
    poses_of: PosesOf,
    points: Sequence[TiePoint],
    size_px: tuple[int, int],
    lens: Lens | None,
) -> _Ties:
    if not 1 <= len(points) <= MOST_POINTS:
        raise InputError(f"1 to {MOST_POINTS} tie points were wanted, got {len(points)}")
    row_of = {int(index): row for row, index in enumerate(frames.frame_index)}
    missing = sorted({point.frame_index for point in points} - row_of.keys())
    if missing:
        raise InputError(f"the clip has no frame {missing[0]} for a tie point")
    column = {
        name: np.array([getattr(point, name) for point in points], dtype=np.float64)
        for name in ("x_px", "y_px", "lon_deg", "lat_deg", "hae_m")
    }
    ties = _Ties(
        frames=frames,
        rows=np.array([row_of[point.frame_index] for point in points], dtype=np.intp),
        poses_of=poses_of,
        x_px=column["x_px"],
        y_px=column["y_px"],
        place=(column["lon_deg"], column["lat_deg"], column["hae_m"]),
        size_px=size_px,
        lens=lens,
    )
    off = np.abs(np.stack([ties.x_px, ties.y_px]).T / np.array(size_px) - 0.5).max(axis=1) > 1.0
    if off.any():  # a point moved to the packet beside its picture may lie a little outside
        number = int(np.flatnonzero(off)[0])
        raise InputError(
            f"tie point {number + 1}: pixel {ties.x_px[number]:g},{ties.y_px[number]:g} is not in a picture "
            f"of {size_px[0]} x {size_px[1]}"
        )
    unseen = np.flatnonzero(np.isnan(ties.residual_rad(np.zeros(len(PARAMETERS)))).any(axis=1))
    if unseen.size:
        number = int(unseen[0])
        raise InputError(
            f"tie point {number + 1} cannot be used: the pose of frame {points[number].frame_index} is not "
            "known, or the point lies behind its camera"
        )
    return ties


def kept_values(base: Calibration | None) -> NDArray[np.float64]:
    """(8,) of a correction what tie points leave as it is: its lag and heading bias."""
    values = np.zeros(len(PARAMETERS))
    for name in _stays(base):
        values[PARAMETERS.index(name)] = 0.0 if base is None else getattr(base, name)
    return values


def _stays(base: Calibration | None) -> tuple[str, ...]:
    return () if base is None else tuple(name for name in _OF_CLIPS if name in base.estimated)


def _names(count: int) -> tuple[str, ...]:
    angles = ANGLES if count >= POINTS_FOR_ROLL else ANGLES[:2]
    return angles + PLACE if count >= POINTS_FOR_PLACE else angles


def _left_alone(names: tuple[str, ...], count: int) -> dict[str, str]:
    one_moment = "tie points are of single moments: frame centres or image motion show it"
    reasons = {"attitude_lag_s": one_moment, "heading_bias_deg": "counted with the boresight yaw"}
    reasons["boresight_roll_deg"] = f"{POINTS_FOR_ROLL} tie points are needed, there is {count}"
    reasons |= dict.fromkeys(PLACE, f"{POINTS_FOR_PLACE} tie points are needed, there are {count}")
    return {name: reason for name, reason in reasons.items() if name not in names}


def _estimate(
    ties: _Ties,
    names: tuple[str, ...],
    errors: PoseErrors,
    known: TieErrors,
    start: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Most probable values, and their covariance, both over all of `PARAMETERS`."""
    columns = [PARAMETERS.index(name) for name in names]
    unit = UNITS[columns]
    noise_rad = _noise_rad(ties, known)
    prior = _prior(ties, names, errors) / unit
    values, information = start.copy(), np.diag(prior**-2)
    for turn in range(_ROUNDS):
        residual = ties.residual_rad(values) / noise_rad
        jacobian = _jacobian(ties, values, columns) / noise_rad[:, :, None]
        if turn == 0:
            prior = prior * _widening(residual.reshape(-1), jacobian.reshape(-1, len(columns)), prior, names)
        weight = np.minimum(1.0, _HUBER / np.maximum(np.linalg.norm(residual, axis=1), 1e-12))
        if len(residual) < 3 or turn < 3:  # two points cannot say which of them is wrong
            weight = np.ones(len(residual))
        slope = (jacobian * np.sqrt(weight)[:, None, None]).reshape(-1, len(columns))
        end = (residual * np.sqrt(weight)[:, None]).reshape(-1)
        information = slope.T @ slope + np.diag(prior**-2)
        step = np.linalg.solve(information, slope.T @ -end - values[columns] / unit * prior**-2)
        values[columns] += step * unit
        if turn > 3 and float(np.abs(step).max()) < 1e-4:
            break
    covariance = np.zeros((len(PARAMETERS), len(PARAMETERS)))
    covariance[np.ix_(columns, columns)] = np.linalg.inv(information) * np.outer(unit, unit)
    return values, 0.5 * (covariance + covariance.T)


def _widening(
    residual: NDArray[np.float64],
    jacobian: NDArray[np.float64],
    prior: NDArray[np.float64],
    names: tuple[str, ...],
) -> NDArray[np.float64]:
    """(k,) by how much the prior of the angles is to be widened: the likeliest of a few factors from 1 up."""
    angles = np.array([name in ANGLES for name in names])
    best, factor = -np.inf, np.ones(len(names))
    for wider in _WIDER:
        tried = np.where(angles, wider, 1.0)
        spread = (jacobian * (prior * tried) ** 2) @ jacobian.T + np.eye(len(residual))
        _, size = np.linalg.slogdet(spread)
        likely = -0.5 * (size + residual @ np.linalg.solve(spread, residual))
        if likely > best + 1.0:  # a wider one must be clearly likelier
            best, factor = likely, tried
    return factor


def _prior(ties: _Ties, names: tuple[str, ...], errors: PoseErrors) -> NDArray[np.float64]:
    """(k,) one sigma of each parameter; without the sensor's place among them its error is the angles'."""
    sigma = dict.fromkeys(ANGLES, errors.attitude_deg)
    if not set(PLACE) <= set(names):
        shift_m = max(errors.position_horizontal_m, errors.position_vertical_m)
        shift_deg = float(np.degrees(shift_m / np.median(_ranges_m(ties))))
        sigma |= {name: float(np.hypot(errors.attitude_deg, shift_deg)) for name in ANGLES[:2]}
    level_m = errors.position_horizontal_m
    sigma |= dict(zip(PLACE, (level_m, level_m, errors.position_vertical_m), strict=True))
    return np.array([sigma[name] for name in names])


def _noise_rad(ties: _Ties, known: TieErrors) -> NDArray[np.float64]:
    """(M, 2) one sigma of each residual: the click, and the place as seen from the sensor."""
    camera = ties.poses_of(ties.frames.take(ties.rows))
    step = []
    for x_px, y_px in ((1.0, 0.0), (0.0, 1.0)):
        there = camera_directions(camera, ties.x_px + x_px, ties.y_px + y_px, *ties.size_px, lens=ties.lens)
        here = camera_directions(camera, ties.x_px, ties.y_px, *ties.size_px, lens=ties.lens)
        step.append(np.linalg.norm(there - here, axis=1))
    place_rad = known.place_m / _ranges_m(ties)
    return np.hypot(known.click_px * np.stack(step, axis=-1), place_rad[:, None])


def _ranges_m(ties: _Ties) -> MetresArray:
    camera = ties.poses_of(ties.frames.take(ties.rows))
    return np.linalg.norm(ecef_from_geodetic(*ties.place) - camera.origin_ecef_m, axis=1)


def _jacobian(ties: _Ties, values: NDArray[np.float64], columns: list[int]) -> NDArray[np.float64]:
    """(M, 2, k) change of the residuals for one unit of each parameter."""
    slopes = []
    for column in columns:
        step = np.zeros(len(PARAMETERS))
        step[column] = 0.2 * UNITS[column]
        slopes.append((ties.residual_rad(values + step) - ties.residual_rad(values - step)) / 0.4)
    return np.stack(slopes, axis=-1)


def _left_out_m(ties: _Ties, errors: PoseErrors, known: TieErrors, start: NDArray[np.float64]) -> Metres:
    """Median distance of each point when the others alone correct it; NaN of a single one."""
    count = len(ties.rows)
    if count < 2:
        return float("nan")
    apart_m = []
    for number in range(count):
        others = np.arange(count) != number
        values, _ = _estimate(ties.only(others), _names(count - 1), errors, known, start)
        apart_m.append(ties.distance_m(values)[number])
    return float(np.median(apart_m))
