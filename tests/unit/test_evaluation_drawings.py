"""Where curves lie in a drawing, and that every drawing stands where there is nothing to draw."""

from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from atalaya.app.evaluation_froc_svg import froc_svg, panels_svg
from atalaya.app.evaluation_page import SORTS, evaluation_page
from atalaya.app.evaluation_svg import groups_svg
from atalaya.detection.evaluation import Rules, evaluate
from atalaya.detection.evaluation_claims import Claim
from atalaya.io.evaluation_png import froc_png
from atalaya.io.froc_axes import FrocAxes, axes_of, rate_label
from atalaya.model.evaluation import Curve, ScoreScale
from known_worlds import look_alike, places, site, world

AXES = FrocAxes(left=100.0, top=0.0, width=1000.0, height=100.0, low=1.0, high=4.0)


def answer_of(worlds, claims):
    made = [
        Claim(name=f"claim {number}", scale=ScoreScale.RANK, places=(table,) * len(worlds))
        for number, table in enumerate(claims)
    ]
    return evaluate(worlds, made, Rules(resamples=20), made_by="test")


def test_rates_lie_on_a_logarithm_beside_a_strip_for_none():
    assert AXES.x_px(0.0) == 100.0
    assert AXES.x_px(10.0) == 170.0
    assert AXES.x_px(10_000.0) == 1100.0
    assert AXES.x_px(100.0) - AXES.x_px(10.0) == pytest.approx(310.0)
    assert (AXES.y_px(1.0), AXES.y_px(0.25)) == (0.0, 75.0)
    assert AXES.decades() == (10.0, 100.0, 1000.0, 10_000.0)


def test_a_curve_goes_along_at_the_old_recall_and_up_where_a_site_is_found():
    # in 1 km2: one site of two without any false alarm, the other after ten of them (1000 per 100 km2)
    curve = Curve(threshold=(3.0, 1.0), false_alarms=(0, 10), found=(1, 2), of=2)
    line = AXES.line(curve, 1.0)
    assert line == ((100.0, 50.0), (AXES.x_px(1000.0), 50.0), (AXES.x_px(1000.0), 0.0))


def test_a_curve_without_false_alarms_is_a_line_in_the_strip_and_none_without_sites():
    assert AXES.line(Curve(threshold=(3.0,), false_alarms=(0,), found=(2,), of=2), 1.0) == (
        (100.0, 0.0),
        (170.0, 0.0),
    )
    assert AXES.line(Curve(threshold=(), false_alarms=(), found=(), of=2), 1.0) == (
        (100.0, 100.0),
        (170.0, 100.0),
    )
    assert AXES.line(Curve(threshold=(), false_alarms=(), found=(), of=0), 1.0) == ()
    assert AXES.line(Curve(threshold=(1.0,), false_alarms=(1,), found=(0,), of=1), 0.0) == ()


def test_rates_are_written_out():
    assert [rate_label(rate) for rate in (0.1, 10.0, 1e6)] == ["0.1", "10", "1 000 000"]


def test_axes_hold_every_rate_that_is_drawn():
    answer = answer_of([world(site(0, 0))], [places((0, 0, 1), *((400, 10 * n, 0.5) for n in range(30)))])
    axes = axes_of(answer, (0.0, 0.0, 100.0, 100.0))
    rates = [one.per_100km2 for claim in answer.claims for one in claim.points]
    assert 10.0**axes.low <= min(10.0, answer.least_rate_per_100km2)
    assert max(rates) <= 10.0**axes.high


@pytest.mark.parametrize(
    "answer",
    [
        answer_of([world(site(0, 0, azimuths=()), azimuths=())], [places((0, 0, 1))]),
        answer_of([world(look_alike(0, 0))], [places()]),
        answer_of([world()], [places((10, 10, 1))]),
        answer_of([world(site(0, 0)), world(site(0, 0), name="two")], [places((0, 0, 1))] * 9),
    ],
    ids=["nothing looked at", "no site, nothing claimed", "nothing there", "nine claims"],
)
def test_every_drawing_stands_whatever_there_is_to_draw(answer):
    for language in ("en", "es"):
        drawings = [froc_svg(answer, language)]
        for by in SORTS:
            drawings += [panels_svg(answer, by, language), groups_svg(answer.claims, by, 0, language)]
        for drawing in drawings:
            assert "nan" not in drawing.lower()
            ET.fromstring(drawing)  # noqa: S314  # our own text
    png = froc_png(answer)
    assert Image.open(BytesIO(png)).size == (1200, 720)
    assert png == froc_png(answer)
    assert "NaN" not in evaluation_page(answer)
