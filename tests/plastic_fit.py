"""Fits the bits of `detection/plastic.py` to the labelled pixels of Haiti and writes its coefficients.

    python tests/plastic_fit.py           # writes src/atalaya/detection/plastic_coefficients.py
    python tests/plastic_fit.py --check   # says how far the committed ones are from a fresh fit

Penalised logistic regression on cubic B-splines (P-splines, Eilers and Marx 1996) over the cells the running
code looks up. One law is held by an asymmetric penalty (Bollaers, Eilers and van Mechelen 2006): bits never
fall as blue over red rises. Copies of every pixel that is not cut off, in less light, weigh a tenth each.
Only HaitiPixels.csv is read here; the held-out frames are not.
"""

import base64
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from atalaya.detection.plastic import (
    BLUE_GREEN,
    BLUE_RED,
    COEFFICIENT_STEP_BITS,
    KNOTS,
    LIGHT,
    SATURATED_LEVEL,
    axis_splines,
    bits_by_table,
    cells,
    level_steps,
    table_of,
)
from atalaya.detection.plastic_coefficients import COEFFICIENTS
from shared_data import shared_file

ROUGHNESS = (1e-3, 1e-3, 1e-2)
"""What bends are charged along blue over red, blue over green, light."""
RIDGE, LAW = 1e-3, 100.0
DIMMED, DIMMED_SPREAD, DIMMED_WEIGHT, UNCUT_BELOW = (0.6, 0.8), 0.12, 0.1, 250
TARGET = Path(__file__).parents[1] / "src/atalaya/detection/plastic_coefficients.py"
type Colours = NDArray[np.uint8]
type Flags = NDArray[np.bool_]
type Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Spline weights and the terms of channels cut off, both in bits, as they are written."""

    weights_bits: Values
    saturated_bits: Values

    def bits(self, colours: Colours) -> NDArray[np.float32]:
        return bits_by_table(colours, table_of(self.weights_bits), self.saturated_bits.astype(np.float32))


def labelled_pixels() -> tuple[Colours, Flags]:
    """(63241, 3) colours and which are blue tarp; the file ends its lines with a bare CR."""
    with shared_file("data/detect/haiti/HaitiPixels.csv").open(newline="") as file:
        rows = [line.split(",") for line in file.read().replace("\r", "\n").strip().split("\n")[1:]]
    colours = np.array([[int(level) for level in row[1:4]] for row in rows], dtype=np.uint8)
    return colours, np.array([row[0] == "Blue Tarp" for row in rows])


def fit_with_less_light(colours: Colours, tarp: Flags, seed: int = 0) -> Fitted:
    """The fit to these pixels and to copies of them in less light."""
    rng = np.random.default_rng(seed)
    lit = colours.max(axis=1) < UNCUT_BELOW
    parts, weights = [colours], [np.ones(len(tarp))]
    for gain in DIMMED:
        gains = gain * np.exp(rng.normal(0.0, DIMMED_SPREAD, (int(lit.sum()), 1)))
        parts.append(np.clip(np.rint(colours[lit] * gains), 0, 255).astype(np.uint8))
        weights.append(np.full(len(gains), DIMMED_WEIGHT))
    whole = np.concatenate([tarp, tarp[lit], tarp[lit]])
    return fit(np.concatenate(parts), whole, np.concatenate(weights))


def fit(colours: Colours, tarp: Flags, weight: Values) -> Fitted:
    """Newton steps on the penalised likelihood of the cells, the law's penalty on what breaks it."""
    design, ones, zeros = _tallied(colours, tarp, weight)
    penalty, slopes = _penalty(), _slopes()
    middle, total = np.log(ones.sum() / zeros.sum()), ones + zeros
    solution = np.zeros(design.shape[1])
    for _ in range(60):
        chance = 1.0 / (1.0 + np.exp(-(middle + design @ solution)))
        falling = slopes[np.flatnonzero(slopes @ solution < -1e-9)]
        charged = penalty + LAW * (falling.T @ falling).toarray()
        curvature = (design.T @ design.multiply((total * chance * (1 - chance) + 1e-9)[:, None])).toarray()
        downhill = design.T @ (ones - total * chance) - charged @ solution
        step = linalg.solve(curvature + charged, downhill, assume_a="pos")
        largest = float(np.abs(design @ step).max())
        solution += step * min(1.0, 4.0 / largest)
        if largest < 1e-3:
            break
    bits = np.rint(solution / np.log(2.0) / COEFFICIENT_STEP_BITS) * COEFFICIENT_STEP_BITS
    return Fitted(bits[:-3], bits[-3:])


