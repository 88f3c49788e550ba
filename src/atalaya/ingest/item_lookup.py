"""Which item a line means: standard, set, number, name or label → how it is written.

Standards are spelled as people spell them ("0601", "st0601", "ST 0601", "ST0601.19"), sets by their short
names ("VTarget", "VTargetMetadataKey", "RvtPoi").
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.codecs import Integer
from atalaya.ingest.local_set import Nested, SetSpec
from atalaya.ingest.standards.catalogue import NESTED_SETS, SETS_BY_STANDARD, UNIVERSAL_SETS_BY_KEY
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.standards.st0604 import PictureStamp
from atalaya.ingest.universal_set import KEY_BYTES, NestedUniversal, UniversalSpec, unversioned
from atalaya.ingest.value import Codec

_STANDARD = re.compile(
    r"\s*(?:misb|smpte)?\s*(?:st|eg|rp|std|standard)?[\s_.-]*(\d{3,4})(?:[.](\d{1,3}))?\s*", re.IGNORECASE
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDINGS = ("metadatakey", "metadata", "localset", "universalset", "key", "tag", "pack", "set", "ls")
_MAIN_SET_NAMES = {
    "0102": ("security",),
    "0601": ("uas", "uasdatalink"),
    "0806": ("rvt",),
    "0808": ("ancillarytext",),
    "0903": ("vmti",),
    "1206": ("sarmi",),
}
_WHOLE_ITEMS = {"1204": 94, "1010": 102}
"""Standards that are one value, by the item of ST 0601 that holds it."""
_TIMES: dict[str, tuple[str, Codec]] = {
    "0603": ("Time Stamp", Integer(size=8, unit="us")),
    "0604": ("Picture Time", PictureStamp()),
}
"""Standards of time, which are one value each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """One item of a standard, or, without a tag, one of its sets or the standard's one value.

    Args:
        standard: four digits. tag, name: as the catalogue has them. codec: how it is written.
        key: label, in a universal set.
        older: (last revision, codec) where earlier revisions wrote it otherwise.
    """

    standard: str
    tag: int | None
    name: str | None
    codec: Codec
    key: bytes | None = None
    older: tuple[tuple[int, Codec], ...] = ()


def standard_of(said: object) -> tuple[str, int | None]:
    """Four digits, and the revision where the spelling says one.

    Raises:
        KlvError: no standard's number.
    """
    match = _STANDARD.fullmatch(str(said)) if isinstance(said, str | int) else None
    if match is None or isinstance(said, bool):
        raise KlvError(f'a standard such as "0601" was wanted, got {said!r}')
    return match[1].zfill(4), int(match[2]) if match[2] else None


def find_item(
    standard: str,
    *,
    tag: int | None = None,
    name: str | None = None,
    set_name: str | None = None,
    key: bytes | None = None,
    version: int | None = None,
) -> FoundItem | None:
    """The item that is meant; None where the set is known and has no such item.

    Args:
        standard: four digits.
        tag: its number; without it the whole set, or the item of that name.
        name: decides between sets of the standard that have the same number, where no set is named.
        set_name: one of the standard's sets; the main one where it is None.
        key: of an item or of a set of a universal set, 16 bytes.
        version: revision of the standard; None for the current one.

    Raises:
        KlvError: no such standard or set.
    """
    if key is not None or (standard not in SETS_BY_STANDARD and standard == "0104"):
        return _labelled(standard, key, tag)
    if tag is None and set_name is None and standard in _WHOLE_ITEMS:
        whole = UAS_DATALINK.items.get(_WHOLE_ITEMS[standard])
        if whole is None:
            return None
        return FoundItem(standard=standard, tag=None, name=whole.name, codec=whole.codec)
    if standard in _TIMES and tag is None:
        title, codec = _TIMES[standard]
        return FoundItem(standard=standard, tag=None, name=title, codec=codec)
    sets = list(_sets(standard, set_name))
    if tag is None:
        whole_set = sets[0] if name is None else next((one for one in sets if one.title == name), None)
        if whole_set is not None:
            return _whole_set(standard, whole_set)
    return _best(standard, sets, tag, name, version)


def _whole_set(standard: str, spec: SetSpec) -> FoundItem:
    return FoundItem(standard=standard, tag=None, name=spec.title, codec=Nested(lambda: spec))


