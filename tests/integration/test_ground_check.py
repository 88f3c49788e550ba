"""A stream and a ground that do not fit: told with the source's problems, and what fits is answered."""

from dataclasses import replace

import numpy as np
import pytest
from rasterio.transform import from_origin
from shapely import box

from atalaya.app.geodata import add_geodata
from atalaya.app.ground import DeclaredGround, footprint_table, ground_of
from atalaya.app.ground_check import ground_problems
from atalaya.app.ingest_source import ingest_source
from atalaya.app.terrain import add_terrain
from atalaya.geo.geoid import VerticalDatum
from atalaya.model.actor import Role
from geo_files import regional_geoid, written
from small_sortie import AREA, LAT_DEG, LON_DEG, flight, make_bench, write_klv


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


def terrain(context, tmp_path, height_m=0.0, *, west_deg=LON_DEG - 0.05, cols=100):
    place = from_origin(west_deg, LAT_DEG + 0.05, 0.001, 0.001)
    values = np.full((100, cols), height_m, np.float32)
    add_terrain(context, written(tmp_path / f"{cols}.tif", values, transform=place), VerticalDatum.HAE)


def stated(frames, height_m, *, msl=False):
    """The same flight, with the ground below each frame as its stated centre."""
    centre = np.full(len(frames), height_m)
    unknown = np.full(len(frames), np.nan)
    return replace(
        frames,
        centre_lon_deg=frames.sensor_lon_deg,
        centre_lat_deg=frames.sensor_lat_deg,
        centre_hae_m=unknown if msl else centre,
        centre_msl_m=centre if msl else unknown,
    )


def found(context, frames, declared=None):
    ground = ground_of(context, declared or DeclaredGround())
    return ground_problems(ground, frames, footprint_table(ground, frames, (128, 96)), AREA)


def test_a_stream_that_fits_its_ground_has_no_problem(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path)
    assert found(context, flight()) == ()
    assert found(context, stated(flight(), 9.0)) == ()
    assert found(context, stated(flight(), 0.0), DeclaredGround(constant_m=0.0)) == ()


def test_terrain_that_ends_under_the_flight_is_told_with_both_bounds_and_the_share(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path, cols=54)  # the flight goes from -107.2 to -107.1922
    path = write_klv(tmp_path / "x.klv", stated(flight(), 0.0))
    report = ingest_source(context, path, bench.sortie.sortie_id)
    (problem,) = [it for it in report.problems if it.code == "terrain-does-not-cover"]
    assert report.record.frames_kept > 0, "what it reaches is answered"
    assert "of 40 frames (" in problem.message
    assert "lon -107.2495 to -107.1965" in problem.message
    assert "they look at lon -107.19" in problem.message
    assert "of the sortie's area" in problem.message


def test_places_outside_the_permit_are_not_told(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path, west_deg=LON_DEG + 1.0)
    ground = ground_of(context, DeclaredGround())
    placed = footprint_table(ground, flight(), (128, 96))
    (problem,) = ground_problems(ground, flight(), placed, box(0.0, 0.0, 1.0, 1.0))
    assert "40 of 40 frames (100 %)" in problem.message
    assert "which are not told" in problem.message
    assert "-107." not in problem.message.split("they look at")[1]


@pytest.mark.parametrize(
    ("height_m", "code", "words"),
    [(28.0, "heights-too-high", "28 m too high"), (-30.0, "heights-too-low", "30 m too low")],
)
def test_stated_frame_centres_off_the_terrain_are_told_in_words(bench, tmp_path, height_m, code, words):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path)
    (problem,) = found(context, stated(flight(), height_m))
    assert problem.code == code
    assert f"heights look {words}" in problem.message
    assert "terrain doctor" in problem.message


def test_a_multiple_of_the_geoid_is_named(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path)
    add_geodata(context, regional_geoid(tmp_path / "g.tif", -28.0))
    (problem,) = found(context, stated(flight(), 0.0, msl=True))
    assert problem.code == "heights-too-low"
    assert "+1 times the -28.0 m" in problem.message


def test_stated_centres_of_no_terrain_are_no_witness(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path)
    frames = stated(flight(), 0.0)
    scattered = replace(frames, centre_hae_m=np.linspace(0.0, 400.0, len(frames)))
    assert found(context, scattered) == ()


def test_a_sensor_below_the_ground_is_told(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path, 1400.0)
    problems = found(context, flight())
    below = next(it for it in problems if it.code == "sensor-below-ground")
    assert "40 of 40 frames (100 %)" in below.message
    assert "by 400 m" in below.message


def test_a_missing_geoid_is_told_and_frames_that_do_not_need_it_are_answered(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    terrain(context, tmp_path)
    frames = flight()
    mixed_hae_m = frames.sensor_hae_m.copy()
    mixed_hae_m[:10] = np.nan
    frames = replace(frames, sensor_hae_m=mixed_hae_m, sensor_msl_m=np.full(40, 1030.0))
    report = ingest_source(context, write_klv(tmp_path / "x.klv", frames), bench.sortie.sortie_id)
    (problem,) = [it for it in report.problems if it.code == "geoid-missing"]
    assert "10 of 40 frames (25 %)" in problem.message
    assert "atalaya geodata add" in problem.message
    assert report.record.frames_kept == 30
    add_geodata(context, regional_geoid(tmp_path / "g.tif"))
    assert found(context, frames) == ()
