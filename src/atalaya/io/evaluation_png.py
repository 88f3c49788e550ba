"""The FROC curves as a PNG file, for papers and messages that show no page."""

import io
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from atalaya.errors import ExternalError
from atalaya.io.froc_axes import FrocAxes, axes_of, rate_label
from atalaya.model.evaluation import ClaimScore, Evaluation
from atalaya.model.source import SYNTHETIC_MARK

CLAIM_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#9d5bb5", "#b8860b", "#3a9bd9", "#c2185b", "#5f6b76")
"""Told apart by eyes that see colours differently; each line also has dashes of its own."""
DASHES: tuple[tuple[int, ...], ...] = (
    (),
    (9, 4),
    (3, 3),
    (12, 3, 3, 3),
    (6, 2),
    (1, 3),
    (14, 4),
    (4, 4, 1, 4),
)
_SIZE = (1200, 720)
_FINER = 3
"""Drawn so many times larger and brought down, which smooths lines."""
_INK, _MUTED, _LINE, _FIELD, _BLIND, _WARNING = (
    "#17212b",
    "#5f6b76",
    "#dfe4e8",
    "#ffffff",
    "#f2f4f6",
    "#b00000",
)


def froc_png(evaluation: Evaluation) -> bytes:
    """Recall against false alarms of every claim, with intervals at the operating points.

    Returns:
        PNG of 1200 by 720 pixels, the same bytes for the same evaluation; the mark of what is synthetic is
        in the picture and in its text chunk.

    Raises:
        ExternalError: the encoder failed.
    """
    size = (_SIZE[0] * _FINER, _SIZE[1] * _FINER)
    picture = Image.new("RGB", size, _FIELD)
    axes = axes_of(evaluation, (96.0, 104.0, 800.0, 510.0))
    drawing = _Drawing(ImageDraw.Draw(picture))
    _draw_frame(drawing, axes, evaluation)
    for number, claim in enumerate(evaluation.claims):
        _draw_claim(drawing, axes, evaluation, claim, number)
    _draw_legend(drawing, evaluation)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Comment", SYNTHETIC_MARK)
    made = io.BytesIO()
    try:
        picture.resize(_SIZE, Image.Resampling.LANCZOS).save(made, "PNG", optimize=True, pnginfo=about)
    except (OSError, ValueError) as error:
        raise ExternalError(f"no PNG of the curves: {error}") from error
    return made.getvalue()


