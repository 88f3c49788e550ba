"""Whether what the metadata says of the ground's scale can be true of the pictures."""

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.app.look_pictures import PicturesOfClip
from atalaya.georeg.look_scale import Scale, scale_of_looks

RUN = 24
"""Pictures that are asked together."""


def gsd_contradicted(clip: Clip, found: PicturesOfClip) -> NDArray[np.bool_]:
    """(N,) pictures of a run whose points lie together on the ground only with another field of view.

    Raises:
        InputError: a picture without pixels, or a lens that does not fit it.
    """
    count = len(found.pictures)
    wrong = np.zeros(count, dtype=np.bool_)
    known = ~np.isnan(found.camera.rotation_ecef_from_camera).any(axis=(1, 2)) & ~found.pictures.torn
    known &= ~np.isnan(found.camera.origin_ecef_m).any(axis=1)
    for first in range(0, count, RUN):
        rows = np.arange(first, min(first + RUN, count))
        inside = np.isin(found.ties.picture, rows[known[rows]])
        scale = scale_of_looks(
            found.camera, found.ties.take(inside), clip.size_px(), clip.ground.terrain, lens=clip.ground.lens
        )
        if isinstance(scale, Scale):
            wrong[rows] = scale.contradicts
    return wrong
