"""ST 1607: segments and amendments of a set, which inherit what they do not say themselves.

A segment speaks of a part of what its parent speaks of (one of several pictures in a frame): each segment
makes a set of its own. An amendment corrects its parent: it takes its place. Both may hold children of
their own, which inherit from them in turn.

Source: MISB ST 1607; ST 0601, items 100 and 101.
"""

from dataclasses import dataclass

from atalaya.ingest.standards.st0601 import AMEND, REPEATABLE, SEGMENT
from atalaya.ingest.value import Entries, Entry, Value

__all__ = ["AMEND", "SEGMENT", "EffectiveSet", "effective_sets", "inherited"]

_SEGMENT, _AMEND, _CHECKSUM = 100, 101, 1
_CHILDREN = (_SEGMENT, _AMEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSet:
    """What a set says once inheritance is done: items only, no children.

    Args:
        entries: of the set.
        segment: its place among the parent's segments, level by level; () for the set itself.
    """

    entries: Entries
    segment: tuple[int, ...]


def inherited(parent: Entries, child: Entries) -> Entries:
    """The items of a child: the parent's, each replaced by the child's own where it says it.

    Args:
        parent: items of the set that holds the child; its children and its checksum are not inherited.
        child: its own items. One of zero length takes the parent's back: the value is unknown here.

    Returns:
        In the parent's order, what only the child says after it. Of an item that may come several times
        in a set (`REPEATABLE`) both the parent's and the child's are given.
    """
    own = [entry for entry in child if entry.tag != _CHECKSUM]
    said = {entry.tag for entry in own} - REPEATABLE
    kept = [entry for entry in parent if entry.tag not in (*_CHILDREN, _CHECKSUM)]
    placed: list[Entry] = []
    for entry in kept:
        if entry.tag not in said:
            placed.append(entry)
        elif all(one.tag != entry.tag for one in placed):
            placed += [one for one in own if one.tag == entry.tag]
    here = {entry.tag for entry in kept} - REPEATABLE
    return (*placed, *(entry for entry in own if entry.tag not in here))


def effective_sets(entries: Entries) -> tuple[EffectiveSet, ...]:
    """A set with its segments and amendments applied.

    Args:
        entries: of a decoded set.

    Returns:
        One set for each segment, whatever its depth, in their order; the set itself where it has none.
        Of several amendments beside each other the first that can be read is applied: the standard
        knows one, later corrections are nested.
    """
    return tuple(_effective(entries, ()))


def _effective(entries: Entries, path: tuple[int, ...]) -> list[EffectiveSet]:
    amended = _amended(entries)
    segments = [one for one in (_set_of(entry, _SEGMENT) for entry in amended) if one is not None]
    if not segments:
        return [EffectiveSet(entries=_plain(amended), segment=path)]
    found: list[EffectiveSet] = []
    for place, segment in enumerate(segments):
        found += _effective(inherited(amended, segment), (*path, place))
    return found


def _amended(entries: Entries) -> Entries:
    """The set with its amendment applied, segments kept: the amendment's and its own."""
    amendment = next((one for one in (_set_of(entry, _AMEND) for entry in entries) if one is not None), None)
    if amendment is None:
        return entries
    own_segments = tuple(entry for entry in entries if entry.tag == _SEGMENT)
    return (*inherited(entries, _amended(amendment)), *own_segments)


def _plain(entries: Entries) -> Entries:
    return tuple(entry for entry in entries if entry.tag not in _CHILDREN)


def _set_of(entry: Entry, tag: int) -> Entries | None:
    value: Value = entry.value
    return value.value if entry.tag == tag and isinstance(value.value, tuple) else None
