"""Figures of simulated flights: same bytes, foreign readers, poses as asked, CPU of a frame through the chain.

Run: `python tests/benchmarks/measure_flight.py`. CPU time is this process's; the scene is of 1080p.
"""

import io
import math
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import klvdata
import numpy as np
import stanag4609

from atalaya.app.scene_pictures import Channel
from atalaya.app.simulate_scene import simulate_scene
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.georeg.pose import HeightReference, poses
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stream import read_packets
from atalaya.io.terrain_tiles import load_tile
from atalaya.io.truth_files import load_truth
from atalaya.io.video import encode_h264
from atalaya.model.truth import Setting, TrueFlightTable
from atalaya.simulation.camera import view_of
from atalaya.simulation.pictures3d import colour_picture, studio_of, thermal_picture
from atalaya.simulation.pose_errors import NO_BIAS, NO_NOISE, PoseBias, PoseNoise, biased_poses, report_poses
from atalaya.simulation.scene_spec import Biome, FlightKind, FlightSpec, SceneSpec, SiteSpec
from atalaya.simulation.solids import Material
from atalaya.simulation.sortie3d import Sortie3d, make_sortie3d

SCENE = SceneSpec(
    name="measure-flight",
    seed=2026,
    biome=Biome.SIERRA,
    size_m=500.0,
    sites=(SiteSpec(setting=Setting.CANOPY_RAVINE, canopy_cover=0.7),),
    flight=FlightSpec(kind=FlightKind.ORBIT, duration_s=64.0, fps=0.5, aim_place=0),
    infrared=True,
)
SMALL = replace(
    SCENE,
    size_m=220.0,
    vmti=True,
    flight=FlightSpec(
        kind=FlightKind.ARC,
        arc_deg=20.0,
        duration_s=3.0,
        fps=2.0,
        aim_place=0,
        gsd_m=0.5,
        width_px=320,
        height_px=180,
    ),
)


def say(what: str, found: str, target: str = "") -> None:
    sys.stdout.write(f"{what:58} {found:>28}   {target}\n")


