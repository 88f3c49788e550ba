"""Hashes of large files are worked out once, and again whenever the file may have changed."""

import os
import time
from pathlib import Path

import pytest

from atalaya.errors import NotFoundError
from atalaya.io import known_hash as known
from atalaya.io.known_hash import KNOWN_FILE, known_hash
from atalaya.io.original import hash_of


@pytest.fixture
def counted(monkeypatch):
    """How often a whole file was read."""
    calls: list[Path] = []

    def counting(path):
        calls.append(path)
        return hash_of(path)

    monkeypatch.setattr(known, "hash_of", counting)
    return calls


def settled(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    long_ago = time.time() - 60.0
    os.utime(path, (long_ago, long_ago))
    return path


def test_a_file_that_does_not_change_is_read_once(tmp_path, counted):
    path = settled(tmp_path / "big.tif", b"heights")
    assert {known_hash(path, tmp_path) for _ in range(3)} == {hash_of(path)[0]}
    assert len(counted) == 1


def test_a_change_of_length_time_or_inode_reads_it_again(tmp_path, counted):
    path = settled(tmp_path / "big.tif", b"heights")
    first = known_hash(path, tmp_path)
    settled(path, b"HEIGHTS")
    os.utime(path, (time.time() - 30.0,) * 2)
    assert known_hash(path, tmp_path) == hash_of(path)[0] != first
    other = settled(tmp_path / "other.tif", b"hEIGHTS")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert known_hash(path, tmp_path) == hash_of(path)[0]
    assert len(counted) == 3


def test_a_file_that_has_just_changed_is_not_trusted_to_stay(tmp_path, counted):
    path = tmp_path / "new.tif"
    path.write_bytes(b"heights")
    known_hash(path, tmp_path)
    known_hash(path, tmp_path)
    assert len(counted) == 2
    assert not (tmp_path / KNOWN_FILE).exists()


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"x": 1}', b"\xff"])
def test_a_damaged_list_is_worked_out_again(tmp_path, counted, kept):
    path = settled(tmp_path / "big.tif", b"heights")
    (tmp_path / KNOWN_FILE).write_bytes(kept)
    assert known_hash(path, tmp_path) == hash_of(path)[0]
    assert known_hash(path, tmp_path) == hash_of(path)[0]
    assert len(counted) == 1


def test_where_nothing_can_be_kept_it_is_worked_out_each_time(tmp_path, counted):
    path = settled(tmp_path / "big.tif", b"heights")
    (tmp_path / "no-folder").write_text("a file")
    assert known_hash(path, tmp_path / "no-folder") == hash_of(path)[0]
    with pytest.raises(NotFoundError):
        known_hash(tmp_path / "gone.tif", tmp_path)
