"""What a clip says against itself, as problems with their numbers, in words a person understands."""

from dataclasses import dataclass

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.ground import Ground
from atalaya.errors import InputError
from atalaya.georeg.calibrate_centres import calibrate_on_centres
from atalaya.georeg.disagreement import (
    CentreDisagreement,
    DatumReading,
    HeightDisagreement,
    centre_disagreement,
    height_disagreements,
)
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.model.calibration import PARAMETERS, Calibration
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

_WORDS_ES = {
    "attitude_lag_s": "retraso de la actitud",
    "heading_bias_deg": "sesgo del rumbo",
    "boresight_yaw_deg": "guiñada del eje óptico",
    "boresight_pitch_deg": "cabeceo del eje óptico",
    "boresight_roll_deg": "alabeo del eje óptico",
}

_READINGS = {
    DatumReading.MSL_TAKEN_AS_HAE: Bilingual(
        "-N: a height above the sea was taken for one above the ellipsoid",
        "-N: una altura sobre el mar se tomó por una sobre el elipsoide",
    ),
    DatumReading.HAE_TAKEN_AS_MSL: Bilingual(
        "N: a height above the ellipsoid was taken for one above the sea",
        "N: una altura sobre el elipsoide se tomó por una sobre el mar",
    ),
    DatumReading.GEOID_SIGN: Bilingual(
        "-2N: the geoid was subtracted where it is to be added",
        "-2N: el geoide se restó donde había que sumarlo",
    ),
}

_AGAINST = {
    "slant-range": Bilingual(
        "what the sensor's height and the slant range say",
        "lo que dicen la altura del sensor y la distancia oblicua",
    ),
    "terrain": Bilingual("the terrain there", "el terreno en ese lugar"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Something that a clip says against itself.

    Args:
        code: stable, for programs. words: with all numbers. frames: how many say so.
    """

    code: str
    words: Bilingual
    frames: int


def pose_problems(
    ground: Ground, frames: FrameTable, against: tuple[str, ...] = ("slant-range", "terrain")
) -> tuple[Problem, ...]:
    """`contradictions` as problems of a source."""
    return tuple(
        Problem(code=one.code, message=one.words.en) for one in contradictions(ground, frames, against)
    )


def contradictions(
    ground: Ground, frames: FrameTable, against: tuple[str, ...] = ("slant-range", "terrain")
) -> tuple[Contradiction, ...]:
    """Whether pose and frame centres of a clip disagree, and whether its heights are in one datum.

    Args:
        ground: without correction.
        frames: of one source; of many, 5,000 evenly taken are looked at.
        against: what stated heights are held against; ingest holds them against the terrain elsewhere.

    Returns:
        None, one or more; a clip that says too little has none.
    """
    rows = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), _MOST_FRAMES)).astype(np.intp))
    some = frames.take(rows) if len(frames) else frames
    camera = ground.poses_of(some)
    try:
        residuals = frame_centre_residuals(some, camera, ground.geoid)
        heights = height_disagreements(some, camera, ground.terrain, ground.errors, ground.geoid)
    except InputError:  # the geoid does not reach a stated centre: nothing can be compared
        return ()
    found = [_of_heights(one) for one in heights if one.against in against]
    disagreement = centre_disagreement(residuals, camera, ground.errors)
    if disagreement is not None:
        found.insert(0, _of_centres(disagreement, _explanation(ground, frames)))
    return tuple(found)


def correction_words(calibration: Calibration, *, spanish: bool = False) -> str:
    """What was estimated, each with one standard deviation; empty where nothing was."""
    said = []
    for name in calibration.estimated:
        words, unit = WORDS[name]
        words = _WORDS_ES.get(name, words) if spanish else words
        place = PARAMETERS.index(name)
        sigma = float(np.sqrt(calibration.covariance[place, place]))
        digits = int(np.clip(1 - np.floor(np.log10(max(sigma, 1e-9))), 1, 6))  # two of the error
        gap = "" if unit == "°" else " "
        said.append(f"{words} {getattr(calibration, name):+.{digits}f} ± {sigma:.{digits}f}{gap}{unit}")
    return ", ".join(said)


def _explanation(ground: Ground, frames: FrameTable) -> Calibration | None:
    """The correction that the frame centres support; None where they support none."""
    try:
        found = calibrate_on_centres(frames, ground.poses_of, ground.geoid).calibration
    except InputError:
        return None
    return found if found.estimated else None


def _of_centres(found: CentreDisagreement, cause: Calibration | None) -> Contradiction:
    explained = Bilingual(
        "no lag, heading bias or boresight explains it",
        "ningún retraso, sesgo del rumbo o eje óptico lo explica",
    )
    if cause is not None:
        left = f"{cause.residual_after_m:.2f} m"
        explained = Bilingual(
            f"{correction_words(cause)} would explain it and leave {left}",
            f"{correction_words(cause, spanish=True)} lo explicaría y dejaría {left}",
        )
    median, half = f"{found.median_m:.1f} m", f"{found.explained_m:.1f} m"
    limit = f"99 %: {found.limit_m:.1f} m"
    words = Bilingual(
        f"pose and frame centre disagree: median {median} over {found.frames} frames, where the stated "
        f"errors explain {half} ({limit}); {explained.en}",
        f"la pose y el centro de la imagen discrepan: mediana {median} en {found.frames} cuadros, donde los "
        f"errores declarados explican {half} ({limit}); {explained.es}",
    )
    return Contradiction(code=CENTRES_DISAGREE, words=words, frames=found.frames)


def _of_heights(found: HeightDisagreement) -> Contradiction:
    high, against = found.difference_m > 0.0, _AGAINST[found.against]
    apart, spread = f"{abs(found.difference_m):.1f} m", f"± {found.spread_m:.1f} m"
    reading = _READINGS.get(found.reading)
    known = f"(N = {found.undulation_m:.1f} m)"
    words = Bilingual(
        f"frame centre lies {apart} {'above' if high else 'below'} {against.en}, the same in all "
        f"{found.frames} frames ({spread}): a height in another datum?"
        + ("" if reading is None else f" It is {reading.en} {known}"),
        f"el centro de la imagen está {apart} por {'encima' if high else 'debajo'} de {against.es}, igual en "
        f"los {found.frames} cuadros ({spread}): ¿una altura en otro datum?"
        + ("" if reading is None else f" Es {reading.es} {known}"),
    )
    return Contradiction(code=HEIGHTS_DISAGREE, words=words, frames=found.frames)
