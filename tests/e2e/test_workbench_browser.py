"""The workbench in a real browser: each test of `web/ui/browser` on live servers over seeded workspaces."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from atalaya.model.actor import Actor, Role
from atalaya.model.identifiers import ActorId
from atalaya.web.bench import STATIC
from atalaya.web.server import create_app
from fakes.live_server import live
from fakes.workbench import ANALYST, FakeWorkbench, make_bench, make_mp4, make_terrain

UI = Path(__file__).resolve().parents[2] / "src" / "atalaya" / "web" / "ui"
NODE = shutil.which("node") or str(Path(sys.executable).with_name("node"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AUDITOR = Actor(ActorId("auditor.01"), Role.OVERSIGHT_AUDITOR)
TITLE = re.compile(r"^\s*test\(\s*[\"`](.+?)[\"`],", re.MULTILINE)


def titles() -> list[str]:
    """Titles in the sources; loops over themes and over languages are written out."""
    found = [
        it for path in sorted((UI / "browser").glob("*.spec.ts")) for it in TITLE.findall(path.read_text())
    ]
    for name, values in (("${theme}", ("light", "dark")), ("${language}", ("en", "es"))):
        found = [it.replace(name, value) for it in found for value in (values if name in it else values[:1])]
    return found


def missing() -> str:
    """What this machine lacks, in words; empty where nothing."""
    if not Path(CHROMIUM).exists():
        return f"no Chromium at {CHROMIUM}: apt-get install chromium, or set CHROMIUM"
    if not Path(NODE).exists():
        return "no node on the PATH or beside Python"
    if not (UI / "node_modules").is_dir() or not (STATIC / "index.html").is_file():
        return "the page is not built: npm ci && npm run build in src/atalaya/web/ui"
    return ""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Title to (status, messages) of one run of all browser tests."""
    if lack := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lack)
    folder = tmp_path_factory.mktemp("browser")
    mp4 = make_mp4(folder / "clip.mp4")
    benches = {
        "FULL": (FakeWorkbench(mp4), ANALYST),
        "RELIEF": (FakeWorkbench(mp4, ground=make_terrain()), ANALYST),
        "DECIDE": (FakeWorkbench(mp4), ANALYST),
        "EMPTY": (FakeWorkbench(mp4, empty=True), ANALYST),
        "BROKEN": (FakeWorkbench(mp4, broken=True), ANALYST),
        "DAMAGED": (FakeWorkbench(mp4, damaged=True, doubtful=True), ANALYST),
        "READONLY": (FakeWorkbench(mp4), AUDITOR),
    }
    report = folder / "report.json"
    with ExitStack() as stack:
        addresses = {
            f"ATALAYA_{name}_URL": stack.enter_context(live(create_app(make_bench(fake, actor))))
            for name, (fake, actor) in benches.items()
        }
        command = [NODE, "node_modules/vitest/vitest.mjs", "run", "--config", "vitest.browser.config.ts"]
        done = subprocess.run(
            [*command, "--reporter=json", f"--outputFile={report}"],
            cwd=UI,
            env={**os.environ, **addresses, "CHROMIUM": CHROMIUM},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert report.exists(), done.stdout + done.stderr
    results = json.loads(report.read_text())["testResults"]
    return {
        it["title"]: (it["status"], "\n".join(it["failureMessages"]))
        for file in results
        for it in file["assertionResults"]
    }


@pytest.mark.browser
@pytest.mark.parametrize("title", titles())
def test_in_the_browser(outcomes, title):
    status, messages = outcomes.get(title, ("missing", "the browser run has no such test"))
    assert status == "passed", messages


@pytest.mark.browser
def test_every_browser_test_is_reported_here(outcomes):
    assert set(outcomes) == set(titles())
