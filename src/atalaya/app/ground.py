"""The ground that a workspace's frames are brought to, and the footprints on it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.app.context import Context
from atalaya.app.geodata import GEOID_FILE, TERRAIN_FOLDER, ChosenGeoid, geoid_of
from atalaya.custody.hashing import content_hash
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.geoid import Geoid
from atalaya.geo.rays import cast
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainMosaic
from atalaya.georeg.calibrate import corrected
from atalaya.georeg.doubt import Doubt, after_correction, doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.lens import Lens
from atalaya.georeg.motion import motion
from atalaya.georeg.pose import HeightReference, Poses, poses
from atalaya.io.terrain import HIGHEST_M, LOWEST_M, load_constant, load_sources, sources_of
from atalaya.model.calibration import Calibration
from atalaya.model.custody import Json
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.source import SourceRecord
from atalaya.model.stated_errors import StatedErrors
from atalaya.model.terrain import TerrainSource
from atalaya.units import DegreesArray, MetresArray

__all__ = [
    "GEOID_FILE",
    "TERRAIN_FOLDER",
    "DeclaredGround",
    "Ground",
    "footprint_table",
    "ground_of",
    "placed_on",
    "require_ground_of",
]


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
        geoid: of the sensor's heights above mean sea level; several grids, the best first.
        errors: of pose and terrain, assumed before any correction; the terrain's is that of its least sure
            source.
        tile_sigma_m: one sigma of the height of each tile of a mosaic, in its order; empty for other ground.
        facts: what decides the answers, for the record.
        lens: measured; None is a pinhole of the field of view that each packet says.
        calibration: what is wrong with the pose and on record; None corrects nothing.
    """

    terrain: Terrain
    geoid: Geoid | None
    heights: HeightReference
    errors: PoseErrors
    facts: dict[str, Json]
    lens: Lens | None = None
    tile_sigma_m: tuple[float, ...] = ()
    calibration: Calibration | None = None

    def errors_at(
        self, lon_deg: DegreesArray, lat_deg: DegreesArray
    ) -> list[tuple[NDArray[np.intp], PoseErrors]]:
        """Rows of places that lie on equally sure ground, and the errors there; unknown places the worst."""
        if not isinstance(self.terrain, TerrainMosaic):
            return [(np.arange(len(lon_deg)), self.errors_left)]
        sigma_m = self.sigma_at(lon_deg, lat_deg)
        return [
            (np.flatnonzero(sigma_m == value), replace(self.errors_left, terrain_vertical_m=value))
            for value in np.unique(sigma_m).tolist()
        ]

    def sigma_at(self, lon_deg: DegreesArray, lat_deg: DegreesArray) -> MetresArray:
        """(N,) one sigma of the height of the ground at places; of unknown places the worst."""
        sigma_m = np.full(len(lon_deg), self.errors.terrain_vertical_m)
        if isinstance(self.terrain, TerrainMosaic):
            for tile, of_tile_m in reversed(list(zip(self.terrain.tiles, self.tile_sigma_m, strict=True))):
                sigma_m[~np.isnan(tile.height_hae_m(lon_deg, lat_deg))] = of_tile_m
        return sigma_m

    def errors_of_look(self, origin_ecef_m: MetresArray, direction_ecef: NDArray[np.float64]) -> PoseErrors:
        """The errors of one look, (1, 3) each, by the tile that it meets."""
        if not isinstance(self.terrain, TerrainMosaic):
            return self.errors_left
        lon_deg, lat_deg, _ = geodetic_from_ecef(cast(origin_ecef_m, direction_ecef, self.terrain))
        return self.errors_at(lon_deg, lat_deg)[0][1]

    def poses_of(self, frames: FrameTable) -> Poses:
        """Where the camera was in each frame; a payload that never sends item 20 is held level.

        Args:
            frames: of one source, all of them: the lag of a correction needs the packets before and after.
        """
        if self.calibration is not None:
            frames = corrected(frames, self.calibration, absent_sensor_roll_deg=0.0)
        return poses(frames, self.geoid, heights=self.heights, absent_sensor_roll_deg=0.0)

    def doubts_of(self, frames: FrameTable, camera: Poses, stated: StatedErrors | None = None) -> Doubt:
        """The errors of each look: as the stream states them, else as assumed, and what its motion adds."""
        return doubt(self.errors_left, motion(camera), frames, stated)

    @property
    def errors_left(self) -> PoseErrors:
        """What is assumed of pose and terrain, once the correction on record is in effect."""
        return self.errors if self.calibration is None else after_correction(self.errors, self.calibration)

    def doubts_on_axis(self, camera: Poses, doubts: Doubt) -> Doubt:
        """The same with the error of the ground that each optical axis meets."""
        if not isinstance(self.terrain, TerrainMosaic):
            return doubts
        axis = camera.rotation_ecef_from_camera[:, :, 0]
        lon_deg, lat_deg, _ = geodetic_from_ecef(cast(camera.origin_ecef_m, axis, self.terrain))
        return doubts.on_ground(self.sigma_at(lon_deg, lat_deg))


