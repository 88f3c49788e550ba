"""What every keyframe is asked: twelve maps of what does not belong there, kernels in metres, and one score.

Finer pictures are brought to WORKING_GSD_M first, so that the cost and the answer hardly depend on how fine
they are. No weights file: the score adds logarithms with round weights, chosen on three real pictures of
Haiti (leave one out, the choice stays; docs/reference/cues.md says how much of the figures is hope).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.anomaly_cue import WORKING_GSD_M, top_hat
from atalaya.detection.detector import require_picture
from atalaya.detection.ground_cues import canopy_holes, tracks, withered
from atalaya.detection.local_rx import ring_rx
from atalaya.detection.metric_windows import box_mean, to_working_gsd
from atalaya.detection.outline_cues import colour_edges, edges, rectangularity
from atalaya.detection.plastic import no_more_than_rare, plastic_bits
from atalaya.errors import InputError
from atalaya.units import Metres

type Image = NDArray[np.float32]

SMALL_STRUCTURE_M = 4.0
STRUCTURE_M = 12.0
SMALL_WEIGHTS, STRUCTURE_WEIGHTS = (1.0, 1.0, 1.0), (0.25, 2.0, 2.0)
"""Lightness, green-red and blue-yellow of Lab: a wide change of lightness alone is mostly sun and shadow."""
LIGHT_OFFSET = 20.0
"""Added before the logarithm [8-bit levels]: in the dark noise and haze would be all that a ratio shows."""
CHROMA_SCALE = 64.0
"""Log-chromaticity times this has about the spread of Lab, so that one sensor variance serves both."""
COLOUR_MEAN_M = 0.8
FUSED_MEAN_M = 2.0
LEAST_SPREAD = 0.06
"""Of the blue-green log ratio: a picture of one colour does not turn its noise into a find."""
MOST_SPREADS = 2.0
FILL_M = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMaps:
    """The cues that the score is made of, each (h, w) float32 at the working GSD; never NaN.

    Args:
        gsd_m: of these maps.
        picture_shape: (H, W) of the picture they were made from.
        observed: (h, w) bool, False where the picture was declared empty; the maps mean nothing there.
        lab_rx: squared Mahalanobis distance in Lab from the ring of 6 to 60 m around.
        chroma_rx: the same in log-chromaticity: what colour it is, however much light falls on it.
        structure: up to 12 m wide and brighter, darker or (mostly) other in colour than around [Lab levels].
        edges: mean lightness gradient within 1.5 m [Sobel, 8 per level and pixel].
        colour_edges: the same of Lab's two colours.
        blueness: log of blue over green: plastic, paint and metal have more than soil and plants.
    """

    gsd_m: Metres
    picture_shape: tuple[int, int]
    observed: NDArray[np.bool_]
    lab_rx: Image
    chroma_rx: Image
    structure: Image
    edges: Image
    colour_edges: Image
    blueness: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class CueMaps(ScoreMaps):
    """All of one picture's cues; higher is more of it.

    Args:
        small_structure: as `structure`, up to 4 m wide, lightness as much as colour.
        rectangularity: edges within 6 m that meet at right angles, whichever way turned [as `edges`].
        plastic: bits for blue sheeting by colour, no more than its rarity in the picture allows.
        withered: log of red over green above that of the green around it, at the same light.
        tracks: straight bright lines, at least 16 m long and at most 7 m wide [spreads of light around].
        canopy_holes: 0 to 1, a gap 3 to 15 m wide in closed green canopy.
    """

    small_structure: Image
    rectangularity: Image
    plastic: Image
    withered: Image
    tracks: Image
    canopy_holes: Image


def cue_maps(rgb: NDArray[np.uint8], gsd_m: Metres, observed: NDArray[np.bool_] | None = None) -> CueMaps:
    """All cues of one picture, be it a keyframe, an ortho or an integral of many looks.

    Args:
        rgb: (H, W, 3) uint8, sRGB, H and W at least 3.
        gsd_m: of these pixels; coarser than about 0.5 m the smallest structure is lost.
        observed: (H, W) bool, False where there is no picture (outside, never seen); all True if left out.

    Raises:
        InputError: not such a picture, GSD or mask.
    """
    look = _look(rgb, gsd_m, observed)
    base = _score_maps(look)
    return CueMaps(
        gsd_m=base.gsd_m,
        picture_shape=base.picture_shape,
        observed=base.observed,
        lab_rx=base.lab_rx,
        chroma_rx=base.chroma_rx,
        structure=base.structure,
        edges=base.edges,
        colour_edges=base.colour_edges,
        blueness=base.blueness,
        small_structure=top_hat(look.lab, SMALL_STRUCTURE_M / look.gsd_m, SMALL_WEIGHTS),
        rectangularity=rectangularity(look.lab, look.gsd_m),
        plastic=box_mean(no_more_than_rare(plastic_bits(look.picture)), COLOUR_MEAN_M / look.gsd_m),
        withered=withered(look.light, look.red_green, look.gsd_m),
        tracks=tracks(look.lab, look.gsd_m),
        canopy_holes=canopy_holes(look.light, look.red_green, look.blue_green, look.gsd_m),
    )


def score_maps(rgb: NDArray[np.uint8], gsd_m: Metres, observed: NDArray[np.bool_] | None = None) -> ScoreMaps:
    """What `fused` needs and no more, in two thirds of the time; arguments and errors as `cue_maps`.

    Raises:
        InputError: not such a picture, GSD or mask.
    """
    return _score_maps(_look(rgb, gsd_m, observed))


def fused(maps: ScoreMaps) -> Image:
    """(H, W) in the picture's own pixels: how unlike its surroundings, comparable within one picture.

    NaN where the picture was not observed. Built for pictures of low contrast too: both RX are measured in
    the spread of their surroundings, blueness in the spread of its picture.
    """
    score = fused_at_working_gsd(maps)
    height, width = maps.picture_shape
    if score.shape == maps.picture_shape:
        return score
    return np.asarray(cv2.resize(score, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def fused_at_working_gsd(maps: ScoreMaps) -> Image:
    """(h, w) the same score at the maps' own GSD: cheaper where it is resampled to the ground anyway."""
    seen = maps.blueness[maps.observed]
    if seen.size == 0:
        return np.full(maps.observed.shape, np.nan, dtype=np.float32)
    blueness = (maps.blueness - float(np.median(seen[::7]))) / (float(seen.std()) + LEAST_SPREAD)
    score = (
        0.5 * cv2.log(maps.lab_rx + 0.5)
        + 0.5 * cv2.log(maps.chroma_rx + 0.5)
        + cv2.log(maps.structure + 8.0)
        + 0.6 * cv2.log(maps.edges + 20.0)
        + 0.4 * cv2.log(maps.colour_edges + 8.0)
        + np.clip(blueness, -MOST_SPREADS, MOST_SPREADS)
    )
    smooth = box_mean(np.asarray(score, dtype=np.float32), FUSED_MEAN_M / maps.gsd_m)
    return smooth if maps.observed.all() else np.where(maps.observed, smooth, np.float32(np.nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A picture at the working GSD, (h, w, 3), and what several cues take from it, (h, w)."""

    picture: NDArray[np.uint8]
    gsd_m: Metres
    picture_shape: tuple[int, int]
    observed: NDArray[np.bool_]
    lab: NDArray[np.uint8]
    light: Image
    red_green: Image
    blue_green: Image


def _look(rgb: NDArray[np.uint8], gsd_m: Metres, observed: NDArray[np.bool_] | None) -> _Look:
    """Checked, brought to the working GSD, and filled where there is no picture."""
    require_picture(rgb, gsd_m)
    shape = (rgb.shape[0], rgb.shape[1])
    if min(shape) < 3:
        raise InputError(f"cues need a picture of at least 3 x 3 pixels, got {shape}")
    if observed is not None and observed.shape != shape:
        raise InputError(f"the mask of a picture {shape} has its shape, got {observed.shape}")
    picture, working_gsd_m = to_working_gsd(rgb, gsd_m, WORKING_GSD_M)
    seen = np.ones(picture.shape[:2], dtype=np.bool_)
    if observed is not None:
        size = (picture.shape[1], picture.shape[0])
        share = cv2.resize(observed.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
        seen = np.asarray(share) == 255
        picture = _filled(picture, seen, working_gsd_m)
    light, red_green, blue_green = log_chromaticity(picture)
    return _Look(
        picture=picture,
        gsd_m=working_gsd_m,
        picture_shape=shape,
        observed=seen,
        lab=np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), dtype=np.uint8),
        light=light,
        red_green=red_green,
        blue_green=blue_green,
    )


def _score_maps(look: _Look) -> ScoreMaps:
    nothing = np.zeros_like(look.light)
    chroma = np.dstack([CHROMA_SCALE * look.red_green, CHROMA_SCALE * look.blue_green, nothing])
    return ScoreMaps(
        gsd_m=look.gsd_m,
        picture_shape=look.picture_shape,
        observed=look.observed,
        lab_rx=ring_rx(look.lab.astype(np.float32), look.gsd_m),
        chroma_rx=ring_rx(chroma, look.gsd_m),
        structure=top_hat(look.lab, STRUCTURE_M / look.gsd_m, STRUCTURE_WEIGHTS),
        edges=edges(look.lab, look.gsd_m),
        colour_edges=colour_edges(look.lab, look.gsd_m),
        blueness=box_mean(look.blue_green, COLOUR_MEAN_M / look.gsd_m),
    )


def log_chromaticity(rgb: NDArray[np.uint8]) -> tuple[Image, Image, Image]:
    """(H, W) each: log of green, of red over green, of blue over green, LIGHT_OFFSET added to all three.

    Source: the ratios do not change when the light does (Finlayson et al. 2002), here down to the offset.
    """
    logs = np.log(np.arange(256, dtype=np.float32) + LIGHT_OFFSET)
    red, green, blue = (np.asarray(one, dtype=np.float32) for one in cv2.split(cv2.LUT(rgb, logs)))
    return green, red - green, blue - green


def _filled(picture: NDArray[np.uint8], seen: NDArray[np.bool_], gsd_m: Metres) -> NDArray[np.uint8]:
    """What was not observed becomes the mean of what lies around it, so that no border is a find."""
    if seen.all():
        return picture
    weight = seen.astype(np.float32)
    near = box_mean(weight, FILL_M / gsd_m)
    sums = box_mean(picture.astype(np.float32) * weight[..., None], FILL_M / gsd_m)
    whole = picture[seen].mean(axis=0) if seen.any() else np.full(3, 128.0)
    around = np.where(near[..., None] > 1e-3, sums / np.maximum(near, 1e-3)[..., None], whole)
    return np.where(seen[..., None], picture, np.clip(around, 0.0, 255.0)).astype(np.uint8)
