"""The page about the charter says what the dossiers say, and every test it names exists."""

import re
from pathlib import Path

import pytest

from atalaya.dossier.wording import CHARTER

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explain" / "charter.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))


def test_every_line_of_the_charter_stands_there_in_both_languages():
    page = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8").replace("\n> ", "\n"))
    for heading, words in CHARTER:
        for language, text in words.both().items():
            assert heading.both()[language].rstrip(".") in page
            assert text in page


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_every_test_it_names_exists(file, test):
    assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_each_line_names_a_test():
    sections = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    assert len(sections) == len(CHARTER)
    assert all("::test_" in section for section in sections)
