"""A zip with exactly one spelling: the same files always give the same bytes, and no others are accepted.

Stored, sorted by name, 1 January 1980, no extra fields, no comment. Every byte of such a file is either a
byte of a named file or decided by the files, so that no flipped bit can hide.

Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end).
"""

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from atalaya.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_START = b"PK\x03\x04" + struct.pack("<5H", 20, 0x0800, 0, 0, 0x0021)
"""Local header up to the time: version 2.0, UTF-8 names, stored, 1980-01-01 00:00."""
_LOCAL, _DIRECTORY, _END = struct.Struct("<14s3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
_LARGEST = 0xFFFF_FFFF - 1
"""Bytes of the whole; a zip beyond needs another format (zip64), which has more than one spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One place where a file is not as it was written: the name of a file inside, or `zip structure …`."""

    file: str
    message: str


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """The one zip of these files.

    Raises:
        InputError: a name is not plain (`a-z A-Z 0-9 . _ - /`, no part beginning with a dot), there are
            more than 65 534 files, or 4 GiB or more.
    """
    for name in files:
        if not _NAME.fullmatch(name) or len(name) > 1000:
            raise InputError(f"a file in a package needs a plain relative name, got {name!r}")
    if len(files) >= 0xFFFF or sum(map(len, files.values())) + 2200 * len(files) > _LARGEST:
        raise InputError("a package holds up to 65 534 files and less than 4 GiB")
    body, directory = bytearray(), bytearray()
    for name, data in sorted(files.items()):
        offset, encoded, crc = len(body), name.encode(), zlib.crc32(data)
        body += _LOCAL.pack(_START, crc, len(data), len(data), len(encoded), 0) + encoded + data
        directory += _DIRECTORY.pack(
            *(b"PK\x01\x02", 20, 20, 0x0800, 0, 0, 0x0021),
            *(crc, len(data), len(data), len(encoded), 0, 0, 0, 0, 0, offset),
        )
        directory += encoded
    end = _END.pack(b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + end)


def read_zip(data: bytes) -> tuple[dict[str, bytes], tuple[Damage, ...]]:
    """The files of a canonical zip, and every place where it is not canonical.

    Files whose bytes do not fit their checksum are returned all the same, and named. After damage to the
    structure only the files before it are returned.
    """
    files: dict[str, bytes] = {}
    damage: list[Damage] = []
    offset = 0
    while data[offset : offset + 4] != b"PK\x01\x02" and not (offset == 0 and data[:4] == b"PK\x05\x06"):
        entry = _read_local(data, offset, last=max(files, default=""))
        if isinstance(entry, Damage):
            return files, (*damage, entry)
        name, content, crc, offset = entry
        files[name] = content
        if crc != zlib.crc32(content):
            damage.append(Damage(file=name, message=f"{name}: its bytes do not fit its checksum"))
    if damage:
        return files, tuple(damage)
    expected = write_zip(files)
    if expected == data:
        return files, ()
    place = next(
        (place for place, pair in enumerate(zip(expected, data, strict=False)) if pair[0] != pair[1]), None
    )
    return files, (_structure(min(len(expected), len(data)) if place is None else place),)


def _read_local(data: bytes, offset: int, last: str) -> tuple[str, bytes, int, int] | Damage:
    """Name, content, stated checksum and the offset after one stored file."""
    header = data[offset : offset + _LOCAL.size]
    place = next((at for at in range(len(_START)) if header[at : at + 1] != _START[at : at + 1]), None)
    if place is not None:
        return _structure(offset + place)
    if len(header) < _LOCAL.size:
        return _structure(len(data))
    _, crc, stored, length, name_length, extra = _LOCAL.unpack(header)
    begin = offset + _LOCAL.size + name_length
    if stored != length or extra or begin + length > len(data):
        return _structure(offset + len(_START) + 4)  # the two lengths and what follows them
    if data[begin + length : begin + length + 2] != b"PK":
        return _structure(begin + length)
    name = data[begin - name_length : begin].decode("ascii", "replace")
    if not _NAME.fullmatch(name) or name <= last or len(name) > 1000:
        return _structure(offset + _LOCAL.size)
    return name, data[begin : begin + length], crc, begin + length


def _structure(offset: int) -> Damage:
    where = f"zip structure at offset {offset}"
    return Damage(file=where, message=f"{where} is not as it was written")
