"""What a colour camera makes of a perfect picture: haze by range, light, blur, a gain that breathes, noise.

Each frame is worked out from the scene's seed and its own number alone, so any of them can be made in any
order or process and has the same bytes. What a real codec adds comes after.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera, View
from atalaya.simulation.landform import Surface
from atalaya.simulation.sun import WAVELENGTH_UM, sun_colour
from atalaya.units import Degrees, Metres, PixelsArray, Seconds

type ColourPicture = NDArray[np.uint8]

HAZE_HEIGHT_M: Metres = 1500.0
"""The haze thins by a factor e for each so many metres up."""
_CONTRAST_SEEN = 3.912
_COARSE_PX = 64
_AIRLIGHT = np.array([196.0, 204.0, 212.0], dtype=np.float32)
_MOST_GAIN = 8.0
_FULL_DAY_SINE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourSensor:
    """How good the camera is.

    Args:
        psf_px: one sigma of its point spread. exposure_s: how long each picture is exposed.
        read_levels, shot_levels: one sigma of the noise in the dark, and of what light adds at full scale
            [1/255].
        breath_share: how far the gain goes up and down. breath_s: how long one breath takes.
        balance: 0 shows the sun's colour as it is, 1 takes it out whole.

    Raises:
        InputError: a value below its range.
    """

    psf_px: float = 0.65
    exposure_s: Seconds = 0.002
    read_levels: float = 1.6
    shot_levels: float = 2.4
    breath_share: float = 0.02
    breath_s: Seconds = 7.0
    balance: float = 0.6

    def __post_init__(self) -> None:
        least = (self.psf_px, self.exposure_s, self.read_levels, self.shot_levels, self.breath_share)
        if not (min(least) >= 0.0 and self.breath_s > 0.0 and 0.0 <= self.balance <= 1.0):
            raise InputError(f"no camera is like that: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What the light comes through.

    Args:
        visibility_m: at the ground, where a black thing is lost against the sky.
        sun_elevation_deg: negative at night.
    """

    visibility_m: Metres
    sun_elevation_deg: Degrees

    def __post_init__(self) -> None:
        if not self.visibility_m > 0.0:
            raise InputError(f"a visibility above 0 m was wanted, got {self.visibility_m}")

    @property
    def light_share(self) -> float:
        """Of a full day's light, twilight included; 0.0005 at night."""
        sine = math.sin(math.radians(self.sun_elevation_deg))
        twilight = 0.04 * math.exp(min(self.sun_elevation_deg, 0.0) / 1.6)
        return min(1.0, max(max(sine, 0.0) / _FULL_DAY_SINE + twilight, 0.0005))

    def kept(self, range_m: NDArray[np.float32], above_m: Metres) -> NDArray[np.float32]:
        """(..., 3) share of each colour's contrast that is left after the way through the haze.

        Args:
            range_m: (...) from sensor to ground.
            above_m: of the sensor above the ground.

        Source: Koschmieder, Beitr. Phys. freien Atm. 12 (1924) 33-53, with haze that thins with height and
        scatters blue more than red (Ångström, exponent 1.3).
        """
        thinned = HAZE_HEIGHT_M / above_m * -math.expm1(-above_m / HAZE_HEIGHT_M) if above_m > 0.0 else 1.0
        per_m = _CONTRAST_SEEN / self.visibility_m * thinned * (np.array(WAVELENGTH_UM) / 0.55) ** -1.3
        return np.exp(-range_m[..., None] * per_m.astype(np.float32))


