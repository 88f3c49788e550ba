"""A local set by its catalogue: bytes → entries, entries → the same bytes.

Source: SMPTE ST 336:2017; MISB ST 0107.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, oid_bytes, read_length, read_oid, walk
from atalaya.ingest.checksum import Closing
from atalaya.ingest.value import Codec, Decoded, Entries, Entry, Flag, Value, cleared, malformed

type SaidRevisions = Mapping[str, int]
"""Standard → the revision that its sets said last in the same stream: a producer may say it only once."""

UNSAID: SaidRevisions = MappingProxyType({})
_NOTHING: Mapping[int, "ItemSpec"] = MappingProxyType({})


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
        crc: the item that closes the set with a CRC, None where none does.
        version_tag: item that says the revision. time_tag: item with the time in microseconds.
        revisions: (last version it holds for, items that were written otherwise then), oldest first.
        undecided: how those items are read where nothing says the revision and a wrong guess would give a
            plausible value.
        refine: what items say by their place among the others; None where none does.
        refined: the items that `refine` may change, by nothing but the order of the tags in the set.
    """

    standard: str
    title: str
    items: dict[int, ItemSpec]
    key: bytes | None = None
    checksum_tag: int | None = None
    crc: Closing | None = None
    version_tag: int | None = None
    time_tag: int | None = None
    revisions: tuple[tuple[int, Mapping[int, ItemSpec]], ...] = ()
    undecided: Mapping[int, ItemSpec] = _NOTHING
    refine: Callable[[Entries], Entries] | None = None
    refined: frozenset[int] = frozenset()

    @property
    def closing(self) -> Closing | None:
        """The item that closes the set with a sum, and which sum."""
        return self.crc if self.checksum_tag is None else Closing(self.checksum_tag)

    def items_of(self, version: int | None) -> Mapping[int, ItemSpec]:
        """The items as a revision writes them; the current ones where the version is not said."""
        if version is None:
            return self.items
        return next((self.items | dict(old) for last, old in self.revisions if version <= last), self.items)


def specs(*items: tuple[int, str | None, Codec]) -> dict[int, ItemSpec]:
    """A catalogue from (tag, name, codec) lines."""
    return {tag: ItemSpec(tag=tag, name=name, codec=codec) for tag, name, codec in items}


def read_set(spec: SetSpec, data: bytes, said: SaidRevisions = UNSAID) -> tuple[Entries, str | None]:
    """The items of a set's value bytes, and what stopped the reading early (None: nothing).

    Never raises; what was read before the damage is given.

    Args:
        spec: which set.
        data: its value.
        said: revisions by standard, for a set that does not say its own.
    """
    entries, complaint = _read_items(spec, data, said)
    return (entries if spec.refine is None else spec.refine(entries)), complaint


def _read_items(spec: SetSpec, data: bytes, said: SaidRevisions) -> tuple[Entries, str | None]:
    entries: list[Entry] = []
    at = 0
    version = _version(spec, data)
    version = said.get(spec.standard) if version is None else version
    items = spec.items | dict(spec.undecided) if version is None else spec.items_of(version)
    try:
        while at < len(data):
            tag, after_tag = read_oid(data, at)
            length, start = read_length(data, after_tag)
            if start + length > len(data):
                return tuple(entries), f"item {tag} says {length} bytes, {len(data) - start} are left"
            value = _value(spec, items.get(tag), data[start : start + length], said)
            name = items[tag].name if tag in items else None
            tag_size, length_size = after_tag - at, start - after_tag
            entries.append(Entry(tag=tag, name=name, value=value, tag_size=tag_size, length_size=length_size))
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


def _value(spec: SetSpec, known: ItemSpec | None, data: bytes, said: SaidRevisions) -> Value:
    if known is None:
        reason = f"ST {spec.standard} has no item of this number"
        return Value(value=None, raw=data, flag=Flag.UNKNOWN_ITEM, reason=reason)
    return known.codec.read(data, said) if isinstance(known.codec, Nested) else known.codec.decode(data)


