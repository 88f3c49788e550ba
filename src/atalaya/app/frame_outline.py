"""The ground under one picture of a clip, as rings that follow the relief, and why parts are missing."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from atalaya.app.clip import Clip
from atalaya.app.why_unknown import why_no_pose
from atalaya.errors import InputError
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.no_ground import why_no_ground
from atalaya.georeg.outline import Looks, Outline, footprint_outline, looks
from atalaya.georeg.pose import Poses

_ASKED = 24
"""So many looks without ground are asked why, spread over all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOutline:
    """One picture on the ground.

    Args:
        frame_index: of the clip.
        outline: rings, and how much of the picture they are.
        missing: of looks without known ground that were asked, how many for each reason (`Miss`).
    """

    frame_index: int
    outline: Outline
    missing: dict[str, int]


def outline_of_frame(clip: Clip, frame_index: int) -> FrameOutline:
    """The ground under one picture; a part that is not known is left out, with the reason.

    Raises:
        NotFoundError: no such frame.
        InputError: its pose is not known, a clip without pictures, or a lens that does not fit them.
    """
    row = clip.row_of(frame_index)
    camera = clip.camera.take(np.array([row], dtype=np.intp))
    if not camera.known.all() or np.isnan(camera.rotation_ecef_from_camera).any():
        reason = why_no_pose(clip.frames, row, clip.ground.geoid, clip.ground.heights)
        raise InputError(f"frame {frame_index} of {clip.name} cannot be placed: {reason}")
    size_px, lens = clip.size_px(), clip.ground.lens
    seen = looks(camera, clip.ground.terrain, size_px, lens=lens)
    return FrameOutline(
        frame_index=frame_index,
        outline=footprint_outline(camera, clip.ground.terrain, size_px, lens=lens),
        missing=_reasons(clip, camera, seen),
    )


def _reasons(clip: Clip, camera: Poses, seen: Looks) -> dict[str, int]:
    missed = np.flatnonzero(np.isnan(seen.lon_deg.reshape(-1)))
    asked = (
        missed[np.unique(np.linspace(0, len(missed) - 1, _ASKED).astype(np.intp))] if missed.size else missed
    )
    many = camera.take(np.zeros(len(asked), dtype=np.intp))
    x_px, y_px = seen.x_px.reshape(-1)[asked], seen.y_px.reshape(-1)[asked]
    direction = camera_directions(many, x_px, y_px, *clip.size_px(), lens=clip.ground.lens)
    direction = direction @ camera.rotation_ecef_from_camera[0].T
    known = ~np.isnan(direction).any(axis=1)
    found = Counter(
        why_no_ground(camera.origin_ecef_m[0], one, clip.ground.terrain).miss.value
        for one in direction[known]
    )
    return dict(found) | ({"beyond-the-lens": int((~known).sum())} if (~known).any() else {})
