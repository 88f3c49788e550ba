"""Worlds made by hand, in metres about one place, so that every count can be worked out on paper."""

import numpy as np

from atalaya.geo.local_plane import LocalPlane
from atalaya.model.detection import ScoredPlaceTable
from atalaya.model.footprint import no_footprints
from atalaya.model.known_world import KnownWorld
from atalaya.model.truth import OcclusionTable, TrueObjectTable, TruePlaceTable

PLANE = LocalPlane(-75.0, 2.0)
HALF_DEG = 0.02


def site(
    east_m,
    north_m,
    *,
    kind="canopy-ravine",
    state="active",
    radius_m=10.0,
    hidden=0.1,
    azimuths=(10, 100, 190),
):
    """A true site with one shelter, in view from these bearings, so much of it hidden each time."""
    return {
        "role": "site",
        "kind": kind,
        "state": state,
        "at": (east_m, north_m),
        "radius_m": radius_m,
        "looks": [(azimuth, hidden) for azimuth in azimuths],
    }


def look_alike(east_m, north_m, *, kind="apiary", radius_m=10.0):
    """An innocent place that is looked at from all sides."""
    return site(east_m, north_m, kind=kind, state="", radius_m=radius_m) | {"role": "look-alike"}


def world(*places, name="one", square_m=1000.0, azimuths=(10, 100, 190), object_kind="shelter"):
    """A world whose square about the middle is covered by one frame from each bearing."""
    count = len(places)
    lon, lat = PLANE.to_degrees(np.array([one["at"] for one in places], dtype=float).reshape(-1, 2))
    looks = [(row, *look) for row, one in enumerate(places) for look in one["looks"]]
    text = {
        name: np.array([one[name] for one in places], dtype=np.str_) for name in ("role", "kind", "state")
    }
    numbers = np.zeros(count)
    return KnownWorld(
        name=name,
        places=TruePlaceTable(
            place_index=np.arange(count),
            **text,
            lon_deg=lon,
            lat_deg=lat,
            hae_m=numbers,
            radius_m=np.array([one["radius_m"] for one in places], dtype=float),
            canopy_share=numbers,
        ),
        objects=TrueObjectTable(
            object_index=np.arange(count) + 100,
            place_index=np.arange(count),
            kind=np.array([object_kind] * count, dtype=np.str_),
            lon_deg=lon,
            lat_deg=lat,
            hae_m=numbers,
            length_m=numbers + 6.0,
            width_m=numbers + 4.0,
            height_m=numbers + 3.0,
            heading_deg=numbers,
            excess_temperature_k=numbers,
        ),
        occlusion=occlusion([(100 + row, azimuth, hidden) for row, azimuth, hidden in looks]),
        footprints=footprints(square_m, azimuths),
        bounds_deg=(-75.0 - HALF_DEG, 2.0 - HALF_DEG, -75.0 + HALF_DEG, 2.0 + HALF_DEG),
    )


def occlusion(rows):
    """One look per (object, bearing, hidden share), all in the picture."""
    count = len(rows)
    column = np.array(rows, dtype=float).reshape(count, 3)
    return OcclusionTable(
        object_index=column[:, 0].astype(np.int64),
        frame_index=np.arange(count),
        time_us=np.arange(count),
        in_view=np.ones(count, dtype=bool),
        x_px=np.zeros(count),
        y_px=np.zeros(count),
        look_azimuth_deg=column[:, 1],
        depression_deg=np.full(count, 60.0),
        gsd_m=np.full(count, 0.16),
        hidden_share=column[:, 2],
    )


def footprints(square_m, azimuths):
    """The same square about the middle, once from each bearing."""
    half = 0.5 * square_m
    lon, lat = PLANE.to_degrees(np.array([[-half, half], [half, half], [half, -half], [-half, -half]]))
    empty = no_footprints()
    count = len(azimuths)
    filled = {
        name: np.zeros((count, *column.shape[1:]), dtype=column.dtype)
        for name, column in empty.columns().items()
    }
    return type(empty)(
        **filled
        | {
            "frame_index": np.arange(count),
            "corner_lon_deg": np.tile(lon, (count, 1)),
            "corner_lat_deg": np.tile(lat, (count, 1)),
            "look_azimuth_deg": np.array(azimuths, dtype=float),
        }
    )


def places(*rows, kind="", azimuths=-1):
    """Claimed places, (east, north, score) each."""
    column = np.array(rows, dtype=float).reshape(len(rows), 3)
    lon, lat = PLANE.to_degrees(column[:, :2])
    return ScoredPlaceTable(
        lon_deg=lon,
        lat_deg=lat,
        score=column[:, 2],
        kind=np.array([kind] * len(rows), dtype=np.str_),
        azimuths=np.full(len(rows), azimuths, dtype=np.int64),
    )
