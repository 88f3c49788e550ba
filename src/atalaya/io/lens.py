"""Lens files: our own JSON, and the camera lists of drone makers' models.

Our own file is one object: `width_px`, `height_px`, `fx_px`, `fy_px`, and, where they are not the middle and
zero, `cx_px`, `cy_px`, `k1`, `k2`, `p1`, `p2`, `k3`. A list of models is the DroneModels JSON; it says the
distortion and the size of a pixel of each camera, and seldom the focal length: the picture's own EXIF does.
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.georeg.lens import Lens

_NEEDED = ("width_px", "height_px", "fx_px", "fy_px")
_KNOWN = tuple(one.name for one in fields(Lens) if one.init)
_LARGEST = 1e9
_MODELS = "droneCCDParams"
_TERMS = {"k1": "radialR1", "k2": "radialR2", "k3": "radialR3", "p1": "tangentialT1", "p2": "tangentialT2"}


def read_lens(path: Path) -> Lens:
    """The lens of a file of our own form.

    Raises:
        InputError: not such a file, an unknown or missing name, or numbers that no lens has.
        ExternalError: it cannot be read.
    """
    said = _object(path)
    unknown = [name for name in said if name not in _KNOWN]
    missing = [name for name in _NEEDED if name not in said]
    if unknown or missing:
        raise InputError(
            f"{path.name}: a lens file has {', '.join(_KNOWN)}"
            + (f"; unknown: {', '.join(unknown)}" if unknown else "")
            + (f"; missing: {', '.join(missing)}" if missing else "")
        )
    numbers = {name: _number(path, name, value) for name, value in said.items()}
    middle = {
        f"c{axis}_px": 0.5 * numbers[f"{size}_px"] - 0.5 for axis, size in (("x", "width"), ("y", "height"))
    }
    return _lens(path, middle | numbers)


def read_model_lens(path: Path, make_model: str, focal_length_mm: float | None = None) -> Lens:
    """The lens of one camera of a list of models.

    Args:
        path: the DroneModels JSON.
        make_model: as in the list, in any case.
        focal_length_mm: true, not the 35 mm equivalent; None takes the list's own.

    Raises:
        NotFoundError: the list has no such camera.
        InputError: not such a list, a camera of another lens type, or no focal length.
        ExternalError: it cannot be read.
    """
    listed = _object(path).get(_MODELS)
    if not isinstance(listed, list):
        raise InputError(f"{path.name}: a list of models has {_MODELS!r}")
    named = [one for one in listed if isinstance(one, dict) and isinstance(one.get("makeModel"), str)]
    found = next((one for one in named if one["makeModel"].casefold() == make_model.casefold()), None)
    if found is None:
        raise NotFoundError(f"{path.name} has no camera {make_model!r} among {len(named)}")
    if found.get("lensType") != "perspective":
        raise InputError(f"camera {make_model}: lens type {found.get('lensType')} is not understood")
    focal_mm = (
        focal_length_mm
        if focal_length_mm is not None
        else _number(path, "focalLength", found.get("focalLength"))
    )
    size = {name: _number(path, f"{name}Pixels", found.get(f"{name}Pixels")) for name in ("width", "height")}
    pixel_mm = {name: _ratio(path, found.get(f"ccd{name.capitalize()}MMPerPixel")) for name in size}
    terms = {own: _number(path, theirs, found.get(theirs)) for own, theirs in _TERMS.items()}
    return _lens(
        path,
        terms
        | {
            "width_px": size["width"],
            "height_px": size["height"],
            "fx_px": focal_mm / pixel_mm["width"],
            "fy_px": focal_mm / pixel_mm["height"],
            "cx_px": 0.5 * size["width"] - 0.5,
            "cy_px": 0.5 * size["height"] - 0.5,
        },
    )


def _lens(path: Path, numbers: dict[str, float]) -> Lens:
    width_px, height_px = int(numbers["width_px"]), int(numbers["height_px"])
    if (width_px, height_px) != (numbers["width_px"], numbers["height_px"]):
        raise InputError(
            f"{path.name}: a picture has whole pixels, got {numbers['width_px']} x {numbers['height_px']}"
        )
    rest = {name: value for name, value in numbers.items() if name not in {"width_px", "height_px"}}
    try:
        return Lens(width_px=width_px, height_px=height_px, **rest)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error


def _object(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExternalError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(said, dict):
        raise InputError(f"{path.name}: one JSON object was wanted")
    return said


def _number(path: Path, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise InputError(
            f"{path.name}: {name} must be a number, finite and no larger than 1e9, got {value!r}"
        )
    return float(value)


def _ratio(path: Path, text: object) -> float:
    """A positive number, or one over another written with a slash; some are written as in Java, with a d."""
    over, _, under = str(text).partition("/")
    try:
        value = float(over.rstrip("d")) / float(under.rstrip("d") or 1.0)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"{path.name}: the size of a pixel must be a number or a ratio, got {text!r}"
        ) from error
    if not 0.0 < value < 1.0:
        raise InputError(f"{path.name}: the size of a pixel must be between 0 and 1 mm, got {text!r}")
    return value
