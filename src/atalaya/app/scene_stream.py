"""The streams of a simulated scene: H.264 and ST 0601 as STANAG 4609 carries them, targets if wanted."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from numpy.typing import NDArray

from atalaya.app.scene_pictures import Channel, pictures
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.picture_stamp import stamped
from atalaya.ingest.st0903 import VmtiSource
from atalaya.io.durable_file import on_disk
from atalaya.io.video import encode_h264
from atalaya.model.frame import TargetTable
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.simulation.pictures3d import Studio
from atalaya.simulation.sortie3d import Sortie3d
from atalaya.simulation.truth import VehicleTruth
from atalaya.units import PixelsArray

_SENSORS = {Channel.COLOUR: "EO", Channel.THERMAL: "LWIR"}
_LONGEST_NAME = 60

type Progress = Callable[[str, int, int], None]


def write_stream(
    studio: Studio, channel: Channel, path: Path, pool: Executor | None, progress: Progress
) -> None:
    """Film a scene with one camera; each packet says in its mission id that it is synthetic.

    Args:
        studio: the flown scene.
        channel: which camera.
        path: the file to write.
        pool: who makes the pictures; None for this process.
        progress: told how many are done.

    Raises:
        InputError: a picture of the sky. ExternalError: encoder or disk failed.
    """
    sortie = studio.sortie
    made = _told(
        pictures(studio, channel, range(sortie.frame_count), pool), channel, sortie.frame_count, progress
    )
    units = list(encode_h264(made, frames_per_s=sortie.spec.flight.fps, crf=sortie.spec.crf))
    units = [
        replace(unit, data=stamped(unit.data, time_us))
        for unit, time_us in zip(units, sortie.reported.time_us.tolist(), strict=True)
    ]
    packets = _packets(sortie, channel)
    timed = [(unit.pts_90k, packet) for unit, packet in zip(units, packets, strict=True)]
    with on_disk(f"write {path.name}"), path.open("wb") as file:
        for packet in mux_ts(units, timed, synchronous=True):
            file.write(packet)


def _packets(sortie: Sortie3d, channel: Channel) -> list[bytes]:
    spec = sortie.spec
    vehicles = sortie.vehicles()
    seen = vehicles.take(vehicles.in_view)
    boxes_px = sortie.boxes_px(seen)
    return encode_frames(
        sortie.reported,
        mission_id=f"{SYNTHETIC_MARK} {spec.name[:_LONGEST_NAME]} seed {spec.seed}",
        platform_designation=f"{SYNTHETIC_MARK} unarmed aircraft",
        sensor_name=_SENSORS[channel],
        platform_uuid=uuid5(NAMESPACE_URL, f"synthetic:{spec.name}:{spec.seed}"),
        targets=_targets(seen, boxes_px) if spec.vmti else None,
        target_source=VmtiSource(
            system_name=SYNTHETIC_MARK, width_px=sortie.camera.width_px, height_px=sortie.camera.height_px
        ),
        target_boxes_px=boxes_px if spec.vmti else None,
    )


def _targets(seen: VehicleTruth, boxes_px: PixelsArray) -> TargetTable:
    """True places of vehicles in view, as reports that are sure of themselves."""
    return TargetTable(
        frame_index=seen.frame_index,
        target_id=seen.vehicle_index + 1,
        lon_deg=seen.lon_deg,
        lat_deg=seen.lat_deg,
        hae_m=seen.hae_m,
        row_px=boxes_px[:, 1::2].mean(axis=1),
        col_px=boxes_px[:, 0::2].mean(axis=1),
        confidence=np.ones(len(seen)),
    )


def _told(
    made: Iterator[NDArray[np.uint8]], channel: Channel, total: int, progress: Progress
) -> Iterator[NDArray[np.uint8]]:
    for done, picture in enumerate(made):
        progress(channel.value, done, total)
        yield picture
    progress(channel.value, total, total)
