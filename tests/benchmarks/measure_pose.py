"""Poses: frame centres and corners against the streams' own, and what interpolation between packets gains.

`python tests/benchmarks/measure_pose.py`; each figure beside its target.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.georeg.camera import camera_directions, project
from atalaya.georeg.interpolate import poses_at
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import poses
from atalaya.georeg.residual import frame_centre_residuals
from pose_measures import (
    APHILL,
    CHEYENNE,
    OSH,
    angles_left_out_deg,
    camera_of,
    corner_errors_m,
    frames_of,
    left_out,
    player_corner_errors_m,
    thinned_centre_errors_m,
)
from terrain_scenes import fractal_terrain, level_frames

APHILL_BIAS_DEG = -1.4545
LENS = Lens(
    width_px=1280,
    height_px=720,
    fx_px=900.0,
    fy_px=900.0,
    cx_px=639.5,
    cy_px=359.5,
    k1=-0.1,
    k2=0.01,
    p1=1e-4,
)


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def centres() -> None:
    """Figures 1 and 2 of frame centres, as they come."""
    for path, wanted in ((OSH, "median <= 0.2, max <= 0.5"), (CHEYENNE, "median <= 8.5")):
        frames = frames_of(path)
        off_m = frame_centre_residuals(frames, camera_of(frames)).distance_m
        say(
            f"frame centre {Path(path).stem}: median {np.nanmedian(off_m):.2f}, max {np.nanmax(off_m):.2f} m ({wanted})"
        )


def corners() -> None:
    """Figure 1, corners: ours and the player's."""
    frames = frames_of(OSH)
    for name, off_m, wanted in (
        ("ours", corner_errors_m(frames), "each and all <= 5"),
        ("player's formula", player_corner_errors_m(frames), "-"),
    ):
        each = ", ".join(f"{one:.1f}" for one in np.median(off_m, axis=1))
        say(
            f"corners, {name}: median {np.median(off_m):.2f} m, of each {each}, max {off_m.max():.1f} ({wanted})"
        )


def between() -> None:
    """Each packet from its neighbours."""
    for path in (CHEYENNE, APHILL, OSH):
        frames = frames_of(path)
        camera = camera_of(frames)
        for way in ("nearest", "slerp", "cubic"):
            off_deg, off_m = left_out(camera, way)
            say(
                f"left out, {Path(path).stem}, {way}: axis {np.median(off_deg):.4f} / {np.quantile(off_deg, 0.9):.4f}"
                f" deg, place {np.median(off_m):.2f} / {np.quantile(off_m, 0.9):.2f} m (median / 90 %)"
            )
        off_deg = angles_left_out_deg(frames)
        say(
            f"left out, {Path(path).stem}, six angles: axis {np.median(off_deg):.4f} / {np.quantile(off_deg, 0.9):.4f} deg"
        )
    camera = camera_of(frames_of(CHEYENNE))
    for half in (1, 2, 3, 5, 8, 15):
        off_deg, off_m = left_out(camera, "slerp", half)
        say(
            f"gap of {0.41 * half:.1f} s: axis {np.quantile(off_deg, 0.9):.2f} deg, place {np.quantile(off_m, 0.9):.1f} m (90 %)"
        )


def thinned() -> None:
    """What it gains where pictures come oftener than packets."""
    for path, every, bias_deg in ((OSH, 6, 0.0), (APHILL, 6, APHILL_BIAS_DEG), (CHEYENNE, 2, 0.0)):
        nearest_m, ours_m = thinned_centre_errors_m(frames_of(path), every, bias_deg)
        say(
            f"every {every}th packet of {Path(path).stem}: frame centre nearest {np.median(nearest_m):.2f} / "
            f"{np.quantile(nearest_m, 0.9):.2f}, between {np.nanmedian(ours_m):.2f} / {np.nanquantile(ours_m, 0.9):.2f} m"
        )


def round_trip() -> None:
    """Figure 12: random looks on fractal mountains, with and without distortion."""
    rng, count = np.random.default_rng(3), 20_000
    camera = poses(
        level_frames(
            count,
            sensor_lon_deg=rng.uniform(-106.95, -106.85, count),
            sensor_lat_deg=rng.uniform(24.85, 24.95, count),
            platform_heading_deg=rng.uniform(0.0, 360.0, count),
            platform_roll_deg=rng.uniform(-12.0, 12.0, count),
            sensor_elevation_deg=rng.uniform(-80.0, -25.0, count),
            sensor_roll_deg=rng.uniform(-30.0, 30.0, count),
            hfov_deg=rng.uniform(0.3, 40.0, count),
        )
    )
    terrain = fractal_terrain(201, 7, relief_m=900.0, step_deg=1e-3)
    x_px, y_px = rng.uniform(-0.5, 1279.5, count), rng.uniform(-0.5, 719.5, count)
    for name, lens in (("pinhole", None), ("lens", LENS)):
        seen = camera_directions(camera, x_px, y_px, 1280, 720, lens=lens)
        direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
        hit = geodetic_from_ecef(cast(camera.origin_ecef_m, direction, terrain))
        back_x_px, back_y_px = project(camera, *hit, 1280, 720, lens=lens)
        off_px = np.hypot(back_x_px - x_px, back_y_px - y_px)
        say(
            f"pixel to ground to pixel, {name}: {np.isfinite(off_px).sum()} looks, at most "
            f"{np.nanmax(off_px):.1e} px (<= 0.01)"
        )


def speed() -> None:
    """Processor time per pose and per pixel."""
    camera = camera_of(frames_of(OSH))
    asked = np.linspace(camera.time_us[0], camera.time_us[-1], 20_000).astype(np.int64)
    x_px, y_px = (grid.ravel().astype(float) for grid in np.meshgrid(np.arange(1280), np.arange(720)))
    poses_at(camera, asked)
    for name, run, count in (
        ("poses between packets", lambda: poses_at(camera, asked), len(asked)),
        ("pixels undistorted", lambda: LENS.directions(x_px, y_px), len(x_px)),
    ):
        before = time.process_time()
        run()
        spent_s = time.process_time() - before
        say(f"{name}: {count / spent_s / 1e6:.2f} M per CPU-s")


if __name__ == "__main__":
    centres()
    corners()
    between()
    thinned()
    round_trip()
    speed()
