"""A folder as `atalaya simulate` leaves it, with a flight of small grey pictures: made in a blink."""

from pathlib import Path

import numpy as np

from atalaya.geo.terrain import TerrainGrid
from atalaya.io.terrain_tiles import save_terrain
from atalaya.io.truth_files import save_truth
from atalaya.model.frame import FrameTable
from atalaya.model.truth import OcclusionTable, TrueFlightTable, TrueObjectTable, TruePlaceTable
from known_worlds import occlusion
from small_sortie import LAT_DEG, LON_DEG, STEP_DEG, flight, write_ts

FRAMES = 40
SITE = LON_DEG + 0.5 * STEP_DEG * FRAMES, LAT_DEG
"""Under the middle of the flight."""
APIARY = LON_DEG + 0.25 * STEP_DEG * FRAMES, LAT_DEG


def write_scene(folder: Path) -> Path:
    """One urban site and one apiary under a straight flight; the flight looks down from 1000 m."""
    folder.mkdir(parents=True)
    frames = flight(FRAMES)
    write_ts(folder / "eo.ts", frames)
    save_terrain(
        TerrainGrid(
            hae_m=np.zeros((5, 5), dtype=np.float32),
            west_deg=LON_DEG - 0.02,
            north_deg=LAT_DEG + 0.02,
            step_lon_deg=0.01,
            step_lat_deg=0.01,
        ),
        folder,
    )
    for table in (_places(), _objects(), _looks(), _flight(frames)):
        save_truth(folder / "truth", table)
    return folder


def _places() -> TruePlaceTable:
    return TruePlaceTable(
        place_index=np.array([0, 1]),
        role=np.array(["site", "look-alike"]),
        kind=np.array(["urban", "apiary"]),
        state=np.array(["active", ""]),
        lon_deg=np.array([SITE[0], APIARY[0]]),
        lat_deg=np.array([SITE[1], APIARY[1]]),
        hae_m=np.zeros(2),
        radius_m=np.array([10.0, 10.0]),
        canopy_share=np.zeros(2),
    )


def _objects() -> TrueObjectTable:
    size = np.array([6.0, 2.0])
    return TrueObjectTable(
        object_index=np.array([0, 1]),
        place_index=np.array([0, 1]),
        kind=np.array(["roof", "heap"]),
        lon_deg=np.array([SITE[0], APIARY[0]]),
        lat_deg=np.array([SITE[1], APIARY[1]]),
        hae_m=np.zeros(2),
        length_m=size,
        width_m=size,
        height_m=size,
        heading_deg=np.zeros(2),
        excess_temperature_k=np.zeros(2),
    )


def _looks() -> OcclusionTable:
    return occlusion([(0, 10.0, 0.1), (0, 100.0, 0.2), (0, 190.0, 0.1), (1, 10.0, 0.0)])


def _flight(frames: FrameTable) -> TrueFlightTable:
    said = frames.columns()
    same = {name: said[name] for name in TrueFlightTable.__dataclass_fields__ if name in said}
    nothing = np.zeros(len(frames))
    return TrueFlightTable(
        **same,
        lon_deg=frames.sensor_lon_deg,
        lat_deg=frames.sensor_lat_deg,
        hae_m=frames.sensor_hae_m,
        aim_lon_deg=frames.sensor_lon_deg,
        aim_lat_deg=frames.sensor_lat_deg,
        aim_hae_m=nothing,
        gsd_m=nothing,
        sun_azimuth_deg=nothing,
        sun_elevation_deg=nothing,
    )