def revisions_of(spec: SetSpec, entries: Entries) -> dict[str, int]:
    """The revisions that a set and the sets inside it say, by standard."""
    found: dict[str, int] = {}
    for entry in entries:
        known, value = spec.items.get(entry.tag), entry.value.value
        if entry.tag == spec.version_tag and isinstance(value, int):
            found[spec.standard] = value
        elif known is not None and isinstance(known.codec, Nested) and isinstance(value, tuple):
            found |= revisions_of(known.codec.spec(), value)
    return found


def write_set(spec: SetSpec, entries: Entries, said: SaidRevisions = UNSAID) -> bytes:
    """The value bytes of a set: what says something else than its bytes do is encoded anew, the rest kept.

    So a value that a number in memory cannot hold to the last bit, or that was written in a longer form
    than needed, comes back as its producer wrote it.

    Args:
        spec: which set.
        entries: its items.
        said: revisions by standard, for a set that does not say its own; without, the current one.

    Raises:
        KlvError: a value that its item cannot say.
    """
    own = next((entry.value for entry in entries if entry.tag == spec.version_tag), None)
    version = said.get(spec.standard)
    if own is not None and (own.raw or own.value is not None):
        version = own.value if isinstance(own.value, int) else int.from_bytes(own.raw, "big")
    items = spec.items_of(version)
    return b"".join(_item(items.get(entry.tag), entry, said) for entry in entries)


def _item(known: ItemSpec | None, entry: Entry, said: SaidRevisions) -> bytes:
    has_value = entry.value.flag in (Flag.OK, Flag.CHECKSUM_FAILED)
    body = _body(known.codec, entry.value, said) if has_value and known is not None else entry.value.raw
    return oid_bytes(entry.tag, entry.tag_size) + length_bytes(len(body), entry.length_size) + body


def _body(codec: Codec, value: Value, said: SaidRevisions) -> bytes:
    """The bytes that a value came from, where they still say it in whatever form; else it is written anew.

    Raises:
        KlvError: the item cannot say it.
    """
    raw = value.raw
    if raw:
        again = codec.read(raw, said) if isinstance(codec, Nested) else codec.decode(raw)
        if _says(value.value, again.value):
            return raw
    if isinstance(codec, Nested):
        return codec.write(value.value, said)
    return codec.encode(value.value, len(raw) or None)


def _says(value: Decoded, again: Decoded) -> bool:
    """Whether a value is what its bytes say, leaving aside the fields that its place in the set added."""
    if isinstance(value, dict) and isinstance(again, dict):
        value = {name: one for name, one in value.items() if name in again}
    return value == again


@dataclass(frozen=True, slots=True)
class Nested:
    """A set inside an item; the catalogue is asked for when needed, so sets may hold each other."""

    spec: Callable[[], SetSpec]

    def decode(self, data: bytes) -> Value:
        """See Codec; a set that stops early keeps its bytes and gives nothing: half a set misleads."""
        return self.read(data, UNSAID)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no set, or a value that its item cannot say.
        """
        return self.write(value, UNSAID)

    def read(self, data: bytes, said: SaidRevisions) -> Value:
        """The same as `decode`, where revisions were said before."""
        if not data:
            return cleared()
        entries, complaint = read_set(self.spec(), data, said)
        if complaint is None and any(entry.tag == 0 for entry in entries):
            complaint = "item 0 is in no set: these bytes are none"
        return Value(value=entries, raw=data) if complaint is None else malformed(data, complaint)

    def write(self, value: Decoded, said: SaidRevisions) -> bytes:
        """The same as `encode`, where revisions were said before.

        Raises:
            KlvError: no set, or a value that its item cannot say.
        """
        if not isinstance(value, tuple):
            raise KlvError("a set's entries were wanted")
        return write_set(self.spec(), value, said)