def _labelled(standard: str, key: bytes | None, tag: int | None) -> FoundItem | None:
    """An item of a universal set, or a whole one."""
    specs = [spec for spec in UNIVERSAL_SETS_BY_KEY.values() if spec.standard == standard]
    if not specs:
        raise KlvError(f"no universal set of {standard} is known, only of {sorted(_universal_standards())}")
    if key is None and tag is None:
        return _whole_universal(specs[0])
    for spec in specs:
        if key is not None and unversioned(key) == unversioned(spec.key):
            return _whole_universal(spec)
        for item in spec.items.values():
            meant = item.tag == tag if key is None else unversioned(item.key) == unversioned(key)
            if meant:
                shown = key or item.key
                return FoundItem(
                    standard=standard, tag=item.tag or None, name=item.name, codec=item.codec, key=shown
                )
    return None


def _whole_universal(spec: UniversalSpec) -> FoundItem:
    codec = NestedUniversal(lambda: spec)
    return FoundItem(standard=spec.standard, tag=None, name=spec.title, codec=codec, key=spec.key)


def _universal_standards() -> set[str]:
    return {spec.standard for spec in UNIVERSAL_SETS_BY_KEY.values()}


def _sets(standard: str, set_name: str | None) -> Iterator[SetSpec]:
    """The sets that may be meant, the likeliest first.

    Raises:
        KlvError: no such standard or set.
    """
    main = SETS_BY_STANDARD.get(standard)
    nested = {short: spec for (owner, short), spec in NESTED_SETS.items() if owner == standard}
    if main is None and not nested:
        known = sorted({*SETS_BY_STANDARD, *_WHOLE_ITEMS, *_universal_standards(), *_TIMES, "1201"})
        raise KlvError(f"no catalogue of {standard} is here, only of {', '.join(known)}")
    if set_name is None:
        yield from (spec for spec in (main, *nested.values()) if spec is not None)
        return
    short = _short(set_name)
    if main is not None and short in {_short(main.title), *_MAIN_SET_NAMES.get(standard, ())}:
        yield main
    elif short in nested:
        yield nested[short]
    else:
        names = sorted({*nested, *_MAIN_SET_NAMES.get(standard, ())})
        raise KlvError(f"one of the sets {', '.join(names)} of {standard} was wanted, got {set_name!r}")


def _short(set_name: str) -> str:
    """A set's name in lower case without what only says that it is a set."""
    short = "".join(letter for letter in set_name.lower() if letter.isalnum())
    for ending in _ENDINGS:
        if short.endswith(ending) and len(short) > len(ending):
            return short.removesuffix(ending)
    return short


def _best(
    standard: str, sets: Iterable[SetSpec], tag: int | None, name: str | None, version: int | None
) -> FoundItem | None:
    """Of all items with this number the one whose name is nearest; of several, none where no name decides."""
    wanted = _words(name)
    scored: list[tuple[float, int, FoundItem]] = []
    for place, spec in enumerate(sets):
        for number, item in spec.items_of(version).items():
            score = _likeness(wanted, _words(item.name))
            if number == tag or (tag is None and score == 1.0):
                older = tuple((last, old[number].codec) for last, old in spec.revisions if number in old)
                found = FoundItem(
                    standard=standard, tag=number, name=item.name, codec=item.codec, older=older
                )
                scored.append((score, -place, found))
    best = max(scored, key=lambda one: one[:2], default=None)
    if best is None or (best[0] == 0.0 and best[1] < 0 and len(scored) > 1):
        return None
    return best[2]


def _words(name: str | None) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORDS.findall(name or ""))


def _likeness(some: frozenset[str], others: frozenset[str]) -> float:
    """1 for the same words, 0 for none in common."""
    return len(some & others) / len(some | others) if some and others else 0.0


def key_of(said: str) -> bytes:
    """A universal label from hexadecimal, dots and spaces allowed.

    Raises:
        KlvError: not 16 bytes.
    """
    try:
        key = bytes.fromhex(said.replace(".", "").replace(":", ""))
    except ValueError as error:
        raise KlvError(f"a label in hexadecimal was wanted, got {said!r}") from error
    if len(key) != KEY_BYTES:
        raise KlvError(f"a label of {KEY_BYTES} bytes was wanted, got {len(key)}")
    return key
