"""Packet by packet: what a stream's sets do otherwise than ST 0601, ST 0902 and ST 0102 ask.

Source: MISB ST 0601.19; ST 0902 (minimum set; every item at least every 30 s, constant ones better every
10 s); ST 0102.12, 6.7 (required items); ST 0903.6.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.conformance_rules import PACKET_RULES
from atalaya.ingest.findings import ConformanceFinding, Detail, Tally
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.standards.st0102 import SECURITY
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.value import Entries, Entry, Flag

CURRENT_VERSION = 19
MINIMUM_SET: tuple[tuple[int, ...], ...] = (
    (3,),
    (5,),
    (6, 90),
    (7, 91),
    (10,),
    (11,),
    (12,),
    (13,),
    (14,),
    (15, 75, 104),
    (16,),
    (17,),
    (18,),
    (19,),
    (20,),
    (21,),
    (22, 96),
    (23,),
    (24,),
    (25, 78),
    *((26 + corner, 82 + corner) for corner in range(8)),
)
"""Items of ST 0902, each or one of the others with it; 1, 2, 48, 65 and 94 have rules of their own."""

_CONSTANT = frozenset({3, 10, 11, 12, 94})
_CORNERS = frozenset(range(26, 34))
_SECURITY_REQUIRED = (1, 2, 3, 12, 13, 22)
_SECURITY, _MIIS, _VMTI, _VERSION, _TIME, _CHECKSUM = 48, 94, 74, 65, 2, 1
_EARLIEST_US, _LATEST_US = 631_152_000_000_000, 4_102_444_800_000_000
_SILENT_S, _RARE_S = 30.0, 10.0
_LEAST_JUMP_S, _JUMP_OVER_USUAL = 2.0, 10.0
_LISTED = 12
_HAS_VALUE = (Flag.OK, Flag.STALE)
_OF_FLAG = {
    Flag.MALFORMED: "item-malformed",
    Flag.OUT_OF_RANGE: "item-out-of-range",
    Flag.UNKNOWN_ITEM: "item-unknown",
    Flag.ERROR_INDICATOR: "error-indicators",
}
_KEY_BYTES = 16


class PacketCensus:
    """Takes every packet of a source in order; memory grows by 16 bytes for each."""

    def __init__(self) -> None:
        self._tally = Tally(PACKET_RULES)
        self.sets: Counter[str | None] = Counter()
        self._times: dict[int | None, list[tuple[int, int]]] = {}
        self._seen: Counter[int] = Counter()
        self._valued: set[int] = set()
        self._first_us: int | None = None
        self._last_us: dict[int, int] = {}
        self._longest_s: dict[int, float] = {}
        self._flagged: dict[str, Counter[int]] = {code: Counter() for code in _OF_FLAG.values()}
        self._flagged_at: dict[str, int] = {}
        self._present: Counter[int] = Counter()

    def put(self, decoded: DecodedPacket) -> None:
        """The next packet."""
        self.sets[decoded.standard] += 1
        offset = decoded.packet.offset
        if decoded.standard is None:
            key = decoded.packet.data[:_KEY_BYTES].hex()
            self._tally.note("unknown-set", offset, what=key, detail={"key": key})
        elif decoded.standard == "0104":
            self._tally.note("predator-set", offset)
        if not decoded.complete and decoded.standard is not None:
            self._tally.note("packet-cut", offset)
        if decoded.packet.repaired:
            self._tally.note("ffmpeg-6.1-damage", offset)
        self._flags(decoded.entries, offset)
        if decoded.standard == UAS_DATALINK.standard:
            self._uas_datalink(decoded, offset)

    def findings(self) -> tuple[ConformanceFinding, ...]:
        """What was found; the source has ended."""
        if not self.sets[UAS_DATALINK.standard]:
            self._tally.note("uas-datalink-missing")
        else:
            self._minimum()
            self._item_times()
        for code, counts in self._flagged.items():
            if counts:
                told = ", ".join(
                    f"{tag} ({count}/{self._present[tag]})" for tag, count in counts.most_common(_LISTED)
                )
                more = "" if len(counts) <= _LISTED else ", …"
                total, first = counts.total(), self._flagged_at[code]
                self._tally.note(code, first, count=total, detail={"items": told + more})
        return self._tally.findings()

    def _uas_datalink(self, decoded: DecodedPacket, offset: int) -> None:
        entries = decoded.entries
        tags = [entry.tag for entry in entries]
        self._sum(decoded.checksum, offset)
        if decoded.checksum is ChecksumState.FAILED or not decoded.complete:
            return  # what it says is not relied on
        if _TIME not in tags:
            self._tally.note("time-missing", offset)
        elif tags[0] != _TIME:
            self._tally.note("time-not-first", offset)
        self._version(entries, offset)
        for tag in sorted({tag for tag in tags if tags.count(tag) > 1}):
            if tag not in _REPEATABLE:
                self._tally.note("duplicate-item", offset, what=str(tag), detail={"item": tag})
        if {75, 104} <= set(tags):
            self._tally.note("two-heights", offset)
        self._security(entries, offset)
        self._targets(entries, offset)
        self._reported(decoded, entries)

    def _sum(self, state: ChecksumState, offset: int) -> None:
        code = {
            ChecksumState.FAILED: "checksum-failed",
            ChecksumState.PAYLOAD_ONLY: "checksum-payload-only",
            ChecksumState.ABSENT: "checksum-missing",
        }.get(state)
        if code is not None:
            self._tally.note(code, offset)

    def _version(self, entries: Entries, offset: int) -> None:
        version = _number(entries, _VERSION)
        if version is None:
            self._tally.note("version-missing", offset)
        elif version != CURRENT_VERSION:
            code = "version-old" if version < CURRENT_VERSION else "version-unknown"
            detail = {"version": version, "current": CURRENT_VERSION}
            self._tally.note(code, offset, what=str(version), detail=detail)

    def _security(self, entries: Entries, offset: int) -> None:
        for entry in entries:
            if entry.tag == _SECURITY and isinstance(entry.value.value, tuple):
                said = {inner.tag for inner in entry.value.value}
                missing = [tag for tag in _SECURITY_REQUIRED if tag not in said]
                if missing:
                    told = ", ".join(f"{tag} {SECURITY.items[tag].name}" for tag in missing)
                    self._tally.note("security-incomplete", offset, what=told, detail={"items": told})

    def _targets(self, entries: Entries, offset: int) -> None:
        tags = {entry.tag for entry in entries}
        for entry in entries:
            if entry.tag != _VMTI or not isinstance(entry.value.value, tuple):
                continue
            missing = ", ".join(str(tag) for tag in (_TIME, 23, 24) if tag not in tags)
            if missing:
                self._tally.note("vmti-without-parent", offset, what=missing, detail={"items": missing})
            if not any(inner.tag == 4 for inner in entry.value.value):
                self._tally.note("vmti-version-missing", offset)

    def _reported(self, decoded: DecodedPacket, entries: Entries) -> None:
        """When each item was said, by the packets' own time."""
        time_us = _number(entries, _TIME)
        plausible = time_us is not None and _EARLIEST_US <= time_us < _LATEST_US
        if time_us is not None and not plausible:
            self._tally.note("time-implausible", decoded.packet.offset)
        for entry in entries:
            self._seen[entry.tag] += 1
            if entry.value.flag in _HAS_VALUE:
                self._valued.add(entry.tag)
        if time_us is None or not plausible:
            return
        self._times.setdefault(decoded.packet.pid, []).append((time_us, decoded.packet.offset))
        self._first_us = time_us if self._first_us is None else self._first_us
        for tag in {entry.tag for entry in entries}:
            since_us = self._last_us.get(tag, self._first_us)
            self._longest_s[tag] = max(self._longest_s.get(tag, 0.0), (time_us - since_us) * 1e-6)
            self._last_us[tag] = time_us

    def _flags(self, entries: Entries, offset: int) -> None:
        """Items by flag, nested ones counted for the item that holds them."""
        for entry in entries:
            self._present[entry.tag] += 1
            for flag in set(_flags_in(entry)):
                code = _OF_FLAG.get(flag)
                if code is not None:
                    self._flagged[code][entry.tag] += 1
                    self._flagged_at.setdefault(code, offset)

    def _minimum(self) -> None:
        """The minimum set over the whole source."""
        if not self._seen:
            return
        if not self._seen[_SECURITY]:
            self._tally.note("security-missing")
        if not self._seen[_MIIS]:
            self._tally.note("miis-missing")
        missing = [group for group in MINIMUM_SET if not any(self._seen[tag] for tag in group)]
        told = {
            "minimum-item-missing": missing,
            "minimum-item-without-value": [
                group
                for group in (*MINIMUM_SET, (_SECURITY,), (_MIIS,))
                if any(self._seen[tag] for tag in group) and not any(tag in self._valued for tag in group)
            ],
            "minimum-item-silent": list(self._silent(_SILENT_S, constant=False)),
            "minimum-item-rare": list(self._silent(_RARE_S, constant=True)),
        }
        for code, groups in told.items():
            if groups:
                self._tally.note(code, count=len(groups), detail={"items": _named(groups)})

    def _silent(self, longest_s: float, *, constant: bool) -> Iterator[tuple[int, ...]]:
        """Groups of the minimum set that were said, and then for so long not."""
        end_us = max(self._last_us.values(), default=0)
        for group in (*MINIMUM_SET, (_SECURITY,), (_MIIS,)):
            known = [tag for tag in group if tag in self._last_us]
            waits_s = [max(self._longest_s[tag], (end_us - self._last_us[tag]) * 1e-6) for tag in known]
            shortest_s = min(waits_s, default=0.0)
            if shortest_s <= longest_s or (constant and not set(group) & _CONSTANT):
                continue
            if not constant or shortest_s <= _SILENT_S:
                yield group

    def _item_times(self) -> None:
        """How the time stamps of each PID go on."""
        for pid, stamped in self._times.items():
            rows = np.array(stamped, dtype=np.int64)
            steps_s = np.diff(rows[:, 0]) * 1e-6
            if not len(steps_s):
                continue
            rising_s = steps_s[steps_s > 0.0]
            usual_s = float(np.median(rising_s)) if len(rising_s) else 0.0
            what = str(pid)
            where = "" if pid is None else f" (PID {pid})"
            said: Detail = {"packets": len(rows), "usual_s": usual_s, "where": where}
            self._tally.note("packet-rate", int(rows[0, 1]), what=what, detail=said)
            late = steps_s > max(_LEAST_JUMP_S, _JUMP_OVER_USUAL * usual_s)
            for code, wrong in (
                ("time-backwards", steps_s < 0.0),
                ("time-repeats", steps_s == 0.0),
                ("time-jump", late),
            ):
                at = np.flatnonzero(wrong)
                if len(at):
                    largest_s = float(np.abs(steps_s[at]).max())
                    detail = {"largest_s": largest_s, "usual_s": usual_s}
                    self._tally.note(code, int(rows[at[0] + 1, 1]), what=what, count=len(at), detail=detail)


_REPEATABLE = frozenset({97, 98, 99, 100, 101, 115})
"""Items of which one packet may hold several: sets of their own, and control commands."""


def _number(entries: Entries, tag: int) -> int | None:
    found = next((entry.value.value for entry in entries if entry.tag == tag), None)
    return found if isinstance(found, int) else None


def _flags_in(entry: Entry) -> Iterator[Flag]:
    yield entry.value.flag
    if isinstance(entry.value.value, tuple):
        for inner in entry.value.value:
            yield from _flags_in(inner)


def _named(groups: Iterable[tuple[int, ...]]) -> str:
    """Items by number and name; the eight corner items as one."""
    groups = list(groups)
    corners = [group for group in groups if group[0] in _CORNERS]
    told = [
        f"{' / '.join(map(str, group))} {UAS_DATALINK.items[group[0]].name}"
        for group in groups
        if group not in corners
    ]
    if corners:
        told.append(f"26-33 / 82-89 Corner Points ({len(corners)} of 8)")
    return ", ".join(told)
