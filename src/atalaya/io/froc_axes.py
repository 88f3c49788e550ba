"""Where the points of a FROC curve lie in a drawing, the same for every way to draw it."""

import math
from dataclasses import dataclass

from atalaya.model.evaluation import Curve, Evaluation

ZERO_SHARE = 0.07
"""Part of the width for curves at no false alarm at all, which a logarithm has no place for."""
_KM2 = 100.0
_DEFAULT_LOW, _DEFAULT_HIGH = 1.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrocAxes:
    """A box in pixels: false alarms by 100 km2 along, log10, recall upwards.

    Args:
        left, top, width, height: of the box. low, high: log10 of the rates at the ends of the axis.
    """

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float

    @property
    def zero_width(self) -> float:
        """Of the strip for no false alarm."""
        return ZERO_SHARE * self.width

    def x_px(self, per_100km2: float) -> float:
        """Along; a rate of 0 is the left edge of the box."""
        if per_100km2 <= 0.0:
            return self.left
        share = (math.log10(per_100km2) - self.low) / (self.high - self.low)
        start = self.left + self.zero_width
        return start + min(1.0, max(0.0, share)) * (self.width - self.zero_width)

    def y_px(self, recall: float) -> float:
        """Down."""
        return self.top + (1.0 - recall) * self.height

    def decades(self) -> tuple[float, ...]:
        """Rates with a tick."""
        return tuple(10.0**power for power in range(round(self.low), round(self.high) + 1))

    def line(self, curve: Curve, km2: float) -> tuple[tuple[float, float], ...]:
        """The steps of a curve in pixels, from the strip of no false alarm on.

        Args:
            curve: with at least one site that could be found.
            km2: in which its false alarms are.
        """
        if curve.of == 0 or km2 <= 0.0:
            return ()
        recall = 0.0
        points: list[tuple[float, float]] = []
        for false, found in zip(curve.false_alarms, curve.found, strict=True):
            if false > 0:
                points = points or [(self.left, self.y_px(recall))]
                points.append((self.x_px(false * _KM2 / km2), self.y_px(recall)))
                points.append((self.x_px(false * _KM2 / km2), self.y_px(found / curve.of)))
            recall = found / curve.of
        start = self.y_px(recall)
        return tuple(points) or ((self.left, start), (self.left + self.zero_width, start))


def rate_label(per_100km2: float) -> str:
    """A rate under its tick: whole thousands apart, never an exponent."""
    return f"{per_100km2:,.0f}".replace(",", " ") if per_100km2 >= 1.0 else f"{per_100km2:.9f}".rstrip("0")


def axes_of(evaluation: Evaluation, box: tuple[float, float, float, float]) -> FrocAxes:
    """Axes on which all curves of an evaluation have their place.

    Args:
        evaluation: to be drawn.
        box: left, top, width and height in pixels.
    """
    rates = [*evaluation.rates_per_100km2]
    rates += [one.per_100km2 for claim in evaluation.claims for one in claim.points if one.per_100km2]
    rates += [evaluation.least_rate_per_100km2] if evaluation.least_rate_per_100km2 else []
    low = math.floor(math.log10(min(rates)) + 1e-9) if rates else _DEFAULT_LOW
    high = math.ceil(math.log10(max(rates)) - 1e-9) if rates else _DEFAULT_HIGH
    left, top, width, height = box
    return FrocAxes(left=left, top=top, width=width, height=height, low=low, high=max(high, low + 1))
