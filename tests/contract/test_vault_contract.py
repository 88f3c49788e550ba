"""The suite of every vault; today there is one, the folder."""

import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError
from atalaya.io.vault import FolderVault
from atalaya.model.identifiers import ContentHash
from full_disk import filling

ABC = ContentHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
"""SHA-256 of `abc`: FIPS 180-4, example 1."""


@pytest.fixture
def vault(tmp_path) -> FolderVault:
    return FolderVault(tmp_path / "vault")


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_name_of_an_object_is_the_known_sha256_of_its_bytes(vault, tmp_path):
    assert vault.put([b"a", b"", b"bc"]) == (ABC, 3)
    assert vault.path(ABC) == tmp_path / "vault" / "sha256" / ABC[:2] / ABC[2:]
    assert vault.read(ABC) == b"abc"
    assert vault.has(ABC)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(chunks=st.lists(st.binary(max_size=2000), max_size=6))
def test_any_bytes_come_back_however_they_were_cut(vault, chunks):
    content, length = vault.put(chunks)
    assert vault.read(content) == b"".join(chunks)
    assert length == sum(map(len, chunks))
    assert vault.put([b"".join(chunks)]) == (content, length)


def test_an_object_is_read_only_and_the_same_bytes_again_change_nothing(vault):
    content, _ = vault.put([b"abc"])
    before = vault.path(content).stat()
    assert stat.S_IMODE(before.st_mode) == 0o444
    assert vault.put([b"abc"]) == (content, 3)
    after = vault.path(content).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", ABC.upper(), ABC[:-1]])
def test_what_is_not_there_is_not_found_and_a_strange_name_opens_no_other_file(vault, name):
    assert not vault.has(ContentHash(name))
    with pytest.raises(NotFoundError):
        vault.path(ContentHash(name))
    with pytest.raises(NotFoundError):
        vault.read(ContentHash(name))


def test_changed_bytes_are_found_when_read(vault):
    content, _ = vault.put([b"abc"])
    path = vault.path(content)
    path.chmod(0o644)
    path.write_bytes(b"abd")
    with pytest.raises(IntegrityError, match="other bytes"):
        vault.read(content)


def test_a_cut_object_is_found_when_the_whole_comes_again(vault):
    content, _ = vault.put([b"abc"])
    vault.path(content).chmod(0o644)
    vault.path(content).write_bytes(b"ab")
    with pytest.raises(IntegrityError, match="2 bytes"):
        vault.put([b"abc"])


@pytest.mark.parametrize("room", [0, 1, 999, 1500])
def test_a_full_disk_leaves_no_half_object(tmp_path, room):
    vault = FolderVault(tmp_path / "vault", opener=filling(room))
    with pytest.raises(ExternalError, match="No space left"):
        vault.put([b"x" * 1000, b"y" * 1000])
    assert files_in(tmp_path) == []


def test_a_stream_that_breaks_leaves_no_half_object(vault, tmp_path):
    def broken() -> Iterator[bytes]:
        yield b"first"
        raise InputError("cut off")

    with pytest.raises(InputError, match="cut off"):
        vault.put(broken())
    assert files_in(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_external_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExternalError):
        FolderVault(tmp_path / "file" / "vault")


def test_parts_of_a_writer_that_died_are_swept_and_those_of_a_living_one_are_not(vault, tmp_path):
    started, finish = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield b"ab"
        started.set()
        finish.wait(30)
        yield b"c"

    writer = threading.Thread(target=vault.put, args=(slow(),))
    writer.start()
    started.wait(30)
    orphan = tmp_path / "vault" / "tmp" / "dead.part"
    orphan.write_bytes(b"half")
    again = FolderVault(tmp_path / "vault")
    assert not orphan.exists()
    assert len(files_in(tmp_path / "vault" / "tmp")) == 1
    finish.set()
    writer.join()
    assert again.read(ABC) == b"abc"
    assert files_in(tmp_path / "vault" / "tmp") == []


def test_a_killed_writer_leaves_only_a_part_that_the_next_opening_sweeps(tmp_path):
    program = (
        "import os, signal, sys; from pathlib import Path; from atalaya.io.vault import FolderVault\n"
        "def chunks():\n    yield b'x' * 100000\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "FolderVault(Path(sys.argv[1])).put(chunks())"
    )
    killed = subprocess.run([sys.executable, "-c", program, tmp_path / "vault"], check=False)
    assert killed.returncode == -9
    assert [path.suffix for path in files_in(tmp_path)] == [".part"]
    FolderVault(tmp_path / "vault")
    assert files_in(tmp_path) == []


def test_two_writers_of_the_same_bytes_end_with_one_object(vault, tmp_path):
    data = os.urandom(200_000)
    writers = [threading.Thread(target=vault.put, args=([data],)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert vault.read(ContentHash(hashlib.sha256(data).hexdigest())) == data
    assert len(files_in(tmp_path)) == 1
