"""A simulated scene's folder as a world that claims can be judged against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from atalaya.app.clip import GroundFiles, ground_of_files
from atalaya.app.ground import Ground, footprint_table
from atalaya.errors import InputError, NotFoundError
from atalaya.geo.terrain import TerrainGrid
from atalaya.io.truth_files import load_truth
from atalaya.io.video import video_facts
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable, unknown_frames
from atalaya.model.known_world import KnownWorld
from atalaya.model.truth import OcclusionTable, TrueFlightTable, TrueObjectTable, TruePlaceTable

CLIP = "eo.ts"
TERRAIN = "terrain.tif"
TRUTH = "truth"
MOST_FRAMES = 2000
"""Of a longer clip so many are taken, evenly spread: its frames overlap by far more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFolder:
    """A world and what looked at it.

    Args:
        folder: it was read from. ground: its terrain.
    """

    folder: Path
    world: KnownWorld
    ground: Ground


def read_scene(folder: Path) -> SceneFolder:
    """One folder that `atalaya simulate` made.

    Coverage comes from where the sensor really was, not from what the stream says.

    Raises:
        NotFoundError: there is no such folder, or no truth, terrain or clip in it.
        InputError: a table or the terrain is not what it should be. ExternalError: it cannot be read.
    """
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}")
    truth = folder / TRUTH
    if not truth.is_dir():
        raise NotFoundError(
            f"{folder} has no truth to judge by (no folder {TRUTH}): was it made by atalaya simulate?"
        )
    for needed in (TERRAIN, CLIP):
        if not (folder / needed).is_file():
            raise NotFoundError(f"scene {folder} has no {needed}")
    ground = ground_of_files(GroundFiles(terrain=folder / TERRAIN))
    world = KnownWorld(
        name=folder.resolve().name,
        places=load_truth(TruePlaceTable, truth),
        objects=load_truth(TrueObjectTable, truth),
        occlusion=load_truth(OcclusionTable, truth),
        footprints=true_footprints(load_truth(TrueFlightTable, truth), ground, folder / CLIP),
        bounds_deg=_bounds(ground),
    )
    return SceneFolder(folder=folder, world=world, ground=ground)


def true_footprints(flight: TrueFlightTable, ground: Ground, clip: Path) -> FootprintTable:
    """The ground that was really looked at.

    Args:
        flight: where the sensor was.
        ground: without errors or corrections.
        clip: says how large its pictures are.

    Raises:
        InputError: it has no pictures.
    """
    facts = video_facts(clip)
    if facts is None:
        raise InputError(f"{clip} has no pictures")
    rows = np.unique(np.linspace(0, len(flight) - 1, min(len(flight), MOST_FRAMES)).round().astype(np.intp))
    return footprint_table(ground, _frames(flight.take(rows)), (facts.width_px, facts.height_px))


def _frames(flight: TrueFlightTable) -> FrameTable:
    unknown = unknown_frames(len(flight))
    same = (
        "platform_heading_deg",
        "platform_pitch_deg",
        "platform_roll_deg",
        "sensor_azimuth_deg",
        "sensor_elevation_deg",
        "sensor_roll_deg",
        "hfov_deg",
        "frame_index",
        "time_us",
    )
    truth = flight.columns()
    return FrameTable(
        **unknown.columns()
        | {name: truth[name] for name in same}
        | {
            "sensor_lon_deg": flight.lon_deg,
            "sensor_lat_deg": flight.lat_deg,
            "sensor_hae_m": flight.hae_m,
            "checksum_ok": np.ones(len(flight), dtype=np.bool_),
        }
    )


def _bounds(ground: Ground) -> tuple[float, float, float, float]:
    terrain = ground.terrain
    if not isinstance(terrain, TerrainGrid):  # ground_of_files reads a grid where a terrain is named
        raise InputError("a scene's terrain is one grid")
    rows, cols = terrain.hae_m.shape
    return (
        terrain.west_deg,
        terrain.north_deg - terrain.step_lat_deg * (rows - 1),
        terrain.west_deg + terrain.step_lon_deg * (cols - 1),
        terrain.north_deg,
    )
