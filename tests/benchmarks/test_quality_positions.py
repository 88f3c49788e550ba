"""Is a stated error true? Monte Carlo truths inside CE90, real and simulated frame centres against our own."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.geo.geoid import VerticalDatum
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.pose import HeightReference, poses
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import read_packets
from atalaya.io.terrain import read_geoid, read_terrain
from shared_data import shared_file
from terrain_scenes import fractal_terrain, level_frames
from truth_draws import SIZE_PX, shares_inside, true_offsets

LOOKS, DRAWS = 200, 60
ERRORS = PoseErrors()
SMALL = 1e-3
"""Errors this much smaller see only the slope where the ray ends: what a tangent plane would state."""


def looks_over(terrain, elevation_deg):
    rng = np.random.default_rng(22)
    west, south, east, north = terrain.bounds_deg
    lon_deg = rng.uniform(west + 0.3 * (east - west), east - 0.3 * (east - west), LOOKS)
    lat_deg = rng.uniform(south + 0.3 * (north - south), north - 0.3 * (north - south), LOOKS)
    frames = level_frames(
        LOOKS,
        sensor_lon_deg=lon_deg,
        sensor_lat_deg=lat_deg,
        sensor_hae_m=terrain.height_hae_m(lon_deg, lat_deg) + 1500.0,
        sensor_elevation_deg=elevation_deg,
        platform_heading_deg=rng.uniform(0.0, 360.0, LOOKS),
    )
    return poses(frames), rng.uniform(0, 1279, LOOKS), rng.uniform(0, 719, LOOKS)


def tangent_plane_errors():
    return PoseErrors(
        attitude_deg=ERRORS.attitude_deg * SMALL,
        position_horizontal_m=ERRORS.position_horizontal_m * SMALL,
        position_vertical_m=ERRORS.position_vertical_m * SMALL,
        terrain_vertical_m=ERRORS.terrain_vertical_m * SMALL,
    )


def shares(terrain, elevation_deg):
    """Shares of truths inside CE90, inside LE90, and inside the CE90 of the tangent plane; and the CE90s."""
    camera, x_px, y_px = looks_over(terrain, elevation_deg)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, ERRORS)
    linear = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, tangent_plane_errors())
    offsets = true_offsets(camera, x_px, y_px, terrain, ERRORS, points, DRAWS)
    inside_ce90, inside_le90 = shares_inside(points, offsets)
    inside_plane, _ = shares_inside(
        replace(points, ce90_m=np.where(np.isnan(points.ce90_m), np.nan, linear.ce90_m / SMALL)), offsets
    )
    return inside_ce90, inside_le90, inside_plane, float(np.nanmedian(points.ce90_m))


def told(race, name, terrain, elevation_deg):
    ce90, le90, plane, median_m = race.once(lambda: shares(terrain, elevation_deg))
    race.note(
        f"truths inside, {name}, {-elevation_deg:.0f} deg down",
        f"CE90 {ce90:.1%}, LE90 {le90:.1%} (CE90 median {median_m:.0f} m)",
        f"{plane:.1%} inside the tangent plane's CE90",
        "90 %",
    )


@pytest.mark.parametrize("elevation_deg", [-60.0, -22.0])
def test_quality_of_ce90_in_a_fractal_sierra(race, elevation_deg):
    terrain = fractal_terrain(1000, 3, relief_m=900.0, step_deg=2e-4, roughness=3.0)
    told(race, "fractal sierra", terrain, elevation_deg)


@pytest.mark.shared
@pytest.mark.parametrize("elevation_deg", [-60.0, -35.0, -22.0, -14.0])
def test_quality_of_ce90_at_the_colima_volcano(race, elevation_deg):
    geoid = read_geoid(shared_file("data/geo/geoid/mx_inegi_ggm10.tif"))
    path = shared_file("data/geo/dem/colima_jalisco_20m_utm13n.tif")
    told(race, "Colima volcano, 20 m", read_terrain(path, VerticalDatum.MSL, geoid), elevation_deg)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "path", "wanted"),
    [
        ("simulator's clip (OSH)", "data/klv/sim/osh_vrsg_vmti.ts", "0 m: its geometry is exact"),
        ("real clip (Cheyenne)", "data/klv/real/cheyenne_c208b_2012.klv", "as good as its metadata"),
    ],
)
def test_quality_of_frame_centres(race, name, path, wanted):
    frames = frame_table(read_packets([shared_file(path).read_bytes()]).packets)[0]
    level = replace(
        frames,
        platform_pitch_deg=np.where(np.isnan(frames.platform_pitch_deg), np.nan, 0.0),
        platform_roll_deg=np.where(np.isnan(frames.platform_roll_deg), np.nan, 0.0),
    )

    def distances_m(table):
        camera = poses(table, heights=HeightReference.MSL_AS_HAE)
        return frame_centre_residuals(table, camera).distance_m

    ours_m, level_m = race.once(lambda: distances_m(frames)), distances_m(level)
    race.note(
        f"frame centres, {name}, {np.isfinite(ours_m).sum()} of {len(frames)}",
        f"median {np.nanmedian(ours_m):.2f} m, max {np.nanmax(ours_m):.2f} m",
        f"median {np.nanmedian(level_m):.1f} m without pitch and roll",
        wanted,
    )
