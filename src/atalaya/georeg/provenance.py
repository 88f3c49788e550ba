"""Which item each value of a pose came from, and what is missing where a frame has no pose."""

from dataclasses import dataclass

import numpy as np

from atalaya.georeg.pose import HeightReference
from atalaya.model.frame import FrameTable
from atalaya.model.pose_value import POSE_VALUES, ValueState

_ITEMS = {
    "platform_heading_deg": ("platform heading", "item 5"),
    "platform_pitch_deg": ("platform pitch", "item 90 or 6"),
    "platform_roll_deg": ("platform roll", "item 91 or 7"),
    "sensor_lon_deg": ("sensor longitude", "item 14"),
    "sensor_lat_deg": ("sensor latitude", "item 13"),
    "sensor_msl_m": ("sensor height above mean sea level", "item 15"),
    "sensor_hae_m": ("sensor height", "item 75, 104 or 15"),
    "hfov_deg": ("horizontal field of view", "item 16"),
    "vfov_deg": ("vertical field of view", "item 17"),
    "sensor_azimuth_deg": ("sensor azimuth", "item 18"),
    "sensor_elevation_deg": ("sensor elevation", "item 19"),
    "sensor_roll_deg": ("sensor roll", "item 20"),
}
"""What each value is called, and the items of ST 0601 that may say it, the better one first."""

_OF_WORLD = {
    "sensor_azimuth_deg": ("angle to north of the sensor", "EG 0104"),
    "sensor_elevation_deg": ("obliquity of the sensor", "EG 0104"),
    "sensor_roll_deg": ("roll of the sensor", "EG 0104"),
}
NO_CHECKSUM = "a checksum that holds (item 1)"
"""What a damaged packet lacks."""

_PLATFORM = ("platform_heading_deg", "platform_pitch_deg", "platform_roll_deg")
_HEIGHTS = ("sensor_msl_m", "sensor_hae_m")
_NEVER_NEEDED = ("vfov_deg", "sensor_roll_deg")
_WORDS = {
    ValueState.CLEARED: "taken back",
    ValueState.ERROR_INDICATOR: "said to be in error",
    ValueState.OUT_OF_RANGE: "out of range",
    ValueState.UNREADABLE: "unreadable",
    ValueState.AMBIGUOUS: "ambiguous",
}
"""Beside what the item is; nothing where it is just not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSource:
    """Where one value of one frame's pose came from.

    Args:
        value: one of POSE_VALUES. item: of ST 0601, or None where none is noted.
        state: how it stands.
    """

    value: str
    item: int | None
    state: ValueState


def sources_of(frames: FrameTable, row: int) -> tuple[ValueSource, ...]:
    """Where every value of one frame's pose came from, in the order of POSE_VALUES."""
    return tuple(
        ValueSource(
            value=name,
            item=int(frames.pose_items[row, place]) or None,
            state=ValueState(int(frames.pose_states[row, place])),
        )
        for place, name in enumerate(POSE_VALUES)
    )


def missing_items(
    frames: FrameTable, heights: HeightReference = HeightReference.HAE
) -> tuple[tuple[str, ...], ...]:
    """What each frame lacks for a pose, by name and item; empty where nothing is lacking.

    Args:
        frames: N of them.
        heights: HAE: a height above the ellipsoid or, for a geoid to turn, above mean sea level is enough.
            MSL_AS_HAE: item 15 is needed.

    Returns:
        N times the names, in the order of POSE_VALUES, time and checksum last.
    """
    lacking = {name: np.isnan(getattr(frames, name)) for name in POSE_VALUES if name not in _NEVER_NEEDED}
    for name in _PLATFORM:
        lacking[name] = lacking[name] & ~frames.sensor_angles_world
    msl_alone = heights is HeightReference.MSL_AS_HAE
    lacking["sensor_hae_m"] = np.zeros_like(frames.checksum_ok) if msl_alone else lacking["sensor_hae_m"]
    if not msl_alone:
        lacking["sensor_hae_m"] = lacking["sensor_msl_m"] & lacking["sensor_hae_m"]
        lacking["sensor_msl_m"] = np.zeros_like(frames.checksum_ok)
    rows = np.flatnonzero(np.any([*lacking.values(), ~_sound(frames), frames.time_us < 0], axis=0))
    found: list[tuple[str, ...]] = [()] * len(frames)
    for row in rows.tolist():
        found[row] = tuple(_name(frames, row, name) for name in lacking if lacking[name][row])
        found[row] += ("time (item 2)",) if frames.time_us[row] < 0 else ()
        found[row] += () if _sound(frames)[row] else (NO_CHECKSUM,)
    return tuple(found)


def _sound(frames: FrameTable) -> np.ndarray:
    return frames.checksum_ok | frames.unsummed


def _name(frames: FrameTable, row: int, value: str) -> str:
    """What a value is called, which items say it, and why there is none where more is known than that."""
    names = _ITEMS | _OF_WORLD if frames.sensor_angles_world[row] else _ITEMS
    called, items = names[value]
    why = _WORDS.get(ValueState(int(frames.pose_states[row, POSE_VALUES.index(value)])))
    return f"{called} ({items}{f', {why}' if why else ''})"
