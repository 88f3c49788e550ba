"""The single things that places are furnished with: sheets, drums, fences, roofs, vehicles.

Sites and look-alikes draw from the same kit on purpose: a tarp at a field camp is the same tarp.
"""

import math

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation.objects import Colour, Point, pick, shade
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Part, Thing
from atalaya.units import Degrees, Metres

type Size = tuple[Metres, Metres, Metres]
"""Length, width, height."""

TARPS: tuple[Colour, ...] = (
    (58, 108, 178),
    (84, 104, 92),
    (92, 98, 78),
    (206, 208, 204),
    (70, 84, 60),
    (44, 46, 50),
)
DRUMS: tuple[Colour, ...] = ((38, 78, 150), (46, 92, 170), (150, 54, 42), (56, 60, 64))
BRANCHES: tuple[Colour, ...] = ((70, 84, 48), (92, 96, 58), (112, 98, 66), (60, 74, 42))
FRONDS: tuple[Colour, ...] = ((120, 112, 72), (98, 104, 58), (138, 122, 88))
BODIES: tuple[Colour, ...] = ((224, 224, 220), (150, 34, 30), (60, 64, 72), (172, 174, 176), (84, 96, 72))
SHEET_ROOFS: tuple[Colour, ...] = ((178, 180, 178), (150, 146, 140), (146, 92, 66), (196, 198, 194))
WOOD: Colour = (128, 104, 76)
CHARRED: Colour = (42, 39, 36)
GREEN_PAINT: Colour = (74, 92, 58)


def beside(turn_deg: Degrees, middle_m: Point, ahead_m: Metres, aside_m: Metres) -> Point:
    """A step ahead along a turned length and to its right, in the place's axes."""
    sine, cosine = math.sin(math.radians(turn_deg)), math.cos(math.radians(turn_deg))
    return (
        middle_m[0] + ahead_m * cosine - aside_m * sine,
        middle_m[1] + ahead_m * sine + aside_m * cosine,
    )


def part(
    middle_m: Point,
    size_m: Size,
    colour: Colour,
    material: Material,
    *,
    turn_deg: Degrees = 0.0,
    bottom_m: Metres = 0.0,
    tilt_deg: Degrees = 0.0,
    excess_k: float = 0.0,
) -> Part:
    """One box about a place of the furnishing's axes."""
    return Part(
        along_m=middle_m[0],
        across_m=middle_m[1],
        bottom_m=bottom_m,
        length_m=size_m[0],
        width_m=size_m[1],
        height_m=size_m[2],
        turn_deg=turn_deg,
        tilt_deg=tilt_deg,
        colour=colour,
        material=material,
        excess_k=excess_k,
    )


def box(
    kind: ObjectKind | None,
    middle_m: Point,
    size_m: Size,
    colour: Colour,
    material: Material,
    *,
    turn_deg: Degrees = 0.0,
    excess_k: float = 0.0,
) -> Thing:
    """A thing of one box on the ground."""
    one = part(middle_m, size_m, colour, material, turn_deg=turn_deg, excess_k=excess_k)
    return Thing(kind=kind, parts=(one,))


def ridge(
    rng: np.random.Generator,
    middle_m: Point,
    size_m: Size,
    colour: Colour,
    material: Material,
    *,
    turn_deg: Degrees,
    pitch_deg: Degrees,
    excess_k: float = 0.0,
) -> tuple[Part, ...]:
    """Two thin slopes that meet in a ridge; the size's height is that of their middles."""
    length_m, width_m, up_m = size_m
    return tuple(
        part(
            beside(turn_deg, middle_m, 0.0, side * 0.25 * width_m),
            (length_m, 0.5 * width_m + 0.03, 0.05),
            shade(rng, colour, 0.04),
            material,
            turn_deg=turn_deg,
            bottom_m=up_m,
            tilt_deg=side * pitch_deg,
            excess_k=excess_k,
        )
        for side in (-1.0, 1.0)
    )


def shelter(
    rng: np.random.Generator,
    middle_m: Point,
    *,
    turn_deg: Degrees,
    size_m: tuple[Metres, Metres] = (6.0, 4.0),
    colour: Colour | None = None,
    branches: float = 0.0,
    cover: tuple[Colour, ...] = BRANCHES,
) -> Thing:
    """A sheet on poles, a share of it under cut branches or palm fronds."""
    up_m, pitch_deg = float(rng.uniform(1.7, 2.2)), float(rng.uniform(5.0, 15.0))
    tone = colour or pick(rng, TARPS)
    length_m, width_m = size_m
    sheet = ridge(
        rng,
        middle_m,
        (length_m, width_m, up_m),
        tone,
        Material.PLASTIC_SHEET,
        turn_deg=turn_deg,
        pitch_deg=pitch_deg,
    )
    rise_m = 0.25 * width_m * math.tan(math.radians(pitch_deg))
    leaves = branch_cover(rng, middle_m, (length_m, width_m, up_m + rise_m), turn_deg, branches, cover)
    return Thing(kind=ObjectKind.SHELTER, parts=(*sheet, *leaves))


