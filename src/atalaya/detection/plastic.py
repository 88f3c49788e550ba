"""How much more often a pixel's colour is met on blue plastic sheeting than beside it, in bits.

A smooth surface over two log ratios (blue over red, blue over green) and the log of the brightest channel,
fitted by `tests/plastic_fit.py` to 63,241 labelled pixels of one camera over Haiti, and held to
one law: at the same blue over green, more blue over red is never less like a tarp. It knows BLUE sheeting
and nothing else: black, green, white and clear plastic were not in the data and get the bits of whatever
they resemble. It knows one camera: where another one renders grey as bluish, grey land looks like tarps,
which `no_more_than_rare` bounds. docs/reference/plastic.md has the figures.
"""

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from atalaya.detection.plastic_coefficients import COEFFICIENTS, SATURATED_BITS
from atalaya.errors import InputError

type Image = NDArray[np.float32]
type Table = NDArray[np.float32]
type Steps = NDArray[np.int64]

RATIO_STEPS, LIGHT_STEPS = 48, 16
"""Cells per unit of natural logarithm."""
DARK_LEVELS = 4.0
"""Added before the logarithm [8-bit levels], so that noise in the dark makes no ratio."""
BLUE_RED, BLUE_GREEN, LIGHT = (-19, 34), (-14, 22), (56, 89)
"""First and last cell of each axis; what lies beyond is counted in the last one."""
KNOTS = (13, 10, 4)
"""Intervals of the cubic B-splines on each axis."""
SATURATED_LEVEL = 254
"""From here a channel may have been cut off; each one cut off has its own term."""
LIMIT_BITS = 10.0
"""2,022 tarp pixels carry no more: log2(2022) is 11."""
SHADE_LEVELS = (40.0, 64.0)
"""No tarp seen was darker than 92; below the second level evidence for one fades, to none at the first."""
COEFFICIENT_STEP_BITS = 1.0 / 32.0
BITS_AT_BEST_F1 = 5.41
"""Where the F1 of the cross-validation was best (docs/reference/plastic.md), with one tarp in 31 pixels."""


def plastic_bits(rgb: NDArray[np.uint8]) -> Image:
    """(H, W) log2 of p(colour | blue tarp) / p(colour | other ground), -10 to 10; a table's look-up.

    Args:
        rgb: (H, W, 3) uint8, sRGB, white balanced as daylight; any size, none of it resampled.

    Raises:
        InputError: not such a picture.
    """
    _require_rgb(rgb)
    table, ratio_step, light_step, saturated = model()
    bits = np.empty(rgb.shape[:2], dtype=np.float32)
    _look_up(np.ascontiguousarray(rgb), table, ratio_step, light_step, saturated, bits)
    return bits


def plastic_bits_numpy(rgb: NDArray[np.uint8]) -> Image:
    """The same answers as `plastic_bits` from NumPy alone, some ten times slower.

    Raises:
        InputError: not such a picture.
    """
    _require_rgb(rgb)
    table, _, _, saturated = model()
    return bits_by_table(rgb, table, saturated)


def bits_by_table(rgb: NDArray[np.uint8], table: Table, saturated: Table) -> Image:
    """(...) bits of colours (..., 3) by a table of cells and three terms for channels that are cut off."""
    bits = table[cells(rgb, *level_steps())]
    for channel in range(3):
        bits = bits + np.where(rgb[..., channel] >= SATURATED_LEVEL, saturated[channel], np.float32(0.0))
    return np.asarray(np.clip(bits, -LIMIT_BITS, LIMIT_BITS), dtype=np.float32)


def no_more_than_rare(bits: Image) -> Image:
    """The bits, none above what the colour's rarity in this very picture allows; NaN stays.

    What is at least so tarp-like on a share s of the picture is, on the picture's own showing, no more than
    log2(1 / s) bits of evidence: colours that cover a third of it are ground, whatever they are elsewhere.
    Tarps that cover a tenth of their picture are held to 3.3 bits by it too.

    Args:
        bits: (H, W) as `plastic_bits` gives them.
    """
    known = np.isfinite(bits)
    count = int(known.sum())
    if count == 0:
        return bits.copy()
    step = np.floor((np.where(known, bits, -LIMIT_BITS) + LIMIT_BITS) * 8.0).astype(np.int64)
    step = np.clip(step, 0, round(16 * LIMIT_BITS))
    tally = np.bincount(step[known], minlength=round(16 * LIMIT_BITS) + 1)
    at_least = np.cumsum(tally[::-1])[::-1]
    most = np.log2(count / np.maximum(at_least, 1)).astype(np.float32)
    return np.where(known, np.minimum(bits, np.maximum(most[step], 0.0)), bits).astype(np.float32)


