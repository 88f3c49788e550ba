"""Papers set by typst: offline, with its own fonts, archival and accessible, the same bytes every time."""

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from atalaya.errors import ExternalError, InputError

STANDARDS: tuple[Literal["a-2a"], Literal["ua-1"]] = ("a-2a", "ua-1")
"""PDF/A-2a (ISO 19005-2, archival, tagged) and PDF/UA-1 (ISO 14289-1, readable without eyes)."""


def set_pdf(source: str, data: Mapping[str, Any], files: Mapping[str, bytes], built_utc: datetime) -> bytes:
    """The PDF of a typst source that reads `data.json` and these files, and nothing else.

    Args:
        source: typst markup; it must hold no text of a record.
        data: what it prints.
        files: pictures by plain file name.
        built_utc: the time the document says it was made; the same inputs give the same bytes.

    Raises:
        InputError: a file name with a folder in it.
        ExternalError: typst refused, or the disk is full.
    """
    if any(Path(name).name != name or name in {"main.typ", "data.json"} for name in files):
        raise InputError(f"plain file names are wanted, got {sorted(files)}")
    try:
        with tempfile.TemporaryDirectory(prefix="atalaya-paper-") as folder:
            root = Path(folder)
            (root / "main.typ").write_text(source, encoding="utf-8")
            (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            for name, content in files.items():
                (root / name).write_bytes(content)
            made = typst.compile(
                root / "main.typ",
                root=root,
                format="pdf",
                font_paths=_fonts(),
                ignore_system_fonts=True,
                pdf_standards=list(STANDARDS),
                timestamp=round(built_utc.timestamp()),
            )
    except typst.TypstError as error:
        raise ExternalError(f"typst set no PDF: {error}") from error
    except (OSError, UnicodeEncodeError) as error:
        raise ExternalError(f"no PDF was set: {error}") from error
    return made


@cache
def _fonts() -> typst.Fonts:
    """Only the fonts inside typst: another machine sets the same pages."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
