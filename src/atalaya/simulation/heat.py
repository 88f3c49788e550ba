"""How warm each material is at each hour of a clear day: one energy balance a material, force and restore.

What the sun gives and the surface keeps, less what it radiates against a clear sky, loses to the wind, spends
on evaporation and conducts to what lies below, changes the temperature of a layer with a heat capacity. Soil,
rock, water restore to their own daily mean below (Deardorff); sheets have air on their other side. A
radiometer sees the surface's own radiation and, by what its emissivity lacks, the cold sky mirrored in it.

Source: force-restore method, Deardorff, J. Geophys. Res. 83 (1978) 1889-1903; clear-sky sun, Haurwitz,
J. Meteorol. 2 (1945) 154-166; sky, Brunt, Q. J. R. Meteorol. Soc. 58 (1932) 389-420; evaporation, Priestley
and Taylor, Mon. Weather Rev. 100 (1972) 81-92. Albedos, emissivities and inertias are textbook values.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.sun import sun_at
from atalaya.simulation.solids import Material
from atalaya.units import Degrees, Seconds

STEP_S: Seconds = 300.0
DAYS = 4
"""Enough for each day to be like the one before within 0.1 K, water left aside."""
DIFFUSE_SHARE = 0.15
"""Of the sun's heat that reaches ground in the shade."""
_DAY_S: Seconds = 86_400.0
_STEFAN = 5.670374e-8
_ICE_K = 273.15
_PRIESTLEY_TAYLOR = 1.26
_WARMEST_HOUR = 15.0
_MOST_RESTORE = 12.0
"""W/m2 K from what lies below: a layer as deep as that of water has nearly nothing below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Air of the day.

    Args:
        coolest_k, warmest_k: of the air, about sunrise and at three in the afternoon.
        vapour_hpa: pressure of water vapour; dry air makes a cold sky.
        wind_share: 1 for a light breeze; scales what the wind carries away.
    """

    coolest_k: float = 288.0
    warmest_k: float = 303.0
    vapour_hpa: float = 12.0
    wind_share: float = 1.0

    def __post_init__(self) -> None:
        sound = 230.0 < self.coolest_k <= self.warmest_k < 330.0
        if not (sound and 0.0 < self.vapour_hpa < 60.0 and 0.1 <= self.wind_share <= 10.0):
            raise InputError(f"no such air: {self}")


@dataclass(frozen=True, slots=True)
class _Surface:
    """How a material takes and gives heat.

    Args:
        albedo: share of sunlight sent back. emissivity: in the long-wave infrared.
        capacity_kj: heat capacity [kJ/m2 K] of the layer that takes part. wind: loss to the air [W/m2 K].
        wetness: share of the evaporation of wet ground. below: loss of a sheet to the air under it [W/m2 K];
            0 for what lies on the ground.
    """

    albedo: float
    emissivity: float
    capacity_kj: float
    wind: float
    wetness: float
    below: float = 0.0


