"""What a stream says at one picture, set by set, as the panel shows it."""

import math
from collections.abc import Iterable

from atalaya.app.item_names import spanish_name
from atalaya.app.stream_reading import Said, SetTrack, StreamReading
from atalaya.app.stream_views import MetadataItem, MetadataSet
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.value import Decoded, Entries, Entry, Flag, Json, Value, decoded_json
from atalaya.model.instants import isoformat_z
from atalaya.units import Seconds

_LONGEST_SERIES = 50
"""Elements of a series that are listed; a frame may carry hundreds of target reports."""
_FRESH_S = 5.0
_FRESH_INTERVALS = 1.75
"""A packet is not of the picture any more when it is older than this, or than so many usual intervals."""
_LARGEST_EXACT = 2**53
"""Beyond it a browser's numbers are not exact: such a number goes as text."""


def values_at(reading: StreamReading, *, pts_s: Seconds | None, frame: int | None) -> tuple[MetadataSet, ...]:
    """Everything that holds at one instant.

    Args:
        reading: the stream.
        pts_s: the instant on the stream's own clock [s], or None.
        frame: number of the kept ST 0601 packet, from 0, where there is no such time.

    Returns:
        One for each set and PID that has spoken by then, the set of the frames first.
    """
    if not reading.tracks:
        return ()
    frames = reading.tracks[0]
    if frame is not None:
        frame = min(max(frame, 0), len(frames.packets) - 1)
        offset = int(frames.offset[frame])
    else:
        offset = 0 if pts_s is None else reading.offset_at(pts_s)
    numbers = [_number(reading, track, pts_s, offset) for track in reading.tracks]
    return tuple(
        _set(track, number, pts_s)
        for track, number in zip(reading.tracks, numbers, strict=True)
        if number is not None
    )


def _number(reading: StreamReading, track: SetTrack, pts_s: Seconds | None, offset: int) -> int | None:
    own = None if pts_s is None or not track.has_pts else reading.number_of_picture(track, pts_s)
    return track.number_at(pts_s, offset) if own is None else own


def _set(track: SetTrack, number: int, pts_s: Seconds | None) -> MetadataSet:
    newest = track.decoded(number)
    said = track.said_at(number)
    at_s = pts_s if track.has_pts and pts_s is not None else float(track.time_s[number])
    interval_s = track.interval_s
    fresh_s = min(_FRESH_S, _FRESH_INTERVALS * interval_s if math.isfinite(interval_s) else _FRESH_S)
    shown = [one for one in said if one.entry.value.flag is not Flag.OPAQUE]
    closed = len(said) - len(shown) + sum(_closed_in(one.entry.value.value) for one in shown)
    return MetadataSet(
        standard=newest.standard,
        title=newest.title or f"key {track.key.hex()}",
        pid=track.pid,
        version=_version(said, newest),
        packet=number,
        utc=None if newest.utc is None else isoformat_z(newest.utc),
        age_s=_age(track, number, at_s),
        checksum=track.state[number],
        items=tuple(
            _said_item(one, newest.standard, _age(track, one.packet, at_s), fresh_s) for one in shown
        ),
        not_shown=closed,
        problems=newest.problems,
    )


def _version(said: Iterable[Said], newest: DecodedPacket) -> int | None:
    if newest.version is not None or newest.standard != "0601":
        return newest.version
    older = next((one.entry.value.value for one in said if one.entry.tag == 65), None)  # item 65
    return older if isinstance(older, int) else None


def _age(track: SetTrack, number: int, at_s: Seconds) -> Seconds | None:
    age_s = float(at_s - track.time_s[number])
    return max(0.0, age_s) if math.isfinite(age_s) else None


def _said_item(said: Said, standard: str | None, age_s: Seconds | None, fresh_s: Seconds) -> MetadataItem:
    value = said.entry.value
    is_older = not said.in_force or (age_s is not None and age_s > fresh_s)
    flag = Flag.STALE if is_older and value.flag is Flag.OK else value.flag
    return _item(said.entry, standard, flag=flag, age_s=age_s if is_older else value.age_s)


def _item(entry: Entry, standard: str | None, *, flag: Flag, age_s: Seconds | None = None) -> MetadataItem:
    value = entry.value
    parts, more = _parts(value.value)
    return MetadataItem(
        tag=entry.tag,
        name=entry.name,
        name_es=spanish_name(standard, entry.tag),
        value=None if parts or more else _plain(value),
        unit=value.unit,
        flag=flag,
        label=value.label,
        reason=value.reason,
        age_s=age_s,
        parts=parts,
        more=more,
    )


def _plain(value: Value) -> Json:
    plain = decoded_json(value.value) if not isinstance(value.value, tuple) else None
    match plain:
        case bool() | None:
            return plain
        case int() if abs(plain) > _LARGEST_EXACT:
            return str(plain)
        case _:
            return plain


def _parts(value: Decoded) -> tuple[tuple[MetadataItem, ...], int]:
    """Items of a nested set, elements of a series that holds sets, fields of a structure; how many more."""
    match value:
        case tuple():
            return _entries(value), 0
        case list() if any(isinstance(one, tuple | dict | list) for one in value):
            listed = value[:_LONGEST_SERIES]
            elements = tuple(_element(f"[{number}]", one) for number, one in enumerate(listed))
            return elements, len(value) - len(listed)
        case dict():
            return tuple(_element(name, one) for name, one in value.items()), 0
        case _:
            return (), 0


def _entries(entries: Entries) -> tuple[MetadataItem, ...]:
    return tuple(
        _item(entry, None, flag=entry.value.flag, age_s=entry.value.age_s)
        for entry in entries
        if entry.value.flag is not Flag.OPAQUE
    )


def _element(name: str, value: Decoded) -> MetadataItem:
    return _item(Entry(tag=0, name=name, value=Value(value=value, raw=b"")), None, flag=Flag.OK)


def _closed_in(value: Decoded) -> int:
    """Items of the nested sets in a value that the charter keeps closed."""
    match value:
        case tuple():
            closed = sum(entry.value.flag is Flag.OPAQUE for entry in value)
            return closed + sum(_closed_in(entry.value.value) for entry in value)
        case list():
            return sum(_closed_in(one) for one in value)
        case dict():
            return sum(_closed_in(one) for one in value.values())
        case _:
            return 0
