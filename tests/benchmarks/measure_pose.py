"""Poses: frame centres and corners against the streams' own, and what interpolation between packets gains.

`python tests/benchmarks/measure_pose.py`; each figure beside its target.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.georeg.interpolate import poses_at
from atalaya.georeg.lens import Lens
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

APHILL_BIAS_DEG = -1.4545


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


def speed() -> None:
    """Processor time per pose and per pixel."""
    camera = camera_of(frames_of(OSH))
    asked = np.linspace(camera.time_us[0], camera.time_us[-1], 20_000).astype(np.int64)
    lens = Lens(
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
    x_px, y_px = (grid.ravel().astype(float) for grid in np.meshgrid(np.arange(1280), np.arange(720)))
    poses_at(camera, asked)
    for name, run, count in (
        ("poses between packets", lambda: poses_at(camera, asked), len(asked)),
        ("pixels undistorted", lambda: lens.directions(x_px, y_px), len(x_px)),
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
    speed()
