"""Why a frame has no pose: which items its packet lacks, in words that name them."""

import numpy as np

from atalaya.errors import InputError
from atalaya.geo.geoid import Geoid, undulation_m
from atalaya.georeg.pose import HeightReference
from atalaya.georeg.provenance import NO_CHECKSUM, missing_items
from atalaya.model.frame import FrameTable

_OF_PLATFORM = ("platform_heading_deg", "platform_pitch_deg", "platform_roll_deg")
_NEEDED = ("sensor_lat_deg", "sensor_lon_deg", "hfov_deg", "sensor_azimuth_deg", "sensor_elevation_deg")


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
    missing = missing_items(frames.take(slice(row, row + 1)), heights)[0]
    named = [name for name in missing if name != NO_CHECKSUM]
    reasons = [f"its packet lacks {', '.join(named)}"] if named else []
    if NO_CHECKSUM in missing:
        reasons.append("its checksum fails, so nothing of it is used")
    height = _why_no_height(frames, row, geoid, heights)
    if height:
        reasons.append(height)
    if not reasons:
        reasons.append("its attitude or place is no usable number")
    return f"frame {int(frames.frame_index[row])} has no pose: " + "; ".join(reasons)


def lacking(frames: FrameTable, row: int) -> tuple[str, ...]:
    """Columns without which this frame has no pose, its height apart, and which it does not have."""
    of_platform = () if frames.sensor_angles_world[row] else _OF_PLATFORM
    unknown = tuple(name for name in (*of_platform, *_NEEDED) if np.isnan(getattr(frames, name)[row]))
    return unknown if frames.time_us[row] >= 0 else (*unknown, "time_us")


def _why_no_height(frames: FrameTable, row: int, geoid: Geoid | None, heights: HeightReference) -> str:
    """Why a height above mean sea level cannot be used; empty where it can, or where there is none."""
    if heights is HeightReference.MSL_AS_HAE or not np.isnan(frames.sensor_hae_m[row]):
        return ""
    if np.isnan(frames.sensor_msl_m[row]):
        return ""
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