def branch_cover(
    rng: np.random.Generator,
    middle_m: Point,
    size_m: Size,
    turn_deg: Degrees,
    share: float,
    colours: tuple[Colour, ...] = BRANCHES,
) -> tuple[Part, ...]:
    """Cut branches over about that share of a roof; the size's height is where they lie."""
    length_m, width_m, up_m = size_m
    # they lie over one another: n of them leave (1 - each / area)^n open
    each = 1.5 * 0.5 / (length_m * width_m)
    count = round(math.log(max(1.0 - share, 1e-3)) / math.log1p(-each)) if each < 1.0 else 1
    return tuple(
        part(
            beside(
                turn_deg,
                middle_m,
                float(rng.uniform(-0.5, 0.5)) * length_m,
                float(rng.uniform(-0.5, 0.5)) * width_m,
            ),
            (1.5, 0.5, 0.06),
            pick(rng, colours),
            Material.BRANCHES,
            turn_deg=float(rng.uniform(0.0, 180.0)),
            bottom_m=up_m + float(rng.uniform(0.02, 0.15)),
        )
        for _ in range(count)
    )


def house(
    rng: np.random.Generator,
    middle_m: Point,
    size_m: Size,
    *,
    turn_deg: Degrees,
    roof: Material,
    colour: Colour,
    excess_k: float = 0.0,
) -> Thing:
    """Walls under a flat concrete roof, or under two slopes of sheet metal, wood or thatch."""
    length_m, width_m, height_m = size_m
    eave_m = 0.0 if roof is Material.CONCRETE else 0.25 * width_m * math.tan(math.radians(14.0))
    walls = part(
        middle_m,
        (length_m - 0.5, width_m - 0.5, height_m - 0.1 - eave_m),
        shade(rng, (176, 162, 140), 0.1),
        Material.CONCRETE,
        turn_deg=turn_deg,
    )
    if roof is Material.CONCRETE:
        slab = part(
            middle_m,
            (length_m, width_m, 0.2),
            colour,
            roof,
            turn_deg=turn_deg,
            bottom_m=height_m - 0.1,
            excess_k=excess_k,
        )
        return Thing(kind=ObjectKind.ROOF, parts=(slab, walls))
    slopes = ridge(rng, middle_m, size_m, colour, roof, turn_deg=turn_deg, pitch_deg=14.0, excess_k=excess_k)
    return Thing(kind=ObjectKind.ROOF, parts=(*slopes, walls))


def open_roof(rng: np.random.Generator, middle_m: Point, size_m: Size, *, turn_deg: Degrees) -> Thing:
    """Sheet metal on posts, no walls."""
    colour = pick(rng, SHEET_ROOFS)
    slopes = ridge(rng, middle_m, size_m, colour, Material.SHEET_METAL, turn_deg=turn_deg, pitch_deg=8.0)
    return Thing(kind=ObjectKind.ROOF, parts=slopes)


def drum(rng: np.random.Generator, middle_m: Point, colour: Colour | None = None) -> Thing:
    """A 200-litre drum."""
    tone = shade(rng, colour, 0.06) if colour else pick(rng, DRUMS)
    return box(ObjectKind.DRUM, middle_m, (0.58, 0.58, 0.88), tone, Material.PAINTED_METAL)


