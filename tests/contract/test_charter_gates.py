"""A permit and a release decision have one origin each: no other code can make one."""

import ast

import pytest

from source_tree import ROOT, parsed, python_files

ORIGINS = {
    "Permit": "src/atalaya/governance/collection_gate.py",
    "ReleaseDecision": "src/atalaya/governance/release_gate.py",
}


def calls_of(tree: ast.AST, name: str) -> list[int]:
    """Lines that construct `name`, under whatever alias it was imported, or copy one with changes."""
    aliases = {name}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            aliases |= {alias.asname for alias in node.names if alias.name == name and alias.asname}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            aliases |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            said = (
                called.id
                if isinstance(called, ast.Name)
                else called.attr
                if isinstance(called, ast.Attribute)
                else ""
            )
            built_from_form = said == "from_json" and any(
                isinstance(part, ast.Name) and part.id in aliases for part in node.args
            )
            if said in aliases or built_from_form:
                lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("name", ORIGINS)
def test_only_its_gate_constructs_it(name):
    found = {str(path.relative_to(ROOT)) for path in python_files() if calls_of(parsed(path), name)}
    assert found == {ORIGINS[name]}


@pytest.mark.parametrize("name", ORIGINS)
def test_only_decide_constructs_it(name):
    gate = parsed(ROOT / ORIGINS[name])
    makers = [node.name for node in gate.body if isinstance(node, ast.FunctionDef) and calls_of(node, name)]
    assert makers == ["decide"]


@pytest.mark.parametrize("name", ORIGINS)
def test_nobody_inherits_from_it(name):
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                assert name not in {base.id for base in node.bases if isinstance(base, ast.Name)}, path


@pytest.mark.parametrize(
    "smuggled",
    [
        "Permit(authority_id='x')",
        "gate.Permit()",
        "from atalaya.governance.collection_gate import Permit as Ok\nOk()",
        "Made = Permit\nMade()",
        "from_json(Permit, {})",
    ],
)
def test_the_gate_test_can_fail(smuggled):
    assert calls_of(ast.parse(smuggled), "Permit")
