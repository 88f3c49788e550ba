"""What is laid on the bare ground before places: fields, water, roads, and the traces that lead to places."""

import cv2
import numpy as np

from atalaya.simulation.biomes import BiomeLook
from atalaya.simulation.ground_paint import TEXTURE_STEP_M, Canvas, Stroke
from atalaya.simulation.ground_plan import Field, GroundPlan, Lines, from_axes, in_axes
from atalaya.simulation.objects import Colour
from atalaya.simulation.scene_spec import Biome
from atalaya.simulation.solids import Material
from atalaya.simulation.traces import FRESH, Trace, Traces
from atalaya.units import Metres, MetresArray

_DIRT: Colour = (190, 163, 126)
_ASPHALT: Colour = (116, 114, 112)
_SAND: Colour = (178, 166, 142)
_RUTS_M: Metres = 0.85
"""Half the distance between the wheels of one axle."""


def paint_land(canvas: Canvas, plan: GroundPlan, look: BiomeLook, biome: Biome) -> None:
    """Fields, then water with its banks, then roads."""
    for field in plan.fields:
        paint_field(canvas, field)
    muddy = biome is Biome.MANGROVE
    bank_m = plan.water_width_m * (1.25 if muddy else 2.2)
    bank = look.ground.soils[1] if muddy else _SAND
    for width_m, colour, material, strength in (
        (bank_m, bank, Material.MUD if muddy else Material.SOIL, 0.7),
        (plan.water_width_m, look.water, look.water_material, 0.95),
    ):
        _draw(canvas, plan.water, width_m, colour, material, strength, soft_m=0.7)
    paved = biome is Biome.SUBURB
    surface = Material.CONCRETE if paved else Material.SOIL
    _draw(canvas, plan.roads, plan.road_width_m, _ASPHALT if paved else _DIRT, surface, 0.95, soft_m=0.3)


def _draw(
    canvas: Canvas,
    lines_m: Lines,
    width_m: Metres,
    colour: Colour,
    material: Material,
    strength: float,
    *,
    soft_m: Metres,
) -> None:
    """Draw lines of one kind, where there are any."""
    if lines_m:
        canvas.draw(
            Stroke(
                lines_m=lines_m,
                width_m=width_m,
                colour=colour,
                material=material,
                strength=strength,
                soft_m=soft_m,
            )
        )


def paint_field(canvas: Canvas, field: Field) -> None:
    """Rows of a crop and the earth between them."""
    half = np.array([field.length_m, field.width_m]) / 2.0
    corners = np.array([(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)]) * half
    outline_m = from_axes(corners[:, 0], corners[:, 1], field.heading_deg) + np.array(field.middle_m)
    size = canvas.colour.shape[0]
    points_px = canvas.to_pixels(outline_m)
    low = np.floor(points_px.min(axis=0)).astype(int).clip(0, size)
    high = np.ceil(points_px.max(axis=0)).astype(int).clip(0, size)
    if not (high > low).all():
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.round((points_px - low) * 16.0).astype(np.int32), 255, cv2.LINE_AA, 4)
    east_m = (np.arange(low[0], high[0]) + 0.5) * TEXTURE_STEP_M - canvas.half_m
    north_m = canvas.half_m - (np.arange(low[1], high[1]) + 0.5) * TEXTURE_STEP_M
    # the phase of the rows is a sum of one term for the column and one for the row: no grid is needed
    _, by_east = in_axes(np.stack([east_m, np.zeros_like(east_m)], axis=1), field.middle_m, field.heading_deg)
    _, by_north = in_axes(
        np.stack([np.full_like(north_m, field.middle_m[0]), north_m + field.middle_m[1]], axis=1),
        field.middle_m,
        field.heading_deg,
    )
    turn = 2.0 * np.pi / field.row_m
    wave = np.outer(np.cos(turn * by_north), np.cos(turn * by_east)) - np.outer(
        np.sin(turn * by_north), np.sin(turn * by_east)
    )
    grain = canvas.grain[np.ix_(np.arange(low[1], high[1]) % 1024, np.arange(low[0], high[0]) % 1024)]
    green = np.clip(0.5 + 0.55 * wave + 0.3 * grain, 0.0, 1.0).astype(np.float32)[:, :, None]
    earth, crop = (np.asarray(tone, dtype=np.float32) for tone in (field.earth, field.crop))
    tone = (earth + (crop - earth) * green) * (np.float32(1.0) + np.float32(0.06) * grain)[:, :, None]
    here = canvas.colour[low[1] : high[1], low[0] : high[0]]
    here += (tone - here) * (mask.astype(np.float32) / np.float32(260.0))[:, :, None]
    material = canvas.material[low[1] : high[1], low[0] : high[0]]
    material[mask > 127] = np.where(green[:, :, 0] > 0.5, np.uint8(Material.GRASS), np.uint8(Material.SOIL))[
        mask > 127
    ]


def paint_traces(canvas: Canvas, traces: Traces) -> None:
    """Wheel ruts, bright and dark where they are fresh, and paths of feet."""
    for path in traces.paths:
        canvas.draw(_stroke(path, path.line_m, 0.7, 0.55 * path.freshness))
    for track in traces.tracks:
        canvas.draw(_stroke(track, track.line_m, 2.6, 0.3 + 0.2 * track.freshness))
        for side_m in (-_RUTS_M, _RUTS_M):
            canvas.draw(_stroke(track, _beside(track.line_m, side_m), 0.45, 0.35 + 0.55 * track.freshness))


def _stroke(trace: Trace, line_m: MetresArray, width_m: Metres, strength: float) -> Stroke:
    """Earth laid open: the fresher, the brighter and the damper."""
    fresh = trace.freshness > FRESH
    return Stroke(
        lines_m=(line_m,),
        width_m=width_m,
        colour=(178, 150, 112) if fresh else _DIRT,
        material=Material.MUD if fresh else Material.SOIL,
        strength=strength,
        soft_m=0.2,
    )


def _beside(line_m: MetresArray, aside_m: Metres) -> MetresArray:
    """The same line moved to its right."""
    ahead = np.gradient(line_m, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    return line_m + aside_m * np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
