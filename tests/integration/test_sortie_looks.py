"""Looks of a sortie: rasters in the vault, tables in the lake, the ledger first, and nothing outside the permit."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from shapely import box

from atalaya.app.clip import GroundFiles, clip_of_file, ground_of_files
from atalaya.app.ground import DeclaredGround
from atalaya.app.ingest_source import ingest_source
from atalaya.app.looks import LookLimits, LooksWish, look
from atalaya.app.sortie_looks import look_at_sortie
from atalaya.errors import InputError, NotFoundError, NotPermittedError
from atalaya.model.actor import Role
from atalaya.model.custody import Derivative
from atalaya.model.instants import to_microseconds
from atalaya.model.looks import CellState, KeyframeTable, LookPlaceTable, LookPoseTable
from atalaya.model.source import SYNTHETIC_MARK
from layered_ground import GROUND_M, LAT_DEG, LON_DEG, layered_ground, orbit, picture, write_clip
from small_sortie import NOON, make_bench
from workspaces import ledger

COUNT = 24
WISH = LooksWish(cell_m=0.8, turn_deg=10.0, registered=False)
GROUND = DeclaredGround(constant_m=GROUND_M)


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory):
    flown = orbit(COUNT)
    flown = replace(flown, time_us=flown.time_us - flown.time_us[0] + to_microseconds(NOON))
    world = layered_ground(0.2)
    pictures = [picture(world, flown.take(slice(row, row + 1))) for row in range(COUNT)]
    path = tmp_path_factory.mktemp("sortie") / "orbit.ts"
    return write_clip(path, pictures, flown, mission=f"{SYNTHETIC_MARK} layers")


@pytest.fixture(scope="module")
def bench(clip_file, tmp_path_factory):
    made = make_bench(tmp_path_factory.mktemp("looks") / "workspace")
    operator = made.acting(Role.SENSOR_OPERATOR)
    source = ingest_source(operator, clip_file, made.sortie.sortie_id, declared=GROUND)
    return made, source.record.source_id


def test_a_sorties_looks_are_kept_with_how_they_were_made(bench):
    made, source_id = bench
    analyst = made.acting(Role.IMAGERY_ANALYST)
    (report,) = look_at_sortie(analyst, made.sortie.sortie_id, WISH)
    assert report["synthetic"]
    assert report["frames"]["used"] == COUNT / 2
    keyframes = analyst.lake.read(KeyframeTable, made.sortie.sortie_id, source_id)
    assert len(keyframes) == COUNT
    laid = analyst.lake.read(LookPoseTable, made.sortie.sortie_id, source_id)
    assert laid.pts_s.tolist() == keyframes.pts_s[keyframes.verdict == "used"].tolist()
    assert np.isfinite(laid.origin_ecef_m).all()
    assert len(analyst.lake.read(LookPlaceTable, made.sortie.sortie_id, source_id)) == len(report["places"])
    with analyst.store.transaction() as step:
        lines = {one.parameters["name"]: one for one in step.find(Derivative) if "name" in one.parameters}
    for file in report["files"]:
        assert lines[file["name"]].content == file["content"]
        with rasterio.open(analyst.vault.path(file["content"])) as raster:
            assert raster.tags()["ATALAYA_SYNTHETIC"] == SYNTHETIC_MARK
            assert raster.tags()["ATALAYA_SOURCE"] == source_id
    assert "looks.json" in lines


def test_the_ledger_says_so_before_and_after(bench):
    made, source_id = bench
    analyst = made.acting(Role.IMAGERY_ANALYST)
    look_at_sortie(analyst, source_id[:8], WISH)
    begun, kept = ledger(analyst)[-2:]
    assert (begun["action"], kept["action"]) == ("detection.looks-begin", "detection.looks")
    assert begun["subject"] == kept["subject"] == source_id
    assert kept["body"]["looks"] == COUNT / 2
    assert not (made.folder / "looks-work" / source_id).exists()


def test_who_may_not_detect_may_not_look_and_that_is_on_record(bench):
    made, _ = bench
    host = made.acting(Role.HOST_NATION_OFFICER)
    with pytest.raises(NotPermittedError):
        look_at_sortie(host, made.sortie.sortie_id, WISH)
    assert "refuse" in ledger(host)[-1]["action"]


def test_a_sortie_that_is_none_is_not_found(bench):
    with pytest.raises((NotFoundError, InputError)):
        look_at_sortie(bench[0].acting(Role.IMAGERY_ANALYST), "SOR-none", WISH)


def test_ground_outside_the_permit_is_not_added_up(clip_file, tmp_path):
    clip = clip_of_file(clip_file, ground_of_files(GroundFiles(declared=GROUND)))
    east = box(LON_DEG, LAT_DEG - 1.0, LON_DEG + 1.0, LAT_DEG + 1.0)
    made = look(clip, tmp_path, tmp_path / "work", WISH, limits=LookLimits(area=east))
    assert made.cells[CellState.NOT_PERMITTED] > 0
    assert made.cells[CellState.OBSERVED] > 0
    name = next(name for name, _ in made.files if name.startswith("looks"))
    with rasterio.open(tmp_path / name) as raster:
        looks, state = raster.read(1), raster.read(4)
        assert (looks[state == CellState.NOT_PERMITTED] == 0).all()
    name = next(name for name, _ in made.files if name.startswith("integral"))
    with rasterio.open(tmp_path / name) as raster:
        rgb = raster.read([1, 2, 3])[:, 60:]  # below the mark in the corner
    with rasterio.open(tmp_path / name.replace("integral", "looks")) as raster:
        outside = raster.read(4)[60:] == CellState.NOT_PERMITTED
    assert not rgb[:, outside].any()
    assert np.isfinite(made.places.score).all()
    assert (made.places.lon_deg >= LON_DEG - 1e-6).all()


def test_frames_that_are_not_admitted_are_counted_and_not_used(clip_file, tmp_path):
    clip = clip_of_file(clip_file, ground_of_files(GroundFiles(declared=GROUND)))
    made = look(
        clip, tmp_path, tmp_path / "work", WISH, limits=LookLimits(frames=np.arange(4, dtype=np.int64))
    )
    assert (made.keyframes.verdict == "not-permitted").sum() == COUNT - 4
    assert 1 <= made.looks <= 4
