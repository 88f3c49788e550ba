"""What holding a ground point is measured by: A.P. Hill's bundle-adjusted cameras, its pictures and metadata.

The 60 cameras belong to the last 60 of the 310 pictures (camera k to picture 249 + k: found by trying all
offsets, correlation of landmark patches 0.96 there and at most 0.88 beside). The 10 s clip with metadata
holds the first ten. The cameras' frame is arbitrary: it is levelled by the landmarks' own ground plane, set
down at the published origin, and scaled so that a pixel is as large on the ground as the metadata says.
"""

import io
import tarfile
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.app.picture_poses import poses_of_pictures
from atalaya.geo.ellipsoid import (
    east_north_m,
    ecef_from_enu,
    enu_from_ecef,
    geodetic_from_ecef,
    rotation_ecef_from_enu,
)
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.camera import project
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.image_aided import ImageAided, image_aided_poses, turned
from atalaya.georeg.image_aided_hold import hold_ground_point, locate_places
from atalaya.georeg.image_ties import tie_pictures
from atalaya.georeg.lens import Lens, lens_of_matrix
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.io.video import read_pictures
from pose_measures import APHILL, camera_of, frames_of
from shared_data import shared_file

VIDEO = "data/klv/real/aphill_240_1fps_crf32.mp4"
POSES = "data/klv/real/aphill_poses"
SIZE_PX = (360, 240)
FIRST_PICTURE = 250
"""Picture of the first adjusted camera."""
METRES_PER_UNIT = 17.7
"""Of the adjusted frame: 310 units at 41252 px are 0.133 m/px, as 0.8 deg over 360 px at 3430 m."""
GROUND_CLIP_M = 0.64
"""Height, above the sea as the metadata has it, at which the clip's slant ranges end."""
CLIP_FOCAL_PX = 180.0 / np.tan(np.radians(0.4))
SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """The adjusted cameras and the landmarks, level, in metres at the origin.

    Args:
        matrices: (60, 3, 4) as published, K [R t]. points: (L, 3) as published; observed: (L,) how often.
        lens: of the pictures. camera: (60,). above_m: (L,) of the landmarks over their ground plane;
        lon_deg, lat_deg, hae_m: (L,).
    """

    matrices: NDArray[np.float64]
    points: NDArray[np.float64]
    observed: NDArray[np.int64]
    lens: Lens
    camera: Poses
    above_m: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    hae_m: NDArray[np.float64]


@cache
def video_pictures() -> list[NDArray[np.uint8]]:
    """All 310 pictures."""
    return [picture.rgb for picture in read_pictures(shared_file(VIDEO))]


