"""Frames → ST 0601 packets that any STANAG 4609 reader understands.

Source: MISB ST 0601.19; item 2 comes first, item 1 last; ST 0102.12 in item 48, ST 0903.6 in item 74.
"""

from collections.abc import Iterator
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.codecs import Linear
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.st0102 import unclassified_set
from atalaya.ingest.st0903 import VmtiSource, vmti_set
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.stream import UAS_DATALINK_KEY
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.units import PixelsArray

WRITTEN_VERSION = 19
"""Revision of ST 0601 in item 65."""

_VIRTUAL_PLATFORM = b"\x01\x10"  # ST 1204: version 1, usage: a platform identity of virtual quality
_FULL_CIRCLE = frozenset({5, 18, 20})
_MAY_SAY_OUT_OF_RANGE = frozenset({6, 7})
_LONGEST_TEXT_BYTES = 127
_HAE_EXTENDED, _HAE_EXTENDED_BYTES = 104, 4


def encode_frames(
    frames: FrameTable,
    *,
    mission_id: str,
    platform_designation: str,
    sensor_name: str = "EO",
    coordinate_system: str = "Geodetic WGS84",
    country: str = "USA",
    object_countries: str = "MEX",
    platform_uuid: UUID | None = None,
    targets: TargetTable | None = None,
    target_source: VmtiSource | None = None,
    target_boxes_px: PixelsArray | None = None,
) -> list[bytes]:
    """One whole packet, with its checksum, for each row.

    Args:
        frames: what is NaN is left out. Pitch and roll go into 90 and 91, and into 6 and 7, where beyond
            20 and 50 degrees they are written as out of range. The ellipsoid height of the sensor goes into
            75 (0.3 m steps) or, above 19 000 m, into 104: ST 0902 allows one of them.
        mission_id: item 3.
        platform_designation: item 10, at most 127 bytes of UTF-8, as all texts.
        sensor_name: item 11.
        coordinate_system: item 12.
        country: classifying country of the UNCLASSIFIED security set (item 48), GENC trigraph.
        object_countries: what is looked at, GENC trigraphs with semicolons between them.
        platform_uuid: a virtual platform identity for the MIIS core identifier (item 94, ST 1204); it need
            not tell the aircraft. None leaves it out.
        targets: reports for item 74, by their frame_index; None for a stream without VMTI.
        target_source: who reports them and in what picture; None leaves both unsaid.
        target_boxes_px: (N, 4) left, top, right, bottom of each report, NaN where unknown; needs a source.

    Returns:
        Packets in the order of the rows; each number within half a step of its item.

    Raises:
        InputError: a row without time, a text too long, a number outside the range of its item, or sensor
            angles of the world: ST 0601 has no item for them.
    """
    if bool(frames.sensor_angles_world.any()):
        raise InputError("ST 0601 says sensor angles against the platform; these are of the world (EG 0104)")
    if bool((frames.time_us < 0).any()):
        rows = np.flatnonzero(frames.time_us < 0).tolist()[:4]
        raise InputError(f"each packet needs a time (item 2), rows {rows} have none")
    texts = {3: mission_id, 10: platform_designation, 11: sensor_name, 12: coordinate_system}
    fixed = {tag: item_bytes(tag, _text(tag, text)) for tag, text in texts.items()}
    fixed[48] = item_bytes(48, unclassified_set(country, object_countries))
    fixed[65] = item_bytes(65, bytes((WRITTEN_VERSION,)))
    if platform_uuid is not None:
        fixed[94] = item_bytes(94, _VIRTUAL_PLATFORM + platform_uuid.bytes)
    varying = dict(_numbers(frames))
    varying[74] = _target_items(frames, targets, target_source, target_boxes_px)
    tags = sorted(fixed.keys() | varying.keys())
    times = [item_bytes(2, time_us.to_bytes(8, "big")) for time_us in frames.time_us.tolist()]
    return [
        _packet(times[row], [fixed[tag] if tag in fixed else varying[tag][row] for tag in tags])
        for row in range(len(frames))
    ]


def _packet(time_item: bytes, items: list[bytes]) -> bytes:
    body = time_item + b"".join(items)
    packet = UAS_DATALINK_KEY + length_bytes(len(body) + 4) + body + b"\x01\x02"
    return packet + running_sum(packet).to_bytes(2, "big")


def _text(tag: int, text: str) -> bytes:
    value = text.encode("utf-8")
    if not 1 <= len(value) <= _LONGEST_TEXT_BYTES:
        raise InputError(
            f"item {tag}: 1 to {_LONGEST_TEXT_BYTES} bytes of text were wanted, got {len(value)}"
        )
    return value


