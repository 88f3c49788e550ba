"""ST 1010 SDCC-FLP: how uncertain the items before it are, and how far their errors go together.

Source: MISB ST 1010.3: matrix size, parse control in its short and its long form, sparse bit vector,
standard deviations, correlation coefficients of the upper triangle row by row.
"""

import math
import struct
from dataclasses import replace

from atalaya.errors import KlvError
from atalaya.ingest.ber import oid_bytes
from atalaya.ingest.codecs import number_of, whole_of
from atalaya.ingest.standards.packs import Pack, PackReader, fields_of, list_of, mapped_bytes
from atalaya.ingest.value import Decoded, Entries, Flag

_CORRELATION = (-1.0, 1.0)
_FLOATS = {2: ">e", 4: ">f", 8: ">d"}
_SHORT_LENGTHS, _LONG_LENGTHS = range(8), range(16)


def _read_control(reader: PackReader) -> dict[str, Decoded]:
    """How the numbers are written; two bytes are the long form."""
    first = reader.unsigned(1)
    if first < 0x80:
        return {
            "long_parse_control": False,
            "sparse": bool(first >> 3 & 1),
            "sigma_length": first >> 4 & 7,
            "rho_length": first & 7,
            "sigma_uses_imap": False,
            "rho_uses_imap": True,
        }
    second = reader.unsigned(1)
    if second & 0xE0 or first & 0x40:  # reserved, or a third byte
        raise KlvError(f"a parse control of 2 bytes was wanted, got {first:02x}{second:02x}")
    control = (first & 0x7F) << 7 | second
    return {
        "long_parse_control": True,
        "sparse": bool(control >> 12 & 1),
        "sigma_length": control & 15,
        "rho_length": control >> 7 & 15,
        "sigma_uses_imap": bool(control >> 4 & 1),
        "rho_uses_imap": bool(control >> 11 & 1),
    }


def _control_bytes(fields: dict[str, Decoded]) -> bytes:
    sigma, rho = whole_of(fields.get("sigma_length")), whole_of(fields.get("rho_length"))
    sparse, sigma_imap, rho_imap = (
        fields.get(name) is True for name in ("sparse", "sigma_uses_imap", "rho_uses_imap")
    )
    if fields.get("long_parse_control") is True:
        if sigma not in _LONG_LENGTHS or rho not in _LONG_LENGTHS:
            raise KlvError(f"lengths of 0 to 15 were wanted, got {sigma} and {rho}")
        control = sparse << 12 | rho_imap << 11 | rho << 7 | sigma_imap << 4 | sigma
        return bytes((0x80 | control >> 7, control & 0x7F))
    if sigma not in _SHORT_LENGTHS or rho not in _SHORT_LENGTHS or sigma_imap or not rho_imap:
        raise KlvError(f"the short form cannot say lengths of {sigma} and {rho}, or other codings")
    return bytes((sigma << 4 | sparse << 3 | rho,))


def _number(reader: PackReader, size: int, *, is_imap: bool) -> Decoded:
    if is_imap:
        return reader.mapped(*_CORRELATION, size)
    form = _FLOATS.get(size)
    if form is None:
        raise KlvError(f"a float of 2, 4 or 8 bytes was wanted, got {size}")
    number: float = struct.unpack(form, reader.take(size))[0]
    return None if math.isnan(number) else number


def _number_bytes(value: Decoded, size: int, *, is_imap: bool) -> bytes:
    if is_imap:
        return mapped_bytes(value, *_CORRELATION, size)
    form = _FLOATS.get(size)
    if form is None:
        raise KlvError(f"a float of 2, 4 or 8 bytes was wanted, got {size}")
    try:
        return struct.pack(form, math.nan if value is None else number_of(value))
    except OverflowError as error:
        raise KlvError(f"{value!r} does not fit {size} bytes") from error


def _read(reader: PackReader) -> Decoded:
    size = reader.oid()
    control = _read_control(reader)
    sigma_length, rho_length = whole_of(control["sigma_length"]), whole_of(control["rho_length"])
    if sigma_length and control["sigma_uses_imap"]:
        raise KlvError("no range is agreed for standard deviations as IMAPB")
    pairs = size * (size - 1) // 2
    bits = reader.take((pairs + 7) // 8) if control["sparse"] else b""
    if sigma_length * size > reader.left:
        raise KlvError(f"{size} standard deviations of {sigma_length} bytes were wanted")
    sigma = [_number(reader, sigma_length, is_imap=False) for _ in range(size if sigma_length else 0)]
    is_imap = control["rho_uses_imap"] is True
    rho: list[Decoded] = []
    for pair in range(pairs if rho_length else 0):
        said = not control["sparse"] or bits[pair // 8] & 0x80 >> pair % 8
        rho.append(_number(reader, rho_length, is_imap=is_imap) if said else 0.0)
    return {"matrix_size": size, "sigma": sigma, "rho": list(rho), **control}


def _write(value: Decoded, _length: int | None) -> bytes:
    fields = fields_of(value)
    size, sigma, rho = (
        whole_of(fields.get("matrix_size")),
        list_of(fields.get("sigma")),
        list_of(fields.get("rho")),
    )
    sigma_length, rho_length = whole_of(fields.get("sigma_length")), whole_of(fields.get("rho_length"))
    pairs = size * (size - 1) // 2
    if len(sigma) != (size if sigma_length else 0) or len(rho) != (pairs if rho_length else 0):
        raise KlvError(f"a matrix of {size} has {size} deviations and {pairs} correlations")
    is_sparse, is_imap = fields.get("sparse") is True, fields.get("rho_uses_imap") is True
    said = [one for one in rho if not is_sparse or one != 0.0]
    return b"".join(
        (
            oid_bytes(size),
            _control_bytes(fields),
            _bit_vector(rho, pairs) if is_sparse else b"",
            b"".join(_number_bytes(one, sigma_length, is_imap=False) for one in sigma),
            b"".join(_number_bytes(one, rho_length, is_imap=is_imap) for one in said),
        )
    )


def _bit_vector(rho: list[Decoded], pairs: int) -> bytes:
    bits = bytearray((pairs + 7) // 8)
    for pair, one in enumerate(rho):
        bits[pair // 8] |= 0x80 >> pair % 8 if one != 0.0 else 0
    return bytes(bits)


SDCC = Pack(read=_read, write=_write)
"""Item 102 of ST 0601: standard deviations in the units of their items, correlations from -1 to 1."""


def with_members(entries: Entries, tag: int) -> Entries:
    """Each SDCC-FLP of a set with the tags of the items it speaks of: so many before it, in their order.

    Args:
        entries: of the whole set, in the order of its bytes.
        tag: under which the set holds its SDCC-FLPs; they are not counted among the items.

    Returns:
        The same entries; a value read gets `members`. One that speaks of more items than there are is
        out of range: its numbers cannot be attributed.
    """
    if all(entry.tag != tag for entry in entries):
        return entries
    tags: list[Decoded] = []
    found = []
    for entry in entries:
        value = entry.value
        if entry.tag != tag:
            tags.append(entry.tag)
        elif isinstance(value.value, dict):
            size = whole_of(value.value["matrix_size"])
            if size <= len(tags):
                said = value.value | {"members": tags[len(tags) - size :]}
                entry = replace(entry, value=replace(value, value=said))  # noqa: PLW2901
            else:
                reason = f"{size} items before it were wanted, {len(tags)} are there"
                lost = replace(value, value=None, flag=Flag.OUT_OF_RANGE, reason=reason)
                entry = replace(entry, value=lost)  # noqa: PLW2901
        found.append(entry)
    return tuple(found)
