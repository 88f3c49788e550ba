"""A scene to pictures: each pixel's ray to the ground, the ground's colour, the air between, the sensor.

Rays are cast on a coarse grid of pixels (every 16th) and the ground's coordinates interpolated between
them. Every picture carries SYNTHETIC / SINTÉTICO in its upper left corner, burnt in.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from atalaya.errors import InputError
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.simulation.camera import Camera, View, view_of
from atalaya.simulation.scene import Scene
from atalaya.simulation.vegetation import Picture
from atalaya.simulation.vehicles import draw_vehicle
from atalaya.simulation.world import World

COARSE_PX = 16
NOISE_LEVELS = 2.2
"""Standard deviation of the sensor's noise [1/255]."""
_MARK_INK, _MARK_GROUND = (255, 214, 64), (20, 20, 20)
_HAZE = (196.0, 204.0, 212.0)
_HAZE_SHARE = 0.10


def render(scene: Scene, frames: range | None = None) -> Iterator[Picture]:
    """The pictures of a scene, in order.

    Args:
        scene: what is there and how it was flown over.
        frames: which frame indices; all when None. A frame's bytes do not depend on the others.

    Yields:
        (height, width, 3) RGB uint8; a place's colour is where truth and pose say within 0.25 px (measured).

    Raises:
        InputError: an index the scene does not have.
    """
    wanted = range(scene.frame_count) if frames is None else frames
    if len(wanted) and (min(wanted) < 0 or max(wanted) >= scene.frame_count):
        raise InputError(f"the scene has frames 0 to {scene.frame_count - 1}, wanted {wanted}")
    camera = scene.flight.camera
    label = label_picture(camera)
    grain = _grain(scene.seed, camera)
    for index in wanted:
        view = view_of(scene.flight.true, index, scene.world.frame)
        picture = look(scene.world, camera, view)
        for vehicle in scene.vehicles:
            draw_vehicle(camera, view, scene.world, vehicle, float(scene.flight.time_s[index]), out=picture)
        picture = _sense(picture, grain, np.random.default_rng([scene.seed, 77, index]))
        picture[: label.shape[0], : label.shape[1]] = label
        yield picture


def look(world: World, camera: Camera, view: View) -> Picture:
    """What a perfect sensor sees of the ground through clear air; beyond the painted land it is mirrored.

    Raises:
        InputError: the picture would show the sky, which this renderer does not paint.
    """
    cols, rows = -(-camera.width_px // COARSE_PX) + 2, -(-camera.height_px // COARSE_PX) + 2
    x_px = (np.arange(cols, dtype=np.float64) - 0.5) * COARSE_PX - 0.5
    y_px = (np.arange(rows, dtype=np.float64) - 0.5) * COARSE_PX - 0.5
    rays = camera.directions(x_px[None, :], y_px[:, None]).reshape(-1, 3)
    ground_m = world.surface.cast(view.origin_m, rays @ view.axes.T)
    if np.isnan(ground_m).any():
        raise InputError(f"the picture would show the sky: sensor at {view.origin_m.tolist()} m")
    half = world.texture.shape[0] / 2.0
    ground_m = np.clip(ground_m, -2.0 * half * world.texture_step_m, 2.0 * half * world.texture_step_m)
    u_px = ground_m[:, 0] / world.texture_step_m + half - 0.5
    v_px = half - 0.5 - ground_m[:, 1] / world.texture_step_m
    u_map, v_map = (_finer(coarse.reshape(rows, cols), camera) for coarse in (u_px, v_px))
    seen = cv2.remap(world.texture, u_map, v_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(seen, dtype=np.uint8)


def label_picture(camera: Camera) -> Picture:
    """The mark that every picture carries, as a small opaque picture; its height is an 18th of the frame's.

    Pillow's own typeface lacks the accented capital, so its accent is drawn as a stroke over an E.
    """
    size = max(8, camera.height_px // 30)
    font = ImageFont.load_default(size)
    plain = SYNTHETIC_MARK.replace("É", "E")
    left, top, right, bottom = font.getbbox(plain)
    mark = Image.new("RGB", (round(right - left) + size, round(bottom - top) + size), _MARK_GROUND)
    pen = ImageDraw.Draw(mark)
    pen.text((size / 2 - left, size / 2 - top), plain, font=font, fill=_MARK_INK)
    accented = SYNTHETIC_MARK.index("É")
    middle = size / 2 - left + (font.getlength(plain[:accented]) + font.getlength(plain[: accented + 1])) / 2
    accent = (middle, 0.40 * size, middle + 0.20 * size, 0.18 * size)
    pen.line(accent, fill=_MARK_INK, width=max(1, size // 9))
    return np.asarray(mark)[: camera.height_px, : camera.width_px].copy()


def _finer(coarse: NDArray[np.float64], camera: Camera) -> NDArray[np.float32]:
    """Bilinear values at every pixel from nodes half a cell outside the picture's edges."""
    rows, cols = coarse.shape
    full = cv2.resize(coarse, (cols * COARSE_PX, rows * COARSE_PX), interpolation=cv2.INTER_LINEAR)
    inside = full[COARSE_PX : COARSE_PX + camera.height_px, COARSE_PX : COARSE_PX + camera.width_px]
    return np.asarray(inside, dtype=np.float32)


def _grain(seed: int, camera: Camera) -> Picture:
    """Sensor noise about 128, larger than a picture so that each frame can take another part."""
    shape = (camera.height_px + 128, camera.width_px + 128, 3)
    noise = np.random.default_rng([seed, 78]).standard_normal(shape, dtype=np.float32) * NOISE_LEVELS
    return np.clip(np.round(noise + 128.0), 0, 255).astype(np.uint8)


def _sense(picture: Picture, grain: Picture, rng: np.random.Generator) -> Picture:
    """Haze, a little blur, a gain that breathes, noise."""
    gain = float(1.0 + 0.012 * rng.standard_normal())
    level = np.arange(256, dtype=np.float64)[:, None]
    table = (level * (1.0 - _HAZE_SHARE) + np.array(_HAZE) * _HAZE_SHARE) * gain
    levels = np.clip(np.round(table), 0, 255).astype(np.uint8).reshape(1, 256, 3)
    hazy = cv2.LUT(cv2.GaussianBlur(picture, (3, 3), 0.55), levels)
    row, col = (int(offset) for offset in rng.integers(0, 128, 2))
    part = grain[row : row + picture.shape[0], col : col + picture.shape[1]]
    return np.asarray(cv2.addWeighted(hazy, 1.0, part, 1.0, -128.0), dtype=np.uint8)
