"""Looks at real ground through a simulated canopy: three layers of real foliage with gaps, seen from around.

The ground is a real picture; the canopy is made. Each look shifts the layers by their height and its bearing,
is misregistered by 0.15 m, has a gain and noise of its own. A stare looks from one bearing again and again.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.cues import cue_maps, fused
from atalaya.detection.ground_grid import add_look, integral, no_looks
from atalaya.detection.lasting_colours import (
    LastingColours,
    canopy_share,
    ground_likelihood,
    lasting_weights,
    learn_lasting,
)
from atalaya.detection.look_weights import look_weights
from atalaya.model.looks import GroundTile, azimuth_bin
from real_villages import BACKGROUND_GSD_M, read

GSD_M = 0.16
OFF_NADIR_DEG, HEIGHT_M, LAYERS = 35.0, 8.0, 3
MISREGISTERED_M, GAIN_SIGMA, NOISE_LEVELS = 0.15, 0.06, 4.0
LEAF_M, CLUMP_M = 0.35, 1.5
"""Correlation lengths of the gaps."""
FOLIAGE = ("OSBS_029.png", "SOAP_061.png")
STARE_DEG = 2.0
"""So far the bearing of a stare drifts in all."""
type Picture = NDArray[np.uint8]
type Score = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of one ground: pictures on the ground plane, their bearings, what of it was hidden."""

    pictures: list[Picture]
    azimuth_deg: NDArray[np.float64]
    hidden: float
    covered: list[NDArray[np.bool_]]

    def every(self, count: int) -> "Looks":
        step = len(self.pictures) // count
        return Looks(self.pictures[::step], self.azimuth_deg[::step], self.hidden, self.covered[::step])


def orbit(
    ground: Picture, share: float, count: int, seed: int, misregistered_m: float = MISREGISTERED_M
) -> Looks:
    return _looks(ground, share, np.arange(count) * 360.0 / count, seed, misregistered_m)


def stare(ground: Picture, share: float, count: int, seed: int) -> Looks:
    return _looks(ground, share, np.arange(count) * STARE_DEG / count, seed, MISREGISTERED_M)


def _looks(
    ground: Picture, share: float, azimuth_deg: NDArray[np.float64], seed: int, misregistered_m: float
) -> Looks:
    rng = np.random.default_rng(seed)
    height, width = ground.shape[:2]
    margin = int(HEIGHT_M * np.tan(np.radians(OFF_NADIR_DEG)) / GSD_M) + 8
    wide = (height + 2 * margin, width + 2 * margin)
    foliage = [
        _repeated(read(f"data/detect/negatives/{name}", BACKGROUND_GSD_M / GSD_M), wide) for name in FOLIAGE
    ]
    each = 1.0 - (1.0 - share) ** (1.0 / LAYERS)
    layers = [
        (HEIGHT_M * (0.5 + 0.5 * (k + 1) / LAYERS), _leaves(rng, wide, each), foliage[k % 2])
        for k in range(LAYERS)
    ]
    pictures, hidden = [], []
    for bearing in np.radians(azimuth_deg):
        east, north = rng.normal(0.0, misregistered_m / GSD_M, 2)
        shift = np.array([[1.0, 0.0, east], [0.0, 1.0, north]])
        picture = cv2.warpAffine(ground, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
        covered = np.zeros((height, width), dtype=bool)
        for height_m, leaves, colour in layers:
            lean = height_m * np.tan(np.radians(OFF_NADIR_DEG)) / GSD_M
            row, col = (margin + round(lean * part) for part in (np.cos(bearing), np.sin(bearing)))
            here = (slice(row, row + height), slice(col, col + width))
            picture[leaves[here]] = colour[here][leaves[here]]
            covered |= leaves[here]
        sensed = picture * rng.normal(1.0, GAIN_SIGMA) + rng.normal(0.0, NOISE_LEVELS, picture.shape)
        pictures.append(np.clip(sensed, 0.0, 255.0).astype(np.uint8))
        hidden.append(covered)
    return Looks(pictures, azimuth_deg, float(np.mean(hidden)), hidden)


def _repeated(texture: Picture, shape: tuple[int, int]) -> Picture:
    """The texture, mirrored at its edges, as often as it takes."""
    whole = np.concatenate([texture, texture[::-1]])
    whole = np.concatenate([whole, whole[:, ::-1]], axis=1)
    times = (shape[0] // whole.shape[0] + 1, shape[1] // whole.shape[1] + 1, 1)
    return np.tile(whole, times)[: shape[0], : shape[1]]


def _leaves(rng: np.random.Generator, shape: tuple[int, int], share: float) -> NDArray[np.bool_]:
    """Where a layer has leaves: clumps, and leaves within them."""
    field = np.zeros(shape, dtype=np.float32)
    for length_m, weight in ((LEAF_M, 0.75), (CLUMP_M, 0.66)):
        noise = rng.standard_normal(shape).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), length_m / GSD_M)
        field += np.float32(weight) * smooth / smooth.std()
    return field > np.quantile(field, 1.0 - share)


