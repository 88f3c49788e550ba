"""KLV never goes through FFmpeg: one version of it (libavformat 60) takes bytes off it and says nothing."""

import ast
from pathlib import Path

import av
import pytest

from atalaya.errors import ExternalError
from atalaya.io.live_srt import require_libavformat
from atalaya.io.video import remux_mp4
from shared_data import shared_file
from source_tree import PACKAGE

PICTURES_ONLY = {"io/video.py", "io/video_copy.py", "io/video_keys.py", "io/video_seek.py"}
RAW_BYTES_ONLY = {"io/live_srt.py"}


def imports_av(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(name.split(".")[0] == "av" for name in names)


def calls(path: Path, name: str) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [one for one in found if isinstance(one.func, ast.Attribute) and one.func.attr == name]


def test_only_pictures_and_raw_bytes_go_through_pyav():
    users = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if imports_av(path)}

    assert users == PICTURES_ONLY | RAW_BYTES_ONLY


@pytest.mark.parametrize("name", sorted(PICTURES_ONLY))
def test_where_pictures_are_read_one_video_stream_is_asked_for(name):
    asked = calls(PACKAGE / name, "demux")

    assert asked
    assert all(len(one.args) == 1 and ast.unparse(one.args[0]) == "stream" for one in asked)
    assert not any("streams.data" in line for line in (PACKAGE / name).read_text().splitlines())


@pytest.mark.parametrize("name", sorted(RAW_BYTES_ONLY))
def test_where_bytes_are_read_the_version_is_asked_first(name):
    assert "require_libavformat(av.library_versions" in (PACKAGE / name).read_text()


def test_the_version_that_damages_klv_is_refused():
    with pytest.raises(ExternalError, match="damages KLV"):
        require_libavformat(60)
    require_libavformat(61)
    assert av.library_versions["libavformat"][0] != 60


@pytest.mark.shared
def test_the_copy_for_the_browser_carries_pictures_and_no_klv(tmp_path):
    target = tmp_path / "copy.mp4"
    remux_mp4(shared_file("data/klv/sim/osh_vrsg_vmti.ts"), target)

    with av.open(str(target)) as copy:
        assert [stream.type for stream in copy.streams] == ["video"]
    assert bytes.fromhex("060e2b34020b0101") not in target.read_bytes()
