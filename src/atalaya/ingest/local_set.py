"""A local set by its catalogue: bytes → entries, entries → the same bytes.

Source: SMPTE ST 336:2017; MISB ST 0107.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, oid_bytes, read_length, read_oid, walk
from atalaya.ingest.value import Codec, Decoded, Entries, Entry, Flag, Value, cleared, malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSpec:
    """One item of a standard: its number, its name in the field's words, how it is written."""

    tag: int
    name: str | None
    codec: Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSpec:
    """A set that a standard defines.

    Args:
        standard: four digits, "0601". title: for people. items: by tag, of the current revision.
        key: 16-byte universal label, None for a set that only comes nested.
        checksum_tag: item that closes the set with a running sum, None where none does.
        version_tag: item that says the revision. time_tag: item with the time in microseconds.
        revisions: (last version it holds for, items that were written otherwise then), oldest first.
    """

    standard: str
    title: str
    items: dict[int, ItemSpec]
    key: bytes | None = None
    checksum_tag: int | None = None
    version_tag: int | None = None
    time_tag: int | None = None
    revisions: tuple[tuple[int, Mapping[int, ItemSpec]], ...] = ()

    def items_of(self, version: int | None) -> Mapping[int, ItemSpec]:
        """The items as a revision writes them; the current ones where the version is not said."""
        if version is None:
            return self.items
        return next((self.items | dict(old) for last, old in self.revisions if version <= last), self.items)


def specs(*items: tuple[int, str | None, Codec]) -> dict[int, ItemSpec]:
    """A catalogue from (tag, name, codec) lines."""
    return {tag: ItemSpec(tag=tag, name=name, codec=codec) for tag, name, codec in items}


def read_set(spec: SetSpec, data: bytes) -> tuple[Entries, str | None]:
    """The items of a set's value bytes, and what stopped the reading early (None: nothing).

    Never raises; what was read before the damage is given.
    """
    entries: list[Entry] = []
    at = 0
    items = spec.items_of(_version(spec, data))
    try:
        while at < len(data):
            tag, after_tag = read_oid(data, at)
            length, start = read_length(data, after_tag)
            if start + length > len(data):
                return tuple(entries), f"item {tag} says {length} bytes, {len(data) - start} are left"
            entries.append(_entry(spec, items, tag, data[start : start + length], start - after_tag))
            at = start + length
    except KlvError as error:
        return tuple(entries), str(error)
    return tuple(entries), None


def _version(spec: SetSpec, data: bytes) -> int | None:
    """The revision a set says it follows; None where nothing depends on it, or it does not say."""
    if not spec.revisions or spec.version_tag is None:
        return None
    try:
        for item in walk(data):
            if item.tag == spec.version_tag:
                return int.from_bytes(data[item.start : item.end], "big") if item.length else None
    except KlvError:
        return None
    return None


def _entry(spec: SetSpec, items: Mapping[int, ItemSpec], tag: int, data: bytes, length_size: int) -> Entry:
    known = items.get(tag)
    if known is None:
        reason = f"ST {spec.standard} has no item {tag} here"
        value = Value(value=None, raw=data, flag=Flag.UNKNOWN_ITEM, reason=reason)
        return Entry(tag=tag, name=None, value=value, length_size=length_size)
    return Entry(tag=tag, name=known.name, value=known.codec.decode(data), length_size=length_size)


def write_set(spec: SetSpec, entries: Entries) -> bytes:
    """The value bytes of a set: what says something else than its bytes do is encoded anew, the rest kept.

    So a value that a number in memory cannot hold to the last bit, or that was written in a longer form
    than needed, comes back as its producer wrote it.

    Raises:
        KlvError: a value that its item cannot say.
    """
    said = (entry.value.value for entry in entries if entry.tag == spec.version_tag)
    version = next((value for value in said if isinstance(value, int)), None)
    items = spec.items_of(version)
    return b"".join(_item(items, entry) for entry in entries)


def _item(items: Mapping[int, ItemSpec], entry: Entry) -> bytes:
    known = items.get(entry.tag)
    has_value = entry.value.flag in (Flag.OK, Flag.CHECKSUM_FAILED) and known is not None
    body = entry.value.raw
    if has_value and known is not None and known.codec.decode(body).value != entry.value.value:
        body = known.codec.encode(entry.value.value, len(body) or None)
    length = length_bytes(len(body))
    if len(length) < entry.length_size:
        count = entry.length_size - 1
        length = bytes((0x80 | count,)) + len(body).to_bytes(count, "big")
    return oid_bytes(entry.tag) + length + body


@dataclass(frozen=True, slots=True)
class Nested:
    """A set inside an item; the catalogue is asked for when needed, so sets may hold each other."""

    spec: Callable[[], SetSpec]

    def decode(self, data: bytes) -> Value:
        """See Codec; a set that stops early keeps its bytes and gives nothing: half a set misleads."""
        if not data:
            return cleared()
        entries, complaint = read_set(self.spec(), data)
        return Value(value=entries, raw=data) if complaint is None else malformed(data, complaint)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no set, or a value that its item cannot say.
        """
        if not isinstance(value, tuple):
            raise KlvError("a set's entries were wanted")
        return write_set(self.spec(), value)
