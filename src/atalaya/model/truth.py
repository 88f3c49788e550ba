"""What is really there in a simulated world: the right answers, never read by any stage but evaluation."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, MetresArray, MicrosecondsArray


class TrueRole(StrEnum):
    """Innocent places are kept apart, because a false alarm there harms people."""

    SITE = "site"
    LOOK_ALIKE = "look-alike"


class Setting(StrEnum):
    """Where a true site hides; what `model.site.SiteKind` tells apart is coarser."""

    CANOPY_RAVINE = "canopy-ravine"
    FIELD_EDGE = "field-edge"
    MANGROVE = "mangrove"
    UNDERGROUND = "underground"
    URBAN = "urban"
    STOCKPILE = "stockpile"
    DUMP = "dump"


class SiteState(StrEnum):
    """What goes on at a true site while it is looked at."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DESTROYED = "destroyed"


class LookAlikeKind(StrEnum):
    """Innocent things that a laboratory resembles from the air."""

    RANCH_SHED = "ranch-shed"
    CORRAL = "corral"
    CHARCOAL_KILN = "charcoal-kiln"
    FIELD_CAMP = "field-camp"
    SHADE_NET = "shade-net"
    APIARY = "apiary"
    SAWMILL = "sawmill"
    ARTISANAL_MINE = "artisanal-mine"
    CROP_BURN = "crop-burn"
    VILLAGE_HOME = "village-home"


class ObjectKind(StrEnum):
    """What stands or lies at a place."""

    SHELTER = "shelter"
    ROOF = "roof"
    DRUM = "drum"
    TRAY = "tray"
    GAS_BOTTLE = "gas-bottle"
    GENERATOR = "generator"
    HOSE = "hose"
    STAIN = "stain"
    PIT = "pit"
    TRACK_END = "track-end"
    PARKED_VEHICLE = "parked-vehicle"
    FENCE = "fence"
    HEAP = "heap"
    CONTAINER = "container"
    VENT = "vent"
    TANK = "tank"
    HIVE = "hive"
    LOGS = "logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePlaceTable(Columns):
    """Sites and look-alikes of one world, N first.

    Args:
        place_index: (N,) int64 from 0.
        role: (N,) str, values of TrueRole.
        kind: (N,) str, a Setting for a site, a LookAlikeKind for a look-alike.
        state: (N,) str, a SiteState for a site, empty for a look-alike.
        lon_deg, lat_deg, hae_m: (N,) the middle of its things, on the ground.
        radius_m: (N,) its things lie within.
        canopy_share: (N,) 0..1 of the ground within the radius that leaves hide straight from above, gaps in
            crowns counted as open.
    """

    place_index: NDArray[np.int64]
    role: NDArray[np.str_]
    kind: NDArray[np.str_]
    state: NDArray[np.str_]
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    radius_m: MetresArray
    canopy_share: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueObjectTable(Columns):
    """The things at the places, N first.

    Args:
        object_index: (N,) int64 from 0. place_index: (N,) int64, -1 for a thing by itself.
        kind: (N,) str, values of ObjectKind.
        lon_deg, lat_deg, hae_m: (N,) the middle of its base on the ground.
        length_m, width_m, height_m: (N,); height above the ground of its highest point.
        heading_deg: (N,) of its length, clockwise from north.
        excess_temperature_k: (N,) its top over the bare soil beside it, both below the same leaves, when the
            clip begins: its material's by sun and sky, and its own heat.
    """

    object_index: NDArray[np.int64]
    place_index: NDArray[np.int64]
    kind: NDArray[np.str_]
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    length_m: MetresArray
    width_m: MetresArray
    height_m: MetresArray
    heading_deg: DegreesArray
    excess_temperature_k: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OcclusionTable(Columns):
    """How much of each object each look could not see, N first; one row per object and frame.

    Args:
        object_index, frame_index: (N,) int64. time_us: (N,) of the frame.
        in_view: (N,) bool, the middle of its top falls into the picture.
        x_px, y_px: (N,) where, from 0 at the middle of the upper left pixel; NaN behind the sensor.
        look_azimuth_deg: (N,) clockwise from north, sensor to object.
        depression_deg: (N,) of the line of sight at the object, positive down.
        gsd_m: (N,) across the look at the object.
        hidden_share: (N,) 0..1 of its top behind crowns, ground or other things; NaN out of view.
    """

    object_index: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    in_view: NDArray[np.bool_]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    look_azimuth_deg: DegreesArray
    depression_deg: DegreesArray
    gsd_m: MetresArray
    hidden_share: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFlightTable(Columns):
    """Where the sensor really was and looked when each picture was taken, N first; angles as in FrameTable.

    Args:
        frame_index, time_us: (N,) int64 of the frame.
        lon_deg, lat_deg, hae_m: (N,) of the sensor.
        platform_heading_deg, platform_pitch_deg, platform_roll_deg: (N,).
        sensor_azimuth_deg, sensor_elevation_deg, sensor_roll_deg: (N,) relative to the platform.
        hfov_deg: (N,).
        aim_lon_deg, aim_lat_deg, aim_hae_m: (N,) what the optical axis is held on.
        gsd_m: (N,) across the look at the aim.
        sun_azimuth_deg, sun_elevation_deg: (N,) at the middle of the scene.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    platform_heading_deg: DegreesArray
    platform_pitch_deg: DegreesArray
    platform_roll_deg: DegreesArray
    sensor_azimuth_deg: DegreesArray
    sensor_elevation_deg: DegreesArray
    sensor_roll_deg: DegreesArray
    hfov_deg: DegreesArray
    aim_lon_deg: DegreesArray
    aim_lat_deg: DegreesArray
    aim_hae_m: MetresArray
    gsd_m: MetresArray
    sun_azimuth_deg: DegreesArray
    sun_elevation_deg: DegreesArray
