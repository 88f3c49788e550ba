"""What the revisions of ST 0601 differ in, as far as it is known here.

Item 65 says which revision a set follows. Each revision added items; none that could be checked changed how
an item is written, so a set is read by one catalogue whatever its revision, and one that holds items
beyond its own revision is read all the same: what it says is not lost for a version number.

Known, and from where: the highest item of each revision (tables of published validators); item 66 (a
covariance matrix) was withdrawn and is in no revision in use (jmisb); the first printings of revisions 13 to
16 named the bits of item 47 in reverse, corrected by 13a to 16a: bits are read as intended, which item 65
cannot tell apart (jmisb). The revisions of ST 0903 in item 74 do differ: see that standard.
"""

_HIGHEST = {
    1: 72,
    2: 73,
    3: 76,
    4: 80,
    5: 93,
    6: 94,
    8: 95,
    9: 96,
    10: 102,
    11: 105,
    12: 108,
    16: 141,
    18: 142,
}
"""Last revision with it: its highest item."""
CURRENT_REVISION = 19
_HIGHEST_NOW = 143


def highest_item(revision: int) -> int:
    """The highest item that a revision defines.

    Args:
        revision: as item 65 says it; 0 (before the first, and test data) and those to come count as the
            current.
    """
    if revision < 1:
        return _HIGHEST_NOW
    return next((highest for last, highest in _HIGHEST.items() if revision <= last), _HIGHEST_NOW)
