"""A scene's whole folder: read by others, placed by our own georegistration, the same bytes again."""

import hashlib
import io
import json
from pathlib import Path

import klvdata
import numpy as np
import pytest
import stanag4609

from atalaya.app.ingest_source import ingest_source
from atalaya.app.terrain import add_terrain
from atalaya.cli import georef, simulate
from atalaya.errors import InputError, NotFoundError
from atalaya.geo.geoid import VerticalDatum
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stream import read_packets
from atalaya.io.truth_files import load_truth
from atalaya.io.video import read_pictures
from atalaya.model.actor import Role
from atalaya.model.truth import OcclusionTable, TrueFlightTable
from atalaya.simulation.camera import Camera
from atalaya.simulation.render import label_picture
from atalaya.simulation.truth import VehicleTruth
from command_line import command_line, error_of
from small_sortie import make_bench

SCENE = """
name: small
seed: 11
biome: sierra
size_m: 220
sites: [{setting: canopy-ravine, canopy_cover: 0.5}]
flight:
  {kind: arc, arc_deg: 20, duration_s: 3, fps: 2, width_px: 320, height_px: 180, aim_place: 0, gsd_m: 0.5}
sky: {start_utc: 2026-05-04T18:00:10Z}
infrared: true
vmti: true
"""
SIZE = Camera(width_px=320, height_px=180, hfov_deg=5.0)


def run(folder: Path, *arguments: object, scene: str = SCENE):
    (folder / "small.yaml").write_text(scene, encoding="utf-8")
    call = command_line(folder, simulate, georef)
    return call("simulate", folder / "small.yaml", "-o", folder / "made", *arguments)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    answer = run(folder, "--json")
    assert answer.exit_code == 0, answer.output
    form = json.loads(answer.stdout)
    assert (form["synthetic"], form["frames"], form["sites"]) == (True, 6, 1)
    return folder / "made"


def test_the_folder_holds_what_was_agreed_and_its_manifest_proves_it(made):
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    names = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    truth = {f"truth/{name}.parquet" for name in ("places", "objects", "vehicles", "occlusion", "flight")}
    assert names == truth | {"scene.yaml", "manifest.json", "eo.ts", "ir.ts", "terrain.tif"}
    for name, about in manifest["files"].items():
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == about["sha256"], name
    assert set(manifest["files"]) == names - {"manifest.json"}
    assert manifest["synthetic"] == "SYNTHETIC / SINTÉTICO"
    assert (made / "scene.yaml").read_text(encoding="utf-8") == SCENE


def test_the_same_seed_gives_the_same_bytes_whoever_makes_the_pictures(made, tmp_path):
    assert run(tmp_path, "--jobs", 2).exit_code == 0
    for path in made.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "made" / path.relative_to(made)).read_bytes(), path.name


@pytest.mark.parametrize("name", ["eo.ts", "ir.ts"])
def test_every_picture_carries_the_mark_on_its_face(made, name):
    label = label_picture(SIZE).astype(int)
    shown = [one.rgb for one in read_pictures(made / name)]
    assert len(shown) == 6
    for rgb in shown:
        assert np.abs(rgb[: label.shape[0], : label.shape[1]].astype(int) - label).mean() < 25.0
    grey = [np.ptp(rgb.astype(int), axis=2).mean() for rgb in (one[40:] for one in shown)]
    assert (max(grey) < 6.0) == (name == "ir.ts")


def test_stanag4609_reads_the_streams_and_their_targets(made):
    for name in ("eo.ts", "ir.ts"):
        report = stanag4609.verify_fmv_file(str(made / name))
        assert report.klv_packets == report.st0601_packets == 6
        found = {one.code for one in report.findings if one.status is stanag4609.VerificationStatus.ERROR}
        assert found == set()
        vehicles = load_truth(VehicleTruth, made / "truth")
        assert report.st0903_target_observations == int(vehicles.in_view.sum())


def test_klvdata_reads_the_pose_that_was_reported(tmp_path):
    scene = SCENE.replace("vmti: true", "vmti: false").replace("infrared: true", "infrared: false")
    assert run(tmp_path, scene=scene).exit_code == 0
    data = b"".join(packet.data for packet in read_packets([(tmp_path / "made/eo.ts").read_bytes()]).packets)
    flight = load_truth(TrueFlightTable, tmp_path / "made" / "truth")
    packets = [packet.MetadataList() for packet in klvdata.StreamParser(io.BytesIO(data))]
    assert len(packets) == 6
    for row, items in enumerate(packets):
        assert items[3][3].startswith("SYNTHETIC / SINT")
        assert float(items[13][3]) == pytest.approx(flight.lat_deg[row], abs=1e-7)
        assert float(items[14][3]) == pytest.approx(flight.lon_deg[row], abs=1e-7)


