"""Where things are in a scene: laboratories, decoys, roads and clearings, before anything is painted."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.simulation.landform import Landform, Surface, wandering_line
from atalaya.units import Degrees, Metres, MetresArray

REACH_M = 345.0
"""Nothing that matters lies farther from the scene's centre: the flight sees all of it."""
LABORATORIES_APART_M = 300.0
SITE_SLOPE_DEG = 22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """Few trees grow within the radius; `bareness` 0..1 says how much of the ground is bare."""

    east_m: Metres
    north_m: Metres
    radius_m: Metres
    bareness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Places in local metres, (2,) east/north each, and lines as (N, 2).

    Args:
        camouflaged, industrial: the two laboratories. farm, lorries: decoys; rocks (R, 2).
        road_bearing_deg: of the road where the lorries stand.
        tracks: spurs from the road to the laboratory B and the farm; paths: what feet have worn.
    """

    camouflaged_m: MetresArray
    industrial_m: MetresArray
    farm_m: MetresArray
    lorries_m: MetresArray
    rocks_m: MetresArray
    road_bearing_deg: Degrees
    road_m: MetresArray
    stream_m: MetresArray
    tracks_m: tuple[MetresArray, ...]
    paths_m: tuple[MetresArray, ...]
    clearings: tuple[Clearing, ...]


def make_layout(rng: np.random.Generator, land: Landform) -> Layout:
    """Draw places that keep their distances: laboratories 300 m apart, decoys 150 m from each."""
    bearing = math.degrees(math.atan2(*(land.stream_m[-1] - land.stream_m[0])))
    turn = float(rng.uniform(40.0, 140.0))
    road = wandering_line(
        rng, bearing + turn, 1300.0, float(rng.uniform(80, 200)) * rng.choice([-1, 1]), 45.0
    )
    camouflaged, industrial, farm, lorries = _places(rng, land, road)
    on_road = int(cKDTree(road).query(lorries)[1])
    ahead = road[min(on_road + 3, len(road) - 1)] - road[on_road - 3]
    taken = np.stack([camouflaged, industrial, farm, lorries])
    rocks = _scatter(rng, 4000, 420.0)
    rocks = rocks[(cKDTree(taken).query(rocks)[0] > 90.0) & (cKDTree(road).query(rocks)[0] > 25.0)][:6]
    return Layout(
        camouflaged_m=camouflaged,
        industrial_m=industrial,
        farm_m=farm,
        lorries_m=lorries,
        rocks_m=rocks,
        road_bearing_deg=math.degrees(math.atan2(ahead[0], ahead[1])) % 360.0,
        road_m=road,
        stream_m=land.stream_m,
        tracks_m=(spur(rng, industrial, road, 6.0), spur(rng, farm, road, 4.0)),
        paths_m=(spur(rng, camouflaged, land.stream_m, 6.0), spur(rng, camouflaged, road, 14.0)),
        clearings=_clearings(rng, camouflaged, industrial, farm, lorries),
    )


def _scatter(rng: np.random.Generator, count: int, reach_m: Metres) -> MetresArray:
    """(count, 2) points spread evenly over a disc about the centre."""
    radius_m = reach_m * np.sqrt(rng.random(count))
    angle = rng.uniform(0.0, 2.0 * math.pi, count)
    return np.stack([radius_m * np.sin(angle), radius_m * np.cos(angle)], axis=1)


def _places(rng: np.random.Generator, land: Landform, road_m: MetresArray) -> MetresArray:
    """(4, 2) camouflaged, industrial, farm, lorries: the best of many draws by the worst-kept rule."""
    draws = np.stack([_scatter(rng, 6000, REACH_M) for _ in range(3)], axis=1)
    near_road = road_m[np.hypot(*road_m.T) < REACH_M - 20.0]
    if near_road.size == 0:
        near_road = road_m[[int(np.hypot(*road_m.T).argmin())]]
    draws = np.concatenate([draws, near_road[rng.integers(0, len(near_road), 6000)][:, None]], axis=1)
    to_road = distance_to(draws[:, :3], road_m)
    to_stream = distance_to(draws, land.stream_m)
    slope = slope_at(land.surface, draws[:, :3])
    gap = np.linalg.norm(draws[:, :, None] - draws[:, None], axis=-1)
    kept = np.stack(
        [
            (gap[:, 0, 1] - LABORATORIES_APART_M - 10.0) / 10.0,
            *((gap[:, one, other] - 160.0) / 40.0 for one, other in ((0, 2), (1, 2), (0, 3), (1, 3), (2, 3))),
            *((SITE_SLOPE_DEG - slope[:, place]) / 4.0 for place in range(3)),
            (80.0 - to_stream[:, 0]) / 40.0,
            (to_stream[:, 0] - 22.0) / 10.0,
            *((to_stream[:, place] - 55.0) / 30.0 for place in (1, 2, 3)),
            (to_road[:, 0] - 90.0) / 30.0,
            (to_road[:, 1] - 50.0) / 20.0,
            (to_road[:, 2] - 35.0) / 10.0,
            *((limit - to_road[:, place]) / 60.0 for place, limit in ((1, 260.0), (2, 150.0))),
        ],
        axis=1,
    )
    worst = np.minimum(kept.min(axis=1), 0.3)
    return np.asarray(draws[int(worst.argmax())])


def distance_to(points_m: MetresArray, line_m: MetresArray) -> NDArray[np.float64]:
    """Distance of points (..., 2) to the nearest point of a line [m]."""
    distance_m, _ = cKDTree(line_m).query(points_m.reshape(-1, 2))
    return np.asarray(distance_m).reshape(points_m.shape[:-1])


def slope_at(surface: Surface, points_m: MetresArray) -> NDArray[np.float64]:
    """Slope [deg] of the ground at points (..., 2), over 20 m."""
    east_m, north_m = points_m[..., 0], points_m[..., 1]
    rise_east = surface.up_at(east_m + 10.0, north_m) - surface.up_at(east_m - 10.0, north_m)
    rise_north = surface.up_at(east_m, north_m + 10.0) - surface.up_at(east_m, north_m - 10.0)
    return np.asarray(np.degrees(np.arctan(np.hypot(rise_east, rise_north) / 20.0)))


def spur(rng: np.random.Generator, place_m: MetresArray, line_m: MetresArray, sway_m: Metres) -> MetresArray:
    """(N, 2) a bent way from a place to the nearest point of a line, a point about every 2 m."""
    end_m = line_m[int(cKDTree(line_m).query(place_m)[1])]
    length_m = float(np.linalg.norm(end_m - place_m))
    along = np.linspace(0.0, 1.0, max(8, round(length_m / 2.0)))
    across = (end_m - place_m)[::-1] * (1.0, -1.0) / max(length_m, 1.0)
    sway = sum(float(rng.normal()) * sway_m / wave * np.sin(math.pi * wave * along) for wave in (1, 2, 3))
    return np.asarray(place_m + along[:, None] * (end_m - place_m) + np.asarray(sway)[:, None] * across)


def _clearings(rng: np.random.Generator, *middles_m: MetresArray) -> tuple[Clearing, ...]:
    """One clearing at each place (camouflaged, industrial, farm, lorries) and natural ones elsewhere."""
    sizes = ((9.0, 0.35), (21.0, 0.75), (24.0, 0.65), (11.0, 0.85))
    named = [
        Clearing(east_m=float(middle[0]), north_m=float(middle[1]), radius_m=radius_m, bareness=bareness)
        for middle, (radius_m, bareness) in zip(middles_m, sizes, strict=True)
    ]
    natural = [
        Clearing(
            east_m=float(east_m),
            north_m=float(north_m),
            radius_m=float(rng.uniform(8, 38)),
            bareness=float(rng.uniform(0.15, 0.6)),
        )
        for east_m, north_m in rng.uniform(-700.0, 700.0, (34, 2))
    ]
    return (*named, *natural)
