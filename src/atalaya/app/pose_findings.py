"""What a clip says against itself, as problems with their numbers, in words a person understands."""

import numpy as np

from atalaya.app.ground import Ground
from atalaya.errors import InputError
from atalaya.georeg.calibrate_centres import calibrate_on_centres
from atalaya.georeg.calibrate_choice import SelfCalibration
from atalaya.georeg.disagreement import (
    CentreDisagreement,
    DatumReading,
    HeightDisagreement,
    centre_disagreement,
    height_disagreements,
)
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.model.calibration import Calibration
from atalaya.model.frame import FrameTable
from atalaya.model.problem import Problem

CENTRES_DISAGREE = "pose-disagrees-with-centre"
HEIGHTS_DISAGREE = "height-in-another-datum"

_MOST_FRAMES = 5000

WORDS = {
    "attitude_lag_s": ("attitude lag", "s"),
    "heading_bias_deg": ("heading bias", "°"),
    "boresight_yaw_deg": ("boresight yaw", "°"),
    "boresight_pitch_deg": ("boresight pitch", "°"),
    "boresight_roll_deg": ("boresight roll", "°"),
    "sensor_east_m": ("sensor to the east", "m"),
    "sensor_north_m": ("sensor to the north", "m"),
    "sensor_up_m": ("sensor up", "m"),
}
"""Name and unit of each parameter for people."""

_READINGS = {
    DatumReading.MSL_TAKEN_AS_HAE: "-N: a height above the sea was taken for one above the ellipsoid",
    DatumReading.HAE_TAKEN_AS_MSL: "N: a height above the ellipsoid was taken for one above the sea",
    DatumReading.GEOID_SIGN: "-2N: the geoid was subtracted where it is to be added",
}


def pose_problems(
    ground: Ground, frames: FrameTable, against: tuple[str, ...] = ("slant-range", "terrain")
) -> tuple[Problem, ...]:
    """Whether pose and frame centres of a clip disagree, and whether its heights are in one datum.

    Args:
        ground: without correction.
        frames: of one source; of many, 5,000 evenly taken are looked at.
        against: what stated heights are held against; ingest holds them against the terrain elsewhere.

    Returns:
        None, one or more problems; a clip that says too little has none.
    """
    rows = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), _MOST_FRAMES)).astype(np.intp))
    some = frames.take(rows) if len(frames) else frames
    camera = ground.poses_of(some)
    try:
        residuals = frame_centre_residuals(some, camera, ground.geoid)
        heights = height_disagreements(some, camera, ground.terrain, ground.errors, ground.geoid)
    except InputError:  # the geoid does not reach a stated centre: nothing can be compared
        return ()
    found = [_height_problem(one) for one in heights if one.against in against]
    disagreement = centre_disagreement(residuals, camera, ground.errors)
    if disagreement is not None:
        found.insert(0, _centre_problem(disagreement, _explanation(ground, frames)))
    return tuple(found)


def correction_words(calibration: Calibration) -> str:
    """What was estimated, each with one standard deviation; empty where nothing was."""
    said = []
    for name in calibration.estimated:
        words, unit = WORDS[name]
        place = list(WORDS).index(name)
        sigma = float(np.sqrt(calibration.covariance[place, place]))
        digits = 4 if unit != "m" else 2
        gap = "" if unit == "°" else " "
        said.append(f"{words} {getattr(calibration, name):+.{digits}f} ± {sigma:.{digits}f}{gap}{unit}")
    return ", ".join(said)


def _explanation(ground: Ground, frames: FrameTable) -> SelfCalibration | None:
    try:
        return calibrate_on_centres(frames, ground.poses_of, ground.geoid)
    except InputError:
        return None


def _centre_problem(found: CentreDisagreement, answer: SelfCalibration | None) -> Problem:
    estimated = "" if answer is None else correction_words(answer.calibration)
    cause = "no lag, heading bias or boresight explains it"
    if answer is not None and estimated:
        cause = f"{estimated} would explain it and leave {answer.calibration.residual_after_m:.2f} m"
    message = (
        f"pose and frame centre disagree: median {found.median_m:.1f} m over {found.frames} frames, where "
        f"the stated errors explain {found.explained_m:.1f} m (99 %: {found.limit_m:.1f} m); {cause}"
    )
    return Problem(code=CENTRES_DISAGREE, message=message)


def _height_problem(found: HeightDisagreement) -> Problem:
    side = "above" if found.difference_m > 0.0 else "below"
    against = {
        "slant-range": "what the sensor's height and the slant range say",
        "terrain": "the terrain there",
    }[found.against]
    reading = _READINGS.get(found.reading)
    told = "" if reading is None else f" It is {reading} (N = {found.undulation_m:.1f} m)"
    message = (
        f"frame centre lies {abs(found.difference_m):.1f} m {side} {against}, the same in all "
        f"{found.frames} frames (± {found.spread_m:.1f} m): a height in another datum?{told}"
    )
    return Problem(code=HEIGHTS_DISAGREE, message=message)