def test_our_own_georegistration_finds_the_aim_on_the_terrain_that_comes_with_it(made):
    call = command_line(made.parent, georef)
    flight = load_truth(TrueFlightTable, made / "truth")
    for frame in (0, 3):
        answer = call(
            *("georef", "pixel", made / "eo.ts", "--frame", frame, "--xy", "159.5,89.5"),
            *("--terrain", made / "terrain.tif", "--datum", "hae", "--json"),
        )
        assert answer.exit_code == 0, answer.output
        [place] = json.loads(answer.stdout)
        off_deg = np.array(
            [place["lon_deg"] - flight.aim_lon_deg[frame], place["lat_deg"] - flight.aim_lat_deg[frame]]
        )
        assert np.hypot(*(off_deg * (1.01e5, 1.108e5))) < 1.0


def test_reported_targets_lie_where_the_vehicles_are(made):
    frames, targets, problems = read_frames(read_packets([(made / "eo.ts").read_bytes()]).packets)
    vehicles = load_truth(VehicleTruth, made / "truth")
    seen = vehicles.take(vehicles.in_view)
    assert problems == ()
    assert len(frames) == 6
    assert targets.frame_index.tolist() == seen.frame_index.tolist()
    assert targets.lon_deg == pytest.approx(seen.lon_deg, abs=2e-7)
    assert targets.lat_deg == pytest.approx(seen.lat_deg, abs=1e-7)


def test_every_object_has_a_share_that_each_look_could_not_see(made):
    table = load_truth(OcclusionTable, made / "truth")
    assert set(table.frame_index.tolist()) == set(range(6))
    assert table.gsd_m[table.in_view] == pytest.approx(0.5, rel=0.05)
    hidden = table.hidden_share[table.in_view]
    hidden = hidden[~np.isnan(hidden)]  # a thing on the picture's edge may be in view with its middle only
    assert hidden.size > 0.9 * table.in_view.sum()
    assert ((hidden >= 0.0) & (hidden <= 1.0)).all()
    assert hidden.max() > 0.5 > hidden.min()
    assert np.isnan(table.hidden_share[~table.in_view]).all()


def test_a_workspace_takes_the_stream_in_on_the_terrain_that_comes_with_it(made, tmp_path):
    bench = make_bench(tmp_path / "workspace")
    add_terrain(bench.acting(Role.COLLECTION_MANAGER), made / "terrain.tif", VerticalDatum.HAE)
    record = ingest_source(bench.acting(Role.SENSOR_OPERATOR), made / "eo.ts", bench.sortie.sortie_id).record
    assert (record.frames_kept, record.packets_checksum_ok) == (6, 6)


def test_only_a_few_pictures_come_as_png(tmp_path):
    answer = run(tmp_path, "--stills", 2)
    assert answer.exit_code == 0, answer.output
    names = sorted(path.name for path in (tmp_path / "made").glob("*.png"))
    assert names == ["eo-000000.png", "eo-000005.png", "ir-000000.png", "ir-000005.png"]


def test_what_is_there_is_left_alone(made, tmp_path):
    error = error_of(run(made.parent))
    assert isinstance(error, InputError)
    assert "--force" in str(error)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "letter").write_text("dear", encoding="utf-8")
    assert "left as it is" in str(error_of(run(tmp_path, "--force")))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("infrared: true", "colour: false"), "both are off"),
        (("width_px: 320", "width_px: 321"), "even"),
        (("duration_s: 3", "duration_s: 1"), "are flown: take"),
    ],
)
def test_a_scene_that_cannot_be_made_leaves_nothing(tmp_path, change, words):
    answer = run(tmp_path, scene=SCENE.replace(*change))
    assert words in str(error_of(answer))
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_scenes_are_listed_and_an_unknown_one_is_not_found(tmp_path):
    call = command_line(tmp_path, simulate)
    listed = json.loads(call("simulate", "--list", "--json").stdout)
    assert "canopy-70" in {scene["scene"] for scene in listed["scenes"]}
    assert isinstance(error_of(call("simulate", "none", "-o", tmp_path / "x")), NotFoundError)
    assert call("simulate").exit_code == 2
