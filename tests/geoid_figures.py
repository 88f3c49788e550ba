"""What the geoid is measured by: eight Mexican cities, and the published test of a known tool against RTK points."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from atalaya.geo.ellipsoid import east_north_m
from atalaya.geo.geoid import Geoid, hae_to_msl, msl_to_hae, undulation_m
from shared_data import shared_file

CITIES = {
    "Culiacán": (-107.3940, 24.8091),
    "Guadalajara": (-103.3496, 20.6597),
    "Pachuca": (-98.7591, 20.1011),
    "Puebla": (-98.2063, 19.0414),
    "Mexico City": (-99.1332, 19.4326),
    "Tijuana": (-117.0382, 32.5149),
    "Mérida": (-89.5926, 20.9674),
    "Monterrey": (-100.3161, 25.6866),
}
GRIDS = {
    "GGM10": "data/geo/geoid/mx_inegi_ggm10.tif",
    "EGM96": "data/geo/geoid/us_nga_egm96_15.tif",
}


def by_scipy(source: Path, lon_deg: float, lat_deg: float) -> float:
    """The undulation of the file by other code: its pixels, bilinear by SciPy."""
    with rasterio.open(source) as raster:
        place, values = raster.transform, raster.read(1)
    col, row = (lon_deg - place.c) / place.a - 0.5, (lat_deg - place.f) / place.e - 0.5
    return float(map_coordinates(values.astype(np.float64), [[row], [col]], order=1)[0])


def by_proj(source: Path, lon_deg: float, lat_deg: float) -> float:
    """The undulation of the file by PROJ's own vertical grid shift, from 0 m above the sea."""
    turn = "+step +proj=unitconvert +xy_in={} +xy_out={}"
    shift = pyproj.Transformer.from_pipeline(
        f"+proj=pipeline {turn.format('deg', 'rad')} +step +proj=vgridshift +grids={source} +multiplier=1 "
        f"{turn.format('rad', 'deg')}"
    )
    return float(shift.transform(lon_deg, lat_deg, 0.0)[2])


@dataclass(frozen=True, kw_only=True)
class Thunderstorm:
    """441 published geolocations and 53 RTK points, as their authors give them.

    Attributes:
        published_m: stated height above the ellipsoid of each result. drone_m: of each drone.
        nearest: (441,) the RTK point nearest to each result. off_m: (441,) how far that is.
    """

    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    published_m: NDArray[np.float64]
    drone_m: NDArray[np.float64]
    drone_lon_deg: NDArray[np.float64]
    drone_lat_deg: NDArray[np.float64]
    slant_range_m: NDArray[np.float64]
    depression_rad: NDArray[np.float64]
    rtk_hae_m: NDArray[np.float64]
    off_m: NDArray[np.float64]

    def cep_and_ce90_m(self) -> tuple[float, float]:
        return float(np.percentile(self.off_m, 50)), float(np.percentile(self.off_m, 90))

    def published_error_m(self) -> NDArray[np.float64]:
        return self.published_m - self.rtk_hae_m

    def right_error_m(self, geoid: Geoid) -> NDArray[np.float64]:
        """The same results with the sign of the geoid put right: sea level as they had it, then our datum."""
        msl_m = self.published_m + undulation_m(geoid, self.lon_deg, self.lat_deg)  # they took hae = msl - N
        return msl_to_hae(geoid, self.lon_deg, self.lat_deg, msl_m) - self.rtk_hae_m

    def ray_error_m(self, geoid: Geoid) -> NDArray[np.float64]:
        """Height at the end of their ray from the drone, its own height put right by the same step."""
        msl_m = self.drone_m + undulation_m(geoid, self.drone_lon_deg, self.drone_lat_deg)
        drone_m = msl_to_hae(geoid, self.drone_lon_deg, self.drone_lat_deg, msl_m)
        return drone_m - self.slant_range_m * np.sin(self.depression_rad) - self.rtk_hae_m


def thunderstorm() -> Thunderstorm:
    calc = _columns(shared_file("data/geo/accuracy/thunderstorm_calc.csv"))
    rtk = _columns(shared_file("data/geo/accuracy/thunderstorm_gcps.csv"))
    rtk_lon_deg, rtk_lat_deg, rtk_hae_m = rtk("Longitude"), rtk("Latitude"), rtk("Elevation")
    lon_deg, lat_deg = calc("lon"), calc("lat")
    apart_m = np.linalg.norm(
        east_north_m(rtk_lon_deg[None, :], rtk_lat_deg[None, :], lon_deg[:, None], lat_deg[:, None]), axis=2
    )
    nearest = apart_m.argmin(axis=1)
    return Thunderstorm(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        published_m=calc("hae"),
        drone_m=calc("droneElevationHAE"),
        drone_lon_deg=calc("droneLongitude"),
        drone_lat_deg=calc("droneLatitude"),
        slant_range_m=calc("slantRange"),
        depression_rad=np.radians(calc("raySlantAngleDeg")),
        rtk_hae_m=rtk_hae_m[nearest],
        off_m=apart_m.min(axis=1),
    )


def _columns(source: Path) -> Callable[[str], NDArray[np.float64]]:
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return lambda name: np.array([float(row[name]) for row in rows])


def round_trip_m(geoid: Geoid, lon_deg: float, lat_deg: float, msl_m: float) -> float:
    """Sea level to ellipsoid and back: what is lost."""
    return abs(float(hae_to_msl(geoid, lon_deg, lat_deg, msl_to_hae(geoid, lon_deg, lat_deg, msl_m)) - msl_m))
