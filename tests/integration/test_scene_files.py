"""Truth as files, and folders that are whole or not there; scene files: test_scene_yaml.py."""

from pathlib import Path

import numpy as np
import pytest

from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.io.new_folder import new_folder, require_free
from atalaya.io.scene_file import read_scene
from atalaya.io.truth_files import load_truth, save_truth
from atalaya.model.columns import Columns
from atalaya.model.truth import OcclusionTable, TrueFlightTable, TrueObjectTable, TruePlaceTable
from atalaya.simulation.sortie3d import Sortie3d, flight_table, make_sortie3d, occlusion_table
from atalaya.simulation.truth import VehicleTruth

SMALL = b"""
name: small
seed: 3
biome: sierra
size_m: 220
sites:
  - {setting: canopy-ravine, canopy_cover: 0.5}
flight: {kind: arc, arc_deg: 90, duration_s: 20, fps: 0.2, width_px: 192, height_px: 108, gsd_m: 0.5}
pose_errors: {angle_deg: 0.1, place_m: 5, lag_ms: 60}
"""


@pytest.fixture(scope="module")
def sortie() -> Sortie3d:
    return make_sortie3d(read_scene(SMALL, "small.yaml"))


def test_the_truth_comes_back_as_it_was_written(tmp_path, sortie):
    hidden = np.zeros((len(sortie.world.objects), sortie.frame_count))
    tables = (
        sortie.world.places,
        sortie.world.objects,
        sortie.vehicles(),
        occlusion_table(sortie, hidden),
        flight_table(sortie),
    )
    kinds: tuple[type[Columns], ...] = (
        TruePlaceTable,
        TrueObjectTable,
        VehicleTruth,
        OcclusionTable,
        TrueFlightTable,
    )
    for kind, table in zip(kinds, tables, strict=True):
        first = save_truth(tmp_path, table).read_bytes()
        read: Columns = load_truth(kind, tmp_path)
        for name, column in table.columns().items():
            assert np.array_equal(read.columns()[name], column, equal_nan=column.dtype.kind == "f"), name
        assert save_truth(tmp_path, table).read_bytes() == first


def test_truth_that_is_missing_or_damaged_says_so(tmp_path):
    with pytest.raises(NotFoundError, match=r"places\.parquet"):
        load_truth(TruePlaceTable, tmp_path)
    (tmp_path / "places.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(IntegrityError, match="not a Parquet file"):
        load_truth(TruePlaceTable, tmp_path)


def fill(path: Path, *, replace: bool = False, fail: bool = False) -> None:
    with new_folder(path, replace=replace, sign="sign.json") as part:
        (part / "sign.json").write_text("{}", encoding="utf-8")
        (part / "inner").mkdir()
        (part / "inner" / "data").write_bytes(b"new")
        if fail:
            raise InputError("half way")


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    with pytest.raises(InputError, match="half way"):
        fill(tmp_path / "made", fail=True)
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path / "made")
    assert (tmp_path / "made" / "inner" / "data").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_folder_is_replaced_only_when_asked_and_only_by_its_own_kind(tmp_path):
    fill(tmp_path / "made")
    (tmp_path / "made" / "old").write_bytes(b"old")
    with pytest.raises(InputError, match="--force"):
        fill(tmp_path / "made")
    with pytest.raises(InputError, match="half way"):
        fill(tmp_path / "made", replace=True, fail=True)
    assert (tmp_path / "made" / "old").exists()
    fill(tmp_path / "made", replace=True)
    assert not (tmp_path / "made" / "old").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_bytes(b"dear")
    with pytest.raises(InputError, match="left as it is"):
        fill(tmp_path / "mine", replace=True)
    assert (tmp_path / "mine" / "letter").exists()


def test_an_empty_folder_is_as_good_as_none_and_a_file_is_none(tmp_path):
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="is none"):
        require_free(tmp_path / "file", replace=True, sign="sign.json")
