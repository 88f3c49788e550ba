"""Two verifiers that share no code: both find every flipped bit, name the file, and agree."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from typer.testing import CliRunner

import atalaya_verify
from atalaya.app.verify_package import verify_package
from atalaya.cli import verify as own
from atalaya.errors import ExternalError, InputError, IntegrityError
from atalaya.io.seal import new_identity, open_sealed, read_identity, seal
from atalaya.model.json_form import to_json
from atalaya.release.canonical_zip import write_zip
from atalaya.release.package import make_inner, make_outer
from package_samples import (
    PAPERS,
    PUBLIC,
    SECRET,
    SIGNER,
    around,
    flipped,
    identity,
    is_checksum_of,
    members,
    owner_of,
    places,
    sample,
)

PROGRAM = Path(atalaya_verify.__file__)
SAMPLE = sample()
IDENTITY = atalaya_verify.read_identity(SECRET)


@pytest.fixture
def delivered(tmp_path):
    (tmp_path / "package.zip").write_bytes(SAMPLE.outer)
    (tmp_path / "key.txt").write_text(f"# created: 2026-11-22\n# public key: {PUBLIC}\n{SECRET}\n")
    (tmp_path / "wrong.txt").write_text(new_identity()[0])
    (tmp_path / "signer.json").write_text(json.dumps(SIGNER.public_jwk))
    return tmp_path


def _program(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def _own(package: bytes, folder: Path, *, opened: bool) -> dict[str, Any]:
    path, key = folder / "flipped.zip", folder / "key.txt"
    path.write_bytes(package)
    return to_json(verify_package(path, identity=key if opened else None))


def test_the_program_is_small_and_shares_no_code_with_the_writer():
    text = PROGRAM.read_text()
    assert len(text.splitlines()) < 300
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    allowed = set(sys.stdlib_module_names) | {"cryptography"}
    assert {name.split(".")[0] for name in imported} <= allowed


def test_without_the_identity_the_sealed_bytes_are_proved_and_the_inside_is_not_opened(delivered):
    done = _program(delivered / "package.zip")
    assert done.returncode == 0, done.stderr
    assert "PROVED  release REL-0001" in done.stdout
    assert "not opened" in done.stdout
    assert "SYNTHETIC" in done.stdout
    assert SIGNER.key_id in done.stdout


@pytest.mark.parametrize("signer", ["", "kid", "file"])
def test_with_the_identity_every_file_inside_is_proved(delivered, signer):
    asked = {"": [], "kid": ["--signer", SIGNER.key_id], "file": ["--signer", delivered / "signer.json"]}
    done = _program(delivered / "package.zip", "--identity", delivered / "key.txt", *asked[signer], "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert report["proved"] is True
    assert report["opened"] is True
    assert report["files"] == sorted([*PAPERS, "manifest.json", "manifest.jws"])


def test_the_wrong_key_is_told_in_so_many_words(delivered):
    done = _program(delivered / "package.zip", "--identity", delivered / "wrong.txt")
    assert done.returncode == 1
    assert "sealed.age: wrong key: it is not sealed for this identity" in done.stdout
    with pytest.raises(IntegrityError, match="not sealed for this identity"):
        open_sealed(members(SAMPLE.outer)["sealed.age"], new_identity()[0])


def test_another_signer_is_told(delivered):
    done = _program(delivered / "package.zip", "--signer", "somebody-else")
    assert done.returncode == 1
    assert "outer.json: signed by key" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["nowhere.zip"], ["package.zip", "--identity", "signer.json"]])
def test_wrong_usage_has_its_own_exit_code(delivered, arguments):
    done = _program(*(delivered / one if not one.startswith("--") else one for one in arguments))
    assert done.returncode == 2
    assert "usage" in done.stderr


def _agreed(package: bytes, folder: Path, *, opened: bool) -> list[str]:
    """What both verifiers find wrong, once they agree that something is."""
    program = atalaya_verify.prove(package, IDENTITY if opened else None, None)
    ours = _own(package, folder, opened=opened)
    assert program["proved"] == ours["proved"], (program, ours)
    return [*program["problems"], *ours["problems"]] if not program["proved"] else []


@pytest.mark.parametrize("seed", range(3))
def test_both_find_every_flipped_bit_of_the_delivered_file_and_name_it(delivered, seed):
    for offset, bit in places(len(SAMPLE.outer), 100, seed):
        found = _agreed(flipped(SAMPLE.outer, offset, bit), delivered, opened=bool(offset % 2))
        _assert_named(found, SAMPLE.outer, offset)


@pytest.mark.parametrize("seed", range(3))
def test_both_find_every_flipped_bit_inside_and_name_the_file(delivered, seed):
    for offset, bit in places(len(SAMPLE.inner), 100, seed):
        inner = flipped(SAMPLE.inner, offset, bit)
        _assert_named(_agreed(around(inner), delivered, opened=True), SAMPLE.inner, offset)


def test_both_name_every_region_of_headers_and_directories(delivered):
    for whole, wrap in ((SAMPLE.outer, lambda data: data), (SAMPLE.inner, around)):
        structure = [at for at in range(len(whole)) if owner_of(whole, at) == "zip structure"]
        for offset in structure:
            _assert_named(
                _agreed(wrap(flipped(whole, offset, offset % 8)), delivered, opened=True), whole, offset
            )


def _assert_named(found: list[str], whole: bytes, offset: int) -> None:
    wanted = {owner_of(whole, offset), is_checksum_of(whole, offset)} - {None}
    assert len(found) >= 2, (offset, found)
    for message in (found[0], found[-1]):
        assert any(str(name) in message for name in wanted), (offset, wanted, message)


def test_both_name_a_paper_that_was_exchanged_added_or_left_out(delivered):
    files = members(SAMPLE.inner)
    without = {name: data for name, data in files.items() if name != "case-en.pdf"}
    for changed, name in (
        ({**files, "case-en.pdf": b"another"}, "case-en.pdf"),
        ({**files, "more.txt": b"another"}, "more.txt"),
        (without, "case-en.pdf"),
        ({**files, "manifest.jws": b"e30..AAAA"}, "manifest.jws"),
        (
            {**files, "manifest.json": files["manifest.json"].replace(b"REL-0001", b"REL-0002")},
            "manifest.json",
        ),
    ):
        found = _agreed(around(write_zip(changed)), delivered, opened=True)
        assert len(found) >= 2
        assert all(name in message for message in found), found


@pytest.mark.parametrize("inside", [b"", b"PK\x05\x06" + bytes(18), b"PK\x03\x04", bytes(70_000)])
def test_an_inside_that_is_no_package_is_damage_for_both(delivered, inside):
    assert len(_agreed(around(inside), delivered, opened=True)) >= 2


@pytest.mark.parametrize("package", [b"", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(40), bytes(1000)])
def test_a_file_that_is_no_package_is_damage_for_both(delivered, package):
    assert len(_agreed(package, delivered, opened=True)) >= 2


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 200_001])
def test_the_program_opens_what_age_sealed_at_every_chunk_border(size):
    plain = bytes(at * 7 % 251 for at in range(size))
    assert atalaya_verify.age_open(seal(plain, PUBLIC), IDENTITY) == plain


def test_the_program_opens_a_file_for_several_recipients():
    others = [pyrage.x25519.Recipient.from_str(new_identity()[1]) for _ in range(3)]
    sealed = pyrage.encrypt(b"text", [*others, pyrage.x25519.Recipient.from_str(PUBLIC)])
    assert atalaya_verify.age_open(sealed, IDENTITY) == b"text"


def test_every_flipped_bit_of_sealed_bytes_is_found_by_the_program_and_by_age():
    sealed = seal(bytes(300), PUBLIC)
    for offset in range(len(sealed)):
        changed = flipped(sealed, offset, offset % 8)
        with pytest.raises(atalaya_verify.NotProvedError):
            atalaya_verify.age_open(changed, IDENTITY)
        with pytest.raises(IntegrityError):
            open_sealed(changed, SECRET)


def test_a_header_sum_in_another_spelling_of_the_same_bytes_is_refused_by_both():
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sealed = seal(bytes(300), PUBLIC)
    last = sealed.index(b"\n", sealed.index(b"\n--- ") + 1) - 1
    place = letters.index(sealed[last])
    assert place % 4 == 0  # the two bits that mean nothing
    for spare in (1, 2, 3):
        changed = sealed[:last] + letters[place + spare : place + spare + 1] + sealed[last + 1 :]
        with pytest.raises(atalaya_verify.NotProvedError):
            atalaya_verify.age_open(changed, IDENTITY)
        with pytest.raises(IntegrityError):
            open_sealed(changed, SECRET)


@pytest.mark.parametrize("cut", [0, 1, 20, 100, 250, -1, -16, -17])
def test_sealed_bytes_that_were_cut_off_are_refused(cut):
    sealed = seal(bytes(300), PUBLIC)
    with pytest.raises(atalaya_verify.NotProvedError):
        atalaya_verify.age_open(sealed[:cut], IDENTITY)
    with pytest.raises(IntegrityError):
        open_sealed(sealed[:cut], SECRET)


def test_a_mistyped_identity_is_told_by_both():
    typo = SECRET[:-1] + ("Q" if SECRET[-1] != "Q" else "P")
    with pytest.raises(ValueError, match="checksum"):
        atalaya_verify.read_identity(typo)
    with pytest.raises(InputError, match="not an age identity"):
        open_sealed(b"", typo)


def test_identity_files_hold_exactly_one_key(delivered):
    assert read_identity(delivered / "key.txt") == SECRET
    (delivered / "two.txt").write_text(f"{SECRET}\n{SECRET}\n")
    with pytest.raises(InputError, match="exactly one"):
        read_identity(delivered / "two.txt")
    with pytest.raises(ExternalError, match="cannot be read"):
        read_identity(delivered / "nowhere.txt")


@pytest.mark.parametrize("key", ["", "age1", "age1qqqq", "ssh-ed25519 AAAA"])
def test_what_is_no_age_key_seals_nothing(key):
    with pytest.raises(InputError, match="not an age public key"):
        seal(b"text", key)


def test_what_a_package_says_of_itself_cannot_forge_a_line(tmp_path):
    about = identity()
    forged = replace(about, view=replace(about.view, release_id="REL-1\nsigned by key GOOD\x1b[2J"))
    package = make_outer(forged, seal(make_inner(forged, PAPERS, SIGNER), PUBLIC), SIGNER)
    (tmp_path / "package.zip").write_bytes(package)
    report = atalaya_verify.prove(package, None, None)
    ours = verify_package(tmp_path / "package.zip")
    for told in (atalaya_verify.told(report, None), own._told(ours, pinned=False)):
        assert "PROVED  release REL-1?signed by key GOOD?[2J for" in told.splitlines()[0]


def test_our_own_command_answers_alike(delivered, monkeypatch):
    import typer

    app = typer.Typer()
    app.callback()(lambda: None)
    own.register(app)
    runner = CliRunner()
    whole = runner.invoke(
        app, ["verify", str(delivered / "package.zip"), "--identity", str(delivered / "key.txt")]
    )
    assert whole.exit_code == 0, whole.output
    assert "every file inside is as signed (7 files)" in whole.output
    outside = runner.invoke(
        app, ["verify", str(delivered / "package.zip"), "--signer", str(delivered / "signer.json")]
    )
    assert "not opened" in outside.output
    answer = runner.invoke(app, ["verify", str(delivered / "package.zip"), "--json"])
    assert json.loads(answer.output)["signer"] == SIGNER.key_id
    for wrong, kind in (
        (["--identity", str(delivered / "wrong.txt")], IntegrityError),
        (["--signer", "somebody-else"], IntegrityError),
        (["--signer", str(delivered / "key.txt")], InputError),
        (["--identity", str(delivered / "nowhere.txt")], ExternalError),
    ):
        failed = runner.invoke(app, ["verify", str(delivered / "package.zip"), *wrong])
        assert isinstance(failed.exception, kind), failed.exception
