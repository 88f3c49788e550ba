"""One ray in the degrees of the earth: between which distances to look, and its place there, compiled.

Everything here is arithmetic on numbers and small arrays; the derivations are in docs/explain/rays.md.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import ECCENTRICITY2, FLATTENING, SEMI_MAJOR_M, SEMI_MINOR_M
from atalaya.geo.local_frame import CHAINS, LocalFrame
from atalaya.geo.ray_ends import MARGIN_M, MEAN_RADIUS_M

type Floats = NDArray[np.float64]

TERMS = 6
"""Powers of the share of a span, up to the fifth."""
_SECOND_ECCENTRICITY2 = ECCENTRICITY2 / (1.0 - ECCENTRICITY2)
_BOWRING_ROUNDS = 2
_LONGEST_SPAN_M, _SHORTEST_SPAN_M = 100e3, 500.0
_KNOTS = 0.5 - 0.5 * np.cos((np.arange(TERMS) + 0.5) * np.pi / TERMS)
_FROM_KNOTS = np.linalg.inv(np.vander(_KNOTS, TERMS, increasing=True))


class Heights(NamedTuple):
    """Between which heights there is ground [m], and how much rays bend."""

    lowest_m: float
    highest_m: float
    refraction: float


_OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
    "no_cfunc_wrapper": True,
}
_INNER: dict[str, Any] = {"no_cpython_wrapper": True, "_nrt": False}
"""Inner functions count no references: whatever they work on is held by who called the entry. Counting, an
atomic step for each array handed on, took as long as all the rest. Making an array there does not compile."""


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled where a compiled one first calls it; Python cannot call it."""
    return cast("F", njit(**_OPTIONS, **_INNER)(function))


def compiled_in_place[F: Callable[..., object]](function: F) -> F:
    """The same, written into whatever calls it: handing over a grid costs more than a short function does."""
    return cast("F", njit(**_OPTIONS, **_INNER, forceinline=True)(function))