def measure_bytes(folder: Path) -> None:
    for name, jobs in (("one", 1), ("two", 2)):
        simulate_scene(SMALL, b"# measured\n", folder / name, jobs=jobs)
    files = sorted(path.relative_to(folder / "one") for path in (folder / "one").rglob("*") if path.is_file())
    same = sum((folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes() for name in files)
    say("files with the same bytes, 1 and 2 processes", f"{same} of {len(files)}", "all")


def measure_readers(folder: Path) -> None:
    for channel in Channel:
        path = folder / "one" / f"{channel.value}.ts"
        report = stanag4609.verify_fmv_file(str(path))
        errors = {one.code for one in report.findings if one.status is stanag4609.VerificationStatus.ERROR}
        say(f"stanag4609: packets of {path.name}", f"{report.st0601_packets} of 6", "all")
        say(
            f"stanag4609: errors in {path.name}",
            ", ".join(sorted(errors)) or "none",
            "time in the picture only",
        )
    plain = replace(SMALL, vmti=False, infrared=False)  # klvdata cannot read item 74
    simulate_scene(plain, b"# measured\n", folder / "plain")
    packets = read_packets([(folder / "plain" / "eo.ts").read_bytes()]).packets
    read = list(klvdata.StreamParser(io.BytesIO(b"".join(packet.data for packet in packets))))
    say("klvdata: packets of eo.ts", f"{len(read)} of 6", "all")
    frames, _, _ = read_frames(packets)
    flight = load_truth(TrueFlightTable, folder / "plain" / "truth")
    camera = poses(frames, heights=HeightReference.HAE)
    axis = camera.rotation_ecef_from_camera[:, :, 0]
    ground = cast(camera.origin_ecef_m, axis, load_tile(folder / "plain" / "terrain.tif"))
    lon_deg, lat_deg, _ = geodetic_from_ecef(ground)
    east_m = (lon_deg - flight.aim_lon_deg) * 111320.0 * math.cos(math.radians(SCENE.lat_deg))
    off_m = np.hypot(east_m, (lat_deg - flight.aim_lat_deg) * 110800.0)
    say(
        "georegistration of the stream, off the true aim, worst", f"{off_m.max():.3f} m", "quantised metadata"
    )


def measure_aim() -> None:
    for kind in FlightKind:
        spec = replace(SCENE, flight=replace(SCENE.flight, kind=kind, fps=0.1))
        sortie = make_sortie3d(spec)
        gsd, off = [], []
        targets_m = sortie.path.targets_m(sortie.time_s)
        for row in range(sortie.frame_count):
            way_m = targets_m[row] - view_of(sortie.true, row, sortie.world.frame).origin_m
            gsd.append(np.linalg.norm(way_m) / sortie.camera.focal_px)
            off.append(math.degrees(math.atan2(np.hypot(way_m[0], way_m[1]), -way_m[2])))
        found = f"{min(gsd):.4f}-{max(gsd):.4f} m, {min(off):.2f}-{max(off):.2f} deg"
        say(f"{kind.value}: GSD and angle off nadir", found, "0.16 m, 35 deg")


def measure_pose_errors(sortie: Sortie3d) -> None:
    time_s = np.arange(0.0, 4000.0, 0.5)
    true = sortie.path.poses(time_s)
    noise = PoseNoise(
        east_north_m=5.0, up_m=5.0, heading_deg=0.1, pitch_deg=0.1, roll_deg=0.1, correlation_s=5.0
    )
    said = report_poses(np.random.default_rng(1), sortie.world.frame, time_s, true, noise)
    turned = (said.platform_heading_deg - true.platform_heading_deg + 180.0) % 360.0 - 180.0
    place_m = [sortie.world.frame.to_enu(it.lon_deg, it.lat_deg, it.hae_m) for it in (said, true)]
    off_m = (place_m[0] - place_m[1]).std(axis=0)
    say("heading noise asked 0.1 deg", f"{turned.std():.4f} deg", "0.1")
    say("place noise asked 5 m", f"{off_m[0]:.2f} {off_m[1]:.2f} {off_m[2]:.2f} m", "5")
    bias = PoseBias(attitude_lag_s=0.06, heading_bias_deg=0.7)
    late = biased_poses(sortie.world.frame, time_s[:200], sortie.path.poses, bias)
    rate = sortie.path.turned_deg / SCENE.flight.duration_s
    behind = (true.platform_heading_deg[:200] - late.platform_heading_deg + 180.0) % 360.0 - 180.0
    say(
        "lag asked 60 ms (with 0.7 deg heading bias)", f"{1000.0 * (behind.mean() - 0.7) / rate:.2f} ms", "60"
    )
    clean = report_poses(
        np.random.default_rng(1),
        sortie.world.frame,
        time_s[:200],
        biased_poses(sortie.world.frame, time_s[:200], sortie.path.poses, NO_BIAS),
        NO_NOISE,
    )
    worst = np.abs(clean.platform_roll_deg - true.platform_roll_deg[:200]).max()
    say("no errors asked, worst roll", f"{worst:.1e} deg", "0")


def measure_cpu() -> Sortie3d:
    begin = time.process_time()
    sortie = make_sortie3d(SCENE)
    say("CPU: world and flight, 500 m, once", f"{time.process_time() - begin:.2f} s")
    begin = time.process_time()
    studio = studio_of(sortie)
    say("CPU: laid out for pictures, once", f"{time.process_time() - begin:.2f} s")
    for name, take in (("colour", colour_picture), ("thermal", thermal_picture)):
        take(studio, 0)  # compiles, and casts the shadows that all pictures share
        begin = time.process_time()
        made = [take(studio, row) for row in range(1, 5)]
        each_s = (time.process_time() - begin) / len(made)
        begin = time.process_time()
        units = list(encode_h264(iter(made), frames_per_s=2.0, crf=SCENE.crf))
        coded_s = (time.process_time() - begin) / len(made)
        size = sum(len(unit.data) for unit in units) / len(units) / 1e3
        say(f"CPU: {name} 1080p frame, rendered and sensed", f"{each_s:.2f} s", "<= 1.5 s")
        say(f"CPU: {name} 1080p frame, encoded", f"{coded_s:.3f} s, {size:.0f} kB")
    return sortie


def measure_heat(sortie: Sortie3d) -> None:
    day = sortie.heat
    hours = (5, 7, 9, 13, 17, 19, 22)
    say("kelvin above the air at solar hour", "".join(f"{hour:7d}" for hour in hours))
    columns = [day.at(day.start + timedelta(hours=hour)) for hour in hours]
    for material in Material:
        say(
            f"  {material.name.lower()}",
            "".join(f"{open_k[material] - air_k:7.1f}" for open_k, _, air_k in columns),
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="atalaya-flight-") as made:
        measure_bytes(Path(made))
        measure_readers(Path(made))
    measure_aim()
    flown = measure_cpu()
    measure_pose_errors(flown)
    measure_heat(flown)