def ground_of(context: Context, declared: DeclaredGround, tiles: tuple[str, ...] | None = None) -> Ground:
    """The workspace's terrain, or the height declared in its place.

    Args:
        context: the opened workspace.
        declared: a height in place of terrain.
        tiles: hashes of the terrain files to use, the best first; None takes all that there are.

    Raises:
        InputError: neither a terrain nor a declared height, MSL declared for a terrain that is HAE, or a file
            of terrain is gone.
        IntegrityError: a file of terrain was changed. ExternalError: it cannot be read.
    """
    folder = context.settings.workspace / TERRAIN_FOLDER
    if declared.constant_m is not None:
        return _constant(ConstantHeight(declared.constant_m), geoid_of(context), declared.heights)
    sources = sources_of(folder) if tiles is None else _sources_called(folder, tiles)
    if not sources:
        constant = load_constant(folder)
        if constant is None:
            raise InputError(
                "the workspace has no terrain: import one (atalaya terrain import FILE) or declare one "
                "height for all the ground (--ground-m)"
            )
        return _constant(constant, geoid_of(context), declared.heights)
    if declared.heights is not HeightReference.HAE:
        raise InputError(
            "the workspace's terrain is in heights above the ellipsoid; msl-as-hae would mix datums"
        )
    terrain = load_sources(folder, sources)
    about_deg = None if isinstance(terrain, ConstantHeight) else terrain.bounds_deg
    errors = PoseErrors(terrain_vertical_m=max(source.sigma_m for source in sources))
    geoid = geoid_of(context, about_deg)
    return Ground(
        terrain=terrain,
        geoid=geoid.geoid,
        heights=declared.heights,
        errors=errors,
        tile_sigma_m=tuple(source.sigma_m for source in sources),
        facts={
            "terrain": "grid" if len(sources) == 1 else "mosaic",
            "terrain_sha256": _set_hash(sources),
            "terrain_sources": [_source_facts(source) for source in sources],
            **_facts(None, geoid, declared.heights, errors),
        },
    )


def with_lens(ground: Ground, lens: Lens | None) -> Ground:
    """The same ground seen through a measured lens, which stands among the facts; None changes nothing."""
    if lens is None:
        return ground
    said: dict[str, Json] = {one.name: getattr(lens, one.name) for one in fields(lens) if one.init}
    return replace(ground, lens=lens, facts={**ground.facts, "lens": said})


def lens_of(record: SourceRecord) -> Lens | None:
    """The measured lens that a source was taken in with; None where there was none.

    Raises:
        InputError: what is recorded is no lens.
    """
    said = record.ground.get("lens")
    if not isinstance(said, Mapping):
        return None
    numbers = {name: value for name, value in said.items() if isinstance(value, int | float)}
    try:
        return Lens(**numbers)  # type: ignore[arg-type]  # sizes were written as whole numbers
    except TypeError as error:
        raise InputError(f"source {record.source_id}: its lens is not recorded as one: {error}") from error


def placed_on(record: SourceRecord) -> tuple[str, ...] | None:
    """Hashes of the terrain files that a source was placed on, the best first; None where it was on none."""
    sources = record.ground.get("terrain_sources")
    if isinstance(sources, list):
        return tuple(str(it["tile_sha256"]) for it in sources if isinstance(it, dict))
    only = record.ground.get("terrain_sha256")  # as older releases wrote it
    return None if only is None else (str(only),)


