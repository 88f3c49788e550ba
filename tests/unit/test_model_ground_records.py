"""Regions and corrections: records that refuse what they cannot mean."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod, TiePoint
from atalaya.model.ground import GroundRegion, Position, RegionPart

PART = RegionPart(
    probability=0.7,
    lon_deg=-107.0,
    lat_deg=25.0,
    hae_m=900.0,
    ring_lon_deg=(-107.1, -106.9, -107.0, -107.1),
    ring_lat_deg=(24.9, 24.9, 25.1, 24.9),
)
REGION = GroundRegion(
    position=Position(
        lon_deg=-107.0,
        lat_deg=25.0,
        hae_m=900.0,
        covariance_m2=((9.0, 0.0), (0.0, 9.0)),
        ce90_m=6.4,
        le90_m=3.0,
    ),
    contained=0.9,
    parts=(PART,),
    other_slope_probability=0.3,
    nowhere_probability=0.0,
)
CORRECTION = Calibration(
    method=CalibrationMethod.FRAME_CENTRES,
    heading_bias_deg=-1.45,
    estimated=("heading_bias_deg",),
    covariance=np.diag([1e-6 * (name == "heading_bias_deg") for name in PARAMETERS]),
    residual_before_m=40.0,
    residual_after_m=0.4,
    holdout_before_m=41.0,
    holdout_after_m=0.5,
    observations=300,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"probability": 1.2},
        {"probability": float("nan")},
        {"hae_m": float("nan")},
        {"ring_lon_deg": (-107.1, -106.9, -107.0, -107.2)},
        {"ring_lon_deg": (-107.1, -106.9, -107.0)},
        {"ring_lon_deg": (-107.1, -107.1), "ring_lat_deg": (24.9, 24.9)},
    ],
)
def test_a_part_of_a_region_that_is_no_closed_ground_is_refused(wrong):
    with pytest.raises(InputError):
        replace(PART, **wrong)


@pytest.mark.parametrize("wrong", [{"parts": ()}, {"contained": 1.1}, {"nowhere_probability": -0.1}])
def test_a_region_without_ground_or_with_impossible_shares_is_refused(wrong):
    with pytest.raises(InputError, match="region"):
        replace(REGION, **wrong)


@pytest.mark.parametrize("wrong", [{"x_px": float("nan")}, {"frame_index": -1}, {"lat_deg": 91.0}])
def test_a_tie_point_that_is_nowhere_is_refused(wrong):
    point = TiePoint(frame_index=3, x_px=10.0, y_px=20.0, lon_deg=-107.0, lat_deg=25.0, hae_m=900.0)
    with pytest.raises(InputError):
        replace(point, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"estimated": ("altitude",)},
        {"covariance": np.eye(4)},
        {"covariance": np.full((len(PARAMETERS),) * 2, np.nan)},
        {"covariance": np.triu(np.ones((len(PARAMETERS),) * 2))},
        {"attitude_lag_s": float("inf")},
    ],
)
def test_a_correction_that_does_not_say_what_it_corrects_is_refused(wrong):
    with pytest.raises(InputError):
        replace(CORRECTION, **wrong)


def test_a_correction_gives_its_values_in_the_order_of_its_covariance():
    values = dict(zip(PARAMETERS, CORRECTION.values().tolist(), strict=True))
    assert {name: value for name, value in values.items() if value} == {"heading_bias_deg": -1.45}
