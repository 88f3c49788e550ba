"""The project's own source files, parsed once, for the tests that read code."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "atalaya"
MAX_LINES = 500


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "src").rglob("*.py")))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def typescript_files() -> tuple[Path, ...]:
    folder = PACKAGE / "web" / "ui"
    return tuple(
        path
        for path in sorted(folder.rglob("*.ts"))
        if "node_modules" not in path.parts and not path.name.endswith(".d.ts")
    )
