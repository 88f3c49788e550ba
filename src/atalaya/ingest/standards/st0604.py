"""ST 0604: the time inside a picture as one value: identifier, status and time, 28 bytes.

Source: MISB ST 0604.6, section 7; ST 0603.5, section 7 (status).
"""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.codecs import whole_of
from atalaya.ingest.picture_time import STAMP_BYTES, PictureTime, VideoCoding, find_picture_time
from atalaya.ingest.value import Decoded, Value, cleared, malformed

_IDENTIFIER_BYTES = 16
_MICROSECONDS = b"MISPmicrosectime"
_NANOSECONDS = bytes.fromhex("cf848278ee23306c9265e8fef22fb8b8")
_USER_DATA = b"\x00\x00\x01\xb2"


@dataclass(frozen=True, slots=True)
class PictureStamp:
    """The 28 bytes, or the 12 of status and time alone; an object of what they say."""

    def decode(self, data: bytes, /) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        whole = data if len(data) == STAMP_BYTES else _MICROSECONDS + data
        found = find_picture_time(_USER_DATA + whole, VideoCoding.MPEG2)
        if len(whole) != STAMP_BYTES or not isinstance(found, PictureTime):
            wanted = f"{STAMP_BYTES} bytes of identifier, status and time with 0xFF between were wanted"
            return malformed(data, f"{wanted}, got {len(data)}")
        said: dict[str, Decoded] = {
            "time_us": found.time_us,
            "nanosecond": found.nanosecond,
            "status": found.status,
            "locked": found.locked,
            "discontinuity": found.discontinuity,
            "backwards": found.backwards,
            "identifier": whole[:_IDENTIFIER_BYTES].hex(),
        }
        return Value(value=said, raw=data)

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec; takes an object with `time_us`, and `status`, `nanosecond`, `identifier` where known.

        Raises:
            KlvError: no such object, or a time or status that does not fit.
        """
        if not isinstance(value, dict) or "time_us" not in value:
            raise KlvError(f"an object with time_us was wanted, got {value!r}")
        identifier = _identifier(value)
        count, status = whole_of(value["time_us"]), whole_of(value.get("status", 0x9F))
        if identifier == _NANOSECONDS:
            count = count * 1_000 + whole_of(value.get("nanosecond", 0))
        elif value.get("nanosecond", 0) != 0:
            raise KlvError("nanoseconds go with the identifier for nanoseconds only")
        if not (0 <= count < 1 << 64 and 0 <= status <= 0xFF):
            raise KlvError(f"a time of 64 bits and a status of 8 were wanted, got {count} and {status}")
        eight = count.to_bytes(8, "big")
        said = bytes((status,)) + b"\xff".join(eight[at : at + 2] for at in range(0, 8, 2))
        return said if length == len(said) else identifier + said


def _identifier(value: dict[str, Decoded]) -> bytes:
    said = value.get("identifier", _MICROSECONDS.hex())
    try:
        identifier = bytes.fromhex(said if isinstance(said, str) else "?")
    except ValueError as error:
        raise KlvError(f"an identifier in hexadecimal was wanted, got {said!r}") from error
    if len(identifier) != _IDENTIFIER_BYTES:
        raise KlvError(f"an identifier of {_IDENTIFIER_BYTES} bytes was wanted, got {len(identifier)}")
    return identifier
