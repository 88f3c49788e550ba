"""Scenes as files: what is read, what is refused and by which word, and folders that are whole or not there."""

from pathlib import Path

import numpy as np
import pytest

from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.io.new_folder import new_folder, require_free
from atalaya.io.scene_file import find_scene, gallery, read_scene, scene_schema
from atalaya.io.truth_files import load_truth, save_truth
from atalaya.model.columns import Columns
from atalaya.model.truth import OcclusionTable, TrueFlightTable, TrueObjectTable, TruePlaceTable
from atalaya.simulation.scene_spec import FlightKind
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


def test_a_scene_is_read_with_what_it_says_and_what_it_leaves_unsaid():
    spec = read_scene(SMALL, "small.yaml")
    assert (spec.name, spec.seed, spec.flight.kind) == ("small", 3, FlightKind.ARC)
    assert spec.sites[0].canopy_cover == 0.5
    assert spec.pose_errors.lag_ms == 60.0
    assert not spec.infrared


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: [", "no YAML"),
        (b"\xff\xfe\xfd", "no YAML"),
        (b"- 1", "was wanted, got list"),
        (b"name: x\nseed: 1\nbiome: moon", "x.yaml: biome: "),
        (b"name: x\nbiome: sierra", "x.yaml: seed: "),
        (b"name: x\nseed: -1\nbiome: sierra", "seed must be 0 to"),
        (b"name: x\nseed: 1\nbiome: sierra\nflight: {gsd: 3}", "flight.gsd is no word of a scene"),
        (b"name: x\nseed: 1\nbiome: sierra\nsites: [{setting: dump, stat: a}]", "sites.0.stat is no word"),
        (b"name: x\nseed: 1\nbiome: sierra\nflight: {kind: stunt}", "flight.kind: "),
        (b"!!python/object/apply:os.system ['true']", "no YAML"),
    ],
)
def test_what_is_no_scene_is_refused_and_the_word_named(text, words):
    with pytest.raises(InputError, match=words):
        read_scene(text, "x.yaml")


def test_every_scene_of_the_gallery_is_found_by_its_name():
    assert "sierra-canopy" in {spec.name for spec in gallery()}
    for spec in gallery():
        assert find_scene(spec.name)[0] == spec


def test_a_scene_that_is_neither_file_nor_ours_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match="sierra-canopy"):
        find_scene(str(tmp_path / "none.yaml"))


def test_a_file_beyond_measure_is_refused(tmp_path):
    (tmp_path / "big.yaml").write_bytes(b"# " + b"x" * (1 << 20))
    with pytest.raises(InputError, match="at most"):
        find_scene(str(tmp_path / "big.yaml"))


def test_the_schema_names_every_word():
    assert {"name", "seed", "biome", "flight", "sites", "pose_errors"} <= set(scene_schema()["properties"])


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