def _columns(frames: FrameTable) -> dict[int, NDArray[np.float64]]:
    """(N,) values by item."""
    fits_75 = frames.sensor_hae_m <= _codec(75).high
    columns = {
        5: frames.platform_heading_deg,
        6: frames.platform_pitch_deg,
        7: frames.platform_roll_deg,
        13: frames.sensor_lat_deg,
        14: frames.sensor_lon_deg,
        15: frames.sensor_msl_m,
        16: frames.hfov_deg,
        17: frames.vfov_deg,
        18: frames.sensor_azimuth_deg,
        19: frames.sensor_elevation_deg,
        20: frames.sensor_roll_deg,
        21: frames.slant_range_m,
        22: frames.target_width_m,
        23: frames.centre_lat_deg,
        24: frames.centre_lon_deg,
        25: frames.centre_msl_m,
        75: np.where(fits_75, frames.sensor_hae_m, np.nan),
        78: frames.centre_hae_m,
        90: frames.platform_pitch_deg,
        91: frames.platform_roll_deg,
        _HAE_EXTENDED: np.where(fits_75, np.nan, frames.sensor_hae_m),
    }
    for corner in range(4):
        columns[82 + 2 * corner] = frames.corner_lat_deg[:, corner]
        columns[83 + 2 * corner] = frames.corner_lon_deg[:, corner]
    return columns


def _numbers(frames: FrameTable) -> Iterator[tuple[int, list[bytes]]]:
    """Each item as written, row by row; empty where its value is unknown.

    Raises:
        InputError: a value outside the range of its item.
    """
    for tag, column in _columns(frames).items():
        known = np.flatnonzero(np.isfinite(column))
        written = [b""] * len(frames)
        for row, value in zip(known.tolist(), _octets(tag, column[known]), strict=True):
            written[row] = item_bytes(tag, value)
        yield tag, written


def _codec(tag: int) -> Linear | Imapb:
    """How an item is written.

    Raises:
        InputError: it is no number over a range.
    """
    codec = UAS_DATALINK.items[tag].codec
    if not isinstance(codec, Linear | Imapb):
        raise InputError(f"an item that is a number over a range was wanted, got {tag}")
    return codec


def _octets(tag: int, values: NDArray[np.float64]) -> list[bytes]:
    """The bytes of one item, value by value.

    Raises:
        InputError: a value outside the range of its item.
    """
    codec = _codec(tag)
    turned = np.mod(values, 360.0) if tag in _FULL_CIRCLE else values
    outside = (turned < codec.low) | (turned > codec.high)
    if tag not in _MAY_SAY_OUT_OF_RANGE and bool(outside.any()):
        raise InputError(
            f"item {tag}: {codec.low} to {codec.high} was wanted, got {turned[outside].tolist()[:4]}"
        )
    if isinstance(codec, Imapb):
        return [codec.encode(value, _HAE_EXTENDED_BYTES) for value in turned.tolist()]
    return [octets.tobytes() for octets in linear_octets(codec, turned)]


def linear_octets(codec: Linear, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Values of a linear item as they are written.

    Args:
        codec: how it is written.
        values: (N,) in the item's unit; outside its range, or NaN, becomes the error indicator.

    Returns:
        (N, codec.size) uint8, big-endian; within half a step of the value.

    Raises:
        InputError: outside the range of an item that has no error indicator.
    """
    inside = (values >= codec.low) & (values <= codec.high)
    if not codec.signed and not bool(inside.all()):
        outside = values[~inside].tolist()[:4]
        raise InputError(f"values of {codec.low} to {codec.high} were wanted, got {outside}")
    start = 0.0 if codec.signed else codec.low
    counts = np.rint((np.where(inside, values, codec.high) - start) / codec.step).astype(np.int64)
    counts = np.where(inside, counts, -(1 << 8 * codec.size - 1) if codec.signed else 0)
    return counts.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 8 - codec.size :]


def _target_items(
    frames: FrameTable,
    targets: TargetTable | None,
    source: VmtiSource | None,
    boxes_px: PixelsArray | None,
) -> list[bytes]:
    written = [b""] * len(frames)
    if targets is None:
        return written
    for row, frame_index in enumerate(frames.frame_index.tolist()):
        here = targets.frame_index == frame_index
        boxes = None if boxes_px is None else boxes_px[here]
        written[row] = item_bytes(74, vmti_set(targets.take(here), source, boxes))
    return written
