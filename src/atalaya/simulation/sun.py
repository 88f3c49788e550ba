"""Where the sun stands and what colour its light is, by formulas short enough to check by hand."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.units import Degrees

WAVELENGTH_UM = (0.61, 0.55, 0.465)
"""Where the red, green and blue channels of a colour sensor are most sensitive."""
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """Direction to the sun: clockwise from north, and above the horizon (negative at night)."""

    azimuth_deg: Degrees
    elevation_deg: Degrees


def sun_at(instant: datetime, lon_deg: Degrees, lat_deg: Degrees) -> Sun:
    """The sun's place in the sky without refraction, to about 0.02 deg from 1950 to 2050.

    Args:
        instant: aware.
        lon_deg: of the place.
        lat_deg: of the place.

    Raises:
        InputError: a naive instant.

    Source: Michalsky, The Astronomical Almanac's algorithm for approximate solar position, Solar Energy 40
    (1988) 227-235.
    """
    if instant.tzinfo is None:
        raise InputError(f"the sun needs a time zone: {instant.isoformat()}")
    days = (instant - _J2000) / timedelta(days=1)
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360.0)
    mean_deg = 280.460 + 0.9856474 * days
    ecliptic = math.radians(mean_deg + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    tilt = math.radians(23.439 - 0.0000004 * days)
    right_ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    sidereal_deg = 280.46062 + 360.98564737 * days + lon_deg
    hour = math.radians(sidereal_deg) - right_ascension
    lat = math.radians(lat_deg)
    east = -math.cos(declination) * math.sin(hour)
    north = math.cos(lat) * math.sin(declination) - math.sin(lat) * math.cos(declination) * math.cos(hour)
    up = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(hour)
    return Sun(
        azimuth_deg=math.degrees(math.atan2(east, north)) % 360.0,
        elevation_deg=math.degrees(math.asin(max(-1.0, min(1.0, up)))),
    )


def air_mass(elevation_deg: Degrees) -> float:
    """How many vertical atmospheres the sun's light comes through; of a sun below the horizon as at it.

    Source: Kasten and Young, Applied Optics 28 (1989) 4735-4738.
    """
    height = max(elevation_deg, 0.0)
    return 1.0 / (math.sin(math.radians(height)) + 0.50572 * math.pow(height + 6.07995, -1.6364))


def sun_colour(elevation_deg: Degrees, haze_depth: float = 0.1) -> NDArray[np.float64]:
    """(3,) red, green, blue of direct sunlight against that of a sun overhead; green is 1.

    Args:
        elevation_deg: of the sun.
        haze_depth: vertical optical depth of the haze at 0.55 um.

    Source: Rayleigh optical depth 0.00864 um^-(3.916 + 0.074 um + 0.05 / um), Fröhlich and Shaw, Applied
    Optics 19 (1980) 1773-1775; haze as um^-1.3 (Ångström).
    """
    wave = np.array(WAVELENGTH_UM)
    rayleigh = 0.00864 * wave ** -(3.916 + 0.074 * wave + 0.050 / wave)
    depth = rayleigh + haze_depth * (wave / 0.55) ** -1.3
    kept = np.exp(-depth * (air_mass(elevation_deg) - 1.0))
    return np.asarray(kept / kept[1])
