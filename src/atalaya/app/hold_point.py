"""One point of the ground, named in one picture of a clip, in the pictures around it: read, tie, hold."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.errors import InputError
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.doubt import Doubt
from atalaya.georeg.errors import SHIFTS, TURNS, PoseErrors
from atalaya.georeg.image_aided import ImageAided, image_aided_poses
from atalaya.georeg.image_aided_hold import HeldPoint, hold_ground_point
from atalaya.georeg.image_ties import tie_pictures
from atalaya.georeg.interpolate import PosesThen
from atalaya.georeg.motion import Motion
from atalaya.georeg.pose import Poses
from atalaya.io.video import read_pictures
from atalaya.model.ground import Position
from atalaya.units import Metres, Pixels, Seconds

MOST_PICTURES = 600
"""Of one stretch: the corrections of all are sought together."""
_FARTHEST_S = 0.75
"""A picture farther than this from the frame that was asked for is not its picture."""
_LEAST = 1e-6
"""An error that a stream states to be zero is taken as this [deg, m]."""

type Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which pictures to hold a point in.

    Args:
        before_s, after_s: how long before and after the frame. every_s: between pictures.

    Raises:
        InputError: a length that is negative or not finite, or a step that is not positive.
    """

    before_s: Seconds = 0.0
    after_s: Seconds = 10.0
    every_s: Seconds = 0.2

    def __post_init__(self) -> None:
        lengths = (self.before_s, self.after_s, self.every_s)
        if not all(map(math.isfinite, lengths)) or min(lengths) < 0.0 or self.every_s == 0.0:
            raise InputError(
                f"a stretch of time and a positive step were wanted, got {self.before_s:g} s before, "
                f"{self.after_s:g} s after, every {self.every_s:g} s"
            )
        if (self.before_s + self.after_s) / self.every_s > MOST_PICTURES:
            raise InputError(
                f"at most {MOST_PICTURES} pictures are held together: make the stretch shorter or the steps "
                f"longer ({self.before_s + self.after_s:g} s every {self.every_s:g} s)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIn:
    """Where the point is in one picture; None where the pose is unknown, and `reason` says why.

    Args:
        frame_index: of the metadata packet nearest to the picture. since_s: time since the named picture.
        x_px, y_px: by the image-aided poses. metadata_x_px, metadata_y_px: by the metadata alone.
        in_picture: whether the aided point is in it.
        held_ce90_m: how far on the ground the aided point may be from what was named.
        metadata_drift_m: how far a place read off the metadata has moved by then.
        tied: whether any other picture shows the same ground.
    """

    frame_index: int
    since_s: Seconds
    x_px: Pixels | None
    y_px: Pixels | None
    metadata_x_px: Pixels | None
    metadata_y_px: Pixels | None
    in_picture: bool
    held_ce90_m: Metres | None
    metadata_drift_m: Metres | None
    tied: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAnswer:
    """A point held.

    Args:
        frame_index, x_px, y_px: as asked; `apart_s` how far the picture is from the frame in time.
        position: of the point by the image-aided pose; metadata_position: by the metadata alone.
        pictures: in order of time.
        rms_px: of the points that tie the pictures.
        prior_misfit: how many times larger the errors of the metadata were found than assumed.
        notes: pictures that could not be tied, each with the reason.
    """

    frame_index: int
    x_px: Pixels
    y_px: Pixels
    apart_s: Seconds
    position: Position
    metadata_position: Position
    pictures: tuple[HeldIn, ...]
    rms_px: Pixels | None
    prior_misfit: float
    notes: tuple[str, ...]


def hold_in_clip(
    clip: Clip,
    frame_index: int,
    x_px: Pixels,
    y_px: Pixels,
    stretch: Stretch,
    tell: Tell = lambda _what, _done, _total: None,
) -> HeldAnswer:
    """Hold one point of the ground in the pictures about one frame.

    Args:
        clip: with pictures.
        frame_index: of the metadata frame in whose picture the point is named.
        x_px: column from 0 at the centre of the upper left pixel.
        y_px: row likewise.
        stretch: which pictures.
        tell: is told how many pictures were looked at.

    Raises:
        NotFoundError: no such frame.
        InputError: no pictures, none of that frame, a pixel that is not in it, an unknown pose, or a look
            that meets no known ground.
        ExternalError: the pictures cannot be read.
    """
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures: nothing can be held in them")
    named_s = float(clip.frames.pts_s[clip.row_of(frame_index)])
    if not math.isfinite(named_s):
        raise InputError(
            f"frame {frame_index} of {clip.name} has no presentation time: no picture is its own"
        )
    steps = np.arange(
        -math.floor(stretch.before_s / stretch.every_s), math.floor(stretch.after_s / stretch.every_s) + 1
    )
    seen = _Seen(clip, (named_s + stretch.every_s * steps).tolist(), tell)
    ties, untied = tie_pictures(seen.pictures())
    row = seen.named(named_s, frame_index, x_px, y_px)
    then = poses_of_pictures(clip.frames, clip.camera, np.array(seen.pts_s))
    if then.reason[row]:
        raise InputError(f"frame {frame_index}: the pose at its picture is unknown ({then.reason[row]})")
    ground = clip.ground
    named, moving = then.poses.take(np.array([row], dtype=np.intp)), clip.doubt_at(clip.row_of(frame_index))
    errors = _errors_of(clip, named, (x_px, y_px), seen.size_px, moving)
    aided = image_aided_poses(then.poses, ties, seen.size_px, ground.terrain, errors, lens=ground.lens)
    held = hold_ground_point(
        then.poses,
        aided,
        row,
        (x_px, y_px),
        seen.size_px,
        ground.terrain,
        errors,
        lens=ground.lens,
        moving=Motion(velocity_ecef_mps=moving.velocity_ecef_mps, turn_ecef_radps=moving.turn_ecef_radps),
    )
    return HeldAnswer(
        frame_index=frame_index,
        x_px=x_px,
        y_px=y_px,
        apart_s=seen.pts_s[row] - named_s,
        position=_position(held, aided=True),
        metadata_position=_position(held, aided=False),
        pictures=tuple(_held_in(one, held, aided, then, seen.pts_s) for one in range(len(seen.pts_s))),
        rms_px=_known(aided.rms_px),
        prior_misfit=aided.prior_misfit,
        notes=tuple(
            f"pictures at {seen.pts_s[it.first]:.2f} and {seen.pts_s[it.second]:.2f} s: {it.reason}"
            for it in untied
        ),
    )


class _Seen:
    """Pictures as they pass by: their times and their size."""

    def __init__(self, clip: Clip, wanted_s: list[float], tell: Tell) -> None:
        self._clip, self._wanted_s, self._tell = clip, wanted_s, tell
        self.pts_s: list[float] = []
        self.size_px = (0, 0)

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """Each once, in order of time."""
        if self._clip.video is None:
            return
        for picture in read_pictures(self._clip.video, at_pts_s=self._wanted_s):
            self.pts_s.append(picture.pts_s)
            self.size_px = picture.rgb.shape[1], picture.rgb.shape[0]
            self._tell("tie", len(self.pts_s), len(self._wanted_s))
            yield picture.rgb

    def named(self, named_s: Seconds, frame_index: int, x_px: Pixels, y_px: Pixels) -> int:
        """Row of the picture of the frame.

        Raises:
            InputError: there is none, or the pixel is not in it.
        """
        apart_s = np.abs(np.array(self.pts_s) - named_s)
        if not apart_s.size or float(apart_s.min()) > _FARTHEST_S:
            raise InputError(f"{self._clip.name} has no picture of frame {frame_index} (at {named_s:.2f} s)")
        width_px, height_px = self.size_px
        if not (-0.5 <= x_px <= width_px - 0.5 and -0.5 <= y_px <= height_px - 0.5):
            raise InputError(f"pixel {x_px:g},{y_px:g} is not in the picture of {width_px} x {height_px} px")
        return int(np.argmin(apart_s))


def _errors_of(
    clip: Clip, named: Poses, point_px: tuple[Pixels, Pixels], size_px: tuple[int, int], doubts: Doubt
) -> PoseErrors:
    """The errors of the look in which the point is named: stated or assumed, and of the ground it meets."""
    x_px, y_px = (np.array([value], dtype=np.float64) for value in point_px)
    seen = camera_directions(named, x_px, y_px, *size_px, lens=clip.ground.lens)[0]
    errors = clip.ground.errors_of_look(named.origin_ecef_m, named.rotation_ecef_from_camera @ seen)
    variance = np.einsum("ij,ij->i", doubts.root[0], doubts.root[0])
    across = slice(TURNS.start + 1, TURNS.stop)  # a turn about the optical axis hardly moves a point
    level, up = slice(SHIFTS.start, SHIFTS.stop - 1), SHIFTS.stop - 1
    return replace(
        errors,
        attitude_deg=max(math.degrees(math.sqrt(float(variance[across].mean()))), _LEAST),
        position_horizontal_m=max(math.sqrt(float(variance[level].mean())), _LEAST),
        position_vertical_m=max(math.sqrt(float(variance[up])), _LEAST),
    )


def _held_in(row: int, held: HeldPoint, aided: ImageAided, then: PosesThen, pts_s: list[float]) -> HeldIn:
    return HeldIn(
        frame_index=int(then.poses.frame_index[row]),
        since_s=pts_s[row] - pts_s[held.row],
        x_px=_known(held.x_px[row]),
        y_px=_known(held.y_px[row]),
        metadata_x_px=_known(held.metadata_x_px[row]),
        metadata_y_px=_known(held.metadata_y_px[row]),
        in_picture=bool(held.in_picture[row]),
        held_ce90_m=_known(held.held_ce90_m[row]),
        metadata_drift_m=_known(held.metadata_drift_m[row]),
        tied=bool(aided.tied[row]),
        reason=str(then.reason[row]) or None,
    )


def _position(held: HeldPoint, *, aided: bool) -> Position:
    points = held.place if aided else held.metadata_place
    (ee, en), (ne, nn) = points.covariance_m2[0].tolist()
    return Position(
        lon_deg=float(points.lon_deg[0]),
        lat_deg=float(points.lat_deg[0]),
        hae_m=float(points.hae_m[0]),
        covariance_m2=((ee, en), (ne, nn)),
        ce90_m=float(points.ce90_m[0]),
        le90_m=float(points.le90_m[0]),
    )


def _known(value: float | np.float64) -> float | None:
    return None if math.isnan(value) else float(value)
