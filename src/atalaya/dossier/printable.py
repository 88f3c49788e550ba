"""Text made safe to print: what the fonts of the papers cannot show is written as its code point."""

import unicodedata

_ALSO = frozenset("–—‘’“”…−≤≥≈→·•€")
"""Outside Latin-1 and Latin Extended-A, what our own wording uses."""


def printable(text: str) -> str:
    """The text on one line, in characters every font of the papers has; any other as `[U+4E2D]`.

    Nothing is lost and nothing can hide: control and direction characters become visible too.
    """
    return "".join(_shown(character) for character in unicodedata.normalize("NFC", text))


def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\r\t":
        return " "
    if 0x20 <= code <= 0x7E or (0xA0 <= code <= 0x17F and code != 0xAD) or character in _ALSO:
        return character
    return f"[U+{code:04X}]"
