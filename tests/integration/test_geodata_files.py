"""Geoid grids and point heights: read, kept by hash, found, and the best by place."""

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from atalaya.app.geodata import add_geodata, geoid_for, geoid_of, list_geodata
from atalaya.app.ground import DeclaredGround, ground_of
from atalaya.app.terrain import TerrainClaim, import_terrain, list_terrain, remove_terrain
from atalaya.cli import geodata as geodata_noun
from atalaya.cli import terrain as terrain_noun
from atalaya.errors import InputError, IntegrityError, NotPermittedError
from atalaya.geo.geoid import GeoidStack, VerticalDatum, best_first, undulation_m
from atalaya.geo.terrain import TerrainGrid, TerrainMosaic
from atalaya.io.geodata_geoid import read_geoid
from atalaya.io.geodata_points import read_points
from atalaya.io.settings import Settings
from atalaya.io.terrain import read_terrain, save_terrain
from atalaya.model.geodata import GeodataKind
from command_line import command_line
from geo_files import flat_geoid, geoid_tiff, gtx, regional_geoid, written
from shared_data import shared_file
from workspaces import HOST, START, HandClock, acting, ledger, new_workspace

POINTS = "cvegeo,nom_loc,lat,lon,alt_m\n1,Uno,24.95,-106.95,1005\n2,Dos,24.96,-106.96,00-2\n3,Tres,,,\n"


@pytest.fixture
def workspace(tmp_path):
    context = new_workspace(tmp_path / "w", HandClock())
    settings = context.settings.model_copy(update={"geoid_folders": (tmp_path / "system",)})
    return replace(context, settings=settings)


def world(path, value_m=-20.0):
    return geoid_tiff(path, value_m, west=-180.0, north=80.0, step=20.0, nodes=(9, 18))


def test_gtx_and_tiff_of_one_grid_are_the_same_grid(tmp_path):
    rng = np.random.default_rng(3)
    grid = replace(flat_geoid(), undulation_m=rng.uniform(-40, -10, (3, 3)))
    read = read_geoid(gtx(tmp_path / "flat.gtx", grid))
    np.testing.assert_allclose(read.undulation_m, grid.undulation_m, atol=1e-5)
    assert (read.west_deg, read.north_deg) == (grid.west_deg, grid.north_deg)
    part = read_geoid(tmp_path / "flat.gtx", (-107.9, 25.1, -107.5, 25.5))
    assert float(part.undulation_at(-107.7, 25.3)) == pytest.approx(float(read.undulation_at(-107.7, 25.3)))
    turned = read_geoid(tmp_path / "flat.gtx", (252.1, 25.1, 252.5, 25.5))
    assert float(turned.undulation_at(-107.7, 25.3)) == pytest.approx(float(read.undulation_at(-107.7, 25.3)))


def test_a_gtx_whose_header_does_not_fit_its_bytes_is_refused(tmp_path):
    whole = gtx(tmp_path / "flat.gtx", flat_geoid()).read_bytes()
    for bad in (whole[:-4], whole[:20], whole + b"x", b"\xff" * len(whole), b""):
        (tmp_path / "bad.gtx").write_bytes(bad)
        with pytest.raises(InputError, match=r"bad\.gtx"):
            read_geoid(tmp_path / "bad.gtx")


def test_a_grid_is_kept_by_its_hash_with_its_provenance_on_the_record(workspace, tmp_path):
    kept = add_geodata(workspace, regional_geoid(tmp_path / "mx_inegi_ggm10.tif"))
    assert kept.kind is GeodataKind.GEOID
    assert (workspace.settings.workspace / "geodata" / f"{kept.sha256}.tif").read_bytes()
    entry = next(it for it in ledger(workspace) if it["action"] == "geodata.add")
    assert entry["body"]["sha256"] == kept.sha256
    entries = len(ledger(workspace))
    assert add_geodata(workspace, tmp_path / "mx_inegi_ggm10.tif") == kept
    assert len(ledger(workspace)) == entries, "the same bytes again change nothing"
    with pytest.raises(NotPermittedError):
        add_geodata(acting(workspace, HOST), tmp_path / "mx_inegi_ggm10.tif")


