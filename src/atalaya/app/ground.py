"""The ground that a workspace's frames are brought to, and the footprints on it."""

from dataclasses import dataclass, replace

import numpy as np

from atalaya.app.context import Context
from atalaya.errors import InputError
from atalaya.geo.geoid import GeoidGrid
from atalaya.geo.terrain import ConstantHeight, Terrain
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import HeightReference, Poses, poses
from atalaya.io.original import hash_of
from atalaya.io.terrain import HIGHEST_M, LOWEST_M, TERRAIN_FILE, load_terrain, read_geoid
from atalaya.model.custody import Json
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.source import SourceRecord

TERRAIN_FOLDER = "terrain"
GEOID_FILE = "geoid.tif"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredGround:
    """What a user declares where the workspace has no terrain of its own.

    Raises:
        InputError: a height that no ground has.

    Args:
        constant_m: one height for all the ground, in the datum of `heights`; None: the workspace's terrain.
        heights: HAE, or MSL_AS_HAE where sensor and ground are both declared in the same MSL datum.
    """

    constant_m: float | None = None
    heights: HeightReference = HeightReference.HAE

    def __post_init__(self) -> None:
        if self.constant_m is not None and not LOWEST_M <= self.constant_m <= HIGHEST_M:
            raise InputError(f"ground lies at {LOWEST_M:g} to {HIGHEST_M:g} m, got {self.constant_m:g} m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Terrain, datum and errors that positions are worked out with.

    Args:
        facts: what decides the answers, for the record.
        lens: measured; None is a pinhole of the field of view that each packet says.
    """

    terrain: Terrain
    geoid: GeoidGrid | None
    heights: HeightReference
    errors: PoseErrors
    facts: dict[str, Json]
    lens: Lens | None = None

    def poses_of(self, frames: FrameTable) -> Poses:
        """Where the camera was in each frame; a payload that never sends item 20 is held level."""
        return poses(frames, self.geoid, heights=self.heights, absent_sensor_roll_deg=0.0)


def ground_of(context: Context, declared: DeclaredGround) -> Ground:
    """The workspace's terrain, or the height declared in its place.

    Raises:
        InputError: neither a terrain nor a declared height, or MSL declared for a terrain that is HAE.
        ExternalError: the terrain cannot be read.
    """
    folder = context.settings.workspace / TERRAIN_FOLDER
    geoid = read_geoid(folder / GEOID_FILE) if (folder / GEOID_FILE).exists() else None
    if declared.constant_m is not None:
        return _ground(ConstantHeight(declared.constant_m), geoid, declared.heights, None)
    terrain = load_terrain(folder)
    if terrain is None:
        raise InputError(
            "the workspace has no terrain: import one (atalaya terrain import FILE) or declare one height "
            "for all the ground (--ground-m)"
        )
    if declared.heights is not HeightReference.HAE:
        raise InputError(
            "the workspace's terrain is in heights above the ellipsoid; msl-as-hae would mix datums"
        )
    grid = folder / TERRAIN_FILE
    return _ground(terrain, geoid, declared.heights, hash_of(grid)[0] if grid.exists() else None)


def require_ground_of(context: Context, record: SourceRecord) -> None:
    """Refuse to work out places of a source on other ground than its footprints are on.

    Raises:
        InputError: the workspace's terrain is not the one it was placed on.
    """
    placed_on = record.ground.get("terrain_sha256")
    grid = context.settings.workspace / TERRAIN_FOLDER / TERRAIN_FILE
    if placed_on is not None and (not grid.exists() or hash_of(grid)[0] != placed_on):
        raise InputError(
            f"source {record.source_id} was placed on another terrain than the workspace has now: import "
            f"that one again, or ingest the source under a new sortie (terrain {placed_on})"
        )


def footprint_table(
    ground: Ground, frames: FrameTable, image_size_px: tuple[int, int] | None
) -> FootprintTable:
    """One row per frame with a known pose.

    Args:
        ground: what the looks meet.
        frames: as read.
        image_size_px: width and height; None where the source has no pictures: then the ground sample
            distance is unknown, and so are the corners of frames without a vertical field of view.
    """
    camera = ground.poses_of(frames)
    if image_size_px is not None:
        return footprints(camera, ground.terrain, ground.errors, image_size_px)
    table = footprints(camera, ground.terrain, ground.errors, (1, 1))
    unknown = np.isnan(camera.vfov_rad[camera.known])[:, None]
    return replace(
        table,
        gsd_m=np.full(len(table), np.nan),
        corner_lon_deg=np.where(unknown, np.nan, table.corner_lon_deg),
        corner_lat_deg=np.where(unknown, np.nan, table.corner_lat_deg),
    )


def _ground(
    terrain: Terrain, geoid: GeoidGrid | None, heights: HeightReference, terrain_sha256: str | None
) -> Ground:
    constant_m = terrain.hae_m if isinstance(terrain, ConstantHeight) else None
    errors = PoseErrors()
    return Ground(
        terrain=terrain,
        geoid=geoid,
        heights=heights,
        errors=errors,
        facts={
            "terrain": "constant" if constant_m is not None else "grid",
            "terrain_sha256": terrain_sha256,
            "constant_m": constant_m,
            "heights": heights.value,
            "geoid": None if geoid is None else geoid.name,
            "attitude_deg": errors.attitude_deg,
            "position_horizontal_m": errors.position_horizontal_m,
            "position_vertical_m": errors.position_vertical_m,
            "terrain_vertical_m": errors.terrain_vertical_m,
        },
    )
