"""Vehicles as boxes that stand up: where they are at one moment, for the renderer to cast on."""

import math
from collections.abc import Sequence

import numpy as np

from atalaya.simulation.landform import Surface
from atalaya.simulation.solids import Material, Solids
from atalaya.simulation.vehicles import Vehicle
from atalaya.units import Seconds

_ENGINE_K = 14.0
"""How much warmer than its paint the bonnet of a vehicle is that drives."""
_PARTS = (
    # ahead of the middle, length, width, bottom and top as shares of the vehicle's; warmed by the engine
    (0.31, 0.38, 1.00, 0.0, 0.58, True),
    (-0.19, 0.62, 1.00, 0.0, 0.62, False),
    (-0.06, 0.48, 0.88, 0.62, 1.0, False),
)
_LORRY_PARTS = (
    (0.38, 0.24, 0.96, 0.0, 0.80, True),
    (-0.13, 0.74, 1.00, 0.14, 1.0, False),
)
_LORRY_FROM_M = 7.0


def vehicle_solids(vehicles: Sequence[Vehicle], time_s: Seconds, surface: Surface) -> Solids:
    """The boxes of all vehicles at a moment; the highest of each is as high as the vehicle.

    Args:
        vehicles: what drives.
        time_s: since the start.
        surface: the ground under them.
    """
    rows = [row for vehicle in vehicles for row in _boxes(vehicle, time_s, surface)]
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 12).T
    east, north, base, length, width, height, heading, excess, red, green, blue, dark = columns
    colour = (np.stack([red, green, blue]) * dark).astype(np.float32)
    return Solids(
        east_m=east,
        north_m=north,
        base_up_m=base,
        length_m=length,
        width_m=width,
        height_m=height,
        heading_deg=heading,
        tilt_deg=np.zeros(len(rows)),
        red=colour[0],
        green=colour[1],
        blue=colour[2],
        material=np.full(len(rows), int(Material.PAINTED_METAL), dtype=np.uint8),
        excess_temperature_k=excess,
        object_index=np.full(len(rows), -1, dtype=np.int64),
    )


def _boxes(vehicle: Vehicle, time_s: Seconds, surface: Surface) -> list[tuple[float, ...]]:
    (east_m, north_m), heading_deg, speed_mps = vehicle.at(time_s)
    ground_m = float(surface.up_at(np.array([east_m]), np.array([north_m]))[0])
    sine, cosine = math.sin(math.radians(heading_deg)), math.cos(math.radians(heading_deg))
    boxes = []
    for ahead, length, width, bottom, top, engine in (
        _LORRY_PARTS if vehicle.length_m >= _LORRY_FROM_M else _PARTS
    ):
        ahead_m = ahead * vehicle.length_m
        boxes.append(
            (
                east_m + ahead_m * sine,
                north_m + ahead_m * cosine,
                ground_m + bottom * vehicle.height_m,
                length * vehicle.length_m,
                width * vehicle.width_m,
                (top - bottom) * vehicle.height_m,
                heading_deg,
                _ENGINE_K if engine and speed_mps > 0.0 else 0.0,
                *map(float, vehicle.colour),
                0.9 if engine else 1.0,
            )
        )
    return boxes
