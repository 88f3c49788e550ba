"""A small writer of SVG: the same calls give the same bytes, and any text stays text."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.sax.saxutils import escape, quoteattr

from atalaya.dossier.printable import printable

FONT = "Libertinus Serif, Liberation Serif, serif"


def nice_step(about: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above `about` (> 0)."""
    power = 10.0 ** math.floor(math.log10(about))
    return next(factor * power for factor in (5.0, 2.0, 1.0) if factor * power <= about * (1 + 1e-12))


class Drawing:
    """Collects elements in order; `svg` gives the file. Lengths in px, y down."""

    def __init__(self, width: float, height: float, *, title: str) -> None:
        self._size = width, height
        self._title = title
        self._elements: list[str] = []

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float, dashes: str = ""
    ) -> None:
        """One straight line."""
        pattern = f" stroke-dasharray={quoteattr(dashes)}" if dashes else ""
        self._elements.append(
            f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
            f'stroke={quoteattr(stroke)} stroke-width="{width:.2f}"{pattern}/>'
        )

    def polygon(
        self,
        points: Sequence[tuple[float, float]],
        *,
        fill: str,
        fill_opacity: float,
        stroke: str,
        width: float,
        dashes: str = "",
    ) -> None:
        """One closed outline."""
        pattern = f" stroke-dasharray={quoteattr(dashes)}" if dashes else ""
        corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        self._elements.append(
            f'<polygon points="{corners}" fill={quoteattr(fill)} fill-opacity="{fill_opacity:.2f}" '
            f'stroke={quoteattr(stroke)} stroke-width="{width:.2f}"{pattern}/>'
        )

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        stroke: str,
        fill: str = "none",
        fill_opacity: float = 1.0,
    ) -> None:
        """One upright rectangle."""
        self._elements.append(
            f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" '
            f'fill={quoteattr(fill)} fill-opacity="{fill_opacity:.2f}" stroke={quoteattr(stroke)}/>'
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        anchor: str = "start",
        weight: str = "normal",
        fill: str = "#000",
        turned: bool = False,
    ) -> None:
        """One line of text; markup inside it is shown, never obeyed. `turned` reads upwards."""
        turn = f' transform="rotate(-90 {x:.2f} {y:.2f})"' if turned else ""
        self._elements.append(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.1f}" text-anchor={quoteattr(anchor)} '
            f"font-weight={quoteattr(weight)} fill={quoteattr(fill)}{turn}>{escape(printable(words))}</text>"
        )

    @contextmanager
    def window(self, name: str, left: float, top: float, side: float) -> Iterator[None]:
        """What is drawn inside the block is cut at this square."""
        self._elements.append(
            f'<clipPath id={quoteattr(name)}><rect x="{left:.2f}" y="{top:.2f}" width="{side:.2f}" '
            f'height="{side:.2f}"/></clipPath><g clip-path={quoteattr(f"url(#{name})")}>'
        )
        yield
        self._elements.append("</g>")

    def svg(self) -> str:
        """The whole file."""
        width, height = self._size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family={quoteattr(FONT)}>'
        )
        background = f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>'
        title = f"<title>{escape(printable(self._title))}</title>"
        return "\n".join([head, title, background, *self._elements, "</svg>", ""])
