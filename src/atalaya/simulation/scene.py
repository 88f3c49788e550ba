"""A whole simulated sortie from one number: world, flight, vehicles, and the truth about them."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from shapely import Polygon

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera
from atalaya.simulation.flight import HFOV_DEG, Flight, fly
from atalaya.simulation.pose_errors import PoseNoise
from atalaya.simulation.truth import Truth
from atalaya.simulation.vehicle_truth import vehicle_truth
from atalaya.simulation.vehicles import Vehicle, make_vehicles
from atalaya.simulation.world import World, make_world
from atalaya.units import Metres, Seconds

DURATION_S: Seconds = 54.0
FPS = 8.0
WIDTH_PX, HEIGHT_PX = 960, 540
AREA_MARGIN_M: Metres = 400.0
"""How far the collection area reaches beyond everything that the reported footprints cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One seeded sortie; `simulation.render.render` makes its pictures."""

    seed: int
    world: World
    flight: Flight
    vehicles: tuple[Vehicle, ...]
    truth: Truth

    @property
    def frame_count(self) -> int:
        """Frames in the clip."""
        return len(self.flight.true)

    @property
    def collection_area(self) -> Polygon:
        """Rectangle in lon, lat [deg] around all reported footprints, `AREA_MARGIN_M` wider on each side."""
        lon_deg = self.flight.reported.corner_lon_deg
        lat_deg = self.flight.reported.corner_lat_deg
        lat_margin = AREA_MARGIN_M / 110800.0
        lon_margin = AREA_MARGIN_M / (111320.0 * math.cos(math.radians(self.world.frame.lat_deg)))
        area: Polygon = shapely.box(
            float(np.nanmin(lon_deg)) - lon_margin,
            float(np.nanmin(lat_deg)) - lat_margin,
            float(np.nanmax(lon_deg)) + lon_margin,
            float(np.nanmax(lat_deg)) + lat_margin,
        )
        return area


def make_scene(
    seed: int,
    *,
    start: datetime,
    duration_s: Seconds = DURATION_S,
    fps: float = FPS,
    noise: PoseNoise | None = None,
    camera: Camera | None = None,
) -> Scene:
    """Build a sortie; the same arguments give the same bytes.

    Args:
        seed: >= 0.
        start: aware; time of the first frame.
        duration_s: of the clip [s].
        fps: frames a second.
        noise: of the reported pose, `PoseNoise()` when None.
        camera: 960 x 540 px at 9.2 deg when None.

    Raises:
        InputError: a negative seed, a naive start, no frame in the clip.
    """
    if seed < 0:
        raise InputError(f"a seed is a whole number >= 0, got {seed}")
    streams = [np.random.default_rng([seed, stream]) for stream in range(3)]
    world = make_world(streams[0])
    camera = camera or Camera(width_px=WIDTH_PX, height_px=HEIGHT_PX, hfov_deg=HFOV_DEG)
    flight = fly(
        streams[1], world, camera, start=start, duration_s=duration_s, fps=fps, noise=noise or PoseNoise()
    )
    vehicles = make_vehicles(streams[2], world, duration_s)
    there = vehicle_truth(
        vehicles,
        flight.time_s,
        flight.reported.time_us,
        true=flight.true,
        camera=camera,
        frame=world.frame,
        on_ground=world.on_ground,
    )
    truth = Truth(sites=world.sites, decoys=world.decoys, vehicles=there)
    return Scene(seed=seed, world=world, flight=flight, vehicles=vehicles, truth=truth)
