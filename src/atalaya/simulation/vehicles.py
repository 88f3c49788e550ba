"""What drives through a scene: where each vehicle is at each moment, and its box in the picture."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.simulation.camera import Camera, View
from atalaya.simulation.objects import Colour, Point, rectangle
from atalaya.simulation.vegetation import SUN_ELEVATION_DEG, Picture, sunward
from atalaya.simulation.world import World
from atalaya.units import Degrees, Metres, MetresArray, Seconds

LANE_M = 1.3
"""How far right of the road's middle vehicles keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle and its way; it waits at the way's ends.

    Args:
        route_m: (N, 2) local metres. start_m: how far along it is at the start, may be negative.
    """

    route_m: MetresArray
    start_m: Metres
    speed_mps: float
    length_m: Metres
    width_m: Metres
    height_m: Metres
    colour: Colour

    def at(self, time_s: Seconds) -> tuple[Point, Degrees, float]:
        """Middle (east, north) in local metres, heading and speed at a time."""
        legs_m = np.linalg.norm(np.diff(self.route_m, axis=0), axis=1)
        along_m = np.concatenate([[0.0], np.cumsum(legs_m)])
        gone_m = self.start_m + self.speed_mps * time_s
        here_m = min(max(gone_m, 0.0), float(along_m[-1]))
        leg = min(int(np.searchsorted(along_m, here_m, side="right")) - 1, legs_m.size - 1)
        east, north = (self.route_m[leg + 1] - self.route_m[leg]) / legs_m[leg]
        middle_m = self.route_m[leg] + (here_m - along_m[leg]) * np.array([east, north])
        place = (float(middle_m[0] + LANE_M * north), float(middle_m[1] - LANE_M * east))
        moving = 0.0 < gone_m < float(along_m[-1])
        return (
            place,
            math.degrees(math.atan2(east, north)) % 360.0,
            self.speed_mps if moving else 0.0,
        )


def make_vehicles(rng: np.random.Generator, world: World, duration_s: Seconds) -> tuple[Vehicle, ...]:
    """Two that pass the parked lorries in opposite directions, and one that arrives at laboratory B."""
    layout = world.layout
    passing = int(cKDTree(layout.road_m).query(layout.lorries_m)[1])
    legs_m = np.linalg.norm(np.diff(layout.road_m, axis=0), axis=1)
    before_m, after_m = float(legs_m[:passing].sum()), float(legs_m[passing:].sum())
    lorry_mps, car_mps = float(rng.uniform(7.0, 9.0)), float(rng.uniform(10.0, 13.0))
    road_to_b_m = layout.tracks_m[0][::-1]
    way_m = road_to_b_m[np.linalg.norm(road_to_b_m - layout.industrial_m, axis=1) > 17.0]
    way_length_m = float(np.linalg.norm(np.diff(way_m, axis=0), axis=1).sum())
    return (
        Vehicle(
            route_m=layout.road_m,
            start_m=before_m - lorry_mps * duration_s * float(rng.uniform(0.35, 0.5)),
            speed_mps=lorry_mps,
            length_m=8.2,
            width_m=2.4,
            height_m=3.1,
            colour=(196, 176, 128),
        ),
        Vehicle(
            route_m=layout.road_m[::-1],
            start_m=after_m - car_mps * duration_s * float(rng.uniform(0.55, 0.7)),
            speed_mps=car_mps,
            length_m=5.3,
            width_m=1.95,
            height_m=1.8,
            colour=(222, 222, 218),
        ),
        Vehicle(
            route_m=way_m,
            start_m=way_length_m - 5.0 * duration_s * float(rng.uniform(0.6, 0.8)),
            speed_mps=5.0,
            length_m=5.4,
            width_m=1.95,
            height_m=1.8,
            colour=(52, 58, 70),
        ),
    )


def draw_vehicle(
    camera: Camera, view: View, world: World, vehicle: Vehicle, time_s: Seconds, *, out: Picture
) -> None:
    """Draw a vehicle's shadow and box into the picture `out`; nothing where it is out of view."""
    middle_m, heading_deg, _ = vehicle.at(time_s)
    base_m = world.on_ground(rectangle(middle_m, vehicle.length_m, vehicle.width_m, heading_deg))
    if not _in_picture(camera, view.project(camera, base_m.mean(axis=0)[None])[0]):
        return
    up_m = np.array([0.0, 0.0, vehicle.height_m])
    cast_m = vehicle.height_m / math.tan(math.radians(SUN_ELEVATION_DEG))
    away_m = -np.array([*sunward(), 0.0]) * cast_m
    shadow = _hull(view.project(camera, np.concatenate([base_m, base_m + away_m])))
    dark = np.zeros(out.shape[:2], dtype=np.uint8)
    left, top, width, height = cv2.boundingRect(shadow)
    cv2.fillConvexPoly(dark, _fixed(shadow), 255, cv2.LINE_AA, 4)
    here = (slice(max(0, top), max(0, top + height)), slice(max(0, left), max(0, left + width)))
    share = dark[here].astype(np.float32)[:, :, None] * np.float32(0.55 / 255.0)
    out[here] = (out[here] * (1.0 - share)).astype(np.uint8)
    side = (int(vehicle.colour[0] * 0.62), int(vehicle.colour[1] * 0.62), int(vehicle.colour[2] * 0.62))
    box = _hull(view.project(camera, np.concatenate([base_m, base_m + up_m])))
    cv2.fillConvexPoly(out, _fixed(box), side, cv2.LINE_AA, 4)
    cv2.fillConvexPoly(out, _fixed(view.project(camera, base_m + up_m)), vehicle.colour, cv2.LINE_AA, 4)
    heading = math.radians(heading_deg)
    ahead_m = 0.24 * vehicle.length_m
    screen_m = (middle_m[0] + ahead_m * math.sin(heading), middle_m[1] + ahead_m * math.cos(heading))
    glass_m = world.on_ground(
        rectangle(screen_m, 0.1 * vehicle.length_m, 0.85 * vehicle.width_m, heading_deg)
    )
    cv2.fillConvexPoly(out, _fixed(view.project(camera, glass_m + up_m)), (38, 44, 50), cv2.LINE_AA, 4)


def _in_picture(camera: Camera, point_px: NDArray[np.float64], margin_px: float = 20.0) -> bool:
    """Whether a point falls into the picture or just beside it."""
    x_px, y_px = point_px
    inside_x = -margin_px <= x_px <= camera.width_px - 1 + margin_px
    return bool(inside_x and -margin_px <= y_px <= camera.height_px - 1 + margin_px)


def _hull(points_px: NDArray[np.float64]) -> NDArray[np.float32]:
    """Convex outline of pixels."""
    return np.asarray(cv2.convexHull(points_px.astype(np.float32))[:, 0, :], dtype=np.float32)


def _fixed(points_px: NDArray[np.float64] | NDArray[np.float32]) -> NDArray[np.int32]:
    """Pixels with four fractional bits, as the rasteriser wants them."""
    return np.round(points_px * 16.0).astype(np.int32)
