"""The bare ground of a scene: a fractal sierra with a stream in its ravine, and a ray's way to it.

Heights are defined on a regular lon/lat grid (what is handed to georegistration as its terrain); the
renderer works on the same surface resampled to metres. Its ray caster marches and bisects in local
metres and shares no code with `geo` or `georeg`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from atalaya.simulation.local_frame import LocalFrame
from atalaya.units import DegreesArray, Metres, MetresArray

GRID_STEP_DEG = 1e-4
"""About 11 m of latitude: the posting of a good terrain model."""
SURFACE_STEP_M = 4.0
STEEPEST_DEG = 31.0
"""Below every depression of the flight's rays, so that no hillside hides behind another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainArrays:
    """The scene's terrain as plain arrays, bilinear between the nodes.

    Args:
        lon_deg: (W,) ascending. lat_deg: (H,) descending: row 0 in the north.
        hae_m: (H, W) height above the WGS 84 ellipsoid.
    """

    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray

    def height_at(self, lon_deg: DegreesArray, lat_deg: DegreesArray) -> MetresArray:
        """Bilinear height [m HAE]; NaN outside the grid."""
        col = (np.asarray(lon_deg) - self.lon_deg[0]) / (self.lon_deg[1] - self.lon_deg[0])
        row = (np.asarray(lat_deg) - self.lat_deg[0]) / (self.lat_deg[1] - self.lat_deg[0])
        return np.asarray(map_coordinates(self.hae_m, [row, col], order=1, mode="constant", cval=np.nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """The same ground in local metres: up_m[row, col] at west + col * step, south + row * step."""

    west_m: Metres
    south_m: Metres
    step_m: Metres
    up_m: MetresArray

    def up_at(self, east_m: MetresArray, north_m: MetresArray) -> MetresArray:
        """Bilinear height of the ground in the local frame [m]; the edge's height beyond the edge."""
        where = [(north_m - self.south_m) / self.step_m, (east_m - self.west_m) / self.step_m]
        return np.asarray(map_coordinates(self.up_m, where, order=1, mode="nearest"))

    def slope_deg(self) -> NDArray[np.float64]:
        """Steepness at each node [deg]."""
        north, east = np.gradient(self.up_m, self.step_m)
        return np.asarray(np.degrees(np.arctan(np.hypot(north, east))))

    def cast(self, origin_m: MetresArray, direction: NDArray[np.float64]) -> MetresArray:
        """Where rays first meet the ground.

        Args:
            origin_m: (3,) above the ground.
            direction: (N, 3), any length, pointing down.

        Returns:
            (N, 3) ENU points, within 0.02 m of the bilinear surface (measured); NaN for rays that point
            to the sky.
        """
        down = direction[:, 2] < -1e-6
        unit = np.where(down[:, None], direction, (0.0, 0.0, -1.0))
        unit = unit / -unit[:, 2:]
        high, low = float(self.up_m.max()) + 1.0, float(self.up_m.min()) - 1.0
        steps = max(2, math.ceil((high - low) / self.step_m / 2.0))
        drop_m = origin_m[2] - np.linspace(high, low, steps)
        points = origin_m + unit[:, None, :] * drop_m[None, :, None]
        below = points[:, :, 2] <= self.up_at(points[:, :, 0], points[:, :, 1])
        first = np.maximum(1, below.argmax(axis=1))
        above_m, below_m = drop_m[first - 1], drop_m[first]
        for _ in range(10):
            middle_m = 0.5 * (above_m + below_m)
            point = origin_m + unit * middle_m[:, None]
            under = point[:, 2] <= self.up_at(point[:, 0], point[:, 1])
            above_m, below_m = np.where(under, above_m, middle_m), np.where(under, middle_m, below_m)
        hit = origin_m + unit * (0.5 * (above_m + below_m))[:, None]
        return np.asarray(np.where(down[:, None], hit, np.nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class Landform:
    """Ground and water before anything grows: terrain, the same in metres, and the stream's course."""

    frame: LocalFrame
    terrain: TerrainArrays
    surface: Surface
    stream_m: MetresArray


def wandering_line(
    rng: np.random.Generator, bearing_deg: float, half_length_m: Metres, offset_m: Metres, sway_m: Metres
) -> MetresArray:
    """(N, 2) east/north points, about 4 m apart, of a line that wanders about a straight one."""
    along = np.linspace(-half_length_m, half_length_m, 11)
    across = offset_m + sway_m * rng.standard_normal(11)
    fine = np.arange(-half_length_m, half_length_m, 4.0, dtype=np.float64)
    bearing = math.radians(bearing_deg)
    forward, right = (
        np.array([math.sin(bearing), math.cos(bearing)]),
        np.array([math.cos(bearing), -math.sin(bearing)]),
    )
    sway = np.asarray(CubicSpline(along, across)(fine), dtype=np.float64)
    return np.asarray(fine[:, None] * forward + sway[:, None] * right)


def make_landform(
    rng: np.random.Generator,
    *,
    lon_deg: float,
    lat_deg: float,
    half_size_m: float,
    relief_share: float = 1.0,
    base_hae_m: tuple[float, float] = (440.0, 620.0),
) -> Landform:
    """A seeded sierra about a place.

    Args:
        rng: the land's generator.
        lon_deg: of the scene's centre.
        lat_deg: of the scene's centre.
        half_size_m: half the side of the square.
        relief_share: 1 for a sierra, about .03 for a plain.
        base_hae_m: range of the height at the middle.

    Returns:
        Ground between about 400 and 700 m HAE, nowhere steeper than `STEEPEST_DEG` by much.
    """
    base_m = float(np.round(rng.uniform(*base_hae_m), 1))
    frame = LocalFrame(lon_deg=lon_deg, lat_deg=lat_deg, hae_m=base_m)
    lon_half = half_size_m / (111320.0 * math.cos(math.radians(lat_deg)))
    lon_nodes = round(lon_half / GRID_STEP_DEG)
    lons = lon_deg + GRID_STEP_DEG * np.arange(-lon_nodes, lon_nodes + 1, dtype=np.float64)
    lat_nodes = round(half_size_m / 110800.0 / GRID_STEP_DEG)
    lats = lat_deg + GRID_STEP_DEG * np.arange(lat_nodes, -lat_nodes - 1, -1, dtype=np.float64)
    enu = frame.to_enu(lons[None, :], lats[:, None], np.array(base_m))
    bearing_deg = float(rng.uniform(0.0, 360.0))
    stream = wandering_line(rng, bearing_deg, 1.6 * half_size_m, float(rng.uniform(-80, 80)), 70.0)
    gullies = [
        wandering_line(rng, bearing_deg + float(rng.uniform(50, 130)), 0.9 * half_size_m, offset, 40.0)
        for offset in (-700.0, float(rng.uniform(-150, 150)), 700.0)
    ]
    relief = _fractal(rng, (lats.size, lons.size), roughness=2.1) * 48.0
    relief -= 42.0 * _near(enu, stream, 120.0) + 16.0 * _near(enu, np.concatenate(gullies), 55.0)
    rise_north, rise_east = np.gradient(relief, 111000.0 * GRID_STEP_DEG)
    steepest = float(np.quantile(np.hypot(rise_north, rise_east), 0.9995))
    relief *= min(1.0, math.tan(math.radians(STEEPEST_DEG)) / steepest) * relief_share
    terrain = TerrainArrays(lon_deg=lons, lat_deg=lats, hae_m=base_m + relief)
    return Landform(
        frame=frame, terrain=terrain, surface=_surface(frame, terrain, half_size_m - 40.0), stream_m=stream
    )


def _fractal(rng: np.random.Generator, shape: tuple[int, int], *, roughness: float) -> NDArray[np.float64]:
    """Noise with a power-law spectrum, mean 0, standard deviation 1.

    Source: spectral synthesis, Peitgen and Saupe, The Science of Fractal Images, 1988, §2.5.
    """
    size = (2 * shape[0], 2 * shape[1])
    wave = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None, :])
    wave[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal(size)) * np.maximum(wave, 2.0 / size[0]) ** -roughness
    spectrum[0, 0] = 0.0
    noise = gaussian_filter(np.fft.irfft2(spectrum, s=size)[: shape[0], : shape[1]], 1.2)
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float64)


def _near(enu_m: MetresArray, line_m: MetresArray, width_m: Metres) -> NDArray[np.float64]:
    """1 on the line, falling to 0 at about twice the width."""
    distance_m, _ = cKDTree(line_m).query(enu_m[..., :2].reshape(-1, 2))
    return np.asarray(np.exp(-np.square(distance_m / width_m))).reshape(enu_m.shape[:2])


def _surface(frame: LocalFrame, terrain: TerrainArrays, half_size_m: Metres) -> Surface:
    """Resample the lon/lat grid to local metres, earth curvature included."""
    axis_m = np.arange(-half_size_m, half_size_m + 1e-6, SURFACE_STEP_M)
    enu = np.zeros((axis_m.size, axis_m.size, 3))
    enu[..., 0], enu[..., 1] = axis_m[None, :], axis_m[:, None]
    for _ in range(2):  # the second pass moves nothing by more than a millimetre
        lon_deg, lat_deg, hae_m = frame.to_geodetic(enu)
        enu[..., 2] += terrain.height_at(lon_deg, lat_deg) - hae_m
    return Surface(west_m=-half_size_m, south_m=-half_size_m, step_m=SURFACE_STEP_M, up_m=enu[..., 2])
