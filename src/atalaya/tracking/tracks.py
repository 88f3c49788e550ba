"""Vehicle positions of one sortie to tracks: constant velocity, one-to-one, numbers that end with the sortie.

Frame by frame, global nearest neighbour among what lies inside the gate, confirmed tracks before young ones.
A track is reported once it has enough observations; between two of them nothing is invented.
"""

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.geo.uncertainty import circular_error
from atalaya.model.detection import TrackTable
from atalaya.tracking.observations import VehicleObservations
from atalaya.units import MetresArray, Seconds, SquareMetres

MICROSECONDS_PER_SECOND = 1e6
_FAR = 1e9
_YOUNG = 1e3
"""Added to the cost of a young track, so that a confirmed one is served first."""

RANGES: Final[dict[str, tuple[float, float]]] = {
    "acceleration_mps2": (0.01, 20.0),
    "fastest_mps": (1.0, 100.0),
    "gate": (1.0, 50.0),
    "longest_gap_s": (0.01, 600.0),
    "confirm_after": (2, 100),
}
"""Allowed values, both ends included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingParams:
    """How vehicles are assumed to move.

    Args:
        acceleration_mps2: one sigma of a random acceleration that lasts about a second.
        fastest_mps: one sigma of an unknown speed, each axis, when a track begins.
        gate: squared Mahalanobis distance within which an observation may belong to a track.
        longest_gap_s: a track without an observation for longer has ended.
        confirm_after: observations that make a track.

    Raises:
        InputError: a value outside RANGES.
    """

    acceleration_mps2: float = 1.5
    fastest_mps: float = 12.0
    gate: float = 11.8
    longest_gap_s: Seconds = 3.0
    confirm_after: int = 3

    def __post_init__(self) -> None:
        for one in fields(self):
            value, (low, high) = getattr(self, one.name), RANGES[one.name]
            if not low <= value <= high:
                raise InputError(f"{one.name} must be {low} to {high}, got {value}")


@dataclass(slots=True)
class _Track:
    """One vehicle while it is followed: state east, north [m], their rates [m/s]; its filtered history."""

    state: NDArray[np.float64]
    spread: NDArray[np.float64]
    time_us: int
    history: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=list)

    def advance(self, time_us: int, acceleration_mps2: float) -> None:
        """Move on to a time: constant velocity, white acceleration."""
        step_s = (time_us - self.time_us) / MICROSECONDS_PER_SECOND
        moved = np.eye(4)
        moved[0, 2] = moved[1, 3] = step_s
        rate = acceleration_mps2**2 * np.array(
            [[step_s**3 / 3.0, step_s**2 / 2.0], [step_s**2 / 2.0, step_s]]
        )
        self.state = moved @ self.state
        self.spread = moved @ self.spread @ moved.T + np.kron(rate, np.eye(2))
        self.time_us = time_us

    def update(self, row: int, point_m: MetresArray, covariance_m2: SquareMetres) -> None:
        """Kalman update with one observation."""
        gain = self.spread[:, :2] @ np.linalg.inv(self.spread[:2, :2] + covariance_m2)
        self.state = self.state + gain @ (point_m - self.state[:2])
        spread = self.spread - gain @ self.spread[:2, :]
        self.spread = 0.5 * (spread + spread.T)
        self.history.append((row, self.state, self.spread))


def track_vehicles(observations: VehicleObservations, params: TrackingParams) -> TrackTable:
    """The tracks of one sortie, each row one observation of one vehicle, tracks in the order they began.

    Positions and speeds are filtered: they use what came before, never what came after. Speed is NaN in a
    track's first row.

    Args:
        observations: of one sortie; rows without a finite place or a time are left out.
        params: see TrackingParams.
    """
    usable = np.isfinite(observations.lon_deg + observations.lat_deg) & (observations.time_us >= 0)
    observations = observations.take(np.flatnonzero(usable))
    if len(observations) == 0:
        return _table([], observations, np.ones(2), np.zeros(2))
    middle_deg = np.array([observations.lon_deg[0], observations.lat_deg[0]])
    scale_m = metres_per_degree(float(middle_deg[1]))
    places_deg = np.stack([observations.lon_deg, observations.lat_deg], axis=-1) - middle_deg
    places_deg[:, 0] = (places_deg[:, 0] + 180.0) % 360.0 - 180.0
    points_m = places_deg * scale_m
    ended: list[_Track] = []
    alive: list[_Track] = []
    for rows in _by_time(observations.time_us):
        now_us = int(observations.time_us[rows[0]])
        gap_us = params.longest_gap_s * MICROSECONDS_PER_SECOND
        ended += [track for track in alive if now_us - track.time_us > gap_us]
        alive = [track for track in alive if now_us - track.time_us <= gap_us]
        alive += _step(alive, rows, now_us, points_m, observations.covariance_m2, params)
    confirmed = [track for track in ended + alive if len(track.history) >= params.confirm_after]
    confirmed.sort(key=lambda track: (int(observations.time_us[track.history[0][0]]), track.history[0][0]))
    return _table(confirmed, observations, scale_m, middle_deg)


def _by_time(time_us: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    order = np.argsort(time_us, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(time_us[order])) + 1)


def _step(
    alive: list[_Track],
    rows: NDArray[np.intp],
    now_us: int,
    points_m: MetresArray,
    covariance_m2: SquareMetres,
    params: TrackingParams,
) -> list[_Track]:
    """Update the tracks that this instant shows; the tracks that begin with it are returned.

    A track that is not shown keeps its state of when it was last seen, so that the gap stays measurable.
    """
    forecasts = [_Track(track.state, track.spread, track.time_us) for track in alive]
    for forecast in forecasts:
        forecast.advance(now_us, params.acceleration_mps2)
    cost = np.full((len(alive), len(rows)), _FAR)
    for i, (track, forecast) in enumerate(zip(alive, forecasts, strict=True)):
        offset_m = points_m[rows] - forecast.state[:2]
        total_m2 = forecast.spread[:2, :2] + covariance_m2[rows]
        solved = np.linalg.solve(total_m2, offset_m[..., None])[..., 0]
        distance2 = (offset_m * solved).sum(axis=-1)
        likelihood = distance2 + np.log(np.linalg.det(total_m2))
        young = 0.0 if len(track.history) >= params.confirm_after else _YOUNG
        cost[i] = np.where(distance2 <= params.gate, likelihood + young, _FAR)
    taken = set()
    for i, j in zip(*linear_sum_assignment(cost), strict=True):
        if cost[i, j] < _FAR:
            taken.add(int(j))
            row = int(rows[j])
            alive[i].advance(now_us, params.acceleration_mps2)
            alive[i].update(row, points_m[row], covariance_m2[row])
    fresh = [int(row) for j, row in enumerate(rows) if j not in taken]
    return [_begin(row, now_us, points_m[row], covariance_m2[row], params) for row in fresh]


def _begin(
    row: int, now_us: int, point_m: MetresArray, covariance_m2: SquareMetres, params: TrackingParams
) -> _Track:
    """A track of one observation: its place is known, its speed is not."""
    spread = np.zeros((4, 4))
    spread[:2, :2] = covariance_m2
    spread[2:, 2:] = np.eye(2) * params.fastest_mps**2
    state = np.array([point_m[0], point_m[1], 0.0, 0.0])
    return _Track(state, spread, now_us, [(row, state, spread)])


def _table(
    tracks: list[_Track],
    observations: VehicleObservations,
    scale_m: NDArray[np.float64],
    middle_deg: NDArray[np.float64],
) -> TrackTable:
    """One row per track and observation."""
    entries = [(number, *entry) for number, track in enumerate(tracks) for entry in track.history]
    rows = np.array([row for _, row, _, _ in entries], dtype=np.intp)
    states = np.array([state for _, _, state, _ in entries]).reshape(len(entries), 4)
    places_deg = states[:, :2] / scale_m + middle_deg
    number = np.array([one for one, _, _, _ in entries], dtype=np.int64)
    first = np.diff(number, prepend=-1) > 0
    return TrackTable(
        track_index=number,
        frame_index=observations.frame_index[rows],
        time_us=observations.time_us[rows],
        lon_deg=(places_deg[:, 0] + 180.0) % 360.0 - 180.0,
        lat_deg=places_deg[:, 1],
        ce90_m=np.array([circular_error(spread[:2, :2]) for _, _, _, spread in entries]),
        speed_mps=np.where(first, np.nan, np.linalg.norm(states[:, 2:], axis=1)),
    )
