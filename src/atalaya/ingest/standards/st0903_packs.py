"""ST 0903: places, velocities, accelerations, colours and pixel runs.

Source: MISB ST 0903.6; ST 0903.3 for the older form, in which every
number is an unsigned integer that spans its range evenly.
"""

from dataclasses import dataclass
from enum import Enum

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, read_length
from atalaya.ingest.codecs import Integer, Linear, whole_of
from atalaya.ingest.packs import Field, FixedImapb, TruncatedPack
from atalaya.ingest.value import Codec, Decoded, Flag, Value, cleared, malformed

_LOWEST_HAE_M, _HIGHEST_HAE_M = -900.0, 19_000.0
_HIGHEST_SIGMA = 650.0
_HIGHEST_RATE = 900.0
_AXES = ("east", "north", "up")
_CHANNEL_BYTES = 3


class Writing(Enum):
    """How numbers over a range are written in a set."""

    MAPPED = "IMAPB, since ST 0903.4"
    EVEN = "spread evenly, up to ST 0903.3"
    UNSAID = "the set does not say its revision"


LAST_EVEN_REVISION = 3


@dataclass(frozen=True, slots=True)
class Undecided:
    """A number that each revision would read otherwise, in a set that does not say which it follows."""

    even: Codec
    mapped: Codec

    def decode(self, data: bytes) -> Value:
        """See Codec; never a value: either reading may be plausible and wrong."""
        even, mapped = self.even.decode(data), self.mapped.decode(data)
        if not data or Flag.OK not in (even.flag, mapped.flag):
            return mapped
        readings = [str(one.value) if one.flag is Flag.OK else str(one.reason) for one in (even, mapped)]
        reason = f"the revision is not said: up to .3 {readings[0]}, since .4 {readings[1]}"
        return malformed(data, reason, mapped.unit)

    def encode(self, value: Decoded, length: int | None = None) -> bytes:
        """See Codec; as the current revision writes it.

        Raises:
            KlvError: no number, or outside the range.
        """
        return self.mapped.encode(value, length)


def _written(writing: Writing, *, even: Codec, mapped: Codec) -> Codec:
    match writing:
        case Writing.MAPPED:
            return mapped
        case Writing.EVEN:
            return even
        case Writing.UNSAID:
            return Undecided(even, mapped)


def ranged(writing: Writing, low: float, high: float, size: int, unit: str | None = None) -> Codec:
    """A number over a range."""
    even = Linear(size=size, low=low, high=high, unit=unit)
    return _written(writing, even=even, mapped=FixedImapb(low=low, high=high, size=size, unit=unit))


def offset(writing: Writing) -> Codec:
    """Degrees from the frame centre; written evenly it is signed, with an error indicator."""
    even = Linear(size=3, low=-19.2, high=19.2, signed=True, unit="deg")
    return _written(writing, even=even, mapped=FixedImapb(low=-19.2, high=19.2, size=3, unit="deg"))


def height(writing: Writing) -> Codec:
    """Metres above the ellipsoid."""
    return ranged(writing, _LOWEST_HAE_M, _HIGHEST_HAE_M, 2, "m")


def field_of_view(writing: Writing) -> Codec:
    """Degrees."""
    return ranged(writing, 0.0, 180.0, 2, "deg")


def _uncertainty(writing: Writing, unit: str) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    sigma = ranged(writing, 0.0, _HIGHEST_SIGMA, 2)
    correlation = ranged(writing, -1.0, 1.0, 2)
    sigmas = [Field(name=f"sigma_{axis}_{unit}", size=2, codec=sigma) for axis in _AXES]
    pairs = ("east_north", "east_up", "north_up")
    return tuple(sigmas), tuple(
        Field(name=f"correlation_{pair}", size=2, codec=correlation) for pair in pairs
    )


def location(writing: Writing) -> TruncatedPack:
    """10, 16 or 22 bytes: a place, its standard deviations, their correlations."""
    place = (
        Field(name="lat_deg", size=4, codec=ranged(writing, -90.0, 90.0, 4)),
        Field(name="lon_deg", size=4, codec=ranged(writing, -180.0, 180.0, 4)),
        Field(name="hae_m", size=2, codec=height(writing)),
    )
    return TruncatedPack(groups=(place, *_uncertainty(writing, "m")), needed=2)


def rate(writing: Writing, unit: str) -> TruncatedPack:
    """6, 12 or 18 bytes: a velocity ("mps") or an acceleration ("mps2") and its uncertainty."""
    component = ranged(writing, -_HIGHEST_RATE, _HIGHEST_RATE, 2)
    axes = tuple(Field(name=f"{axis}_{unit}", size=2, codec=component) for axis in _AXES)
    return TruncatedPack(groups=(axes, *_uncertainty(writing, unit)), needed=2)


FOCAL_PLANE_INDEX = TruncatedPack(
    groups=(
        (
            Field(name="row", size=1, codec=Integer(size=1, low=1)),
            Field(name="column", size=1, codec=Integer(size=1, low=1)),
        ),
    ),
    needed=2,
)


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue, 0 to 255 each; a list."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != _CHANNEL_BYTES:
            return malformed(data, f"{_CHANNEL_BYTES} bytes were wanted, got {len(data)}")
        return Value(value=list(data), raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: not three numbers of 0 to 255.
        """
        if not isinstance(value, list) or len(value) != _CHANNEL_BYTES:
            raise KlvError(f"three numbers of 0 to 255 were wanted, got {value!r}")
        return b"".join(Integer(size=1).encode(one) for one in value)


PIXEL_NUMBER = Integer(longest=6, low=1)
"""(row - 1) × frame width + column, all counted from 1."""


@dataclass(frozen=True, slots=True)
class PixelRun:
    """Pixels side by side: the number of the first, and how many."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        try:
            length, start = read_length(data, 0)
            if start + length > len(data):
                return malformed(data, f"{length} bytes of pixel number were wanted, the bytes end")
            number = PIXEL_NUMBER.decode(data[start : start + length])
            run_px, end = read_length(data, start + length)
        except KlvError as error:
            return malformed(data, str(error))
        if number.flag is not Flag.OK:
            return Value(value=None, raw=data, flag=number.flag, reason=number.reason)
        if end != len(data):
            return malformed(data, f"{len(data) - end} bytes are left after a pixel run")
        return Value(value={"pixel_number": number.value, "run_px": run_px}, raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object.
        """
        if not isinstance(value, dict) or value.keys() != {"pixel_number", "run_px"}:
            raise KlvError(f"an object of pixel_number and run_px was wanted, got {value!r}")
        number = PIXEL_NUMBER.encode(value["pixel_number"])
        return length_bytes(len(number)) + number + length_bytes(whole_of(value["run_px"]))
