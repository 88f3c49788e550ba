"""Folders of `detect looks` compared: what is written, what is refused and why."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import rasterio
import rasterio.warp

from atalaya.app.change import CHANGES, REPORT, ChangeWish, Comparing, compare_passes
from atalaya.cli import detect
from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.io.geoparquet import read_parquet
from atalaya.io.scored_places import read_scored_places
from atalaya.model.change import ChangeTable, Compared
from atalaya.model.looks import CellState
from command_line import command_line
from looked_passes import (
    CELL_M,
    EAST_M,
    EPSG,
    MIDNIGHT,
    NOON,
    NORTH_M,
    PassFiles,
    rough_ground,
    shot,
    with_shed,
    write_pass,
)

SIDE = 256
SHED_ROW, SHED_COL = 120, 135
GROUND = rough_ground(SIDE)
OLD = PassFiles(rgb=shot(GROUND, 1))
NEW = PassFiles(
    rgb=shot(with_shed(GROUND, SHED_ROW, SHED_COL), 2, shift=(2.0, -3.0), gain=(0.8, 0.85, 0.9)),
    middle_utc=NOON + timedelta(days=20),
)
WISH = ChangeWish()


@pytest.fixture(scope="module")
def passes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("passes")
    state = np.zeros((SIDE, SIDE), dtype=np.uint8)
    state[:40] = CellState.UNDER_CANOPY
    return write_pass(folder / "old", replace(OLD, state=state)), write_pass(folder / "new", NEW)


@pytest.fixture(scope="module")
def answer(passes, tmp_path_factory):
    out = tmp_path_factory.mktemp("answer") / "out"
    return out, compare_passes(passes[0], passes[1], out, WISH)


def test_a_shed_that_was_added_stands_in_report_table_and_raster(answer):
    out, report = answer
    assert report == json.loads((out / REPORT).read_text())
    assert [one["sense"] for one in report["changes"]] == ["appeared"]
    table = read_parquet(ChangeTable, out / CHANGES)
    assert len(table) == len(read_scored_places(out / CHANGES)) == 1
    registration = report["registration"]
    assert registration["shift_east_m"] == pytest.approx(2.0 * CELL_M, abs=0.05)
    assert registration["shift_north_m"] == pytest.approx(3.0 * CELL_M, abs=0.05)
    with rasterio.open(out / "change.tif") as raster:
        x, y = rasterio.warp.transform("EPSG:4326", raster.crs, table.lon_deg, table.lat_deg)
        assert raster.crs.to_epsg() == EPSG
        assert x[0] == pytest.approx(EAST_M + (SHED_COL + 1.0) * CELL_M, abs=0.8)  # half way between both
        assert y[0] == pytest.approx(NORTH_M - (SHED_ROW - 1.5) * CELL_M, abs=0.8)
        score, reason = raster.read(1, masked=True), raster.read(4)
        assert raster.tags()["ATALAYA_BEFORE"] == report["old"]["content"]
        assert raster.tags()["ATALAYA_AFTER"] == report["new"]["content"]
    np.testing.assert_array_equal(np.ma.getmaskarray(score), reason != Compared.COMPARED)
    assert (reason[:38] == Compared.UNOBSERVED_BEFORE).any()
    assert report["season_apart_days"] == pytest.approx(20.0, abs=0.1)
    assert report["old"]["sun_elevation_deg"] > 60.0


def test_the_same_passes_give_the_same_bytes(passes, answer, tmp_path):
    again = compare_passes(passes[0], passes[1], tmp_path / "again", WISH)
    assert again["files"] == answer[1]["files"]


def test_in_tiles_the_same_things_changed(passes, answer, tmp_path, monkeypatch):
    monkeypatch.setattr("atalaya.app.change.TILE_CELLS", 160)
    tiled = compare_passes(passes[0], passes[1], tmp_path / "tiled", WISH)
    assert len(tiled["files"]) == 4 + 1
    assert tiled["area_km2"] == answer[1]["area_km2"]
    one, other = tiled["changes"], answer[1]["changes"]
    assert len(one) == len(other) == 1
    assert one[0]["score"] == pytest.approx(other[0]["score"], rel=0.1)
    assert one[0]["mgrs"][:12] == other[0]["mgrs"][:12]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cell_m": 0.5}, "cells of 0.4 and 0.5 m"),
        ({"epsg": 32612}, "different UTM zones"),
        ({"corner": (4000, 0)}, "no ground in common"),
        ({"rgb": shot(rough_ground(SIDE, seed=5), 2)}, "do not register"),
        ({"middle_utc": NOON + timedelta(days=120)}, "days of the year apart"),
        ({"middle_utc": NOON - timedelta(days=3)}, "is later than"),
        ({"state": np.full((SIDE, SIDE), CellState.FEW_AZIMUTHS, dtype=np.uint8)}, "observed in both"),
        ({"rgb": OLD.rgb, "middle_utc": NOON}, "are the same pass"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_leaves_nothing(tmp_path, changed, said):
    old, new = write_pass(tmp_path / "old", OLD), write_pass(tmp_path / "new", replace(NEW, **changed))
    with pytest.raises(InputError, match=said):
        compare_passes(old, new, tmp_path / "out", WISH)
    assert not (tmp_path / "out").exists()


def test_another_season_is_compared_where_asked_and_the_answer_says_so(tmp_path):
    old = write_pass(tmp_path / "old", OLD)
    new = write_pass(tmp_path / "new", replace(NEW, middle_utc=NOON + timedelta(days=120)))
    report = compare_passes(old, new, tmp_path / "out", ChangeWish(any_season=True))
    assert len(report["changes"]) == 1
    assert any("differ by season" in note for note in report["notes"])


def test_a_file_that_was_changed_since_and_a_folder_without_an_answer_are_refused(tmp_path):
    old, new = write_pass(tmp_path / "old", OLD), write_pass(tmp_path / "new", NEW)
    (new / "looks.tif").write_bytes((old / "looks.tif").read_bytes() + b"\0")
    with pytest.raises(IntegrityError, match=r"looks\.tif"):
        compare_passes(old, new, tmp_path / "out", WISH)
    with pytest.raises(NotFoundError, match="detect looks"):
        compare_passes(old, tmp_path, tmp_path / "out", WISH)
    new = write_pass(tmp_path / "new2", NEW)
    with pytest.raises(InputError, match="no thermal looks"):
        compare_passes(old, new, tmp_path / "out", ChangeWish(comparing=Comparing.THERMAL))


def test_a_thing_that_stays_warm_at_night_is_said_with_the_sun_at_both_times(tmp_path):
    levels = np.clip(110.0 + 0.3 * (GROUND[..., 0] - 125.0), 0, 255)
    night = levels.copy()
    night[100:112, 60:72] += 60.0
    by_day = write_pass(tmp_path / "day", replace(OLD, warmth=(0.8 * levels).astype(np.uint8)))
    by_night = write_pass(
        tmp_path / "night", replace(OLD, middle_utc=MIDNIGHT, warmth=night.astype(np.uint8))
    )
    report = compare_passes(by_day, by_night, tmp_path / "out", ChangeWish(comparing=Comparing.DAY_NIGHT))
    assert report["night"]["sun_elevation_deg"] < -20.0 < 60.0 < report["day"]["sun_elevation_deg"]
    assert [one["sense"] for one in report["changes"]] == ["warm-at-night"]
    with pytest.raises(InputError, match="day and night"):
        compare_passes(
            by_day,
            write_pass(tmp_path / "noon", replace(NEW, warmth=night.astype(np.uint8))),
            tmp_path / "no",
            ChangeWish(comparing=Comparing.DAY_NIGHT),
        )


def test_the_command_answers_as_a_table_and_as_json(passes, tmp_path):
    call = command_line(tmp_path, detect)
    told = call("detect", "change", *passes, "-o", tmp_path / "a")
    assert told.exit_code == 0, told.output
    assert "appeared" in told.output
    assert "registered by" in told.output
    assert "is there already" in str(call("detect", "change", *passes, "-o", tmp_path / "a").exception)
    said = call("detect", "change", *passes, "-o", tmp_path / "a", "--force", "--json")
    assert json.loads(said.stdout)["changes"][0]["sense"] == "appeared"