def test_what_is_neither_grid_nor_points_is_refused_and_not_on_the_record(workspace, tmp_path):
    (tmp_path / "notes.txt").write_text("text")
    for path, message in (
        (tmp_path / "notes.txt", "geoid grid"),
        (written(tmp_path / "dem.tif", np.full((3, 3), 2500.0, np.float32)), "not metres"),
    ):
        with pytest.raises(InputError, match=message):
            add_geodata(workspace, path)
    assert not [it for it in ledger(workspace) if it["action"] == "geodata.add"]


def test_the_best_grid_by_place_is_regional_before_world_and_the_rest_goes_on(workspace, tmp_path):
    add_geodata(workspace, world(tmp_path / "us_nga_egm96_15.tif"))
    add_geodata(workspace, regional_geoid(tmp_path / "mx_inegi_ggm10.tif"))
    chosen = geoid_of(workspace)
    assert isinstance(chosen.geoid, GeoidStack)
    assert [it["name"] for it in chosen.facts] == ["mx_inegi_ggm10", "us_nga_egm96_15"]
    np.testing.assert_allclose(undulation_m(chosen.geoid, [-107.0, -50.0], [25.0, 0.0]), [-30.0, -20.0])
    assert geoid_for(workspace, "", (-107.5, 24.5, -106.5, 25.5)).geoid.name == "mx_inegi_ggm10"
    assert geoid_for(workspace, "", (-109.5, 24.5, -106.5, 25.5)).geoid.name == "us_nga_egm96_15"
    assert geoid_for(workspace, "EGM96", (-107.5, 24.5, -106.5, 25.5)).geoid.name == "us_nga_egm96_15"
    with pytest.raises(InputError, match=r"'ggm10' that reaches .* geodata add"):
        geoid_for(workspace, "ggm10", (-120.0, 24.5, -106.5, 25.5))


def test_a_part_of_a_world_grid_is_still_of_the_world(tmp_path):
    whole = read_geoid(world(tmp_path / "w.tif"))
    part = read_geoid(tmp_path / "w.tif", (-110.0, 20.0, -100.0, 30.0))
    assert (whole.wraps, part.wraps, part.of_world) == (True, False, True)
    coarse_region = replace(flat_geoid(), step_lon_deg=30.0, step_lat_deg=30.0, north_deg=60.0)
    assert best_first([part, coarse_region])[0] is coarse_region


def test_a_place_that_no_grid_reaches_says_what_to_do(workspace, tmp_path):
    assert geoid_of(workspace).geoid is None
    with pytest.raises(InputError, match="there is none: add one"):
        geoid_for(workspace, "", (-107.5, 24.5, -106.5, 25.5))
    first = add_geodata(workspace, regional_geoid(tmp_path / "first.tif"))
    add_geodata(
        workspace, geoid_tiff(tmp_path / "b.tif", -25.0, west=-100.0, north=26.0, step=1.0, nodes=(3, 3))
    )
    with pytest.raises(InputError, match=r"lon 10\.0.*geodata add"):
        undulation_m(geoid_of(workspace).geoid, 10.0, 50.0)
    assert first.detail.startswith("60' grid")


def test_the_systems_grids_are_found_by_name_and_never_written_to(workspace, tmp_path):
    system = tmp_path / "system"
    system.mkdir()
    world(system / "us_nga_egm96_15.tif")
    regional_geoid(system / "nz_linz_nzgeoid2016.tif")
    found = list_geodata(workspace)
    assert [(it.name, it.origin) for it in found] == [("us_nga_egm96_15.tif", str(system))]
    chosen = geoid_of(workspace)
    assert chosen.facts[0]["sha256"] == found[0].sha256
    assert chosen.facts[0]["origin"] == str(system)
    assert sorted(it.name for it in system.iterdir()) == ["nz_linz_nzgeoid2016.tif", "us_nga_egm96_15.tif"]