def drums(
    rng: np.random.Generator, middle_m: Point, count: int, *, turn_deg: Degrees = 0.0, rows: int = 2
) -> list[Thing]:
    """Drums in rows, mostly of one colour, none quite in line."""
    main, along = pick(rng, DRUMS), math.ceil(count / rows)
    places = [
        beside(
            turn_deg,
            middle_m,
            0.72 * (number % along - (along - 1) / 2.0) + float(rng.normal(0.0, 0.06)),
            0.72 * (number // along) + float(rng.normal(0.0, 0.06)),
        )
        for number in range(count)
    ]
    return [drum(rng, place_m, main if rng.random() < 0.75 else None) for place_m in places]


def trays(
    rng: np.random.Generator, middle_m: Point, count: int, *, turn_deg: Degrees = 0.0, warm_k: float = 0.0
) -> list[Thing]:
    """Flat drying trays on the ground or on racks."""
    return [
        box(
            ObjectKind.TRAY,
            beside(turn_deg, middle_m, 1.0 * (number % 4 - 1.5), 0.8 * (number // 4)),
            (0.9, 0.6, 0.15),
            shade(rng, (214, 210, 198), 0.06),
            Material.PLASTIC_SHEET,
            turn_deg=turn_deg,
            excess_k=warm_k,
        )
        for number in range(count)
    ]


def gas_bottles(
    rng: np.random.Generator, middle_m: Point, count: int, *, turn_deg: Degrees = 0.0
) -> list[Thing]:
    """Bottles of cooking gas, lying or standing side by side."""
    return [
        box(
            ObjectKind.GAS_BOTTLE,
            beside(turn_deg, middle_m, 0.45 * number, float(rng.normal(0.0, 0.05))),
            (0.38, 1.2, 0.4) if rng.random() < 0.4 else (0.38, 0.38, 1.2),
            shade(rng, (208, 206, 200), 0.05),
            Material.PAINTED_METAL,
            turn_deg=turn_deg,
        )
        for number in range(count)
    ]


def generator(rng: np.random.Generator, middle_m: Point, *, running: bool) -> Thing:
    """A set of 10 to 30 kVA; warm while it runs."""
    return box(
        ObjectKind.GENERATOR,
        middle_m,
        (1.5, 0.8, 1.0),
        pick(rng, ((60, 66, 62), (168, 140, 50), (120, 44, 38))),
        Material.PAINTED_METAL,
        turn_deg=float(rng.uniform(0.0, 180.0)),
        excess_k=float(rng.uniform(25.0, 40.0)) if running else 0.0,
    )


def vehicle(
    rng: np.random.Generator, middle_m: Point, *, turn_deg: Degrees, size_m: Size = (5.3, 1.9, 1.75)
) -> Thing:
    """A parked pick-up, van or lorry: body, cab, dark windscreen."""
    length_m, width_m, height_m = size_m
    colour = pick(rng, BODIES)
    parts = (
        part(
            middle_m, (length_m, width_m, 0.58 * height_m), colour, Material.PAINTED_METAL, turn_deg=turn_deg
        ),
        part(
            beside(turn_deg, middle_m, 0.05 * length_m, 0.0),
            (0.36 * length_m, 0.9 * width_m, 0.42 * height_m),
            colour,
            Material.PAINTED_METAL,
            turn_deg=turn_deg,
            bottom_m=0.58 * height_m,
        ),
        part(
            beside(turn_deg, middle_m, 0.26 * length_m, 0.0),
            (0.08 * length_m, 0.86 * width_m, 0.1),
            (38, 44, 50),
            Material.PAINTED_METAL,
            turn_deg=turn_deg,
            bottom_m=0.56 * height_m,
        ),
    )
    return Thing(kind=ObjectKind.PARKED_VEHICLE, parts=parts)


def container(
    rng: np.random.Generator, middle_m: Point, *, turn_deg: Degrees, colour: Colour, branches: float
) -> Thing:
    """A 20-foot container, painted and perhaps under branches."""
    size_m = (6.06, 2.44, 2.59)
    hull = part(middle_m, size_m, shade(rng, colour, 0.04), Material.PAINTED_METAL, turn_deg=turn_deg)
    leaves = branch_cover(rng, middle_m, size_m, turn_deg, branches)
    return Thing(kind=ObjectKind.CONTAINER, parts=(hull, *leaves))


def fence(middle_m: Point, size_m: tuple[Metres, Metres], *, turn_deg: Degrees = 0.0) -> Thing:
    """Rails about a rectangle."""
    length_m, width_m = size_m
    sides = (
        ((0.0, 0.5 * width_m), length_m, 0.0),
        ((0.0, -0.5 * width_m), length_m, 0.0),
        ((0.5 * length_m, 0.0), width_m, 90.0),
        ((-0.5 * length_m, 0.0), width_m, 90.0),
    )
    parts = tuple(
        part(
            beside(turn_deg, middle_m, *offset),
            (side_m, 0.18, 1.3),
            (112, 98, 78),
            Material.WOOD,
            turn_deg=turn_deg + turn,
        )
        for offset, side_m, turn in sides
    )
    return Thing(kind=ObjectKind.FENCE, parts=parts)


def heap(
    rng: np.random.Generator,
    middle_m: Point,
    size_m: Size,
    colour: Colour,
    material: Material,
    *,
    excess_k: float = 0.0,
) -> Thing:
    """A heap: boxes that grow smaller upward."""
    turn_deg = float(rng.uniform(0.0, 180.0))
    length_m, width_m, height_m = size_m
    parts = tuple(
        part(
            middle_m,
            (length_m * share, width_m * share, height_m / 6.0),
            shade(rng, colour, 0.04),
            material,
            turn_deg=turn_deg + float(rng.uniform(-30.0, 30.0)),
            bottom_m=step * height_m / 6.0,
            excess_k=excess_k,
        )
        for step, share in enumerate((1.0, 0.92, 0.8, 0.65, 0.46, 0.24))
    )
    return Thing(kind=ObjectKind.HEAP, parts=parts)
