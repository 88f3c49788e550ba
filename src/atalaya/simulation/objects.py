"""What people left on the land, painted from above: laboratories, decoys, parked vehicles.

Flat on purpose, like the vegetation: each thing is a shape on the ground with the shadow that its height
would cast, so it has no sides and is seen from every azimuth. Each painter draws in metres about its
place, four times finer than the texture, and is then averaged down.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.simulation.vegetation import SUN_ELEVATION_DEG, TEXTURE_STEP_M, Picture, sunward
from atalaya.units import Degrees, Metres, MetresArray

FINER = 4
type Colour = tuple[int, int, int]
type Point = tuple[Metres, Metres]
"""East, north about a patch's middle."""

_TARPS: tuple[Colour, ...] = ((104, 128, 148), (116, 138, 156), (84, 92, 62), (98, 100, 72))
_DRUMS: tuple[Colour, ...] = ((46, 84, 150), (52, 96, 168), (150, 58, 44), (60, 64, 70))
_BODIES: tuple[Colour, ...] = ((224, 224, 220), (150, 34, 30), (60, 64, 72), (172, 174, 176))
_LEAVES: tuple[Colour, ...] = ((62, 82, 42), (84, 98, 52), (52, 70, 38), (104, 104, 62))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A fine drawing about a place, drawn into its own arrays stroke by stroke.

    Args:
        radius_m: how far it reaches from its middle in each direction.
        colour: (P, P, 3) RGB. cover: (P, P) how much of the ground it hides, 0..255.
        shadow: (P, P) how much of the ground it shades, 0..255.
    """

    radius_m: Metres
    colour: Picture
    cover: Picture
    shadow: Picture

    @property
    def pixel_m(self) -> Metres:
        """Size of a fine pixel."""
        return TEXTURE_STEP_M / FINER

    def to_pixels(self, points_m: MetresArray) -> NDArray[np.int32]:
        """East/north metres about the place to fixed-point pixels (4 fractional bits)."""
        x_px = (points_m[:, 0] + self.radius_m) / self.pixel_m - 0.5
        y_px = (self.radius_m - points_m[:, 1]) / self.pixel_m - 0.5
        return np.round(np.stack([x_px, y_px], axis=1) * 16.0).astype(np.int32)

    def fill(self, points_m: MetresArray, colour: Colour) -> None:
        """A convex shape in one colour."""
        points = self.to_pixels(points_m)
        cv2.fillConvexPoly(self.colour, points, colour, cv2.LINE_AA, 4)
        cv2.fillConvexPoly(self.cover, points, 255, cv2.LINE_AA, 4)

    def stand(self, points_m: MetresArray, height_m: Metres, colour: Colour) -> None:
        """A convex shape with the shadow that its height casts, on the ground and on what lies there."""
        away = -np.array(sunward()) * height_m / math.tan(math.radians(SUN_ELEVATION_DEG))
        outline = np.concatenate([points_m, points_m + away])
        hull = cv2.convexHull(self.to_pixels(outline))
        cv2.fillConvexPoly(self.shadow, hull, 255, cv2.LINE_AA, 4)
        dark = np.zeros_like(self.cover)
        cv2.fillConvexPoly(dark, hull, 255, cv2.LINE_AA, 4)
        self.colour[dark > 127] = self.colour[dark > 127] // 2
        self.fill(points_m, colour)

    def stain(self, points_m: MetresArray, colour: Colour, strength: int) -> None:
        """A convex shape that lets the ground shine through (strength 0..255)."""
        points = self.to_pixels(points_m)
        cv2.fillConvexPoly(self.colour, points, colour, cv2.LINE_AA, 4)
        cv2.fillConvexPoly(self.cover, points, strength, cv2.LINE_AA, 4)

    def soften(self) -> None:
        """Blur what was drawn so far: stains have no edges."""
        self.cover[:] = cv2.GaussianBlur(self.cover, (0, 0), 7.0)
        self.colour[:] = cv2.GaussianBlur(self.colour, (0, 0), 4.0)


def new_patch(radius_m: Metres) -> Patch:
    """An empty drawing that reaches `radius_m` in each direction, rounded up to whole texture pixels."""
    half_px = math.ceil(radius_m / TEXTURE_STEP_M)
    size = 2 * half_px * FINER
    return Patch(
        radius_m=half_px * TEXTURE_STEP_M,
        colour=np.full((size, size, 3), (140, 120, 94), dtype=np.uint8),
        cover=np.zeros((size, size), dtype=np.uint8),
        shadow=np.zeros((size, size), dtype=np.uint8),
    )


def lay_down(patch: Patch, east_m: Metres, north_m: Metres, *, out: Picture) -> Point:
    """Put a drawing on the texture `out`; its middle snaps to the nearest texture pixel corner.

    Returns:
        east_m, north_m where the middle came to lie.
    """
    half_px = round(patch.radius_m / TEXTURE_STEP_M)
    centre = out.shape[0] // 2
    col, row = centre + round(east_m / TEXTURE_STEP_M), centre - round(north_m / TEXTURE_STEP_M)
    here = out[row - half_px : row + half_px, col - half_px : col + half_px]
    ground = cv2.resize(here, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    shadow = cv2.GaussianBlur(patch.shadow, (0, 0), 1.5).astype(np.float32) / 255.0
    cover = patch.cover.astype(np.float32)[:, :, None] / 255.0
    ground *= (1.0 - 0.52 * shadow)[:, :, None]
    ground += (patch.colour - ground) * cover
    here[:] = np.clip(cv2.resize(ground, here.shape[1::-1], interpolation=cv2.INTER_AREA), 0, 255).astype(
        np.uint8
    )
    return (col - centre) * TEXTURE_STEP_M, (centre - row) * TEXTURE_STEP_M


def rectangle(middle_m: Point, length_m: Metres, width_m: Metres, heading_deg: Degrees) -> MetresArray:
    """(4, 2) corners of a rectangle whose length points along the heading."""
    heading = math.radians(heading_deg)
    along = np.array([math.sin(heading), math.cos(heading)]) * length_m / 2.0
    across = np.array([math.cos(heading), -math.sin(heading)]) * width_m / 2.0
    signs = ((1, 1), (1, -1), (-1, -1), (-1, 1))
    return np.array([np.array(middle_m) + a * along + b * across for a, b in signs])


def _strip_between(one_m: MetresArray, other_m: MetresArray, width_m: Metres) -> MetresArray:
    """(4, 2) corners of a narrow strip from one place to another."""
    middle_m, span_m = (one_m + other_m) / 2.0, other_m - one_m
    heading_deg = math.degrees(math.atan2(float(span_m[0]), float(span_m[1])))
    middle = (float(middle_m[0]), float(middle_m[1]))
    return rectangle(middle, float(np.hypot(*span_m)), width_m, heading_deg)


def disc(middle_m: Point, radius_m: Metres) -> MetresArray:
    """(20, 2) outline of a round thing."""
    angle = np.linspace(0.0, 2.0 * math.pi, 20, endpoint=False)
    return middle_m + radius_m * np.stack([np.sin(angle), np.cos(angle)], axis=1)


def blob(rng: np.random.Generator, middle_m: Point, radius_m: Metres) -> MetresArray:
    """Convex, irregular outline about a place."""
    angle = np.sort(rng.uniform(0.0, 2.0 * math.pi, 9))
    reach_m = radius_m * rng.uniform(0.65, 1.2, 9)
    points = middle_m + np.stack([reach_m * np.sin(angle), reach_m * np.cos(angle)], axis=1)
    return np.asarray(cv2.convexHull(points.astype(np.float32))[:, 0, :], dtype=np.float64)


def around(rng: np.random.Generator, middle_m: Point, spread_m: Metres) -> Point:
    """A place near another, normally distributed."""
    east_m, north_m = rng.normal(0.0, spread_m, 2)
    return middle_m[0] + float(east_m), middle_m[1] + float(north_m)


def shade(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    """The colour, a little lighter or darker."""
    factor = 1.0 + spread * float(rng.standard_normal())
    red, green, blue = (int(np.clip(channel * factor, 0, 255)) for channel in colour)
    return red, green, blue


def pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    """One of them, a little varied."""
    return shade(rng, colours[int(rng.integers(len(colours)))], 0.06)


def camouflaged_laboratory(rng: np.random.Generator) -> Patch:
    """Tarps of 6 by 4 m under cut branches, drums and bottles half hidden beside them, worn ground."""
    patch = new_patch(16.0)
    heading = float(rng.uniform(0.0, 180.0))
    for _ in range(9):
        patch.stain(
            blob(rng, around(rng, (0.0, 0.0), 3.5), float(rng.uniform(1.5, 3.5))), (134, 116, 90), 120
        )
    patch.soften()
    for place in range(3):
        east_m, north_m = _beside(heading, (place - 1) * 6.4, float(rng.normal(0.0, 1.2)))
        _tarp(
            rng,
            patch,
            (east_m, north_m),
            heading + float(rng.normal(0.0, 9.0)),
            _TARPS[(place * 2) % 4 if place < 2 else 1],
        )
        _branches(rng, patch, (east_m, north_m), heading, 12)
    for _ in range(10):
        east_m, north_m = _beside(
            heading, float(rng.uniform(-8.0, 8.0)), float(rng.choice([-3.4, 3.4]) + rng.normal(0, 0.4))
        )
        patch.stand(disc((east_m, north_m), 0.3), 0.9, pick(rng, _DRUMS))
    for place in range(4):
        middle_m = _beside(heading, 7.5 + 0.45 * place, -3.8)
        patch.stand(rectangle(middle_m, 1.2, 0.36, heading), 0.4, (206, 208, 204))
    return patch


def industrial_laboratory(rng: np.random.Generator) -> Patch:
    """Open reactors, rows of drums, gas bottles, white and blue sheets, a dark pit, parked vehicles."""
    patch = new_patch(24.0)
    heading = float(rng.uniform(0.0, 360.0))
    for _ in range(14):
        patch.stain(
            blob(rng, around(rng, (0.0, 0.0), 6.0), float(rng.uniform(2.0, 5.0))), (172, 148, 114), 130
        )
    _pit(rng, patch, _beside(heading, -9.0, 8.5))
    patch.soften()
    sheets: tuple[tuple[Colour, float, float], ...] = (
        ((226, 228, 226), -4.0, -7.5),
        ((64, 118, 190), 3.5, -8.0),
        ((214, 218, 220), 9.0, 6.0),
    )
    for colour, along_m, across_m in sheets:
        _tarp(rng, patch, _beside(heading, along_m, across_m), heading + float(rng.normal(0.0, 8.0)), colour)
    for place in range(3):
        _reactor(
            patch,
            _beside(heading, -3.5 + 3.6 * place, float(rng.normal(0.0, 0.3))),
            float(rng.uniform(0.9, 1.25)),
        )
    for place in range(18):
        east_m, north_m = _beside(heading, -6.0 + 0.85 * (place % 9), 3.6 + 0.8 * (place // 9))
        patch.stand(
            disc(around(rng, (east_m, north_m), 0.07), 0.31),
            0.9,
            _DRUMS[0] if place % 5 else _DRUMS[2],
        )
    for place in range(7):
        middle_m = _beside(heading, 5.0 + 0.5 * place, 2.4)
        patch.stand(rectangle(middle_m, 1.3, 0.38, heading), 0.4, (216, 214, 204))
    for along_m, across_m in ((-12.5, -2.0), (-11.5, -8.5)):
        parked_vehicle(
            patch,
            _beside(heading, along_m, across_m),
            heading + float(rng.normal(0, 20)),
            (5.4, 1.95, 1.8),
            pick(rng, _BODIES),
        )
    return patch


def farm_roof(rng: np.random.Generator) -> Patch:
    """A farm: one ridged roof of red laminate, a small shed, a corral's fence."""
    patch = new_patch(22.0)
    heading = float(rng.uniform(0.0, 180.0))
    for _ in range(6):
        patch.stain(
            blob(rng, around(rng, (0.0, 0.0), 6.0), float(rng.uniform(3.0, 5.0))), (166, 142, 110), 110
        )
    patch.soften()
    patch.stand(rectangle((0.0, 0.0), 13.0, 8.5, heading), 3.6, (150, 74, 58))
    middle_m = _beside(heading, 0.0, 2.1)
    patch.fill(rectangle(middle_m, 13.0, 4.2, heading), (126, 62, 50))
    for place in range(13):
        patch.fill(rectangle(_beside(heading, -6.0 + place, 0.0), 0.12, 8.5, heading), (134, 66, 52))
    patch.stand(rectangle(_beside(heading, 9.5, 6.0), 4.0, 3.2, heading), 2.4, (150, 150, 148))
    corner = np.array(
        [_beside(heading, along, across) for along, across in ((-13, -7), (2, -7), (2, -17), (-13, -17))]
    )
    for one, other in zip(corner, np.roll(corner, -1, axis=0), strict=True):
        patch.stand(_strip_between(one, other, 0.18), 1.2, (104, 92, 74))
    return patch


