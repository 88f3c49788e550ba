"""The house rules that a program can hold: size of files, the error tree, light starts, docs = code."""

import ast
import re
import subprocess
import sys

import pytest

from atalaya import errors
from source_tree import MAX_LINES, PACKAGE, ROOT, parsed, python_files, typescript_files

HEAVY = (
    "numba",
    "av",
    "cv2",
    "rasterio",
    "duckdb",
    "pyarrow",
    "polars",
    "scipy",
    "sqlalchemy",
    "fastapi",
    "typst",
    "numpy",
)
OURS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
ENTRY_POINTS = ("cli", "web")


@pytest.mark.parametrize(
    "path", [*python_files(), *typescript_files()], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_file_is_longer_than_500_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_every_error_of_the_tree_hangs_below_the_one_root():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.AtalayaError) for kind in kinds)
    drawn = set(re.findall(r"\w+Error", errors.__doc__ or ""))
    assert {kind.__name__ for kind in kinds} <= drawn, "an error is missing from the drawing"


def raised_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            call = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(call, ast.Name):
                yield call.id
            elif isinstance(call, ast.Attribute):
                yield call.attr


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_only_errors_of_the_tree_are_raised(path):
    room = path.relative_to(PACKAGE).parts[0]
    foreign = set(raised_names(parsed(path))) - OURS
    foreign = {name for name in foreign if name[0].isupper()}  # re-raised variables are lower case
    if room in ENTRY_POINTS:
        foreign -= {"HTTPException", "BadParameter", "Exit", "RequestValidationError"}
    assert not foreign, f"raises {sorted(foreign)}"


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_bare_or_blanket_except_below_the_entry_points(path):
    if path.relative_to(PACKAGE).parts[0] in ENTRY_POINTS:
        return
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: bare except"
            caught = {leaf.id for leaf in ast.walk(node.type) if isinstance(leaf, ast.Name)}
            assert not caught & {"Exception", "BaseException"}, f"line {node.lineno}: blanket except"


def test_help_imports_nothing_heavy():
    probe = (
        "import sys\nfrom atalaya.cli.main import build\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(build(), ['--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_of_the_command_line_stands_in_the_docs():
    import typer.main

    from atalaya.cli.main import build

    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")

    def walk(command, path):
        children = getattr(command, "commands", None)
        if children:
            for name, child in children.items():
                walk(child, [*path, name])
        else:
            spoken = " ".join(path)
            assert f"`{spoken}" in text or f"$ {spoken}" in text, f"docs/reference/cli.md lacks `{spoken}`"

    walk(typer.main.get_command(build()), ["atalaya"])


def test_no_help_text_has_a_unit_in_square_brackets_which_the_terminal_would_swallow():
    import typer.main

    from atalaya.cli.main import build

    def texts(command):
        yield command.help or ""
        for parameter in command.params:
            yield getattr(parameter, "help", None) or ""
        for child in getattr(command, "commands", {}).values():
            yield from texts(child)

    found = list(texts(typer.main.get_command(build())))
    assert len(found) > 200
    assert [text for text in found if re.search(r"\[[a-z]+\]", text)] == []


def test_every_invariant_of_the_architecture_names_a_test_that_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 250
    invariants = re.findall(
        r"^\s*(?:[-*]\s+)?\*\*Invariant:\*\*.*(?:\n(?!\s*(?:[-*]\s+)?\*\*|\n|#).*)*", text, re.MULTILINE
    )
    assert len(invariants) >= 15
    all_tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for invariant in invariants:
        named = re.findall(r"`(test_\w+)`", invariant)
        assert named, f"names no test: {invariant[:80]}"
        for test in named:
            named_file = any((ROOT / "tests").rglob(f"{test}.py"))
            assert named_file or f"def {test}(" in all_tests, f"{test} is nowhere"


def test_public_functions_have_docstrings_with_raises_where_they_raise():
    """`Raises` stands in the docstring of every public function that raises by itself."""
    missing = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] in ENTRY_POINTS:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                raises = any(isinstance(inner, ast.Raise) and inner.exc for inner in ast.walk(node))
                if raises and "Raises" not in (ast.get_docstring(node) or ""):
                    missing.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}")
    assert not missing, "\n".join(missing)


def test_no_clock_no_dice_below_io():
    """import-linter forbids the modules; this finds `datetime.now`, `uuid4` and unseeded generators."""
    rooms = {path.name for path in PACKAGE.iterdir()} - {"io", "app", "web", "cli"}
    pattern = re.compile(
        r"\b(?:datetime\.now|datetime\.utcnow|date\.today|uuid4|uuid1|default_rng\(\)|np\.random\.(?!Generator|default_rng))"
    )
    for path in python_files():
        if path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] in rooms:
            assert not pattern.search(path.read_text(encoding="utf-8")), f"{path} uses a clock or dice"
