"""A universal set by its catalogue: every item carries a 16-byte label, a BER length and its value.

The eighth byte of an item's label is the registry's version at the time of writing: it says nothing of the
meaning, differs between producers and is left out when an item is looked up; it is written back as it came.

Source: SMPTE ST 336:2017, section 6.1; ST 298 (universal labels); MISB EG 0104.5, ST 0102.12.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, read_length
from atalaya.ingest.value import Codec, Decoded, Entries, Entry, Flag, Value, cleared, malformed

KEY_BYTES = 16
_LABEL_PREFIX = bytes.fromhex("060e2b34")
_VERSION_BYTE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalItem:
    """One item of a universal set.

    Args:
        key: its label, 16 bytes. name: in the field's words; None for what the charter keeps closed.
        tag: the item of the local set (ST 0601; ST 0102 in the security set) that says the same in the same
            unit; 0 where there is none.
    """

    key: bytes
    name: str | None
    codec: Codec
    tag: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalSpec:
    """A universal set that a standard defines.

    Args:
        standard: four digits. title: for people. key: of the set, 16 bytes.
        items: by label without version, see `unversioned`.
        version_tag, time_tag: `tag` of the items that say the revision and the time [µs]; None where there
            is none.
    """

    standard: str
    title: str
    key: bytes
    items: Mapping[bytes, UniversalItem]
    version_tag: int | None = None
    time_tag: int | None = None


def unversioned(key: bytes) -> bytes:
    """A label with its version byte blanked: what two versions of one label have in common."""
    return key[:_VERSION_BYTE] + b"\x00" + key[_VERSION_BYTE + 1 :]


def labelled(*items: tuple[str, int, str | None, Codec]) -> dict[bytes, UniversalItem]:
    """A catalogue from (label in hexadecimal, tag, name, codec) lines."""
    made = [
        UniversalItem(key=bytes.fromhex(label), name=name, codec=codec, tag=tag)
        for label, tag, name, codec in items
    ]
    return {unversioned(item.key): item for item in made}


def read_universal(spec: UniversalSpec, data: bytes) -> tuple[Entries, str | None]:
    """The items of a set's value bytes, and what stopped the reading early (None: nothing).

    Never raises; what was read before the damage is given.
    """
    entries: list[Entry] = []
    at = 0
    try:
        while at < len(data):
            key = data[at : at + KEY_BYTES]
            if len(key) < KEY_BYTES or not key.startswith(_LABEL_PREFIX):
                return tuple(entries), f"a universal label was wanted at byte {at}, got {key.hex()}"
            length, start = read_length(data, at + KEY_BYTES)
            if start + length > len(data):
                left = len(data) - start
                return tuple(entries), f"item {key.hex()} says {length} bytes, {left} are left"
            length_size = start - at - KEY_BYTES
            entries.append(_entry(spec, key, data[start : start + length], length_size))
            at = start + length
    except KlvError as error:
        return tuple(entries), str(error)
    return tuple(entries), None


def _entry(spec: UniversalSpec, key: bytes, data: bytes, length_size: int) -> Entry:
    known = spec.items.get(unversioned(key))
    if known is None:
        reason = f"the catalogue of {spec.standard} has no such label"
        value = Value(value=None, raw=data, flag=Flag.UNKNOWN_ITEM, reason=reason)
        return Entry(tag=0, name=None, value=value, length_size=length_size, key=key)
    value = known.codec.decode(data)
    return Entry(tag=known.tag, name=known.name, value=value, length_size=length_size, key=key)


def write_universal(spec: UniversalSpec, entries: Entries) -> bytes:
    """The value bytes of a set: values are encoded anew; what has no value keeps its own bytes.

    Raises:
        KlvError: an item without its label, or a value that its item cannot say.
    """
    return b"".join(_item(spec, entry) for entry in entries)


def _item(spec: UniversalSpec, entry: Entry) -> bytes:
    if entry.key is None or len(entry.key) != KEY_BYTES:
        raise KlvError(f"an item of a universal set needs its label: {entry.name}")
    known = spec.items.get(unversioned(entry.key))
    body = entry.value.raw
    if known is not None and entry.value.flag in (Flag.OK, Flag.CHECKSUM_FAILED):
        body = known.codec.encode(entry.value.value, len(entry.value.raw) or None)
    return entry.key + length_bytes(len(body), entry.length_size) + body


@dataclass(frozen=True, slots=True)
class NestedUniversal:
    """A universal set inside an item."""

    spec: Callable[[], UniversalSpec]

    def decode(self, data: bytes, /) -> Value:
        """See Codec; a set that stops early keeps its bytes and gives nothing: half a set misleads."""
        if not data:
            return cleared()
        entries, complaint = read_universal(self.spec(), data)
        return Value(value=entries, raw=data) if complaint is None else malformed(data, complaint)

    def encode(self, value: Decoded, _length: int | None = None, /) -> bytes:
        """See Codec.

        Raises:
            KlvError: no set, or a value that its item cannot say.
        """
        if not isinstance(value, tuple):
            raise KlvError("a set's entries were wanted")
        return write_universal(self.spec(), value)
