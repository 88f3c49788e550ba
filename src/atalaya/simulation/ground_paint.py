"""The ground of a world from straight above, in full sun, without trees, shadows or things that stand."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.simulation.biomes import Ground
from atalaya.simulation.objects import Colour
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Mark, Placed
from atalaya.simulation.vegetation import Field, Picture, octaves
from atalaya.units import Metres, MetresArray

TEXTURE_STEP_M = 0.2
COARSE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """Lines drawn on the ground in one go: roads, a wheel track, a stream; each (N, 2) east, north."""

    lines_m: tuple[MetresArray, ...]
    width_m: Metres
    colour: Colour
    material: Material
    strength: float
    soft_m: Metres = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Colour and material, north up, middle at the frame's origin; painted into its own arrays."""

    colour: Field
    material: NDArray[np.uint8]
    grain: Field

    @property
    def half_m(self) -> Metres:
        """Half the side of the square."""
        return float(self.colour.shape[0] * TEXTURE_STEP_M / 2.0)

    def to_pixels(self, points_m: MetresArray) -> NDArray[np.float64]:
        """(N, 2) east, north → x, y from 0 at the middle of the upper left pixel."""
        x_px = (points_m[:, 0] + self.half_m) / TEXTURE_STEP_M - 0.5
        y_px = (self.half_m - points_m[:, 1]) / TEXTURE_STEP_M - 0.5
        return np.stack([x_px, y_px], axis=1)

    def fill(self, outline_m: MetresArray, mark: Mark) -> None:
        """Lay a shape given in local metres on the ground, in the mark's colour."""
        points_px = self.to_pixels(outline_m)
        self._lay([points_px], None, mark.colour, mark.material, mark.strength, mark.soft_m)

    def draw(self, stroke: Stroke) -> None:
        """Lay lines on the ground."""
        width_px = max(1, round(stroke.width_m / TEXTURE_STEP_M))
        shapes_px = [self.to_pixels(line_m) for line_m in stroke.lines_m]
        self._lay(shapes_px, width_px, stroke.colour, stroke.material, stroke.strength, stroke.soft_m)

    def _lay(
        self,
        shapes_px: list[NDArray[np.float64]],
        width_px: int | None,
        colour: Colour,
        material: Material,
        strength: float,
        soft_m: Metres,
    ) -> None:
        soft_px = soft_m / TEXTURE_STEP_M
        margin = 3.0 * soft_px + (width_px or 0) + 2.0
        every_px = np.concatenate(shapes_px)
        low = np.floor(every_px.min(axis=0) - margin).astype(int).clip(0, self.colour.shape[0])
        high = np.ceil(every_px.max(axis=0) + margin).astype(int).clip(0, self.colour.shape[0])
        if not (high > low).all():
            return
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), dtype=np.uint8)
        fixed = [np.round((shape_px - low) * 16.0).astype(np.int32) for shape_px in shapes_px]
        if width_px is None:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, 4)
        else:
            cv2.polylines(mask, fixed, False, 255, width_px, cv2.LINE_AA, 4)  # noqa: FBT003
        if soft_px > 0.3:
            mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), soft_px), dtype=np.uint8)
        row, col = np.nonzero(mask)  # a line covers little of the square about it
        share = mask[row, col].astype(np.float32) / np.float32(255.0)
        row, col = row + low[1], col + low[0]
        grain = self.grain[row % 1024, col % 1024]
        # what hides the ground wholly has a ragged edge only, the rest is patchy throughout
        patchy = share if strength < 0.9 else 2.0 * share * (1.0 - share)
        share = np.clip(share + np.float32(0.35) * grain * patchy, 0.0, 1.0) * np.float32(strength)
        tone = np.asarray(colour, dtype=np.float32) * (np.float32(1.0) + np.float32(0.07) * grain)[:, None]
        here = self.colour[row, col]
        self.colour[row, col] = here + (tone - here) * share[:, None]
        most = share > 0.5
        self.material[row[most], col[most]] = material


def bare_canvas(rng: np.random.Generator, ground: Ground, size_m: Metres, shade: Field) -> Canvas:
    """Soil, grass and litter before anything is laid on them.

    Args:
        rng: of the ground.
        ground: its colours.
        size_m: side of the square.
        shade: (C, C) 0..1 how much grows over the ground, north up: litter lies there, grass does not.
    """
    size = int(size_m / TEXTURE_STEP_M) // COARSE * COARSE
    coarse = size // COARSE
    soil = np.clip(0.5 + 0.6 * octaves(rng, coarse, 9, 5, 0.7), 0.0, 1.0)
    grass = np.clip(ground.grass + 0.55 * octaves(rng, coarse, 14, 5, 0.7), 0.0, 1.0)
    growth = cv2.resize(shade, (coarse, coarse), interpolation=cv2.INTER_LINEAR)
    litter = np.clip(1.6 * growth - 0.5 + 0.5 * octaves(rng, coarse, 24, 4), 0.0, 1.0)
    grass *= 1.0 - 0.7 * litter
    grain = octaves(rng, 1024, 64, 5, 0.8)
    fine = np.tile(grain, (size // 1024 + 1, size // 1024 + 1))[:size, :size]
    full = [_enlarged(field, size) for field in (soil, grass, litter)]
    full[0] = np.clip(full[0] + np.float32(0.25) * fine, 0.0, 1.0)
    full[1] = np.clip(full[1] + np.float32(0.45) * fine * (full[1] > np.float32(0.05)), 0.0, 1.0)
    full[2] = np.clip(full[2] + np.float32(0.3) * fine * (full[2] > np.float32(0.05)), 0.0, 1.0)
    colour = np.empty((size, size, 3), dtype=np.float32)
    light = np.float32(1.0) + np.float32(0.09) * fine
    for channel in range(3):
        colour[:, :, channel] = _plane(ground, full, channel) * light
    material = np.where(full[1] > 0.5, np.uint8(Material.GRASS), np.uint8(Material.SOIL))
    material[full[2] > 0.6] = Material.DRY_LEAVES
    return Canvas(colour=colour, material=material, grain=grain)


def _plane(ground: Ground, full: list[Field], channel: int) -> Field:
    """One colour channel of the natural ground."""
    soil, grass, litter = full
    dark, light = (np.float32(tone[channel]) for tone in ground.soils)
    dry, green = (np.float32(tone[channel]) for tone in ground.grasses)
    plane = dark + soil * (light - dark)
    plane += (dry + soil * (green - dry) - plane) * grass
    plane += (np.float32(ground.litter[channel]) - plane) * (np.float32(0.8) * litter)
    return np.asarray(plane, dtype=np.float32)


def _enlarged(field: NDArray[np.float64] | Field, size: int) -> Field:
    """A coarse field at full resolution."""
    full = cv2.resize(field.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, dtype=np.float32)


def paint_place(canvas: Canvas, placed: Placed) -> None:
    """Lay a place's marks on the ground, first to last."""
    for mark in placed.furnishing.marks:
        canvas.fill(placed.to_local(mark.outline_m), mark)


def finished(canvas: Canvas) -> Picture:
    """(S, S, 3) uint8 of the colours."""
    return np.clip(canvas.colour, 0.0, 255.0).astype(np.uint8)
