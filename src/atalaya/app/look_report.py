"""What became of many looks, in numbers: frames by verdict, ground by state, places by score."""

import math
from collections import Counter

import numpy as np

from atalaya.app.looks import LooksMade
from atalaya.geo.map_grid import mgrs_of, utm_of
from atalaya.model.custody import Json
from atalaya.model.looks import AZIMUTH_BINS, FEWEST_AZIMUTHS, CellState, FrameVerdict, azimuth_bin

VERSION = 1


def report_of(made: LooksMade, clip: str, *, synthetic: bool, calibration: Json) -> dict[str, Json]:
    """The summary as JSON; what is not known is null.

    Args:
        made: what became of the clip.
        clip: its name.
        synthetic: whether its pictures are.
        calibration: of the pose that was in effect; None for none.
    """
    return {
        "version": VERSION,
        "clip": clip,
        "synthetic": synthetic,
        "frames": frames_by_verdict(made),
        "looks": made.looks,
        "looks_reused": made.looks_reused,
        "azimuth_sectors": sectors_of(made),
        "cell_m": made.cell_m,
        "epsg": made.epsg,
        "area_km2": area_by_state(made),
        "registration": _registration(made),
        "calibration": calibration,
        "notes": list(notes_of(made)),
        "places": places_of(made),
        "files": [{"name": name, "content": content} for name, content in made.files],
    }


def frames_by_verdict(made: LooksMade) -> dict[str, Json]:
    """How many pictures have each verdict; every verdict is named."""
    count = Counter(made.keyframes.verdict.tolist())
    return {"considered": len(made.keyframes), **{one.value: count.get(one.value, 0) for one in FrameVerdict}}


def sectors_of(made: LooksMade) -> int:
    """From how many sectors of 45 degrees the keyframes look."""
    used = made.keyframes.verdict == FrameVerdict.USED.value
    sectors = azimuth_bin(made.keyframes.look_azimuth_deg[used])
    return len(set(sectors[sectors >= 0].tolist()))


def area_by_state(made: LooksMade) -> dict[str, Json]:
    """Square kilometres of the ground that was looked at, and of each reason why some was not observed."""
    cells = made.cells or (0,) * len(CellState)
    km2 = [number * made.cell_m**2 / 1e6 for number in cells]
    return {
        state.name.lower(): round(km2[state], 6) for state in CellState if state is not CellState.NOT_COVERED
    }


def notes_of(made: LooksMade) -> tuple[str, ...]:
    """What a reader must know before the numbers are believed."""
    notes = []
    frames = Counter(made.keyframes.verdict.tolist())
    if not made.looks:
        worst = frames.most_common(1)[0] if frames else ("nothing", 0)
        notes.append(f"no picture could be used: {worst[1]} of {len(made.keyframes)} are {worst[0]}")
    elif sectors_of(made) < FEWEST_AZIMUTHS:
        notes.append(
            f"looks come from {sectors_of(made)} of {AZIMUTH_BINS} sectors; ground seen from fewer than "
            f"{FEWEST_AZIMUTHS} counts as not observed"
        )
    doubtful = {
        FrameVerdict.POSE_JUMP: "the metadata's poses jump",
        FrameVerdict.FROZEN_METADATA: "the metadata stands still while the picture moves",
        FrameVerdict.FROZEN_PICTURE: "the picture stands still while the metadata moves",
        FrameVerdict.WRONG_GSD: "the metadata's field of view contradicts how the picture moves",
    }
    notes += [
        f"{frames[verdict.value]} pictures were left out: {words}"
        for verdict, words in doubtful.items()
        if frames.get(verdict.value)
    ]
    if made.registration.untied:
        notes.append(
            "looks were not registered to one another where too few of them show the same points: there the "
            "poses are as they were said"
        )
    if made.registration.stretches and not all(map(math.isfinite, made.registration.ground_m)):
        notes.append(
            "at which height the looks agree on the ground could not be told: taken as the terrain's"
        )
    return tuple(notes)


def places_of(made: LooksMade) -> list[Json]:
    """Each place with its score and how it was seen."""
    return [
        {
            "lon_deg": round(float(made.places.lon_deg[row]), 7),
            "lat_deg": round(float(made.places.lat_deg[row]), 7),
            "mgrs": _mgrs(float(made.places.lon_deg[row]), float(made.places.lat_deg[row])),
            "score": round(float(made.places.score[row]), 3),
            "kind": str(made.places.kind[row]),
            "azimuths": int(made.places.azimuths[row]),
            "looks": int(made.places.looks[row]),
            "canopy_share": _number(float(made.places.canopy_share[row]), 2),
            "length_m": _number(float(made.places.length_m[row]), 1),
            "width_m": _number(float(made.places.width_m[row]), 1),
        }
        for row in range(len(made.places))
    ]


def _registration(made: LooksMade) -> Json:
    done = made.registration
    used = made.keyframes.verdict == FrameVerdict.USED.value
    return {
        "stretches": done.stretches,
        "stretches_untied": done.untied,
        "keyframes_registered": int(np.count_nonzero(done.registered & used)),
        "rms_before_px": _number(done.rms_before_px, 2),
        "rms_after_px": _number(done.rms_after_px, 2),
        "median_shift_m": _number(done.shift_m, 2),
        "ground_above_terrain_m": [_number(one, 2) for one in done.ground_m],
    }


def _mgrs(lon_deg: float, lat_deg: float) -> str | None:
    place = utm_of(lon_deg, lat_deg)
    return None if place is None else mgrs_of(place)


def _number(value: float, digits: int) -> float | None:
    return round(value, digits) if math.isfinite(value) else None
