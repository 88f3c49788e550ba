"""Packs: values of fixed sizes side by side, without tags; the last groups may be left out.

Source: MISB ST 1201.5 (IMAPB); ST 0107 (defined-length truncation packs).
"""

from dataclasses import dataclass, field

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
    _by_size: dict[int, tuple[Field, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields: tuple[Field, ...] = ()
        by_size: dict[int, tuple[Field, ...]] = {}
        for group in self.groups:
            fields += group
            by_size[sum(one.size for one in fields)] = fields
        object.__setattr__(self, "_by_size", by_size)

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        fields = self._by_size.get(len(data))
        if fields is None:
            return malformed(data, f"{list(self._by_size)} bytes were wanted, got {len(data)}")
        found: dict[str, Decoded] = {}
        unknown: list[str] = []
        at = 0
        for one in fields:
            value = one.codec.decode(data[at : at + one.size])
            if value.flag is not Flag.OK:
                reason = f"{one.name}: {value.reason}"
                if len(found) < self.needed:
                    return Value(value=None, raw=data, flag=value.flag, reason=reason)
                unknown.append(reason)
            found[one.name] = value.value
            at += one.size
        return Value(value=found, raw=data, reason="; ".join(unknown) or None)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no object of the first groups' fields, or a field that cannot be said.
        """
        if isinstance(value, dict):
            for fields in self._by_size.values():
                if value.keys() == {one.name for one in fields}:
                    return b"".join(one.codec.encode(value[one.name], one.size) for one in fields)
        names = [[one.name for one in group] for group in self.groups]
        raise KlvError(f"an object of the first groups of {names} was wanted, got {value!r}")
