"""Universal labels: what makes bytes KLV, whatever the container says.

Source: SMPTE ST 336:2017, section 5.1; SMPTE ST 298; MISB ST 0107.
"""

from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY, UNIVERSAL_SETS_BY_KEY

KEY_BYTES = 16
LABEL_PREFIX = bytes.fromhex("060e2b34")
"""Of any SMPTE label."""

SET_PREFIX = LABEL_PREFIX + b"\x02"
"""Of any set or pack: the first bytes of a key that one can look for among other bytes."""

_CATEGORIES = range(1, 6)
STUMP_BYTES = KEY_BYTES - len(SET_PREFIX)
_KEYS = (*LOCAL_SETS_BY_KEY, *UNIVERSAL_SETS_BY_KEY)
_STUMPS = frozenset(key.removeprefix(SET_PREFIX) for key in _KEYS if key.startswith(SET_PREFIX))
"""Keys of the known sets as FFmpeg 6.1 leaves them, see `begins_with_stump`."""


def begins_with_label(data: bytes | bytearray, at: int = 0) -> bool:
    """Whether a label of a category that exists begins at `at`: element, set, wrapper, label or private."""
    category = at + len(LABEL_PREFIX)
    return data.startswith(LABEL_PREFIX, at) and len(data) > category and data[category] in _CATEGORIES


def begins_with_stump(data: bytes | bytearray, at: int = 0) -> bool:
    """Whether the key of a known set without its first five bytes begins at `at`.

    FFmpeg 6.1 (libavformat 60) takes every KLV PES for one with a metadata cell and drops five bytes of it.
    """
    return bytes(data[at : at + STUMP_BYTES]) in _STUMPS
