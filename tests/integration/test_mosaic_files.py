"""Mosaics as files: on the record, resumable, and each pixel says which picture it is from."""

import numpy as np
import pytest
import rasterio

import atalaya.app.ortho_mosaic as mosaics
from atalaya.app.ingest_source import ingest_source
from atalaya.app.ortho_mosaic import MosaicWish, export_mosaic
from atalaya.cli import georef
from atalaya.errors import ExternalError, InputError, NotPermittedError
from atalaya.georeg.ortho_mosaic import Preference
from atalaya.io.cog import Packing
from atalaya.model.actor import Role
from command_line import command_line
from small_sortie import GROUND, flight, make_bench, write_ts
from workspaces import ledger


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


@pytest.fixture
def source(bench, tmp_path):
    path = write_ts(tmp_path / "x.ts", flight())
    return ingest_source(
        bench.acting(Role.SENSOR_OPERATOR), path, bench.sortie.sortie_id, declared=GROUND
    ).record


WISH = MosaicWish(packing=Packing.LOSSLESS, preference=Preference.FIRST)


def test_a_mosaic_shows_every_picture_where_it_was_first(bench, source, tmp_path):
    analyst = bench.acting(Role.IMAGERY_ANALYST)
    seen = []
    out = tmp_path / "m.tif"
    made = export_mosaic(analyst, source.source_id, out, WISH, lambda done, total: seen.append((done, total)))
    assert made.frames == (0, 10, 20, 30)
    assert seen[-1] == (4, 4)
    with rasterio.open(out) as raster, rasterio.open(made.frames_path) as beside:
        red, alpha, number = raster.read(1), raster.read(4), beside.read(1)
        assert beside.transform == raster.transform
        assert raster.tags()["ATALAYA_PREFERENCE"] == "first"
    assert set(np.unique(number)) == {0, 1, 2, 3, 4}
    assert ((number > 0) == (alpha == 255)).all()
    for picture, frame in enumerate(made.frames, start=1):
        shades = red[number == picture]
        assert abs(float(np.median(shades)) - (40 + 3 * frame)) <= 3
    stages = [it["body"]["stage"] for it in ledger(analyst) if it["action"] == "ortho.export"]
    assert stages == ["begun", "written"]
    assert ledger(analyst)[-1]["body"]["content"] == made.content
    assert not list(tmp_path.glob(".m.tif*"))


def test_an_interrupted_mosaic_goes_on_and_ends_as_if_nothing_had_been(bench, source, tmp_path, monkeypatch):
    analyst = bench.acting(Role.IMAGERY_ANALYST)
    whole = export_mosaic(analyst, source.source_id, tmp_path / "whole.tif", WISH)
    laid: list[int] = []
    lay = mosaics._lay

    def stops(*arguments):
        if len(laid) == 2:
            raise ExternalError("the power is gone")
        laid.append(arguments[1])
        lay(*arguments)

    monkeypatch.setattr(mosaics, "_lay", stops)
    with pytest.raises(ExternalError, match="power"):
        export_mosaic(analyst, source.source_id, tmp_path / "m.tif", WISH)
    assert not (tmp_path / "m.tif").exists()
    laid.clear()

    def counts(*arguments):
        laid.append(arguments[1])
        lay(*arguments)

    monkeypatch.setattr(mosaics, "_lay", counts)
    made = export_mosaic(analyst, source.source_id, tmp_path / "m.tif", WISH)
    assert laid == [20, 30]
    with rasterio.open(tmp_path / "whole.tif") as one, rasterio.open(tmp_path / "m.tif") as other:
        assert (one.read() == other.read()).all()
    assert made.frames_content == whole.frames_content


def test_what_may_not_be_exported_is_refused(bench, source, tmp_path):
    analyst = bench.acting(Role.IMAGERY_ANALYST)
    with pytest.raises(InputError, match=r"no finer than 0\.15"):
        export_mosaic(analyst, source.source_id, tmp_path / "m.tif", MosaicWish(gsd_m=0.02))
    with pytest.raises(NotPermittedError):
        export_mosaic(bench.acting(Role.PARTNER_LIAISON), source.source_id, tmp_path / "m.tif", WISH)
    (tmp_path / "m_frames.tif").write_bytes(b"mine")
    with pytest.raises(InputError, match="--force"):
        export_mosaic(analyst, source.source_id, tmp_path / "m.tif", WISH)


def test_the_command_line_makes_one_in_degrees(bench, source, tmp_path):
    call = command_line(bench.folder, georef)
    done = call(
        "georef", "mosaic", source.source_id[:8], "--out", tmp_path / "m.tif", "--epsg", 4326, "--gsd", 3,
        actor="ana", role="imagery-analyst",
    )  # fmt: skip
    assert "4 pictures" in done.output, done.output
    with rasterio.open(tmp_path / "m.tif") as raster:
        assert raster.crs.to_epsg() == 4326
        assert (raster.dataset_mask() == 255).mean() > 0.5
