"""Where a value of a pose came from: which item said it, in this packet or before, or why there is none."""

from enum import IntEnum

POSE_VALUES = (
    "platform_heading_deg",
    "platform_pitch_deg",
    "platform_roll_deg",
    "sensor_lon_deg",
    "sensor_lat_deg",
    "sensor_msl_m",
    "sensor_hae_m",
    "hfov_deg",
    "vfov_deg",
    "sensor_azimuth_deg",
    "sensor_elevation_deg",
    "sensor_roll_deg",
)
"""Columns of the FrameTable that make a pose, in the order of `pose_items` and `pose_states`."""


class ValueState(IntEnum):
    """How a value of a pose stands in one frame."""

    NOT_NOTED = 0
    """Whoever made the frame did not write it down: the value itself tells whether it is known."""
    SAID = 1
    """This packet says it."""
    REPEATED = 2
    """This packet leaves it out, and it is what an earlier one said (report on change)."""
    ABSENT = 3
    """No packet says it, or too long ago."""
    CLEARED = 4
    """Taken back: the item came without a value."""
    ERROR_INDICATOR = 5
    """The item says that its value is in error."""
    OUT_OF_RANGE = 6
    """The item says, or holds, a value outside of its range."""
    UNREADABLE = 7
    """The item's bytes say no value."""
    AMBIGUOUS = 8
    """There is a number, and what it means is not clear."""

    @property
    def has_value(self) -> bool:
        """Whether there is a value to use."""
        return self in (ValueState.SAID, ValueState.REPEATED)
