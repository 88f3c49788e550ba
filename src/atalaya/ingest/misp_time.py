"""MISP time to UTC, and how far that can be trusted.

MISP time counts SI seconds since 1970-01-01T00:00:00Z, without a leap second ever: it is TAI less
8.000082 s and has been ahead of UTC by 28.999918 s since 2017. What producers write in item 2 is another
matter: revisions before 8 of ST 0601, and EG 0104, ask for POSIX microseconds, which are UTC, and many write
those to this day.
Item 136 says how many seconds to add to come to UTC, item 137 how many microseconds to add to correct the
clock. Where neither settles it, both readings are half a minute apart, and the answer says so.

Source: MISB ST 0603.5, section 6; ST 0601.14a, section 6.4 and items 136 and 137; IERS Bulletin C.
unverified: that ST 0601.8 is the first to refer to the MISP time system; ST 0603.2, which defines it, came in
the same year.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.value import Entries, Flag
from atalaya.units import Microseconds, Seconds

LEAP_TABLE_VALID_UNTIL = datetime(2026, 6, 28, tzinfo=UTC)
"""Until when it is known that the table holds (IERS Bulletin C of July 2025)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_BEHIND_TAI_US = 8_000_082
_FIRST_REVISION_IN_MISP_TIME = 8
_LEAP_ITEM, _CORRECTION_ITEM = 136, 137
_TAI_AHEAD_S: tuple[tuple[int, int, int], ...] = (
    (1972, 1, 10),
    (1972, 7, 11),
    (1973, 1, 12),
    (1974, 1, 13),
    (1975, 1, 14),
    (1976, 1, 15),
    (1977, 1, 16),
    (1978, 1, 17),
    (1979, 1, 18),
    (1980, 1, 19),
    (1981, 7, 20),
    (1982, 7, 21),
    (1983, 7, 22),
    (1985, 7, 23),
    (1988, 1, 24),
    (1990, 1, 25),
    (1991, 1, 26),
    (1992, 7, 27),
    (1993, 7, 28),
    (1994, 7, 29),
    (1996, 1, 30),
    (1997, 7, 31),
    (1999, 1, 32),
    (2006, 1, 33),
    (2009, 1, 34),
    (2012, 7, 35),
    (2015, 7, 36),
    (2017, 1, 37),
)
"""Year, month and, from its first day on, TAI minus UTC [s]."""


def _in_us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


_AHEAD_US = tuple(seconds * 1_000_000 - _EPOCH_BEHIND_TAI_US for _, _, seconds in _TAI_AHEAD_S)
_FROM_MISP_US = tuple(
    _in_us(datetime(year, month, 1, tzinfo=UTC)) + ahead_us
    for (year, month, _), ahead_us in zip(_TAI_AHEAD_S, _AHEAD_US, strict=True)
)


class UtcOrigin(StrEnum):
    """How a UTC was come by."""

    LEAP_ITEM = "leap_item"
    LEAP_TABLE = "leap_table"
    POSIX = "posix"
    AS_WRITTEN = "as_written"


@dataclass(frozen=True, slots=True, kw_only=True)
class UtcTime:
    """A moment in UTC with its origin.

    Args:
        utc: None where the count lies outside the calendar.
        origin: LEAP_ITEM, the producer says the difference; LEAP_TABLE, our table does; POSIX, that revision
            of the standard counts in UTC; AS_WRITTEN, nothing says which: the count taken as UTC.
        doubt_s: how far off it is if the producer wrote by the other reading [s]; 0.0 where it says itself.
        note: the same for people.
    """

    utc: datetime | None
    origin: UtcOrigin
    doubt_s: Seconds
    note: str


def ahead_of_utc_us(misp_us: Microseconds) -> int | None:
    """Microseconds by which MISP time is ahead of UTC at a MISP time; None before 1972, when UTC drifted."""
    row = bisect_right(_FROM_MISP_US, misp_us) - 1
    return _AHEAD_US[row] if row >= 0 else None


