"""How one picture moved against another: the same points of the ground found in both.

Found coarsely (Lucas-Kanade where the motion is small, ORB descriptors where it is not), then each point to
a fraction of a pixel on the picture brought into the other's place. Whatever moves by itself disagrees with
the rest and is left out; where too little agrees there is no answer, and the reason is said.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.georeg.homography import grid_share, moved, plausible, robust_homography, shared_area
from atalaya.georeg.image_texture import brought, likeness, repetition
from atalaya.units import Pixels, PixelsArray

FEWEST_POINTS = 20
"""Points that must agree before a motion is believed."""
SMALLEST_SHARE = 0.3
"""Share of the points that must agree."""
FEWEST_CELLS = 0.2
"""Share of 6 x 6 cells of the picture with points that agree: a corner alone says little of the rest."""
SMALLEST_AREA = 0.15
"""Share of the first picture that must be in the second."""
SMALLEST_LIKENESS = 0.25
"""Correlation of the fine detail that both pictures must have in common."""
_REPEATS = 0.7
"""A picture that looks so much like itself elsewhere is believed only where it fits better than that."""
_CORNERS, _ORB_POINTS = 600, 1500
_LOWEST_CORNER = 4e-5
"""Smallest eigenvalue of a corner's gradient matrix in pictures of 0..1: below it there is no texture."""
_THRESHOLD_PX = 1.5
_THERE_AND_BACK_PX = 0.3
_BLOCK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMotion:
    """Where points of one picture are in another.

    Args:
        from_px: (M, 2) x, y in the first picture, origin at the centre of the upper left pixel.
        to_px: (M, 2) the same points in the second.
        inlier: (M,) bool, those that agree with the homography within 1.5 px; the others stand above the
            ground, moved by themselves or were mistaken.
        homography: (3, 3) second from first, of the plane that most points lie on; its last element is 1.
        rms_px: of the points that agree, about the homography.
        inlier_share: of all points.
        area_share: of the first picture that is in the second, by the homography.
        likeness: correlation, -1 to 1, of the fine detail of what both pictures show.
    """

    from_px: PixelsArray
    to_px: PixelsArray
    inlier: NDArray[np.bool_]
    homography: NDArray[np.float64]
    rms_px: Pixels
    inlier_share: float
    area_share: float
    likeness: float


@dataclass(frozen=True, slots=True)
class NoImageMotion:
    """Two pictures that could not be tied together, and why."""

    reason: str


def image_motion(
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    *,
    predicted: NDArray[np.float64] | None = None,
) -> ImageMotion | NoImageMotion:
    """The motion from one picture to another of the same ground.

    Args:
        first: (H, W) grey or (H, W, 3) colour, uint8.
        second: of the same size.
        predicted: (3, 3) homography, second from first, where something is known of it: it is tried first.

    Returns:
        The points found in both, to about 0.05 px on clean pictures (measured: docs/reference/quality.md);
        or why there is no answer: too little texture, too few points that agree, or too little in common.

    Raises:
        InputError: pictures of another type, size or shape, or a homography that is not (3, 3) and finite.

    Source: Shi-Tomasi corners, pyramidal Lucas-Kanade with a check there and back, ORB, MAGSAC++ (OpenCV).
    """
    earlier, later = _grey(first), _grey(second)
    if earlier.shape != later.shape:
        raise InputError(f"two pictures of one size were wanted, got {earlier.shape} and {later.shape}")
    if predicted is not None and (predicted.shape != (3, 3) or not np.isfinite(predicted).all()):
        raise InputError("a predicted homography must be (3, 3) and finite")
    corners_px = _corners(earlier)
    if len(corners_px) < FEWEST_POINTS:
        return NoImageMotion(
            f"too little texture: {len(corners_px)} corners were found, {FEWEST_POINTS} are needed"
        )
    refused: NoImageMotion | None = None
    for coarse in _first_guesses(earlier, later, corners_px, predicted):
        answer = _refined(earlier, later, corners_px, coarse)
        if isinstance(answer, ImageMotion):
            return answer
        refused = answer
    described = _by_descriptors(earlier, later)
    if described is not None:
        answer = _refined(earlier, later, corners_px, described)
        if isinstance(answer, ImageMotion) or refused is None:
            return answer
    return refused or NoImageMotion("too few points were found again")


