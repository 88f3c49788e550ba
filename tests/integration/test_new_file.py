"""A file that is written in pieces: whole, or not there."""

import os
from pathlib import Path

import pytest

from atalaya.errors import ExternalError, InputError
from atalaya.io.new_file import new_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(path: Path) -> None:
    with new_file(path, replace=True) as file:
        file.write(b"half")
        raise InputError("no more")


def write_beside_another(path: Path) -> None:
    with new_file(path, replace=False) as file:
        file.write(b"mine")
        path.write_bytes(b"theirs")


def test_the_file_is_there_only_when_all_is_written(tmp_path):
    path = tmp_path / "answer"
    with new_file(path, replace=False) as file:
        file.write(b"one")
        assert not path.exists()
        file.write(b"two")
    assert path.read_bytes() == b"onetwo"
    assert names(tmp_path) == ["answer"]


def test_what_fails_leaves_nothing_and_what_was_there_stays(tmp_path):
    path = tmp_path / "answer"
    path.write_bytes(b"before")
    with pytest.raises(InputError):
        write_half(path)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["answer"]


def test_a_file_that_is_there_is_replaced_only_when_that_was_said(tmp_path):
    path = tmp_path / "answer"
    path.write_bytes(b"before")
    with pytest.raises(InputError, match="--force"), new_file(path, replace=False):
        pass
    with new_file(path, replace=True) as file:
        file.write(b"after")
    assert path.read_bytes() == b"after"


def test_a_file_that_somebody_makes_meanwhile_is_left(tmp_path):
    path = tmp_path / "answer"
    with pytest.raises(InputError, match="meanwhile"):
        write_beside_another(path)
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["answer"]


@pytest.mark.parametrize("where", [".", "none/answer"])
def test_what_is_no_place_for_a_file_is_refused(tmp_path, where):
    with pytest.raises(InputError), new_file(tmp_path / where, replace=True):
        pass


def test_others_may_read_what_the_mask_allows(tmp_path):
    path = tmp_path / "answer"
    with new_file(path, replace=False) as file:
        file.write(b"x")
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_disk_that_takes_no_more_is_an_error_of_ours(tmp_path, monkeypatch):
    def refuse(_source: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ExternalError, match="No space left"), new_file(tmp_path / "a", replace=False) as file:
        file.write(b"x")
    assert names(tmp_path) == []


def test_a_disk_without_hard_links_still_takes_the_file(tmp_path, monkeypatch):
    def refuse(_source: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with new_file(tmp_path / "a", replace=False) as file:
        file.write(b"x")
    assert (tmp_path / "a").read_bytes() == b"x"
