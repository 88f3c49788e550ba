"""Shares, bars and reliability of an evaluation as SVG inside a page: colours by class."""

from collections.abc import Sequence

from atalaya.app.evaluation_words import value_word, word
from atalaya.app.svg_shapes import box, colour, dot, line, svg, text, whisker
from atalaya.model.evaluation import ClaimScore, GroupScore, Measured, Reliability

_WIDE = 760.0


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
        parts += [line(x, top, x, bottom, "grid"), text(x, top - 8, f"{fifth * 20} %", "tick mid")]
    for row, group in enumerate(rows):
        y = top + step * row
        parts.append(line(left, y + step, right, y + step, "grid"))
        parts.append(text(left - 10, y + 0.5 * step + 4, value_word(group.value, language), "label end"))
        parts.append(text(right + 10, y + 0.5 * step + 4, f"n = {group.sites}", "tick"))
        for number, claim in enumerate(claims):
            recall = _group(claim, group).recall[point]
            at = y + 10.5 + 9.0 * number
            parts += _dot_row(recall, (left, right), at, number)
    return svg(_WIDE, bottom + 8.0, word(by, language), parts)


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

    parts = [line(along(low), down(low), along(high), down(high), "allowed")]
    for fourth in range(5):
        value = low + (high - low) * fourth / 4.0
        parts += [
            line(along(value), top, along(value), top + side, "grid"),
            line(left, down(value), left + side, down(value), "grid"),
        ]
        parts += [
            text(along(value), top + side + 18, f"{value:.2g}", "tick mid"),
            text(left - 8, down(value) + 4, f"{value:.2g}", "tick end"),
        ]
    for row in found.rows:
        parts += whisker(along(row.claimed), row.observed, down, number)
        if row.observed.value is not None:
            parts.append(dot(along(row.claimed), down(row.observed.value), number))
    parts.append(text(left + 0.5 * side, top + side + 40, word("claimed", language), "label mid"))
    parts.append(text(16, top + 0.5 * side, word("measured", language), "label mid", turned=True))
    return svg(left + side + 20.0, top + side + 50.0, word("reliability", language), parts)


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
        parts.append(text(left - 10, y + 15, name, "label end"))
        parts.append(box(left, y, widths[0], 20, "harm"))
        parts.append(box(left + widths[0], y, widths[1], 20, "empty"))
        parts.append(text(left + sum(widths) + 8, y + 15, f"{alike} + {nothing}", "tick"))
    y = 14.0 + step * len(rows)
    parts += [
        box(left, y, 14, 14, "harm"),
        text(left + 20, y + 12, word("on_look_alikes", language), "tick"),
    ]
    parts += [
        box(left + 190, y, 14, 14, "empty"),
        text(left + 210, y + 12, word("on_nothing", language), "tick"),
    ]
    return svg(_WIDE, y + 22.0, word("false", language), parts)


def _group(claim: ClaimScore, like: GroupScore) -> GroupScore:
    return next(group for group in claim.groups if (group.by, group.value) == (like.by, like.value))


def _dot_row(recall: Measured, ends: tuple[float, float], y: float, number: int) -> list[str]:
    if recall.value is None:
        return []

    def along(share: float) -> float:
        return ends[0] + (ends[1] - ends[0]) * share

    parts = []
    if recall.low is not None and recall.high is not None:
        parts.append(line(along(recall.low), y, along(recall.high), y, f"whisker {colour(number)}"))
    parts.append(
        f'<circle class="dot {colour(number)}" cx="{along(recall.value):.1f}" cy="{y:.1f}" r="3.6"/>'
    )
    return parts
