"""The time of a picture written into the picture itself (ST 0604), in H.264.

Source: MISB ST 0604.6, section 7; ITU-T H.264, 7.3.2.3 and D.1.6 (user data unregistered SEI message).
"""

from atalaya.errors import InputError
from atalaya.ingest.standards.st0604 import PictureStamp

_START = b"\x00\x00\x01"
_SEI_HEAD = b"\x00\x00\x00\x01\x06\x05"
_STOP_BIT = b"\x80"
_SLICES = frozenset({1, 5})
_TYPE_BITS = 0x1F


def stamped(data: bytes, time_us: int) -> bytes:
    """A coded picture with its time before its first slice; the clock is said not to be locked to UTC.

    Args:
        data: H.264 byte stream (Annex B) of one picture.
        time_us: MISP time [us].

    Raises:
        InputError: no slice in it. KlvError: a time of more than 64 bits.
    """
    at = data.find(_START)
    while at >= 0 and at + 3 < len(data) and data[at + 3] & _TYPE_BITS not in _SLICES:
        at = data.find(_START, at + 3)
    if at < 0 or at + 3 >= len(data):
        raise InputError(f"a coded picture was wanted, there is no slice in these {len(data)} bytes")
    at -= 1 if at and data[at - 1] == 0 else 0  # a start code may have a zero byte before it
    said = PictureStamp().encode({"time_us": time_us})
    return data[:at] + _SEI_HEAD + bytes((len(said),)) + said + _STOP_BIT + data[at:]
