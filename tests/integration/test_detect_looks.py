"""Looks of a clip brought together on the ground: what is found, what is not observed, and bad input."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from atalaya.app.clip import GroundFiles, clip_of_file, ground_of_files
from atalaya.app.clip_looks import KEYFRAMES, PLACES, REPORT, WORK, look_at_clip
from atalaya.app.ground import DeclaredGround
from atalaya.app.looks import LookLimits, LooksWish, plan_slabs, slab_key, terrain_key
from atalaya.cli.main import build
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.terrain import ConstantHeight
from atalaya.io.geoparquet import read_parquet
from atalaya.model.looks import KeyframeTable, LookPlaceTable
from atalaya.model.source import SYNTHETIC_MARK
from layered_ground import GROUND_M, LAT_DEG, LON_DEG, layered_ground, orbit, picture, write_clip
from terrain_scenes import fractal_terrain

COUNT = 24
WISH = LooksWish(cell_m=0.6, turn_deg=10.0)


@pytest.fixture(scope="module")
def looked_at():
    """Poses and pictures of an orbit over open ground with a few leaves."""
    true = orbit(COUNT)
    world = layered_ground(0.25)
    return true, [picture(world, true.take(slice(row, row + 1))) for row in range(COUNT)]


def clip_of(path):
    ground = ground_of_files(GroundFiles(declared=DeclaredGround(constant_m=GROUND_M)))
    return clip_of_file(path, ground)


@pytest.fixture(scope="module")
def answer(looked_at, tmp_path_factory):
    folder = tmp_path_factory.mktemp("looks")
    path = write_clip(folder / "orbit.ts", looked_at[1], looked_at[0], mission=f"{SYNTHETIC_MARK} layers")
    return path, folder / "out", look_at_clip(clip_of(path), folder / "out", WISH, keep_work=True)


def test_a_blue_sheet_is_the_surest_place_and_every_picture_has_a_verdict(answer):
    found = answer[2].report
    assert found["frames"]["considered"] == COUNT
    assert found["frames"]["used"] == COUNT / 2
    assert found["azimuth_sectors"] == 8
    first = found["places"][0]
    assert first["lon_deg"] == pytest.approx(LON_DEG, abs=8e-5)
    assert first["lat_deg"] == pytest.approx(LAT_DEG, abs=8e-5)
    assert first["azimuths"] >= 6
    assert first["mgrs"].startswith("13R")
    assert found["area_km2"]["observed"] > 0.01


def test_sums_that_were_kept_are_not_taken_for_those_on_another_terrain(answer, tmp_path):
    slab = plan_slabs(clip_of(answer[0]), tmp_path, WISH, LookLimits())[0]
    moved = replace(slab, ground=replace(slab.ground, stands_on=terrain_key(ConstantHeight(GROUND_M + 1.0))))
    assert slab.ground.stands_on == terrain_key(ConstantHeight(GROUND_M))
    hills = fractal_terrain(20, 1, relief_m=9.0)
    raised = replace(hills, hae_m=hills.hae_m + 1.0)
    assert terrain_key(hills) == terrain_key(replace(hills)) != terrain_key(raised)
    assert slab_key(slab, "original") == slab_key(replace(slab), "original")
    assert slab_key(slab, "original") != slab_key(moved, "original")


def test_what_it_says_stands_in_files_that_others_read(answer):
    _, out, made = answer
    assert json.loads((out / REPORT).read_text())["places"] == made.report["places"]
    assert len(read_parquet(KeyframeTable, out / KEYFRAMES)) == COUNT
    assert len(read_parquet(LookPlaceTable, out / PLACES)) == len(made.report["places"])
    assert {name.split("_")[0].split(".")[0] for name, _ in made.made.files} == {
        "integral",
        "single",
        "score",
        "looks",
    }
    assert made.report["synthetic"]


def test_two_processes_and_an_interrupted_run_give_the_same_bytes(answer, tmp_path):
    path, _, made = answer
    half = look_at_clip(clip_of(path), tmp_path, replace(WISH, jobs=2), keep_work=True)
    assert half.made.files == made.made.files
    (tmp_path / WORK / "light" / "done-000001").unlink()
    again = look_at_clip(clip_of(path), tmp_path, WISH, replace_there=True)
    assert again.made.files == made.made.files
    assert 0 < again.report["looks_reused"] < again.report["looks"]
    assert not (tmp_path / WORK).exists()


def test_an_answer_that_is_there_is_not_written_over(answer):
    path, out, _ = answer
    with pytest.raises(InputError, match="is there already"):
        look_at_clip(clip_of(path), out, WISH)


def test_a_clip_from_one_side_is_an_integral_of_ground_that_was_not_observed(tmp_path):
    true = orbit(8, turn_deg=40.0)
    world = layered_ground(0.25)
    pictures = [picture(world, true.take(slice(row, row + 1))) for row in range(len(true))]
    path = write_clip(tmp_path / "side.ts", pictures, true)
    found = look_at_clip(clip_of(path), tmp_path / "out", replace(WISH, turn_deg=4.0)).report
    assert found["looks"] > 0
    assert found["area_km2"]["observed"] == 0
    assert found["area_km2"]["few_azimuths"] > 0
    assert found["places"] == []
    assert any("sectors" in note for note in found["notes"])


def spoiled(pictures, said, rows, how):
    pictures = list(pictures)
    origin_m, rotation = said.origin_ecef_m.copy(), said.rotation_ecef_from_camera.copy()
    for row in rows:
        match how:
            case "dark":
                pictures[row] = np.zeros_like(pictures[row])
            case "blurred":
                pictures[row] = cv2.GaussianBlur(pictures[row], (0, 0), 6.0)
            case "frozen-picture":
                pictures[row] = pictures[rows[0] - 1]
            case "frozen-metadata":
                origin_m[row], rotation[row] = origin_m[rows[0]], rotation[rows[0]]
            case "pose-jump":
                origin_m[row] = origin_m[row] + [900.0, 0.0, 0.0]
            case _:
                raise AssertionError(how)
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m)
    return pictures, replace(
        said,
        origin_ecef_m=origin_m,
        rotation_ecef_from_camera=rotation,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
    )


@pytest.mark.parametrize("how", ["dark", "blurred", "frozen-picture", "frozen-metadata", "pose-jump"])
def test_bad_pictures_and_bad_poses_are_counted_and_left_out(looked_at, tmp_path, how):
    true, pictures = looked_at
    path = write_clip(tmp_path / "bad.ts", *spoiled(pictures, true, [9, 10], how))
    found = look_at_clip(clip_of(path), tmp_path / "out", replace(WISH, registered=False)).report
    assert found["frames"][how] >= 2
    assert found["frames"]["used"] <= COUNT - 2
    assert sum(found["frames"].values()) == 2 * COUNT  # each once, and the total


def test_a_clip_that_is_black_throughout_has_no_looks_and_says_why(tmp_path):
    true = orbit(6, turn_deg=90.0)
    path = write_clip(tmp_path / "black.ts", [np.zeros((240, 320, 3), dtype=np.uint8)] * 6, true)
    found = look_at_clip(clip_of(path), tmp_path / "out", WISH).report
    assert found["looks"] == 0
    assert found["frames"]["dark"] == 6
    assert found["files"] == []
    assert "no picture could be used" in found["notes"][0]


def test_the_command_answers_as_a_table_and_as_json(answer, tmp_path):
    path, _, _ = answer
    options = ["--ground-m", str(GROUND_M), "--cell", "0.6", "--turn", "30", "--unregistered"]
    told = CliRunner().invoke(build(), ["detect", "looks", str(path), *options, "-o", str(tmp_path / "a")])
    assert told.exit_code == 0, told.output
    assert "pictures considered" in told.output
    assert SYNTHETIC_MARK in told.output
    said = CliRunner().invoke(
        build(), ["detect", "looks", str(path), *options, "-o", str(tmp_path / "b"), "--json"]
    )
    assert json.loads(said.stdout)["cell_m"] == 0.6


def test_cells_that_are_too_fine_are_refused():
    with pytest.raises(InputError, match="cells of"):
        LooksWish(cell_m=0.05)


def test_thermal_pictures_that_are_simulated_make_the_answer_synthetic(looked_at, tmp_path):
    black = [np.zeros_like(one) for one in looked_at[1]]
    light = clip_of(write_clip(tmp_path / "light.ts", black, looked_at[0]))
    warm = clip_of(write_clip(tmp_path / "warm.ts", black, looked_at[0], mission=f"{SYNTHETIC_MARK} warm"))
    assert not look_at_clip(light, tmp_path / "alone", WISH).report["synthetic"]
    assert look_at_clip(light, tmp_path / "both", WISH, thermal=warm).report["synthetic"]


def test_a_replaced_answer_leaves_no_rasters_of_the_one_before(looked_at, tmp_path):
    clip = clip_of(
        write_clip(tmp_path / "black.ts", [np.zeros_like(one) for one in looked_at[1]], looked_at[0])
    )
    out = tmp_path / "out"
    out.mkdir()
    for name in ("thermal.tif", "mine.tif", "notes.txt"):
        (out / name).write_text("of before")
    said = {"files": [{"name": name} for name in ("thermal.tif", "../black.ts", "notes.txt")]}
    (out / REPORT).write_text(json.dumps(said))
    assert look_at_clip(clip, out, WISH, replace_there=True).report["files"] == []
    assert sorted(path.name for path in out.iterdir() if path.suffix in {".tif", ".txt"}) == [
        "mine.tif",
        "notes.txt",
    ]
    assert (tmp_path / "black.ts").is_file()
