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
from atalaya.detection.metric_windows import box_mean
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
class CueMaps:
    """One picture's cues, each (h, w) float32 at the working GSD; higher is more of it, never NaN.

    Args:
        gsd_m: of these maps.
        picture_shape: (H, W) of the picture they were made from.
        observed: (h, w) bool, False where the picture was declared empty; the maps mean nothing there.
        lab_rx: squared Mahalanobis distance in Lab from the ring of 6 to 60 m around.
        chroma_rx: the same in log-chromaticity: what colour it is, however much light falls on it.
        small_structure: brighter, darker or other in colour than around, up to 4 m wide [Lab levels].
        structure: the same up to 12 m wide, mostly colour [Lab levels].
        edges: mean lightness gradient within 1.5 m [levels/px].
        colour_edges: the same of Lab's two colours.
        rectangularity: edges within 6 m that meet at right angles, whichever way turned [levels/px].
        blueness: log of blue over green: plastic, paint and metal have more than soil and plants.
        plastic: bits for blue sheeting by colour, no more than its rarity in the picture allows.
        withered: log of red over green above that of the green around it, at the same light.
        tracks: straight bright lines, at least 16 m long and at most 7 m wide [spreads of light around].
        canopy_holes: 0 to 1, a gap 3 to 15 m wide in closed green canopy.
    """

    gsd_m: Metres
    picture_shape: tuple[int, int]
    observed: NDArray[np.bool_]
    lab_rx: Image
    chroma_rx: Image
    small_structure: Image
    structure: Image
    edges: Image
    colour_edges: Image
    rectangularity: Image
    blueness: Image
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
    require_picture(rgb, gsd_m)
    shape = (rgb.shape[0], rgb.shape[1])
    if min(shape) < 3:
        raise InputError(f"cues need a picture of at least 3 x 3 pixels, got {shape}")
    if observed is not None and observed.shape != shape:
        raise InputError(f"the mask of a picture {shape} has its shape, got {observed.shape}")
    picture, working_gsd_m = to_working_gsd(rgb, gsd_m)
    seen = np.ones(picture.shape[:2], dtype=np.bool_)
    if observed is not None:
        size = (picture.shape[1], picture.shape[0])
        share = cv2.resize(observed.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
        seen = np.asarray(share) == 255
        picture = _filled(picture, seen, working_gsd_m)
    return _maps(picture, working_gsd_m, shape, seen)


def fused(maps: CueMaps) -> Image:
    """(H, W) in the picture's own pixels: how unlike its surroundings, comparable within one picture.

    NaN where the picture was not observed. Built for pictures of low contrast too: both RX are measured in
    the spread of their surroundings, blueness in the spread of its picture.
    """
    score = fused_at_working_gsd(maps)
    height, width = maps.picture_shape
    if score.shape == maps.picture_shape:
        return score
    return np.asarray(cv2.resize(score, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def fused_at_working_gsd(maps: CueMaps) -> Image:
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


def to_working_gsd(rgb: NDArray[np.uint8], gsd_m: Metres) -> tuple[NDArray[np.uint8], Metres]:
    """The picture at the working GSD, or as it is where that is no finer, and the GSD it then has."""
    if gsd_m >= 0.9 * WORKING_GSD_M:
        return rgb, gsd_m
    scale = gsd_m / WORKING_GSD_M
    size = (max(3, round(rgb.shape[1] * scale)), max(3, round(rgb.shape[0] * scale)))
    halved = rgb
    while not (halved.shape[0] % 2 or halved.shape[1] % 2) and halved.shape[1] >= 2 * size[0]:
        # whole halves are many times as fast as one step by a broken number
        halved = np.asarray(cv2.resize(halved, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    smaller = np.asarray(cv2.resize(halved, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return smaller, gsd_m * rgb.shape[1] / size[0]


def _maps(
    picture: NDArray[np.uint8], gsd_m: Metres, picture_shape: tuple[int, int], seen: NDArray[np.bool_]
) -> CueMaps:
    lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), dtype=np.uint8)
    light, red_green, blue_green = log_chromaticity(picture)
    chroma = np.dstack([CHROMA_SCALE * red_green, CHROMA_SCALE * blue_green, np.zeros_like(light)])
    return CueMaps(
        gsd_m=gsd_m,
        picture_shape=picture_shape,
        observed=seen,
        lab_rx=ring_rx(lab.astype(np.float32), gsd_m),
        chroma_rx=ring_rx(chroma, gsd_m),
        small_structure=top_hat(lab, SMALL_STRUCTURE_M / gsd_m, SMALL_WEIGHTS),
        structure=top_hat(lab, STRUCTURE_M / gsd_m, STRUCTURE_WEIGHTS),
        edges=edges(lab, gsd_m),
        colour_edges=colour_edges(lab, gsd_m),
        rectangularity=rectangularity(lab, gsd_m),
        blueness=box_mean(blue_green, COLOUR_MEAN_M / gsd_m),
        plastic=box_mean(no_more_than_rare(plastic_bits(picture)), COLOUR_MEAN_M / gsd_m),
        withered=withered(light, red_green, gsd_m),
        tracks=tracks(lab, gsd_m),
        canopy_holes=canopy_holes(light, red_green, blue_green, gsd_m),
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
