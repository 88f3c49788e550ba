"""What a long-wave infrared camera makes of temperatures: warm is bright, in 8 bits that fit each picture."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.simulation.sensor import HAZE_HEIGHT_M, blurred
from atalaya.units import Metres, PixelsArray

_LOST_PER_KM = 0.12
"""Of long-wave contrast, in air of 12 hPa of vapour near the ground."""
_DARKEST, _BRIGHTEST = 12.0, 243.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalSensor:
    """How good the camera is.

    Args:
        psf_px: one sigma of its point spread. netd_k: one sigma of its noise. column_k: of the pattern of its
            columns, the same in every frame.
        least_span_k: from dark to bright; a picture of less contrast is not stretched more.
        tail_share: of the pixels at either end that may be as dark or bright as can be.

    Raises:
        InputError: a value outside its range.
    """

    psf_px: float = 0.9
    netd_k: float = 0.06
    column_k: float = 0.03
    least_span_k: float = 6.0
    tail_share: float = 0.002

    def __post_init__(self) -> None:
        positive = min(self.psf_px, self.netd_k, self.column_k) >= 0.0 and self.least_span_k > 0.0
        if not (positive and 0.0 <= self.tail_share < 0.25):
            raise InputError(f"no camera is like that: {self}")


def sense_thermal(
    kelvin: NDArray[np.float32],
    sensor: ThermalSensor,
    *,
    air_k: float,
    range_m: NDArray[np.float32],
    above_m: Metres,
    smear: PixelsArray,
    key: tuple[int, int],
) -> NDArray[np.uint8]:
    """(H, W) uint8, warm is bright.

    Args:
        kelvin: (H, W) what a perfect radiometer beside each surface would read.
        sensor: the camera.
        air_k: of the air between, which adds its own glow.
        range_m: (H, W) to the ground.
        above_m: of the sensor above the ground.
        smear: (2,) movement in the picture during the exposure.
        key: the scene's seed and the frame's number; noise depends on nothing else.

    Raises:
        InputError: shapes that do not belong together, or a temperature that is none.
    """
    if kelvin.shape != range_m.shape or not bool(np.isfinite(kelvin).all()):
        raise InputError(
            f"finite temperatures like their ranges were wanted: {kelvin.shape}, {range_m.shape}"
        )
    thinned = HAZE_HEIGHT_M / above_m * -math.expm1(-above_m / HAZE_HEIGHT_M) if above_m > 0.0 else 1.0
    kept = np.exp(range_m * np.float32(-_LOST_PER_KM * thinned / 1000.0))
    soft = blurred(kelvin.astype(np.float32), sensor.psf_px, smear)
    noise = np.random.default_rng([key[0], 87, key[1]]).standard_normal(kelvin.shape, dtype=np.float32)
    columns = np.random.default_rng([key[0], 88]).standard_normal(kelvin.shape[1], dtype=np.float32)
    seen_k = np.float32(air_k) + (soft - np.float32(air_k)) * kept
    seen_k += noise * np.float32(sensor.netd_k) + columns * np.float32(sensor.column_k)
    return stretched(seen_k, sensor.least_span_k, sensor.tail_share)


def stretched(kelvin: NDArray[np.float32], least_span_k: float, tail_share: float) -> NDArray[np.uint8]:
    """Temperatures as grey, this picture's own range from dark to bright, as automatic gain control does."""
    low_k, high_k = np.quantile(kelvin[::4, ::4], [tail_share, 1.0 - tail_share]).tolist()
    spare_k = max(0.0, least_span_k - (high_k - low_k))
    low_k, span_k = low_k - 0.5 * spare_k, max(high_k - low_k, least_span_k)
    grey = (kelvin - np.float32(low_k)) * np.float32((_BRIGHTEST - _DARKEST) / span_k) + np.float32(_DARKEST)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)
