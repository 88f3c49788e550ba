"""What an earlier packet said and this one leaves out: whether it still holds.

By the standard a producer may leave out what has not changed (report on change). Many leave out what they say
at a slower rate: a place once a second beside attitudes thirty times a second. Then the value left out has
changed, and to repeat it would put the aircraft up to a second behind itself. The packet that says the item
next tells the two apart: the same value again means that nothing changed meanwhile; another one that it did,
and what was between is unknown (poses are interpolated across, `georeg.interpolate`). After the last time
that it is said at all, it is held only where it had not changed the time before. Only a field of view, which
goes in steps, is held until the step.

Source: MISB ST 0107.5, section 6.9 (report on change). ST 0902 lets a value stand for 30 s; an aircraft that
has stopped saying where it looks is not believed that long here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_item import ItemColumn
from atalaya.ingest.column_values import ABSENT, CODES
from atalaya.ingest.value import Flag
from atalaya.model.pose_value import ValueState
from atalaya.units import MicrosecondsArray

LONGEST_HELD_S = 5.0
"""A value not said for so long is unknown."""

SAME = {"deg": 0.02, "m": 1.0, "place": 1e-5}
"""Values of an item closer than this are the same: below what a pose is uncertain by."""

_STATES = {
    Flag.OK: ValueState.SAID,
    Flag.STALE: ValueState.SAID,
    Flag.CHECKSUM_FAILED: ValueState.SAID,
    Flag.ZERO_LENGTH: ValueState.CLEARED,
    Flag.ERROR_INDICATOR: ValueState.ERROR_INDICATOR,
    Flag.OUT_OF_RANGE: ValueState.OUT_OF_RANGE,
}
"""Of a flag; every other flag is unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketLine:
    """What is needed of the packets to say what holds, N first.

    Args:
        pid: (N,) each says what holds for itself alone. time_us: (N,) -1 unknown.
        sound: (N,) the packet may be believed.
    """

    pid: NDArray[np.int32]
    time_us: MicrosecondsArray
    sound: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """One item in every packet.

    Args:
        item: its number. values: (N,) NaN where there is none to use.
        states: (N,) uint8, a ValueState.
    """

    item: int
    values: NDArray[np.float64]
    states: NDArray[np.uint8]


def held_item(
    column: ItemColumn | None, item: int, line: PacketLine, *, same: float, in_steps: bool
) -> HeldItem:
    """An item with what still holds where it was left out.

    Args:
        column: as decoded; None where no packet has it.
        item: its number.
        line: of the packets.
        same: values closer than this are the same.
        in_steps: held until it is said anew, whatever is said then.
    """
    count = len(line.time_us)
    states = np.full(count, ValueState.ABSENT, dtype=np.uint8)
    values = np.full(count, np.nan)
    if column is None:
        return HeldItem(item=item, values=values, states=states)
    values = np.where(column.valid, column.values.astype(np.float64), np.nan)
    unreadable = np.full(256, ValueState.UNREADABLE, dtype=np.uint8)
    unreadable[ABSENT] = ValueState.ABSENT
    for flag, state in _STATES.items():
        unreadable[CODES[flag]] = state
    states = unreadable[column.flags]
    for pid in np.unique(line.pid).tolist():
        rows = np.flatnonzero(line.pid == pid)
        source = _holding(values[rows], states[rows], line, rows, same=same, in_steps=in_steps)
        taken = source >= 0
        values[rows[taken]] = values[rows[source[taken]]]
        states[rows[taken]] = ValueState.REPEATED
    return HeldItem(item=item, values=values, states=states)


def _holding(
    values: NDArray[np.float64],
    states: NDArray[np.uint8],
    line: PacketLine,
    rows: NDArray[np.intp],
    *,
    same: float,
    in_steps: bool,
) -> NDArray[np.intp]:
    """(K,) of each packet that leaves the item out, the earlier one whose value still holds; -1 for none."""
    count = len(rows)
    number = np.arange(count)
    sound, time_us = line.sound[rows], line.time_us[rows]
    said = (states != ValueState.ABSENT) & sound
    before = np.maximum.accumulate(np.where(said, number, -1))
    after = np.minimum.accumulate(np.where(said, number, count)[::-1])[::-1]
    before_that = np.concatenate([[-1], before[:-1]])
    last, coming = np.maximum(before, 0), np.minimum(after, count - 1)
    age_s = (time_us - time_us[last]) / 1e6
    damaged = np.cumsum(~sound)
    holds = (states == ValueState.ABSENT) & sound & (before >= 0) & ~np.isnan(values[last])
    holds &= (time_us >= 0) & (time_us[last] >= 0) & (age_s >= 0.0) & (age_s <= LONGEST_HELD_S)
    holds &= damaged == damaged[last]
    if not in_steps:
        earlier = before_that[last]
        unchanging = (earlier < 0) | (np.abs(values[np.maximum(earlier, 0)] - values[last]) <= same)
        never_again = (after == count) & unchanging
        holds &= never_again | ((after < count) & (np.abs(values[coming] - values[last]) <= same))
    return np.where(holds, last, -1)


def best_of(items: list[HeldItem]) -> tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.uint8]]:
    """The value that counts of several items for one thing, the better one first.

    Returns:
        Values, item numbers (0 for none) and states, (N,) each: the first that this packet says; where it
        says of none but that it is in error or cleared, nothing; else the first that still holds.
    """
    states = np.stack([one.states for one in items])
    said, repeated = states == ValueState.SAID, states == ValueState.REPEATED
    refused = ~said & ~repeated & (states != ValueState.ABSENT)
    usable = np.where(said.any(axis=0), said, repeated & ~refused.any(axis=0))
    known = usable.any(axis=0)
    chosen = np.where(known, usable.argmax(axis=0), refused.argmax(axis=0))
    place = (chosen, np.arange(states.shape[1]))
    numbers = np.array([one.item for one in items], dtype=np.int16)
    values = np.where(known, np.stack([one.values for one in items])[place], np.nan)
    why = np.where(known | refused.any(axis=0), states[place], np.uint8(ValueState.ABSENT))
    return values, np.where(known, numbers[chosen], 0).astype(np.int16), why.astype(np.uint8)
