"""Bits to probabilities and back, without overflow."""

import math

from atalaya.units import Bits, Probability


def probability_of(log2_odds: Bits) -> Probability:
    """0 to 1; the same as 1 / (1 + 2**-bits) where that can be computed."""
    if log2_odds >= 0.0:
        return 1.0 / (1.0 + math.exp2(-min(log2_odds, 1000.0)))
    odds = math.exp2(max(log2_odds, -1000.0))
    return odds / (1.0 + odds)


def log2_odds_of(probability: Probability) -> Bits:
    """Minus and plus infinity at 0 and 1."""
    if probability <= 0.0:
        return -math.inf
    return math.log2(probability / (1.0 - probability)) if probability < 1.0 else math.inf