def _tallied(colours: Colours, tarp: Flags, weight: Values) -> tuple[sparse.csr_array, Values, Values]:
    """Rows for distinct cells, and the weight of tarp and of other ground in each."""
    cut = (colours >= SATURATED_LEVEL) @ np.array([1, 2, 4])
    places = np.stack([*cells(colours, *level_steps()), cut], axis=1)
    found, row = np.unique(places, axis=0, return_inverse=True)
    first, second, third = (s[found[:, k]] for k, s in enumerate(axis_splines()))
    product = np.einsum("ri,rj,rk->rijk", first, second, third).reshape(len(found), -1)
    flags = (found[:, 3:] >> np.arange(3)) & 1
    design = sparse.csr_array(np.hstack([product, flags]))
    tallies = [
        np.bincount(row.ravel(), weights=weight * kind, minlength=len(found)) for kind in (tarp, ~tarp)
    ]
    return design, tallies[0], tallies[1]


def _along(axis: int, matrix: Values) -> Values:
    parts = [np.eye(count + 3) for count in KNOTS]
    parts[axis] = matrix
    return np.kron(np.kron(parts[0], parts[1]), parts[2])


def _penalty() -> Values:
    bends = [np.diff(np.eye(count + 3), 2, axis=0) for count in KNOTS]
    rough = sum(charge * _along(k, bends[k].T @ bends[k]) for k, charge in enumerate(ROUGHNESS))
    whole = linalg.block_diag(rough, np.zeros((3, 3)))
    return np.asarray(whole + RIDGE * np.eye(len(whole)))


def _slopes() -> sparse.csr_array:
    rises = _along(0, np.diff(np.eye(KNOTS[0] + 3), axis=0))
    return sparse.csr_array(np.hstack([rises, np.zeros((len(rises), 3))]))


def _written(fitted: Fitted) -> str:
    steps = np.rint(fitted.weights_bits / COEFFICIENT_STEP_BITS).astype("<i2")
    text = base64.b64encode(steps.tobytes()).decode()
    lines = "\n".join(f'    "{text[at : at + 96]}",' for at in range(0, len(text), 96))
    saturated = ", ".join(repr(float(bits)) for bits in fitted.saturated_bits)
    return (
        '"""Coefficients of `plastic`, written by tests/plastic_fit.py; not to be edited by hand."""\n\n'
        f"SATURATED_BITS = ({saturated})\n"
        '"""Of a red, green, blue channel cut off at its top [bit]."""\n'
        f"COEFFICIENTS = (\n{lines}\n)\n"
        f'"""int16, little endian, base64, in {COEFFICIENT_STEP_BITS} bit, for {[n + 3 for n in KNOTS]} splines."""\n'
    )


def main() -> None:
    fitted = fit_with_less_light(*labelled_pixels())
    if "--check" in sys.argv:
        kept = np.frombuffer(base64.b64decode("".join(COEFFICIENTS)), dtype="<i2") * COEFFICIENT_STEP_BITS
        apart = np.abs(table_of(kept) - table_of(fitted.weights_bits))
        print(f"committed against fresh: at most {apart.max():.3f} bit apart in {apart.size} cells")  # noqa: T201
        return
    TARGET.write_text(_written(fitted))
    shape = tuple(last - begin + 1 for begin, last in (BLUE_RED, BLUE_GREEN, LIGHT))
    print(f"{TARGET.name}: {fitted.weights_bits.size} weights for {shape} cells")  # noqa: T201


if __name__ == "__main__":
    main()
