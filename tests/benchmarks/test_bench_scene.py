"""A simulated sortie: pictures made, places seen in them, looks fused into sites; and how good the sites are."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from atalaya.app.synthetic_stream import terrain_of
from atalaya.detection.local_anomaly import LocalAnomalyDetector
from atalaya.detection.table import on_the_ground
from atalaya.fusion.params import FusionParams
from atalaya.fusion.sites import fuse
from atalaya.geo.local_plane import LocalPlane
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.pose import poses
from atalaya.model.detection import DetectionTable
from atalaya.simulation.camera import view_of
from atalaya.simulation.render import look, render
from atalaya.simulation.scene import FPS, HEIGHT_PX, WIDTH_PX, make_scene
from atalaya.simulation.score import score

LOOK_EVERY = round(FPS)
"""One look a second, as the use case takes them."""
UNSEEN_SEEDS = range(1001, 1006)
"""Not those that anything was tuned on."""
DETECTOR = LocalAnomalyDetector()


def scene_of(seed):
    return make_scene(seed, start=datetime(2026, 11, 20, 18, tzinfo=UTC))


@pytest.fixture(scope="module")
def scene():
    return scene_of(0)


@pytest.fixture(scope="module")
def pictures(scene):
    return {row: next(iter(render(scene, range(row, row + 1)))) for row in range(0, scene.frame_count, 48)}


def looks_of(scene):
    """What the detector says of one look a second, on the ground, without the loss of a video codec."""
    camera = poses(scene.flight.reported)
    terrain, errors = terrain_of(scene), PoseErrors()
    rows = np.arange(0, scene.frame_count, LOOK_EVERY)
    table = footprints(camera.take(rows), terrain, errors, (WIDTH_PX, HEIGHT_PX))
    parts: list[DetectionTable] = []
    for number, picture in enumerate(render(scene, range(0, scene.frame_count, LOOK_EVERY))):
        found = DETECTOR.detect(picture, float(table.gsd_m[number]))
        many = camera.take(np.full(len(found), rows[number], dtype=np.intp))
        places = locate_pixels(many, found.x_px, found.y_px, WIDTH_PX, HEIGHT_PX, terrain, errors)
        at = sum(map(len, parts))
        row = table.take(np.array([number]))
        parts.append(on_the_ground(found, places, row, first_index=at, detector="local-anomaly 1"))
    return DetectionTable.concatenate(parts), table


@pytest.fixture(scope="module")
def looks(scene):
    return looks_of(scene)


def test_simulated_pictures(race, job, scene):
    camera = scene.flight.camera
    view = view_of(scene.flight.true, 0, scene.world.frame)

    def a_ray_for_every_pixel():
        x_px, y_px = np.meshgrid(
            np.arange(WIDTH_PX, dtype=np.float64), np.arange(HEIGHT_PX, dtype=np.float64)
        )
        rays = camera.directions(x_px, y_px).reshape(-1, 3) @ view.axes.T
        return scene.world.surface.cast(view.origin_m, rays)

    assert look(scene.world, camera, view).shape == (HEIGHT_PX, WIDTH_PX, 3)
    race.run(
        f"simulated picture of {WIDTH_PX} x {HEIGHT_PX} px, rendered",
        job(name="Atalaya", run=lambda: list(render(scene, range(5))), amount=5),
        job(name="a ray for every pixel, geometry alone", run=a_ray_for_every_pixel, amount=1),
        unit="ms CPU/frame",
        each=1000.0,
        rounds=3,
    )


@pytest.mark.parametrize("peer", ["MSER (OpenCV)", "SimpleBlobDetector (OpenCV)"])
def test_detection_in_a_picture(race, job, pictures, peer):
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures.values()]
    mser, blobs = cv2.MSER.create(), cv2.SimpleBlobDetector.create()
    regions = mser.detectRegions if peer.startswith("MSER") else blobs.detect
    race.run(
        f"candidates in a picture of {WIDTH_PX} x {HEIGHT_PX} px at 0.36 m, one scale",
        job(
            name="Atalaya",
            run=lambda: [DETECTOR.detect(one, 0.36) for one in pictures.values()],
            amount=len(pictures),
        ),
        job(name=peer, run=lambda: [regions(one) for one in grey], amount=len(grey)),
        unit="ms CPU/frame",
        each=1000.0,
    )


def fused(looks):
    table, feet = looks
    return fuse(
        table,
        feet,
        detection_sources=np.array(["s"] * len(table), dtype=np.str_),
        footprint_sources=np.array(["s"] * len(feet), dtype=np.str_),
        params=FusionParams(),
    )


def clustered(looks):
    """Single linkage at 10 m over the same points: clusters, and nothing about whether a site is there."""
    table, _ = looks
    known = np.isfinite(table.lon_deg)
    plane = LocalPlane(float(np.nanmean(table.lon_deg)), float(np.nanmean(table.lat_deg)))
    points_m = plane.to_metres(table.lon_deg[known], table.lat_deg[known])
    return fcluster(linkage(points_m, "single"), 10.0, "distance")


def test_fusing_a_sortie(race, job, looks):
    race.run(
        f"{len(looks[0]):,} detections of {len(looks[1])} looks fused to sites",
        job(name="Atalaya", run=lambda: fused(looks), amount=1),
        job(name="single linkage (SciPy), clusters alone", run=lambda: clustered(looks), amount=1),
        unit="CPU-s",
        each=1.0,
    )


def test_quality_of_the_sites(race):
    worlds = [(scene, looks_of(scene)) for scene in map(scene_of, UNSEEN_SEEDS)]
    found = race.once(lambda: [fused(seen) for _, seen in worlds])
    clusters = sum(int(clustered(seen).max()) for _, seen in worlds)
    wanted = 2 * len(worlds)
    for bar in (0.0, 0.9):
        scores = [
            score([one.position for one in candidates if one.probability >= bar], world.truth)
            for (world, _), candidates in zip(worlds, found, strict=True)
        ]
        off_m = [error_m for one in scores for error_m in one.position_errors_m]
        inside = sum(len(one.found) * (one.share_inside_ce90 or 0.0) for one in scores)
        decoys = sum(sum(one.decoy_hits.values()) for one in scores)
        chosen = f"probability from {bar}" if bar else "all proposed"
        race.note(
            f"simulated sites, {len(worlds)} unseen scenes, {chosen}",
            f"{len(off_m)} of {wanted} found ({inside:.0f} inside CE90), "
            f"{sum(one.false_candidates for one in scores)} false ({decoys} on decoys); "
            f"off by {np.median(off_m):.1f} m (median), {max(off_m):.1f} m (max)",
            f"{clusters} clusters by single linkage",
            f"{wanted} found, 0 false",
        )
