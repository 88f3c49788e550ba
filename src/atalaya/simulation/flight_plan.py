"""How a scene is flown: where the aircraft and the aim of its sensor are at any time.

Four ways about one aim. An orbit and an arc go round it, the sensor held on it; a pass goes by on a straight
line, the sensor fixed to the right, so that the ground slides through the picture; a stare stands still in
the air, so that nothing has parallax. Height and slant make the range, the range and the wanted GSD the
camera. The true pose of any moment can be asked, which is what a lag of what is reported needs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera, Poses
from atalaya.simulation.flight import GRAVITY_MPS2, aimed_poses
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.scene_spec import FlightKind, FlightSpec
from atalaya.units import Degrees, Metres, MetresArray

FASTEST_MPS = 250.0
STEEPEST_BANK_DEG: Degrees = 35.0
"""Tighter turns are flown as flat ones, as a rotorcraft would."""
LEAST_TURN_OFF_NADIR_DEG: Degrees = 3.0
"""Below, an orbit about the aim would be a turn on the spot."""
LEAST_CLEARANCE_M: Metres = 30.0

type UpAt = Callable[[MetresArray, MetresArray], MetresArray]
"""Height of the ground in local metres under east and north."""


def camera_of(spec: FlightSpec) -> Camera:
    """The camera that has the wanted GSD across the look at the aim.

    Raises:
        InputError: it would have to be wider than 120 deg.
    """
    slant_m = spec.height_m / math.cos(math.radians(spec.off_nadir_deg))
    half_rad = math.atan(0.5 * spec.width_px * spec.gsd_m / slant_m)
    return Camera(width_px=spec.width_px, height_px=spec.height_px, hfov_deg=math.degrees(2.0 * half_rad))


def frame_times(spec: FlightSpec) -> NDArray[np.float64]:
    """(N,) seconds of the frames, from 0.

    Raises:
        InputError: no frame fits into the duration.
    """
    count = round(spec.duration_s * spec.fps)
    if count < 1:
        raise InputError(f"{spec.duration_s} s at {spec.fps} frames/s is no clip")
    return np.arange(count) / spec.fps


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPath:
    """One flight over one piece of ground; the same fields give the same poses.

    Args:
        aim_m: (3,) the point on the ground that the sensor is held on; of a pass the one abeam half way.
        sway_rad: (6,) phases of the platform's small movements, `UNSWAYED` for a steady one.
    """

    spec: FlightSpec
    frame: LocalFrame
    aim_m: MetresArray
    sway_rad: NDArray[np.float64]

    @property
    def radius_m(self) -> Metres:
        """Horizontal distance of the aircraft from its aim."""
        return self.spec.height_m * math.tan(math.radians(self.spec.off_nadir_deg))

    @property
    def turned_deg(self) -> Degrees:
        """How far round the aim the flight goes."""
        return {FlightKind.ORBIT: 360.0, FlightKind.ARC: self.spec.arc_deg}.get(self.spec.kind, 0.0)

    @property
    def speed_mps(self) -> float:
        """Over the ground: of an orbit or arc what its way and its time make it."""
        if self.spec.kind is FlightKind.PASS:
            return self.spec.speed_mps
        return math.radians(self.turned_deg) * self.radius_m / self.spec.duration_s

    def poses(self, time_s: NDArray[np.float64]) -> Poses:
        """The true poses at these times [s from the start], which may lie outside the flight."""
        place_m, course_deg, bank_deg = self.way(time_s)
        sway = np.sin(time_s[:, None] / (3.1, 4.3, 2.7, 5.3, 6.1, 7.0) + self.sway_rad)
        place_m = place_m + sway[:, 3:] * (0.4, 0.4, 1.5 if self.spec.kind is not FlightKind.STARE else 0.4)
        gust = self.spec.turbulence * np.sin(time_s[:, None] / (1.1, 0.95, 0.8) + self.sway_rad[3:])
        platform_deg = np.stack(
            [
                (course_deg + 0.4 * sway[:, 0] + 0.7 * gust[:, 0]) % 360.0,
                2.4 + 0.3 * sway[:, 1] + 0.6 * gust[:, 1],
                bank_deg + 0.5 * sway[:, 2] + 2.0 * gust[:, 2],
            ],
            axis=1,
        )
        return aimed_poses(self.frame, place_m, platform_deg, self.targets_m(time_s))

    def targets_m(self, time_s: NDArray[np.float64]) -> MetresArray:
        """(N, 3) points that the optical axis goes through: the aim, or what a fixed sensor passes."""
        if self.spec.kind is not FlightKind.PASS:
            return np.tile(self.aim_m, (time_s.size, 1))
        gone_m = self.spec.speed_mps * (time_s - 0.5 * self.spec.duration_s)
        return np.asarray(self.aim_m + gone_m[:, None] * _compass(self.spec.heading_deg))

    def way(self, time_s: NDArray[np.float64]) -> tuple[MetresArray, NDArray[np.float64], Degrees]:
        """(N, 3) places, (N,) course and the bank, before the platform's small movements."""
        above_m = np.array([0.0, 0.0, self.spec.height_m])
        if self.spec.kind in (FlightKind.ORBIT, FlightKind.ARC):
            turn_deg = self.turned_deg * time_s / self.spec.duration_s
            azimuth_deg = self.spec.heading_deg + 180.0 + turn_deg
            outward = _compass(azimuth_deg)
            bank = math.atan(self.speed_mps**2 / (GRAVITY_MPS2 * self.radius_m))
            bank_deg = min(math.degrees(bank), STEEPEST_BANK_DEG)
            return self.aim_m + above_m + self.radius_m * outward, azimuth_deg + 90.0, bank_deg
        if self.spec.kind is FlightKind.PASS:
            left = _compass(self.spec.heading_deg - 90.0)
            place_m = self.targets_m(time_s) + above_m + self.radius_m * left
            return place_m, np.full(time_s.size, self.spec.heading_deg), 0.0
        behind = _compass(self.spec.heading_deg + 180.0)
        place_m = np.tile(self.aim_m + above_m + self.radius_m * behind, (time_s.size, 1))
        return place_m, np.full(time_s.size, self.spec.heading_deg), 0.0


