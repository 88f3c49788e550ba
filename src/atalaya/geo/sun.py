"""Where the sun stands, by formulas short enough to check by hand."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from atalaya.errors import InputError
from atalaya.units import Degrees

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