def parked_lorries(rng: np.random.Generator, road_bearing_deg: Degrees) -> Patch:
    """Two lorries one behind the other at the road's edge."""
    patch = new_patch(18.0)
    for along_m, box in ((-6.2, (214, 214, 206)), (6.0, (88, 102, 122))):
        middle = _beside(road_bearing_deg, along_m + float(rng.normal(0, 0.5)), 4.7)
        parked_vehicle(
            patch, middle, road_bearing_deg + float(rng.normal(0, 2)), (9.2, 2.5, 3.4), shade(rng, box, 0.05)
        )
    return patch


def rocks(rng: np.random.Generator) -> Patch:
    """A handful of grey boulders, 1 to 5 m, lit from the sun's side."""
    patch = new_patch(14.0)
    for _ in range(int(rng.integers(5, 10))):
        middle_m = around(rng, (0.0, 0.0), 4.0)
        radius_m = float(rng.uniform(0.6, 2.3))
        grey = shade(rng, (128, 124, 116), 0.08)
        patch.stand(blob(rng, middle_m, radius_m), 0.8 * radius_m, grey)
        lit_m = (middle_m[0] + 0.35 * radius_m * sunward()[0], middle_m[1] + 0.35 * radius_m * sunward()[1])
        patch.fill(blob(rng, lit_m, 0.5 * radius_m), shade(rng, (164, 158, 146), 0.05))
    return patch


