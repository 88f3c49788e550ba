"""A small reader of the PDFs that typst makes: every stream decompressed, and the text of the pages."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)


def objects(pdf: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Number → (dictionary, decompressed stream); objects inside object streams are among them."""
    found: dict[int, tuple[bytes, bytes]] = {}
    for match in _OBJECT.finditer(pdf):
        number, body = int(match[1]), match[2]
        stream = _STREAM.search(body)
        data = stream[1] if stream else b""
        head = body[: stream.start()] if stream else body
        if b"/FlateDecode" in head:
            data = zlib.decompressobj().decompress(data)
        found[number] = head, data
    for head, data in list(found.values()):
        if b"/ObjStm" in head:
            count, first = int(_number(head, b"N")), int(_number(head, b"First"))
            pairs = [int(word) for word in data[:first].split()]
            starts = [*pairs[1::2], len(data) - first]
            for at in range(count):
                found[pairs[2 * at]] = data[first + starts[at] : first + starts[at + 1]], b""
    return found


def everything(pdf: bytes) -> bytes:
    """All bytes of the file and of its decompressed streams, for canaries that must be nowhere."""
    return pdf + b"\n".join(head + data for head, data in objects(pdf).values()) + text(pdf).encode()


def text(pdf: bytes) -> str:
    """The words of all pages, in the order they are drawn, without what only breaks lines."""
    found = objects(pdf)
    fonts = _font_maps(found)
    pages = [head for head, _ in found.values() if re.search(rb"/Type\s*/Page\b(?!s)", head)]
    said: list[str] = []
    for page in pages:
        names = _page_fonts(page, found)
        contents = re.search(rb"/Contents\s+(\d+) 0 R", page)
        assert contents
        said.append(_shown(found[int(contents[1])][1], {name: fonts[at] for name, at in names.items()}))
    return "\n".join(said).replace("\u200b", "").replace("\u00ad", "")


def _number(head: bytes, name: bytes) -> bytes:
    match = re.search(rb"/" + name + rb"\s+(\d+)", head)
    assert match
    return match[1]


def _page_fonts(page: bytes, found: dict[int, tuple[bytes, bytes]]) -> dict[bytes, int]:
    resources = re.search(rb"/Resources\s+(\d+) 0 R", page)
    where = found[int(resources[1])][0] if resources else page
    table = re.search(rb"/Font\s*<<(.*?)>>", where, re.DOTALL)
    if table is None:
        reference = re.search(rb"/Font\s+(\d+) 0 R", where)
        table_bytes = found[int(reference[1])][0] if reference else b""
    else:
        table_bytes = table[1]
    return {name: int(at) for name, at in re.findall(rb"/(\w+)\s+(\d+) 0 R", table_bytes)}


def _font_maps(found: dict[int, tuple[bytes, bytes]]) -> dict[int, dict[int, str]]:
    maps: dict[int, dict[int, str]] = {}
    for number, (head, _) in found.items():
        unicode_map = re.search(rb"/ToUnicode\s+(\d+) 0 R", head)
        if unicode_map:
            maps[number] = _characters(found[int(unicode_map[1])][1])
    return maps


def _characters(cmap: bytes) -> dict[int, str]:
    known: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, value in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            known[int(code, 16)] = bytes.fromhex(value.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, value in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            start = int(value, 16)
            for code in range(int(low, 16), int(high, 16) + 1):
                known[code] = chr(start + code - int(low, 16))
    return known


_TOKEN = re.compile(
    rb"/(?P<font>\w+)\s+[\d.]+\s+Tf"
    rb"|(?P<move>\bT[dDm*]\b|\bBT\b)"
    rb"|<(?P<hex>[0-9A-Fa-f\s]*)>(?!>)"
    rb"|\((?P<plain>(?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)",
    re.DOTALL,
)


def _shown(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said: list[str] = []
    font: dict[int, str] = {}
    for token in _TOKEN.finditer(content):
        if token["font"]:
            font = fonts.get(token["font"], {})
        elif token["move"]:
            said.append(" ")
        else:
            codes = (
                bytes.fromhex(token["hex"].decode()) if token["hex"] is not None else _plain(token["plain"])
            )
            pairs = zip(codes[::2], codes[1::2], strict=False)
            said.append("".join(font.get(256 * high + low, "") for high, low in pairs))
    return re.sub(r"\s+", " ", "".join(said))


def _plain(escaped: bytes) -> bytes:
    simple = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def unescape(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) & 255]) if code[:1].isdigit() else simple.get(code, code)

    return re.sub(rb"\\([0-7]{1,3}|.)", unescape, escaped, flags=re.DOTALL)
