"""Where every vehicle of a scene is in every frame, and where its box falls in the picture."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation.camera import Camera, Poses, view_of
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.objects import rectangle
from atalaya.simulation.truth import VehicleTruth
from atalaya.simulation.vehicles import Vehicle
from atalaya.units import MetresArray, MicrosecondsArray, PixelsArray

type OnGround = Callable[[MetresArray], MetresArray]
"""(N, 2) east, north → (N, 3) on the ground."""


def vehicle_truth(
    vehicles: Sequence[Vehicle],
    time_s: NDArray[np.float64],
    time_us: MicrosecondsArray,
    *,
    true: Poses,
    camera: Camera,
    frame: LocalFrame,
    on_ground: OnGround,
) -> VehicleTruth:
    """One row a vehicle and frame, frame by frame.

    Args:
        vehicles: what drives.
        time_s: (N,) of the frames, from 0.
        time_us: (N,) the same in the stream's time.
        true: (N,) the poses that make the pictures.
        camera: of the pictures.
        frame: of the scene.
        on_ground: its bare ground.
    """
    frames, count = time_s.size, len(vehicles)
    states = [[vehicle.at(float(time)) for vehicle in vehicles] for time in time_s]
    middle_m = on_ground(np.array([state[0] for row in states for state in row]).reshape(-1, 2))
    lon_deg, lat_deg, hae_m = frame.to_geodetic(middle_m)
    pixels = np.empty((frames * count, 2))
    for row in range(frames if count else 0):
        rows = slice(row * count, (row + 1) * count)
        pixels[rows] = view_of(true, row, frame).project(camera, middle_m[rows])
    last_px = (camera.width_px - 0.5, camera.height_px - 0.5)
    sizes = np.array([(one.length_m, one.width_m, one.height_m) for one in vehicles]).reshape(-1, 3)
    return VehicleTruth(
        vehicle_index=np.tile(np.arange(count, dtype=np.int64), frames),
        frame_index=np.repeat(np.arange(frames, dtype=np.int64), count),
        time_us=np.repeat(time_us, count),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        heading_deg=np.array([state[1] for row in states for state in row], dtype=np.float64),
        speed_mps=np.array([state[2] for row in states for state in row], dtype=np.float64),
        length_m=np.tile(sizes[:, 0], frames),
        width_m=np.tile(sizes[:, 1], frames),
        height_m=np.tile(sizes[:, 2], frames),
        in_view=np.asarray(((pixels >= -0.5) & (pixels <= last_px)).all(axis=1)),
    )


def vehicle_boxes_px(
    vehicles: VehicleTruth, *, true: Poses, camera: Camera, frame: LocalFrame, on_ground: OnGround
) -> PixelsArray:
    """(N, 4) left, top, right, bottom of each row's box in the picture, cut to it; NaN where out of view."""
    boxes = np.full((len(vehicles), 4), np.nan)
    last = np.array([camera.width_px - 1.0, camera.height_px - 1.0])
    places_m = frame.to_enu(vehicles.lon_deg, vehicles.lat_deg, vehicles.hae_m)
    for row in np.flatnonzero(vehicles.in_view).tolist():
        middle = (float(places_m[row, 0]), float(places_m[row, 1]))
        size = float(vehicles.length_m[row]), float(vehicles.width_m[row])
        base_m = on_ground(rectangle(middle, *size, float(vehicles.heading_deg[row])))
        up_m = np.array([0.0, 0.0, vehicles.height_m[row]])
        corners_m = np.concatenate([base_m, base_m + up_m])
        view = view_of(true, int(vehicles.frame_index[row]), frame)
        pixels = np.clip(view.project(camera, corners_m), 0.0, last)
        boxes[row] = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    return boxes
