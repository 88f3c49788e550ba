"""Packs: values of fixed sizes side by side, without tags; the last groups may be left out.

Source: MISB ST 1201.5 (IMAPB); ST 0107 (defined-length truncation packs).
"""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.value import Codec, Decoded, Flag, Value, cleared, malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedImapb:
    """IMAPB over a range in exactly so many bytes."""

    low: float
    high: float
    size: int
    unit: str | None = None

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if data and len(data) != self.size:
            return malformed(data, f"{self.size} bytes were wanted, got {len(data)}", self.unit)
        return self._imapb.decode(data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec; None is written as a quiet NaN.

        Raises:
            KlvError: no number, or outside the range.
        """
        return self._imapb.encode(value, self.size)

    @property
    def _imapb(self) -> Imapb:
        return Imapb(low=self.low, high=self.high, longest=self.size, unit=self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of a pack: its name with the unit last, its bytes, how they are written."""

    name: str
    size: int
    codec: Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncatedPack:
    """Groups of fields of which the last may be missing; an object by field name.

    Args:
        groups: in order; a pack holds the first one, two or more of them whole.
        needed: how many leading fields must have a value for the pack to have one; any other field that
            says that it is unknown is None.
    """

    groups: tuple[tuple[Field, ...], ...]
    needed: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of a pack of one group, of two, and so on."""
        sizes = [sum(field.size for field in group) for group in self.groups]
        return tuple(sum(sizes[: count + 1]) for count in range(len(sizes)))

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) not in self.sizes:
            return malformed(data, f"{list(self.sizes)} bytes were wanted, got {len(data)}")
        found: dict[str, Decoded] = {}
        unknown: list[str] = []
        at = 0
        for field in self._fields(self.sizes.index(len(data)) + 1):
            value = field.codec.decode(data[at : at + field.size])
            if value.flag is not Flag.OK and len(found) < self.needed:
                reason = f"{field.name}: {value.reason}"
                return Value(value=None, raw=data, flag=value.flag, reason=reason)
            if value.flag is not Flag.OK:
                unknown.append(f"{field.name}: {value.reason}")
            found[field.name] = value.value
            at += field.size
        return Value(value=found, raw=data, reason="; ".join(unknown) or None)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no object of the first groups' fields, or a field that cannot be said.
        """
        if isinstance(value, dict):
            for count in range(1, len(self.groups) + 1):
                fields = self._fields(count)
                if value.keys() == {field.name for field in fields}:
                    return b"".join(field.codec.encode(value[field.name], field.size) for field in fields)
        names = [[field.name for field in group] for group in self.groups]
        raise KlvError(f"an object of the first groups of {names} was wanted, got {value!r}")

    def _fields(self, groups: int) -> list[Field]:
        return [field for group in self.groups[:groups] for field in group]
