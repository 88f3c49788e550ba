"""A whole seeded scene: its bytes, its label, its truth, and what the flight sees of it."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from shapely import Point

from atalaya.errors import InputError
from atalaya.model.site import SiteKind
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.simulation.camera import Camera, view_of
from atalaya.simulation.render import label_picture, look, render
from atalaya.simulation.scene import Scene, make_scene
from atalaya.simulation.truth import DecoyKind

START = datetime(2026, 11, 22, 16, tzinfo=UTC)
FPS = 2.0


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(11, start=START, fps=FPS)


@pytest.fixture(scope="module")
def same_scene() -> Scene:
    return make_scene(11, start=START, fps=FPS)


def local_m(scene: Scene, *places) -> np.ndarray:
    columns = (
        np.array([getattr(place, name) for place in places]) for name in ("lon_deg", "lat_deg", "hae_m")
    )
    return scene.world.frame.to_enu(*columns)


def test_the_same_seed_gives_the_same_bytes(scene, same_scene):
    assert scene.world.texture.tobytes() == same_scene.world.texture.tobytes()
    for name, column in scene.flight.reported.columns().items():
        assert column.tobytes() == same_scene.flight.reported.columns()[name].tobytes(), name
    assert scene.truth.sites == same_scene.truth.sites
    frames, again = (list(render(one, range(40, 42))) for one in (scene, same_scene))
    assert [frame.tobytes() for frame in frames] == [frame.tobytes() for frame in again]


def test_a_frame_does_not_depend_on_which_others_are_made(scene):
    alone = next(render(scene, range(41, 42)))
    assert alone.tobytes() == list(render(scene, range(40, 42)))[1].tobytes()
    assert alone.tobytes() != next(render(scene, range(40, 41))).tobytes()


def test_every_frame_has_its_shape_and_its_label(scene):
    label = label_picture(scene.flight.camera)
    assert SYNTHETIC_MARK == "SYNTHETIC / SINTÉTICO"
    assert label.shape[0] < 40 < label.shape[1]
    assert (label[:, :, 0] > 200).mean() > 0.03
    count = 0
    for frame in render(scene):
        assert frame.shape == (540, 960, 3)
        assert frame.dtype == np.uint8
        assert np.array_equal(frame[: label.shape[0], : label.shape[1]], label)
        count += 1
    assert count == scene.frame_count == 108


def test_the_label_says_it_with_its_accent():
    label = label_picture(Camera(width_px=960, height_px=540, hfov_deg=9.0)).astype(int)
    ink = label[:, :, 0] > 120
    letters = np.flatnonzero(ink.any(axis=0))
    above = np.flatnonzero(ink[:8].any(axis=0))
    assert letters.size > 150
    assert 1 <= above.size <= 8  # one stroke above the line of capitals, over the second word
    assert above.min() > ink.shape[1] / 2


def test_truth_names_two_laboratories_and_all_decoys(scene):
    assert [(site.label, site.kind) for site in scene.truth.sites] == [
        ("A", SiteKind.RURAL_CAMOUFLAGED),
        ("B", SiteKind.INDUSTRIAL),
    ]
    assert {decoy.kind for decoy in scene.truth.decoys} == set(DecoyKind)


def test_truth_lies_on_the_terrain(scene):
    for place in (*scene.truth.sites, *scene.truth.decoys):
        height_m = scene.world.terrain.height_at(np.array([place.lon_deg]), np.array([place.lat_deg]))
        assert place.hae_m == pytest.approx(float(height_m[0]), abs=0.2)


def test_both_laboratories_are_seen_often_and_from_many_sides(scene):
    points_m = local_m(scene, *scene.truth.sites)
    looks = np.zeros(2, dtype=int)
    sectors: tuple[set[int], set[int]] = (set(), set())
    for row in range(scene.frame_count):
        view = view_of(scene.flight.true, row, scene.world.frame)
        pixels = view.project(scene.flight.camera, points_m)
        seen = ((pixels > 10.0) & (pixels < (949.0, 529.0))).all(axis=1)
        looks += seen
        for index in np.flatnonzero(seen):
            east_m, north_m = (points_m[index] - view.origin_m)[:2]
            sectors[index].add(int(np.degrees(np.arctan2(east_m, north_m)) % 360.0 // 45.0))
    assert (looks >= 20).all()
    assert min(len(seen_from) for seen_from in sectors) >= 3


def test_the_laboratory_stands_out_where_truth_says(scene):
    """White and blue sheets make the brightest 20 px around laboratory B's projected place."""
    site_m = local_m(scene, scene.truth.sites[1])
    row = min(
        range(scene.frame_count),
        key=lambda index: abs(
            view_of(scene.flight.true, index, scene.world.frame).project(scene.flight.camera, site_m)[0, 0]
            - 479.5
        ),
    )
    view = view_of(scene.flight.true, row, scene.world.frame)
    frame = next(render(scene, range(row, row + 1))).astype(int)
    bright = (frame.min(axis=2) > 195) | (frame[:, :, 2] - frame[:, :, 0] > 60)
    bright[:40, :230] = False
    rows, cols = np.nonzero(bright)
    x_px, y_px = view.project(scene.flight.camera, site_m)[0]
    assert rows.size > 60
    assert np.hypot(np.median(cols) - x_px, np.median(rows) - y_px) < 40.0


