"""Draws docs/do/simulated-cameras.jpg: one street by day in colour, by day and before dawn in heat.

Run: `python tests/benchmarks/draw_cameras.py`.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from atalaya.io.pictures import encode_jpeg
from atalaya.io.scene_file import find_scene
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.simulation.pictures3d import colour_picture, studio_of, thermal_picture
from atalaya.simulation.sortie3d import make_sortie3d

PICTURE = Path(__file__).parents[2] / "docs" / "do" / "simulated-cameras.jpg"
DAY, BEFORE_DAWN = (datetime(2026, 3, 21, hour, tzinfo=UTC) for hour in (17, 12))


def draw() -> None:
    """Three pictures of the same view side by side, each with its mark."""
    spec, _ = find_scene("suburb-active")
    flight = replace(spec.flight, width_px=480, height_px=480)
    made = []
    for start_utc, take in (
        (DAY, colour_picture),
        (DAY, thermal_picture),
        (BEFORE_DAWN, thermal_picture),
    ):
        now = replace(spec, flight=flight, sky=replace(spec.sky, start_utc=start_utc))
        made.append(take(studio_of(make_sortie3d(now)), 4))
    gap = np.full((480, 6, 3), 255, dtype=np.uint8)
    strip = np.concatenate([made[0], gap, made[1], gap, made[2]], axis=1)
    PICTURE.write_bytes(encode_jpeg(strip, comment=SYNTHETIC_MARK, quality=80))


if __name__ == "__main__":
    draw()
