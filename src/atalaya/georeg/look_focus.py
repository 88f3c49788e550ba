"""At which height over the terrain looks agree on the ground: where their average is sharp, lowest of all.

Looks that agree with one another may all be a few metres too high or too low, and their average is then sharp
in the crowns and not on the ground. So a patch of ground is averaged at many heights. Crowns stand at many
heights, the ground at one, and nothing stands below it: the lowest height at which the average is sharp.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import project
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses
from atalaya.units import Degrees, Metres, MetresArray

FARTHEST_M, STEP_M = 12.0, 0.5
PATCH_M, CELL_M = 160.0, 0.5
FEWEST_LOOKS = 6
_NODES = 9
_DETAIL_M = 2.0
_LEAST_SHARE = 0.12
"""A height counts as sharp where it stands out by so much of what the sharpest height does."""
_RIM_M = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundFocus:
    """How sharp an average of looks is at each height.

    Args:
        above_terrain_m: (K,) heights, rising.
        sharpness: (K,) mean square of the detail of the average [8-bit levels squared].
        ground_m: the height of the ground, by the poses; NaN where none stands out.
    """

    above_terrain_m: MetresArray
    sharpness: NDArray[np.float64]
    ground_m: Metres


def ground_focus(
    pictures: Sequence[NDArray[np.uint8]],
    camera: Poses,
    centre_deg: tuple[Degrees, Degrees],
    terrain: Terrain,
    *,
    lens: Lens | None = None,
) -> GroundFocus:
    """Average looks at one patch of ground at many heights.

    Args:
        pictures: (H, W) uint8 grey, all of one size, about as fine as `CELL_M`; at least `FEWEST_LOOKS`.
        camera: (N,) their poses, registered to one another.
        centre_deg: longitude and latitude of the middle of the patch.
        terrain: the ground.
        lens: measured; None is a pinhole of each pose's field of view.

    Raises:
        InputError: too few looks, or no terrain in the middle of the patch.
    """
    if len(pictures) < FEWEST_LOOKS or len(pictures) != len(camera):
        raise InputError(
            f"{FEWEST_LOOKS} looks with their poses are needed, got {len(pictures)}, {len(camera)}"
        )
    heights_m = np.arange(-FARTHEST_M, FARTHEST_M + 0.5 * STEP_M, STEP_M)
    lon_deg, lat_deg, hae_m = _nodes(centre_deg, terrain)
    side = round(PATCH_M / CELL_M)
    total = np.zeros((len(heights_m), side, side), dtype=np.float32)
    count = np.zeros((len(heights_m), side, side), dtype=np.float32)
    for row, picture in enumerate(pictures):
        many = camera.take(np.full(_NODES * _NODES, row, dtype=np.intp))
        size_px = picture.shape[1], picture.shape[0]
        for level, height_m in enumerate(heights_m.tolist()):
            x_px, y_px = project(many, lon_deg, lat_deg, hae_m + height_m, *size_px, lens=lens)
            if np.isnan(x_px + y_px).any():
                continue
            map_x, map_y = (_filled(plane, side) for plane in (x_px, y_px))
            laid = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            inside = (map_x >= 0) & (map_x <= size_px[0] - 1) & (map_y >= 0) & (map_y <= size_px[1] - 1)
            total[level] += np.where(inside, laid, 0)
            count[level] += inside
    sharpness = np.array([_detail(total[level], count[level]) for level in range(len(heights_m))])
    return GroundFocus(
        above_terrain_m=heights_m, sharpness=sharpness, ground_m=lowest_sharp(heights_m, sharpness)
    )


def lowest_sharp(heights_m: MetresArray, sharpness: NDArray[np.float64]) -> Metres:
    """The lowest height that stands out, to a fraction of a step; NaN where none does.

    Args:
        heights_m: (K,) evenly spaced, rising.
        sharpness: (K,).
    """
    if not np.isfinite(sharpness).all():
        return float("nan")
    step_m = float(heights_m[1] - heights_m[0])
    smooth = gaussian_filter1d(sharpness, 0.4 / step_m, mode="nearest")
    reach = round(3.0 / step_m)
    most = float(smooth.max() - smooth.min())
    for level in range(round(_RIM_M / step_m), len(smooth) - round(_RIM_M / step_m)):
        below, above = smooth[max(0, level - reach) : level], smooth[level + 1 : level + 1 + reach]
        highest = smooth[level] >= smooth[level - 1] and smooth[level] > smooth[level + 1]
        stands_out = smooth[level] - max(below.min(), above.min()) > _LEAST_SHARE * most
        if highest and stands_out and most > 0.0:
            left, middle, right = smooth[level - 1 : level + 2].tolist()
            bend = left - 2.0 * middle + right
            return float(heights_m[level] + (0.5 * step_m * (left - right) / bend if bend < 0.0 else 0.0))
    return float("nan")


def _nodes(
    centre_deg: tuple[Degrees, Degrees], terrain: Terrain
) -> tuple[NDArray[np.float64], NDArray[np.float64], MetresArray]:
    """Longitude, latitude and height of a lattice over the patch, row by row from the north."""
    lon_deg, lat_deg = (np.array([one]) for one in centre_deg)
    middle_hae_m = terrain.height_hae_m(lon_deg, lat_deg)
    if np.isnan(middle_hae_m).any():
        raise InputError(f"the terrain has no height at lon {centre_deg[0]:.6f}, lat {centre_deg[1]:.6f} deg")
    middle_m = ecef_from_geodetic(lon_deg, lat_deg, middle_hae_m)[0]
    along_m = (np.arange(_NODES) / (_NODES - 1) - 0.5) * (PATCH_M - CELL_M)
    east_m, north_m = np.meshgrid(along_m, -along_m)
    flat_m = np.stack([east_m.ravel(), north_m.ravel(), np.zeros(east_m.size)], axis=-1)
    lon_deg, lat_deg, _ = geodetic_from_ecef(
        middle_m + flat_m @ rotation_ecef_from_enu(lon_deg, lat_deg)[0].T
    )
    hae_m = terrain.height_hae_m(lon_deg, lat_deg)
    return lon_deg, lat_deg, np.where(np.isnan(hae_m), middle_hae_m, hae_m)


def _filled(nodes: NDArray[np.float64], side: int) -> NDArray[np.float32]:
    """(side, side) places between the nodes of a lattice, the outer nodes at the middle of outer cells."""
    grid = nodes.reshape(_NODES, _NODES).astype(np.float32)
    at = np.linspace(0.0, _NODES - 1.0, side, dtype=np.float32)
    across, down = np.meshgrid(at, at)
    return np.asarray(cv2.remap(grid, across, down, cv2.INTER_LINEAR), dtype=np.float32)


def _detail(total: NDArray[np.float32], count: NDArray[np.float32]) -> float:
    """Mean square of what a blur takes away, where most looks fall; NaN where they hardly overlap."""
    seen = count >= max(FEWEST_LOOKS, 0.5 * float(count.max()))
    if seen.mean() < 0.05:
        return float("nan")
    mean = np.where(seen, total / np.maximum(count, 1.0), 0.0).astype(np.float32)
    share = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), _DETAIL_M / CELL_M)
    around = cv2.GaussianBlur(mean, (0, 0), _DETAIL_M / CELL_M) / np.maximum(share, 1e-3)
    inner = seen & (share > 0.99)
    if inner.mean() < 0.03:
        return float("nan")
    return float(np.square(mean - around)[inner].mean())
