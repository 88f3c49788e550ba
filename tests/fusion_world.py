"""A small world for fusion: one place looked at from many sides, with known answers."""

from collections.abc import Sequence

import numpy as np

from atalaya.geo.local_plane import LocalPlane
from atalaya.model.detection import DetectionTable
from atalaya.model.footprint import FootprintTable

PLANE = LocalPlane(-107.4, 25.1)
START_US = 1_790_000_000_000_000


def footprints(
    azimuths_deg: Sequence[float],
    centre_m: tuple[float, float] = (0.0, 0.0),
    half_m: float = 100.0,
    start_us: int = START_US,
) -> FootprintTable:
    """One square footprint per azimuth, a second apart."""
    count = len(azimuths_deg)
    square = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]]) * half_m + np.array(centre_m)
    lon, lat = PLANE.to_degrees(np.tile(square, (count, 1, 1)))
    centre_lon, centre_lat = PLANE.to_degrees(np.tile(np.array(centre_m), (count, 1)))
    one = np.ones(count)
    return FootprintTable(
        frame_index=np.arange(count, dtype=np.int64),
        time_us=start_us + np.arange(count, dtype=np.int64) * 1_000_000,
        corner_lon_deg=lon,
        corner_lat_deg=lat,
        centre_lon_deg=centre_lon,
        centre_lat_deg=centre_lat,
        centre_hae_m=one * 900,
        centre_covariance_m2=np.tile(np.eye(2) * 16, (count, 1, 1)),
        ce90_m=one * 8.6,
        le90_m=one * 8,
        slant_range_m=one * 2000,
        gsd_m=one * 0.35,
        look_azimuth_deg=np.array(azimuths_deg, dtype=np.float64),
        depression_deg=one * 45,
    )


def detections(
    looks: FootprintTable,
    rows: Sequence[int],
    points_m: Sequence[tuple[float, float]],
    *,
    kind: str = "anomaly",
    weight_bits: float = 3.0,
    sigma_m: float = 4.0,
    pixel: tuple[float, float] | None = None,
) -> DetectionTable:
    """One detection per look in `rows`, at the point beside it; at its own pixel unless one is given."""
    count = len(rows)
    index = np.array(rows, dtype=np.intp)
    lon, lat = PLANE.to_degrees(np.array(points_m, dtype=np.float64).reshape(count, 2))
    one = np.ones(count)
    x_px, y_px = (np.array(points_m, dtype=np.float64).reshape(count, 2) * 4.0 + 400.0).T
    if pixel is not None:
        x_px, y_px = one * pixel[0], one * pixel[1]
    return DetectionTable(
        detection_index=np.arange(count, dtype=np.int64),
        frame_index=looks.frame_index[index],
        time_us=looks.time_us[index],
        kind=np.array([kind] * count, dtype=np.str_),
        x_px=x_px,
        y_px=y_px,
        width_px=one * 20,
        height_px=one * 15,
        weight_bits=one * weight_bits,
        lon_deg=lon,
        lat_deg=lat,
        hae_m=one * 900,
        covariance_m2=np.tile(np.eye(2) * sigma_m**2, (count, 1, 1)),
        ce90_m=one * 2.146 * sigma_m,
        length_m=one * 7,
        width_m=one * 5,
        look_azimuth_deg=looks.look_azimuth_deg[index],
        detector=np.array(["local-anomaly 1"] * count, dtype=np.str_),
    )
