"""What grows on a scene and how the sun lights it: soil, grass, shrubs, trees with crowns and shadows.

Flat on purpose: crowns, their shading and their shadows are painted on the ground, so trees have no
parallax and hide nothing from any azimuth. A canopy that stands up is issue D's surface model; its tree
positions come from `plant`, which already returns position, radius and height.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.simulation.landform import Surface
from atalaya.simulation.layout import Layout
from atalaya.units import Degrees, Metres, MetresArray

type Field = NDArray[np.float32]
type Picture = NDArray[np.uint8]

TEXTURE_STEP_M = 0.35
STRIP_ROWS = 256
MARGIN_ROWS = 32
COARSE = 8
"""Slow fields are drawn at an eighth of the texture's resolution."""
SUN_AZIMUTH_DEG: Degrees = 128.0
SUN_ELEVATION_DEG: Degrees = 52.0
_FULL = np.float32(1.0 / 255.0)
_SOILS = np.array([(176, 150, 116), (124, 108, 80)], dtype=np.float32)
_GRASS = np.array([(138, 130, 82), (112, 116, 64)], dtype=np.float32)
_SAND, _WATER, _DIRT = np.array([(178, 166, 142), (78, 86, 72), (190, 163, 126)], dtype=np.float32)
_LEAVES = np.array(
    [(64, 82, 42), (80, 96, 50), (96, 104, 60), (56, 74, 44), (88, 90, 56), (118, 108, 84)], dtype=np.float32
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plants:
    """Crowns, N first: texture row and column, radius [px], row of `_LEAVES`, brightness about 1."""

    row: NDArray[np.intp]
    col: NDArray[np.intp]
    radius_px: Field
    leaf: NDArray[np.intp]
    brightness: Field

    def within(self, first_row: int, last_row: int) -> "Plants":
        """Those in rows first to last, rows counted from first."""
        here = (self.row >= first_row) & (self.row < last_row)
        return Plants(
            row=self.row[here] - first_row,
            col=self.col[here],
            radius_px=self.radius_px[here],
            leaf=self.leaf[here],
            brightness=self.brightness[here],
        )


def sunward() -> tuple[float, float]:
    """East and north parts of the unit vector along the ground toward the sun."""
    return math.sin(math.radians(SUN_AZIMUTH_DEG)), math.cos(math.radians(SUN_AZIMUTH_DEG))


def octaves(rng: np.random.Generator, size: int, coarsest: int, count: int, gain: float = 0.5) -> Field:
    """(size, size) float32 smooth noise: `count` octaves from `coarsest` cells across, about -1 to 1."""
    total = np.zeros((size, size), dtype=np.float32)
    for octave in range(count):
        cells = min(size, coarsest * 2**octave)
        layer = rng.standard_normal((cells, cells), dtype=np.float32) * np.float32(0.6 * gain**octave)
        total += cv2.resize(layer, (size, size), interpolation=cv2.INTER_CUBIC)
    return total


def paint_ground(rng: np.random.Generator, surface: Surface, layout: Layout, half_size_m: Metres) -> Picture:
    """The land seen from straight above, north up.

    Returns:
        (S, S, 3) RGB uint8, TEXTURE_STEP_M a pixel, S a multiple of COARSE.
    """
    size = int(2.0 * half_size_m / TEXTURE_STEP_M) // COARSE * COARSE
    slow = _slow_fields(rng, surface, layout, size)
    trees = plant(rng, size, slow["density"], cell_px=13, radius_px=(4.8, 13.0))
    shrubs = plant(
        rng,
        size,
        np.clip(slow["density"] * 0.5 + 0.22 * slow["scrub"], 0, 1),
        cell_px=6,
        radius_px=(1.8, 4.3),
    )
    grain = octaves(rng, 1024, 64, 5, 0.8)
    ways = _ways(layout, size)
    texture = np.empty((size, size, 3), dtype=np.uint8)
    for first in range(0, size, STRIP_ROWS):
        last = min(size, first + STRIP_ROWS)
        texture[first:last] = _strip(slow, (trees, shrubs), grain, ways, first, last)
    return texture


def plant(
    rng: np.random.Generator, size: int, density: Field, *, cell_px: int, radius_px: tuple[float, float]
) -> Plants:
    """One crown at most in each jittered cell, where the density (0..1, coarse field) allows it."""
    cells = size // cell_px
    row, col = np.indices((cells, cells)).reshape(2, -1) * cell_px + rng.integers(
        0, cell_px, (2, cells * cells)
    )
    probability = density[
        np.minimum(row // COARSE, density.shape[0] - 1), np.minimum(col // COARSE, density.shape[1] - 1)
    ]
    grows = rng.random(row.size, dtype=np.float32) < probability
    row, col, probability = row[grows], col[grows], probability[grows]
    low, high = radius_px
    size_share = rng.beta(2.0, 3.2, row.size).astype(np.float32) * (0.6 + 0.4 * probability)
    # where it is lush, leaves are green; on dry ground some crowns are bare and grey
    leaf = rng.integers(0, len(_LEAVES) - 1, row.size)
    leaf = np.where(rng.random(row.size) < 0.30 * (1.0 - probability), len(_LEAVES) - 1, leaf)
    return Plants(
        row=row.astype(np.intp),
        col=col.astype(np.intp),
        radius_px=(low + (high - low) * size_share).astype(np.float32),
        leaf=leaf.astype(np.intp),
        brightness=rng.normal(1.0, 0.11, row.size).astype(np.float32),
    )


def _slow_fields(rng: np.random.Generator, surface: Surface, layout: Layout, size: int) -> dict[str, Field]:
    """Coarse fields: tree density, scrub, soil and grass mix, light on the slope."""
    coarse = size // COARSE
    step_m = TEXTURE_STEP_M * COARSE
    half_m = size * TEXTURE_STEP_M / 2.0
    east_m = -half_m + step_m * (np.arange(coarse) + 0.5)
    north_m = half_m - step_m * (np.arange(coarse) + 0.5)
    up_m = surface.up_at(*np.broadcast_arrays(east_m[None, :], north_m[:, None])).astype(np.float32)
    up_m = np.asarray(cv2.GaussianBlur(up_m, (0, 0), 2.5), dtype=np.float32)
    rise_south, rise_east = np.gradient(up_m, step_m)
    sun_east, sun_north = sunward()
    slope_to_sun = rise_east * sun_east - rise_south * sun_north
    tilt = np.sqrt(1.0 + rise_east**2 + rise_south**2)
    light = (1.0 - slope_to_sun / math.tan(math.radians(SUN_ELEVATION_DEG))) / tilt
    hollow = cv2.GaussianBlur(up_m, (0, 0), 28.0) - up_m
    points = np.stack(np.broadcast_arrays(east_m[None, :], north_m[:, None]), axis=-1).reshape(-1, 2)
    to_stream, _ = cKDTree(layout.stream_m).query(points)
    wet = np.exp(-np.square(to_stream / 34.0)).reshape(coarse, coarse)
    density = (
        0.56
        + 0.34 * octaves(rng, coarse, 9, 5, 0.6)
        + 0.045 * hollow
        + 0.4 * wet
        - 0.12 * (light - 1.0) * 4.0
    )
    bare = np.zeros_like(up_m)
    for clearing in layout.clearings:
        reach = np.hypot(east_m[None, :] - clearing.east_m, north_m[:, None] - clearing.north_m)
        ragged = reach * (1.0 + 0.3 * np.sin(density * (6.0 + 40.0 / clearing.radius_m)))
        share = clearing.bareness / (1.0 + np.exp(np.clip((ragged - clearing.radius_m) / 1.6, -30.0, 30.0)))
        bare = np.maximum(bare, share.astype(np.float32))
    kept = np.clip(density, 0.05, 0.97) * np.clip(1.0 - 1.9 * bare, 0.0, 1.0)
    worn = np.full((coarse, coarse), 255, dtype=np.uint8)
    for line_m, width_px in (
        (layout.road_m, 4),
        (layout.stream_m, 3),
        *((line, 2) for line in layout.tracks_m),
    ):
        _draw(worn, line_m, half_m, step_m, width_px, 0)
    kept *= worn / 255.0
    return {
        "density": kept.astype(np.float32),
        "scrub": np.clip(octaves(rng, coarse, 20, 4) + 0.5 - bare, 0.0, 1.0).astype(np.float32),
        "soil": np.clip(0.5 + 0.6 * octaves(rng, coarse, 14, 5, 0.7) - 0.2 * wet, 0.0, 1.0).astype(
            np.float32
        ),
        "grass": np.clip(0.55 + 0.5 * octaves(rng, coarse, 24, 4, 0.7) - 1.0 * bare, 0.0, 1.0).astype(
            np.float32
        ),
        "bank": np.clip(0.8 + 0.8 * octaves(rng, coarse, 40, 3), 0.0, 1.6).astype(np.float32),
        "pool": np.clip(0.55 + 0.9 * octaves(rng, coarse, 48, 3), 0.0, 1.3).astype(np.float32),
        "light": np.clip(light, 0.55, 1.3).astype(np.float32),
    }


def _draw(
    mask: Picture, line_m: MetresArray, half_m: Metres, step_m: Metres, width_px: int, value: int
) -> None:
    """Draw a line of metres into a north-up mask."""
    x_px = (line_m[:, 0] + half_m) / step_m - 0.5
    y_px = (half_m - line_m[:, 1]) / step_m - 0.5
    points = np.round(np.stack([x_px, y_px], axis=1) * 16.0).astype(np.int32)
    cv2.polylines(
        mask, [points], isClosed=False, color=value, thickness=width_px, lineType=cv2.LINE_AA, shift=4
    )


def _ways(layout: Layout, size: int) -> dict[str, Picture]:
    """Full-resolution masks 0..255: worn earth, and the stream's sand and water."""
    half_m = size * TEXTURE_STEP_M / 2.0
    dirt, sand, water = (np.zeros((size, size), dtype=np.uint8) for _ in range(3))
    for path_m in layout.paths_m:
        _draw(dirt, path_m, half_m, TEXTURE_STEP_M, 3, 150)
    for track_m in layout.tracks_m:
        _draw(dirt, track_m, half_m, TEXTURE_STEP_M, 9, 190)
        _draw(dirt, track_m, half_m, TEXTURE_STEP_M, 2, 120)
    _draw(dirt, layout.road_m, half_m, TEXTURE_STEP_M, 16, 235)
    _draw(dirt, layout.road_m, half_m, TEXTURE_STEP_M, 3, 165)
    _draw(sand, layout.stream_m, half_m, TEXTURE_STEP_M, 22, 150)
    _draw(water, layout.stream_m + np.array([1.2, 0.6]), half_m, TEXTURE_STEP_M, 7, 225)
    return {
        name: np.asarray(cv2.blur(mask, (7, 7)), dtype=np.uint8)
        for name, mask in (("dirt", dirt), ("sand", sand), ("water", water))
    }


def _strip(
    slow: dict[str, Field],
    layers: tuple[Plants, Plants],
    grain: Field,
    ways: dict[str, Picture],
    first: int,
    last: int,
) -> Picture:
    """Rows first to last of the texture; a margin above and below keeps crowns and shadows whole."""
    size = ways["dirt"].shape[1]
    top, bottom = max(0, first - MARGIN_ROWS), min(size, last + MARGIN_ROWS)
    fields = {name: _enlarge(field, top, bottom) for name, field in slow.items()}
    rows = np.arange(top, bottom) % grain.shape[0]
    fine = np.tile(grain[rows], (1, size // grain.shape[1] + 1))[:, :size]
    planes = _soil(fields, fine, {name: mask[top:bottom] for name, mask in ways.items()})
    crowns = np.zeros_like(fine)
    light = np.float32(0.1) * fine + np.float32(1.0)
    for plants in layers[::-1]:  # shrubs first, trees over them
        planes, light, height = _grow(planes, light, plants.within(top, bottom), fine)
        crowns = np.maximum(crowns, height)
    light *= fields["light"] * _shade(crowns)
    kept = slice(first - top, last - top)
    return np.stack([np.clip(plane[kept] * light[kept], 0.0, 255.0).astype(np.uint8) for plane in planes], -1)


def _enlarge(field: Field, top: int, bottom: int) -> Field:
    """Rows top to bottom (multiples of COARSE) of a coarse field at full resolution."""
    low, high = top // COARSE, bottom // COARSE
    padded_low, padded_high = max(0, low - 2), min(field.shape[0], high + 2)
    part = field[padded_low:padded_high]
    full = cv2.resize(part, (part.shape[1] * COARSE, part.shape[0] * COARSE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[(low - padded_low) * COARSE :][: bottom - top], dtype=np.float32)


def _soil(fields: dict[str, Field], fine: Field, ways: dict[str, Picture]) -> list[Field]:
    """Bare ground, grass and what water and wheels made of it: red, green, blue planes 0..255."""
    soil = np.clip(fields["soil"] + np.float32(0.25) * fine, 0.0, 1.0)
    grass = np.clip(np.float32(0.9) * fields["grass"] + np.float32(0.5) * fine, 0.0, 1.0)
    ragged = np.float32(1.0) + np.float32(0.5) * fine
    water = np.clip(ways["water"] * _FULL * (fields["pool"] + fine * np.float32(0.4)), 0.0, 1.0)
    sand = np.clip(ways["sand"] * _FULL * (fields["bank"] + fine * np.float32(0.5)), 0.0, 1.0)
    shares = ((sand, _SAND), (water, _WATER), (np.clip(ways["dirt"] * _FULL * ragged, 0.0, 1.0), _DIRT))
    planes: list[Field] = []
    for channel in range(3):
        plane = _SOILS[0, channel] + soil * (_SOILS[1, channel] - _SOILS[0, channel])
        blades = _GRASS[0, channel] + soil * (_GRASS[1, channel] - _GRASS[0, channel])
        plane += (blades - plane) * grass
        for share, shade in shares:
            plane += (shade[channel] - plane) * share
        planes.append(plane)
    return planes


def _grow(planes: list[Field], light: Field, plants: Plants, fine: Field) -> tuple[list[Field], Field, Field]:
    """Crowns over the ground: new colour planes, new light, and the crowns' height [px]."""
    seeds = np.full(fine.shape, 255, dtype=np.uint8)
    seeds[plants.row, plants.col] = 0
    distance, owner = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label = np.asarray(owner, dtype=np.int32)
    # the plant whose crown a pixel could belong to: crowns meet halfway between their stems
    of_label = np.zeros(plants.row.size + 2, dtype=np.intp)
    of_label[label[plants.row, plants.col]] = np.arange(plants.row.size)
    radius = plants.radius_px[of_label].take(label)
    reach = (distance + fine * (np.float32(0.6) + np.float32(0.16) * radius)) / radius
    height = radius * np.sqrt(np.clip(np.float32(1.0) - reach * reach, 0.0, 1.0))
    height += (height > 0.0) * (fine * np.float32(0.8) + radius * np.float32(0.35))
    cover = np.clip(height * np.float32(1.5), 0.0, 1.0)
    facing = np.clip(height - _shifted(height, 2.0), -4.0, 3.5) * np.float32(0.13)
    facing += np.float32(0.86) + np.float32(0.16) * fine
    leaves = (_LEAVES[plants.leaf] * plants.brightness[:, None])[of_label]
    grown: list[Field] = []
    for channel, plane in enumerate(planes):
        crown = np.ascontiguousarray(leaves[:, channel]).take(label)
        grown.append(plane + (crown - plane) * cover)
    return grown, light + (facing - light) * cover, height


def _shifted(height: Field, step_px: float) -> Field:
    """The field as seen one step toward the sun."""
    sun_east, sun_north = sunward()
    there = np.array([[1.0, 0.0, step_px * sun_east], [0.0, 1.0, -step_px * sun_north]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(height, there, height.shape[::-1], flags=flags), dtype=np.float32)


def _shade(height: Field) -> Field:
    """Light left by the crowns' shadows: 1 in the sun, about 0.5 in full shadow."""
    lowering = math.tan(math.radians(SUN_ELEVATION_DEG))
    shadow = np.zeros_like(height)
    for step_px in (3.0, 6.0, 10.0, 15.0):
        raised = np.float32(1.25) * _shifted(height, step_px)
        np.maximum(shadow, raised - np.float32(step_px * lowering) - height, out=shadow)
    blurred = cv2.blur(np.clip(shadow * np.float32(0.6), 0.0, 1.0), (3, 3))
    return np.asarray(np.float32(1.0) - np.float32(0.5) * blurred, dtype=np.float32)
