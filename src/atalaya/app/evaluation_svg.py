"""The drawings of an evaluation as SVG inside a page: colours by class, to follow light and dark."""

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from atalaya.app.evaluation_words import value_word, word
from atalaya.io.evaluation_png import DASHES
from atalaya.io.froc_axes import axes_of
from atalaya.model.evaluation import ClaimScore, Evaluation, GroupScore, Measured, Reliability

COLOURS = 8
_WIDE = 760.0


def froc_svg(evaluation: Evaluation, language: str) -> str:
    """The curves of all claims, and 95 % intervals at the allowed rates."""
    axes = axes_of(evaluation, (58.0, 14.0, 684.0, 320.0))
    right, bottom = axes.left + axes.width, axes.top + axes.height
    parts: list[str] = []
    if evaluation.least_rate_per_100km2 is not None:
        width = axes.x_px(evaluation.least_rate_per_100km2) - axes.left
        parts.append(_box(axes.left, axes.top, width, axes.height, "blind"))
    for fifth in range(6):
        y = axes.y_px(fifth / 5.0)
        parts += [
            _line(axes.left, y, right, y, "grid"),
            _text(axes.left - 8, y + 4, f"{fifth * 20} %", "tick end"),
        ]
    parts.append(_text(axes.left, bottom + 18, "0", "tick"))
    for rate in axes.decades():
        x = axes.x_px(rate)
        parts += [_line(x, axes.top, x, bottom, "grid"), _text(x, bottom + 18, f"{rate:g}", "tick mid")]
    for rate in evaluation.rates_per_100km2:
        parts.append(_line(axes.x_px(rate), axes.top, axes.x_px(rate), bottom, "allowed"))
    parts.append(_line(axes.left, bottom, right, bottom, "axis"))
    parts.append(_text(0.5 * (axes.left + right), bottom + 42, word("froc_x", language), "label mid"))
    middle = 0.5 * (axes.top + bottom)
    parts.append(_text(16, middle, word("froc_y", language), "label mid", turned=True))
    for number, claim in enumerate(evaluation.claims):
        line = axes.line(claim.curve, evaluation.false_alarm_km2)
        if not line:
            continue
        shift = 4.0 * (number - 0.5 * (len(evaluation.claims) - 1))
        for point in claim.points:
            if point.allowed_per_100km2 is not None:
                x = axes.x_px(point.allowed_per_100km2) + shift
                parts += _whisker(x, point.recall, axes.y_px, number)
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        parts.append(f'<polyline class="curve {_colour(number)}" points="{corners}"{_dashes(number)}/>')
        parts.append(_dot(*line[-1], number))
    return _svg(_WIDE, bottom + 52.0, word("froc", language), parts)


def groups_svg(claims: Sequence[ClaimScore], by: str, point: int, language: str) -> str:
    """Recall of every claim for each value of one sort, with intervals; values without sites are left out.

    Args:
        claims: to compare.
        by: setting, state, occlusion or azimuths.
        point: which operating point.
        language: en or es.
    """
    rows = [group for group in claims[0].groups if group.by == by and group.sites]
    step = 9.0 * len(claims) + 12.0
    left, right, top = 190.0, _WIDE - 70.0, 22.0
    bottom = top + step * len(rows)
    parts: list[str] = []
    for fifth in range(6):
        x = left + (right - left) * fifth / 5.0
        parts += [_line(x, top, x, bottom, "grid"), _text(x, top - 8, f"{fifth * 20} %", "tick mid")]
    for row, group in enumerate(rows):
        y = top + step * row
        parts.append(_line(left, y + step, right, y + step, "grid"))
        parts.append(_text(left - 10, y + 0.5 * step + 4, value_word(group.value, language), "label end"))
        parts.append(_text(right + 10, y + 0.5 * step + 4, f"n = {group.sites}", "tick"))
        for number, claim in enumerate(claims):
            recall = _group(claim, group).recall[point]
            at = y + 10.5 + 9.0 * number
            parts += _dot_row(recall, (left, right), at, number)
    return _svg(_WIDE, bottom + 8.0, word(by, language), parts)


