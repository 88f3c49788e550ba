"""Items that hold several things: series of packs with a length before each, numbered sets, identifiers.

Source: MISB ST 0903.6 (series, packs); SMPTE ST 336:2017 (lengths); RFC 9562 (UUID).
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, oid_bytes, read_length, read_oid
from atalaya.ingest.codecs import whole_of
from atalaya.ingest.local_set import SetSpec, read_set, write_set
from atalaya.ingest.value import Codec, Decoded, Flag, Value, cleared, malformed

_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Series:
    """Things of one kind one after another, a BER length before each; a list."""

    element: Codec

    def decode(self, data: bytes) -> Value:
        """See Codec; a series of which one part cannot be read keeps its bytes and gives nothing."""
        if not data:
            return cleared()
        found: list[Decoded] = []
        at = 0
        try:
            while at < len(data):
                length, start = read_length(data, at)
                at = start + length
                if at > len(data):
                    message = f"part {len(found)} says {length} bytes, {len(data) - start} are left"
                    return malformed(data, message)
                value = self.element.decode(data[start:at])
                if value.flag is not Flag.OK:
                    return _without_value(value, data, f"part {len(found)}: {value.reason}")
                found.append(value.value)
        except KlvError as error:
            return malformed(data, str(error))
        return Value(value=found, raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec; lengths in their shortest form.

        Raises:
            KlvError: no list, or a part that cannot be said.
        """
        if not isinstance(value, list):
            raise KlvError(f"a list was wanted, got {value!r}")
        parts = [self.element.encode(one) for one in value]
        return b"".join(length_bytes(len(part)) + part for part in parts)


def _without_value(part: Value, data: bytes, reason: str) -> Value:
    flag = Flag.MALFORMED if part.flag is Flag.ZERO_LENGTH else part.flag
    return Value(value=None, raw=data, flag=flag, reason=reason)


@dataclass(frozen=True, slots=True)
class NumberedSet:
    """A set with a number (BER-OID) before it: {"target_id": 7, "items": entries}."""

    spec: Callable[[], SetSpec]

    def decode(self, data: bytes) -> Value:
        """See Codec; a set that stops early keeps its bytes and gives nothing: half a set misleads."""
        if not data:
            return cleared()
        try:
            target_id, start = read_oid(data, 0)
        except KlvError as error:
            return malformed(data, str(error))
        entries, complaint = read_set(self.spec(), data[start:])
        if complaint is not None:
            return malformed(data, f"target {target_id}: {complaint}")
        return Value(value={"target_id": target_id, "items": entries}, raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object, or an item that cannot be said.
        """
        if not isinstance(value, dict) or value.keys() != {"target_id", "items"}:
            raise KlvError(f"an object of target_id and items was wanted, got {value!r}")
        items = value["items"]
        if not isinstance(items, tuple):
            raise KlvError("a set's entries were wanted")
        return oid_bytes(whole_of(value["target_id"])) + write_set(self.spec(), items)


@dataclass(frozen=True, slots=True)
class OidNumber:
    """A number of any size as BER-OID."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        try:
            number, end = read_oid(data, 0)
        except KlvError as error:
            return malformed(data, str(error))
        if end != len(data):
            return malformed(data, f"{len(data) - end} bytes are left after a BER-OID number")
        return Value(value=number, raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no whole number of 0 or more.
        """
        return oid_bytes(whole_of(value))


@dataclass(frozen=True, slots=True)
class UniqueId:
    """A UUID, as text in lower case with hyphens."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != _UUID_BYTES:
            return malformed(data, f"{_UUID_BYTES} bytes were wanted, got {len(data)}")
        return Value(value=str(UUID(bytes=data)), raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no UUID.
        """
        try:
            return UUID(value if isinstance(value, str) else "").bytes
        except ValueError as error:
            raise KlvError(f"a UUID was wanted, got {value!r}") from error
