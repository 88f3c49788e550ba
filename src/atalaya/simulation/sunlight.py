"""Where the sun shines in a world: beams cast straight from the sun, made once and kept.

A beam is named by where it would cross the plane up = 0; along it the height of the first thing it meets is
kept, so a point is in the sun when it lies no lower. Beams are cast in tiles when a picture first needs them;
a tile's numbers do not depend on when.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.simulation.canopy_cast import Gathered, gather, nearest, scratch_for
from atalaya.simulation.cast_arrays import LISTED_WIDER_M, CastArrays
from atalaya.simulation.ray_meets import GROUND, LEAF, compiled, compiled_in_place
from atalaya.units import Degrees, Metres

_TILE_BITS = 7
TILE_BEAMS = 1 << _TILE_BITS
BEAM_STEP_M: Metres = 0.25
LOWEST_SUN_DEG: Degrees = 8.0
"""Below it no shadow is cast, and only the sky gives light."""
_GROUND_MARGIN_M, _SOLID_MARGIN_M = 1.0, 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Where the sun stands and how much of the light on level ground comes from the sky.

    Args:
        sun_azimuth_deg: clockwise from north. sun_elevation_deg: above the horizon, up to 90.
        sky_share: 0..1 of the light; 1 under an overcast.

    Raises:
        InputError: no such sun or share.
    """

    sun_azimuth_deg: Degrees
    sun_elevation_deg: Degrees
    sky_share: float = 0.22

    def __post_init__(self) -> None:
        high = -90.0 <= self.sun_elevation_deg <= 90.0
        if not (high and math.isfinite(self.sun_azimuth_deg) and 0.0 <= self.sky_share <= 1.0):
            raise InputError(f"no sun stands so, or no sky gives such a share of light: {self}")

    @property
    def shines(self) -> bool:
        """Whether there are shadows."""
        return self.sun_elevation_deg >= LOWEST_SUN_DEG and self.sky_share < 1.0

    @property
    def to_sun(self) -> NDArray[np.float64]:
        """(3,) unit vector, east, north, up."""
        azimuth, elevation = math.radians(self.sun_azimuth_deg), math.radians(self.sun_elevation_deg)
        flat = math.cos(elevation)
        return np.array([flat * math.sin(azimuth), flat * math.cos(azimuth), math.sin(elevation)])


class Beams(NamedTuple):
    """The beams known so far, as a kernel reads them.

    Args:
        to_sun: (3,). lean_east, lean_north: how far a beam moves per metre upward.
        west_m, south_m: of the first beam of the first tile. slots: (rows, cols) of tiles, -1 unknown.
        lit_from_m: (T, TILE_BEAMS, TILE_BEAMS) height from which a beam still shines; row to the north.
    """

    to_sun: NDArray[np.float64]
    lean_east: float
    lean_north: float
    west_m: float
    south_m: float
    step_m: float
    slots: NDArray[np.int32]
    lit_from_m: NDArray[np.float32]


class Sunlight:
    """A light over a world, with the beams that pictures have asked for so far."""

    def __init__(self, world: CastArrays, light: Light, *, beam_step_m: Metres = BEAM_STEP_M) -> None:
        if not beam_step_m > 0.0:
            raise InputError(f"beams are apart by more than 0 m, wanted {beam_step_m}")
        self.light = light
        self._world = world
        to_sun = light.to_sun
        lean = to_sun[:2] / to_sun[2] if light.shines else np.zeros(2)
        rows, cols = world.tops_m.shape
        lowest_m = float(world.up_m.min()) - 1.0
        swing_m = np.outer([lowest_m, world.highest_m], lean)
        west_m = world.west_m - float(swing_m[:, 0].max())
        south_m = world.south_m - float(swing_m[:, 1].max())
        east_m = world.west_m + cols * world.step_m - float(swing_m[:, 0].min())
        north_m = world.south_m + rows * world.step_m - float(swing_m[:, 1].min())
        side_m = TILE_BEAMS * beam_step_m
        shape = (math.ceil((north_m - south_m) / side_m), math.ceil((east_m - west_m) / side_m))
        self._beams = Beams(
            to_sun=to_sun,
            lean_east=float(lean[0]),
            lean_north=float(lean[1]),
            west_m=west_m,
            south_m=south_m,
            step_m=beam_step_m,
            slots=np.full(shape, -1, dtype=np.int32),
            lit_from_m=np.empty((0, TILE_BEAMS, TILE_BEAMS), dtype=np.float32),
        )

    @property
    def beams(self) -> Beams:
        """What is known so far."""
        return self._beams

    def known(self, wanted: NDArray[np.bool_]) -> Beams:
        """The beams with at least the wanted tiles (bool, shape of `slots`) cast."""
        beams = self._beams
        missing = np.argwhere(wanted & (beams.slots < 0))
        if len(missing) and self.light.shines:
            fresh = np.empty((len(missing), TILE_BEAMS, TILE_BEAMS), dtype=np.float32)
            slots = beams.slots.copy()
            side_m = TILE_BEAMS * beams.step_m
            scratch = scratch_for(self._world)
            for number, (row, col) in enumerate(missing.tolist()):
                corner_m = np.array([beams.west_m + col * side_m, beams.south_m + row * side_m])
                cast_beams(self._world, corner_m, beams.step_m, beams.to_sun, fresh[number], scratch)
                slots[row, col] = len(beams.lit_from_m) + number
            lit_from_m = np.concatenate([beams.lit_from_m, fresh])
            self._beams = beams._replace(slots=slots, lit_from_m=lit_from_m)
        return self._beams


