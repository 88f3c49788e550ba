"""One line of JSON that asks for one item → one line that answers; a bad line gets its error in place.

`{"standard": "0601", "tag": 5, "hex": "71C2"}` ↔ `{"standard": "0601", "tag": 5, "value": 159.97…}`.

Source: the standards of the catalogues; IMAPB: MISB ST 1201.5.
"""

import json
from collections.abc import Callable, Mapping
from typing import cast

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.imapb_codec import decode_scalar, encode_scalar
from atalaya.ingest.item_lookup import FoundItem, find_item, key_of, standard_of
from atalaya.ingest.item_values import encode_json, require_sayable
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY, UNIVERSAL_SETS_BY_KEY
from atalaya.ingest.value import Decoded, Flag, Json, Value, decoded_json, value_json

type Line = dict[str, Json]

_IMAPB = "1201"
_LONGEST_IMAPB = 8


def decode_line(text: str) -> Line:
    """What the bytes of one item say; never raises, whatever the line is.

    Args:
        text: an object with "standard", "tag" and "hex"; "set", "name", "key", "version" where they are
            needed; for ST 1201 "min", "max", "length" and "hex" or "encoded_int"; without a tag a whole set.
    """
    return _answer(text, _decoded)


def encode_line(text: str) -> Line:
    """The bytes that say one value, as "hex"; never raises, whatever the line is.

    Args:
        text: an object as for `decode_line`, with "value" in place of "hex", and "length" where so many bytes
            are wanted.
    """
    return _answer(text, _encoded)