_SURFACES: dict[Material, _Surface] = {
    Material.SOIL: _Surface(0.22, 0.95, 83.0, 15.0, 0.15),
    Material.GRASS: _Surface(0.22, 0.97, 30.0, 22.0, 0.55),
    Material.LEAVES: _Surface(0.20, 0.98, 1.5, 60.0, 0.70),
    Material.DRY_LEAVES: _Surface(0.28, 0.96, 1.2, 45.0, 0.0),
    Material.WATER: _Surface(0.07, 0.98, 4200.0, 14.0, 1.0),
    Material.CONCRETE: _Surface(0.35, 0.93, 141.0, 14.0, 0.0),
    Material.SHEET_METAL: _Surface(0.35, 0.85, 3.0, 12.0, 0.0, 3.0),
    Material.PLASTIC_SHEET: _Surface(0.28, 0.92, 0.7, 15.0, 0.0, 6.0),
    Material.BRANCHES: _Surface(0.22, 0.97, 2.0, 40.0, 0.15),
    Material.WOOD: _Surface(0.35, 0.92, 12.0, 14.0, 0.0, 3.0),
    Material.PAINTED_METAL: _Surface(0.35, 0.92, 6.0, 15.0, 0.0, 3.0),
    Material.CHAR: _Surface(0.06, 0.95, 33.0, 15.0, 0.0),
    Material.MUD: _Surface(0.12, 0.96, 124.0, 15.0, 0.8),
    Material.ROCK: _Surface(0.25, 0.94, 182.0, 14.0, 0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatDay:
    """Temperatures over one day at one place, in steps of `STEP_S` from `start`, that day repeated.

    Args:
        start: aware.
        sunlit_k, shaded_k: (T, M) as a long-wave radiometer sees them, by `Material`.
        air_k: (T,) of the air.
    """

    start: datetime
    sunlit_k: NDArray[np.float64]
    shaded_k: NDArray[np.float64]
    air_k: NDArray[np.float64]

    def at(self, instant: datetime) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """(M,) kelvin in the sun, (M,) in lasting shade, and the air's, at an aware instant of any day."""
        step = (instant - self.start) / timedelta(seconds=STEP_S) % self.air_k.size
        here, share = int(step), step - int(step)
        there = (here + 1) % self.air_k.size
        sunlit, shaded, air = (
            (1.0 - share) * series[here] + share * series[there]
            for series in (self.sunlit_k, self.shaded_k, self.air_k)
        )
        return np.asarray(sunlit), np.asarray(shaded), float(air)


def heat_day(day: datetime, lon_deg: Degrees, lat_deg: Degrees, climate: Climate | None = None) -> HeatDay:
    """The temperatures of every material through a clear day.

    Args:
        day: aware; any instant of the 24 hours that begin at solar midnight before it.
        lon_deg: of the place.
        lat_deg: of the place.
        climate: the air; a mild dry-season day when None.

    Returns:
        Kelvin that repeat from day to day within 0.1 K (a test).

    Raises:
        InputError: a naive instant.
    """
    climate = climate or Climate()
    if day.tzinfo is None:
        raise InputError(f"a day needs a time zone: {day.isoformat()}")
    start = _solar_midnight(day, lon_deg)
    times = [start + timedelta(seconds=STEP_S * step) for step in range(round(_DAY_S / STEP_S))]
    sine = np.array([math.sin(math.radians(sun_at(time, lon_deg, lat_deg).elevation_deg)) for time in times])
    sun_w = _haurwitz_w(np.maximum(sine, 0.0))
    hours = np.arange(sine.size, dtype=np.float64) * STEP_S / 3600.0
    air_k = _air_k(hours, sine, climate)
    sky_k4 = (0.52 + 0.065 * math.sqrt(climate.vapour_hpa)) * air_k**4
    columns = [
        _seen_k(_balance(sun_w * share, sky_k4, air_k, climate.wind_share), sky_k4)
        for share in (1.0, DIFFUSE_SHARE)
    ]
    return HeatDay(start=start, sunlit_k=columns[0], shaded_k=columns[1], air_k=air_k)


def _solar_midnight(day: datetime, lon_deg: Degrees) -> datetime:
    """When the mean sun was lowest, last before an instant."""
    offset = timedelta(hours=lon_deg / 15.0)
    solar = day + offset
    return solar.replace(hour=0, minute=0, second=0, microsecond=0) - offset


def _haurwitz_w(sine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sunlight on level ground under a clear sky [W/m2] by the sine of the sun's height."""
    risen = np.maximum(sine, 1e-3)
    return np.asarray(np.where(sine > 0.0, 1098.0 * risen * np.exp(-0.057 / risen), 0.0))


def _air_k(hours: NDArray[np.float64], sine: NDArray[np.float64], climate: Climate) -> NDArray[np.float64]:
    """The air: coolest at sunrise, warmest at three, half cosines between."""
    up = np.flatnonzero(sine > 0.0)
    sunrise = float(hours[up[0]]) if up.size and up.size < sine.size else 6.0
    rising = _WARMEST_HOUR - sunrise
    since = (hours - sunrise) % 24.0
    phase = np.where(since < rising, since / rising, 1.0 + (since - rising) / (24.0 - rising))
    middle, half = (
        0.5 * (climate.warmest_k + climate.coolest_k),
        0.5 * (climate.warmest_k - climate.coolest_k),
    )
    return np.asarray(middle - half * np.cos(math.pi * phase))


def _balance(
    sun_w: NDArray[np.float64], sky_k4: NDArray[np.float64], air_k: NDArray[np.float64], wind_share: float
) -> NDArray[np.float64]:
    """(T, M) surface temperatures of the last of `DAYS` like days; steps are implicit, none overshoots."""
    surfaces = [_SURFACES[material] for material in Material]
    albedo, emissivity, capacity_kj, wind, wetness, below = (
        np.array([getattr(one, name) for one in surfaces]) for name in _Surface.__slots__
    )
    capacity = 1000.0 * capacity_kj
    restore = np.minimum(capacity * 2.0 * math.pi / _DAY_S, _MOST_RESTORE)
    restore[below > 0.0] = 0.0
    loss = wind * wind_share + below
    kelvin = np.full(albedo.size, float(air_k.mean()))
    deep_k = kelvin.copy()
    series = np.empty((sun_w.size, albedo.size))
    for _ in range(DAYS):
        for step in range(sun_w.size):
            series[step] = kelvin
            taken_w = (1.0 - albedo) * sun_w[step]
            net_w = taken_w + emissivity * _STEFAN * (sky_k4[step] - kelvin**4)
            spent_w = wetness * _evaporation_share(kelvin) * np.maximum(net_w, 0.0)
            stiff = 4.0 * emissivity * _STEFAN * kelvin**3 + loss + restore
            gain_w = net_w - spent_w + loss * (air_k[step] - kelvin) + restore * (deep_k - kelvin)
            kelvin = kelvin + gain_w / (capacity / STEP_S + stiff)
        deep_k = series.mean(axis=0)
    return series


def _evaporation_share(kelvin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the net radiation that wet ground spends on evaporation; below one."""
    celsius = kelvin - _ICE_K
    vapour_hpa = 6.112 * np.exp(17.67 * celsius / (celsius + 243.5))
    slope = vapour_hpa * 17.67 * 243.5 / (celsius + 243.5) ** 2
    return np.asarray(np.minimum(_PRIESTLEY_TAYLOR * slope / (slope + 0.66), 0.95))


def _seen_k(kelvin: NDArray[np.float64], sky_k4: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a radiometer takes them for: own radiation and the mirrored sky."""
    emissivity = np.array([_SURFACES[material].emissivity for material in Material])
    return np.asarray((emissivity * kelvin**4 + (1.0 - emissivity) * sky_k4[:, None]) ** 0.25)