def parked_vehicle(
    patch: Patch,
    middle_m: tuple[Metres, Metres],
    heading_deg: Degrees,
    size_m: tuple[Metres, Metres, Metres],
    colour: Colour,
) -> None:
    """A lorry or pick-up from above: body, windscreen, darker bed or box seam."""
    length_m, width_m, height_m = size_m
    patch.stand(rectangle(middle_m, length_m, width_m, heading_deg), height_m, colour)
    screen_m = _beside(heading_deg, 0.24 * length_m, 0.0, middle_m)
    patch.fill(rectangle(screen_m, 0.09 * length_m, 0.86 * width_m, heading_deg), (38, 44, 50))
    if length_m < 7.0:
        bed_m = _beside(heading_deg, -0.27 * length_m, 0.0, middle_m)
        patch.fill(rectangle(bed_m, 0.38 * length_m, 0.8 * width_m, heading_deg), (54, 54, 54))


def _beside(heading_deg: Degrees, along_m: Metres, across_m: Metres, start_m: Point = (0.0, 0.0)) -> Point:
    """Where a step along a heading and to its right leads."""
    sine, cosine = math.sin(math.radians(heading_deg)), math.cos(math.radians(heading_deg))
    return (
        start_m[0] + along_m * sine + across_m * cosine,
        start_m[1] + along_m * cosine - across_m * sine,
    )


