"""Put a correction of the pose into effect: the attitude at its own time, heading, boresight and place."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import radii_m, rotation_x, rotation_y, rotation_z
from atalaya.model.calibration import PARAMETERS, Calibration
from atalaya.model.frame import FrameTable
from atalaya.units import DegreesArray

LONGEST_GAP_S = 1.0
"""Between two attitudes that are joined by a straight line; a longer silence says nothing of the turn."""

_PLATFORM = ("platform_heading_deg", "platform_pitch_deg", "platform_roll_deg")
_SENSOR = ("sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg")


def corrected(
    frames: FrameTable, calibration: Calibration, *, absent_sensor_roll_deg: float = float("nan")
) -> FrameTable:
    """The same frames with the correction in their angles and places.

    Args:
        frames: the whole table of a source, in any order: a lag needs the packets before and after a row, so
            take the rows wanted afterwards.
        calibration: what is wrong, as estimated.
        absent_sensor_roll_deg: as for `poses`; a boresight needs the turn about the optical axis.

    Returns:
        FrameTable, row for row. The attitude of the platform (of the sensor, where its angles are of the
        world) is the one said `attitude_lag_s` later, on straight lines between packets at most
        `LONGEST_GAP_S` apart; beyond the ends and beside gaps the last rate of turn goes on for no longer
        than that. Where none is known, or a boresight meets an unknown roll, the angles are NaN: never
        the uncorrected ones.
    """
    return corrected_by(
        frames, calibration.values(), np.arange(len(frames)), absent_sensor_roll_deg=absent_sensor_roll_deg
    )


def corrected_by(
    frames: FrameTable,
    values: NDArray[np.float64],
    rows: NDArray[np.intp],
    *,
    absent_sensor_roll_deg: float = float("nan"),
) -> FrameTable:
    """Some rows of the corrected table.

    Args:
        frames: the whole table.
        values: (8,) in the order and units of `PARAMETERS`.
        rows: which rows are wanted, in this order.
        absent_sensor_roll_deg: as for `corrected`.
    """
    by_name = dict(zip(PARAMETERS, values.tolist(), strict=True))
    wanted = frames.take(rows)
    if by_name["attitude_lag_s"]:
        wanted = _later(frames, wanted, by_name["attitude_lag_s"])
    if by_name["heading_bias_deg"]:
        wanted = _turned_about_the_vertical(wanted, by_name["heading_bias_deg"])
    boresight_deg = values[[PARAMETERS.index(f"boresight_{axis}_deg") for axis in ("yaw", "pitch", "roll")]]
    if boresight_deg.any():
        wanted = _turned_in_its_mount(wanted, boresight_deg, absent_sensor_roll_deg)
    shift_m = values[[PARAMETERS.index(f"sensor_{axis}_m") for axis in ("east", "north", "up")]]
    return _shifted(wanted, shift_m) if shift_m.any() else wanted


def _later(frames: FrameTable, wanted: FrameTable, lag_s: float) -> FrameTable:
    """The rows wanted with the attitude that all the frames say so much later."""
    of_the_world = _of_the_world(wanted)
    columns: dict[str, NDArray[Any]] = {}
    for names, applies in ((_PLATFORM, ~of_the_world), (_SENSOR, of_the_world)):
        if not applies.any():
            continue
        known = frames.usable & (_of_the_world(frames) == (names is _SENSOR))
        for name in names:
            own_deg = getattr(wanted, name)
            knots = _Knots(frames.time_us, getattr(frames, name), known)
            later_deg = np.where(np.isnan(own_deg), np.nan, knots.at(wanted.time_us, lag_s))
            columns[name] = np.where(applies, later_deg, columns.get(name, own_deg))
    return replace(wanted, **columns)


class _Knots:
    """One angle over time, unwrapped: straight lines between neighbours that are not too far apart."""

    def __init__(self, time_us: NDArray[np.int64], angle_deg: DegreesArray, known: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(known & ~np.isnan(angle_deg))
        self._time_us, first = np.unique(time_us[rows], return_index=True)
        self._angle_deg = np.degrees(np.unwrap(np.radians(angle_deg[rows][first])))

    def at(self, time_us: NDArray[np.int64], lag_s: float) -> DegreesArray:
        """The angle so much later; NaN where nothing close says how it turns."""
        if len(self._time_us) < 2:
            return np.full(len(time_us), np.nan)
        wanted_us = time_us + round(lag_s * 1e6)
        inside = self._segment(wanted_us, "right")
        beside = self._segment(time_us, "left" if lag_s > 0.0 else "right")  # the one before it moves on
        ends = (wanted_us >= self._time_us[0]) & (wanted_us <= self._time_us[-1])
        segment = np.where(ends & self._short(inside), inside, beside)
        start_us, end_us = self._time_us[segment], self._time_us[segment + 1]
        share = (wanted_us - start_us) / (end_us - start_us)
        start_deg = self._angle_deg[segment]
        angle_deg = start_deg + share * (self._angle_deg[segment + 1] - start_deg)
        outside_us = np.maximum(np.maximum(start_us - wanted_us, wanted_us - end_us), 0)
        near = self._short(segment) & (outside_us <= LONGEST_GAP_S * 1e6)
        return np.where(near, _on_the_circle(angle_deg), np.nan)

    def _segment(self, time_us: NDArray[np.int64], side: str) -> NDArray[np.intp]:
        place = np.searchsorted(self._time_us, time_us, "left" if side == "left" else "right")
        return np.clip(place - 1, 0, len(self._time_us) - 2)

    def _short(self, segment: NDArray[np.intp]) -> NDArray[np.bool_]:
        short: NDArray[np.bool_] = self._time_us[segment + 1] - self._time_us[segment] <= LONGEST_GAP_S * 1e6
        return short


def _turned_about_the_vertical(frames: FrameTable, bias_deg: float) -> FrameTable:
    of_the_world = _of_the_world(frames)
    heading_deg = np.where(of_the_world, 0.0, bias_deg) + frames.platform_heading_deg
    azimuth_deg = np.where(of_the_world, bias_deg, 0.0) + frames.sensor_azimuth_deg
    return replace(frames, platform_heading_deg=heading_deg % 360.0, sensor_azimuth_deg=azimuth_deg)


def _turned_in_its_mount(
    frames: FrameTable, boresight_deg: NDArray[np.float64], absent_sensor_roll_deg: float
) -> FrameTable:
    """Sensor angles of the same form whose axes are turned about the camera's own down, right and forward."""
    unsaid = np.isnan(frames.sensor_roll_deg)
    roll_deg = np.where(unsaid, absent_sensor_roll_deg, frames.sensor_roll_deg)
    said = (
        rotation_z(np.radians(frames.sensor_azimuth_deg))
        @ rotation_y(np.radians(frames.sensor_elevation_deg))
        @ rotation_x(np.radians(roll_deg))
    )
    yaw, pitch, roll = np.radians(boresight_deg)
    turned = said @ (rotation_z(yaw) @ rotation_y(pitch) @ rotation_x(roll))
    return replace(
        frames,
        sensor_azimuth_deg=np.degrees(np.arctan2(turned[:, 1, 0], turned[:, 0, 0])),
        sensor_elevation_deg=np.degrees(
            np.arctan2(-turned[:, 2, 0], np.hypot(turned[:, 0, 0], turned[:, 1, 0]))
        ),
        sensor_roll_deg=np.degrees(np.arctan2(turned[:, 2, 1], turned[:, 2, 2])),
    )


def _shifted(frames: FrameTable, shift_m: NDArray[np.float64]) -> FrameTable:
    """East, north and up added to the place of the sensor, whatever datum its height is in."""
    meridian_m, normal_m = radii_m(frames.sensor_lat_deg)
    east_m = normal_m * np.cos(np.radians(frames.sensor_lat_deg))
    return replace(
        frames,
        sensor_lon_deg=frames.sensor_lon_deg + np.degrees(shift_m[0] / east_m),
        sensor_lat_deg=frames.sensor_lat_deg + np.degrees(shift_m[1] / meridian_m),
        sensor_msl_m=frames.sensor_msl_m + shift_m[2],
        sensor_hae_m=frames.sensor_hae_m + shift_m[2],
    )


def _of_the_world(frames: FrameTable) -> NDArray[np.bool_]:
    """(N,) rows whose sensor angles are against north and the horizon, not against the platform."""
    return frames.sensor_angles_world


def _on_the_circle(angle_deg: DegreesArray) -> DegreesArray:
    return (angle_deg + 180.0) % 360.0 - 180.0
