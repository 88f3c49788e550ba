"""Security local set: how a stream is classified, read and written.

Source: MISB ST 0102.12, items 1, 2, 3, 12, 13 and 22.
"""

from atalaya.errors import KlvError
from atalaya.ingest.ber import item_bytes, walk

_CLASSIFICATION = 1
_LEVELS = {1: "UNCLASSIFIED", 2: "RESTRICTED", 3: "CONFIDENTIAL", 4: "SECRET", 5: "TOP SECRET"}
_GENC_THREE_LETTERS = 0x0E
_SET_VERSION = 12


def classification(security_set: bytes) -> str:
    """The level in words; empty where the set does not say one that can be read."""
    try:
        for item in walk(security_set):
            if item.tag == _CLASSIFICATION and item.length == 1:
                return _LEVELS.get(security_set[item.start], "")
    except KlvError:
        return ""
    return ""


def unclassified_set(country: str, object_countries: str) -> bytes:
    """The required items for an unclassified stream.

    Args:
        country: classifying country, GENC trigraph.
        object_countries: what is looked at, GENC trigraphs with semicolons between them.
    """
    coding = bytes((_GENC_THREE_LETTERS,))
    return b"".join(
        (
            item_bytes(_CLASSIFICATION, b"\x01"),
            item_bytes(2, coding),
            item_bytes(3, f"//{country}".encode("ascii", "replace")),
            item_bytes(12, coding),
            item_bytes(13, object_countries.encode("utf-16-be")),
            item_bytes(22, _SET_VERSION.to_bytes(2, "big")),
        )
    )
