"""Every shared vector through the lines of `atalaya klv items`, counted by standard; each miss is listed.

    python tests/benchmarks/measure_klv_vectors.py

What the charter keeps closed is counted apart. Vectors of jmisb without a tag, or whose value is a Java
expression, say nothing that can be compared and are counted as not literal. A vector does not say which
revision wrote it: where ST 0903.3 wrote otherwise, one of both must be right. jmisb rounds what it expects:
numbers are compared to the decimals that it gives, at most to 1e-6 of them.
"""

import json
import math
import re
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from atalaya.ingest.item_lines import decode_line, encode_line

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared_data import shared_file

NO_NUMBERS = ("Double.POSITIVE_INFINITY", "Double.NEGATIVE_INFINITY", "Double.NaN")
OPAQUE = {*(("0601", tag) for tag in (60, 61, 62, 140)), ("0806", 6)}
FOLDER = "data/klv/vectors"
OLDER = {"0903": (3,)}
NO_LITERAL = object()
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

type Line = dict[str, Any]
type Outcome = tuple[str, str]


def main() -> None:
    counts: Counter[tuple[str, str, str]] = Counter()
    misses: list[str] = []
    for kind, standard, outcome, told in outcomes():
        counts[standard, kind, outcome] += 1
        if outcome == "miss":
            misses.append(f"{kind} {standard}: {told}")
    lines = [
        "| vectors | standard | right | of | opaque by charter | not literal |",
        "|---|---|---|---|---|---|",
    ]
    for standard, kind in sorted({key[:2] for key in counts}, key=lambda key: key[::-1]):
        right, miss, closed, other = (
            counts[standard, kind, name] for name in ("right", "miss", "opaque", "not literal")
        )
        lines.append(f"| {kind} | {standard} | {right} | {right + miss} | {closed} | {other} |")
    print("\n".join([*lines, "", f"{len(misses)} misses", *misses]))  # noqa: T201


def outcomes() -> Iterator[tuple[str, str, str, str]]:
    """(kind, standard, right | miss | opaque | not literal, what came) of each vector."""
    for row in loaded("st1201_imapb.json")["rows"]:
        yield "IMAPB", "1201", *of_imapb(row)
    for vector in loaded("kwiver_st0601_vectors.json"):
        yield "kwiver", "0601", *of_kwiver(vector)
    for vector in loaded("jmisb_vectors.json"):
        standard = vector["std"].removeprefix("st")
        yield f"jmisb {vector['dir']}", standard, *of_jmisb(standard, vector)


def loaded(name: str) -> Any:
    return json.loads(shared_file(f"{FOLDER}/{name}").read_text(encoding="utf-8"))


def decoded(**line: Any) -> Line:
    return decode_line(json.dumps(line))


def of_imapb(row: list[Any]) -> Outcome:
    low, high, length, value, count, said = row
    asked = {"standard": "1201", "min": low, "max": high, "length": length}
    back = decode_line(json.dumps(asked | {"encoded_int": count}))
    hexadecimal = count.to_bytes(length, "big").hex()
    there = encode_line(json.dumps(asked | {"value": value}))
    right = back.get("value") == said and there.get("hex") == hexadecimal
    return "right" if right else "miss", f"{row}: {back} {there}"


def of_kwiver(vector: Line) -> Outcome:
    found = decoded(standard="0601", tag=vector["tag"], hex=vector["hex"])
    if ("0601", vector["tag"]) in OPAQUE:
        return ("opaque" if found["flag"] == "opaque" else "miss"), str(found)
    right = agrees(vector["value"], found)
    return "right" if right else "miss", f"{told(vector)}\n    {told(found)}"


def told(what: Line) -> str:
    return json.dumps(what, ensure_ascii=False)[:900]


def of_jmisb(standard: str, vector: Line) -> Outcome:
    if "tag" not in vector:
        return "not literal", ""
    asked = {"standard": standard, "tag": vector["tag"], "set": vector["set"]}
    if (standard, vector["tag"]) in OPAQUE:
        return "opaque", ""
    if vector["dir"] == "encode":
        return of_encode(asked, vector)
    found = decoded(**asked, hex=vector["hex"])
    if vector["dir"] == "reject":
        refused = "error" in found or (found["flag"] != "ok" and found["value"] is None)
        return "right" if refused else "miss", f"{told(vector)}\n    {told(found)}"
    said = vector.get("value", NO_LITERAL)
    said = literal(vector["expr"]) if said is NO_LITERAL else unescaped(said)
    if said is NO_LITERAL:
        return "not literal", ""
    older = [decoded(**asked, hex=vector["hex"], version=version) for version in OLDER.get(standard, ())]
    right = any(is_said(one, said, vector.get("tol", 0.0)) for one in (found, *older))
    return "right" if right else "miss", f"{told(vector)}\n    {told(found)}"


def of_encode(asked: Line, vector: Line) -> Outcome:
    said = literal(vector["from"])
    if said is NO_LITERAL:
        return "not literal", ""
    length = len(vector["hex"]) // 2
    line = asked | {"value": said}
    # a fixed number of bytes is not asked for where the item itself knows it
    ways: list[Line] = [
        {},
        {"length": length},
        *({"version": one} for one in OLDER.get(asked["standard"], ())),
    ]
    written = {encode_line(json.dumps(line | more)).get("hex") for more in ways}
    answer = encode_line(json.dumps(line | {"length": length}))
    return "right" if vector["hex"] in written else "miss", f"{told(vector)}\n    {told(answer)}"


def unescaped(said: Any) -> Any:
    return (
        said.encode("latin-1", "backslashreplace").decode("unicode_escape") if isinstance(said, str) else said
    )


