"""What looks cannot see of things: known answers, and agreement with the pictures."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.model.truth import TrueObjectTable
from atalaya.simulation.camera import Camera
from atalaya.simulation.hidden_share import hidden_shares
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.picture3d import render_eo, stage_of, sunlight
from atalaya.simulation.solids import Solids
from atalaya.simulation.sunlight import Light
from wooded_scene import Wood, boxes, hfov_deg, looking, wood

CAMERA = Camera(width_px=400, height_px=300, hfov_deg=hfov_deg(400, 0.2, 900.0))


@dataclass(frozen=True)
class Furnished:
    scene: Wood
    objects: TrueObjectTable
    frame: LocalFrame

    def __getattr__(self, name: str):
        return getattr(self.scene, name)


def furnished(scene: Wood, count: int, at_m=None) -> Furnished:
    frame = LocalFrame(lon_deg=-107.2, lat_deg=24.95, hae_m=600.0)
    at_m = np.zeros((count, 3)) if at_m is None else at_m
    lon_deg, lat_deg, hae_m = frame.to_geodetic(at_m)
    same = np.ones(count)
    objects = TrueObjectTable(
        object_index=np.arange(count),
        place_index=np.zeros(count, dtype=np.int64),
        kind=np.full(count, "roof"),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        length_m=4.0 * same,
        width_m=3.0 * same,
        height_m=0.0 * same,
        heading_deg=0.0 * same,
        excess_temperature_k=0.0 * same,
    )
    return Furnished(scene, objects, frame)


def level(solids: Solids, **growth: float) -> Wood:
    scene = wood(seed=4, size_m=100.0, density=0.0, **growth)
    scene.surface.up_m[:] = 0.0
    return replace(scene, solids=solids)


def test_a_sheet_in_the_open_is_not_hidden_and_one_under_half_a_roof_is_half_hidden():
    low = boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(8.0, 4.0, 0.1))
    roof = boxes(np.zeros(1), np.full(1, 4.0), np.full(1, 3.0), size_m=(8.0, 8.0, 0.05))
    roof.object_index[:] = 1
    scene = level(Solids.concatenate([low, roof]))
    shares = hidden_shares(furnished(scene, 2), stage_of(scene), CAMERA, [looking(0.0, 0.001, 900.0)])
    assert shares[:, 0] == pytest.approx([0.5, 0.0], abs=0.06)


def test_a_thing_does_not_hide_itself():
    walls = boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(6.0, 6.0, 3.0))
    roof = boxes(np.zeros(1), np.zeros(1), np.full(1, 4.0), size_m=(8.0, 8.0, 0.05), tilt_deg=30.0)
    scene = level(Solids.concatenate([walls, roof]))
    views = [looking(azimuth, 60.0, 900.0) for azimuth in (0.0, 90.0, 180.0, 270.0)]
    assert (hidden_shares(furnished(scene, 1), stage_of(scene), CAMERA, views) == 0.0).all()


def test_a_painted_thing_is_looked_for_on_the_ground():
    wall = boxes(np.zeros(1), np.full(1, -3.0), np.zeros(1), size_m=(1.0, 20.0, 5.0), heading_deg=0.0)
    wall.object_index[:] = 7
    scene = level(wall)
    views = [looking(0.0, 60.0, 900.0), looking(180.0, 60.0, 900.0)]
    shares = hidden_shares(furnished(scene, 1), stage_of(scene), CAMERA, views)
    assert shares[0].tolist() == [1.0, 0.0]


def test_what_is_out_of_view_has_no_share():
    scene = level(boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(4.0, 4.0, 1.0)))
    views = [looking(0.0, 30.0, 900.0, (300.0, 0.0, 0.0)), looking(0.0, 30.0, 900.0, (0.0, 2000.0, 0.0))]
    assert np.isnan(hidden_shares(furnished(scene, 1), stage_of(scene), CAMERA, views)).all()


def test_shares_are_those_of_the_pictures():
    """Red sheets under a wood, lit by the sky alone: what is red of them in the picture is not hidden."""
    scene = wood(seed=9, size_m=100.0, density=0.75, palms=0.1)
    at_m = np.stack(np.meshgrid([-24.0, -8.0, 8.0, 24.0], [-12.0, 4.0]), axis=-1).reshape(-1, 2)
    up_m = scene.surface.up_at(at_m[:, 0], at_m[:, 1]) + 1.5
    sheets = boxes(at_m[:, 0], at_m[:, 1], up_m, size_m=(7.0, 5.0, 0.02), rgb=(255.0, 0.0, 0.0))
    scene, bare = replace(scene, solids=sheets), wood(seed=9, size_m=100.0, density=0.0)
    bare = replace(bare, surface=scene.surface, solids=sheets)
    world = furnished(scene, len(sheets))
    views = [looking(azimuth, 40.0, 900.0) for azimuth in (15.0, 130.0, 250.0)]
    shares = hidden_shares(world, stage_of(scene), CAMERA, views)
    overcast = Light(sun_azimuth_deg=0.0, sun_elevation_deg=50.0, sky_share=1.0)
    for number, view in enumerate(views):
        red = []
        for one in (scene, bare):
            stage = stage_of(one)
            seen = render_eo(stage, CAMERA, view, sunlight(stage, overcast)).astype(float)
            red.append((seen[..., 0] > 4.0 * np.maximum(seen[..., 1], 12.0)).astype(float))
        x_px, y_px = view.project(CAMERA, np.column_stack([at_m, up_m])).T
        for sheet in range(len(sheets)):
            rows = slice(max(0, round(y_px[sheet]) - 24), round(y_px[sheet]) + 25)
            cols = slice(max(0, round(x_px[sheet]) - 24), round(x_px[sheet]) + 25)
            open_share = red[0][rows, cols].sum() / red[1][rows, cols].sum()
            assert shares[sheet, number] == pytest.approx(1.0 - open_share, abs=0.13)
    assert 0.3 < shares.mean() < 0.9
    assert shares.std(axis=1).mean() > 0.03  # each look is hidden in its own way


def test_a_stage_of_another_world_is_refused():
    scene = level(boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(4.0, 4.0, 1.0)))
    other = level(boxes(np.empty(0), np.empty(0), np.empty(0), size_m=(1.0, 1.0, 1.0)))
    with pytest.raises(InputError, match="solids"):
        hidden_shares(furnished(scene, 1), stage_of(other), CAMERA, [])


def test_a_world_without_things_has_no_rows():
    scene = level(boxes(np.empty(0), np.empty(0), np.empty(0), size_m=(1.0, 1.0, 1.0)))
    empty = SimpleNamespace(**{name: getattr(scene, name) for name in ("surface", "solids")})
    empty.frame, empty.objects = None, furnished(scene, 0).objects
    assert hidden_shares(empty, stage_of(scene), CAMERA, [looking(0.0, 20.0, 900.0)]).shape == (0, 1)
