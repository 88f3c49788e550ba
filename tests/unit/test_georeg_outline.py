"""Footprints along their edges: relief bulges them, sky and the end of the terrain cut them."""

import numpy as np
import pytest
from shapely import Point, Polygon

from atalaya.errors import InputError
from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.outline import footprint_outline
from atalaya.georeg.pose import poses
from terrain_scenes import fractal_terrain, level_frames

SIZE = (1280, 720)


def looking(depression_deg: float, **more: float):
    return poses(level_frames(1, sensor_elevation_deg=-depression_deg, hfov_deg=20.0, vfov_deg=11.4, **more))


def test_on_flat_ground_the_outline_is_the_quadrilateral_of_the_corners():
    camera = looking(45.0)
    outline = footprint_outline(camera, ConstantHeight(0.0), SIZE)
    corners = footprints(camera, ConstantHeight(0.0), PoseErrors(), SIZE)
    (ring,) = outline.rings
    assert outline.complete
    plain = Polygon(np.stack([corners.corner_lon_deg[0], corners.corner_lat_deg[0]], axis=1))
    assert np.allclose(ring[0], [corners.corner_lon_deg[0, 0], corners.corner_lat_deg[0, 0]], atol=1e-12)
    assert Polygon(ring).symmetric_difference(plain).area < 1e-3 * plain.area
    assert Polygon(ring).exterior.is_ccw is False  # clockwise on the ground as in the picture


def test_relief_bulges_the_edges():
    terrain = fractal_terrain(401, 4, relief_m=900.0, step_deg=2.5e-4)
    camera = looking(35.0)
    outline = footprint_outline(camera, terrain, SIZE)
    corners = footprints(camera, terrain, PoseErrors(), SIZE)
    plain = Polygon(np.stack([corners.corner_lon_deg[0], corners.corner_lat_deg[0]], axis=1))
    assert outline.complete
    assert Polygon(outline.rings[0]).symmetric_difference(plain).area > 0.01 * plain.area


def test_sky_is_cut_off_at_the_horizon_and_said():
    camera = looking(0.0, sensor_hae_m=500.0)
    outline = footprint_outline(camera, ConstantHeight(0.0), SIZE)
    assert not outline.complete
    assert 0.4 < outline.known_share < 0.5  # the horizon is 0.7 deg below the middle
    dip_m = np.sqrt(2.0 * 6.37e6 * 500.0)
    assert outline.farthest_m < dip_m
    reach_deg = np.ptp(outline.rings[0][:, 1])
    assert 0.75 * dip_m < reach_deg * 110.7e3 < 1.01 * dip_m


def test_the_end_of_the_terrain_cuts_the_outline_there():
    whole = fractal_terrain(401, 4, relief_m=300.0, step_deg=2.5e-4)
    camera = looking(30.0)
    full = footprint_outline(camera, whole, SIZE).rings[0]
    edge_deg = float(np.median(full[:, 0]))
    cols = int((edge_deg - whole.west_deg) / 2.5e-4) + 1
    part = TerrainGrid(
        hae_m=whole.hae_m[:, :cols], west_deg=whole.west_deg, north_deg=whole.north_deg,
        step_lon_deg=2.5e-4, step_lat_deg=2.5e-4,
    )  # fmt: skip
    outline = footprint_outline(camera, part, SIZE)
    end_deg = part.bounds_deg[2]
    assert not outline.complete
    assert outline.rings[0][:, 0].max() <= end_deg + 1e-9
    assert (np.abs(outline.rings[0][:, 0] - end_deg) < 2e-6).sum() >= 10  # it follows the edge
    wanted = Polygon(full).intersection(Polygon.from_bounds(-180, -90, end_deg, 90))
    assert Polygon(outline.rings[0]).buffer(0).symmetric_difference(wanted).area < 0.02 * wanted.area


def test_nothing_known_gives_no_ring():
    outline = footprint_outline(looking(-30.0), ConstantHeight(0.0), SIZE)
    assert (outline.rings, outline.known_share) == ((), 0.0)
    assert np.isnan(outline.nearest_m)
    with pytest.raises(InputError, match="one pose"):
        footprint_outline(looking(45.0).take(np.array([0, 0])), ConstantHeight(0.0), SIZE)


def test_every_point_of_the_outline_is_at_the_edge_of_what_the_picture_shows():
    terrain = fractal_terrain(401, 7, relief_m=500.0, step_deg=2.5e-4)
    camera = looking(50.0)
    outline = footprint_outline(camera, terrain, SIZE)
    inside = Polygon(outline.rings[0])
    centre = footprints(camera, terrain, PoseErrors(), SIZE)
    assert inside.contains(Point(centre.centre_lon_deg[0], centre.centre_lat_deg[0]))
    assert len(outline.rings[0]) == 2 * (65 + 37) - 4
