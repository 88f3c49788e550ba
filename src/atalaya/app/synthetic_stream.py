"""A simulated sortie as the bytes a real one would give: H.264 and ST 0601 in an MPEG transport stream."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.terrain import TerrainGrid
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.io.durable_file import on_disk
from atalaya.io.video import encode_h264
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.simulation.render import render
from atalaya.simulation.scene import FPS, Scene


def write_stream(scene: Scene, path: Path, progress: Callable[[int, int], None]) -> Path:
    """Render a scene and write its stream; the same scene gives the same bytes.

    Everything in it says that it is synthetic: each picture on its face, each packet in its mission id.

    Args:
        scene: made at `simulation.scene.FPS`.
        path: the file to write.
        progress: told how many pictures are done.

    Raises:
        ExternalError: the encoder or the disk failed.
    """
    units = list(encode_h264(_told(render(scene), scene.frame_count, progress), frames_per_s=FPS, crf=18))
    packets = encode_frames(
        scene.flight.reported,
        mission_id=f"{SYNTHETIC_MARK} demo seed {scene.seed}",
        platform_designation=f"{SYNTHETIC_MARK} unarmed aircraft",
    )
    timed = [(unit.pts_90k, packet) for unit, packet in zip(units, packets, strict=True)]
    with on_disk(f"write {path.name}"), path.open("wb") as file:
        for packet in mux_ts(units, timed, synchronous=True):
            file.write(packet)
    return path


def terrain_of(scene: Scene) -> TerrainGrid:
    """The scene's bare ground in the form that georegistration takes; heights above the ellipsoid."""
    ground = scene.world.terrain
    return TerrainGrid(
        hae_m=ground.hae_m,
        west_deg=float(ground.lon_deg[0]),
        north_deg=float(ground.lat_deg[0]),
        step_lon_deg=float(ground.lon_deg[1] - ground.lon_deg[0]),
        step_lat_deg=float(ground.lat_deg[0] - ground.lat_deg[1]),
    )


def _told(
    pictures: Iterator[NDArray[np.uint8]], total: int, progress: Callable[[int, int], None]
) -> Iterator[NDArray[np.uint8]]:
    for done, picture in enumerate(pictures):
        progress(done, total)
        yield picture
    progress(total, total)
