"""Corrections of the pose that are on record for a source, and the ground that honours them."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from atalaya.app.context import Context
from atalaya.app.ground import Ground
from atalaya.errors import InputError, IntegrityError
from atalaya.model.calibration import Calibration, CalibrationMethod
from atalaya.model.custody import Json
from atalaya.model.identifiers import ContentHash
from atalaya.model.source import SourceRecord

CALIBRATION = "calibration"
"""Under this name a source's ground says the vault hash of the correction that holds."""


def calibrated(context: Context, ground: Ground, record: SourceRecord) -> Ground:
    """The ground of a source with the correction that is on record for it, or as it is where none is.

    Raises:
        IntegrityError: what is kept is not the correction that was recorded.
        NotFoundError: it is gone.
    """
    content = record.ground.get(CALIBRATION)
    if not isinstance(content, str):
        return ground
    try:
        calibration = calibration_from_json(json.loads(context.vault.read(ContentHash(content))))
    except (InputError, ValueError) as error:
        raise IntegrityError(f"the correction {content} of source {record.source_id}: {error}") from error
    return corrected_ground(ground, calibration, ContentHash(content))


def corrected_ground(ground: Ground, calibration: Calibration, content: ContentHash) -> Ground:
    """The same ground whose poses are corrected; its facts say what the correction leaves as errors."""
    honoured = replace(ground, calibration=calibration)
    errors = honoured.errors_left
    facts: dict[str, Json] = {
        **ground.facts,
        CALIBRATION: content,
        "attitude_deg": errors.attitude_deg,
        "position_horizontal_m": errors.position_horizontal_m,
        "position_vertical_m": errors.position_vertical_m,
    }
    return replace(honoured, facts=facts)


def calibration_json(calibration: Calibration) -> dict[str, Json]:
    """The form in which a correction is kept; what is not known is null."""
    form: dict[str, Json] = {}
    for name in (field.name for field in fields(calibration)):
        value = getattr(calibration, name)
        if name == "covariance":
            form[name] = [[float(it) for it in row] for row in calibration.covariance]
        elif name == "estimated":
            form[name] = list(calibration.estimated)
        elif isinstance(value, float):
            form[name] = value if math.isfinite(value) else None
        else:
            form[name] = value
    return form


def calibration_from_json(form: Mapping[str, Any]) -> Calibration:
    """The correction of such a form.

    Raises:
        InputError: not such a form.
    """
    known = {field.name for field in fields(Calibration)}
    if set(form) != known:
        raise InputError(f"a correction has {', '.join(sorted(known))}")
    values = {name: math.nan if value is None else value for name, value in form.items()}
    try:
        return Calibration(
            **values
            | {
                "method": CalibrationMethod(form["method"]),
                "estimated": tuple(form["estimated"]),
                "covariance": np.array(form["covariance"], dtype=np.float64),
            }
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"not a correction: {error}") from error