def compiled_entry[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call from Python; it keeps no lock while it runs."""
    return cast("F", njit(**_OPTIONS)(function))


@compiled
def crossings_m(
    origin: Floats, along: Floats, height_m: float, refraction: float
) -> tuple[float, float, float]:
    """Whether a ray starts above a height (by sign), where it comes down to it and up again; NaN for never.

    Source: the ellipsoid with both axes lengthened by the height, scaled to a unit sphere.
    """
    across, upright = 1.0 / (SEMI_MAJOR_M + height_m), 1.0 / (SEMI_MINOR_M + height_m)
    x, y, z = origin[0] * across, origin[1] * across, origin[2] * upright
    dx, dy, dz = along[0] * across, along[1] * across, along[2] * upright
    square = (dx * dx + dy * dy + dz * dz) - refraction * across / MEAN_RADIUS_M
    half = x * dx + y * dy + z * dz
    above = x * x + y * y + z * z - 1.0
    rest = half * half - square * above
    if rest < 0.0:
        return above, np.nan, np.nan
    root = math.sqrt(rest)
    if half < 0.0:
        return above, above / (root - half), (root - half) / square
    return above, np.nan, (root - half) / square


@compiled_in_place
def span_m(origin: Floats, along: Floats, heights: Heights) -> tuple[float, float, bool]:
    """Distances between which a ray is among the ground's heights, and whether it ends below all of them.

    It starts below zero where a ray starts below all ground, and ends before it starts where it meets none.
    """
    over, enter_m, leave_m = crossings_m(origin, along, heights.highest_m + MARGIN_M, heights.refraction)
    up, floor_m, _ = crossings_m(origin, along, heights.lowest_m - MARGIN_M, heights.refraction)
    if up < 0.0:
        return -1.0, -1.0, False
    start_m = 0.0
    if over > 0.0:
        if not enter_m > 0.0:
            return 0.0, -1.0, False
        start_m = enter_m
    if floor_m > start_m:
        return start_m, floor_m, True
    return start_m, leave_m, False


@compiled
def start_in_frame(frame: LocalFrame, origin: Floats, start: Floats, cubics: Floats) -> None:
    """Write where rays start in half sizes of the box: (3,), and the frame's cubics about there: (3, 21)."""
    x, y, z = origin[0] - frame.centre_m[0], origin[1] - frame.centre_m[1], origin[2] - frame.centre_m[2]
    for axis in range(3):
        to = frame.axes[axis]
        start[axis] = (to[0] * x + to[1] * y + to[2] * z - frame.middle_m[axis]) / frame.half_size_m[axis]
    for kind in range(3):
        for term in range(20):
            cubics[kind, term] = frame.coefficients[kind, term]
        cubics[kind, 20] = 0.0
        _move(cubics, kind, start)


@compiled
def _move(c: Floats, kind: int, by: Floats) -> None:
    """A cubic of three offsets about another place: synthetic division, chain by chain."""
    for axis in range(3):
        for chain in range(6):
            none, one = CHAINS[axis, chain, 0], CHAINS[axis, chain, 1]
            two, three = CHAINS[axis, chain, 2], CHAINS[axis, chain, 3]
            c[kind, two] += c[kind, three] * by[axis]
            c[kind, one] += c[kind, two] * by[axis]
            c[kind, none] += c[kind, one] * by[axis]
            c[kind, two] += c[kind, three] * by[axis]
            c[kind, one] += c[kind, two] * by[axis]
            c[kind, two] += c[kind, three] * by[axis]


@compiled_in_place
def rate_in_frame(frame: LocalFrame, along: Floats, rate: Floats) -> None:
    """Write a ray's direction in half sizes of the box per metre: (3,)."""
    for axis in range(3):
        east, north, up = frame.axes[axis, 0], frame.axes[axis, 1], frame.axes[axis, 2]
        rate[axis] = (east * along[0] + north * along[1] + up * along[2]) / frame.half_size_m[axis]


@compiled_in_place
def box_end_m(start: Floats, rate: Floats, from_m: float, end_m: float) -> float:
    """How far a ray that is in the box stays in it; not beyond where it is if it is not in it."""
    for axis in range(3):
        if not -1.0 <= start[axis] + from_m * rate[axis] <= 1.0:
            return from_m
        last = start[axis] + end_m * rate[axis]
        if last > 1.0:
            end_m = (1.0 - start[axis]) / rate[axis]
        elif last < -1.0:
            end_m = (-1.0 - start[axis]) / rate[axis]
    return end_m


@compiled_in_place
def fit_near(cubics: Floats, rate: Floats, from_m: float, to_m: float, path: Floats) -> None:
    """Write the cubics of a span inside the box: (3, 6) degrees east and north of the frame, hae_m.

    A cubic of east, north and up is a cubic of the distance along a straight line: nothing is left out.
    """
    x, y, z = rate[0], rate[1], rate[2]
    xx, xy, xz, yy, yz, zz = x * x, x * y, x * z, y * y, y * z, z * z
    xxx, xxy, xxz, xyy, xyz, xzz = xx * x, xx * y, xx * z, xy * y, xy * z, xz * z
    yyy, yyz, yzz, zzz = yy * y, yy * z, yz * z, zz * z
    length_m = to_m - from_m
    for kind in range(3):
        c = cubics
        one = c[kind, 1] * z + c[kind, 4] * y + c[kind, 10] * x
        two = (c[kind, 2] * zz + c[kind, 5] * yz + c[kind, 7] * yy) + (
            c[kind, 11] * xz + c[kind, 13] * xy + c[kind, 16] * xx
        )
        three = (
            c[kind, 3] * zzz + c[kind, 6] * yzz + c[kind, 8] * yyz + c[kind, 9] * yyy + c[kind, 12] * xzz
        ) + (
            c[kind, 14] * xyz + c[kind, 15] * xyy + c[kind, 17] * xxz + c[kind, 18] * xxy + c[kind, 19] * xxx
        )
        path[kind, 0] = c[kind, 0] + from_m * (one + from_m * (two + from_m * three))
        path[kind, 1] = length_m * (one + from_m * (2.0 * two + 3.0 * from_m * three))
        path[kind, 2] = length_m * length_m * (two + 3.0 * from_m * three)
        path[kind, 3] = length_m * length_m * length_m * three
        path[kind, 4] = path[kind, 5] = 0.0


@compiled
def far_end_m(origin: Floats, along: Floats, start_m: float, end_m: float) -> float:
    """How far a span may reach outside the box: not far where it passes near the axis of the earth."""
    nearest_m = np.inf
    for at_m in (start_m, 0.5 * (start_m + end_m), end_m):
        nearest_m = min(nearest_m, math.hypot(origin[0] + at_m * along[0], origin[1] + at_m * along[1]))
    level2 = along[0] * along[0] + along[1] * along[1]
    if level2 > 0.0:
        at_m = -(origin[0] * along[0] + origin[1] * along[1]) / level2
        if start_m < at_m < end_m:
            nearest_m = min(nearest_m, math.hypot(origin[0] + at_m * along[0], origin[1] + at_m * along[1]))
    span = max(min(_LONGEST_SPAN_M, 0.25 * nearest_m), _SHORTEST_SPAN_M)
    return min(end_m, start_m + span)


@compiled
def fit_far(
    frame: LocalFrame, origin: Floats, along: Floats, start_m: float, end_m: float, path: Floats
) -> None:
    """Write the quintics of any span from six exact places, as `fit_near`."""
    middle_m = 0.5 * (start_m + end_m)
    turn_rad = math.atan2(origin[1] + middle_m * along[1], origin[0] + middle_m * along[0])
    turn_deg = math.degrees(turn_rad) - frame.lon_deg
    turn_deg -= 360.0 * math.floor((turn_deg + 180.0) / 360.0)
    for kind in range(3):
        for power in range(TERMS):
            path[kind, power] = 0.0
    for knot in range(TERMS):
        at_m = start_m + _KNOTS[knot] * (end_m - start_m)
        east_deg, lat_deg, hae_m = geodetic(
            origin[0] + at_m * along[0], origin[1] + at_m * along[1], origin[2] + at_m * along[2], turn_rad
        )
        for power in range(TERMS):
            share = _FROM_KNOTS[power, knot]
            path[0, power] += share * (east_deg + turn_deg)
            path[1, power] += share * (lat_deg - frame.lat_deg)
            path[2, power] += share * hae_m


@compiled
def geodetic(x_m: float, y_m: float, z_m: float, from_lon_rad: float) -> tuple[float, float, float]:
    """Degrees east of a meridian, latitude and height of a point; as `ellipsoid.geodetic_from_ecef`."""
    cos, sin = math.cos(from_lon_rad), math.sin(from_lon_rad)
    east_rad = math.atan2(y_m * cos - x_m * sin, x_m * cos + y_m * sin)
    axis_m = math.hypot(x_m, y_m)
    reduced_rad = math.atan2(z_m, (1.0 - FLATTENING) * axis_m)
    lat_rad = reduced_rad
    for _ in range(_BOWRING_ROUNDS):
        lat_rad = math.atan2(
            z_m + _SECOND_ECCENTRICITY2 * SEMI_MINOR_M * math.sin(reduced_rad) ** 3,
            axis_m - ECCENTRICITY2 * SEMI_MAJOR_M * math.cos(reduced_rad) ** 3,
        )
        reduced_rad = math.atan2((1.0 - FLATTENING) * math.sin(lat_rad), math.cos(lat_rad))
    sin_lat = math.sin(lat_rad)
    hae_m = axis_m * math.cos(lat_rad) + z_m * sin_lat
    hae_m -= SEMI_MAJOR_M * math.sqrt(1.0 - ECCENTRICITY2 * sin_lat * sin_lat)
    return math.degrees(east_rad), math.degrees(lat_rad), hae_m


@compiled_in_place
def bend(path: Floats, start_m: float, end_m: float, refraction: float) -> None:
    """Lower a span by k d^2 / 2R of the distance d from the ray's start."""
    length_m, lower = end_m - start_m, 0.5 * refraction / MEAN_RADIUS_M
    path[2, 0] -= lower * start_m * start_m
    path[2, 1] -= lower * 2.0 * start_m * length_m
    path[2, 2] -= lower * length_m * length_m
