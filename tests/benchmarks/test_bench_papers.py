"""What the papers of a dossier cost: both PDFs, and all files."""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import typst

from atalaya.app.papers import render_papers
from atalaya.custody.hashing import content_hash
from atalaya.dossier.language import Language
from atalaya.dossier.paper import MAP_FILE, paper
from atalaya.dossier.site_map import site_map
from atalaya.io.pdf import STANDARDS, set_pdf
from atalaya.io.pictures import encode_jpeg
from atalaya.model.identifiers import SiteId
from dossier_samples import dossier, picture, view

PICTURES, WIDTH_PX, HEIGHT_PX = 4, 720, 540
MADE = datetime(2026, 11, 22, 10, tzinfo=UTC)
ONE_LINE = '#set document(title: "x")\n#set text(lang: "es")\n= Expediente\nUna línea.\n'


def case(number):
    """Another case each time, with other pictures: typst remembers what it has set before."""
    rng = np.random.default_rng([41, number])
    made = []
    for one in range(PICTURES):
        coarse = rng.integers(40, 200, (HEIGHT_PX // 20, WIDTH_PX // 20, 3), dtype=np.uint8)
        smooth = np.kron(coarse, np.ones((20, 20, 1), dtype=np.uint8))
        grain = rng.integers(0, 16, smooth.shape, dtype=np.uint8)
        made.append(encode_jpeg(smooth + grain, comment=f"SYNTHETIC {number} {one}"))
    pictures = {content_hash(data): data for data in made}
    marked = tuple(
        replace(picture(content, 17 + 24 * place), width_px=WIDTH_PX, height_px=HEIGHT_PX)
        for place, content in enumerate(pictures)
    )
    seen = view(dossier(marked))
    assert seen.position is not None
    moved = replace(seen.position, lon_deg=seen.position.lon_deg + 1e-3 * number, ce90_m=12.4 + 0.1 * number)
    return replace(seen, position=moved, site_id=SiteId(f"SIT-{number:04d}")), pictures


@pytest.fixture
def cases():
    return iter([case(number) for number in range(12)])


def both_pdfs(seen, pictures):
    made = []
    for language in Language:
        written, drawn = paper(seen, language), site_map(seen, language)
        files = {name: pictures[content] for name, content in written.pictures.items()}
        assert drawn is not None
        made.append(set_pdf(written.source, written.data, files | {MAP_FILE: drawn.encode()}, MADE))
    return made


def one_line(folder: Path, number: int) -> bytes:
    """The least that typst does for a PDF of the same standards: one heading, one line."""
    (folder / "x.typ").write_text(f"{ONE_LINE}{number}\n", encoding="utf-8")
    return bytes(
        typst.compile(
            folder / "x.typ",
            format="pdf",
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
            ignore_system_fonts=True,
            pdf_standards=list(STANDARDS),
            timestamp=0,
        )
    )


def print_first_cost(what: str) -> None:
    """CPU seconds of the first of its kind in this process; called in a process of its own."""
    seen, pictures = case(0)
    with tempfile.TemporaryDirectory() as folder:
        work = {
            "papers": lambda: render_papers(None, seen, pictures),
            "pdfs": lambda: both_pdfs(seen, pictures),
            "line": lambda: one_line(Path(folder), 0),
        }[what]
        began = time.process_time()
        work()
        sys.stdout.write(f"{time.process_time() - began}")


def first_cost_s(what: str) -> float:
    here = Path(__file__).parent
    code = f"import test_bench_papers as own; own.print_first_cost({what!r})"
    places = os.pathsep.join([str(here), str(here.parent)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def test_first_papers_of_a_process(race):
    costs = race.once(lambda: {what: first_cost_s(what) for what in ("papers", "pdfs", "line")})
    for what, name in (("pdfs", "both PDFs (es, en)"), ("papers", "every paper")):
        race.note(
            f"{name}, the first in a process",
            f"{costs[what]:.2f} CPU-s",
            f"{costs['line']:.2f} typst, one line, one language",
            f"{costs['line'] / costs[what]:.2f} x",
        )


def test_both_pdfs(race, job, cases, tmp_path):
    numbers = itertools.count()
    race.run(
        f"both PDFs (es, en) with {PICTURES} pictures, another case each time",
        job(name="Atalaya", run=lambda: both_pdfs(*next(cases)), amount=1),
        job(name="typst, one line, one language", run=lambda: one_line(tmp_path, next(numbers)), amount=1),
        unit="CPU-s",
        each=1.0,
    )


def test_all_papers(race, job, cases):
    race.run(
        "every paper (PDFs, maps, GeoPackage, STIX, JSON), another case each time",
        job(name="Atalaya", run=lambda: render_papers(None, *next(cases)), amount=1),
        job(name="two PDFs alone", run=lambda: both_pdfs(*next(cases)), amount=1),
        unit="CPU-s",
        each=1.0,
    )