def single(picture: Picture) -> Score:
    """The score of one look."""
    return fused(cue_maps(picture, GSD_M))


def through(looks: Looks, *, weighted: bool = True) -> tuple[Score, Picture]:
    """The score of the integral of all looks, each weighed by itself or not at all, and the integral."""
    weights = [look_weights(picture, GSD_M) for picture in looks.pictures] if weighted else None
    return _summed(looks, weights)


def through_lasting(looks: Looks) -> tuple[Score, Picture]:
    """The same, weighed by the colours that last from look to look."""
    lasting = _lasting(looks)
    return _summed(looks, [lasting_weights(picture, lasting) for picture in looks.pictures])


def estimated_share(looks: Looks, window_m: float) -> tuple[Score, Score]:
    """Share of the looks that were hidden, as estimated and as it is, means of squares."""
    height, width = looks.pictures[0].shape[:2]
    side = round(window_m / GSD_M)
    lasting = _lasting(looks)
    sums = no_looks(_tile(looks), ("ground",))
    seen = np.ones((height, width), dtype=bool)
    for picture, sector in zip(looks.pictures, azimuth_bin(looks.azimuth_deg).tolist(), strict=True):
        add_look(ground_likelihood(picture, lasting)[..., None], seen, sector, (0, 0), out=sums)
    true = cv2.blur(np.mean(looks.covered, axis=0, dtype=np.float32), (side, side))
    return canopy_share(integral(sums)[0, :height, :width], side), np.asarray(true, dtype=np.float32)


def _lasting(looks: Looks) -> LastingColours:
    pictures = np.stack(looks.pictures)
    return learn_lasting(pictures, np.ones(pictures.shape[:3], dtype=bool))


def _tile(looks: Looks) -> GroundTile:
    return GroundTile(epsg=32618, col=0, row=0, cell_m=GSD_M, cells=max(looks.pictures[0].shape[:2]))


def _summed(looks: Looks, weights: list[Picture] | None) -> tuple[Score, Picture]:
    """By the production sums."""
    height, width = looks.pictures[0].shape[:2]
    sums = no_looks(_tile(looks), ("red", "green", "blue"))
    seen = np.ones((height, width), dtype=bool)
    for number, sector in enumerate(azimuth_bin(looks.azimuth_deg).tolist()):
        weight = None if weights is None else weights[number]
        add_look(looks.pictures[number], seen, sector, (0, 0), out=sums, weights=weight)
    mean = np.moveaxis(integral(sums)[:, :height, :width], 0, -1)
    whole = np.ascontiguousarray(np.rint(mean).astype(np.uint8))
    return single(whole), whole


def pooled(scores: list[Score]) -> dict[str, Score]:
    """The ways to pool what single looks say."""
    stack = np.stack(scores)
    ranks = stack.reshape(len(scores), -1).argsort(axis=1).argsort(axis=1).reshape(stack.shape)
    bar = np.quantile(stack, 0.97, axis=(1, 2), keepdims=True)
    chance = 1.0 / (1.0 + np.exp(-(stack - bar) / stack.std(axis=(1, 2), keepdims=True)))
    return {
        "mean": stack.mean(axis=0),
        "greatest": stack.max(axis=0),
        "ranks": ranks.sum(axis=0).astype(np.float32),
        "noisy-or": (1.0 - np.prod(1.0 - chance, axis=0)).astype(np.float32),
    }
