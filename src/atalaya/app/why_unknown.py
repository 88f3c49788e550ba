"""Why a frame has no pose: which items its packet lacks, in words that name them."""

import numpy as np

from atalaya.errors import InputError
from atalaya.geo.geoid import Geoid, undulation_m
from atalaya.georeg.pose import HeightReference
from atalaya.model.frame import FrameTable

_NEEDED = {
    "platform_heading_deg": "platform heading (item 5)",
    "platform_pitch_deg": "platform pitch (item 90 or 6)",
    "platform_roll_deg": "platform roll (item 91 or 7)",
    "sensor_lat_deg": "sensor latitude (item 13)",
    "sensor_lon_deg": "sensor longitude (item 14)",
    "hfov_deg": "horizontal field of view (item 16)",
    "sensor_azimuth_deg": "sensor azimuth (item 18)",
    "sensor_elevation_deg": "sensor elevation (item 19)",
    "time_us": "time (item 2)",
}
"""What no pose is without, by the name it has in ST 0601."""


def why_no_pose(frames: FrameTable, row: int, geoid: Geoid | None, heights: HeightReference) -> str:
    """What is missing for a pose of one frame.

    Args:
        frames: the packets.
        row: of the frame.
        geoid: that heights above mean sea level were turned with.
        heights: datum that the pose was asked in.

    Returns:
        Words; never empty.
    """
    missing = [_NEEDED[name] for name in lacking(frames, row)]
    reasons = [f"its packet lacks {', '.join(missing)}"] if missing else []
    if not frames.checksum_ok[row]:
        reasons.append("its checksum fails, so nothing of it is used")
    height = _why_no_height(frames, row, geoid, heights)
    if height:
        reasons.append(height)
    if not reasons:
        reasons.append("its attitude or place is no usable number")
    return f"frame {int(frames.frame_index[row])} has no pose: " + "; ".join(reasons)


def lacking(frames: FrameTable, row: int) -> tuple[str, ...]:
    """Columns without which this frame has no pose, its height apart, and which it does not have."""
    unknown = {name: bool(np.isnan(getattr(frames, name)[row])) for name in _NEEDED if name != "time_us"}
    unknown["time_us"] = bool(frames.time_us[row] < 0)
    return tuple(name for name, is_unknown in unknown.items() if is_unknown)


def _why_no_height(frames: FrameTable, row: int, geoid: Geoid | None, heights: HeightReference) -> str:
    """Why the sensor has no height in the datum wanted; empty where it has."""
    msl_known = not np.isnan(frames.sensor_msl_m[row])
    if heights is HeightReference.MSL_AS_HAE:
        return "" if msl_known else "its packet lacks the sensor height above mean sea level (item 15)"
    if not np.isnan(frames.sensor_hae_m[row]):
        return ""
    if not msl_known:
        return "its packet lacks the sensor height (item 75, 104 or 15)"
    if geoid is None:
        return (
            "its sensor height is above mean sea level (item 15) and no geoid grid is given to bring it to "
            "the ellipsoid (--geoid)"
        )
    lon_deg, lat_deg = frames.sensor_lon_deg[row], frames.sensor_lat_deg[row]
    try:
        return "" if not np.isnan(undulation_m(geoid, lon_deg, lat_deg)) else "its sensor has no place"
    except InputError as error:
        return str(error)
