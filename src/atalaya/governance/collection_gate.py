"""May this area be observed, then and with these sensors? The only place that can say yes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.errors import InputError
from atalaya.model.authority import Authority, Sensor, Suspension, require_area
from atalaya.model.identifiers import AuthorityId
from atalaya.model.instants import isoformat_z, require_aware, to_microseconds
from atalaya.units import DegreesArray, MicrosecondsArray

TIME_UNKNOWN = "time-unknown"
OUTSIDE_WINDOW = "outside-window"
WHILE_SUSPENDED = "while-suspended"
SENSOR_NOT_ALLOWED = "sensor-not-allowed"
FOOTPRINT_UNKNOWN = "footprint-unknown"
OUTSIDE_AREA = "outside-area"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRequest:
    """What somebody wants to look at.

    Args:
        area: lon, lat [deg] WGS 84.
        window_from_utc, window_until_utc: first instant wanted, first instant no longer wanted.
        at_utc: when it is asked.

    Raises:
        InputError: an invalid area, an empty window, no sensor, or a time without zone.
    """

    area: Polygon | MultiPolygon
    window_from_utc: datetime
    window_until_utc: datetime
    sensors: frozenset[Sensor]
    at_utc: datetime

    def __post_init__(self) -> None:
        require_area("collection request", self.area)
        for name in ("window_from_utc", "window_until_utc", "at_utc"):
            require_aware(name, getattr(self, name))
        if not self.window_from_utc < self.window_until_utc:
            raise InputError("collection request: the window is empty")
        if not self.sensors:
            raise InputError("collection request: names no sensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Proof of authority; no collection exists without one, and only `decide` makes one.

    Args:
        area, window_from_utc, window_until_utc, sensors: as requested; never more than the authority allows.
        decided_utc: when it was decided.
    """

    authority_id: AuthorityId
    area: Polygon | MultiPolygon
    window_from_utc: datetime
    window_until_utc: datetime
    sensors: frozenset[Sensor]
    decided_utc: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: one line for each authority considered, kept as evidence."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Which frames may be kept.

    Args:
        keep: (N,) True where the frame is wholly inside the permit.
        dropped: number of frames not kept by reason; each frame counts once, under its first reason.
    """

    keep: NDArray[np.bool_]
    dropped: Mapping[str, int]


def decide(
    request: CollectionRequest, authorities: Iterable[Authority], suspensions: Iterable[Suspension]
) -> Permit | Refusal:
    """The first authority that allows all of the request gives the permit; else every reason why not.

    Pure: no clock, no register, no log; the caller brings them and records the answer.
    """
    suspended = tuple(suspensions)
    refused: list[str] = []
    for authority in authorities:
        reasons = _reasons_against(request, authority, suspended)
        if not reasons:
            return Permit(
                authority_id=authority.authority_id,
                area=request.area,
                window_from_utc=request.window_from_utc,
                window_until_utc=request.window_until_utc,
                sensors=request.sensors,
                decided_utc=request.at_utc,
            )
        refused.append(f"{authority.authority_id}: {'; '.join(reasons)}")
    return Refusal(tuple(refused) or ("no authority is recorded",))


def still_allowed(permit: Permit, suspensions: Iterable[Suspension], at_utc: datetime) -> Permit | Refusal:
    """Whether work under a permit may go on: asked again before each slab.

    Raises:
        InputError: `at_utc` without a time zone.
    """
    require_aware("at_utc", at_utc)
    stops = [
        f"{permit.authority_id}: {_stop_line(stop)}"
        for stop in suspensions
        if stop.authority_id == permit.authority_id and in_force(stop, at_utc)
    ]
    return Refusal(tuple(stops)) if stops else permit


def in_force(suspension: Suspension, at_utc: datetime) -> bool:
    """A suspension that is not lifted holds, whatever the clocks say; a lifted one held until then."""
    if suspension.resumed_utc is None:
        return True
    return suspension.suspended_utc <= at_utc < suspension.resumed_utc


def admit_frames(
    permit: Permit,
    *,
    time_us: MicrosecondsArray,
    footprint_lon_lat_deg: DegreesArray,
    sensor: Sensor,
    suspensions: Iterable[Suspension] = (),
) -> Admission:
    """Which frames are wholly inside the permit; what is unknown is not inside.

    A footprint is taken as the convex hull of its corners, so crossed or dented corners never let in ground
    that the frame may show outside the area.

    Args:
        permit: what was allowed.
        time_us: (N,) of the frames; negative where unknown.
        footprint_lon_lat_deg: (N, 4, 2) corners, lon then lat; NaN where unknown.
        sensor: what took the frames.
        suspensions: frames taken while one of this authority held are not kept either.

    Raises:
        InputError: arrays of other shapes.
    """
    if time_us.ndim != 1 or footprint_lon_lat_deg.shape != (*time_us.shape, 4, 2):
        raise InputError(
            f"wanted (N,) times and (N, 4, 2) corners, got {time_us.shape} and {footprint_lon_lat_deg.shape}"
        )
    from_us, until_us = to_microseconds(permit.window_from_utc), to_microseconds(permit.window_until_utc)
    known = np.isfinite(footprint_lon_lat_deg).all(axis=(1, 2))
    against = {
        SENSOR_NOT_ALLOWED: np.full(time_us.shape, sensor not in permit.sensors),
        TIME_UNKNOWN: time_us < 0,
        OUTSIDE_WINDOW: (time_us < from_us) | (time_us >= until_us),
        WHILE_SUSPENDED: _while_suspended(permit, time_us, suspensions),
        FOOTPRINT_UNKNOWN: ~known,
        OUTSIDE_AREA: ~_inside(permit.area, footprint_lon_lat_deg, known),
    }
    keep, dropped = np.ones(time_us.shape, dtype=np.bool_), {}
    for reason, mask in against.items():
        count = int((keep & mask).sum())
        if count:
            dropped[reason] = count
        keep &= ~mask
    return Admission(keep=keep, dropped=dropped)


def _reasons_against(
    request: CollectionRequest, authority: Authority, suspensions: tuple[Suspension, ...]
) -> list[str]:
    consent = authority.consent
    reasons = [
        _stop_line(stop)
        for stop in suspensions
        if stop.authority_id == authority.authority_id and in_force(stop, request.at_utc)
    ]
    if not (
        authority.valid_from_utc <= request.window_from_utc
        and request.window_until_utc <= authority.valid_until_utc
    ):
        reasons.append(
            f"valid {isoformat_z(authority.valid_from_utc)} to {isoformat_z(authority.valid_until_utc)}, "
            f"wanted {isoformat_z(request.window_from_utc)} to {isoformat_z(request.window_until_utc)}"
        )
    if not authority.area.covers(request.area):
        reasons.append("does not cover the whole area")
    missing = sorted(request.sensors - authority.sensors)
    if missing:
        reasons.append(f"does not allow {', '.join(missing)}")
    if consent.granted_utc > min(request.window_from_utc, request.at_utc):
        reasons.append(f"consent {consent.reference} counts only from {isoformat_z(consent.granted_utc)}")
    return reasons


def _stop_line(stop: Suspension) -> str:
    return f"suspended since {isoformat_z(stop.suspended_utc)} by {stop.suspended_by}: {stop.reason}"


def _while_suspended(
    permit: Permit, time_us: MicrosecondsArray, suspensions: Iterable[Suspension]
) -> NDArray[np.bool_]:
    held = np.zeros(time_us.shape, dtype=np.bool_)
    for stop in suspensions:
        if stop.authority_id != permit.authority_id:
            continue
        during = time_us >= to_microseconds(stop.suspended_utc)
        if stop.resumed_utc is not None:
            during &= time_us < to_microseconds(stop.resumed_utc)
        held |= during
    return held


def _inside(
    area: Polygon | MultiPolygon, corners_lon_lat_deg: DegreesArray, known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    inside = np.zeros(known.shape, dtype=np.bool_)
    if known.any():
        hulls = shapely.convex_hull(shapely.polygons(corners_lon_lat_deg[known]))
        shapely.prepare(area)
        inside[known] = shapely.covers(area, hulls)
    return inside