@cache
def adjusted() -> Adjusted:
    """Cameras and landmarks as files say them, in our camera model."""
    inner, turn, shift, distortion = _krtd()
    points, observed = _landmarks()
    up, level = _ground_plane(points)
    lon_deg, lat_deg, hae_m = (
        float(word) for word in shared_file(f"{POSES}/geo_origin.txt").read_text().split()
    )
    upright = _upright(up)
    lift = np.array([0.0, 0.0, level])

    def to_enu_m(place: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(METRES_PER_UNIT * (place @ upright.T - lift))

    centre = -np.einsum("nji,nj->ni", turn, shift)
    origin_m = ecef_from_enu(to_enu_m(centre), lon_deg, lat_deg, hae_m)
    axes = np.stack([turn[:, 2], turn[:, 0], turn[:, 1]], axis=-1)  # forward, right, down in columns
    place = geodetic_from_ecef(origin_m)
    landmark = geodetic_from_ecef(ecef_from_enu(to_enu_m(points), lon_deg, lat_deg, hae_m))
    count = len(turn)
    return Adjusted(
        matrices=np.einsum("nij,njk->nik", inner, np.concatenate([turn, shift[:, :, None]], axis=-1)),
        points=points,
        observed=observed,
        lens=lens_of_matrix(inner[0], distortion, *SIZE_PX),
        camera=Poses(
            frame_index=np.arange(count, dtype=np.int64),
            time_us=1_000_000 * np.arange(1, count + 1, dtype=np.int64),
            lon_deg=place[0],
            lat_deg=place[1],
            hae_m=place[2],
            height_reference=np.full(count, HeightReference.HAE.value),
            origin_ecef_m=origin_m,
            rotation_ecef_from_camera=rotation_ecef_from_enu(lon_deg, lat_deg) @ upright @ axes,
            hfov_rad=np.full(count, 2.0 * np.arctan(0.5 * SIZE_PX[0] / inner[0, 0, 0])),
            vfov_rad=np.full(count, np.nan),
        ),
        above_m=enu_from_ecef(
            ecef_from_enu(to_enu_m(points), lon_deg, lat_deg, hae_m), lon_deg, lat_deg, hae_m
        )[:, 2],
        lon_deg=landmark[0],
        lat_deg=landmark[1],
        hae_m=landmark[2],
    )


def landmark_px(scene: Adjusted, rows: NDArray[np.intp], camera_row: int) -> NDArray[np.float64]:
    """(K, 2) where our camera model puts landmarks in the picture of one camera."""
    one = scene.camera.take(np.full(len(rows), camera_row, dtype=np.intp))
    place = (scene.lon_deg[rows], scene.lat_deg[rows], scene.hae_m[rows])
    return np.stack(project(one, *place, *SIZE_PX, lens=scene.lens), axis=-1)


def reprojections_px(steps: int) -> NDArray[np.float64]:
    """Distances between a landmark's reprojection and what its picture shows.

    What a picture shows is found without the camera: the patch about the landmark's reprojection in one
    picture is followed by Lucas-Kanade to the picture so many seconds later, there and back within 0.3 px.
    """
    scene, pictures = adjusted(), video_pictures()
    rows = np.flatnonzero(scene.observed >= 3)
    found = []
    for row in range(0, len(scene.camera) - steps, 3):
        earlier, later = (landmark_px(scene, rows, which).astype(np.float32) for which in (row, row + steps))
        inside = _inside(earlier, 10) & _inside(later, 10)
        before, after = (_grey(pictures[FIRST_PICTURE + which]) for which in (row, row + steps))
        shown, good = _followed(before, after, earlier[inside], later[inside])
        found.append(np.linalg.norm(shown - later[inside], axis=1)[good])
    return np.concatenate(found)


def matrix_difference_px() -> float:
    """Largest distance between our reprojections and K [R t] multiplied out, over all in the pictures."""
    scene = adjusted()
    homogeneous = np.concatenate([scene.points, np.ones((len(scene.points), 1))], axis=1)
    rows, worst = np.arange(len(scene.points)), 0.0
    for row, matrix in enumerate(scene.matrices):
        seen = homogeneous @ matrix.T
        worst = max(worst, float(np.abs(seen[:, :2] / seen[:, 2:] - landmark_px(scene, rows, row)).max()))
    return worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Points held through a stretch: (P, N) how far off on the ground [m], and what was stated.

    Args:
        aided_m, metadata_m: distance between where the point was put in the first picture and where the
            pose of each later picture puts its true image point.
        aided_px, metadata_px: distance of the predicted from the true image point.
        stated_m: CE90 that was stated.
    """

    aided_m: NDArray[np.float64]
    metadata_m: NDArray[np.float64]
    aided_px: NDArray[np.float64]
    metadata_px: NDArray[np.float64]
    stated_m: NDArray[np.float64]


@cache
def clip_aided() -> tuple[Poses, list[NDArray[np.uint8]], ImageAided]:
    """The 10 s clip: the poses that its metadata states for its ten pictures, and those aided by them."""
    path, frames = shared_file(APHILL), frames_of(APHILL)
    taken = list(read_pictures(path))
    camera = poses_of_pictures(frames, camera_of(frames), np.array([it.pts_s for it in taken])).poses
    pictures = [it.rgb for it in taken]
    ties, untied = tie_pictures(pictures)
    assert not untied
    return (
        camera,
        pictures,
        image_aided_poses(camera, ties, SIZE_PX, ConstantHeight(GROUND_CLIP_M), PoseErrors()),
    )


def held_in_clip() -> Held:
    """Real pictures and real metadata; the truth is each corner's own track, picture by picture."""
    camera, pictures, aided = clip_aided()
    tracks_px = _own_tracks([_grey(rgb) for rgb in pictures])
    return _held(camera, aided, tracks_px, ConstantHeight(GROUND_CLIP_M), None)


def drift_rate_rad_s() -> NDArray[np.float64]:
    """(3,) how fast the clip's metadata drift about forward, right and down, as its pictures show."""
    camera, _, aided = clip_aided()
    seconds = (camera.time_us - camera.time_us[0]) * 1e-6
    return np.asarray(-np.polyfit(seconds, aided.turn_rad, 1)[0])


def held_on_adjusted(first: int) -> Held:
    """Real pictures, adjusted cameras as the truth, metadata simulated with the drift of the real clip.

    Landmarks on the ground (within half a metre of its plane) that stay in the picture are held for 10 s
    from the picture of camera `first`.
    """
    scene = adjusted()
    rows = np.arange(first, first + SECONDS + 1)
    true = scene.camera.take(rows)
    # as many pixels of picture as in the clip, whose focal length in pixels is another
    rate = drift_rate_rad_s() * [1.0, CLIP_FOCAL_PX / scene.lens.fx_px, CLIP_FOCAL_PX / scene.lens.fx_px]
    stated = turned(true, np.arange(len(rows))[:, None] * rate)
    ties, _ = tie_pictures([video_pictures()[FIRST_PICTURE + row] for row in rows])
    terrain = ConstantHeight(_ground_hae_m(scene))
    aided = image_aided_poses(stated, ties, SIZE_PX, terrain, PoseErrors(), lens=scene.lens)
    on_ground = np.flatnonzero((np.abs(scene.above_m) < 0.5) & (scene.observed >= 4))
    tracks_px = np.stack([landmark_px(scene, on_ground, row) for row in rows.tolist()], axis=1)
    seen = _inside(tracks_px.reshape(-1, 2), 5).reshape(tracks_px.shape[:2]).all(axis=1)
    return _held(stated, aided, tracks_px[seen], terrain, scene.lens)


def _held(
    stated: Poses,
    aided: ImageAided,
    tracks_px: NDArray[np.float64],
    terrain: ConstantHeight,
    lens: Lens | None,
) -> Held:
    errors, rows = PoseErrors(terrain_vertical_m=1.0), []
    for track in tracks_px:
        named_px = float(track[0, 0]), float(track[0, 1])
        point = hold_ground_point(stated, aided, 0, named_px, SIZE_PX, terrain, errors, lens=lens)
        rows.append(
            (
                _off_m(aided.poses, track, terrain, lens),
                _off_m(stated, track, terrain, lens),
                np.hypot(point.x_px - track[:, 0], point.y_px - track[:, 1]),
                np.hypot(point.metadata_x_px - track[:, 0], point.metadata_y_px - track[:, 1]),
                point.held_ce90_m,
            )
        )
    aided_m, metadata_m, aided_px, metadata_px, stated_m = (
        np.stack(part) for part in zip(*rows, strict=True)
    )
    return Held(
        aided_m=aided_m, metadata_m=metadata_m, aided_px=aided_px, metadata_px=metadata_px, stated_m=stated_m
    )


def _off_m(
    camera: Poses, track: NDArray[np.float64], terrain: ConstantHeight, lens: Lens | None
) -> NDArray[np.float64]:
    """(N,) how far each pose puts what is truly at the track's pixels from where the first pose puts it."""
    lon_deg, lat_deg = locate_places(camera, track[:, 0], track[:, 1], SIZE_PX, terrain, lens)
    return np.asarray(np.linalg.norm(east_north_m(lon_deg, lat_deg, lon_deg[0], lat_deg[0]), axis=1))


def _own_tracks(greys: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """(P, N, 2) corners followed one picture at a time, there and back within 0.2 px at each step."""
    start = np.asarray(cv2.goodFeaturesToTrack(greys[0], 400, 0.02, 6), dtype=np.float32)[:, 0]
    tracks, alive = [start], np.ones(len(start), dtype=bool)
    for earlier, later in pairwise(greys):
        there, good = _followed(earlier, later, tracks[-1], tracks[-1], levels=2, window_px=15, back_px=0.2)
        alive &= good & _inside(there, 5)
        tracks.append(there.astype(np.float32))
    return np.stack(tracks, axis=1)[alive].astype(np.float64)


def _followed(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    from_px: NDArray[np.float32],
    near_px: NDArray[np.float32],
    *,
    levels: int = 0,
    window_px: int = 11,
    back_px: float = 0.3,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    there, one = _flow(earlier, later, from_px[:, None], near_px[:, None].copy(), levels, window_px)
    back, two = _flow(later, earlier, there, from_px[:, None].copy(), levels, window_px)
    good = (one[:, 0] == 1) & (two[:, 0] == 1) & (np.linalg.norm(back[:, 0] - from_px, axis=1) < back_px)
    return there[:, 0].astype(np.float64), good


def _flow(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    from_px: NDArray[np.float32],
    near_px: NDArray[np.float32],
    levels: int,
    window_px: int,
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    there, settled, _ = cv2.calcOpticalFlowPyrLK(
        earlier,
        later,
        from_px,
        near_px,
        winSize=(window_px, window_px),
        maxLevel=levels,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(there, dtype=np.float32), np.asarray(settled, dtype=np.uint8)


def _grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _inside(points_px: NDArray[np.floating], margin_px: float) -> NDArray[np.bool_]:
    last = np.array(SIZE_PX) - 1 - margin_px
    return ((points_px >= margin_px) & (points_px <= last)).all(axis=1)


def _ground_hae_m(scene: Adjusted) -> float:
    return float(shared_file(f"{POSES}/geo_origin.txt").read_text().split()[2])


def _krtd() -> tuple[NDArray[np.float64], ...]:
    """K (60, 3, 3), R (60, 3, 3), t (60, 3) and the distortion, in the order of the numbers in the names."""
    with tarfile.open(fileobj=io.BytesIO(shared_file(f"{POSES}/krtd.tar.gz").read_bytes())) as archive:
        names = sorted(name for name in archive.getnames() if name.endswith(".krtd"))
        files = [archive.extractfile(name) for name in names]
        texts = [file.read().decode() for file in files if file is not None]
    numbers = np.array([[float(word) for word in text.split()] for text in texts])
    assert (np.ptp(numbers[:, :9], axis=0) == 0.0).all()
    return (
        numbers[:, :9].reshape(-1, 3, 3),
        numbers[:, 9:18].reshape(-1, 3, 3),
        numbers[:, 18:21],
        numbers[0, 21:],
    )


def _landmarks() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    head, _, body = shared_file(f"{POSES}/landmarks.ply").read_text().partition("end_header\n")
    assert "element vertex 1091" in head
    rows = np.array([[float(word) for word in line.split()] for line in body.splitlines()])
    return rows[:, :3], rows[:, 10].astype(np.int64)


def _ground_plane(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Upward unit normal and offset of the plane within 0.03 units of which most landmarks lie."""
    rng, best = np.random.default_rng(0), (0, np.array([0.0, 0.0, 1.0]), 0.0)
    for _ in range(2000):
        one, two, three = points[rng.choice(len(points), 3, replace=False)]
        normal = np.cross(two - one, three - one)
        normal = normal / np.linalg.norm(normal) * np.sign(normal[2])
        near = int((np.abs((points - one) @ normal) < 0.03).sum())
        best = max(best, (near, normal, float(one @ normal)), key=lambda it: it[0])
    return best[1], best[2]


def _upright(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) the shortest turn that takes a direction to the zenith."""
    across = np.cross(up, [0.0, 0.0, 1.0])
    skew = np.array([[0, -across[2], across[1]], [across[2], 0, -across[0]], [-across[1], across[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1.0 + up[2]))