def require_ground_of(context: Context, record: SourceRecord) -> None:
    """Refuse to work out places of a source on other ground than its footprints are on.

    Terrain that was added since does not matter: the source goes on standing on what it was placed on.

    Raises:
        InputError: a terrain that it was placed on is not in the workspace any more.
        ExternalError: the terrain cannot be read.
    """
    tiles = placed_on(record)
    if tiles is not None:
        try:
            _sources_called(context.settings.workspace / TERRAIN_FOLDER, tiles)
        except InputError as error:
            raise InputError(f"source {record.source_id}: {error}") from error


def footprint_table(
    ground: Ground,
    frames: FrameTable,
    image_size_px: tuple[int, int] | None,
    stated: StatedErrors | None = None,
) -> FootprintTable:
    """One row per frame with a known pose.

    Args:
        ground: what the looks meet.
        frames: as read.
        image_size_px: width and height; None where the source has no pictures: then the ground sample
            distance is unknown, and so are the corners of frames without a vertical field of view.
        stated: what the stream states of its own errors.
    """
    camera = ground.poses_of(frames)
    doubts = ground.doubts_of(frames, camera, stated)
    known = np.flatnonzero(camera.known)
    camera, doubts = camera.take(known), ground.doubts_on_axis(camera.take(known), doubts.take(known))
    if image_size_px is not None:
        return footprints(
            camera, ground.terrain, ground.errors, image_size_px, doubts=doubts, lens=ground.lens
        )
    table = footprints(camera, ground.terrain, ground.errors, (1, 1), doubts=doubts)
    unknown = np.isnan(camera.vfov_rad)[:, None]
    return replace(
        table,
        gsd_m=np.full(len(table), np.nan),
        corner_lon_deg=np.where(unknown, np.nan, table.corner_lon_deg),
        corner_lat_deg=np.where(unknown, np.nan, table.corner_lat_deg),
    )


def _constant(terrain: ConstantHeight, geoid: ChosenGeoid, heights: HeightReference) -> Ground:
    errors = PoseErrors()
    return Ground(
        terrain=terrain,
        geoid=geoid.geoid,
        heights=heights,
        errors=errors,
        facts={
            "terrain": "constant",
            "terrain_sha256": None,
            **_facts(terrain.hae_m, geoid, heights, errors),
        },
    )


def _facts(
    constant_m: float | None, geoid: ChosenGeoid, heights: HeightReference, errors: PoseErrors
) -> dict[str, Json]:
    return {
        "constant_m": constant_m,
        "heights": heights.value,
        "geoid": None if geoid.geoid is None else geoid.geoid.name,
        "geoid_grids": list(geoid.facts),
        "attitude_deg": errors.attitude_deg,
        "position_horizontal_m": errors.position_horizontal_m,
        "position_vertical_m": errors.position_vertical_m,
        "terrain_vertical_m": errors.terrain_vertical_m,
    }


def _source_facts(source: TerrainSource) -> dict[str, Json]:
    return {
        "terrain_id": source.terrain_id,
        "names": list(source.names),
        "sha256": list(source.sha256),
        "tile_sha256": source.tile_sha256,
        "vertical_datum": source.vertical_datum,
        "geoid": source.geoid,
        "geoid_sha256": source.geoid_sha256,
        "le90_m": source.le90_m,
        "le90_basis": source.le90_basis,
        "canopy_bias_m": source.canopy_bias_m,
        "canopy_sigma_m": source.canopy_sigma_m,
    }


def _sources_called(folder: Path, tiles: tuple[str, ...]) -> tuple[TerrainSource, ...]:
    """The sources with these hashes, in this order."""
    there = {source.tile_sha256: source for source in sources_of(folder)}
    gone = [tile for tile in tiles if tile not in there]
    if gone:
        raise InputError(
            f"it was placed on another terrain than the workspace has now: import that one again, or ingest "
            f"the source under a new sortie (terrain {', '.join(gone)})"
        )
    return tuple(there[tile] for tile in tiles)


def _set_hash(sources: tuple[TerrainSource, ...]) -> str:
    """One source is known by its file's hash; several by that of their hashes in their order."""
    if len(sources) == 1:
        return sources[0].tile_sha256
    return content_hash("\n".join(source.tile_sha256 for source in sources).encode())