def test_points_are_read_as_inegi_writes_them(workspace, tmp_path):
    table = tmp_path / "points.csv.gz"
    table.write_bytes(gzip.compress(POINTS.encode()))
    points = read_points(table)
    assert points.names == ("Uno", "Dos")
    assert points.msl_m.tolist() == [1005.0, -2.0]
    assert points.left_out == 1
    assert add_geodata(workspace, table).kind is GeodataKind.POINT_HEIGHTS
    for bad in (b"a,b\n1,2\n", b"lon,lat,alt_m\nx,y,z\n", gzip.compress(POINTS.encode())[:40]):
        (tmp_path / "bad.csv.gz").write_bytes(bad if bad[:2] == b"\x1f\x8b" else gzip.compress(bad))
        with pytest.raises(InputError, match="bad"):
            read_points(tmp_path / "bad.csv.gz")


@pytest.mark.shared
def test_all_of_inegis_localities_with_a_height_are_read():
    points = read_points(shared_file("data/geo/vector/mx_localidades_2025.csv.gz"))
    assert len(points) + points.left_out == 50_763
    assert len(points) == 50_608
    assert points.msl_m.min() == -11.0


def claim(**said):
    return TerrainClaim(**{"datum": VerticalDatum.HAE} | said)


def test_models_stand_side_by_side_the_best_first_with_their_errors(workspace, tmp_path):
    rough = written(tmp_path / "rough.tif", np.full((30, 30), 100.0, np.float32))
    fine = written(tmp_path / "fine.tif", np.full((7, 7), 200.0, np.float32))
    import_terrain(workspace, [rough], claim())
    import_terrain(workspace, [fine], claim(product="copernicus-30", canopy_bias_m=3.0))
    first, second = list_terrain(workspace)
    assert (first.names, first.le90_m, first.canopy_sigma_m) == (("fine.tif",), 4.0, 1.5)
    assert first.sigma_m == pytest.approx(np.sqrt((4.0 / 1.6448536) ** 2 + 3.0**2 + 1.5**2))
    assert second.le90_m == 9.0
    assert "nobody said it" in second.le90_basis
    ground = ground_of(workspace, DeclaredGround())
    assert isinstance(ground.terrain, TerrainMosaic)
    assert float(ground.terrain.height_hae_m(-106.9985, 24.9985)) == 200.0, "the heights are left as they are"
    assert float(ground.terrain.height_hae_m(-106.98, 24.98)) == 100.0
    assert ground.errors.terrain_vertical_m == pytest.approx(9.0 / 1.6448536)
    assert [it["tile_sha256"] for it in ground.facts["terrain_sources"]] == [
        first.tile_sha256,
        second.tile_sha256,
    ]
    import_terrain(workspace, [rough], claim(quality=0))
    assert [it.names for it in list_terrain(workspace)] == [("rough.tif",), ("fine.tif",)]


def test_a_file_of_heights_that_was_changed_is_noticed(workspace, tmp_path):
    source = written(tmp_path / "dem.tif", np.full((30, 30), 100.0, np.float32))
    (kept,) = import_terrain(workspace, [source], claim())
    tile = workspace.settings.workspace / "terrain" / f"{kept.terrain_id}.tif"
    ground_of(workspace, DeclaredGround())
    with tile.open("r+b") as file:
        file.seek(-3, 2)
        file.write(b"xyz")
    with pytest.raises(IntegrityError, match=kept.terrain_id):
        ground_of(workspace, DeclaredGround())


def test_a_workspace_with_a_single_terrain_goes_on_working(workspace, tmp_path):
    folder = workspace.settings.workspace / "terrain"
    grid = read_terrain(written(tmp_path / "d.tif", np.full((9, 9), 50.0, np.float32)), VerticalDatum.HAE)
    save_terrain(grid, folder, {"ATALAYA_SOURCE": "old.tif"})
    regional_geoid(folder / "geoid.tif")
    ground = ground_of(workspace, DeclaredGround())
    assert isinstance(ground.terrain, TerrainGrid)
    assert ground.facts["terrain"] == "grid"
    assert ground.facts["geoid"] == "geoid"
    assert ground.facts["terrain_sources"][0]["names"] == ["old.tif"]
    remove_terrain(workspace, "terrain")
    assert list_terrain(workspace) == ()


