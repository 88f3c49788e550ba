"""A measured lens: where a direction falls in the picture, and back, by the Brown-Conrady model.

Without one the camera is a pinhole of the packet's own field of view (`georeg.camera`). With one the lens's
focal length counts, not the packet's field of view: a lens is measured at one zoom.

A polynomial bends back on itself beyond some angle, and a direction out there would fall on a pixel that
shows something else. Both ways are NaN there; a corner may lie beyond it, and then has no direction.

Source: Brown (1971), Decentering distortion of lenses; coefficients in the order and sense of OpenCV and KRTD
files (they act on the undistorted direction). Derivation of the limits: docs/explain/frames.md.
"""

import math
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atalaya.errors import InputError
from atalaya.units import PixelsArray

_SAME_ASPECT = 1e-3
_WIDEST = 10.0
"""Tangent of the widest direction that is looked at: 84 deg off the axis."""
_RADIUS_NODES = 4097
_ROUNDS = 12
_SETTLED = 1e-13
_FOUND = 1e-10
"""Largest miss of an inverted direction, as a tangent: a hundred-thousandth of a pixel at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Focal lengths, principal point and distortion, for pictures of one size.

    Args:
        width_px, height_px: of the pictures it was measured on.
        fx_px, fy_px: focal lengths across and down.
        cx_px, cy_px: principal point, from 0 at the centre of the upper left pixel.
        k1, k2, k3: radial terms of the squared tangent. p1, p2: tangential terms.

    Attributes:
        widest: tangent of the angle off the axis up to which a direction falls on one pixel only, by the
            radial terms; 10 where they never turn back.

    Raises:
        InputError: a picture without pixels, or numbers that no lens has.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0
    widest: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        numbers = [float(getattr(self, one.name)) for one in fields(self) if one.init]
        if not np.isfinite(numbers).all() or min(self.width_px, self.height_px) <= 0:
            raise InputError(f"a lens needs finite numbers and a picture with pixels, got {numbers}")
        if min(self.fx_px, self.fy_px) <= 0.0:
            raise InputError(f"focal lengths must be positive, got {self.fx_px} and {self.fy_px} px")
        object.__setattr__(self, "widest", _widest(self.k1, self.k2, self.k3))

    @property
    def distorts(self) -> bool:
        """Whether there is any term beyond the pinhole."""
        return any((self.k1, self.k2, self.p1, self.p2, self.k3))

    def pixels(self, right: ArrayLike, down: ArrayLike) -> tuple[PixelsArray, PixelsArray]:
        """Where directions fall.

        Args:
            right: (N,) tangent to the right of the axis: the direction is (1, right, down).
            down: (N,) likewise.

        Returns:
            x_px, y_px: (N,), also outside the picture; NaN where the lens does not say (see this module).
        """
        across, below = np.broadcast_arrays(np.asarray(right, np.float64), np.asarray(down, np.float64))
        bent_right, bent_down, determinant = self._bent(across, below)
        said = (across**2 + below**2 <= self.widest**2) & (determinant > 0.0)
        x_px = np.where(said, self.cx_px + self.fx_px * bent_right, np.nan)
        return x_px, np.where(said, self.cy_px + self.fy_px * bent_down, np.nan)

    def directions(self, x_px: ArrayLike, y_px: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The inverse of `pixels`, by Newton's method from the radial answer.

        Args:
            x_px: (N,) column from 0 at the centre of the upper left pixel.
            y_px: (N,) row likewise.

        Returns:
            right, down: (N,) tangents; NaN where no direction falls there. Pixel to direction to pixel within
            1e-6 px (measured: 1e-9).
        """
        wanted_right, wanted_down = np.broadcast_arrays(
            (np.asarray(x_px, np.float64) - self.cx_px) / self.fx_px,
            (np.asarray(y_px, np.float64) - self.cy_px) / self.fy_px,
        )
        if not self.distorts:
            return wanted_right.copy(), wanted_down.copy()
        right, down = self._radially(wanted_right, wanted_down)
        for _ in range(_ROUNDS):
            miss_right, miss_down, slopes = self._misses(right, down, wanted_right, wanted_down)
            step_right, step_down = _solved(slopes, miss_right, miss_down)
            right, down = right - step_right, down - step_down
            if not np.any(np.abs(step_right) + np.abs(step_down) > _SETTLED):
                break
        bent_right, bent_down, determinant = self._bent(right, down)
        found = np.hypot(bent_right - wanted_right, bent_down - wanted_down) <= _FOUND
        found &= (right**2 + down**2 <= self.widest**2) & (determinant > 0.0)
        return np.where(found, right, np.nan), np.where(found, down, np.nan)

    def _bent(
        self, right: NDArray[np.float64], down: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Distorted tangents and the determinant of their change with the undistorted ones."""
        square, both = right**2 + down**2, right * down
        radial = 1.0 + square * (self.k1 + square * (self.k2 + square * self.k3))
        bent_right = right * radial + 2.0 * self.p1 * both + self.p2 * (square + 2.0 * right**2)
        bent_down = down * radial + self.p1 * (square + 2.0 * down**2) + 2.0 * self.p2 * both
        (a, b), (_, d) = self._slopes(right, down)
        return bent_right, bent_down, a * d - b * b

    def _slopes(
        self, right: NDArray[np.float64], down: NDArray[np.float64]
    ) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
        """Derivatives of the distorted by the undistorted tangents: a symmetric matrix."""
        square = right**2 + down**2
        radial = 1.0 + square * (self.k1 + square * (self.k2 + square * self.k3))
        growth = 2.0 * (self.k1 + square * (2.0 * self.k2 + square * 3.0 * self.k3))
        a = radial + growth * right**2 + 2.0 * self.p1 * down + 6.0 * self.p2 * right
        b = growth * right * down + 2.0 * self.p1 * right + 2.0 * self.p2 * down
        d = radial + growth * down**2 + 6.0 * self.p1 * down + 2.0 * self.p2 * right
        return (a, b), (b, d)

    def _misses(
        self,
        right: NDArray[np.float64],
        down: NDArray[np.float64],
        wanted_right: NDArray[np.float64],
        wanted_down: NDArray[np.float64],
    ) -> tuple[
        NDArray[np.float64], NDArray[np.float64], tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    ]:
        bent_right, bent_down, _ = self._bent(right, down)
        return bent_right - wanted_right, bent_down - wanted_down, self._slopes(right, down)

    def _radially(
        self, wanted_right: NDArray[np.float64], wanted_down: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the directions would be without tangential terms: a table of the radius, read backwards."""
        radius = np.linspace(0.0, self.widest, _RADIUS_NODES)
        bent = radius * (1.0 + radius**2 * (self.k1 + radius**2 * (self.k2 + radius**2 * self.k3)))
        wanted = np.hypot(wanted_right, wanted_down)
        scale = np.interp(wanted, bent, radius) / np.where(wanted > 0.0, wanted, 1.0)
        return wanted_right * scale, wanted_down * scale


def lens_for(lens: Lens, width_px: int, height_px: int) -> tuple[Lens, str | None]:
    """The lens for pictures of this size, and what was done to it (None: nothing).

    Args:
        lens: as measured.
        width_px: of the picture.
        height_px: of the picture.

    Raises:
        InputError: the picture has another aspect: it was cropped, and nothing says where.
    """
    if (width_px, height_px) == (lens.width_px, lens.height_px):
        return lens, None
    measured = f"{lens.width_px} x {lens.height_px}"
    if min(width_px, height_px) <= 0:
        raise InputError(f"a picture needs a width and a height, got {width_px} x {height_px} px")
    across, down = width_px / lens.width_px, height_px / lens.height_px
    if abs(across / down - 1.0) > _SAME_ASPECT:
        raise InputError(
            f"the lens was measured on pictures of {measured} px and these are {width_px} x {height_px} px: "
            "another aspect, so part of the picture was cut away and nothing says which; measure the lens on "
            "such pictures, or leave it out"
        )
    scaled = replace(
        lens,
        width_px=width_px,
        height_px=height_px,
        fx_px=lens.fx_px * across,
        fy_px=lens.fy_px * down,
        cx_px=(lens.cx_px + 0.5) * across - 0.5,
        cy_px=(lens.cy_px + 0.5) * down - 0.5,
    )
    return scaled, f"the lens was measured at {measured} px and is scaled to {width_px} x {height_px} px"


def lens_of_matrix(matrix: NDArray[np.float64], distortion: ArrayLike, width_px: int, height_px: int) -> Lens:
    """The lens of a camera matrix K and its distortion, as OpenCV and KRTD files have them.

    Args:
        matrix: (3, 3) K of directions (right, down, forward), upper triangular; its pixels are counted from 0
            at the centre of the upper left pixel.
        distortion: up to five numbers k1, k2, p1, p2, k3; none is a pinhole.
        width_px: of the pictures.
        height_px: of the pictures.

    Raises:
        InputError: a skewed or otherwise different matrix, or more terms than five that are not zero.
    """
    found = np.asarray(matrix, dtype=np.float64)
    terms = np.asarray(distortion, dtype=np.float64).reshape(-1)
    if found.shape != (3, 3) or not np.isfinite(found).all() or found[2, 2] == 0.0:
        raise InputError(f"a camera matrix is (3, 3) and finite, got {found.tolist()}")
    found = found / found[2, 2]
    others = found[[0, 1, 2, 2], [1, 0, 0, 1]]
    if np.abs(others).max() > 1e-9 * found[0, 0]:
        raise InputError(f"a camera matrix without skew is wanted, got {found.tolist()}")
    if np.any(terms[5:] != 0.0):
        raise InputError(f"five terms of distortion are understood, got {terms.tolist()}")
    k1, k2, p1, p2, k3 = [*terms.tolist(), 0.0, 0.0, 0.0, 0.0, 0.0][:5]
    return Lens(
        width_px=width_px,
        height_px=height_px,
        fx_px=float(found[0, 0]),
        fy_px=float(found[1, 1]),
        cx_px=float(found[0, 2]),
        cy_px=float(found[1, 2]),
        k1=k1,
        k2=k2,
        p1=p1,
        p2=p2,
        k3=k3,
    )


def _widest(k1: float, k2: float, k3: float) -> float:
    """Up to which radius the distorted radius grows: the first root s of 1 + 3 k1 s + 5 k2 s^2 + 7 k3 s^3."""
    inverse = np.roots([1.0, 3.0 * k1, 5.0 * k2, 7.0 * k3])  # of 1/s: no division by a small term
    real = inverse.real[np.abs(inverse.imag) <= 1e-9 * np.abs(inverse)]
    return 1.0 / math.sqrt(max(float(real.max(initial=0.0)), _WIDEST**-2))


def _solved(
    slopes: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...],
    right: NDArray[np.float64],
    down: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Newton's step; none where the lens bends back there."""
    (a, b), (c, d) = slopes
    determinant = a * d - b * c
    usable = np.where(np.abs(determinant) > 1e-6, determinant, np.inf)
    return (d * right - b * down) / usable, (a * down - c * right) / usable
