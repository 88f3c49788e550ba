"""What the stream says of each frame: one row per metadata packet, unknown values NaN, never zero."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.model.pose_value import POSE_VALUES
from atalaya.units import DegreesArray, MetresArray, MicrosecondsArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTable(Columns):
    """One row per packet of ST 0601 (or of EG 0104, where a stream has no ST 0601), N first.

    Args:
        frame_index: (N,) int64, order in the source, from 0, never reused.
        time_us: (N,) int64, item 2 as it came; -1 where absent (then `usable` is False).
        pts_s: (N,) float64, presentation time of the packet's picture; NaN where unsynchronised.
        packet_offset: (N,) int64, byte offset of the packet's key: in a TS the offset of the transport
            packet that holds its first byte, in a `.klv` the offset of the key itself.
        packet_length: (N,) int64, key + length + value [byte].
        checksum_ok: (N,) bool; rows with False are kept and never used for positions.
        unsummed: (N,) bool, of a set that has no checksum by its standard (EG 0104) and that was read to
            its end: as good as such a set can be, and used for positions.
        platform_heading_deg, platform_pitch_deg, platform_roll_deg: items 5, 90 over 6, 91 over 7.
        sensor_lon_deg, sensor_lat_deg: items 14, 13.
        sensor_msl_m: item 15. sensor_hae_m: item 75 or 104. One may be NaN; they are never mixed.
        hfov_deg, vfov_deg: items 16, 17.
        sensor_azimuth_deg, sensor_elevation_deg, sensor_roll_deg: items 18, 19, 20, relative to the platform;
            against true north and the horizontal where `sensor_angles_world`.
        sensor_angles_world: (N,) bool, to what the three angles before relate: True as in EG 0104, then the
            angles of the platform have no part in where the sensor looked.
        slant_range_m: item 21. target_width_m: item 22.
        centre_lon_deg, centre_lat_deg, centre_msl_m, centre_hae_m: items 24, 23, 25, 78.
        corner_lon_deg, corner_lat_deg: (N, 4) corners 1..4 (upper left, upper right, lower right, lower
            left) from items 82-89, else 26-33 + frame centre.
        pose_items: (N, 12) int16, of each of `POSE_VALUES` the ST 0601 item that said it (EG 0104: that says
            the same); 0 where none did or nobody noted it.
        pose_states: (N, 12) uint8, a ValueState each: said in this packet, repeated, or why there is none.

    Raises:
        InputError: columns of different length.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    pts_s: NDArray[np.float64]
    packet_offset: NDArray[np.int64]
    packet_length: NDArray[np.int64]
    checksum_ok: NDArray[np.bool_]
    unsummed: NDArray[np.bool_]
    platform_heading_deg: DegreesArray
    platform_pitch_deg: DegreesArray
    platform_roll_deg: DegreesArray
    sensor_lon_deg: DegreesArray
    sensor_lat_deg: DegreesArray
    sensor_msl_m: MetresArray
    sensor_hae_m: MetresArray
    hfov_deg: DegreesArray
    vfov_deg: DegreesArray
    sensor_azimuth_deg: DegreesArray
    sensor_elevation_deg: DegreesArray
    sensor_roll_deg: DegreesArray
    sensor_angles_world: NDArray[np.bool_]
    slant_range_m: MetresArray
    target_width_m: MetresArray
    centre_lon_deg: DegreesArray
    centre_lat_deg: DegreesArray
    centre_msl_m: MetresArray
    centre_hae_m: MetresArray
    corner_lon_deg: DegreesArray
    corner_lat_deg: DegreesArray
    pose_items: NDArray[np.int16]
    pose_states: NDArray[np.uint8]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(N,) rows good enough for a position: nothing says damage, time, place and attitude are known."""
        height_m = np.where(np.isnan(self.sensor_hae_m), self.sensor_msl_m, self.sensor_hae_m)
        platform_deg = self.platform_heading_deg + self.platform_pitch_deg + self.platform_roll_deg
        needed = (
            np.where(self.sensor_angles_world, 0.0, platform_deg)
            + self.sensor_lon_deg
            + self.sensor_lat_deg
            + height_m
            + self.hfov_deg
            + self.sensor_azimuth_deg
            + self.sensor_elevation_deg
        )  # NaN in any of them makes the sum NaN
        return (self.checksum_ok | self.unsummed) & (self.time_us >= 0) & ~np.isnan(needed)


def unknown_frames(count: int) -> FrameTable:
    """A table of `count` rows in which nothing is known yet: the start of every reader and simulator.

    Returns:
        frame_index 0..count-1, time_us -1, offsets -1, lengths 0, nothing noted, all else False or NaN.
    """
    unknown = {field.name: np.full(count, np.nan) for field in fields(FrameTable)}
    unknown |= {name: np.full((count, 4), np.nan) for name in ("corner_lon_deg", "corner_lat_deg")}
    return FrameTable(
        **unknown
        | {
            "frame_index": np.arange(count, dtype=np.int64),
            "time_us": np.full(count, -1, dtype=np.int64),
            "packet_offset": np.full(count, -1, dtype=np.int64),
            "packet_length": np.zeros(count, dtype=np.int64),
            "pose_items": np.zeros((count, len(POSE_VALUES)), dtype=np.int16),
            "pose_states": np.zeros((count, len(POSE_VALUES)), dtype=np.uint8),
        }
        | {
            name: np.zeros(count, dtype=np.bool_)
            for name in ("checksum_ok", "unsummed", "sensor_angles_world")
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable(Columns):
    """Moving-target reports that came inside the stream (ST 0903), one row per target and packet.

    Args:
        frame_index: (N,) int64, row of the FrameTable whose packet carried the report.
        target_id: (N,) int64, the tracker's own number within this source; no identity beyond it.
        lon_deg, lat_deg: (N,) NaN where the report has no location. hae_m: (N,) NaN where unknown.
        row_px, col_px: (N,) centroid in the picture, from 0; NaN where unknown.
        confidence: (N,) 0..1, NaN where unknown.
    """

    frame_index: NDArray[np.int64]
    target_id: NDArray[np.int64]
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    row_px: NDArray[np.float64]
    col_px: NDArray[np.float64]
    confidence: NDArray[np.float64]
