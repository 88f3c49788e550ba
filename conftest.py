"""Runs every block of the documentation, page by page, each page in a fresh folder of its own.

`python` blocks share one namespace. `console` blocks are run by bash line by line: `$ NAME=$(…)` keeps an
answer for later lines; lines without `$` must appear in what the last command printed, `…` standing for
anything. `geojson` blocks are written to `area.geojson`.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser


def _fresh_folder(namespace: dict) -> None:
    namespace["_home"] = Path.cwd()
    namespace["_folder"] = tempfile.TemporaryDirectory(prefix="atalaya-docs-")
    namespace["_kept"] = {}
    os.chdir(namespace["_folder"].name)


def _leave_folder(namespace: dict) -> None:
    os.chdir(namespace["_home"])
    namespace["_folder"].cleanup()


def _run_console(example: Example) -> None:
    printed = ""
    for line in example.parsed.splitlines():
        if line.startswith("$ "):
            printed = _run(line[2:], example.namespace)
        elif line.strip() and not _appears(line, printed):
            raise AssertionError(f"expected: {line}\nprinted:\n{printed}")


def _run(line: str, namespace: dict) -> str:
    keep = re.fullmatch(r"(\w+)=\$\((.*)\)", line)
    given = {
        name: value for name, value in namespace.items() if isinstance(value, str) and name.isidentifier()
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", keep.group(2) if keep else line],
        env=os.environ | given | namespace["_kept"] | {"PATH": path, "COLUMNS": "110"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"$ {line}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    if keep:
        namespace["_kept"][keep.group(1)] = done.stdout.strip()
    return done.stdout


def _appears(line: str, printed: str) -> bool:
    words = ".*".join(r"\s+".join(map(re.escape, part.split())) for part in line.split("…"))
    return re.search(words, printed) is not None


def _write_area(example: Example) -> None:
    Path("area.geojson").write_text(example.parsed, encoding="utf-8")


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(),
        CodeBlockParser(language="console", evaluator=_run_console),
        CodeBlockParser(language="geojson", evaluator=_write_area),
        SkipParser(),
    ],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    setup=_fresh_folder,
    teardown=_leave_folder,
).pytest()
