"""What stands up in a world: trees with gaps in their crowns, and things with flat sides; local metres.

The renderer casts rays on these and on nothing else, the truth of occlusion is cast on the same; where they
stand comes from the world's layout, never from a ray.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, MetresArray


class Material(IntEnum):
    """Of a surface: its colour varies about the stated one, and it warms and cools in its own way."""

    SOIL = 0
    GRASS = 1
    LEAVES = 2
    DRY_LEAVES = 3
    WATER = 4
    CONCRETE = 5
    SHEET_METAL = 6
    PLASTIC_SHEET = 7
    BRANCHES = 8
    WOOD = 9
    PAINTED_METAL = 10
    CHAR = 11
    MUD = 12
    ROCK = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees(Columns):
    """Crowns, N first: an ellipsoid about a middle above the ground, with gaps, on a trunk that is not drawn.

    Args:
        east_m, north_m: (N,) of the stem. base_up_m: (N,) local height of the ground there.
        crown_radius_m: (N,) horizontal. crown_depth_m: (N,) from its lowest to its highest leaf.
        height_m: (N,) of the highest leaf above the ground.
        porosity: (N,) 0..1, share of lines of sight straight through the crown's middle that meet no leaf.
        clump_m: (N,) size of the clumps of leaves, and so of the gaps.
        red, green, blue: (N,) float32 0..255 of its leaves in full sun.
        material: (N,) uint8 of Material, LEAVES or DRY_LEAVES.
        shape: (N,) uint8, 0 ellipsoid, 1 palm (leaves in a star of fronds).
    """

    east_m: MetresArray
    north_m: MetresArray
    base_up_m: MetresArray
    crown_radius_m: MetresArray
    crown_depth_m: MetresArray
    height_m: MetresArray
    porosity: NDArray[np.float64]
    clump_m: MetresArray
    red: NDArray[np.float32]
    green: NDArray[np.float32]
    blue: NDArray[np.float32]
    material: NDArray[np.uint8]
    shape: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solids(Columns):
    """Boxes that stand on the ground, N first; a sheet on poles is a thin one in the air.

    Args:
        east_m, north_m: (N,) middle. base_up_m: (N,) local height of its lower side, `bottom_m` included.
        length_m, width_m, height_m: (N,) along, across and up; height is that of the box itself.
        heading_deg: (N,) of the length, clockwise from north.
        tilt_deg: (N,) of its top about the length, positive down to the right of the heading.
        red, green, blue: (N,) float32 0..255 of its top in full sun.
        material: (N,) uint8 of Material.
        excess_temperature_k: (N,) above what its material has by the sun alone.
        object_index: (N,) int64 row of the TrueObjectTable that it is part of, -1 for none.
    """

    east_m: MetresArray
    north_m: MetresArray
    base_up_m: MetresArray
    length_m: MetresArray
    width_m: MetresArray
    height_m: MetresArray
    heading_deg: DegreesArray
    tilt_deg: DegreesArray
    red: NDArray[np.float32]
    green: NDArray[np.float32]
    blue: NDArray[np.float32]
    material: NDArray[np.uint8]
    excess_temperature_k: NDArray[np.float64]
    object_index: NDArray[np.int64]
