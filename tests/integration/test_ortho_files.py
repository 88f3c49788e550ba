"""Orthos as files: cloud-optimised, placed, masked, limited, and on the record before they are there."""

import json

import numpy as np
import pytest
import rasterio

from atalaya.app.ingest_source import ingest_source
from atalaya.app.ortho import OrthoWish, export_ortho
from atalaya.cli import georef
from atalaya.errors import ExternalError, InputError, NotFoundError, NotPermittedError
from atalaya.georeg.ortho import Why
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.cog import Packing, code_cog, picture_cog
from atalaya.model.actor import Role
from command_line import command_line, error_of
from small_sortie import GROUND, LAT_DEG, LON_DEG, flight, make_bench, write_ts
from workspaces import ledger

GRID = OrthoGrid(epsg=32613, left=6e5, top=2.15e6, step_x=2.0, step_y=2.0, width_px=1100, height_px=700)


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


@pytest.fixture
def source(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    path = write_ts(tmp_path / "x.ts", flight())
    return ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND).record


@pytest.fixture
def analyst(bench):
    return bench.acting(Role.IMAGERY_ANALYST)


def test_an_ortho_is_a_placed_cog_that_says_what_it_was_made_of(analyst, source, tmp_path):
    out = tmp_path / "frame.tif"
    made = export_ortho(analyst, source.source_id, 10, out, OrthoWish(packing=Packing.LOSSLESS))
    with rasterio.open(out) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.crs.to_epsg() == 32613
        rgb, alpha, why = raster.read([1, 2, 3]), raster.read(4), raster.read(5)
        tags = raster.tags()
        x, y = rasterio.warp.transform("EPSG:4326", raster.crs, [LON_DEG + 10 * 0.0002], [LAT_DEG])
        row, col = raster.index(x[0], y[0])
        assert raster.res[0] == pytest.approx(2 * 1000.0 * np.tan(np.radians(5.0)) / 128.0, rel=1e-3)
    assert abs(col - alpha.shape[1] / 2) <= 2
    assert abs(row - alpha.shape[0] / 2) <= 2
    assert abs(int(rgb[0, row, col]) - (40 + 3 * 10)) <= 3  # the shade of picture 10
    assert ((alpha == 255) == (why == Why.SHOWN)).all()
    assert (rgb[:, alpha == 0] == 0).all()
    assert tags["ATALAYA_SOURCE"] == source.source_id
    assert tags["ATALAYA_FRAME"] == "10"
    assert tags["ATALAYA_POSE_HEIGHT"] == "hae"
    assert float(tags["ATALAYA_CENTRE_CE90_M"]) == pytest.approx(made.ce90_m)
    assert made.share["shown"] > 0.5


def test_the_ledger_names_the_ortho_by_its_hash_before_it_is_written(analyst, source, tmp_path):
    made = export_ortho(analyst, source.source_id, 10, tmp_path / "a.tif", OrthoWish())
    last = ledger(analyst)[-1]
    assert (last["action"], last["subject"]) == ("ortho.export", source.source_id)
    assert last["body"]["content"] == made.content
    nowhere = tmp_path / "none" / "b.tif"
    count = len(ledger(analyst))
    with pytest.raises((InputError, ExternalError)):
        export_ortho(analyst, source.source_id, 10, nowhere, OrthoWish())
    assert len(ledger(analyst)) == count  # neither stands


def test_what_the_charter_limits_is_refused(bench, analyst, source, tmp_path):
    out = tmp_path / "a.tif"
    with pytest.raises(InputError, match=r"no finer than 0\.15 m"):
        export_ortho(analyst, source.source_id, 10, out, OrthoWish(gsd_m=0.1))
    with pytest.raises(NotPermittedError, match=r"ortho\.export is for"):
        export_ortho(bench.acting(Role.PARTNER_LIAISON), source.source_id, 10, out, OrthoWish())
    assert ledger(analyst)[-1]["action"] == "ortho.refuse"
    assert not out.exists()


def test_frames_that_are_not_there_and_files_that_are_there_are_named(analyst, source, tmp_path):
    with pytest.raises(NotFoundError, match="no frame 400"):
        export_ortho(analyst, source.source_id, 400, tmp_path / "a.tif", OrthoWish())
    (tmp_path / "a.tif").write_bytes(b"mine")
    with pytest.raises(InputError, match="--force"):
        export_ortho(analyst, source.source_id, 10, tmp_path / "a.tif", OrthoWish())
    assert (tmp_path / "a.tif").read_bytes() == b"mine"
    export_ortho(analyst, source.source_id, 10, tmp_path / "a.tif", OrthoWish(replace=True))


def test_the_command_line_answers_with_shares_and_the_hash(bench, source, tmp_path):
    call = command_line(bench.folder, georef)
    as_analyst = {"actor": "ana", "role": "imagery-analyst"}
    words = ("georef", "ortho", source.source_id[:8], "--frame", 10, "--out", tmp_path / "a.tif")
    form = json.loads(call(*words, "--epsg", 4326, "--gsd", 5, "--json", **as_analyst).output)
    assert (form["epsg"], form["gsd_m"]) == (4326, pytest.approx(5.0, rel=1e-6))
    assert sum(form["share"].values()) == pytest.approx(1.0)
    done = call(*words, "--force", **as_analyst)
    assert "on record as" in done.output
    assert "0.15" in str(error_of(call(*words, "--force", "--gsd", 0.01, **as_analyst)))


def test_bands_go_through_a_file_unchanged_where_nothing_may_be_lost(tmp_path):
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 255, (3, 700, 1100), dtype=np.uint8)
    alpha = np.where(rgb[0] > 20, 255, 0).astype(np.uint8)
    number = rng.integers(0, 9, (700, 1100)).astype(np.uint16)
    path = tmp_path / "a.tif"
    path.write_bytes(
        picture_cog(rgb, alpha, GRID, packing=Packing.LOSSLESS, tags={"A": "b"}, more={"which": number})
    )
    with rasterio.open(path) as raster:
        assert (raster.read([1, 2, 3]) == rgb).all()
        assert (raster.read(4) == alpha).all()
        assert (raster.read(5) == number).all()
        assert raster.descriptions == ("red", "green", "blue", "alpha", "which")
        assert raster.overviews(1)
        assert raster.tags()["A"] == "b"
        assert (raster.transform.c, raster.transform.f) == (6e5, 2.15e6)
    path.write_bytes(picture_cog(rgb, alpha, GRID, packing=Packing.JPEG, tags={}))
    with rasterio.open(path) as raster:
        assert (raster.dataset_mask() == alpha).all()
        assert raster.count == 3
    path.write_bytes(code_cog({"seen": alpha}, GRID, nodata=255.0, tags={}))
    with rasterio.open(path) as raster:
        assert (raster.read(1) == alpha).all()
        assert raster.nodata == 255.0


def test_bands_that_do_not_fit_are_refused():
    rgb = np.zeros((3, 10, 10), np.uint8)
    with pytest.raises(InputError, match="bands must be"):
        picture_cog(rgb, rgb[0], GRID, packing=Packing.JPEG, tags={})
    with pytest.raises(InputError, match="lossless"):
        picture_cog(rgb, rgb[0], GRID, packing=Packing.JPEG, tags={}, more={"why": rgb[0]})
