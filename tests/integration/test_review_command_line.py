"""The command line under bad terminals, bad files and hostile text: one line, one code of the table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from atalaya.cli import authority, ingest, plan, sortie
from atalaya.cli.output import emit, table
from atalaya.errors import InputError
from command_line import command_line, error_of
from small_sortie import flight, make_bench, write_klv

ATALAYA = Path(sys.executable).parent / "atalaya"


@pytest.fixture
def folder(tmp_path):
    return make_bench(tmp_path / "workspace").folder


def run(folder, *arguments, environment=None, **streams):
    before = [ATALAYA, "-w", folder, "--actor", "vega", "--role", "sensor-operator"]
    return subprocess.run(
        [*before, *arguments],
        check=False,
        env=os.environ | (environment or {}),
        **({"capture_output": True} | streams),
    )


def suspend(folder, reason):
    call = command_line(folder, authority)
    assert call("authority", "suspend", "AUT-test", "--reason", reason).exit_code == 0


def test_text_that_people_gave_cannot_move_the_cursor_or_make_lines_of_its_own():
    shown = table([{"a": "x\x1b[2J\ny\u202e\x9b"}], ["a"])
    assert shown.splitlines()[2:] == ["x\\x1b[2J\\x0ay\\u202e\\x9b"]


def test_an_answer_for_people_shows_control_characters_and_keeps_its_own_lines(capsys):
    emit({}, as_json=False, text="first\x1b[31m\nsecond ñ 😀")
    assert capsys.readouterr().out == "first\\x1b[31m\nsecond ñ 😀\n"


def test_a_json_answer_is_the_text_as_given(capsys):
    emit({"reason": "a\nb\x1b ñ"}, as_json=True, text="")
    assert json.loads(capsys.readouterr().out) == {"reason": "a\nb\x1b ñ"}


def test_a_terminal_without_unicode_gets_an_answer(folder):
    suspend(folder, "veda del área 😀")
    done = run(folder, "authority", "list", environment={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"veda del \\xe1rea" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_answer_that_cannot_be_written_is_an_external_failure(folder):
    with Path("/dev/full").open("wb") as full:
        done = run(folder, "authority", "list", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 7
    assert done.stderr.startswith(b"atalaya: ")
    assert b"Traceback" not in done.stderr


def test_without_standard_input_there_is_nothing_to_take_in(folder):
    command = f'exec "{ATALAYA}" -w "{folder}" --actor v --role sensor-operator ingest - --sortie S <&-'
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True)
    assert done.returncode == 3
    assert b"standard input" in done.stderr


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"type": "Polygon", "coordinates": ' + b"[" * 100_000, b"\xff", b"7", b""],
)
def test_a_file_that_is_no_area_is_refused_whatever_is_in_it(folder, tmp_path, content):
    (tmp_path / "area.json").write_bytes(content)
    result = command_line(folder, authority)("authority", "add", "--area", tmp_path / "area.json")
    assert isinstance(error_of(result), InputError)


def test_nobody_acts_as_the_system(folder):
    result = command_line(folder, sortie)("sortie", "show", role="system")
    assert "role is one of" in str(error_of(result))


def test_the_plan_shows_every_figure_it_has(folder):
    result = command_line(folder, plan)("plan", "next", "AUT-test", "--limit", "1")
    header, _, first = result.output.splitlines()
    assert header.split() == [
        "rank",
        "lon_deg",
        "lat_deg",
        "score",
        "reasons",
        "azimuth_sectors",
        "last_look",
        "sites",
    ]
    assert "never" in first


def test_cells_too_large_to_count_are_refused_and_not_answered_with_nothing(folder):
    result = command_line(folder, plan)("plan", "next", "AUT-test", "--cell-m", 1e300)
    assert "no cell" in str(error_of(result))


def test_what_was_not_kept_is_said_in_words_and_what_to_do(folder, tmp_path):
    path = write_klv(tmp_path / "x.klv", flight())
    call = command_line(folder, ingest, sortie)
    which = json.loads(call("sortie", "show", "--json").stdout)[0]["sortie_id"]
    arguments = ("ingest", path, "--sortie", which)
    first = call(*arguments, "--ground-m", "3000", role="sensor-operator").output
    assert "not kept: 40 frames, footprint-unknown: " in first
    assert "terrain" in first
    assert "take it in again" in first
    assert "frames kept: 40" in call(*arguments, "--ground-m", "0", role="sensor-operator").output
    again = call(*arguments, "--ground-m", "7", role="sensor-operator").output
    assert "already here" in again
    assert "constant ground at 0 m, hae" in again