def test_a_failed_import_leaves_nothing_behind(workspace, tmp_path):
    good = written(tmp_path / "good.tif", np.random.default_rng(6).random((300, 300), dtype=np.float32))
    cut = tmp_path / "cut.tif"
    cut.write_bytes(good.read_bytes()[:100_000])
    with pytest.raises(Exception, match=r"cut\.tif"):
        import_terrain(workspace, [cut], claim())
    assert not list((workspace.settings.workspace / "terrain").glob("*"))
    assert not [it for it in ledger(workspace) if it["action"] == "terrain.add"]


def test_the_command_line_imports_lists_and_removes(workspace, tmp_path):
    call = command_line(workspace.settings.workspace, terrain_noun, geodata_noun)
    source = written(tmp_path / "dem.tif", np.full((30, 30), 100.0, np.float32))
    assert call("terrain", "import", source).exit_code == 2, "a datum has to be said"
    geoid = regional_geoid(tmp_path / "mx_inegi_ggm10.tif")
    done = call("terrain", "import", source, "--datum", "msl", "--geoid", geoid, "--le90", "2.5", "--json")
    (kept,) = json.loads(done.stdout)
    assert (kept["geoid"], kept["le90_m"], kept["highest_hae_m"]) == ("mx_inegi_ggm10", 2.5, 70.0)
    assert "mx_inegi_ggm10" in call("geodata", "list").stdout
    again = call("terrain", "import", source, "--datum", "msl", "--geoid", "ggm10", "--bounds", "x")
    assert isinstance(again.exception, InputError)
    listed = call("terrain", "list").stdout
    assert "msl (mx_inegi_ggm10)" in listed
    assert call("terrain", "remove", kept["terrain_id"]).exit_code == 0
    assert "none" in call("terrain", "list").stdout


def test_each_place_has_the_error_of_the_model_that_answers_there(workspace, tmp_path):
    rough = written(tmp_path / "rough.tif", np.full((30, 30), 100.0, np.float32))
    fine = written(tmp_path / "fine.tif", np.full((7, 7), 200.0, np.float32))
    import_terrain(workspace, [rough], claim(le90_m=16.448536))
    import_terrain(workspace, [fine], claim(le90_m=1.6448536))
    ground = ground_of(workspace, DeclaredGround())
    groups = ground.errors_at(np.array([-106.98, -106.9985, np.nan]), np.array([24.98, 24.9985, np.nan]))
    assert [(rows.tolist(), round(errors.terrain_vertical_m, 4)) for rows, errors in groups] == [
        ([1], 1.0),
        ([0, 2], 10.0),
    ]
    assert ground.errors.terrain_vertical_m == pytest.approx(10.0), "unknown places have the worst"


def test_what_a_killed_import_left_is_swept_away(workspace, tmp_path):
    folder = workspace.settings.workspace / "terrain"
    folder.mkdir()
    (folder / ".old.part").write_bytes(b"half")
    (folder / ".new.part").write_bytes(b"half")
    os.utime(folder / ".old.part", (0, 0))
    later = START.timestamp()
    os.utime(folder / ".new.part", (later, later))
    import_terrain(workspace, [written(tmp_path / "d.tif", np.ones((9, 9), np.float32))], claim())
    assert [it.name for it in folder.glob(".*.part")] == [".new.part"]


def test_the_folders_of_the_system_are_named_as_path_is(monkeypatch, tmp_path):
    monkeypatch.setenv("ATALAYA_GEOID_FOLDERS", f"/a{os.pathsep}/b")
    assert Settings().geoid_folders == (Path("/a"), Path("/b"))
    monkeypatch.setenv("ATALAYA_GEOID_FOLDERS", "")
    assert Settings().geoid_folders == ()
