"""EG 0104 packets → one row of numbers each, as ST 0601 packets have theirs.

What differs from ST 0601: there is no checksum; heights are MSL only; and the sensor's angles are of the
world: azimuth against true north, elevation against the horizontal. The platform's own angles are kept and
have no part in where the sensor looked: the rows say so (`sensor_angles_world`).

Obliquity. By the standard 0 deg is backward, 180 deg forward, 270 deg straight down, so the elevation above
the horizontal is 180 deg less the obliquity. Real producers also write the elevation itself, from -90 deg
(straight down) to 0 deg, which by the standard would be a look over the back of the sensor, upside down. The
two forms do not overlap: -90 to 0 is read as elevation, 180 to 270 as the standard has it. What lies
elsewhere is a look upwards or upside down in one of them, or a third form: unknown, and said.

Source: MISB EG 0104.5; ST 0601.12, section 8 (notes on the universal keys). The first form was measured on
the A.P. Hill stream (its own frame centres within 0.4 m), the second on an independent encoder's message.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.standards.eg0104 import PREDATOR
from atalaya.ingest.stream import PREDATOR_KEY
from atalaya.ingest.universal_set import KEY_BYTES, read_universal
from atalaya.ingest.value import Entry, Flag
from atalaya.model.frame import FrameTable, unknown_frames
from atalaya.model.pose_value import POSE_VALUES, ValueState
from atalaya.model.problem import Problem
from atalaya.units import DegreesArray

_LATEST_US = (1 << 63) - 1
_TIME_STAMP = "User Defined Time Stamp"
_OBLIQUITY = "Obliquity Angle (World)"
_POSE_ITEMS = {
    "platform_heading_deg": 5,
    "platform_pitch_deg": 90,
    "platform_roll_deg": 91,
    "sensor_lon_deg": 14,
    "sensor_lat_deg": 13,
    "sensor_msl_m": 15,
    "hfov_deg": 16,
    "vfov_deg": 17,
    "sensor_azimuth_deg": 18,
    "sensor_elevation_deg": 19,
    "sensor_roll_deg": 20,
}
"""Items of ST 0601 that say the same, but for the last three, which there are of the platform."""

_STATES = {
    Flag.OK: ValueState.SAID,
    Flag.ZERO_LENGTH: ValueState.CLEARED,
    Flag.ERROR_INDICATOR: ValueState.ERROR_INDICATOR,
    Flag.OUT_OF_RANGE: ValueState.OUT_OF_RANGE,
}
"""Of a flag; every other flag is unreadable."""

_COLUMN_OF = {
    "Platform Heading Angle": "platform_heading_deg",
    "Platform Pitch Angle": "platform_pitch_deg",
    "Platform Roll Angle": "platform_roll_deg",
    "Device Longitude": "sensor_lon_deg",
    "Device Latitude": "sensor_lat_deg",
    "Device Altitude (MSL)": "sensor_msl_m",
    "Field of View (Horizontal)": "hfov_deg",
    "Field of View (Vertical)": "vfov_deg",
    "Angle to North (World)": "sensor_azimuth_deg",
    _OBLIQUITY: "sensor_elevation_deg",
    "Sensor Roll Angle (World)": "sensor_roll_deg",
    "Slant Range": "slant_range_m",
    "Target Width": "target_width_m",
    "Frame Center Longitude": "centre_lon_deg",
    "Frame Center Latitude": "centre_lat_deg",
    "Frame Center Elevation (MSL)": "centre_msl_m",
}
_CORNER_OF = {
    f"Corner {axis} Point {point}": (f"corner_{name}_deg", point - 1)
    for axis, name in (("Latitude", "lat"), ("Longitude", "lon"))
    for point in range(1, 5)
}


def predator_frames(packets: Sequence[KlvPacket]) -> tuple[FrameTable, tuple[Problem, ...]]:
    """One row for each EG 0104 packet; packets of other sets have none; never raises.

    Args:
        packets: in the order of the source.

    Returns:
        Frames: error indicators (NaN), values out of range, wrong lengths and absent items are NaN; of an
        item that comes twice the last counts; a packet without a readable time has -1, one that was cut
        short is kept and never used for positions. A half corner is no corner.
        Problems: what could not be read.
    """
    own = [packet for packet in packets if packet.data.startswith(PREDATOR_KEY)]
    columns = unknown_frames(len(own)).columns()
    columns["pose_states"][:] = ValueState.ABSENT
    log = ProblemLog()
    for row, packet in enumerate(own):
        entries, complaint = _entries(packet)
        if complaint is not None:
            log.report("packet-cut-short", f"an EG 0104 packet: {complaint}", packet.offset)
        columns["unsummed"][row] = complaint is None and not packet.repaired
        _put(columns, row, entries, log, packet.offset)
    elevation_deg = elevation_of_obliquity(columns["sensor_elevation_deg"])
    lost = np.isnan(elevation_deg) & ~np.isnan(columns["sensor_elevation_deg"])
    _report_lost(columns, lost, own, log)
    half = np.isnan(columns["corner_lon_deg"]) | np.isnan(columns["corner_lat_deg"])
    columns |= {
        "pts_s": np.array([np.nan if one.pts_s is None else one.pts_s for one in own], dtype=np.float64),
        "packet_offset": np.array([one.offset for one in own], dtype=np.int64),
        "packet_length": np.array([one.length for one in own], dtype=np.int64),
        "sensor_elevation_deg": elevation_deg,
        "sensor_angles_world": np.ones(len(own), dtype=np.bool_),
        "corner_lon_deg": np.where(half, np.nan, columns["corner_lon_deg"]),
        "corner_lat_deg": np.where(half, np.nan, columns["corner_lat_deg"]),
    }
    return FrameTable(**columns), log.problems()


def elevation_of_obliquity(obliquity_deg: DegreesArray) -> DegreesArray:
    """(N,) elevation above the horizontal; NaN where the number fits neither form (see this module)."""
    as_elevation = (obliquity_deg >= -90.0) & (obliquity_deg <= 0.0)
    as_standard = (obliquity_deg >= 180.0) & (obliquity_deg <= 270.0)
    return np.where(as_elevation, obliquity_deg, np.where(as_standard, 180.0 - obliquity_deg, np.nan))


def _entries(packet: KlvPacket) -> tuple[tuple[Entry, ...], str | None]:
    """The items that could be read, and what stopped the reading early."""
    try:
        declared, start = read_length(packet.data, KEY_BYTES)
    except KlvError as error:
        return (), str(error)
    entries, complaint = read_universal(PREDATOR, packet.data[start:])
    if complaint is None and start + declared != len(packet.data):
        complaint = f"{declared} bytes were announced, {len(packet.data) - start} are there"
    return entries, complaint


def _put(
    columns: dict[str, NDArray[Any]],
    row: int,
    entries: Sequence[Entry],
    log: ProblemLog,
    offset: int,
) -> None:
    """One packet's numbers into its row."""
    for entry in entries:
        value = entry.value.value
        number = float(value) if isinstance(value, float) and entry.value.flag is Flag.OK else np.nan
        if entry.value.flag in (Flag.MALFORMED, Flag.OUT_OF_RANGE):
            log.report(str(entry.value.flag).replace("_", "-"), f"{entry.name}: {entry.value.reason}", offset)
        if entry.name in _COLUMN_OF:
            columns[_COLUMN_OF[entry.name]][row] = number
            _note(columns, row, _COLUMN_OF[entry.name], entry.value.flag)
        elif entry.name in _CORNER_OF:
            name, corner = _CORNER_OF[entry.name]
            columns[name][row, corner] = number
        elif entry.name == _TIME_STAMP:
            columns["time_us"][row] = value if isinstance(value, int) and value <= _LATEST_US else -1


def _note(columns: dict[str, NDArray[Any]], row: int, name: str, flag: Flag) -> None:
    """How a value of the pose stands."""
    if name in _POSE_ITEMS:
        place = (row, POSE_VALUES.index(name))
        columns["pose_states"][place] = _STATES.get(flag, ValueState.UNREADABLE)
        columns["pose_items"][place] = _POSE_ITEMS[name] if flag is Flag.OK else 0


def _report_lost(
    columns: dict[str, NDArray[Any]], lost: NDArray[np.bool_], packets: Sequence[KlvPacket], log: ProblemLog
) -> None:
    """Obliquities that fit neither form."""
    place = POSE_VALUES.index("sensor_elevation_deg")
    columns["pose_states"][lost, place] = ValueState.AMBIGUOUS
    columns["pose_items"][lost, place] = 0
    for row in np.flatnonzero(lost).tolist():
        message = (
            f"obliquity {columns['sensor_elevation_deg'][row]:g} deg is neither an elevation (-90 to 0) nor "
            "as the standard has it (180 forward to 270 down): where the sensor looked is unknown"
        )
        log.report("obliquity-unclear", message, packets[row].offset)