UNSWAYED = np.zeros(6)


def plan_path(
    rng: np.random.Generator,
    spec: FlightSpec,
    frame: LocalFrame,
    up_at: UpAt,
    aim_east_north_m: tuple[Metres, Metres],
) -> FlightPath:
    """Lay a flight over the ground.

    Args:
        rng: of the platform's small movements.
        spec: what is wanted.
        frame: of the scene.
        up_at: the bare ground.
        aim_east_north_m: what is looked at, local metres.

    Raises:
        InputError: a turn on the spot, one faster than `FASTEST_MPS`, or a way into the ground.
    """
    east_m, north_m = aim_east_north_m
    up_m = float(up_at(np.array([east_m]), np.array([north_m]))[0])
    path = FlightPath(
        spec=spec,
        frame=frame,
        aim_m=np.array([east_m, north_m, up_m]),
        sway_rad=rng.uniform(0.0, 2.0 * math.pi, 6),
    )
    _require_flyable(path, up_at)
    return path


def _require_flyable(path: FlightPath, up_at: UpAt) -> None:
    turns = path.turned_deg > 0.0
    if turns and path.spec.off_nadir_deg < LEAST_TURN_OFF_NADIR_DEG:
        raise InputError(
            f"an {path.spec.kind.value} looks at least {LEAST_TURN_OFF_NADIR_DEG} deg off nadir, "
            f"got {path.spec.off_nadir_deg}: straight down is a pass or a stare"
        )
    if path.speed_mps > FASTEST_MPS:
        least_s = path.speed_mps * path.spec.duration_s / FASTEST_MPS
        raise InputError(
            f"{path.turned_deg:.0f} deg round {path.radius_m:.0f} m in {path.spec.duration_s} s is "
            f"{path.speed_mps:.0f} m/s, at most {FASTEST_MPS:.0f} are flown: take {least_s:.0f} s or more"
        )
    place_m, _, _ = path.way(np.linspace(0.0, path.spec.duration_s, 73))
    clear_m = place_m[:, 2] - up_at(place_m[:, 0], place_m[:, 1])
    if float(clear_m.min()) < LEAST_CLEARANCE_M:
        raise InputError(
            f"the way comes within {clear_m.min():.0f} m of the ground, {LEAST_CLEARANCE_M:.0f} m are kept"
        )


def _compass(azimuth_deg: Degrees | NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) east, north, up of a horizontal direction clockwise from north."""
    azimuth = np.radians(azimuth_deg)
    return np.stack([np.sin(azimuth), np.cos(azimuth), np.zeros_like(azimuth)], axis=-1)
