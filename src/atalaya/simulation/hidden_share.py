"""How much of each thing each look cannot see: points on its top, each with a ray from the sensor."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.truth import TrueObjectTable
from atalaya.simulation import cast_arrays as c
from atalaya.simulation.camera import Camera, View
from atalaya.simulation.canopy_cast import cast_rays
from atalaya.simulation.cast_arrays import CastArrays
from atalaya.simulation.landform import Surface
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.picture3d import Stage
from atalaya.simulation.solids import Solids
from atalaya.units import MetresArray

POINTS = 64
"""About so many on each object's top."""
_NEAR_M = 0.05
"""What stops a ray so close before its point is the top itself."""


class Furnished(Protocol):
    """What is needed of a world; `World3d` has it."""

    @property
    def frame(self) -> LocalFrame:
        """Its local metres."""

    @property
    def surface(self) -> Surface:
        """The ground."""

    @property
    def solids(self) -> Solids:
        """Boxes and sheets, with the objects that they are part of."""

    @property
    def objects(self) -> TrueObjectTable:
        """The things."""


def hidden_shares(
    world: Furnished, stage: Stage, camera: Camera, views: Sequence[View]
) -> NDArray[np.float64]:
    """Share of each object's top that crowns, ground or other things hide in each look.

    Args:
        world: with its objects.
        stage: of this world.
        camera: the sensor.
        views: (F,) where it was and looked.

    Returns:
        (objects, F) 0..1, in steps of about 1 / POINTS; NaN where the middle of the top is out of view.

    Raises:
        InputError: the stage is of another world.
    """
    if len(world.solids) != len(stage.arrays.solids):
        raise InputError(f"the stage has {len(stage.arrays.solids)} solids, the world {len(world.solids)}")
    tops_m = [_top_points(world, stage.arrays, row) for row in range(len(world.objects))]
    shares = np.full((len(tops_m), len(views)), np.nan)
    if not tops_m:
        return shares
    middles_m = np.stack([points_m.mean(axis=0) for points_m in tops_m])
    for number, view in enumerate(views):
        x_px, y_px = view.project(camera, middles_m).T
        inside = (x_px >= -0.5) & (x_px <= camera.width_px - 0.5)
        inside &= (y_px >= -0.5) & (y_px <= camera.height_px - 0.5)
        seen = np.nonzero(inside)[0]
        if seen.size:
            points_m = np.concatenate([tops_m[row] for row in seen])
            owner = np.repeat(seen, [len(tops_m[row]) for row in seen])
            hidden = _hidden(stage.arrays, view.origin_m, points_m, world.objects.object_index[owner])
            count = np.bincount(owner, minlength=len(tops_m))
            shares[seen, number] = (np.bincount(owner, hidden, len(tops_m)) / np.maximum(count, 1))[seen]
    return shares


def _hidden(
    arrays: CastArrays, origin_m: MetresArray, points_m: MetresArray, owner: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(N,) whether something else than its own object stands between the sensor and each point."""
    way = points_m - origin_m
    reach_m = np.linalg.norm(way, axis=1)
    count = len(points_m)
    distance_m = np.empty(count)
    what, which = np.empty(count, dtype=np.uint8), np.empty(count, dtype=np.int32)
    origins_m = np.ascontiguousarray(np.broadcast_to(origin_m, (count, 3)), dtype=np.float64)
    skipped = owner.astype(np.int64)
    cast_rays(arrays, origins_m, way / reach_m[:, None], skipped, distance_m, what, which)
    return np.asarray(distance_m < reach_m - _NEAR_M)


def _top_points(world: Furnished, arrays: CastArrays, row: int) -> MetresArray:
    """(P, 3) points spread over an object's solids by area, highest only; over its outline if it has none."""
    mine = arrays.solids[arrays.solids[:, c.S_OBJECT] == world.objects.object_index[row]]
    if not len(mine):
        return _outline_points(world, row)
    area_m2 = mine[:, c.S_HALF_LENGTH] * mine[:, c.S_HALF_WIDTH]
    wanted = np.maximum(4.0, POINTS * area_m2 / area_m2.sum())
    points_m = np.concatenate([_box_points(box, count) for box, count in zip(mine, wanted, strict=True)])
    above = np.stack([_up_of_top(box, points_m) for box in mine]).max(axis=0)
    return points_m[points_m[:, 2] >= above - 1e-6]


def _box_points(box: NDArray[np.float64], count: float) -> MetresArray:
    """(P, 3) a lattice of about so many points on a packed solid's top."""
    ratio = np.sqrt(box[c.S_HALF_LENGTH] / box[c.S_HALF_WIDTH])
    long = int(np.clip(np.round(np.sqrt(count) * ratio), 1, count))
    across = max(1, round(count / long))
    u, v = (part.ravel() for part in np.meshgrid(_spread(long), _spread(across)))
    along_m, right_m = u * box[c.S_HALF_LENGTH], v * box[c.S_HALF_WIDTH]
    east_m = box[c.S_EAST] + along_m * box[c.S_SIN] + right_m * box[c.S_COS]
    north_m = box[c.S_NORTH] + along_m * box[c.S_COS] - right_m * box[c.S_SIN]
    return np.stack([east_m, north_m, box[c.S_TOP] - box[c.S_SLOPE] * right_m], axis=1)


def _spread(count: int) -> NDArray[np.float64]:
    """Middles of so many equal parts of -1..1."""
    return (2.0 * np.arange(count) + 1.0) / count - 1.0


def _up_of_top(box: NDArray[np.float64], points_m: MetresArray) -> MetresArray:
    """Height of a packed solid's top over each point; -inf beside it."""
    east, north = points_m[:, 0] - box[c.S_EAST], points_m[:, 1] - box[c.S_NORTH]
    along = east * box[c.S_SIN] + north * box[c.S_COS]
    right = east * box[c.S_COS] - north * box[c.S_SIN]
    over = (np.abs(along) <= box[c.S_HALF_LENGTH]) & (np.abs(right) <= box[c.S_HALF_WIDTH])
    return np.where(over, box[c.S_TOP] - box[c.S_SLOPE] * right, -np.inf)


def _outline_points(world: Furnished, row: int) -> MetresArray:
    """(P, 3) points on the ground within the outline of a thing that is painted only."""
    objects = world.objects
    one = slice(row, row + 1)
    middle_m = world.frame.to_enu(objects.lon_deg[one], objects.lat_deg[one], objects.hae_m[one])[0]
    heading = np.radians(objects.heading_deg[row])
    box = np.zeros(11)
    box[[c.S_EAST, c.S_NORTH]] = middle_m[:2]
    box[c.S_HALF_LENGTH] = max(float(objects.length_m[row]), 0.1) / 2.0
    box[c.S_HALF_WIDTH] = max(float(objects.width_m[row]), 0.1) / 2.0
    box[c.S_SIN], box[c.S_COS] = np.sin(heading), np.cos(heading)
    points_m = _box_points(box, POINTS)
    points_m[:, 2] = world.surface.up_at(points_m[:, 0], points_m[:, 1])
    return points_m
