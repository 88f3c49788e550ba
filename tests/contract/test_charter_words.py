"""The charter in the code's own words: no name in the package speaks of what it must not know."""

import ast
import re
from collections.abc import Iterator

import pytest

from atalaya.ingest.codecs import Opaque
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from source_tree import PACKAGE, ROOT, parsed, python_files, typescript_files

REFUSED = frozenset(
    [
        "person",
        "persons",
        "people",
        "pedestrian",
        "pedestrians",
        "human",
        "humans",
        "face",
        "faces",
        "facial",
        "plate",
        "plates",
        "phone",
        "phones",
        "weapon",
        "weapons",
        "laser",
        "lasers",
        "strike",
        "strikes",
        "missile",
        "missiles",
        "gun",
        "guns",
        "munition",
        "munitions",
        "kill",
        "lethal",
        "biometric",
        "gait",
    ]
)
WORD_LISTS = frozenset({"src/atalaya/detection/refused_classes.py"})
"""The one file that must hold the refused words as data: it is what refuses them."""


def words(name: str) -> set[str]:
    """`TargetPlate`, `target_plate` and `target-plate` are all {target, plate}."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def names_of(tree: ast.AST) -> Iterator[str]:
    """Every name that code defines: types, functions, arguments, fields, variables, enum values."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name, body=body):
                yield name
                for statement in body:  # enum members carry their name in the value as well
                    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
                        yield str(statement.value.value)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.TypeAlias(name=ast.Name(id=name)):
                yield name
            case _:
                pass


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_in_the_package_is_for_a_person_or_a_weapon(path):
    if str(path.relative_to(ROOT)) in WORD_LISTS:
        return
    bad = {name for name in names_of(parsed(path)) if words(name) & REFUSED}
    assert not bad, f"{path.name} defines {sorted(bad)}"


def test_no_name_in_the_workbench_is_for_a_person_or_a_weapon():
    files = typescript_files()
    assert files, "the workbench has no TypeScript sources"
    declared = re.compile(
        r"\b(?:interface|class|type|enum|const|let|function)\s+(\w+)|^\s*(?:readonly\s+)?(\w+)\??:",
        re.MULTILINE,
    )
    for path in files:
        found = {name for pair in declared.findall(path.read_text(encoding="utf-8")) for name in pair if name}
        bad = {name for name in found if words(name) & REFUSED}
        assert not bad, f"{path.name} defines {sorted(bad)}"


def test_the_words_test_can_fail():
    tree = ast.parse("class Thing:\n    face_width_px: float\nclass K(StrEnum):\n    A = 'licence-plate'\n")
    assert [name for name in names_of(tree) if words(name) & REFUSED] == ["licence-plate", "face_width_px"]
    assert not words("surface_m") & REFUSED
    assert not words("template") & REFUSED


def test_nothing_is_ever_hostile_in_cursor_on_target():
    hostile = re.compile(r"""["'`]a-h\b""")
    for path in (*python_files(), *typescript_files()):
        assert not hostile.search(path.read_text(encoding="utf-8")), f"{path} writes a hostile CoT type"


def test_klv_items_for_weapons_and_laser_codes_are_never_named():
    """Items 60, 61, 62 and 140 of ST 0601 stay opaque: no table of ours decodes, names or writes them."""
    opaque = {tag for tag, item in UAS_DATALINK.items.items() if isinstance(item.codec, Opaque)}
    assert opaque == {60, 61, 62, 140}
    assert {UAS_DATALINK.items[tag].name for tag in opaque} == {None}
    for path in (PACKAGE / "ingest").glob("*.py"):
        numbers = {node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)}
        assert not {number for number in numbers if type(number) is int} & (opaque - {60}), path
