"""Which pictures of a sortie look at a site, from where, and the few of them that its chips are made from."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.calibrations import CALIBRATION
from atalaya.app.clip import Clip
from atalaya.app.look_poses import camera_of
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.app.workbench_looks import PosesUsed
from atalaya.geo.ellipsoid import ecef_from_geodetic, rotation_ecef_from_enu
from atalaya.georeg.camera import half_extents, project
from atalaya.georeg.lens import lens_for
from atalaya.georeg.pose import Poses
from atalaya.io.video_keys import key_times
from atalaya.model.looks import AZIMUTH_BINS, LookPoseTable, azimuth_bin
from atalaya.units import Degrees, DegreesArray, MetresArray, Seconds

MOST_LOOKS = 32
FEWEST_LOOKS = 12
"""With fewer key pictures of the site, pictures between them are decoded as well: some, then any."""
EVERY_S: Seconds = 0.5
_SAME_S: Seconds = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteClip:
    """One source that may show the site.

    Args:
        clip: with pictures.
        area: that may be looked at.
        admitted: numbers of its frames that may be used.
        laid: keyframes of `detect looks` with the poses they were laid down with; None where it did not run.
    """

    clip: Clip
    area: Polygon | MultiPolygon
    admitted: NDArray[np.int64]
    laid: LookPoseTable | None = None

    @property
    def poses_used(self) -> PosesUsed:
        """What its poses are."""
        if self.laid is not None and len(self.laid) and self.laid.registered.all():
            return PosesUsed.REGISTERED
        return PosesUsed.CORRECTED if self.clip.ground.facts.get(CALIBRATION) else PosesUsed.STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLooks:
    """Pictures of one source that show the site.

    Args:
        site_clip: whose pictures.
        pts_s: (N,) of them. keys: whether all are key pictures.
        camera: (N,) poses.
        look_azimuth_deg, gsd_m: (N,) at the site.
    """

    site_clip: SiteClip
    pts_s: NDArray[np.float64]
    keys: bool
    camera: Poses
    look_azimuth_deg: DegreesArray
    gsd_m: MetresArray

    def __len__(self) -> int:
        return len(self.pts_s)

    def take(self, rows: NDArray[np.intp]) -> "SiteLooks":
        """Some of them."""
        return replace(
            self,
            pts_s=self.pts_s[rows],
            camera=self.camera.take(rows),
            look_azimuth_deg=self.look_azimuth_deg[rows],
            gsd_m=self.gsd_m[rows],
        )


def looks_at_site(site_clip: SiteClip, lon_deg: Degrees, lat_deg: Degrees) -> SiteLooks | None:
    """The pictures of one source in which the place lies; None where there is none.

    Raises:
        InputError: a lens that does not fit the pictures. ExternalError: the video cannot be read.
    """
    clip = site_clip.clip
    if clip.video is None:
        return None
    keys_s = key_times(clip.video)
    if site_clip.laid is not None and len(site_clip.laid):
        laid_s = site_clip.laid.pts_s
        keys = bool(keys_s.size) and bool(np.abs(laid_s[:, None] - keys_s).min(axis=1).max() < _SAME_S)
        return _showing(site_clip, laid_s, camera_of(site_clip.laid), lon_deg, lat_deg, keys=keys)
    said_s = np.unique(clip.frames.pts_s[np.isfinite(clip.frames.pts_s)])
    steps_s = np.arange(said_s[0], said_s[-1] + 1e-6, EVERY_S) if said_s.size else said_s
    best: SiteLooks | None = None
    for pts_s, keys in ((keys_s, True), (steps_s, False), (said_s, False)):
        camera = poses_of_pictures(clip.frames, clip.camera, pts_s).poses
        found = _showing(site_clip, pts_s, camera, lon_deg, lat_deg, keys=keys)
        if found is not None and (best is None or len(found) > len(best)):
            best = found
        if best is not None and len(best) >= FEWEST_LOOKS:
            break  # each next choice costs more decoding
    return best


def spread_over_azimuth(look_azimuth_deg: DegreesArray, most: int) -> NDArray[np.intp]:
    """Rows of at most so many looks, every sector with as equal a say as can be, spread within each."""
    sector = azimuth_bin(look_azimuth_deg)
    rows = [np.flatnonzero(sector == number) for number in range(AZIMUTH_BINS)]
    rows = [own[np.argsort(look_azimuth_deg[own], kind="stable")] for own in rows if own.size]
    fitting = (cap for cap in range(1, most + 1) if sum(min(len(own), cap) for own in rows) <= most)
    each = max(fitting, default=1)
    picked = [own[np.linspace(0, len(own) - 1, min(len(own), each)).round().astype(np.intp)] for own in rows]
    return np.sort(np.concatenate(picked)) if picked else np.empty(0, dtype=np.intp)


def chosen_looks(found: list[SiteLooks], most: int = MOST_LOOKS) -> list[SiteLooks]:
    """At most so many looks of all sources together, spread over the directions they came from."""
    if not found:
        return []
    rows = spread_over_azimuth(np.concatenate([one.look_azimuth_deg for one in found]), most)
    first, chosen = 0, []
    for one in found:
        own = rows[(rows >= first) & (rows < first + len(one))] - first
        if own.size:
            chosen.append(one.take(own))
        first += len(one)
    return chosen


def _showing(
    site_clip: SiteClip,
    pts_s: NDArray[np.float64],
    camera: Poses,
    lon_deg: Degrees,
    lat_deg: Degrees,
    *,
    keys: bool,
) -> SiteLooks | None:
    clip = site_clip.clip
    width_px, height_px = clip.size_px()
    known = camera.known & np.isin(camera.frame_index, site_clip.admitted)
    hae_m = float(clip.ground.terrain.height_hae_m(lon_deg, lat_deg))
    if not len(pts_s) or not np.isfinite(hae_m):
        return None
    every = np.ones(len(pts_s))
    x_px, y_px = project(
        camera, lon_deg * every, lat_deg * every, hae_m * every, width_px, height_px, lens=clip.ground.lens
    )
    inside = (x_px >= 0.0) & (x_px <= width_px - 1.0) & (y_px >= 0.0) & (y_px <= height_px - 1.0)
    rows = np.flatnonzero(known & inside)
    if not rows.size:
        return None
    camera = camera.take(rows)
    sight = ecef_from_geodetic(lon_deg, lat_deg, hae_m) - camera.origin_ecef_m
    east, north, _ = np.einsum("ji,nj->in", rotation_ecef_from_enu(lon_deg, lat_deg), sight)
    step = 2.0 * half_extents(camera, width_px, height_px)[:, 0] / width_px
    if clip.ground.lens is not None:
        step = np.full(len(rows), 1.0 / lens_for(clip.ground.lens, width_px, height_px)[0].fx_px)
    return SiteLooks(
        site_clip=site_clip,
        pts_s=pts_s[rows],
        keys=keys,
        camera=camera,
        look_azimuth_deg=np.degrees(np.arctan2(east, north)) % 360.0,
        gsd_m=np.linalg.norm(sight, axis=1) * step,
    )