def ranges_m(surface: Surface, camera: Camera, view: View) -> NDArray[np.float32]:
    """(H, W) distance from the sensor to the bare ground, by a ray every 64 px; of the sky the farthest.

    Raises:
        InputError: the picture would show nothing but sky.
    """
    cols, rows = -(-camera.width_px // _COARSE_PX) + 1, -(-camera.height_px // _COARSE_PX) + 1
    x_px = np.arange(cols, dtype=np.float64) * _COARSE_PX
    y_px = np.arange(rows, dtype=np.float64) * _COARSE_PX
    rays = camera.directions(x_px[None, :], y_px[:, None]).reshape(-1, 3)
    far_m = np.linalg.norm(surface.cast(view.origin_m, rays @ view.axes.T) - view.origin_m, axis=1)
    known = np.isfinite(far_m)
    if not known.any():
        raise InputError("the picture would show nothing but sky")
    coarse = np.where(known, far_m, far_m[known].max()).reshape(rows, cols).astype(np.float32)
    x_map = np.arange(camera.width_px, dtype=np.float32)[None, :] / _COARSE_PX
    y_map = np.arange(camera.height_px, dtype=np.float32)[:, None] / _COARSE_PX
    maps = np.broadcast_arrays(x_map, y_map)
    return np.asarray(cv2.remap(coarse, maps[0].copy(), maps[1].copy(), cv2.INTER_LINEAR), dtype=np.float32)


def smear_px(camera: Camera, opened: View, closed: View, point_m: NDArray[np.float64]) -> PixelsArray:
    """(2,) how far a point of the ground moves in the picture while the shutter is open; zero behind it."""
    moved = closed.project(camera, point_m[None])[0] - opened.project(camera, point_m[None])[0]
    return np.asarray(np.where(np.isfinite(moved), moved, 0.0))


def blurred[T: (np.uint8, np.float32)](picture: NDArray[T], psf_px: float, smear: PixelsArray) -> NDArray[T]:
    """The picture through a lens with this point spread, smeared along a straight way."""
    soft = cv2.GaussianBlur(picture, (0, 0), psf_px) if psf_px > 0.0 else picture
    length = float(np.hypot(*smear))
    if length < 0.2:
        return np.asarray(soft)
    half = math.ceil(0.5 * length) + 1
    line = np.zeros((2 * half + 1, 2 * half + 1), dtype=np.float32)
    for share in np.linspace(-0.5, 0.5, max(8, math.ceil(4.0 * length))):
        x, y = half + share * float(smear[0]), half + share * float(smear[1])
        col, row = int(x), int(y)
        right, down = x - col, y - row
        line[row : row + 2, col : col + 2] += np.outer((1.0 - down, down), (1.0 - right, right))
    return np.asarray(cv2.filter2D(soft, -1, line / line.sum(), borderType=cv2.BORDER_REFLECT_101))


def sense_colour(
    perfect: ColourPicture,
    sensor: ColourSensor,
    air: Air,
    *,
    range_m: NDArray[np.float32],
    above_m: Metres,
    smear: PixelsArray,
    time_s: Seconds,
    key: tuple[int, int],
) -> ColourPicture:
    """What the camera gives for what a perfect one sees.

    Args:
        perfect: (H, W, 3) RGB through clear air in full white sun.
        sensor: the camera.
        air: haze and sun.
        range_m: (H, W) to the ground.
        above_m: of the sensor above the ground.
        smear: (2,) movement in the picture during the exposure.
        time_s: of the frame, for the gain's breath.
        key: the scene's seed and the frame's number; noise depends on nothing else.

    Raises:
        InputError: shapes that do not belong together.
    """
    if perfect.shape != (*range_m.shape, 3):
        raise InputError(f"a picture like its ranges was wanted: {perfect.shape}, {range_m.shape}")
    soft = blurred(perfect, sensor.psf_px, smear).astype(np.float32)
    tint = (sun_colour(air.sun_elevation_deg) ** (1.0 - sensor.balance)).astype(np.float32)
    kept = air.kept(range_m, above_m)
    hazy = _AIRLIGHT + (soft * tint - _AIRLIGHT) * kept
    light = air.light_share
    amplified = min(1.0 / light, _MOST_GAIN)
    gain = light * amplified * _breath(sensor, time_s, key[0])
    rng = np.random.default_rng([key[0], 77, key[1]])
    noise = rng.standard_normal(perfect.shape, dtype=np.float32)
    signal = hazy * np.float32(gain)
    read, shot = sensor.read_levels * amplified, sensor.shot_levels**2 * amplified / 255.0
    noise *= np.sqrt(np.float32(read * read) + np.float32(shot) * signal)
    return np.clip(np.rint(signal + noise), 0, 255).astype(np.uint8)


def _breath(sensor: ColourSensor, time_s: Seconds, seed: int) -> float:
    """The gain about 1: two slow waves that never quite repeat."""
    first, second = np.random.default_rng([seed, 78]).uniform(0.0, 2.0 * math.pi, 2).tolist()
    wave = 2.0 * math.pi * time_s / sensor.breath_s
    return 1.0 + sensor.breath_share * (0.7 * math.sin(wave + first) + 0.3 * math.sin(2.7 * wave + second))