def _answer(text: str, make: Callable[[Line], Line]) -> Line:
    given: Line = {}
    try:
        said = json.loads(text)
        if not isinstance(said, dict):
            raise KlvError(f"an object was wanted, got {text.strip()[:60]!r}")
        given = said
        return _echo(given) | make(given)
    except (
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:  # our own errors are values that were wrong as well
        reason = str(error) if isinstance(error, KlvError) else f"JSON was wanted: {error}"
        return _echo(given) | {"error": reason}


def _echo(given: Line) -> Line:
    """What lets a caller find its line again."""
    return {"id": decoded_json(cast("Decoded", given["id"]))} if "id" in given else {}


def _decoded(given: Line) -> Line:
    standard, version = _standard(given)
    if standard == _IMAPB:
        return _imapb_decoded(given)
    data = _bytes(given)
    found = _found(given, standard, version)
    head: Line = {"standard": standard, "tag": _whole(given, "tag"), "name": None}
    if found is None:
        reason = f"{standard} has no such item"
        return head | value_json(Value(value=None, raw=data, flag=Flag.UNKNOWN_ITEM, reason=reason))
    if found.tag is None:
        data = _without_key(data, found)
    answer = head | _named(found) | value_json(found.codec.decode(data))
    if version is None and found.older:
        older: list[Json] = [
            {"until_version": last} | value_json(codec.decode(data)) for last, codec in found.older
        ]
        answer["older"] = older
    return answer


def _encoded(given: Line) -> Line:
    standard, version = _standard(given)
    if "value" not in given:
        raise KlvError('a "value" was wanted')
    if standard == _IMAPB:
        return _imapb_encoded(given)
    found = _found(given, standard, version)
    if found is None:
        raise KlvError(f"{standard} has no such item")
    require_sayable(given)
    cleared = given["value"] is None and given.get("flag") == str(Flag.ZERO_LENGTH)
    data = b"" if cleared else encode_json(found.codec, given["value"], _whole(given, "length"))
    return {"standard": standard, **_named(found), "hex": data.hex()}


def _standard(given: Line) -> tuple[str, int | None]:
    """The standard's number and the revision that is asked for."""
    standard, spelled = standard_of(given.get("standard"))
    version = _whole(given, "version")
    return standard, spelled if version is None else version


def _found(given: Line, standard: str, version: int | None) -> FoundItem | None:
    key = _text(given, "key")
    return find_item(
        standard,
        tag=_whole(given, "tag"),
        name=_text(given, "name"),
        set_name=_text(given, "set"),
        key=None if key is None else key_of(key),
        version=version,
    )


def _named(found: FoundItem) -> Line:
    key: Line = {} if found.key is None else {"key": found.key.hex()}
    return {"tag": found.tag, "name": found.name} | key


def _without_key(data: bytes, found: FoundItem) -> bytes:
    """The value of a set that may be given as a whole packet: key and length are taken off.

    Raises:
        KlvError: another set's key, or another length than is there.
    """
    known = LOCAL_SETS_BY_KEY.get(data[:16]) or UNIVERSAL_SETS_BY_KEY.get(data[:16])
    if known is None or found.name != known.title:
        return data
    length, start = read_length(data, 16)
    if start + length != len(data):
        raise KlvError(f"{length} bytes were announced, {len(data) - start} are there")
    return data[start:]


def _imapb_decoded(given: Line) -> Line:
    low, high, length = _range(given)
    data = _imapb_bytes(given, length)
    found = decode_scalar(data, low, high)
    head: Line = {"standard": _IMAPB, "tag": None, "name": "IMAPB", "value": found, "unit": None}
    if not isinstance(found, str):
        return head | {"flag": str(Flag.OK)}
    flag = Flag.ERROR_INDICATOR if "NaN" in found else Flag.OUT_OF_RANGE
    named = "NaN" in found or "Infinity" in found
    return head | {"value": found if named else None, "flag": str(flag), "reason": found}


def _imapb_encoded(given: Line) -> Line:
    low, high, length = _range(given)
    if length is None:
        raise KlvError('a "length" in bytes was wanted')
    value = given["value"]
    if value is None:
        value = "+QNaN"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise KlvError(f"a number or the name of a special value was wanted, got {value!r}")
    data = encode_scalar(value, low, high, length)
    return {"standard": _IMAPB, "hex": data.hex(), "encoded_int": int.from_bytes(data, "big")}


def _range(given: Line) -> tuple[float, float, int | None]:
    low, high = given.get("min"), given.get("max")
    if isinstance(low, bool) or isinstance(high, bool):
        raise KlvError('numbers were wanted as "min" and "max"')
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise KlvError(f'numbers were wanted as "min" and "max", got {low!r} and {high!r}')
    return float(low), float(high), _whole(given, "length")


def _imapb_bytes(given: Line, length: int | None) -> bytes:
    """The bytes of an IMAPB number, given as hexadecimal or as a count.

    Raises:
        KlvError: neither, or not so many bytes.
    """
    count = _whole(given, "encoded_int")
    if "hex" not in given and count is not None:
        if length is None or not 1 <= length <= _LONGEST_IMAPB or not 0 <= count < 1 << 8 * length:
            raise KlvError(
                f"a count that fits 1 to {_LONGEST_IMAPB} bytes was wanted, got {count} in {length}"
            )
        return count.to_bytes(length, "big")
    data = _bytes(given)
    if length is not None and length != len(data):
        raise KlvError(f"{length} bytes were wanted, got {len(data)}")
    return data


def _bytes(given: Line) -> bytes:
    text = _text(given, "hex")
    if text is None:
        raise KlvError('bytes were wanted as "hex"')
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise KlvError(f"hexadecimal was wanted, got {text[:60]!r}") from error


def _text(given: Mapping[str, Json], name: str) -> str | None:
    said = given.get(name)
    if said is not None and not isinstance(said, str):
        raise KlvError(f'a text was wanted as "{name}", got {said!r}')
    return said


def _whole(given: Mapping[str, Json], name: str) -> int | None:
    said = given.get(name)
    if said is None:
        return None
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 20:
        return int(said)
    if isinstance(said, bool) or not isinstance(said, int):
        raise KlvError(f'a whole number was wanted as "{name}", got {said!r}')
    return said