def reliability_svg(found: Reliability, number: int, language: str) -> str:
    """Claimed along, measured upwards; on the diagonal scores mean what they say."""
    values = [
        value
        for row in found.rows
        for value in (row.claimed, row.observed.value, row.observed.low, row.observed.high)
    ]
    known = [value for value in values if value is not None]
    low, high = (0.0, 1.0) if found.scale == "probability" else (min(known) - 0.3, max(known) + 0.3)
    left, top, side = 62.0, 12.0, 260.0

    def along(value: float) -> float:
        return left + side * (value - low) / (high - low)

    def down(value: float) -> float:
        return top + side * (high - value) / (high - low)

    parts = [_line(along(low), down(low), along(high), down(high), "allowed")]
    for fourth in range(5):
        value = low + (high - low) * fourth / 4.0
        parts += [
            _line(along(value), top, along(value), top + side, "grid"),
            _line(left, down(value), left + side, down(value), "grid"),
        ]
        parts += [
            _text(along(value), top + side + 18, f"{value:.2g}", "tick mid"),
            _text(left - 8, down(value) + 4, f"{value:.2g}", "tick end"),
        ]
    for row in found.rows:
        parts += _whisker(along(row.claimed), row.observed, down, number)
        if row.observed.value is not None:
            parts.append(_dot(along(row.claimed), down(row.observed.value), number))
    parts.append(_text(left + 0.5 * side, top + side + 40, word("claimed", language), "label mid"))
    parts.append(_text(16, top + 0.5 * side, word("measured", language), "label mid", turned=True))
    return _svg(left + side + 20.0, top + side + 50.0, word("reliability", language), parts)


def bars_svg(rows: Sequence[tuple[str, int, int]], language: str) -> str:
    """False alarms of each claim, those on look-alikes in the colour of a warning.

    Args:
        rows: name, on nothing, on look-alikes.
        language: en or es.
    """
    most = max((nothing + alike for _, nothing, alike in rows), default=0) or 1
    left, right, step = 190.0, _WIDE - 130.0, 30.0
    parts: list[str] = []
    for number, (name, nothing, alike) in enumerate(rows):
        y = 6.0 + step * number
        widths = [(right - left) * count / most for count in (alike, nothing)]
        parts.append(_text(left - 10, y + 15, name, "label end"))
        parts.append(_box(left, y, widths[0], 20, "harm"))
        parts.append(_box(left + widths[0], y, widths[1], 20, "empty"))
        parts.append(_text(left + sum(widths) + 8, y + 15, f"{alike} + {nothing}", "tick"))
    y = 14.0 + step * len(rows)
    parts += [
        _box(left, y, 14, 14, "harm"),
        _text(left + 20, y + 12, word("on_look_alikes", language), "tick"),
    ]
    parts += [
        _box(left + 190, y, 14, 14, "empty"),
        _text(left + 210, y + 12, word("on_nothing", language), "tick"),
    ]
    return _svg(_WIDE, y + 22.0, word("false", language), parts)


def dash_svg(number: int) -> str:
    """A piece of the line of one claim, for a legend."""
    line = f'<line class="curve" x1="1" y1="6" x2="39" y2="6"{_dashes(number)}/>'
    return f'<svg class="plot" viewBox="0 0 40 12" aria-hidden="true">{line}</svg>'


def _dashes(number: int) -> str:
    pattern = " ".join(map(str, DASHES[number % len(DASHES)]))
    return f' stroke-dasharray="{pattern}"' if pattern else ""


def _group(claim: ClaimScore, like: GroupScore) -> GroupScore:
    return next(group for group in claim.groups if (group.by, group.value) == (like.by, like.value))


def _dot_row(recall: Measured, ends: tuple[float, float], y: float, number: int) -> list[str]:
    if recall.value is None:
        return []

    def along(share: float) -> float:
        return ends[0] + (ends[1] - ends[0]) * share

    parts = []
    if recall.low is not None and recall.high is not None:
        parts.append(_line(along(recall.low), y, along(recall.high), y, f"whisker {_colour(number)}"))
    parts.append(
        f'<circle class="dot {_colour(number)}" cx="{along(recall.value):.1f}" cy="{y:.1f}" r="3.6"/>'
    )
    return parts


def _whisker(x: float, measured: Measured, down: Callable[[float], float], number: int) -> list[str]:
    if measured.low is None or measured.high is None:
        return []
    low, high = down(measured.low), down(measured.high)
    of = f"whisker {_colour(number)}"
    return [
        _line(x, low, x, high, of),
        _line(x - 3, low, x + 3, low, of),
        _line(x - 3, high, x + 3, high, of),
    ]


def _dot(x: float, y: float, number: int) -> str:
    return f'<circle class="dot {_colour(number)}" cx="{x:.1f}" cy="{y:.1f}" r="3.8"/>'


def _colour(number: int) -> str:
    return f"c{number % COLOURS}"


def _line(x1: float, y1: float, x2: float, y2: float, of: str) -> str:
    return f'<line class="{of}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _box(x: float, y: float, width: float, height: float, of: str) -> str:
    return f'<rect class="{of}" x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}"/>'


def _text(x: float, y: float, words: str, of: str, *, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text class="{of}" x="{x:.1f}" y="{y:.1f}"{turn}>{escape(words)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg class="plot" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label={quoteattr(title)}>'
    )
    return "\n".join([head, *parts, "</svg>"])
