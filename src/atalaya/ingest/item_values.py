"""JSON as it is written for people → values as codecs take them."""

from collections.abc import Mapping

from atalaya.errors import KlvError
from atalaya.ingest.item_lookup import key_of
from atalaya.ingest.local_set import Nested, SetSpec
from atalaya.ingest.series import NumberedSet, Series
from atalaya.ingest.universal_set import NestedUniversal, unversioned
from atalaya.ingest.value import Codec, Decoded, Entry, Flag, Json, Value

_NUMBERS_BY_WORD = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


_NEVER_SAID = frozenset(map(str, (Flag.MALFORMED, Flag.OUT_OF_RANGE, Flag.UNKNOWN_ITEM)))


def require_sayable(said: Mapping[str, Json]) -> None:
    """Refuse what has no value because its bytes could not be read: there is nothing to write.

    Args:
        said: "value" and, where there is none, the "flag" that tells why.

    Raises:
        KlvError: such an item.
    """
    flag = said.get("flag")
    if said.get("value") is None and isinstance(flag, str) and flag in _NEVER_SAID:
        raise KlvError(f"what is {flag} has no value to write")


def encode_json(codec: Codec, said: Json, length: int | None = None) -> bytes:
    """The bytes of an item from its JSON.

    Args:
        codec: of the item.
        said: as decoding gives it; null is the error indicator where the item has one, else zero bytes.
        length: bytes to write, where the standard leaves a choice.

    Raises:
        KlvError: the item cannot say that.
    """
    if said is None:
        return _unknown(codec, length)
    try:
        return codec.encode(decoded_of(codec, said), length)
    except KlvError:
        if isinstance(said, str) and said in _NUMBERS_BY_WORD:
            return codec.encode(_NUMBERS_BY_WORD[said], length)
        raise


def _unknown(codec: Codec, length: int | None) -> bytes:
    """How an item says that its value is not known."""
    probe = codec.decode(b"\x00")
    if probe.flag is Flag.OPAQUE:
        return codec.encode(None, length)
    try:
        return codec.encode(None, length)
    except KlvError:
        return b""


def decoded_of(codec: Codec, said: Json) -> Decoded:
    """A value from its JSON: sets become entries, everything else stays.

    Raises:
        KlvError: a set that is none.
    """
    match codec:
        case Series(element) if isinstance(said, list):
            return [decoded_of(element, one) for one in said]
        case NumberedSet(spec) if isinstance(said, dict) and "items" in said:
            items = decoded_of(Nested(spec), said["items"])
            return {key: items if key == "items" else _plain(one) for key, one in said.items()}
        case Nested(spec):
            return _local_entries(spec(), said)
        case NestedUniversal(universal):
            by_key = {
                unversioned(item.key).hex(): (item.tag, item.key, item.name, item.codec)
                for item in universal().items.values()
            }
            return _entries(said, by_key)
        case _:
            return _plain(said)


def _local_entries(spec: SetSpec, said: Json) -> tuple[Entry, ...]:
    items = spec.items_of(_version(said, spec.version_tag))
    return _entries(said, {str(tag): (tag, None, item.name, item.codec) for tag, item in items.items()})


def _plain(said: Json) -> Decoded:
    if isinstance(said, list):
        return [_plain(one) for one in said]
    if isinstance(said, dict):
        return {key: _plain(one) for key, one in said.items()}
    return said


def _version(said: Json, tag: int | None) -> int | None:
    """The revision that a set says it follows."""
    one = said.get(str(tag)) if isinstance(said, dict) else None
    version = one.get("value") if isinstance(one, dict) else one
    return version if isinstance(version, int) else None


type _Known = Mapping[str, tuple[int, bytes | None, str | None, Codec]]


def _entries(said: Json, known: _Known) -> tuple[Entry, ...]:
    """Entries in the order of the object.

    Raises:
        KlvError: no object of items, or an item that the set does not have.
    """
    if not isinstance(said, dict):
        raise KlvError(f"a set as an object by tag was wanted, got {said!r}")
    return tuple(
        _entry(key, one, known)
        for key, ones in said.items()
        for one in (ones if isinstance(ones, list) else [ones])
    )


def _entry(key: str, said: Json, known: _Known) -> Entry:
    given_key = key_of(key) if len(key) == 32 else None
    found = known.get(key if given_key is None else unversioned(given_key).hex())
    if found is None:
        raise KlvError(f"the set has no item {key}")
    tag, label, name, codec = found
    inner = said.get("value") if isinstance(said, dict) and "value" in said else said
    shown = given_key or label
    if isinstance(said, dict):
        require_sayable(said)
    if inner is None:
        cleared = isinstance(said, dict) and said.get("flag") == str(Flag.ZERO_LENGTH)
        raw = b"" if cleared else _unknown(codec, None)
        value = Value(value=None, raw=raw, flag=Flag.ERROR_INDICATOR if raw else Flag.ZERO_LENGTH)
    else:
        raw = encode_json(codec, inner)
        value = Value(value=None, raw=raw, flag=Flag.MALFORMED)  # already written: its bytes are taken
    return Entry(tag=tag, name=name, value=value, key=shown)
