"""A scene with known truth, flown: the world, the flight over it, its sky, and what was said of it all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.sun import Sun, sun_at
from atalaya.model.frame import FrameTable
from atalaya.model.instants import to_microseconds
from atalaya.model.truth import OcclusionTable, TrueFlightTable
from atalaya.simulation.camera import Camera, Poses, View, view_of
from atalaya.simulation.flight_plan import FlightPath, camera_of, frame_times, plan_path
from atalaya.simulation.heat import HeatDay, heat_day
from atalaya.simulation.metadata import reported_frames
from atalaya.simulation.pose_errors import PoseBias, PoseNoise, biased_poses, report_poses
from atalaya.simulation.scene_spec import PoseErrorSpec, SceneSpec
from atalaya.simulation.truth import VehicleTruth
from atalaya.simulation.vehicle_truth import vehicle_boxes_px, vehicle_truth
from atalaya.simulation.world3d import World3d, make_world3d
from atalaya.units import Metres, MetresArray, PixelsArray


class _Stream(IntEnum):
    """Purpose of a stream of random numbers; those of the world are below 40."""

    SWAY = 40
    POSE = 41


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie3d:
    """One seeded scene as it was flown; `simulation.pictures3d` makes its pictures.

    Args:
        time_s: (N,) of the frames, from 0.
        true: (N,) the poses that make the pictures. reported: the metadata, as it will be encoded.
        bias: what of the reported pose's error is constant, as the correction that undoes it.
        heat: temperatures through the day of the flight.
    """

    spec: SceneSpec
    world: World3d
    camera: Camera
    path: FlightPath
    time_s: NDArray[np.float64]
    true: Poses
    reported: FrameTable
    bias: PoseBias
    heat: HeatDay

    @property
    def frame_count(self) -> int:
        """Frames in the clip."""
        return self.time_s.size

    def instant(self, index: int) -> datetime:
        """When a frame is taken."""
        return self.spec.sky.start_utc + timedelta(seconds=float(self.time_s[index]))

    def sun(self, index: int) -> Sun:
        """Where the sun stands then."""
        return sun_at(self.instant(index), self.spec.lon_deg, self.spec.lat_deg)

    def view(self, index: int) -> View:
        """The true sensor of a frame in local metres."""
        return view_of(self.true, index, self.world.frame)

    def vehicles(self) -> VehicleTruth:
        """Where every vehicle is in every frame."""
        return vehicle_truth(
            self.world.vehicles,
            self.time_s,
            self.reported.time_us,
            true=self.true,
            camera=self.camera,
            frame=self.world.frame,
            on_ground=self.world.on_ground,
        )

    def boxes_px(self, vehicles: VehicleTruth) -> PixelsArray:
        """(N, 4) left, top, right, bottom of each row of `vehicles` in its picture; NaN out of view."""
        return vehicle_boxes_px(
            vehicles,
            true=self.true,
            camera=self.camera,
            frame=self.world.frame,
            on_ground=self.world.on_ground,
        )


def make_sortie3d(spec: SceneSpec) -> Sortie3d:
    """Build the world and fly over it; the same spec gives the same bytes.

    Raises:
        InputError: a flight that cannot be flown, or a clip without a frame.
    """
    world = make_world3d(spec)
    camera, time_s = camera_of(spec.flight), frame_times(spec.flight)
    sway = np.random.default_rng([spec.seed, _Stream.SWAY])
    path = plan_path(sway, spec.flight, world.frame, world.surface.up_at, _aim_m(world))
    noise, bias = pose_errors_of(spec.pose_errors)
    said = report_poses(
        np.random.default_rng([spec.seed, _Stream.POSE]),
        world.frame,
        time_s,
        biased_poses(world.frame, time_s, path.poses, bias),
        noise,
    )
    start_us = to_microseconds(spec.sky.start_utc)
    return Sortie3d(
        spec=spec,
        world=world,
        camera=camera,
        path=path,
        time_s=time_s,
        true=path.poses(time_s),
        reported=reported_frames(world.frame, world.surface, camera, time_s, said, start_us),
        bias=bias,
        heat=heat_day(spec.sky.start_utc, spec.lon_deg, spec.lat_deg),
    )


def pose_errors_of(spec: PoseErrorSpec) -> tuple[PoseNoise, PoseBias]:
    """What drifts and what is constant, for errors given as one number each."""
    noise = PoseNoise(
        east_north_m=spec.place_m,
        up_m=spec.place_m,
        heading_deg=spec.angle_deg,
        pitch_deg=spec.angle_deg,
        roll_deg=spec.angle_deg,
        gimbal_deg=0.0,
        correlation_s=spec.correlation_s,
    )
    bias = PoseBias(
        attitude_lag_s=spec.lag_ms / 1000.0,
        heading_bias_deg=spec.bias_deg,
        boresight_pitch_deg=spec.bias_deg,
        boresight_roll_deg=spec.bias_deg,
        sensor_east_m=spec.bias_m,
        sensor_north_m=spec.bias_m,
        sensor_up_m=spec.bias_m,
    )
    return noise, bias


def _aim_m(world: World3d) -> tuple[Metres, Metres]:
    """East and north of what is looked at."""
    place = world.spec.flight.aim_place
    if place is None:
        return 0.0, 0.0
    row = slice(place, place + 1)
    places = world.places
    east_m, north_m, _ = world.frame.to_enu(places.lon_deg[row], places.lat_deg[row], places.hae_m[row])[
        0
    ].tolist()
    return east_m, north_m


def flight_table(sortie: Sortie3d) -> TrueFlightTable:
    """The true poses, their aim and the sun."""
    aim_m = sortie.path.targets_m(sortie.time_s)
    aim_lon_deg, aim_lat_deg, aim_hae_m = sortie.world.frame.to_geodetic(aim_m)
    true, frame = sortie.true, sortie.world.frame
    from_m = frame.to_enu(true.lon_deg, true.lat_deg, true.hae_m)
    suns = [sortie.sun(index) for index in range(sortie.frame_count)]
    return TrueFlightTable(
        frame_index=np.arange(sortie.frame_count, dtype=np.int64),
        time_us=sortie.reported.time_us,
        hfov_deg=np.full(sortie.frame_count, sortie.camera.hfov_deg),
        aim_lon_deg=aim_lon_deg,
        aim_lat_deg=aim_lat_deg,
        aim_hae_m=aim_hae_m,
        gsd_m=np.linalg.norm(aim_m - from_m, axis=1) / sortie.camera.focal_px,
        sun_azimuth_deg=np.array([sun.azimuth_deg for sun in suns]),
        sun_elevation_deg=np.array([sun.elevation_deg for sun in suns]),
        **true.columns(),
    )


def occlusion_table(sortie: Sortie3d, hidden: NDArray[np.float64]) -> OcclusionTable:
    """How each object was seen in each frame.

    Args:
        sortie: as flown.
        hidden: (objects, frames) share of each object's top that is hidden; NaN where not worked out.

    Returns:
        One row an object and frame, frame by frame; by projection alone, no ray is cast here.
    """
    objects, frame = sortie.world.objects, sortie.world.frame
    base_m = frame.to_enu(objects.lon_deg, objects.lat_deg, objects.hae_m)
    top_m = base_m + np.stack([np.zeros(len(objects)), np.zeros(len(objects)), objects.height_m], axis=1)
    views = [sortie.view(index) for index in range(sortie.frame_count)]
    pixels = np.stack([view.project(sortie.camera, top_m) for view in views])
    ways_m = np.stack([top_m - view.origin_m for view in views])
    last_px = (sortie.camera.width_px - 0.5, sortie.camera.height_px - 0.5)
    in_view = ((pixels >= -0.5) & (pixels <= last_px)).all(axis=2)
    count, frames = len(objects), sortie.frame_count
    return OcclusionTable(
        object_index=np.tile(objects.object_index, frames),
        frame_index=np.repeat(np.arange(frames, dtype=np.int64), count),
        time_us=np.repeat(sortie.reported.time_us, count),
        in_view=in_view.ravel(),
        x_px=pixels[..., 0].ravel(),
        y_px=pixels[..., 1].ravel(),
        look_azimuth_deg=_azimuth_deg(ways_m).ravel(),
        depression_deg=np.degrees(
            np.arctan2(-ways_m[..., 2], np.hypot(ways_m[..., 0], ways_m[..., 1]))
        ).ravel(),
        gsd_m=(np.linalg.norm(ways_m, axis=2) / sortie.camera.focal_px).ravel(),
        hidden_share=np.where(in_view, hidden.T, np.nan).ravel(),
    )


def _azimuth_deg(ways_m: MetresArray) -> NDArray[np.float64]:
    return np.asarray(np.degrees(np.arctan2(ways_m[..., 0], ways_m[..., 1])) % 360.0)
