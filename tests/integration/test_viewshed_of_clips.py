"""Seconds that a clip saw of the ground, views from a place, footprints: by the application and the command line."""

import json
from dataclasses import replace

import numpy as np
import pytest
import rasterio

from atalaya.app.clip import Clip
from atalaya.app.frame_outline import outline_of_frame
from atalaya.app.ground import Ground
from atalaya.app.viewshed import UNKNOWN_S, Placement, exposure_of_clip, sight_of_place
from atalaya.cli import georef
from atalaya.errors import InputError
from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.geo.viewshed import Seen
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.outline import footprint_outline
from atalaya.georeg.pose import HeightReference
from atalaya.model.frame import FrameTable
from command_line import command_line, error_of
from small_sortie import LAT_DEG, LON_DEG, flight, make_bench, write_klv
from terrain_scenes import fractal_terrain, level_frames


def clip_of(terrain, count=4, **columns) -> Clip:
    looking = {"sensor_elevation_deg": -40.0, "hfov_deg": 16.0, "vfov_deg": 9.0} | columns
    frames = level_frames(count, **looking)
    frames = replace(frames, time_us=1_000_000 + 1_000_000 * np.arange(count, dtype=np.int64))
    ground = Ground(terrain=terrain, geoid=None, heights=HeightReference.HAE, errors=PoseErrors(), facts={})
    return Clip(
        name="test", frames=frames, camera=ground.poses_of(frames), ground=ground, image_size_px=(1280, 720)
    )


def test_a_camera_that_stares_sees_its_footprint_for_all_of_the_time():
    terrain = fractal_terrain(401, 4, relief_m=300.0, step_deg=2.5e-4)
    clip = clip_of(terrain)
    found = exposure_of_clip(clip)
    assert (found.looks, found.left_out) == (4, {})
    assert set(np.unique(found.seen_s)) == {0.0, 4.0}
    ring = footprint_outline(clip.camera.take(np.array([0])), terrain, (1280, 720)).rings[0]
    scale = np.array([1.1132e5 * np.cos(np.radians(24.97)), 1.1078e5])
    x, y = (ring * scale).T
    area_km2 = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 1e6
    assert found.seen_km2 == pytest.approx(area_km2, rel=0.03)


def test_steps_shorter_than_the_time_between_packets_lose_no_seconds():
    clip = clip_of(fractal_terrain(201, 4, relief_m=300.0, step_deg=5e-4))
    assert exposure_of_clip(clip, every_s=0.01).seen_s.max() == 4.0


def test_voids_are_unknown_and_frames_that_cannot_be_placed_are_counted():
    terrain = fractal_terrain(401, 4, relief_m=300.0, step_deg=2.5e-4)
    whole = exposure_of_clip(clip_of(terrain))
    row, col = (int(np.median(it)) for it in np.nonzero(whole.seen_s > 0))
    west = round((whole.window.west_deg - terrain.west_deg) / 2.5e-4)
    north = round((terrain.north_deg - whole.window.north_deg) / 2.5e-4)
    hae_m = terrain.hae_m.copy()
    hae_m[north + row, west + col] = np.nan
    holed = TerrainGrid(
        hae_m=hae_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=2.5e-4, step_lat_deg=2.5e-4
    )
    frames_hae_m = np.array([3000.0, np.nan, 3000.0, -500.0])
    found = exposure_of_clip(clip_of(holed, sensor_hae_m=frames_hae_m))
    assert found.seen_s.min() == UNKNOWN_S
    assert (found.seen_s == UNKNOWN_S).sum() == 1
    assert found.looks == 2
    assert found.left_out["pose-unknown"] == 1
    assert sum(found.left_out.values()) == 2


def test_a_view_from_a_place_adds_up_to_its_circle():
    terrain = fractal_terrain(401, 6, relief_m=600.0, step_deg=2.5e-4)
    place = Placement(lon_deg=-106.95, lat_deg=24.95, above_ground_m=20.0, hae_m=None, radius_m=3000.0)
    sight = sight_of_place(terrain, place)
    assert sight.seen_km2 + sight.hidden_km2 + sight.unknown_km2 == pytest.approx(np.pi * 9.0, rel=0.01)
    assert 0.0 < sight.seen_km2 < sight.hidden_km2
    assert sight.seen[0, 0] == Seen.UNKNOWN  # beyond the radius
    higher = sight_of_place(terrain, replace(place, above_ground_m=4000.0))
    assert higher.seen_km2 > 0.99 * np.pi * 9.0


def test_what_cannot_be_seen_from_is_refused():
    place = Placement(lon_deg=-106.95, lat_deg=24.95, above_ground_m=2.0, hae_m=None, radius_m=500.0)
    with pytest.raises(InputError, match="elevation model"):
        sight_of_place(ConstantHeight(0.0), place)
    with pytest.raises(InputError, match="elevation model"):
        exposure_of_clip(clip_of(ConstantHeight(0.0)))
    terrain = fractal_terrain(101, 6, relief_m=100.0)
    with pytest.raises(InputError, match="not on the terrain"):
        sight_of_place(terrain, replace(place, lon_deg=10.0))
    with pytest.raises(InputError, match="shows known ground"):
        exposure_of_clip(clip_of(terrain, sensor_elevation_deg=30.0))


def test_a_partial_footprint_says_why():
    terrain = fractal_terrain(201, 4, relief_m=300.0, step_deg=2.5e-4)
    found = outline_of_frame(clip_of(terrain, sensor_elevation_deg=-2.0), 0)
    assert not found.outline.complete
    assert set(found.missing) <= {"sky", "off-terrain"}
    assert sum(found.missing.values()) > 0
    with pytest.raises(InputError, match="cannot be placed"):
        outline_of_frame(clip_of(terrain, sensor_hae_m=np.nan), 0)


def test_the_command_line_writes_geojson_and_cogs(tmp_path):
    bench = make_bench(tmp_path / "workspace")
    call = command_line(bench.folder, georef)
    frames: FrameTable = flight()
    clip = write_klv(tmp_path / "x.klv", frames)
    dem = tmp_path / "dem.tif"
    rng = np.random.default_rng(0)
    with rasterio.open(
        dem, "w", driver="GTiff", width=400, height=400, count=1, dtype="float32", crs="EPSG:4326",
        transform=rasterio.Affine(5e-4, 0, LON_DEG - 0.1, 0, -5e-4, LAT_DEG + 0.1),
    ) as raster:  # fmt: skip
        raster.write(rng.random((1, 400, 400)).astype(np.float32) * 5.0)
    ground = ("--terrain", dem, "--datum", "hae")
    feature = json.loads(
        call("georef", "footprint", clip, "--frame", 3, *ground, "--size", "128x96", "--json").output
    )
    assert feature["properties"]["complete"] is True
    ring = np.array(feature["geometry"]["coordinates"][0][0])
    assert np.allclose(ring.mean(axis=0), [LON_DEG + 3 * 0.0002, LAT_DEG], atol=2e-4)
    out = tmp_path / "seen.tif"
    form = json.loads(
        call("georef", "viewshed", clip, *ground, "--size", "128x96", "--out", out, "--json").output
    )
    assert form["looks"] == 4
    with rasterio.open(out) as raster:
        assert raster.read(1).max() == pytest.approx(form["longest_s"])
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    answer = call("georef", "viewshed", "--at", f"{LON_DEG},{LAT_DEG}", "--radius", 2000, *ground)
    assert "km2 hidden" in answer.output
    assert "either a clip or a place" in str(error_of(call("georef", "viewshed")))
    assert "longitude,latitude" in str(error_of(call("georef", "viewshed", "--at", "x", *ground)))