def _first_guesses(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    corners_px: NDArray[np.float32],
    predicted: NDArray[np.float64] | None,
) -> list[NDArray[np.float64]]:
    """What is cheap to try: the prediction, and the flow from where the points were."""
    guesses = [] if predicted is None else [predicted]
    from_px, to_px = _flow(earlier, later, corners_px, levels=3, window_px=21)
    found = robust_homography(from_px, to_px, 2.0 * _THRESHOLD_PX)
    if found is not None:
        guesses.append(found[0])
    return guesses


def _refined(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    corners_px: NDArray[np.float32],
    coarse: NDArray[np.float64],
) -> ImageMotion | NoImageMotion:
    """Each corner sought on the later picture brought into the place of the earlier one."""
    height_px, width_px = earlier.shape
    if not plausible(coarse, width_px, height_px):
        return NoImageMotion("the points that agree do not move as ground seen from above can")
    in_place = brought(later, coarse)
    inside = _within(moved(coarse, corners_px.astype(np.float64)), width_px, height_px)
    from_px, near_px = _flow(earlier, in_place, corners_px[inside], levels=1, window_px=15)
    to_px = moved(coarse, near_px)
    found = robust_homography(from_px, to_px, _THRESHOLD_PX)
    if found is None:
        return NoImageMotion(
            f"too few points were found again: {len(from_px)} of {len(corners_px)}, "
            f"{FEWEST_POINTS} are needed"
        )
    return _judged(from_px, to_px, *found, (earlier, later))


def _judged(
    from_px: PixelsArray,
    to_px: PixelsArray,
    homography: NDArray[np.float64],
    inlier: NDArray[np.bool_],
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> ImageMotion | NoImageMotion:
    size_px = pictures[0].shape[1], pictures[0].shape[0]
    count, share = int(inlier.sum()), float(inlier.mean())
    if count < FEWEST_POINTS or share < SMALLEST_SHARE:
        return NoImageMotion(
            f"too few points agree: {count} of {len(inlier)}; {FEWEST_POINTS} and a share of "
            f"{SMALLEST_SHARE:.0%} are needed"
        )
    if not plausible(homography, *size_px):
        return NoImageMotion("the points that agree do not move as ground seen from above can")
    cells = grid_share(from_px[inlier], *size_px)
    if cells < FEWEST_CELLS:
        return NoImageMotion(f"the points that agree lie in {cells:.0%} of the picture only")
    area_share = shared_area(homography, *size_px)
    if area_share < SMALLEST_AREA:
        return NoImageMotion(f"the pictures have only {area_share:.0%} in common")
    alike = likeness(*pictures, homography)
    doubt = _doubt(alike, repetition(pictures[0]))
    if doubt is not None:
        return NoImageMotion(doubt)
    apart_px = moved(homography, from_px[inlier]) - to_px[inlier]
    return ImageMotion(
        from_px=from_px,
        to_px=to_px,
        inlier=inlier,
        homography=homography,
        rms_px=math.sqrt(float((apart_px**2).sum(axis=1).mean())),
        inlier_share=share,
        area_share=area_share,
        likeness=alike,
    )


def _doubt(alike: float, echo: float) -> str | None:
    """Why pictures that are so much alike are not the same ground; None where they may be."""
    if alike < SMALLEST_LIKENESS:
        return f"what the pictures should have in common looks different ({alike:.2f})"
    if echo > _REPEATS and alike < echo:
        return f"the texture repeats itself ({echo:.2f}): which of its rows is which cannot be told"
    return None


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) uint8, stretched so that its darkest and brightest percents fill the range."""
    if picture.dtype != np.uint8 or picture.ndim not in {2, 3} or min(picture.shape[:2]) < 32:
        raise InputError(
            f"a uint8 picture of at least 32 x 32 px was wanted, got {picture.dtype} {picture.shape}"
        )
    if picture.ndim == 3 and picture.shape[2] != 3:
        raise InputError(f"a grey or an RGB picture was wanted, got {picture.shape}")
    grey = picture if picture.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    low, high = np.percentile(grey, [1.0, 99.0]).tolist()
    gain = min(4.0, 255.0 / max(high - low, 1.0))  # more would make texture of noise
    return np.asarray(cv2.convertScaleAbs(grey, alpha=gain, beta=-gain * low), dtype=np.uint8)


def _corners(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(M, 2) corners with texture in both directions, away from the border, spread over the picture."""
    strength = cv2.cornerMinEigenVal(grey, _BLOCK, ksize=3)
    margin_px = max(4, round(0.02 * max(grey.shape)))
    strength[:margin_px], strength[-margin_px:] = 0.0, 0.0
    strength[:, :margin_px], strength[:, -margin_px:] = 0.0, 0.0
    spacing_px = max(4.0, math.sqrt(grey.size / (4.0 * _CORNERS)))
    size = 2 * int(0.5 * spacing_px) + 1
    peak = (strength == cv2.dilate(strength, np.ones((size, size), np.uint8))) & (strength > _LOWEST_CORNER)
    rows, cols = np.nonzero(peak)
    best = np.argsort(-strength[rows, cols], kind="stable")[:_CORNERS]
    return np.stack([cols[best], rows[best]], axis=-1).astype(np.float32)


