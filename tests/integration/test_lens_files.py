"""Lens files and lists of camera models: read exactly, and refused with what is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.io.lens import read_lens, read_model_lens
from shared_data import shared_file

GOOD = {"width_px": 1280, "height_px": 720, "fx_px": 1500.0, "fy_px": 1490, "k1": -0.1, "p2": 1e-4}


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "lens.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_lens_file_says_what_it_says_and_the_rest_is_the_middle_and_zero(tmp_path):
    lens = read_lens(written(tmp_path, GOOD))
    assert (lens.width_px, lens.height_px, lens.fx_px, lens.fy_px) == (1280, 720, 1500.0, 1490.0)
    assert (lens.cx_px, lens.cy_px) == (639.5, 359.5)
    assert (lens.k1, lens.k2, lens.p1, lens.p2, lens.k3) == (-0.1, 0.0, 0.0, 1e-4, 0.0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not JSON"),
        ("[]", "one JSON object"),
        ({}, "missing: width_px"),
        (GOOD | {"k4": 1.0}, "unknown: k4"),
        (GOOD | {"fx_px": "1500"}, "fx_px must be a number"),
        (GOOD | {"fx_px": True}, "fx_px must be a number"),
        (GOOD | {"fx_px": -1.0}, "must be positive"),
        (GOOD | {"width_px": 1280.5}, "whole pixels"),
        ('{"width_px": 1, "height_px": 1, "fx_px": NaN, "fy_px": 1}', "finite"),
    ],
)
def test_a_wrong_lens_file_is_refused_with_what_is_wrong(tmp_path, content, told):
    with pytest.raises(InputError, match=told):
        read_lens(written(tmp_path, content))


def test_a_lens_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ExternalError, match="cannot read"):
        read_lens(tmp_path / "none.json")


@pytest.mark.shared
def test_every_perspective_camera_of_the_published_list_is_a_lens_that_can_be_inverted():
    path = shared_file("data/geo/accuracy/droneModels.json")
    listed = json.loads(path.read_text())["droneCCDParams"]
    read = whole = 0
    for one in listed:
        if one["lensType"] != "perspective":
            with pytest.raises(InputError, match="fisheye"):
                read_model_lens(path, one["makeModel"], 4.0)
            continue
        whole_width_mm = one["widthPixels"] / read_model_lens(path, one["makeModel"], 1.0).fx_px
        lens = read_model_lens(path, one["makeModel"].upper(), one.get("focalLength", whole_width_mm))
        across, down = np.linspace(-0.5, lens.width_px - 0.5, 21), np.linspace(-0.5, lens.height_px - 0.5, 21)
        x_px, y_px = (grid.ravel() for grid in np.meshgrid(across, down))
        right, below = lens.directions(x_px, y_px)
        known = ~np.isnan(right)
        again_x_px, again_y_px = lens.pixels(right, below)
        assert np.hypot(again_x_px - x_px, again_y_px - y_px)[known].max() <= 1e-6
        read, whole = read + 1, whole + bool(known.all())
    assert read == 103
    assert whole >= 90


@pytest.mark.shared
def test_a_camera_that_is_not_listed_or_has_no_focal_length_is_told():
    path = shared_file("data/geo/accuracy/droneModels.json")
    with pytest.raises(NotFoundError, match="no camera 'nobody'"):
        read_model_lens(path, "nobody", 4.0)
    with pytest.raises(InputError, match="focalLength"):
        read_model_lens(path, "djiFC220")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"width_px": NaN, "height_px": 720, "fx_px": 900, "fy_px": 900}', "width_px must be a number"),
        (
            '{"width_px": 1280, "height_px": 720, "fx_px": 900, "fy_px": 900, "k1": 1e308}',
            "k1 must be a number",
        ),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_numbers_that_json_alone_lets_through_end_in_a_message(tmp_path, content, told):
    with pytest.raises(InputError, match=told):
        read_lens(written(tmp_path, content))