@lru_cache(maxsize=1)
def model() -> tuple[Table, Steps, Steps, Table]:
    """Bits per cell, the steps of a level's two logarithms, bits of a saturated R, G, B."""
    ratio_step, light_step = level_steps()
    whole = np.frombuffer(base64.b64decode("".join(COEFFICIENTS)), dtype="<i2").astype(np.float64)
    table = table_of(whole * COEFFICIENT_STEP_BITS)
    return table, ratio_step, light_step, np.array(SATURATED_BITS, dtype=np.float32)


def table_of(weights_bits: NDArray[np.float64]) -> Table:
    """Bits per cell from the spline weights, in the order of KNOTS; shade never speaks for a tarp."""
    weights = weights_bits.reshape([count + 3 for count in KNOTS])
    table = np.einsum("ai,bj,ck,ijk->abc", *axis_splines(), weights, optimize=True)
    light = np.arange(LIGHT[0], LIGHT[1] + 1) / LIGHT_STEPS
    dark, lit = np.log(SHADE_LEVELS)
    shaded = table * np.clip((light - dark) / (lit - dark), 0.0, 1.0)
    return np.asarray(np.where(table > 0.0, shaded, table), dtype=np.float32)


def level_steps() -> tuple[Steps, Steps]:
    """(256,) each: the logarithm of a level in cells, for ratios and for light."""
    levels = np.arange(256, dtype=np.float64)
    ratio = np.rint(RATIO_STEPS * np.log(levels + DARK_LEVELS))
    light = np.rint(LIGHT_STEPS * np.log(np.maximum(levels, 1.0)))
    return ratio.astype(np.int64), np.clip(light, *LIGHT).astype(np.int64) - LIGHT[0]


def cells(rgb: NDArray[np.uint8], ratio_step: Steps, light_step: Steps) -> tuple[Steps, Steps, Steps]:
    """The cell of each pixel (..., 3) on the three axes: blue over red, blue over green, light."""
    logs = ratio_step[rgb]
    blue_red = np.clip(logs[..., 2] - logs[..., 0], *BLUE_RED) - BLUE_RED[0]
    blue_green = np.clip(logs[..., 2] - logs[..., 1], *BLUE_GREEN) - BLUE_GREEN[0]
    return blue_red, blue_green, light_step[rgb.max(axis=-1)]


def axis_splines() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(cells, knots + 3) of each axis: the weights of its cubic B-splines at its cells; rows sum to 1.

    Source: uniform cubic B-splines (de Boor 1978), as P-splines use them (Eilers and Marx 1996).
    """
    first, second, third = (
        _splines(last - begin + 1, count)
        for (begin, last), count in zip((BLUE_RED, BLUE_GREEN, LIGHT), KNOTS, strict=True)
    )
    return first, second, third


def _splines(cell_count: int, intervals: int) -> NDArray[np.float64]:
    place = np.linspace(0.0, intervals, cell_count)
    knot = np.minimum(place.astype(np.int64), intervals - 1)
    t = place - knot
    pieces = ((1.0 - t) ** 3, 3.0 * t**3 - 6.0 * t**2 + 4.0, 1.0 + 3.0 * t + 3.0 * t**2 - 3.0 * t**3, t**3)
    weights = np.zeros((cell_count, intervals + 3))
    for offset, piece in enumerate(pieces):
        weights[np.arange(cell_count), knot + offset] = piece / 6.0
    return weights


def _require_rgb(rgb: NDArray[np.uint8]) -> None:
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise InputError(f"bits of plastic need a picture (H, W, 3) of uint8, got {rgb.shape} {rgb.dtype}")


def _compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call; it keeps no lock while it runs."""
    return cast("F", njit(cache=True, nogil=True)(function))


@_compiled
def _look_up(
    rgb: NDArray[np.uint8], table: Table, ratio_step: Steps, light_step: Steps, saturated: Table, bits: Image
) -> None:
    rows, cols = bits.shape
    for row in range(rows):
        for col in range(cols):
            red, green, blue = rgb[row, col, 0], rgb[row, col, 1], rgb[row, col, 2]
            blue_red = ratio_step[blue] - ratio_step[red]
            blue_green = ratio_step[blue] - ratio_step[green]
            blue_red = min(max(blue_red, BLUE_RED[0]), BLUE_RED[1]) - BLUE_RED[0]
            blue_green = min(max(blue_green, BLUE_GREEN[0]), BLUE_GREEN[1]) - BLUE_GREEN[0]
            value = table[blue_red, blue_green, light_step[max(red, green, blue)]]
            if red >= SATURATED_LEVEL:
                value += saturated[0]
            if green >= SATURATED_LEVEL:
                value += saturated[1]
            if blue >= SATURATED_LEVEL:
                value += saturated[2]
            bits[row, col] = min(max(value, np.float32(-LIMIT_BITS)), np.float32(LIMIT_BITS))