class _Drawing:
    """Lines and words in pixels of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def line(
        self, points: tuple[tuple[float, float], ...], colour: str, width: float, dashes: tuple[int, ...] = ()
    ) -> None:
        for first, second in _dashed(points, dashes):
            ends = [(first[0] * _FINER, first[1] * _FINER), (second[0] * _FINER, second[1] * _FINER)]
            self._draw.line(ends, fill=colour, width=round(width * _FINER))

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self._draw.rectangle([value * _FINER for value in (left, top, right, bottom)], fill=colour)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        corners = [(x - radius) * _FINER, (y - radius) * _FINER, (x + radius) * _FINER, (y + radius) * _FINER]
        self._draw.ellipse(corners, fill=colour, outline=_FIELD, width=_FINER)

    def words(
        self, x: float, y: float, text: str, *, size: float, colour: str = _INK, anchor: str = "ls"
    ) -> float:
        """Plain letters, `^2` raised and É with its acute drawn: the built-in font has ASCII alone.

        Returns:
            The width of the words.
        """
        font = ImageFont.load_default(size * _FINER)
        plain = text.replace("É", "E").replace("^2", "")
        width = font.getlength(plain) / _FINER
        start = x - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * width
        self._draw.text((start * _FINER, y * _FINER), plain, font=font, fill=colour, anchor="l" + anchor[1])
        if "É" in text:
            before = font.getlength(text[: text.index("É")]) / _FINER
            letter = font.getlength("E") / _FINER
            at = start + before + 0.5 * letter
            self.line(((at, y - 0.80 * size), (at + 0.16 * size, y - 0.94 * size)), colour, 0.09 * size)
        if "^2" in text:
            raised = ImageFont.load_default(0.65 * size * _FINER)
            end = start + font.getlength(text[: text.index("^2")]) / _FINER
            self._draw.text(
                (end * _FINER, (y - 0.36 * size) * _FINER), "2", font=raised, fill=colour, anchor="ls"
            )
        return width

    def upwards(self, x: float, y: float, text: str, *, size: float, colour: str) -> None:
        """Words read from below, their middle at a place."""
        font = ImageFont.load_default(size * _FINER)
        width, height = round(font.getlength(text)) + 4, round(1.4 * size * _FINER)
        patch = Image.new("L", (width, height), 0)
        ImageDraw.Draw(patch).text((2, round(0.2 * size * _FINER)), text, font=font, fill=255)
        turned = patch.rotate(90, expand=True)
        at = (round(x * _FINER - 0.5 * turned.width), round(y * _FINER - 0.5 * turned.height))
        self._draw.bitmap(at, turned, fill=colour)


def _draw_frame(drawing: _Drawing, axes: FrocAxes, evaluation: Evaluation) -> None:
    right, bottom = axes.left + axes.width, axes.top + axes.height
    least = evaluation.least_rate_per_100km2
    if least is not None:
        drawing.box(axes.left, axes.top, axes.x_px(least), bottom, _BLIND)
    for fifth in range(6):
        y = axes.y_px(fifth / 5.0)
        drawing.line(((axes.left, y), (right, y)), _LINE, 1.0)
        drawing.words(axes.left - 12, y, f"{fifth * 20} %", size=16, colour=_MUTED, anchor="rm")
    drawing.words(axes.left + 4, bottom + 14, "0", size=16, colour=_MUTED, anchor="lt")
    for rate in axes.decades():
        x = axes.x_px(rate)
        drawing.line(((x, axes.top), (x, bottom)), _LINE, 1.0)
        drawing.words(x, bottom + 14, rate_label(rate), size=16, colour=_MUTED, anchor="mt")
    for rate in evaluation.rates_per_100km2:
        drawing.line(((axes.x_px(rate), axes.top), (axes.x_px(rate), bottom)), _MUTED, 1.0, (2, 4))
    drawing.line(((axes.left, axes.top), (axes.left, bottom), (right, bottom)), _INK, 1.5)
    drawing.words(0.5 * (axes.left + right), bottom + 62, "false alarms per 100 km^2", size=19, anchor="ms")
    drawing.upwards(30, 0.5 * (axes.top + bottom), "sites found, of those observed", size=19, colour=_INK)
    sites = sum(world.sites_by_state["observed"] for world in evaluation.worlds)
    drawing.words(axes.left, 50, "Sites found against false alarms", size=30)
    drawing.words(
        axes.left,
        82,
        f"{len(evaluation.worlds)} worlds, {sites} sites observed, {evaluation.false_alarm_km2:.3g} km^2"
        "   looked at beside them",
        size=18,
        colour=_MUTED,
    )
    drawing.words(_SIZE[0] - 24, _SIZE[1] - 20, SYNTHETIC_MARK, size=18, colour=_WARNING, anchor="rs")


def _draw_claim(
    drawing: _Drawing, axes: FrocAxes, evaluation: Evaluation, claim: ClaimScore, number: int
) -> None:
    colour = CLAIM_COLOURS[number % len(CLAIM_COLOURS)]
    line = axes.line(claim.curve, evaluation.false_alarm_km2)
    if not line:
        return
    drawing.line(line, colour, 3.0, DASHES[number % len(DASHES)])
    drawing.dot(*line[-1], 6.0, colour)
    for point in claim.points:
        if point.allowed_per_100km2 is None or point.recall.low is None or point.recall.high is None:
            continue
        x = axes.x_px(point.allowed_per_100km2) + 5.0 * (number - 0.5 * (len(evaluation.claims) - 1))
        low, high = axes.y_px(point.recall.low), axes.y_px(point.recall.high)
        drawing.line(((x, low), (x, high)), colour, 2.0)
        for end in (low, high):
            drawing.line(((x - 4, end), (x + 4, end)), colour, 2.0)


def _draw_legend(drawing: _Drawing, evaluation: Evaluation) -> None:
    x, y = 922.0, 130.0
    for number, claim in enumerate(evaluation.claims):
        colour = CLAIM_COLOURS[number % len(CLAIM_COLOURS)]
        drawing.line(((x, y - 6), (x + 34, y - 6)), colour, 3.0, DASHES[number % len(DASHES)])
        drawing.words(x + 44, y, _short(claim.name), size=18)
        last = claim.points[-1]
        share = (
            "no site observed" if last.recall.value is None else f"{100.0 * last.recall.value:.0f} % at most"
        )
        drawing.words(x + 44, y + 22, share, size=15, colour=_MUTED)
        y += 56.0
    if evaluation.least_rate_per_100km2 is not None:
        drawing.box(x, y - 14, x + 34, y + 2, _BLIND)
        drawing.words(x + 44, y, "finer than one false", size=15, colour=_MUTED)
        drawing.words(x + 44, y + 20, "alarm in this area", size=15, colour=_MUTED)


def _short(name: str) -> str:
    plain = name.encode("ascii", "replace").decode()
    return plain if len(plain) <= 22 else plain[:21] + "..."


def _dashed(
    points: tuple[tuple[float, float], ...], dashes: tuple[int, ...]
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The strokes of a line; the pattern runs on round its corners."""
    pairs = list(pairwise(points))
    if not dashes:
        return pairs
    strokes: list[tuple[tuple[float, float], tuple[float, float]]] = []
    number, left = 0, float(dashes[0])
    for (x1, y1), (x2, y2) in pairs:
        length = max(abs(x2 - x1), abs(y2 - y1))  # steps run along or down
        at = 0.0
        while at < length:
            step = min(left, length - at)
            ends = [
                (x1 + (x2 - x1) * here / length, y1 + (y2 - y1) * here / length) for here in (at, at + step)
            ]
            if number % 2 == 0:
                strokes.append((ends[0], ends[1]))
            at, left = at + step, left - step
            if left <= 0.0:
                number += 1
                left = float(dashes[number % len(dashes)])
    return strokes
