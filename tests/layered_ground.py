"""Ground with layers of leaves above it, filmed on an orbit: pictures by homographies, one for each layer.

Not the simulator's ray caster: each layer is a plane, and where a plane is in a picture is known exactly.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.georeg.pose import Poses
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.io.video import encode_h264
from atalaya.model.frame import FrameTable, unknown_frames

LON_DEG, LAT_DEG, GROUND_M = -107.2, 24.95, 300.0
SIZE_PX = (320, 240)
GSD_M = 0.6
RADIUS_M, HEIGHT_M = 400.0, 600.0
FPS = 2.0
_ENU = rotation_ecef_from_enu(np.array([LON_DEG]), np.array([LAT_DEG]))[0]
_ORIGIN_M = ecef_from_geodetic(np.array([LON_DEG]), np.array([LAT_DEG]), np.array([GROUND_M]))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredGround:
    """Square pictures seen from above, `step_m` a pixel: the ground, and leaves with gaps at some heights."""

    step_m: float
    ground: NDArray[np.uint8]
    layers: tuple[tuple[float, NDArray[np.uint8], NDArray[np.uint8]], ...]


def layered_ground(cover: float, seed: int = 3, heights_m: tuple[float, ...] = (5.0, 9.0)) -> LayeredGround:
    """Rough brown ground with a blue sheet in its middle, and green leaves over a share of it."""
    rng = np.random.default_rng(seed)
    step_m, side = 0.4, 1000

    def rough(*scales_px: int) -> NDArray[np.float32]:
        total = np.zeros((side, side), dtype=np.float32)
        for scale in scales_px:
            small = rng.standard_normal((side // scale + 2,) * 2).astype(np.float32)
            total += cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
        return np.asarray(total / total.std(), dtype=np.float32)

    def painted(
        texture: NDArray[np.float32], colour: tuple[int, int, int], depth: float
    ) -> NDArray[np.uint8]:
        bright = np.array(colour) * (1.0 + depth * texture[..., None])
        return np.asarray(np.clip(bright, 0, 255), dtype=np.uint8)

    ground = painted(rough(2, 5, 20), (125, 105, 80), 0.18)
    ground[490:510, 488:512] = np.clip(rng.normal((60, 90, 170), 6, (20, 24, 3)), 0, 255).astype(np.uint8)
    each = 1.0 - (1.0 - cover) ** (1.0 / len(heights_m))
    layers = []
    for height_m in heights_m:
        shape = rough(8, 15)
        mask = np.where(shape > np.quantile(shape, 1.0 - each), 255, 0).astype(np.uint8)
        layers.append((height_m, painted(rough(3, 6), (55, 95, 45), 0.3), mask))
    return LayeredGround(step_m=step_m, ground=ground, layers=tuple(layers))


def orbit(count: int, *, turn_deg: float = 360.0) -> Poses:
    """Poses around the middle of the ground, half a second apart, the camera held on it."""
    angle = np.radians(np.arange(count) * turn_deg / count)
    place_m = np.stack(
        [RADIUS_M * np.cos(angle), RADIUS_M * np.sin(angle), np.full(count, HEIGHT_M)], axis=-1
    )
    forward = -place_m / np.linalg.norm(place_m, axis=1, keepdims=True)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    slant_m = float(np.hypot(RADIUS_M, HEIGHT_M))
    origin_m = _ORIGIN_M + place_m @ _ENU.T
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m)
    return Poses(
        frame_index=np.arange(count),
        time_us=1_780_000_000_000_000 + np.arange(count, dtype=np.int64) * 500_000,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        height_reference=np.full(count, "hae"),
        origin_ecef_m=origin_m,
        rotation_ecef_from_camera=_ENU @ np.stack([forward, right, np.cross(forward, right)], axis=-1),
        hfov_rad=np.full(count, 2.0 * np.arctan(0.5 * SIZE_PX[0] * GSD_M / slant_m)),
        vfov_rad=np.full(count, 2.0 * np.arctan(0.5 * SIZE_PX[1] * GSD_M / slant_m)),
    )


def enu_m(place_ecef_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) east, north, up of the middle of the ground."""
    return np.asarray((place_ecef_m - _ORIGIN_M) @ _ENU, dtype=np.float64)


def picture(world: LayeredGround, camera: Poses) -> NDArray[np.uint8]:
    """(H, W, 3) what one pose sees, with a little noise."""
    turn = _ENU.T @ camera.rotation_ecef_from_camera[0]
    east_m, north_m, up_m = enu_m(camera.origin_ecef_m)[0]
    width, height = SIZE_PX
    focal_x = 0.5 * width / np.tan(0.5 * camera.hfov_rad[0])
    focal_y = 0.5 * height / np.tan(0.5 * camera.vfov_rad[0])
    lens = np.array([[0.5 * (width - 1), focal_x, 0.0], [0.5 * (height - 1), 0.0, focal_y], [1.0, 0.0, 0.0]])
    half_m = 0.5 * (world.ground.shape[0] - 1) * world.step_m

    def seen(image: NDArray[np.uint8], above_m: float) -> NDArray[np.float32]:
        plane = np.array(
            [
                [world.step_m, 0.0, -half_m - east_m],
                [0.0, -world.step_m, half_m - north_m],
                [0.0, 0.0, above_m - up_m],
            ]
        )
        flat = cv2.warpPerspective(
            image, lens @ turn.T @ plane, SIZE_PX, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(flat, dtype=np.float32)

    shown = seen(world.ground, 0.0)
    for above_m, leaves, mask in world.layers:
        share = seen(mask, above_m)[..., None] / 255.0
        shown = shown * (1.0 - share) + share * seen(leaves, above_m)
    noise = np.random.default_rng(int(camera.frame_index[0])).normal(0.0, 2.0, shown.shape)
    return np.clip(shown + noise, 0, 255).astype(np.uint8)


def frames_of(camera: Poses) -> FrameTable:
    """Metadata that says these poses, by the platform's own angles."""
    turn = np.swapaxes(rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg), 1, 2)
    forward = np.einsum("nij,nj->ni", turn, camera.rotation_ecef_from_camera[:, :, 0])
    heading_deg = np.degrees(np.arctan2(forward[:, 0], forward[:, 1])) % 360.0
    elevation_deg = np.degrees(np.arcsin(forward[:, 2]))
    count = len(camera)
    still = np.zeros(count)
    return replace(
        unknown_frames(count),
        time_us=camera.time_us,
        checksum_ok=np.ones(count, dtype=np.bool_),
        platform_heading_deg=heading_deg,
        platform_pitch_deg=still,
        platform_roll_deg=still,
        sensor_lon_deg=camera.lon_deg,
        sensor_lat_deg=camera.lat_deg,
        sensor_hae_m=camera.hae_m,
        hfov_deg=np.degrees(camera.hfov_rad),
        vfov_deg=np.degrees(camera.vfov_rad),
        sensor_azimuth_deg=still,
        sensor_elevation_deg=elevation_deg,
        sensor_roll_deg=still,
    )


def write_clip(
    path: Path, pictures: list[NDArray[np.uint8]], said: Poses, mission: str = "layered ground"
) -> Path:
    """A transport stream of the pictures, each with the packet of what is said of its pose."""
    units = list(encode_h264(pictures, frames_per_s=FPS, pictures_per_gop=1, crf=16))
    packets = encode_frames(frames_of(said), mission_id=mission, platform_designation="test")
    timed = [(unit.pts_90k, packet) for unit, packet in zip(units, packets, strict=True)]
    path.write_bytes(b"".join(mux_ts(units, timed, synchronous=True)))
    return path