@compiled
def cast_beams(
    world: CastArrays,
    corner_m: NDArray[np.float64],
    step_m: float,
    to_sun: NDArray[np.float64],
    lit_from_m: NDArray[np.float32],
    gathered: Gathered,
) -> None:
    """Cast one tile of beams.

    Args:
        world: what to cast on.
        corner_m: (2,) where the first beam crosses up = 0.
        step_m: between beams.
        to_sun: (3,) unit vector.
        lit_from_m: (rows, cols) is written: where a beam ends, lower by a margin against what stops it.
        gathered: scratch.
    """
    start_up = world.highest_m + 1.0
    east = corner_m[0] + to_sun[0] / to_sun[2] * start_up
    north = corner_m[1] + to_sun[1] / to_sun[2] * start_up
    dx, dy, dz = -to_sun[0], -to_sun[1], -to_sun[2]
    rows, cols = lit_from_m.shape
    side = max(1, int(1.4 * LISTED_WIDER_M / step_m))
    for top in range(0, rows, side):
        for left in range(0, cols, side):
            bottom, right = min(top + side, rows) - 1, min(left + side, cols) - 1
            middle_x, middle_y = 0.5 * (left + right), 0.5 * (top + bottom)
            radius_m = step_m * math.hypot(right - middle_x, bottom - middle_y)
            found = gather(
                world,
                east + middle_x * step_m,
                north + middle_y * step_m,
                start_up,
                dx,
                dy,
                dz,
                radius_m,
                radius_m,
                gathered,
            )
            for row in range(top, bottom + 1):
                for col in range(left, right + 1):
                    ox, oy = east + col * step_m, north + row * step_m
                    distance, what, _ = nearest(world, ox, oy, start_up, dx, dy, dz, -2, found, gathered)
                    up = start_up + dz * distance
                    if what == GROUND:
                        up -= _GROUND_MARGIN_M
                    elif what > LEAF:
                        up -= _SOLID_MARGIN_M
                    lit_from_m[row, col] = up


@compiled_in_place
def beam_share(beams: Beams, row: int, col: int, up: float, soft_m: float) -> float:
    """0..1 of one beam that reaches a height; all of it where no beam was asked for."""
    tile_row, tile_col = row >> _TILE_BITS, col >> _TILE_BITS
    if not (0 <= tile_row < beams.slots.shape[0] and 0 <= tile_col < beams.slots.shape[1]):
        return 1.0
    slot = beams.slots[tile_row, tile_col]
    if slot < 0:
        return 1.0
    from_m = beams.lit_from_m[slot, row & (TILE_BEAMS - 1), col & (TILE_BEAMS - 1)]
    share: float = min(max((up - from_m) / soft_m + 1.0, 0.0), 1.0)
    return share


@compiled_in_place
def sun_share(beams: Beams, east: float, north: float, up: float, soft_m: float) -> float:
    """0..1 of the sun that reaches a point; within `soft_m` below the first thing on its beam it fades."""
    x = (east - beams.lean_east * up - beams.west_m) / beams.step_m
    y = (north - beams.lean_north * up - beams.south_m) / beams.step_m
    left, low = math.floor(x), math.floor(y)
    across, down = x - left, y - low
    lower = (1.0 - across) * beam_share(beams, low, left, up, soft_m)
    lower += across * beam_share(beams, low, left + 1, up, soft_m)
    upper = (1.0 - across) * beam_share(beams, low + 1, left, up, soft_m)
    upper += across * beam_share(beams, low + 1, left + 1, up, soft_m)
    return (1.0 - down) * lower + down * upper


@compiled_in_place
def mark_beam(beams: Beams, east: float, north: float, up: float, wanted: NDArray[np.bool_]) -> None:
    """Note the tiles that `sun_share` will read for a point in `wanted`."""
    col = math.floor((east - beams.lean_east * up - beams.west_m) / beams.step_m)
    row = math.floor((north - beams.lean_north * up - beams.south_m) / beams.step_m)
    rows, cols = wanted.shape
    for tile_row in range(max(row >> _TILE_BITS, 0), min((row + 1 >> _TILE_BITS) + 1, rows)):
        for tile_col in range(max(col >> _TILE_BITS, 0), min((col + 1 >> _TILE_BITS) + 1, cols)):
            wanted[tile_row, tile_col] = True
