"""What holds now: the last said value of every item, with its flag and its age.

Producers save bandwidth by saying what changed (ST 0107, report on change) and constants once. A packet
alone therefore says less than is known. Here a value said in the current packet is `ok`; one said before it
is `stale` and has an age; one that was cleared by a zero length, or last said in a way that cannot be read,
has no value. Packets whose checksum fails, or that were cut short, change nothing.

Source: MISB ST 0107.5, section 6.9 (report on change); ST 0601.19, section 6.5 (zero-length items).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.standards.catalogue import SETS_BY_STANDARD
from atalaya.ingest.universal_set import unversioned
from atalaya.ingest.value import Entries, Entry, Flag
from atalaya.units import Microseconds, Seconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRESH_S = 5.0
"""A current packet older than this is not current any more: its values are stale like others."""

type ItemKey = int | bytes
"""A tag, or a label in a universal set."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What one packet said of one item: all its entries, since an item may come more than once."""

    entries: Entries
    packet: int
    time_us: Microseconds | None
    pts_s: Seconds | None


@dataclass(slots=True)
class _SetState:
    """The newest of every item of one standard's sets."""

    items: dict[ItemKey, _Said]
    packet: int
    time_us: Microseconds | None
    pts_s: Seconds | None


class CurrentValues:
    """Takes the packets of one PID (or file) in order; knows at any moment what holds.

    Memory is bounded by the number of items, not of packets.
    """

    def __init__(self) -> None:
        self._sets: dict[str, _SetState] = {}
        self._packets = 0

    def put(self, decoded: DecodedPacket) -> None:
        """The next packet; one of an unknown set changes nothing."""
        if decoded.standard is None:
            return
        self._packets += 1
        state = self._sets.setdefault(decoded.standard, _SetState({}, 0, None, None))
        state.packet = self._packets
        if decoded.checksum is ChecksumState.FAILED or not decoded.complete:
            return
        state.time_us, state.pts_s = _time_us(decoded), decoded.packet.pts_s
        for key, entries in _by_item(decoded).items():
            state.items[key] = _Said(entries, self._packets, state.time_us, state.pts_s)

    @property
    def standards(self) -> tuple[str, ...]:
        """Standards of which there was a packet, in the order of their first."""
        return tuple(self._sets)

    def at(self, time_us: Microseconds | None = None, *, standard: str = "0601") -> Entries:
        """Every item ever said, by its last value.

        Args:
            time_us: the moment for which ages are wanted, on the packets' clock (that of a picture, say);
                None for that of the last packet that could be used.
            standard: of which sets.

        Returns:
            Items in the order of their tags; empty where there was no such set. `age_s` of a stale value is
            None where its packet says no time, or one after the moment.
        """
        state = self._sets.get(standard)
        if state is None:
            return ()
        found: list[Entry] = []
        for said in sorted(state.items.values(), key=_order):
            age_s = _age_s(said, state, time_us)
            current = said.packet == state.packet and (age_s is None or age_s <= _FRESH_S)
            found += said.entries if current else [_stale(entry, age_s) for entry in said.entries]
        return tuple(found)

    def whole(self, tag: int, *, standard: str = "0601") -> int | None:
        """The last said whole number of an item (leap seconds, say); None where none holds."""
        state = self._sets.get(standard)
        said = None if state is None else state.items.get(tag)
        value = None if said is None else said.entries[-1].value.value
        return value if isinstance(value, int) else None


def _by_item(decoded: DecodedPacket) -> dict[ItemKey, Entries]:
    """The entries of a packet by item, its checksum apart: a sum holds for its own packet only."""
    spec = SETS_BY_STANDARD.get(decoded.standard or "")
    checksum_tag = None if spec is None else spec.checksum_tag
    found: dict[ItemKey, Entries] = {}
    for entry in decoded.entries:
        key: ItemKey = entry.tag if entry.key is None else unversioned(entry.key)
        if entry.key is not None or entry.tag != checksum_tag:
            found[key] = (*found.get(key, ()), entry)
    return found


def _order(said: _Said) -> tuple[int, bytes]:
    first = said.entries[0]
    return first.tag, first.key or b""


def _time_us(decoded: DecodedPacket) -> Microseconds | None:
    return None if decoded.utc is None else (decoded.utc - _EPOCH) // timedelta(microseconds=1)


def _age_s(said: _Said, state: _SetState, time_us: Microseconds | None) -> Seconds | None:
    """How long ago it was said; None where no clock tells, or it was set back since."""
    moment_us = state.time_us if time_us is None else time_us
    age_s: Seconds | None = None
    if moment_us is not None and said.time_us is not None:
        age_s = (moment_us - said.time_us) / 1e6
    elif time_us is None and state.pts_s is not None and said.pts_s is not None:
        age_s = state.pts_s - said.pts_s
    return None if age_s is None or age_s < 0.0 else age_s


def _stale(entry: Entry, age_s: Seconds | None) -> Entry:
    value = entry.value
    flag = Flag.STALE if value.flag is Flag.OK else value.flag
    return replace(entry, value=replace(value, flag=flag, age_s=age_s))
