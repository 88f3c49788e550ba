"""ST 0601 packets → one row of numbers each: unknown is NaN, never a plausible value.

Source: MISB ST 0601.19. Angles, heights and places as in the FrameTable's own description.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.codecs import Raw
from atalaya.ingest.columns import KlvColumns, decode_columns
from atalaya.ingest.held_values import SAME, PacketLine, best_of, held_item
from atalaya.ingest.layout import shapes
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.st0102 import classification
from atalaya.ingest.st0903 import VmtiSets, target_table
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.stream import is_uas_datalink
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.model.pose_value import POSE_VALUES
from atalaya.model.problem import Problem

_TIME_STAMP, _MISSION, _DESIGNATION, _SECURITY, _VERSION, _VMTI = 2, 3, 10, 48, 65, 74
_POSE_ITEMS = {
    "platform_heading_deg": (5,),
    "platform_pitch_deg": (90, 6),
    "platform_roll_deg": (91, 7),
    "sensor_lon_deg": (14,),
    "sensor_lat_deg": (13,),
    "sensor_msl_m": (15,),
    "sensor_hae_m": (104, 75),
    "hfov_deg": (16,),
    "vfov_deg": (17,),
    "sensor_azimuth_deg": (18,),
    "sensor_elevation_deg": (19,),
    "sensor_roll_deg": (20,),
}
"""Items of each value of the pose, the better one first; what is left out may be repeated."""

_SCENE_ITEMS = {
    "slant_range_m": 21,
    "target_width_m": 22,
    "centre_lon_deg": 24,
    "centre_lat_deg": 23,
    "centre_msl_m": 25,
    "centre_hae_m": 78,
}
"""What a packet says of the ground: never repeated, as it would be of another moment than the pose."""

_CORNER_TAGS = frozenset(range(26, 34)) | frozenset(range(82, 90))
_FRAME_TAGS = (
    frozenset().union(*_POSE_ITEMS.values(), _SCENE_ITEMS.values()) | _CORNER_TAGS | {_TIME_STAMP, _VMTI}
)
_FRAME_SET = replace(
    UAS_DATALINK,
    items=UAS_DATALINK.items | {_VMTI: replace(UAS_DATALINK.items[_VMTI], codec=Raw())},
)
"""As in the catalogue, but for the target reports, which are read by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """What a stream says about itself, each value once, in the order of first appearance.

    Args:
        mission_ids: item 3. platform_designations: item 10.
        security_classifications: item 48 (ST 0102 item 1), in words.
        versions: item 65, revision of ST 0601.
    """

    mission_ids: tuple[str, ...]
    platform_designations: tuple[str, ...]
    security_classifications: tuple[str, ...]
    versions: tuple[int, ...]


def frame_table(packets: Sequence[KlvPacket]) -> tuple[FrameTable, TargetTable, tuple[Problem, ...]]:
    """One row for each ST 0601 packet, whatever its state; packets of other sets have none.

    Args:
        packets: in the order of the source.

    Returns:
        Frames: values as written, error indicators, wrong lengths and absent items NaN, but for values of the
        pose that an earlier packet said and that still hold (`held_values`): each says which of them it is; a
        packet without a readable item 2 has time -1; rows with a failed checksum are kept and flagged.
        Targets: the reports of item 74 (ST 0903), of packets whose checksum holds.
        Problems: what could not be read.
    """
    frames = [packet for packet in packets if is_uas_datalink(packet)]
    columns = decode_columns(frames, spec=_FRAME_SET, tags=_FRAME_TAGS, engine="numpy")
    table = _frames(frames, columns)
    log = ProblemLog()
    for problem in columns.problems:
        log.report(problem.code, problem.message, problem.offset)
    sound = {row: data for row, data in _vmti_sets(columns).items() if frames[row].checksum_ok}
    offsets = {row: frames[row].offset for row in sound}
    sets = VmtiSets(sound, offsets, table.centre_lat_deg, table.centre_lon_deg)
    return table, target_table(sets, log), log.problems()


def _vmti_sets(columns: KlvColumns) -> dict[int, bytes]:
    """The bytes of item 74 by row, where there are any."""
    column = columns.items.get(_VMTI)
    if column is None or column.distinct is None:
        return {}
    rows = np.flatnonzero(column.valid).tolist()
    return {row: column.distinct[int(column.values[row])].raw for row in rows}