def _tarp(
    rng: np.random.Generator,
    patch: Patch,
    middle_m: tuple[Metres, Metres],
    heading_deg: Degrees,
    colour: Colour,
) -> None:
    """A sheet of about 6 by 4 m with folds."""
    corners = rectangle(middle_m, 6.0, 4.0, heading_deg) + rng.normal(0.0, 0.22, (4, 2))
    patch.stand(corners, 2.0, colour)
    for _ in range(5):
        one, other = rng.random(2)
        start = corners[0] + one * (corners[1] - corners[0])
        end = corners[3] + other * (corners[2] - corners[3])
        fold = _strip_between(start, 0.03 * start + 0.97 * end, 0.28)
        patch.fill(fold, shade(rng, colour, 0.10))


def _branches(
    rng: np.random.Generator, patch: Patch, middle_m: tuple[Metres, Metres], heading_deg: Degrees, count: int
) -> None:
    """Cut branches thrown over a tarp: clumps of leaves that hide about half of it."""
    for _ in range(count):
        along_m, across_m = float(rng.uniform(-3.2, 3.2)), float(rng.uniform(-2.3, 2.3))
        clump_m = _beside(heading_deg, along_m, across_m, middle_m)
        for _ in range(4):
            leaf = blob(rng, around(rng, clump_m, 0.45), float(rng.uniform(0.22, 0.5)))
            patch.stand(leaf, 0.25, pick(rng, _LEAVES))


def _reactor(patch: Patch, middle_m: tuple[Metres, Metres], radius_m: Metres) -> None:
    """An open vessel from above: bright steel rim, dark inside, a glint of liquid."""
    patch.stand(disc(middle_m, radius_m), 2.2, (186, 190, 192))
    patch.fill(disc(middle_m, 0.8 * radius_m), (42, 40, 38))
    patch.fill(
        disc((middle_m[0] - 0.25 * radius_m, middle_m[1] + 0.2 * radius_m), 0.3 * radius_m), (120, 104, 70)
    )


def _pit(rng: np.random.Generator, patch: Patch, middle_m: tuple[Metres, Metres]) -> None:
    """A pit with waste: a dark middle, a rust-coloured stain that runs from it."""
    for _ in range(8):
        patch.stain(blob(rng, around(rng, middle_m, 1.6), 1.9), (112, 78, 48), 190)
    patch.stain(blob(rng, middle_m, 1.8), (34, 28, 26), 240)
