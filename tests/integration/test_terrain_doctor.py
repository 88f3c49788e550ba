"""The doctor on the real model of Colima and INEGI's localities, by the command line, sound and made sick."""

import json

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from atalaya.cli import geodata as geodata_noun
from atalaya.cli import terrain as terrain_noun
from atalaya.errors import InputError
from atalaya.geo.geoid import undulation_m
from atalaya.io.geodata_geoid import read_geoid
from command_line import command_line
from geo_files import regional_geoid, written
from shared_data import shared_file
from workspaces import HandClock, new_workspace

COLIMA = "data/geo/dem/colima_jalisco_20m_utm13n.tif"
GGM10 = "data/geo/geoid/mx_inegi_ggm10.tif"
LOCALITIES = "data/geo/vector/mx_localidades_2025.csv.gz"


@pytest.fixture
def call(tmp_path):
    new_workspace(tmp_path / "w", HandClock())
    return command_line(tmp_path / "w", terrain_noun, geodata_noun)


def altered(path, *, east_m=0.0, north_m=0.0, raised_m=0.0):
    """The model of Colima, moved or raised."""
    with rasterio.open(shared_file(COLIMA)) as raster:
        values, place, crs = raster.read(1), raster.transform, raster.crs
    moved = Affine(place.a, 0.0, place.c + east_m, 0.0, place.e, place.f + north_m)
    return written(path, values + np.float32(raised_m), crs=str(crs), transform=moved)


def examined(call, source, datum="hae"):
    assert call("geodata", "add", shared_file(GGM10)).exit_code == 0
    imported = call("terrain", "import", source, "--datum", datum)
    assert imported.exit_code == 0, imported.output
    result = call("terrain", "doctor", "--against", shared_file(LOCALITIES), "--json")
    (found,) = json.loads(result.stdout)
    assert (result.exit_code == 8) == (found["verdict"] == "sick")
    return found


@pytest.fixture(scope="module")
def undulation():
    return float(undulation_m(read_geoid(shared_file(GGM10)), -103.68, 19.45))


@pytest.mark.shared
def test_the_real_model_of_colima_is_sound_as_heights_above_the_ellipsoid(call):
    found = examined(call, shared_file(COLIMA))
    assert found["verdict"] == "sound"
    assert (found["points"], found["findings"]) == (15, [])
    assert abs(found["offset_m"]) < 3.0
    assert found["decides_datum"]


@pytest.mark.shared
def test_taken_for_heights_above_the_sea_it_is_sick_and_told_what_to_do(call):
    found = examined(call, shared_file(COLIMA), "msl")
    assert found["findings"] == ["wrong-datum"]
    assert found["undulation_times"] == 1
    assert "import it with --datum hae" in found["words"][0]["en"]
    assert "impórtelo con --datum hae" in found["words"][0]["es"]


@pytest.mark.shared
@pytest.mark.parametrize(("times", "remedy"), [(-1, "--datum msl"), (-2, "wrong sign"), (1, "applied twice")])
def test_a_geoid_forgotten_doubled_or_of_the_wrong_sign_is_told(call, tmp_path, undulation, times, remedy):
    found = examined(call, altered(tmp_path / "d.tif", raised_m=times * undulation))
    assert (found["findings"], found["undulation_times"]) == (["wrong-datum"], times)
    assert remedy in found["words"][0]["en"]


@pytest.mark.shared
@pytest.mark.parametrize("azimuth_deg", [0, 135, 225, 270])
def test_a_shift_of_300_m_never_passes_for_sound(call, tmp_path, azimuth_deg):
    """With 15 points on one flank one direction of eight is taken for a datum, and the doctor says it may be a shift."""
    east_m, north_m = 300.0 * np.sin(np.radians(azimuth_deg)), 300.0 * np.cos(np.radians(azimuth_deg))
    found = examined(call, altered(tmp_path / "d.tif", east_m=east_m, north_m=north_m))
    assert found["verdict"] == "sick"
    if azimuth_deg == 225:
        assert found["findings"] == ["wrong-datum"]
        assert "some hundred metres beside its place" in found["words"][1]["en"]
    else:
        assert "shifted" in found["findings"]


@pytest.mark.shared
@pytest.mark.parametrize(("east_m", "north_m"), [(10_000, 0), (-10_000, 0), (0, -11_000), (300_000, 220_000)])
def test_a_tile_of_another_place_is_told(call, tmp_path, east_m, north_m):
    found = examined(call, altered(tmp_path / "d.tif", east_m=east_m, north_m=north_m))
    assert found["findings"] == ["wrong-tile"]
    assert "another piece of land" in found["words"][0]["en"]


@pytest.mark.shared
def test_a_coarse_model_of_all_mexico_is_no_case_of_a_wrong_datum(call):
    """Its localities lie in valleys that it does not have: it is 15 m too high at them, and spreads by 42 m."""
    assert call("geodata", "add", shared_file("data/geo/geoid/us_nga_egm96_15.tif")).exit_code == 0
    source = shared_file("data/geo/dem/mx_coarse_srtm30_2p4km_epsg3857.tif")
    assert call("terrain", "import", source, "--datum", "msl").exit_code == 0
    result = call("terrain", "doctor", "--against", shared_file(LOCALITIES), "--json")
    (found,) = json.loads(result.stdout)
    assert (result.exit_code, found["findings"]) == (0, ["rougher-than-said"])
    assert not found["decides_datum"]
    assert "--le90" in found["words"][0]["en"]


@pytest.mark.shared
def test_an_import_says_at_once_what_the_known_points_say(call):
    call("geodata", "add", shared_file(GGM10))
    call("geodata", "add", shared_file(LOCALITIES))
    told = call("terrain", "import", shared_file(COLIMA), "--datum", "msl")
    assert told.exit_code == 0
    assert "LOOK: WRONG DATUM" in told.stdout
    assert "LOOK" not in call("terrain", "import", shared_file(COLIMA), "--datum", "hae").stdout


def test_an_import_without_a_geoid_for_the_points_says_nothing_of_them(call, tmp_path):
    (tmp_path / "points.csv").write_text("lon,lat,alt_m\n-107,25,5\n")
    call("geodata", "add", tmp_path / "points.csv")
    told = call(
        "terrain", "import", written(tmp_path / "d.tif", np.ones((9, 9), np.float32)), "--datum", "hae"
    )
    assert told.exit_code == 0, told.output
    assert "LOOK" not in told.stdout


def test_without_points_on_it_nothing_is_said_and_nothing_is_sick(call, tmp_path):
    call("geodata", "add", regional_geoid(tmp_path / "g.tif"))
    call("terrain", "import", written(tmp_path / "d.tif", np.ones((9, 9), np.float32)), "--datum", "hae")
    with pytest.raises(InputError, match="points of known height"):
        raise call("terrain", "doctor").exception
    (tmp_path / "points.csv").write_text("lon,lat,alt_m\n-100,20,5\n")
    call("geodata", "add", tmp_path / "points.csv")
    result = call("terrain", "doctor", "--lang", "es")
    assert result.exit_code == 0
    assert "SIN DECIDIR" in result.stdout
    assert "Solo hay 0 puntos" in result.stdout
