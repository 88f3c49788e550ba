"""A ground point held: A.P. Hill's landmarks in our camera model, and points followed for 10 s.

`python tests/benchmarks/measure_track.py`; each figure beside its target.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.georeg.image_motion import ImageMotion, image_motion
from atalaya.georeg.image_ties import tie_pictures
from held_measures import (
    Held,
    clip_aided,
    drift_rate_rad_s,
    held_in_clip,
    held_on_adjusted,
    matrix_difference_px,
    reprojections_px,
)
from textured_ground import noisy, texture


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def reprojection() -> None:
    """Figure 11, first half."""
    say(f"our camera model against K [R t] multiplied out: at most {matrix_difference_px():.1e} px")
    for steps in (1, 4, 8, 10):
        off_px = reprojections_px(steps)
        say(
            f"landmarks, pictures {steps} s apart: median {np.median(off_px):.2f} px (<= 1), "
            f"90 % within {np.percentile(off_px, 90):.2f} px, {len(off_px)} looks"
        )


def _line(name: str, held: Held) -> None:
    end_m, metadata_m, inside = held.aided_m[:, -1], held.metadata_m[:, -1], held.aided_m <= held.stated_m
    say(
        f"{name}: {len(end_m)} points after {held.aided_m.shape[1] - 1} s: image-aided median "
        f"{np.median(end_m):.2f} m (<= 1), 90 % {np.percentile(end_m, 90):.2f} m, most {end_m.max():.2f} m; "
        f"metadata alone {np.median(metadata_m):.0f} m; "
        f"in the picture {np.median(held.aided_px[:, -1]):.2f} against "
        f"{np.median(held.metadata_px[:, -1]):.0f} px; "
        f"stated CE90 {np.median(held.stated_m[:, -1]):.2f} m holds {inside[:, 1:].mean():.0%}"
    )


def holding() -> None:
    """Figure 11, second half."""
    _line("real metadata, corners' own tracks are the truth", held_in_clip())
    roll, pitch, yaw = np.degrees(drift_rate_rad_s())
    say(
        f"metadata of the clip drift {roll:+.3f} deg/s in roll, {pitch:+.3f} in pitch, {yaw:+.3f} in yaw; "
        f"{clip_aided()[2].prior_misfit:.1f} times the error stated of them"
    )
    for first in (0, 10, 20, 30, 40, 49):
        _line(f"adjusted cameras, simulated drift, from camera {first + 1}", held_on_adjusted(first))


def speed() -> None:
    """CPU time of a pair of pictures, and of ten."""
    ground = texture(1500, 1)
    first, second = noisy(ground[100:820, 100:1380], 2.0, 1), noisy(ground[103:823, 106:1386], 2.0, 2)
    answers = []
    for _ in range(4):
        start = time.process_time()
        answers.append((image_motion(first, second), time.process_time() - start))
    assert isinstance(answers[-1][0], ImageMotion)
    say(f"image motion, 1280 x 720: {1000.0 * min(cpu_s for _, cpu_s in answers):.0f} ms of CPU a pair")
    start = time.process_time()
    tie_pictures(clip_aided()[1])
    say(f"ten pictures of 360 x 240 tied: {time.process_time() - start:.2f} CPU-s")


if __name__ == "__main__":
    reprojection()
    holding()
    speed()
