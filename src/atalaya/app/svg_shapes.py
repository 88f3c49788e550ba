"""The few shapes that drawings inside a page are made of, with classes instead of colours."""

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from atalaya.io.evaluation_png import DASHES
from atalaya.model.evaluation import Measured

COLOURS = 8


def svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """The drawing; `title` is what a screen reader says of it."""
    head = (
        f'<svg class="plot" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label={quoteattr(title)}>'
    )
    return "\n".join([head, *parts, "</svg>"])


def line(x1: float, y1: float, x2: float, y2: float, of: str) -> str:
    """A straight line of a class."""
    return f'<line class="{of}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def box(x: float, y: float, width: float, height: float, of: str) -> str:
    """A filled box of a class."""
    return f'<rect class="{of}" x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}"/>'


def text(x: float, y: float, words: str, of: str, *, turned: bool = False) -> str:
    """One line of text of some classes; `turned` reads upwards."""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text class="{of}" x="{x:.1f}" y="{y:.1f}"{turn}>{escape(words)}</text>'


def dot(x: float, y: float, number: int) -> str:
    """A filled point."""
    return f'<circle class="dot {colour(number)}" cx="{x:.1f}" cy="{y:.1f}" r="3.8"/>'


def whisker(x: float, measured: Measured, down: Callable[[float], float], number: int) -> list[str]:
    """An upright bar with ends, where there is an interval."""
    if measured.low is None or measured.high is None:
        return []
    low, high = down(measured.low), down(measured.high)
    of = f"whisker {colour(number)}"
    return [
        line(x, low, x, high, of),
        line(x - 3, low, x + 3, low, of),
        line(x - 3, high, x + 3, high, of),
    ]


def dashes(number: int) -> str:
    """The attribute that gives a line the dashes of a claim; empty for the first."""
    pattern = " ".join(map(str, DASHES[number % len(DASHES)]))
    return f' stroke-dasharray="{pattern}"' if pattern else ""


def colour(number: int) -> str:
    """Class of the colour of the claim of this number."""
    return f"c{number % COLOURS}"
