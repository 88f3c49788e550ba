"""The map: well-formed, the same for the same view, and empty of what is withheld."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.dossier.error_ellipse import circle_outline, ellipse_outline, error_ellipse
from atalaya.dossier.language import Language
from atalaya.dossier.site_map import site_map
from atalaya.dossier.svg import nice_step
from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.model.ground import Position
from dossier_samples import bare_view, footprints, position, view


@pytest.mark.parametrize("language", Language)
def test_the_map_is_well_formed_and_labelled_in_its_language(language):
    svg = site_map(view(), language)
    assert svg is not None
    root = ET.fromstring(svg)  # noqa: S314  our own text
    words = " ".join(root.itertext())
    assert ("elipse de error" in words) == (language is Language.SPANISH)
    assert "SYNTHETIC / SINTÉTICO" in words
    assert len(root.findall(".//{*}polygon")) >= 2 * (len(footprints()) + 2)
    assert svg == site_map(view(), language)


def test_a_real_case_bears_no_synthetic_mark():
    assert "SYNTH" not in (site_map(replace(view(), synthetic=False), Language.ENGLISH) or "SYNTH")


def test_a_withheld_position_has_no_map():
    assert site_map(bare_view(view()), Language.ENGLISH) is None


def test_a_place_without_footprints_or_ellipse_still_has_a_map():
    flat = replace(position(), covariance_m2=((1.0, 1.0), (1.0, 1.0)))
    assert error_ellipse(flat) is None
    assert site_map(replace(view(), position=flat, footprints_lon_lat=()), Language.SPANISH) is not None


def test_markup_in_an_id_stays_text():
    svg = site_map(replace(view(), site_id='<script>alert("x")</script>&'), Language.ENGLISH)
    root = ET.fromstring(svg or "")  # noqa: S314
    assert root.find(".//{*}script") is None
    assert "<script>" in " ".join(root.itertext())


def test_the_ellipse_of_a_known_covariance():
    north = replace(position(), covariance_m2=((4.0, 0.0), (0.0, 100.0)))
    found = error_ellipse(north)
    assert found is not None
    assert found.semi_major_m == pytest.approx(10 * 2.145966)
    assert found.semi_minor_m == pytest.approx(2 * 2.145966)
    assert found.azimuth_deg % 180 == pytest.approx(0.0)
    tilted = error_ellipse(replace(position(), covariance_m2=((50.0, 30.0), (30.0, 50.0))))
    assert tilted is not None
    assert tilted.azimuth_deg == pytest.approx(45.0)


@given(st.floats(0.1, 400), st.floats(0.1, 400), st.floats(-0.95, 0.95), st.floats(-80, 80))
def test_the_outline_lies_on_the_ellipse(east_m2, north_m2, correlation, lat_deg):
    cross_m2 = correlation * float(np.sqrt(east_m2 * north_m2))
    covariance = ((east_m2, cross_m2), (cross_m2, north_m2))
    here = Position(
        lon_deg=10.0, lat_deg=lat_deg, hae_m=None, covariance_m2=covariance, ce90_m=5.0, le90_m=None
    )
    found = error_ellipse(here)
    assert found is not None
    lon_m, lat_m = metres_per_degree(lat_deg)
    offset_m = (np.array(ellipse_outline(here, found)) - [10.0, lat_deg]) * [lon_m, lat_m]
    squared = np.einsum("ni,ij,nj->n", offset_m, np.linalg.inv(np.array(covariance)), offset_m)
    assert squared == pytest.approx(-2 * np.log(0.1), rel=1e-4)


def test_the_circle_has_its_radius():
    lon_m, lat_m = metres_per_degree(24.9)
    assert (lon_m, lat_m) == pytest.approx((101_047, 110_772), rel=2e-3)
    offset_m = (np.array(circle_outline(position(), 12.4)) - [-107.1, 24.9]) * [lon_m, lat_m]
    assert np.hypot(*offset_m.T) == pytest.approx(12.4, rel=1e-6)


@pytest.mark.parametrize(("about", "step"), [(1.0, 1.0), (4.9, 2.0), (7.0, 5.0), (0.0023, 0.002), (990, 500)])
def test_steps_are_round(about, step):
    assert nice_step(about) == pytest.approx(step)
