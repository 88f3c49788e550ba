"""Pictures of a wood: where things are in them, that they repeat byte for byte, light, shade and warmth."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera
from atalaya.simulation.picture3d import Temperatures, render_eo, render_ir, stage_of, sunlight
from atalaya.simulation.solids import Material, Solids
from atalaya.simulation.sunlight import Light
from second_projection import marks_off_m, pixels_off_m
from wooded_scene import Wood, boxes, hfov_deg, looking, wood

NOON = Light(sun_azimuth_deg=150.0, sun_elevation_deg=60.0)
SMALL = Camera(width_px=320, height_px=180, hfov_deg=hfov_deg(320, 0.2, 900.0))


@pytest.fixture(scope="module")
def scene() -> Wood:
    return wood(seed=2, size_m=100.0)


@pytest.fixture(scope="module")
def stage(scene):
    return stage_of(scene)


def no_solids() -> Solids:
    return boxes(np.empty(0), np.empty(0), np.empty(0), size_m=(1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("azimuth_deg", "off_nadir_deg", "gsd_m"),
    [(20.0, 0.5, 0.1), (140.0, 35.0, 0.16), (265.0, 50.0, 0.16), (310.0, 60.0, 0.12)],
)
def test_marks_on_the_ground_are_seen_where_an_independent_projection_says(azimuth_deg, off_nadir_deg, gsd_m):
    """To 0.05 m on the ground: places in geodetic degrees, pyproj and numpy there, the renderer here."""
    away_m = marks_off_m(azimuth_deg, off_nadir_deg, gsd_m)
    assert len(away_m) >= 6
    assert np.linalg.norm(away_m.mean(axis=0)) < 0.02
    assert np.sqrt(np.square(away_m).sum(axis=1).mean()) < 0.05


@pytest.mark.parametrize(("azimuth_deg", "off_nadir_deg"), [(20.0, 0.5), (140.0, 35.0), (265.0, 60.0)])
def test_every_pixel_shows_the_ground_that_an_independent_projection_puts_there(azimuth_deg, off_nadir_deg):
    off_m = pixels_off_m(azimuth_deg, off_nadir_deg)
    assert len(off_m) > 4000
    assert off_m.max() < 0.002


def test_the_same_world_and_view_give_the_same_bytes_whatever_was_rendered_before(scene, stage):
    view, other = looking(30.0, 45.0, 900.0), looking(200.0, 40.0, 900.0, (20.0, -15.0, 0.0))
    light = sunlight(stage, NOON)
    render_eo(stage, SMALL, other, light)
    first = render_eo(stage, SMALL, view, light)
    fresh = stage_of(scene)
    assert render_eo(fresh, SMALL, view, sunlight(fresh, NOON)).tobytes() == first.tobytes()
    assert render_eo(stage, SMALL, other, light).tobytes() != first.tobytes()


def test_a_picture_of_the_sky_is_refused(stage):
    with pytest.raises(InputError, match="sky"):
        render_eo(stage, SMALL, looking(0.0, 89.9, 900.0), sunlight(stage, NOON))


def test_shade_is_darker_and_falls_away_from_the_sun():
    bare = wood(seed=2, size_m=100.0, density=0.0)
    bare.surface.up_m[:] = 0.0
    wall = boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(10.0, 10.0, 6.0), rgb=(250.0, 250.0, 250.0))
    stage = stage_of(replace(bare, solids=wall))
    camera = Camera(width_px=200, height_px=200, hfov_deg=hfov_deg(200, 0.2, 900.0))
    light = sunlight(stage, Light(sun_azimuth_deg=90.0, sun_elevation_deg=45.0))
    seen = render_eo(stage, camera, looking(0.0, 0.001, 900.0), light).astype(float).mean(axis=2)
    metre = 5  # pixels
    west = seen[90:110, 100 - 10 * metre : 100 - 6 * metre].mean()
    east = seen[90:110, 100 + 6 * metre : 100 + 10 * metre].mean()
    far_west = seen[90:110, 100 - 17 * metre : 100 - 13 * metre].mean()
    assert west < 0.65 * east
    assert far_west == pytest.approx(east, rel=0.05)


def test_a_vehicle_is_in_the_picture_only_while_it_is_there(stage):
    camera = Camera(width_px=240, height_px=240, hfov_deg=hfov_deg(240, 0.1, 900.0))
    view, light = looking(0.0, 20.0, 900.0, (0.0, 0.0, 20.0)), sunlight(stage, NOON)
    lorry = boxes(
        np.zeros(1),
        np.zeros(1),
        np.array([19.0]),
        size_m=(8.0, 2.5, 3.0),
        rgb=(250.0, 20.0, 20.0),
        excess_k=30.0,
    )
    empty, full = render_eo(stage, camera, view, light), render_eo(stage, camera, view, light, lorry)
    changed = np.abs(full.astype(int) - empty).max(axis=2) > 60
    assert 0.5 < changed[80:160, 80:160].sum() / (8.0 * 2.5 / 0.01) < 2.5
    assert not changed[:30].any()


def temperatures(**changes: float) -> Temperatures:
    open_k, covered_k = np.full(len(Material), 310.0), np.full(len(Material), 295.0)
    open_k[Material.LEAVES], covered_k[Material.LEAVES] = 299.0, 296.0
    return Temperatures(open_k=open_k, covered_k=covered_k)


def test_warm_solids_stand_out_in_the_infrared_and_shade_cools():
    bare = wood(seed=2, size_m=100.0, density=0.3)
    hot = boxes(np.zeros(1), np.zeros(1), np.array([20.0]), size_m=(4.0, 4.0, 1.0), excess_k=25.0)
    stage = stage_of(replace(bare, solids=hot))
    kelvin = render_ir(
        stage, SMALL, looking(0.0, 30.0, 900.0, (0.0, 0.0, 20.5)), sunlight(stage, NOON), temperatures()
    )
    middle = kelvin[80:100, 150:170]
    assert np.median(middle) > 325.0
    ground = kelvin[:60]
    assert np.isfinite(kelvin).all()
    assert 294.0 < np.quantile(ground, 0.02) < 299.0
    assert 305.0 < np.quantile(ground, 0.98) < 316.0


def test_by_night_nothing_casts_a_shadow(stage):
    night = sunlight(stage, Light(sun_azimuth_deg=0.0, sun_elevation_deg=-30.0))
    kelvin = render_ir(stage, SMALL, looking(0.0, 30.0, 900.0), night, temperatures())
    assert np.isfinite(kelvin).all()
    assert (night.beams.slots < 0).all()


def test_temperatures_that_are_not_kelvin_are_refused():
    with pytest.raises(InputError, match="kelvin"):
        Temperatures(open_k=np.full(len(Material), np.nan), covered_k=np.full(len(Material), 290.0))
    with pytest.raises(InputError, match="kelvin"):
        Temperatures(open_k=np.full(3, 290.0), covered_k=np.full(3, 290.0))


def test_a_light_that_is_none_is_refused():
    with pytest.raises(InputError, match="sun"):
        Light(sun_azimuth_deg=float("nan"), sun_elevation_deg=30.0)
    with pytest.raises(InputError, match="sky"):
        Light(sun_azimuth_deg=0.0, sun_elevation_deg=30.0, sky_share=1.5)


def test_materials_that_do_not_fit_the_texture_are_refused(scene):
    with pytest.raises(InputError, match="do not fit"):
        stage_of(replace(scene, ground_material=np.zeros((3, 3), dtype=np.uint8)))