def _number(columns: KlvColumns, tag: int) -> NDArray[np.float64]:
    """(N,) values of one item; NaN where there is none."""
    column = columns.items.get(tag)
    if column is None:
        return np.full(len(columns), np.nan)
    return np.where(column.valid, column.values.astype(np.float64), np.nan)


def _frames(packets: Sequence[KlvPacket], decoded: KlvColumns) -> FrameTable:
    times = [float("nan") if packet.pts_s is None else packet.pts_s for packet in packets]
    line = PacketLine(
        pid=decoded.pid,
        time_us=decoded.time_us,
        sound=np.array([packet.checksum_ok for packet in packets], dtype=np.bool_),
    )
    pose = {name: _held(decoded, name, line) for name in POSE_VALUES}
    columns = {name: _number(decoded, tag) for name, tag in _SCENE_ITEMS.items()}
    columns |= {name: values for name, (values, _, _) in pose.items()}
    lon_deg, lat_deg = _corners(decoded)
    return FrameTable(
        frame_index=np.arange(len(packets), dtype=np.int64),
        time_us=decoded.time_us,
        pts_s=np.array(times, dtype=np.float64),
        packet_offset=np.array([packet.offset for packet in packets], dtype=np.int64),
        packet_length=np.array([packet.length for packet in packets], dtype=np.int64),
        checksum_ok=line.sound,
        unsummed=np.zeros(len(packets), dtype=np.bool_),
        sensor_angles_world=np.zeros(len(packets), dtype=np.bool_),
        corner_lon_deg=lon_deg,
        corner_lat_deg=lat_deg,
        pose_items=np.stack([pose[name][1] for name in POSE_VALUES], axis=1),
        pose_states=np.stack([pose[name][2] for name in POSE_VALUES], axis=1),
        **columns,
    )


def _held(
    decoded: KlvColumns, name: str, line: PacketLine
) -> tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.uint8]]:
    """One value of the pose in every packet, which item said it, and how it stands."""
    kind = "place" if name in ("sensor_lon_deg", "sensor_lat_deg") else name.rsplit("_", 1)[-1]
    in_steps = name in ("hfov_deg", "vfov_deg")
    return best_of(
        [
            held_item(decoded.items.get(tag), tag, line, same=SAME[kind], in_steps=in_steps)
            for tag in _POSE_ITEMS[name]
        ]
    )


def _corners(columns: KlvColumns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 4) longitude and latitude: each corner from its full items, else frame centre + offset."""
    lon_deg = np.full((len(columns), 4), np.nan)
    lat_deg = np.full((len(columns), 4), np.nan)
    for corner in range(4):
        lat, lon = _number(columns, 82 + 2 * corner), _number(columns, 83 + 2 * corner)
        near_lat = _number(columns, 23) + _number(columns, 26 + 2 * corner)
        near_lon = _number(columns, 24) + _number(columns, 27 + 2 * corner)
        full = ~np.isnan(lat) & ~np.isnan(lon)
        lat_deg[:, corner] = np.where(full, lat, near_lat)
        lon_deg[:, corner] = np.where(full, lon, near_lon)
    half = np.isnan(lat_deg) | np.isnan(lon_deg)
    return np.where(half, np.nan, lon_deg), np.where(half, np.nan, lat_deg)


def stream_facts(packets: Sequence[KlvPacket]) -> StreamFacts:
    """What the stream says of its mission, platform, classification and version.

    Args:
        packets: of any kind; only ST 0601 packets whose checksum holds are heard.
    """
    heard = [packet.data for packet in packets if is_uas_datalink(packet) and packet.checksum_ok]
    said: dict[int, dict[bytes, int]] = {tag: {} for tag in (_MISSION, _DESIGNATION, _SECURITY, _VERSION)}
    for shape in shapes(heard):
        for tag in said.keys() & shape.items.keys():
            item = shape.items[tag]
            for row, octets in zip(shape.rows.tolist(), shape.octets[:, item.start : item.end], strict=True):
                value = octets.tobytes()
                said[tag][value] = min(row, said[tag].get(value, row))
    first = {
        tag: [value for value in sorted(values, key=values.__getitem__) if value]
        for tag, values in said.items()
    }
    return StreamFacts(
        mission_ids=_once(map(_text, first[_MISSION])),
        platform_designations=_once(map(_text, first[_DESIGNATION])),
        security_classifications=_once(map(classification, first[_SECURITY])),
        versions=tuple(int.from_bytes(value, "big") for value in first[_VERSION] if len(value) == 1),
    )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").rstrip("\x00")


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
