"""How far a look's answer moves when its inputs are off: likely errors cast on the terrain, one by one."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.slope import upward_normal
from atalaya.geo.terrain import Terrain
from atalaya.geo.uncertainty import LE90_SIGMAS, circular_errors
from atalaya.georeg.errors import DIMENSIONS, PoseErrors, normal_set
from atalaya.units import MetresArray, SquareMetres

SAMPLES = 64
"""Likely errors cast per ray."""
_CONTAINED = 0.9
_SHALLOWEST = 0.02
"""Sine of the angle between ray and ground below which a tangent plane says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rays:
    """N lines of sight in ECEF, each with the axes that errors turn it about and shift it along.

    Args:
        origin_m, direction: (N, 3), unit directions. turn_axes, enu_axes: (N, 3, 3), axes in columns.
    """

    origin_m: MetresArray
    direction: NDArray[np.float64]
    turn_axes: NDArray[np.float64]
    enu_axes: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.origin_m)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Only these rays."""
        return type(self)(
            origin_m=self.origin_m[rows],
            direction=self.direction[rows],
            turn_axes=self.turn_axes[rows],
            enu_axes=self.enu_axes[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Errors of N ground points; NaN where more than a tenth of the likely errors meets no known ground.

    Args:
        covariance_m2: (N, 2, 2) east/north second moment about the answer. ce90_m, le90_m: (N,).
    """

    covariance_m2: SquareMetres
    ce90_m: MetresArray
    le90_m: MetresArray


def spread(rays: Rays, hit_ecef_m: MetresArray, terrain: Terrain, errors: PoseErrors) -> Spread:
    """Errors of the points that rays hit.

    The 90 % radius of 64 cast errors is steadied by the same errors on the tangent plane, whose true radius
    is known: on a plane the answer is exact, in mountains it is what was sampled.

    Args:
        rays: (N,).
        hit_ecef_m: (N, 3) where each meets the terrain, none NaN.
        terrain: the ground.
        errors: one sigma of each.
    """
    likely = normal_set(SAMPLES) * errors.sigmas()
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_ecef_m)
    local = rotation_ecef_from_enu(lon_deg, lat_deg)
    moved_m = np.einsum("nji,nsj->nsi", local, _moved_ecef_m(rays, likely, terrain) - hit_ecef_m[:, None, :])
    normal = upward_normal(lon_deg, lat_deg, terrain)
    jacobian = _plane_jacobian(rays, hit_ecef_m, np.einsum("nij,nj->ni", local, normal))
    jacobian = np.einsum("nji,njk->nik", local, jacobian) * errors.sigmas()
    return _summary(moved_m, jacobian)


def _moved_ecef_m(rays: Rays, likely: NDArray[np.float64], terrain: Terrain) -> MetresArray:
    """(N, S, 3) where the ray with each error meets the ground with its error; NaN where nowhere."""
    turn = np.einsum("nij,sj->nsi", rays.turn_axes, likely[:, 0:3])
    direction = rays.direction[:, None, :] + np.cross(turn, rays.direction[:, None, :])
    shift_m = np.einsum("nij,sj->nsi", rays.enu_axes, likely[:, 3:6])
    ground_up_m = rays.enu_axes[:, None, :, 2] * likely[None, :, 6:7]
    origin_m = rays.origin_m[:, None, :] + shift_m - ground_up_m
    hit_m = cast(origin_m.reshape(-1, 3), direction.reshape(-1, 3), terrain)
    return hit_m.reshape(origin_m.shape) + ground_up_m


def _plane_jacobian(rays: Rays, hit_m: MetresArray, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 7) how the hit on the tangent plane moves in ECEF; NaN where ray and plane hardly meet.

    Source: docs/explain/ce90.md, with d the ray, n the normal, r the range: r (dd - d n.dd / n.d) for a turn
    of the ray by dd, s - d n.s / n.d for a shift s of the sensor, d n.u / n.d for a rise u of the ground.
    """
    along, up = rays.direction, rays.enu_axes[:, :, 2]
    meeting = np.einsum("ni,ni->n", normal, along)
    meeting = np.where(meeting < -_SHALLOWEST, meeting, np.nan)
    range_m = np.linalg.norm(hit_m - rays.origin_m, axis=1)
    moves = np.empty((len(rays), 3, DIMENSIONS))
    moves[:, :, 0:3] = np.cross(rays.turn_axes, along[:, :, None], axis=1) * range_m[:, None, None]
    moves[:, :, 3:6] = rays.enu_axes
    moves[:, :, 6] = 0.0
    leaving = np.einsum("ni,nij->nj", normal, moves) / meeting[:, None]
    leaving[:, 6] = -np.einsum("ni,ni->n", normal, up) / meeting
    on_plane: NDArray[np.float64] = moves - along[:, :, None] * leaving[:, None, :]
    return on_plane


def _summary(moved_m: MetresArray, jacobian: NDArray[np.float64]) -> Spread:
    """Second moments and 90 % radii of (N, S, 3) east, north, up errors beside the plane's (N, 3, 7)."""
    met = ~np.isnan(moved_m[:, :, 0])
    horizontal_m = np.where(met, np.hypot(moved_m[:, :, 0], moved_m[:, :, 1]), np.inf)
    vertical_m = np.where(met, np.abs(moved_m[:, :, 2]), np.inf)
    level_m = np.where(met[:, :, None], moved_m[:, :, :2], 0.0)
    moment_m2 = np.einsum("nsi,nsj->nij", level_m, level_m) / np.maximum(met.sum(axis=1), 1)[:, None, None]
    plane_m = np.einsum("nij,sj->nsi", jacobian, normal_set(SAMPLES))
    plane_m2 = np.einsum("nij,nkj->nik", jacobian[:, :2], jacobian[:, :2])
    plane_sigma_m = np.linalg.norm(jacobian[:, 2], axis=1)
    ce90_m = _steadied(
        _contained(horizontal_m),
        _contained(np.hypot(plane_m[:, :, 0], plane_m[:, :, 1])),
        circular_errors(plane_m2),
    )
    le90_m = _steadied(
        _contained(vertical_m), _contained(np.abs(plane_m[:, :, 2])), LE90_SIGMAS * plane_sigma_m
    )
    answered = np.isfinite(ce90_m) & np.isfinite(le90_m)
    return Spread(
        covariance_m2=np.where(answered[:, None, None], moment_m2, np.nan),
        ce90_m=np.where(answered, ce90_m, np.nan),
        le90_m=np.where(answered, le90_m, np.nan),
    )


def _contained(distance_m: MetresArray) -> MetresArray:
    """(N,) distance that holds 90 % of (N, S); infinite where more than that is infinite."""
    ordered_m = np.sort(distance_m, axis=1)
    place = _CONTAINED * (distance_m.shape[1] + 1) - 1.0
    below = int(place)
    lower_m, upper_m = ordered_m[:, below], ordered_m[:, below + 1]
    within = np.isfinite(upper_m)
    rise_m = np.where(within, upper_m, 0.0) - np.where(within, lower_m, 0.0)
    return np.where(within, lower_m + (place - below) * rise_m, np.inf)


def _steadied(
    sampled_m: MetresArray, plane_sampled_m: MetresArray, plane_exact_m: MetresArray
) -> MetresArray:
    """The sampled radius times what the same sample gets wrong on a plane, where there is one."""
    correction = plane_exact_m / plane_sampled_m
    answer_m: MetresArray = sampled_m * np.where(np.isfinite(correction), correction, 1.0)
    return answer_m