def literal(java: str) -> Any:
    """The value of a Java literal, alone or with a tolerance behind it; NO_LITERAL for anything else."""
    java = re.sub(r",\s*[\w.]*DELTA$", "", java.strip())
    text = re.sub(r"^\((?:byte|short|int|long|float|double)\)\s*", "", java.strip())
    if text in NO_NUMBERS:
        return None
    if re.fullmatch(r'"[^"]*"', text):
        return unescaped(text[1:-1])
    text = text.replace("_", "").rstrip("LlFfDd") if not text.lower().startswith("0x") else text
    try:
        return int(text, 16) if text.lower().startswith("0x") else float(text) if "." in text else int(text)
    except ValueError:
        return NO_LITERAL


def is_said(found: Line, said: Any, tolerance: float) -> bool:
    """Whether an answer says what jmisb's test expects: a number, a word, or a text with a number in it."""
    if "error" in found:
        return False
    value = found["value"]
    if isinstance(value, dict) and {"numerator", "denominator"} <= value.keys():
        value = {**value, "rate": value["numerator"] / value["denominator"]}
    if said == "[NULL]":  # what jmisb shows of an identifier that it cannot read
        return value is None
    if said is None or said in NO_NUMBERS or (isinstance(said, str) and said.startswith(("NaN", "Infinity"))):
        return value is None and found["flag"] == "error_indicator"
    if isinstance(said, int | float):
        slack = max(tolerance, 1e-9 + 1e-6 * abs(said))
        return any(math.isclose(one, said, rel_tol=0.0, abs_tol=slack) for one in numbers(value))
    if same_words(said, found.get("label")) or any(same_words(said, one) for one in leaves(value)):
        return True
    return shown(said, value)


def same_words(some: Any, other: Any) -> bool:
    plain = [
        "".join(letter for letter in str(one).casefold() if letter.isalnum())
        for one in (some, other)
        if isinstance(one, str)
    ]
    return len(plain) == 2 and plain[0] == plain[1]


def shown(said: str, value: Any) -> bool:
    """Whether the numbers of a text are those of the value, to the decimals that the text gives."""
    if (time_us := moment_us(said)) is not None:
        return time_us in numbers(value)
    text = re.sub(r"^ST ?\d{4}[.]", "", said)
    words = _NUMBER.findall(text)
    found = list(numbers(value))
    return bool(words) and all(
        any(abs(one - float(word)) <= 0.5001 * 10.0 ** -len(word.partition(".")[2]) for one in found)
        for word in words
    )


def moment_us(said: str) -> int | None:
    """Microseconds of a date and time; None where the text is none."""
    try:
        moment = datetime.fromisoformat(said).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) if "T" in said else None


def leaves(value: Any) -> Iterator[Any]:
    inside = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inside, list):
        yield inside
        return
    for one in inside:
        yield from leaves(one)


def numbers(value: Any) -> Iterator[float]:
    yield from (one for one in leaves(value) if isinstance(one, int | float) and not isinstance(one, bool))


def agrees(theirs: Any, answer: Line) -> bool:
    """Whether an answer says what kwiver's golden decode says."""
    return (
        answer.get("flag") == "opaque" or theirs == answer.get("label") or same(theirs, answer.get("value"))
    )


def same(theirs: Any, ours: Any) -> bool:
    match theirs:
        case {"length": _, "value": plain} | {"integer": plain, "string": _}:
            found = same(plain, ours)
        case {"bytes": _, "hex": text}:
            found = isinstance(ours, str) and text.replace("-", "") == ours.replace("-", "").lower()
        case [{"key": _, "value": _}, *_]:
            found = same_set(theirs, ours)
        case [{"integer": _}, *_] if isinstance(ours, int):
            found = ours == sum(1 << one["integer"] for one in theirs)
        case list():
            found = same_list(theirs, ours)
        case dict():
            found = isinstance(ours, dict) and same_leaves(theirs, ours)
        case str() if isinstance(ours, str):
            found = theirs.replace("\0", "") == ours  # UTF-16 that kwiver leaves as bytes
            found = found or (theirs.endswith("=") and b64decode(theirs).hex() == ours)
        case int() | float() if isinstance(ours, int | float):
            found = math.isclose(theirs, ours, rel_tol=1e-9, abs_tol=1e-9)
        case _:
            found = bool(theirs == ours)
    return found


def same_list(theirs: list[Any], ours: Any) -> bool:
    if not isinstance(ours, list) or len(theirs) != len(ours):
        return False
    return all(same(one, other) for one, other in zip(theirs, ours, strict=True))


def same_set(theirs: list[Any], ours: Any) -> bool:
    """A set by its tags; one that a producer repeats is a list with us."""
    if not isinstance(ours, dict):
        return False
    by_tag: dict[str, list[Any]] = {}
    for item in theirs:
        by_tag.setdefault(str(item["key"]["integer"]), []).append(item)
    if by_tag.keys() != ours.keys():
        return False
    for tag, items in by_tag.items():
        mine = ours[tag] if isinstance(ours[tag], list) else [ours[tag]]
        pairs = zip(items, mine, strict=False)
        if len(items) != len(mine) or not all(agrees(one["value"], other) for one, other in pairs):
            return False
    return True


def same_leaves(theirs: Line, ours: Line) -> bool:
    """Objects whose fields have other names with us: every value that they give is one of ours."""
    mine = list(leaves(ours))
    for one in theirs.values():
        if isinstance(one, dict | list) and not is_scalar(one):
            if not any(same(one, other) for other in (*ours.values(), ours)):
                return False
        elif one is not None and not any(same(one, other) for other in mine):
            return False
    return True


def is_scalar(theirs: Any) -> bool:
    return isinstance(theirs, dict) and ("bytes" in theirs or "integer" in theirs or "length" in theirs)


if __name__ == "__main__":
    main()
