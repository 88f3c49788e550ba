"""Places as people read them out over a radio: UTM and the Military Grid Reference System (MGRS)."""

import math
from dataclasses import dataclass

from pyproj import Proj

from atalaya.errors import InputError
from atalaya.units import Degrees, Metres

SOUTHERNMOST_DEG, NORTHERNMOST_DEG = -80.0, 84.0
"""Beyond these UTM is not defined; the polar grid is not offered."""

_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_SQUARE_M = 100_000
_FALSE_NORTHING_M = 10_000_000.0
_MICROMETRE = 6
"""Decimals that mean something: on a meridian of 500 km the projection says 499999.9999999995."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtmPlace:
    """A place on the Universal Transverse Mercator grid, WGS 84.

    Args:
        zone: 1 to 60.
        band: latitude band, C to X without I and O; N and later is the northern hemisphere.
        easting_m, northing_m: with the false origin of the zone and the hemisphere.
    """

    zone: int
    band: str
    easting_m: Metres
    northing_m: Metres

    @property
    def north(self) -> bool:
        """Whether it is in the northern hemisphere, the equator included."""
        return self.band >= "N"


def utm_of(lon_deg: Degrees, lat_deg: Degrees) -> UtmPlace | None:
    """Zone, band and grid place, with the wider zones of Norway and Svalbard.

    Args:
        lon_deg: any turn.
        lat_deg: -90 to 90.

    Returns:
        Within 1 mm of PROJ, which works it out; None beyond 80° S or 84° N, where there is no UTM.

    Raises:
        InputError: no such place.

    Source: NGA.STND.0037 (universal grids), sections 2 and 3; PROJ for the projection.
    """
    if not (math.isfinite(lon_deg) and -90.0 <= lat_deg <= 90.0):
        raise InputError(f"no such place: lon {lon_deg}, lat {lat_deg} deg")
    if not SOUTHERNMOST_DEG <= lat_deg <= NORTHERNMOST_DEG:
        return None
    lon_deg = (lon_deg + 180.0) % 360.0 - 180.0
    band = _BANDS[min(int((lat_deg - SOUTHERNMOST_DEG) // 8.0), len(_BANDS) - 1)]
    zone = _zone(lon_deg, band)
    easting_m, northing_m = Proj(proj="utm", zone=zone, ellps="WGS84")(lon_deg, lat_deg)
    if band < "N":
        northing_m += _FALSE_NORTHING_M
    return UtmPlace(zone=zone, band=band, easting_m=easting_m, northing_m=northing_m)


def mgrs_of(place: UtmPlace) -> str:
    """The reference of the square metre that holds a place, as `13QGB 12345 67890`.

    Digits are cut off, not rounded: a reference names the square whose south-west corner it is.

    Source: NGA.STND.0037, section 3 and appendix B (lettering AA).
    """
    east_m, north_m = (math.floor(round(it, _MICROMETRE)) for it in (place.easting_m, place.northing_m))
    column = _COLUMNS[(place.zone - 1) % 3][east_m // _SQUARE_M - 1]
    shift = 0 if place.zone % 2 else 5
    row = _ROWS[(north_m // _SQUARE_M + shift) % len(_ROWS)]
    square = f"{place.zone:02d}{place.band}{column}{row}"
    return f"{square} {east_m % _SQUARE_M:05d} {north_m % _SQUARE_M:05d}"


def _zone(lon_deg: Degrees, band: str) -> int:
    """Six degrees each, but for the south-west of Norway and for Svalbard."""
    zone = int((lon_deg + 180.0) // 6.0) + 1
    if band == "V" and 3.0 <= lon_deg < 12.0:
        return 32
    if band == "X" and 0.0 <= lon_deg < 42.0:
        return 31 + 2 * int((lon_deg + 3.0) // 12.0)
    return zone
