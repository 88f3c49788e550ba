"""The single things that places are furnished with: sheets on poles, drums, trays, fences, vehicles.

Sites and look-alikes draw from the same kit on purpose: a tarp at a field camp is the same tarp.
"""

import math

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation.objects import Colour, pick, shade
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Part, Thing
from atalaya.units import Degrees, Metres

TARPS: tuple[Colour, ...] = ((64, 112, 176), (84, 104, 92), (92, 98, 78), (206, 208, 204), (70, 84, 60))
DRUMS: tuple[Colour, ...] = ((38, 78, 150), (46, 92, 170), (150, 54, 42), (56, 60, 64))
BRANCHES: tuple[Colour, ...] = ((70, 84, 48), (92, 96, 58), (112, 98, 66), (60, 74, 42))
WOOD: Colour = (128, 104, 76)


def sheet(
    rng: np.random.Generator,
    along_m: Metres,
    across_m: Metres,
    *,
    turn_deg: Degrees,
    size_m: tuple[Metres, Metres] = (6.0, 4.0),
    colour: Colour,
    branches: float = 0.0,
    kind: ObjectKind | None = ObjectKind.SHELTER,
    material: Material = Material.PLASTIC_SHEET,
) -> Thing:
    """A sheet on a ridge or a slope of poles, a share of it under cut branches."""
    length_m, width_m = size_m
    up_m = float(rng.uniform(1.8, 2.3))
    pitch_deg = float(rng.uniform(6.0, 16.0))
    halves = [
        Part(
            along_m=along_m + side * 0.25 * width_m * -math.sin(math.radians(turn_deg)),
            across_m=across_m + side * 0.25 * width_m * math.cos(math.radians(turn_deg)),
            bottom_m=up_m,
            length_m=length_m,
            width_m=0.5 * width_m + 0.03,
            height_m=0.05,
            turn_deg=turn_deg,
            tilt_deg=side * pitch_deg,
            colour=shade(rng, colour, 0.05),
            material=material,
        )
        for side in (-1.0, 1.0)
    ]
    cover = branch_cover(
        rng, along_m, across_m, turn_deg=turn_deg, size_m=size_m, up_m=up_m + 0.25, share=branches
    )
    return Thing(kind=kind, parts=(*halves, *cover))


def branch_cover(
    rng: np.random.Generator,
    along_m: Metres,
    across_m: Metres,
    *,
    turn_deg: Degrees,
    size_m: tuple[Metres, Metres],
    up_m: Metres,
    share: float,
) -> tuple[Part, ...]:
    """Cut branches over about that share of a roof."""
    length_m, width_m = size_m
    each_m2 = 1.5 * 0.5
    # branches lie over one another: n of them leave (1 - each / area)^n open
    open_share = max(1.0 - share, 1e-3)
    count = 0 if share <= 0.0 else round(math.log(open_share) / math.log1p(-each_m2 / (length_m * width_m)))
    turn = math.radians(turn_deg)
    parts: list[Part] = []
    for _ in range(count):
        ahead = float(rng.uniform(-0.5, 0.5)) * length_m
        aside = float(rng.uniform(-0.5, 0.5)) * width_m
        parts.append(
            Part(
                along_m=along_m + ahead * math.cos(turn) - aside * math.sin(turn),
                across_m=across_m + ahead * math.sin(turn) + aside * math.cos(turn),
                bottom_m=up_m + float(rng.uniform(0.0, 0.15)),
                length_m=1.5,
                width_m=0.5,
                height_m=0.06,
                turn_deg=float(rng.uniform(0.0, 180.0)),
                colour=pick(rng, BRANCHES),
                material=Material.BRANCHES,
            )
        )
    return tuple(parts)


def drum(
    rng: np.random.Generator, along_m: Metres, across_m: Metres, *, colour: Colour | None = None
) -> Thing:
    """A 200-litre drum."""
    return box(
        ObjectKind.DRUM,
        (along_m, across_m),
        (0.58, 0.58, 0.88),
        colour=colour or pick(rng, DRUMS),
        material=Material.PAINTED_METAL,
    )


def box(
    kind: ObjectKind | None,
    middle_m: tuple[Metres, Metres],
    size_m: tuple[Metres, Metres, Metres],
    *,
    turn_deg: Degrees = 0.0,
    colour: Colour,
    material: Material,
    excess_k: float = 0.0,
    bottom_m: Metres = 0.0,
    tilt_deg: Degrees = 0.0,
) -> Thing:
    """One box."""
    part = Part(
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
    return Thing(kind=kind, parts=(part,))