def test_a_moving_vehicle_is_drawn_where_truth_says(scene):
    truth = scene.truth.vehicles
    checked = 0
    for at in np.flatnonzero(truth.in_view):
        row = int(truth.frame_index[at])
        view = view_of(scene.flight.true, row, scene.world.frame)
        pixels = view.project(
            scene.flight.camera,
            scene.world.frame.to_enu(
                *(truth.take(slice(at, at + 1)).columns()[name] for name in ("lon_deg", "lat_deg", "hae_m"))
            ),
        )[0]
        if not (60.0 < pixels[0] < 900.0 and 60.0 < pixels[1] < 480.0):
            continue
        empty = replace(scene, vehicles=())
        only = replace(scene, vehicles=(scene.vehicles[int(truth.vehicle_index[at])],))
        changed = np.abs(
            next(render(only, range(row, row + 1))).astype(int) - next(render(empty, range(row, row + 1)))
        ).max(axis=2)
        rows, cols = np.nonzero(changed > 25)
        assert rows.size > 30
        # the box's middle, and its shadow, are off the middle of its base by less than its own size
        assert np.hypot(cols.mean() - pixels[0], rows.mean() - pixels[1]) < 10.0
        checked += 1
        if checked == 4:
            break
    assert checked == 4


def test_vehicle_truth_moves_with_its_own_speed(scene):
    truth = scene.truth.vehicles
    one = truth.take(truth.vehicle_index == 1)
    place_m = scene.world.frame.to_enu(one.lon_deg, one.lat_deg, one.hae_m)[:, :2]
    speed_mps = np.linalg.norm(np.diff(place_m, axis=0), axis=1) * FPS
    assert np.median(speed_mps) == pytest.approx(one.speed_mps[0], rel=0.03)
    assert one.time_us.tolist() == scene.flight.reported.time_us.tolist()


def test_the_collection_area_covers_every_reported_corner(scene):
    area = scene.collection_area.buffer(-0.002)
    said = scene.flight.reported
    for lon, lat in zip(said.corner_lon_deg.ravel(), said.corner_lat_deg.ravel(), strict=True):
        assert area.covers(Point(lon, lat))


def test_frames_see_painted_land_and_little_beyond_it(scene):
    said = scene.flight.reported
    corners_m = scene.world.frame.to_enu(
        said.corner_lon_deg, said.corner_lat_deg, np.array(scene.world.frame.hae_m)
    )
    half_m = scene.world.texture.shape[0] * scene.world.texture_step_m / 2.0
    assert (np.abs(corners_m[..., :2]) < half_m).mean() > 0.97


def test_clear_air_shows_more_contrast_than_the_sensor_gets(scene):
    view = view_of(scene.flight.true, 7, scene.world.frame)
    clear = look(scene.world, scene.flight.camera, view)
    assert clear.std() > next(render(scene, range(7, 8))).std()


def test_a_frame_the_scene_does_not_have_is_refused(scene):
    for wanted in (range(-1, 2), range(100, 200)):
        with pytest.raises(InputError, match="frames 0 to 107"):
            next(render(scene, wanted))
    assert list(render(scene, range(5, 5))) == []


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed"):
        make_scene(-1, start=START)