def to_utc(
    time_us: Microseconds,
    *,
    standard: str = "0601",
    version: int | None,
    leap_s: int | None = None,
    correction_us: int = 0,
) -> UtcTime:
    """UTC of a time stamp, by the best that is known of how it was written.

    Args:
        time_us: as written (item 2).
        standard: of the set that says it.
        version: its revision (item 65 of ST 0601); None where it is not said.
        leap_s: what item 136 says, which is added as the standard asks.
        correction_us: what item 137 says.
    """
    corrected_us = time_us + correction_us
    ahead_us = ahead_of_utc_us(corrected_us)
    apart_s = 0.0 if ahead_us is None else ahead_us / 1e6
    if leap_s is not None:
        note = f"item 136 says {leap_s} s to add"
        if leap_s > 0:
            note += "; MISP time runs ahead of UTC, so the producer may have meant them to be taken off"
        doubt_s = 2.0 * leap_s if leap_s > 0 else 0.0
        return _moment(corrected_us + leap_s * 1_000_000, UtcOrigin.LEAP_ITEM, doubt_s, note)
    if standard == "0104" or (standard == "0601" and version is not None and _is_posix(version)):
        note = "revisions of that time count POSIX microseconds, which are UTC"
        return _moment(corrected_us, UtcOrigin.POSIX, apart_s, note)
    if standard != "0601" or version is None or ahead_us is None:
        note = "nothing says whether this is MISP time or UTC: taken as UTC"
        return _moment(corrected_us, UtcOrigin.AS_WRITTEN, apart_s, note)
    answer = _moment(corrected_us - ahead_us, UtcOrigin.LEAP_TABLE, apart_s, _by_table(ahead_us))
    if answer.utc is not None and answer.utc >= LEAP_TABLE_VALID_UNTIL:
        late = f"{answer.note}; a leap second announced later would not be in it"
        return UtcTime(utc=answer.utc, origin=answer.origin, doubt_s=answer.doubt_s, note=late)
    return answer


def _is_posix(version: int) -> bool:
    return version < _FIRST_REVISION_IN_MISP_TIME


def _by_table(ahead_us: int) -> str:
    until = LEAP_TABLE_VALID_UNTIL.date().isoformat()
    return f"MISP time less {ahead_us / 1e6:.6f} s, by the leap-second table that holds until {until}"


def _moment(posix_us: int, origin: UtcOrigin, doubt_s: Seconds, note: str) -> UtcTime:
    try:
        utc = _EPOCH + timedelta(microseconds=posix_us)
    except OverflowError:
        return UtcTime(utc=None, origin=origin, doubt_s=doubt_s, note="outside the calendar")
    return UtcTime(utc=utc, origin=origin, doubt_s=doubt_s, note=note)


def utc_of(
    decoded: DecodedPacket, *, leap_s: int | None = None, correction_us: int | None = None
) -> UtcTime | None:
    """UTC of a packet by its own items 136 and 137, else by those given.

    Args:
        decoded: a packet; `decoded.utc` is its time stamp as written, taken as UTC.
        leap_s: what item 136 said last, where it is not in every packet.
        correction_us: the same for item 137.

    Returns:
        None where the packet says no time, or its checksum fails.
    """
    if decoded.utc is None or decoded.standard is None or decoded.checksum is ChecksumState.FAILED:
        return None
    own = decoded.entries if decoded.standard == "0601" else ()
    leap, correction = _whole(own, _LEAP_ITEM), _whole(own, _CORRECTION_ITEM)
    return to_utc(
        _in_us(decoded.utc),
        standard=decoded.standard,
        version=decoded.version,
        leap_s=leap_s if leap is None else leap,
        correction_us=(correction_us or 0) if correction is None else correction,
    )


def _whole(entries: Entries, tag: int) -> int | None:
    said = [entry.value.value for entry in entries if entry.tag == tag and entry.value.flag is Flag.OK]
    return said[-1] if said and isinstance(said[-1], int) else None
