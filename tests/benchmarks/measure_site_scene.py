"""Scores `fuse` and `merge` on the shared yardstick of sites over sorties; run by hand, prints a table.

    ATALAYA_SHARED=../shared python tests/benchmarks/measure_site_scene.py

The scene's sorties are one look each and its false alarms do not persist, so evidence of further sorties
counts in full here (`repeat_share` 1), which the defaults for real land do not allow.
"""

import importlib.util
import os
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from atalaya.fusion.merge import combine, looked_without_seeing, match_candidates
from atalaya.fusion.odds import log2_odds_of
from atalaya.fusion.params import FusionParams
from atalaya.fusion.sites import fuse
from atalaya.geo.local_plane import LocalPlane
from atalaya.model.detection import DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.site import Candidate

SHARED = Path(os.environ.get("ATALAYA_SHARED", Path(__file__).resolve().parents[3] / "shared"))
PLANE = LocalPlane(-107.4, 0.0)
BIAS_M2 = 36.0
PARAMS = FusionParams(
    prior_sites_per_km2=0.75 * 0.55,
    innocent_objects_per_km2=0.2,
    detection_probability=0.55,
    clutter_detection_probability=0.001,
    appearance_limit_bits=60.0,
    absence_limit_bits=60.0,
    place_radius_m=1.0,
    place_extent_m=0.0,
    report_probability=0.0,
    single_look_bits=0.0,
    repeat_share=1.0,
    repeat_limit_bits=60.0,
)


def yardstick() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_scene", SHARED / "bench/site_scene.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tables(sortie: dict[str, Any], number: int) -> tuple[DetectionTable, FootprintTable]:
    points, count = sortie["Z"], len(sortie["Z"])
    (west, south), (east, north) = sortie["lo"], sortie["hi"]
    corners = np.array([[[west, north], [east, north], [east, south], [west, south]]])
    corner_lon, corner_lat = PLANE.to_degrees(corners)
    lon, lat = PLANE.to_degrees(points)
    one, single = np.ones(count), np.ones(1)
    time_us = 1_790_000_000_000_000 + number * 86_400_000_000
    looks = FootprintTable(
        frame_index=np.zeros(1, np.int64),
        time_us=np.full(1, time_us, np.int64),
        corner_lon_deg=corner_lon,
        corner_lat_deg=corner_lat,
        centre_lon_deg=single,
        centre_lat_deg=single,
        centre_hae_m=single,
        centre_covariance_m2=np.eye(2)[None],
        ce90_m=single,
        le90_m=single,
        slant_range_m=single,
        gsd_m=single,
        look_azimuth_deg=single * 0,
        depression_deg=single * 90,
    )
    table = DetectionTable(
        detection_index=np.arange(count, dtype=np.int64),
        frame_index=np.zeros(count, np.int64),
        time_us=np.full(count, time_us, np.int64),
        kind=np.array(["anomaly"] * count, dtype=np.str_),
        x_px=one,
        y_px=one,
        width_px=one,
        height_px=one,
        weight_bits=(2.0 * sortie["sc"] - 1.0) / np.log(2.0),
        lon_deg=lon,
        lat_deg=lat,
        hae_m=one * np.nan,
        covariance_m2=sortie["R"] + BIAS_M2 * np.eye(2),
        ce90_m=one,
        length_m=one * np.nan,
        width_m=one * np.nan,
        look_azimuth_deg=one * 0,
        detector=np.array(["scene"] * count, dtype=np.str_),
    )
    return table, looks


def run(sorties: list[dict[str, Any]], *, negative: bool) -> list[Candidate]:
    known: list[Candidate] = []
    for number, sortie in enumerate(sorties):
        table, looks = tables(sortie, number)
        sources = np.array(["s"] * len(table), dtype=np.str_)
        found = fuse(
            table, looks, detection_sources=sources, footprint_sources=np.array(["s"]), params=PARAMS
        )
        matching = match_candidates(known, found, PARAMS)
        merged = list(known)
        for old, new in matching.pairs:
            merged[old] = combine(known[old], found[new], PARAMS)
        if negative:
            for old in matching.unseen:
                merged[old] = looked_without_seeing(known[old], looks, PARAMS)
        known = merged + [found[new] for new in matching.new]
    return known


def expected_error(probability: np.ndarray, true: np.ndarray) -> float:
    bins = np.clip((probability * 10).astype(int), 0, 9)
    parts = [(bins == b, (bins == b).mean()) for b in range(10) if (bins == b).any()]
    return float(sum(abs(probability[rows].mean() - true[rows].mean()) * share for rows, share in parts))


def main() -> None:
    scene = yardstick()
    for negative in (True, False):
        rows = []
        for seed in range(5):
            places, _, die, sorties, seen = scene.world(seed)
            began = time.process_time()
            known = run(sorties, negative=negative)
            cpu_s = time.process_time() - began
            at = PLANE.to_metres(
                np.array([one.position.lon_deg for one in known]),
                np.array([one.position.lat_deg for one in known]),
            )
            probability = np.array([one.probability for one in known])
            chosen = np.array([one.looks_seen >= 2 for one in known])
            if not negative:
                chosen &= np.array([log2_odds_of(one.probability) > 0.0 for one in known])
            scores = scene.site_scores(at[chosen], places, seen)
            alive = places[die >= len(sorties)]
            true = np.array([np.linalg.norm(alive - point, axis=1).min() < 30.0 for point in at])
            rows.append([scores["f1"], scores["rmse_m"], expected_error(probability, true), cpu_s])
        mean = np.mean(rows, axis=0)
        name = "with negative evidence" if negative else "without"
        print(f"{name:24s} F1 {mean[0]:.3f}  RMSE {mean[1]:.1f} m  ECE {mean[2]:.3f}  CPU {mean[3]:.1f} s")  # noqa: T201


if __name__ == "__main__":
    main()
