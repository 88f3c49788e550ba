"""FROC curves as SVG inside a page: all sites, and a small one for each sort of site."""

from collections.abc import Sequence
from dataclasses import replace

from atalaya.app.evaluation_words import value_word, word
from atalaya.app.svg_shapes import box, colour, dashes, dot, line, svg, text, whisker
from atalaya.io.froc_axes import FrocAxes, axes_of, rate_label
from atalaya.model.evaluation import Curve, Evaluation, GroupScore

_WIDE = 760.0
_COLUMNS = 3
_PANEL_WIDE, _PANEL_HIGH = 253.0, 168.0


def froc_svg(evaluation: Evaluation, language: str) -> str:
    """The curves of all claims, and 95 % intervals at the allowed rates."""
    axes = axes_of(evaluation, (58.0, 14.0, 684.0, 320.0))
    bottom = axes.top + axes.height
    parts = [*_ground(evaluation, axes, fifths=5), *_labels(axes, language)]
    for number, claim in enumerate(evaluation.claims):
        parts += _curve(axes, claim.curve, evaluation.false_alarm_km2, number)
        shift = 4.0 * (number - 0.5 * (len(evaluation.claims) - 1))
        for point in claim.points:
            if point.allowed_per_100km2 is not None:
                parts += whisker(axes.x_px(point.allowed_per_100km2) + shift, point.recall, axes.y_px, number)
    return svg(_WIDE, bottom + 52.0, word("froc", language), parts)


def panels_svg(evaluation: Evaluation, by: str, language: str) -> str:
    """A small FROC for each value of one sort that has sites, all on the same axes.

    Args:
        evaluation: to be drawn.
        by: setting, state, occlusion or azimuths.
        language: en or es.
    """
    first = axes_of(evaluation, (46.0, 34.0, _PANEL_WIDE - 66.0, _PANEL_HIGH - 60.0))
    groups = [group for group in evaluation.claims[0].groups if group.by == by and group.sites]
    parts: list[str] = []
    for place, group in enumerate(groups):
        row, col = divmod(place, _COLUMNS)
        axes = replace(first, left=first.left + col * _PANEL_WIDE, top=first.top + row * _PANEL_HIGH)
        parts += _panel(evaluation, axes, group, language)
    rows = -(-len(groups) // _COLUMNS)
    title = f"{word('froc', language)}: {word(by, language)}"
    return svg(_COLUMNS * _PANEL_WIDE, rows * _PANEL_HIGH, title, parts)


def _panel(evaluation: Evaluation, axes: FrocAxes, group: GroupScore, language: str) -> list[str]:
    parts = _ground(evaluation, axes, fifths=1)
    title = f"{value_word(group.value, language)} (n = {group.sites})"
    parts.append(text(axes.left, axes.top - 8, title, "label"))
    for rate in axes.decades()[1::2]:
        parts.append(text(axes.x_px(rate), axes.top + axes.height + 15, rate_label(rate), "tick mid"))
    for number, claim in enumerate(evaluation.claims):
        like = next(one for one in claim.groups if (one.by, one.value) == (group.by, group.value))
        parts += _curve(axes, like.curve, evaluation.false_alarm_km2, number)
    return parts


def _ground(evaluation: Evaluation, axes: FrocAxes, *, fifths: int) -> list[str]:
    """What cannot be seen in so little area, the lines of recall and of the rates."""
    right, bottom = axes.left + axes.width, axes.top + axes.height
    parts: list[str] = []
    if evaluation.least_rate_per_100km2 is not None:
        width = axes.x_px(evaluation.least_rate_per_100km2) - axes.left
        parts.append(box(axes.left, axes.top, width, axes.height, "blind"))
    for step in range(fifths + 1):
        y = axes.y_px(step / fifths)
        parts.append(line(axes.left, y, right, y, "grid"))
        parts.append(text(axes.left - 6, y + 4, f"{100 * step // fifths} %", "tick end"))
    parts += [line(axes.x_px(rate), axes.top, axes.x_px(rate), bottom, "grid") for rate in axes.decades()]
    for rate in evaluation.rates_per_100km2:
        parts.append(line(axes.x_px(rate), axes.top, axes.x_px(rate), bottom, "allowed"))
    return [*parts, line(axes.left, bottom, right, bottom, "axis")]


def _labels(axes: FrocAxes, language: str) -> Sequence[str]:
    bottom = axes.top + axes.height
    ticks = [text(axes.x_px(rate), bottom + 18, rate_label(rate), "tick mid") for rate in axes.decades()]
    return [
        text(axes.left, bottom + 18, "0", "tick"),
        *ticks,
        text(axes.left + 0.5 * axes.width, bottom + 42, word("froc_x", language), "label mid"),
        text(16, axes.top + 0.5 * axes.height, word("froc_y", language), "label mid", turned=True),
    ]


def _curve(axes: FrocAxes, curve: Curve, km2: float, number: int) -> list[str]:
    corners = axes.line(curve, km2)
    if not corners:
        return []
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    stroke = f'<polyline class="curve {colour(number)}" points="{points}"{dashes(number)}/>'
    return [stroke, dot(*corners[-1], number)]


def dash_svg(number: int) -> str:
    """A piece of the line of one claim, for a legend."""
    piece = f'<line class="curve" x1="1" y1="6" x2="39" y2="6"{dashes(number)}/>'
    return f'<svg class="plot" viewBox="0 0 40 12" aria-hidden="true">{piece}</svg>'