def _flow(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    points_px: NDArray[np.float32],
    *,
    levels: int,
    window_px: int,
) -> tuple[PixelsArray, PixelsArray]:
    """Points followed to the later picture that come back to within 0.3 px of where they were."""
    if not len(points_px):
        return np.empty((0, 2)), np.empty((0, 2))
    there, found = _followed(earlier, later, points_px[:, None], levels, window_px)
    back, again = _followed(later, earlier, there, levels, window_px)
    apart_px = np.linalg.norm(back[:, 0] - points_px, axis=1)
    kept = found & again & (apart_px < _THERE_AND_BACK_PX)
    kept &= _within(there[:, 0].astype(np.float64), later.shape[1], later.shape[0])
    return points_px[kept].astype(np.float64), there[kept, 0].astype(np.float64)


def _followed(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    points_px: NDArray[np.float32],
    levels: int,
    window_px: int,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(M, 1, 2) where Lucas-Kanade ends, and (M,) whether it settled."""
    there, settled, _ = cv2.calcOpticalFlowPyrLK(
        earlier,
        later,
        points_px,
        np.empty_like(points_px),
        winSize=(window_px, window_px),
        maxLevel=levels,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 0.005),
    )
    return np.asarray(there, dtype=np.float32), np.asarray(settled)[:, 0] == 1


def _by_descriptors(earlier: NDArray[np.uint8], later: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """A homography from ORB descriptors that are each other's nearest, for large motion."""
    scale = 2.0 if max(earlier.shape) <= 480 else 1.0  # small pictures hold too few scales
    detector = cv2.ORB.create(nfeatures=_ORB_POINTS, fastThreshold=7)
    sized = [cv2.resize(grey, None, fx=scale, fy=scale) for grey in (earlier, later)]
    (points_a, words_a), (points_b, words_b) = (detector.detectAndCompute(grey, None) for grey in sized)
    if not points_a or not points_b:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words_a, words_b)
    from_px = np.array([points_a[pair.queryIdx].pt for pair in pairs], dtype=np.float64).reshape(-1, 2)
    to_px = np.array([points_b[pair.trainIdx].pt for pair in pairs], dtype=np.float64).reshape(-1, 2)
    centre_px = 0.5 * (1.0 / scale - 1.0)  # a pixel's centre stays a pixel's centre
    found = robust_homography(from_px / scale + centre_px, to_px / scale + centre_px, 3.0)
    return None if found is None else found[0]


def _within(points_px: PixelsArray, width_px: int, height_px: int) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = ((points_px >= 0.0) & (points_px <= [width_px - 1, height_px - 1])).all(
        axis=1
    )
    return inside
