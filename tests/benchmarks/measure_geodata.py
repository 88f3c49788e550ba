"""Heights: the geoid against other readers, a published test put right, what the doctor can find, import speed.

`python tests/benchmarks/measure_geodata.py`; each figure beside its target. Needs the shared data.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.geo.geoid import VerticalDatum, undulation_m
from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.terrain_check import Ailment, check_terrain
from atalaya.io.geodata_geoid import read_geoid
from atalaya.io.terrain import read_terrain
from atalaya.io.terrain_tiles import write_tile
from geoid_figures import CITIES, GRIDS, by_proj, by_scipy, round_trip_m, thunderstorm
from shared_data import SHARED

COLIMA = SHARED / "data/geo/dem/colima_jalisco_20m_utm13n.tif"
DRAWS = 30


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def cities() -> None:
    """Figure 8."""
    say("| city | GGM10 | EGM96 | furthest from SciPy and PROJ | round trip |\n|---|---|---|---|---|")
    geoids = {name: read_geoid(SHARED / path) for name, path in GRIDS.items()}
    for city, place in CITIES.items():
        ours = {name: float(undulation_m(grid, *place)) for name, grid in geoids.items()}
        off_m = max(
            abs(ours[name] - other(SHARED / path, *place))
            for name, path in GRIDS.items()
            for other in (by_scipy, by_proj)
        )
        back_m = max(round_trip_m(grid, *place, 1234.5) for grid in geoids.values())
        say(f"| {city} | {ours['GGM10']:.2f} m | {ours['EGM96']:.2f} m | {off_m:.1e} m | {back_m:.1e} m |")
    say("wanted: 0.1 m, 1 mm")


def published() -> None:
    """Figure 7."""
    test = thunderstorm()
    cep_m, ce90_m = test.cep_and_ce90_m()
    say(f"CEP {cep_m:.2f} m, CE90 {ce90_m:.2f} m (wanted 7.73, 17.27)")
    say(f"published heights, mean error {test.published_error_m().mean():+.2f} m")
    for name, path in GRIDS.items():
        geoid = read_geoid(SHARED / path)
        right_m, ray_m = test.right_error_m(geoid), test.ray_error_m(geoid)
        middle_m, spread_m = np.median(right_m), right_m.std()
        say(
            f"{name}: results {right_m.mean():+.2f} m (median {middle_m:+.2f}, sd {spread_m:.1f}), "
            f"ends of rays {ray_m.mean():+.2f} m (wanted < 1 m)"
        )


def drawn(
    terrain: TerrainGrid, count: int, shift_m: float, offset_m: float, seed: int
) -> tuple[Ailment, ...]:
    """What the doctor finds with so many points, right to 8 m, on a model that was moved and raised."""
    rng = np.random.default_rng(seed)
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    lon_deg = rng.uniform(west_deg + 0.007, east_deg - 0.007, count)
    lat_deg = rng.uniform(south_deg + 0.007, north_deg - 0.007, count)
    hae_m = terrain.height_hae_m(lon_deg, lat_deg) + rng.normal(0.0, 8.0, count)
    azimuth_rad = rng.uniform(0.0, 2.0 * np.pi)
    moved = replace(
        terrain,
        hae_m=terrain.hae_m + np.float32(offset_m),
        west_deg=terrain.west_deg + shift_m * np.sin(azimuth_rad) / 105_000.0,
        north_deg=terrain.north_deg + shift_m * np.cos(azimuth_rad) / 110_700.0,
    )
    check = check_terrain(moved, lon_deg, lat_deg, hae_m, np.full(count, -28.0), 9.0)
    return () if check is None else check.ailments


def power(terrain: TerrainGrid) -> None:
    """How often a sick terrain is called so, and a sound one."""
    cases = [
        (0.0, 0.0),
        (50.0, 0.0),
        (75.0, 0.0),
        (100.0, 0.0),
        (150.0, 0.0),
        (300.0, 0.0),
        (0.0, 10.0),
        (0.0, 28.0),
    ]
    say("| points | " + " | ".join(f"{shift_m:g} m, {raised_m:+g} m" for shift_m, raised_m in cases) + " |")
    say("|---|" + "---|" * len(cases))
    for count in (8, 15, 50, 200):
        shares = [
            np.mean([bool(drawn(terrain, count, *case, seed)) for seed in range(DRAWS)]) for case in cases
        ]
        say(f"| {count} | " + " | ".join(f"{100.0 * share:.0f} %" for share in shares) + " |")


def speed() -> None:
    """Import strip by strip against one warp of the whole, no geoid."""
    geoid = read_geoid(SHARED / GRIDS["GGM10"])
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        facts = write_tile(Path(folder) / "t.tif", [COLIMA], VerticalDatum.MSL, geoid=geoid)
        ours_s = time.process_time() - before
    before = time.process_time()
    with (
        rasterio.open(COLIMA) as raster,
        WarpedVRT(
            raster, crs="EPSG:4326", resampling=Resampling.bilinear, width=facts.cols, height=facts.rows
        ) as whole,
    ):
        whole.read(1)
    peer_s = time.process_time() - before
    nodes = facts.rows * facts.cols
    say(
        f"import: {nodes / ours_s / 1e6:.1f} M nodes a CPU-s (warp, geoid, compress, write); "
        f"GDAL's warp alone {nodes / peer_s / 1e6:.1f} M: x {peer_s / ours_s:.2f}"
    )


if __name__ == "__main__":
    if not COLIMA.exists():
        say("no shared data: nothing measured")
        raise SystemExit
    cities()
    published()
    power(read_terrain(COLIMA, VerticalDatum.HAE))
    speed()
