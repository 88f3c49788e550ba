"""The kernels of `ortho`, compiled at their first call.

The raster is cut into tiles. Within a tile everything that hangs on place alone (column and row in the
terrain, the ground before the camera at one height, its change per metre of height) is linear to within
millimetres, so a pixel costs one bilinear height, three sums and one division: no trigonometry.
"""

from collections.abc import Callable
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from atalaya.geo.ceilings import CEILING_BLOCKS, CEILING_RING
from atalaya.geo.horizons import NEAR_ROWS, seen_over

SHOWN, OUTSIDE, HIDDEN, NO_GROUND = 0, 1, 2, 3
PLANES = 8
NEAR_CELLS, FAR_CELLS = CEILING_BLOCKS[1], CEILING_BLOCKS[2]

type Lattice = NDArray[np.float64]
"""(8, rows + 1, cols + 1) at the corners of tiles: terrain column, row; forward, right, down at the
reference height [m]; their change per metre of height."""
type Glass = NDArray[np.float64]
"""(11,) column of the principal point, focal length across; row, focal length down [px]; the reference height
[m]; k1, k2, p1, p2, k3; square of the widest tangent."""
type Packed = NDArray[np.uint32]
"""(h, w) red in the lowest byte, then green and blue."""
type Heights = NDArray[np.float32]
type Eye = NDArray[np.float64]
"""(8,) column, row and height of the camera in the terrain; metres of a column and of a row; drop of the
ground per square metre of distance; sideways bend of lines of sight in longitude and in latitude, per
square metre."""


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call; it keeps no lock while it runs."""
    return cast("F", njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))


@compiled
def height_at(height_m: Heights, col: float, row: float) -> float:
    """Bilinear height; NaN off the grid or beside a void."""
    rows, cols = height_m.shape
    if not (0.0 <= col <= cols - 1.0 and 0.0 <= row <= rows - 1.0):
        return np.nan
    left, top = min(int(col), cols - 2), min(int(row), rows - 2)
    across, down = col - left, row - top
    upper_m = height_m[top, left] + across * (height_m[top, left + 1] - height_m[top, left])
    lower_m = height_m[top + 1, left] + across * (height_m[top + 1, left + 1] - height_m[top + 1, left])
    answer_m: float = upper_m + down * (lower_m - upper_m)
    return answer_m


@compiled
def steps_above(near_m: Heights, far_m: Heights, col: float, row: float, ray_m: float) -> float:
    """How many cells a rising line may go on from here without meeting anything; 0: look at each."""
    i, j = int(row), int(col)
    if i < 0 or j < 0 or row < 0.0 or col < 0.0:
        return 0.0
    k, m = i // NEAR_CELLS + CEILING_RING, j // NEAR_CELLS + CEILING_RING
    if k >= near_m.shape[0] or m >= near_m.shape[1] or ray_m <= near_m[k, m]:
        return 0.0
    k, m = i // FAR_CELLS + CEILING_RING, j // FAR_CELLS + CEILING_RING
    if k < far_m.shape[0] and m < far_m.shape[1] and ray_m > far_m[k, m]:
        return FAR_CELLS - 2.0
    return NEAR_CELLS - 2.0


@compiled
def clearance_m(
    height_m: Heights,
    near_m: Heights,
    far_m: Heights,
    eye: Eye,
    col: float,
    row: float,
    hae_m: float,
    enough_m: float,
    margin_m: float,
    farthest: float,
) -> float:
    """How far the ground at a place could sink, per cell near it, and still be seen; negative where hidden.

    Looks where the line of sight crosses rows (or columns, where it runs more across), from the place towards
    the camera, and stops below `enough_m`.
    """
    across, down = eye[0] - col, eye[1] - row
    steps = max(abs(across), abs(down))
    if steps < 1e-9:
        return np.inf
    east_m, south_m = across * eye[3], down * eye[4]
    sag_m = (east_m * east_m + south_m * south_m) * eye[5]
    bend_col = -east_m * south_m * eye[6]
    bend_row = -east_m * east_m * eye[7]
    major = col if abs(across) >= abs(down) else row
    forward = (across if abs(across) >= abs(down) else down) > 0.0
    distance = (np.floor(major) + 1.0 - major) if forward else (major - np.ceil(major) + 1.0)
    rise_m = eye[2] - hae_m
    rising = rise_m > sag_m
    least_m = np.inf
    while distance < min(steps, farthest):
        part = distance / steps
        bow = part * (1.0 - part)
        ray_m = hae_m + part * rise_m - bow * sag_m
        at_col, at_row = col + part * across + bow * bend_col, row + part * down + bow * bend_row
        if rising:
            skip = steps_above(near_m, far_m, at_col, at_row, ray_m - margin_m)
            if skip > 0.0:
                distance += skip
                continue
        ground_m = height_at(height_m, at_col, at_row)
        gap_m = (ray_m - ground_m) / ((1.0 - part) * min(distance, 1.0))
        if gap_m < least_m:
            least_m = gap_m
            if least_m < enough_m:
                break
        distance += 1.0
    return least_m


@compiled
def tile_value(lattice: Lattice, plane: int, row: float, col: float) -> float:
    """A plane of the lattice at a fractional tile row and column."""
    top, left = min(int(row), lattice.shape[1] - 2), min(int(col), lattice.shape[2] - 2)
    down, across = row - top, col - left
    upper = lattice[plane, top, left] + across * (lattice[plane, top, left + 1] - lattice[plane, top, left])
    lower = lattice[plane, top + 1, left] + across * (
        lattice[plane, top + 1, left + 1] - lattice[plane, top + 1, left]
    )
    answer: float = upper + down * (lower - upper)
    return answer


@compiled
def block_clearances(
    lattice: Lattice,
    tile_px: int,
    block_px: int,
    height_m: Heights,
    near_m: Heights,
    far_m: Heights,
    eye: Eye,
    margin_m: float,
    least_m: NDArray[np.float32],
) -> None:
    """Clearance at the corners of blocks; NaN where there is no ground."""
    for i in range(least_m.shape[0]):
        for j in range(least_m.shape[1]):
            row, col = i * block_px / tile_px, j * block_px / tile_px
            at_col, at_row = tile_value(lattice, 0, row, col), tile_value(lattice, 1, row, col)
            hae_m = height_at(height_m, at_col, at_row)
            least_m[i, j] = (
                clearance_m(height_m, near_m, far_m, eye, at_col, at_row, hae_m, -np.inf, margin_m, np.inf)
                if not np.isnan(hae_m)
                else np.nan
            )


@compiled
def verdict_of_block(least_m: NDArray[np.float32], row: int, col: int, margin_m: float) -> int:
    """SHOWN or HIDDEN where all four corners say so by a margin, else -1: each pixel must be asked."""
    low = min(least_m[row, col], least_m[row, col + 1], least_m[row + 1, col], least_m[row + 1, col + 1])
    high = max(least_m[row, col], least_m[row, col + 1], least_m[row + 1, col], least_m[row + 1, col + 1])
    if low > margin_m:
        return SHOWN
    if high < -margin_m:
        return HIDDEN
    return -1


@compiled
def bent_by(lens: Glass, right: float, below: float) -> tuple[float, float]:
    """Tangents as the lens bends them; NaN beyond its widest."""
    square = right * right + below * below
    if square > lens[10]:
        return np.nan, np.nan
    radial = 1.0 + square * (lens[5] + square * (lens[6] + square * lens[9]))
    both = 2.0 * right * below
    return (
        right * radial + lens[7] * both + lens[8] * (square + 2.0 * right * right),
        below * radial + lens[7] * (square + 2.0 * below * below) + lens[8] * both,
    )


@compiled
def paint(picture: Packed, x_px: float, y_px: float, rgb: NDArray[np.uint8], y: int, x: int) -> None:
    """Bilinear colour of a place, two bands a sum; the outermost half pixel repeats its edge."""
    last_row, last_col = picture.shape[0] - 1, picture.shape[1] - 1
    x_px, y_px = min(max(x_px, 0.0), float(last_col)), min(max(y_px, 0.0), float(last_row))
    left, top = int(x_px), int(y_px)
    right, bottom = min(left + 1, last_col), min(top + 1, last_row)
    across, down = x_px - left, y_px - top
    lower_right = np.uint32(across * down * 256.0)
    lower_left, upper_right = np.uint32(down * 256.0) - lower_right, np.uint32(across * 256.0) - lower_right
    upper_left = np.uint32(256) - lower_left - upper_right - lower_right
    one, two = picture[top, left], picture[top, right]
    three, four = picture[bottom, left], picture[bottom, right]
    red_blue, green = np.uint32(0xFF00FF), np.uint32(0xFF)
    outer = (
        (one & red_blue) * upper_left
        + (two & red_blue) * upper_right
        + (three & red_blue) * lower_left
        + (four & red_blue) * lower_right
        + np.uint32(0x800080)
    )
    inner = (
        (one >> np.uint32(8) & green) * upper_left
        + (two >> np.uint32(8) & green) * upper_right
        + (three >> np.uint32(8) & green) * lower_left
        + (four >> np.uint32(8) & green) * lower_right
        + np.uint32(0x80)
    )
    rgb[0, y, x] = np.uint8(outer >> np.uint32(8) & green)
    rgb[1, y, x] = np.uint8(inner >> np.uint32(8) & green)
    rgb[2, y, x] = np.uint8(outer >> np.uint32(24))


@compiled
def is_seen(
    height_m: Heights,
    near_m: Heights,
    far_m: Heights,
    eye: Eye,
    watch: NDArray[np.float64],
    sectors: NDArray[np.float64],
    metrics: NDArray[np.float64],
    horizons: NDArray[np.float32],
    col: float,
    row: float,
    hae_m: float,
) -> bool:
    """Whether the ground at a place is seen: by the horizons, then along the line as these leave open."""
    over = seen_over(watch, sectors, metrics, horizons, col, row, hae_m)
    if over == 0:
        return False
    reach = np.inf if over < 0 else NEAR_ROWS + 0.5
    room_m = clearance_m(height_m, near_m, far_m, eye, col, row, hae_m, 0.0, 0.0, reach)
    return not room_m < 0.0


@compiled
def along_row(
    lattice: Lattice,
    tile_row: int,
    tile_col: int,
    down: float,
    start_px: float,
    tile_px: int,
    base: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> None:
    """Every plane along one row of pixels in a tile: its value at the start and its step a pixel."""
    for plane in range(PLANES):
        here = lattice[plane, tile_row, tile_col]
        here += down * (lattice[plane, tile_row + 1, tile_col] - here)
        there = lattice[plane, tile_row, tile_col + 1]
        there += down * (lattice[plane, tile_row + 1, tile_col + 1] - there)
        slope[plane] = (there - here) / tile_px
        base[plane] = here + slope[plane] * start_px


@compiled
def render(
    picture: Packed,
    lattice: Lattice,
    tile_px: int,
    block_px: int,
    least_m: NDArray[np.float32],
    margin_m: float,
    height_m: Heights,
    near_m: Heights,
    far_m: Heights,
    eye: Eye,
    watch: NDArray[np.float64],
    sectors: NDArray[np.float64],
    metrics: NDArray[np.float64],
    horizons: NDArray[np.float32],
    lens: Glass,
    rgb: NDArray[np.uint8],
    why: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
) -> None:
    """Colour every pixel of the raster that the picture shows, and say why the others are not.

    Args:
        picture: as `Packed`.
        lattice: as `Lattice`, of tiles of `tile_px`.
        tile_px: a multiple of `block_px`.
        block_px: pixels of the raster that share one verdict on what hides them.
        least_m: clearances at the corners of blocks.
        margin_m: clearance beyond which a block needs no look at its pixels.
        height_m: terrain.
        near_m: its ceilings over `NEAR_CELLS`.
        far_m: its ceilings over `FAR_CELLS`.
        eye: the camera in it.
        watch: as `Horizons.eye`.
        sectors: as `Horizons.sectors`.
        metrics: as `Horizons.metrics`.
        horizons: as `Horizons.values`.
        lens: as `Glass`.
        rgb: (3, H, W) is written where shown.
        why: (H, W) is written.
        depth_m: (H, W) distance along the optical axis, is written where shown; (0, 0) leaves it out.
    """
    rows, cols = why.shape
    height_px, width_px = picture.shape[0], picture.shape[1]
    keep_depth = depth_m.shape[0] > 0
    bent = np.any(lens[5:10] != 0.0)
    base = np.empty(8)
    slope = np.empty(8)
    for y in range(rows):
        tile_row, block_row = y // tile_px, y // block_px
        down = (y + 0.5) / tile_px - tile_row
        for block_col in range((cols + block_px - 1) // block_px):
            first, last = block_col * block_px, min((block_col + 1) * block_px, cols)
            verdict = verdict_of_block(least_m, block_row, block_col, margin_m)
            tile_col = first // tile_px
            along_row(
                lattice, tile_row, tile_col, down, first - tile_col * tile_px + 0.5, tile_px, base, slope
            )
            for x in range(first, last):
                along = x - first
                col, row = base[0] + slope[0] * along, base[1] + slope[1] * along
                hae_m = height_at(height_m, col, row)
                if np.isnan(hae_m):
                    why[y, x] = NO_GROUND
                    continue
                rise_m = hae_m - lens[4]
                ahead_m = base[2] + slope[2] * along + rise_m * (base[5] + slope[5] * along)
                right_m = base[3] + slope[3] * along + rise_m * (base[6] + slope[6] * along)
                below_m = base[4] + slope[4] * along + rise_m * (base[7] + slope[7] * along)
                inverse = 1.0 / ahead_m
                right, below = right_m * inverse, below_m * inverse
                if bent:
                    right, below = bent_by(lens, right, below)
                x_px, y_px = lens[0] + lens[1] * right, lens[2] + lens[3] * below
                if not (ahead_m > 0.0 and -0.5 <= x_px <= width_px - 0.5 and -0.5 <= y_px <= height_px - 0.5):
                    why[y, x] = OUTSIDE
                    continue
                seen = verdict == SHOWN
                if verdict < 0:
                    seen = is_seen(
                        height_m, near_m, far_m, eye, watch, sectors, metrics, horizons, col, row, hae_m
                    )
                if not seen:
                    why[y, x] = HIDDEN
                    continue
                why[y, x] = SHOWN
                paint(picture, x_px, y_px, rgb, y, x)
                if keep_depth:
                    depth_m[y, x] = ahead_m
