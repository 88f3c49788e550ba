"""`atalaya georef`: a pixel to the ground and a place to the picture, or the reason why not."""

import json
import struct

import numpy as np
import pytest

from atalaya.app.clip import clip_of_source
from atalaya.app.ground import DeclaredGround, footprint_table
from atalaya.app.ingest_source import ingest_source
from atalaya.app.look_for_places import ground_of_source
from atalaya.app.pixel_on_ground import (
    ImagePoint,
    NoPlace,
    NotSeen,
    PixelOnGround,
    image_points_of_clip,
    pixel_of_clip,
)
from atalaya.app.sorties import open_sortie
from atalaya.app.terrain import add_terrain
from atalaya.cli import georef
from atalaya.errors import InputError, NotFoundError
from atalaya.geo.geoid import VerticalDatum
from atalaya.ingest.ber import item_bytes, length_bytes, read_length, walk
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.encode import encode_frames
from atalaya.io.lens import read_lens
from atalaya.model.actor import Role
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from command_line import command_line, error_of
from integration.test_review_terrain import flat_terrain
from shared_data import shared_file
from small_sortie import GROUND, LAT_DEG, LON_DEG, a_request, flight, make_bench, write_klv, write_ts


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


@pytest.fixture
def call(bench):
    return command_line(bench.folder, georef)


def taken_in(bench, path, declared: DeclaredGround | None = GROUND):
    context = bench.acting(Role.SENSOR_OPERATOR)
    return context, ingest_source(context, path, bench.sortie.sortie_id, declared=declared).record


def test_a_pixel_of_a_source_is_found_on_the_ground_it_was_placed_on(bench, call, tmp_path):
    context, record = taken_in(bench, write_ts(tmp_path / "x.ts", flight()))
    answer = pixel_of_clip(clip_of_source(context, record.source_id), 10, 63.5, 47.5)
    assert isinstance(answer, PixelOnGround)
    place = answer.region.position
    assert place.lon_deg == pytest.approx(LON_DEG + 10 * 0.0002, abs=1e-5)
    assert place.lat_deg == pytest.approx(LAT_DEG, abs=1e-5)
    assert answer.slant_range_m == pytest.approx(1000.0, abs=0.1)
    assert answer.gsd_m == pytest.approx(2.0 * 1000.0 * np.tan(np.radians(5.0)) / 128.0, rel=1e-3)
    still_m = np.hypot(5.0, 1000.0 * np.radians(0.1))
    assert 2.146 * still_m < place.ce90_m < 2.146 * np.hypot(still_m, 0.02 * 202.0)  # 202 m/s to the east
    assert answer.msl_m is None
    assert "geoid" in (answer.msl_reason or "")

    done = call("georef", "pixel", record.source_id[:8], "--frame", 10, "--xy", "63.5,47.5", "--json")
    (form,) = json.loads(done.output)
    assert form["lon_deg"] == place.lon_deg
    assert form["errors_assumed"]["attitude_deg"] == 0.1
    assert not form["errors_assumed"]["pose_errors_stated_by_packet"]
    assert form["region"]["features"][0]["geometry"]["type"] == "Polygon"


def test_a_place_is_found_in_the_pictures_that_show_it(bench, call, tmp_path):
    context, record = taken_in(bench, write_ts(tmp_path / "x.ts", flight()))
    clip = clip_of_source(context, record.source_id)
    (shown,) = image_points_of_clip(clip, LON_DEG + 10 * 0.0002, LAT_DEG, np.array([clip.row_of(10)]))
    assert isinstance(shown, ImagePoint)
    np.testing.assert_allclose((shown.x_px, shown.y_px), (63.5, 47.5), atol=0.1)
    (away,) = image_points_of_clip(clip, LON_DEG, LAT_DEG, np.array([clip.row_of(39)]))
    assert not isinstance(away, ImagePoint)
    assert away.kind is NotSeen.OUTSIDE_PICTURE
    done = call("georef", "point", record.source_id, "--lon", LON_DEG + 0.002, "--lat", LAT_DEG, "--json")
    frames = [row["frame"] for row in json.loads(done.output)["shown"]]
    assert 10 in frames
    assert 39 not in frames


def test_there_and_back_through_a_file_on_disk_needs_no_workspace(tmp_path):
    path = write_ts(tmp_path / "x.ts", flight())
    call = command_line(tmp_path / "nowhere", georef)
    done = call(
        "georef", "pixel", path, "--frame", 3, "--xy", "20,30", "--xy", "0,0", "--ground-m", 0, "--json"
    )
    first, second = json.loads(done.output)
    assert (first["x_px"], second["x_px"]) == (20.0, 0.0)
    lon_deg, lat_deg = first["lon_deg"], first["lat_deg"]
    back = call("georef", "point", path, "--lon", lon_deg, "--lat", lat_deg, "--ground-m", 0, "--json")
    rows = {row["frame"]: row for row in json.loads(back.output)["shown"]}
    assert (rows[3]["x_px"], rows[3]["y_px"]) == (20.0, 30.0)
    assert rows[3]["hae_m"] == 0.0


def test_a_height_declared_above_the_sea_is_never_called_one_above_the_ellipsoid(tmp_path):
    frames = flight()
    frames.sensor_msl_m[:] = frames.sensor_hae_m
    path = write_ts(tmp_path / "x.ts", frames)
    call = command_line(tmp_path / "nowhere", georef)
    ground = ("--ground-m", 0, "--heights", "msl-as-hae", "--json")
    (pixel,) = json.loads(call("georef", "pixel", path, "--frame", 3, "--xy", "20,30", *ground).output)
    assert pixel["region"]["features"][0]["properties"]["msl_m"] == pytest.approx(0.0, abs=1e-3)
    place = ("--lon", pixel["lon_deg"], "--lat", pixel["lat_deg"])
    point = json.loads(call("georef", "point", path, *place, *ground).output)
    assert {row["msl_m"] for row in point["shown"]} == {0.0}
    assert "hae_m" not in json.dumps(point) + json.dumps(pixel["region"])


def test_what_a_packet_lacks_is_named(bench, tmp_path):
    frames = flight()
    nothing = np.full(len(frames), np.nan)
    frames.sensor_azimuth_deg[:6], frames.hfov_deg[:6] = np.nan, np.nan
    call = command_line(bench.folder, georef)
    path = write_klv(tmp_path / "x.klv", frames)
    options = ("--ground-m", 0, "--size", "128x96")
    text = call("georef", "pixel", path, "--frame", 5, "--xy", "1,1", *options).output
    assert "sensor azimuth (item 18)" in text
    assert "horizontal field of view (item 16)" in text
    assert "item 19" not in text
    answered = call("georef", "pixel", path, "--frame", 6, "--xy", "1,1", *options, "--json")
    (form,) = json.loads(answered.stdout)
    assert form["pose_from"]["platform_pitch_deg"] == {"item": 90, "state": "said"}
    assert form["pose_from"]["sensor_msl_m"] == {"item": None, "state": "absent"}
    low = flight()
    low.sensor_msl_m[:], low.sensor_hae_m[:] = low.sensor_hae_m, nothing
    path = write_klv(tmp_path / "msl.klv", low)
    text = call("georef", "pixel", path, "--frame", 5, "--xy", "1,1", *options).output
    assert "no geoid grid" in text
    text = call(
        "georef", "pixel", path, "--frame", 5, "--xy", "1,1", *options, "--heights", "msl-as-hae"
    ).output
    assert "msl 0.0 m" in text
    assert "hae" not in text


def test_terrain_that_does_not_cover_the_clip_is_said_with_both_bounds(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    add_terrain(context, flat_terrain(tmp_path / "dem.tif"), VerticalDatum.HAE, None)
    _, record = taken_in(bench, write_ts(tmp_path / "x.ts", flight()), None)
    answer = pixel_of_clip(clip_of_source(context, record.source_id), 10, 63.5, 47.5)
    assert isinstance(answer, PixelOnGround)
    other = flat_terrain(tmp_path / "far.tif", west_deg=LON_DEG + 1.0)
    call = command_line(bench.folder, georef)
    text = call(
        "georef",
        "pixel",
        record.source_id,
        "--frame",
        10,
        "--xy",
        "1,1",
        "--terrain",
        other,
        "--datum",
        "hae",
    ).output
    assert "off-terrain" in text
    assert f"lon {LON_DEG + 1.0005:.5f} to" in text
    assert f"the sensor of the clip was at lon {LON_DEG:.5f}" in text


def test_a_sensor_below_the_ground_is_told_as_a_question_of_datum(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    _, record = taken_in(bench, write_ts(tmp_path / "x.ts", flight()))
    high = flat_terrain(tmp_path / "high.tif", 1030.0)
    text = command_line(bench.folder, georef)(
        "georef", "pixel", record.source_id, "--frame", 1, "--xy", "1,1", "--terrain", high, "--datum", "hae"
    ).output
    assert "30 m below the ground" in text
    assert "vertical datum" in text
    with pytest.raises(NotFoundError):
        pixel_of_clip(clip_of_source(context, record.source_id), 99, 1.0, 1.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--xy", "1;1", "--ground-m", 0), "column,row"),
        (("--xy", "nan,1", "--ground-m", 0), "column,row"),
        (("--xy", "500,1", "--ground-m", 0), "not in the picture"),
        (("--xy", "1,1", "--ground-m", 0, "--size", "12by3"), "width x height"),
        (("--xy", "1,1", "--ground-m", 0, "--heights", "agl"), "msl-as-hae"),
        (("--xy", "1,1", "--terrain", "no.tif"), "--datum"),
        (("--xy", "1,1", "--terrain", "no.tif", "--datum", "hae", "--ground-m", 0), "not both"),
    ],
)
def test_what_was_asked_wrongly_is_said(tmp_path, options, words):
    path = write_ts(tmp_path / "x.ts", flight(10))
    call = command_line(tmp_path / "nowhere", georef)
    error = error_of(call("georef", "pixel", path, "--frame", 0, *options))
    assert isinstance(error, InputError)
    assert words in str(error)


@pytest.mark.shared
def test_a_place_behind_a_ridge_is_hidden_and_one_before_it_is_not(tmp_path):
    """From the east of the volcano a place on its western slope is in the picture and behind the cone."""
    frames = flight(1)
    for name, value in {
        "sensor_lon_deg": -103.57,
        "sensor_lat_deg": 19.513,
        "sensor_hae_m": 3900.0,
        "platform_heading_deg": 270.0,
        "sensor_elevation_deg": -12.0,
        "hfov_deg": 30.0,
        "vfov_deg": 20.0,
    }.items():
        getattr(frames, name)[:] = value
    path = write_klv(tmp_path / "x.klv", frames)
    call = command_line(tmp_path / "nowhere", georef)
    options = (
        "--terrain",
        shared_file("data/geo/dem/colima_jalisco_20m_utm13n.tif"),
        *("--datum", "msl", "--geoid", shared_file("data/geo/geoid/mx_inegi_ggm10.tif")),
        *("--size", "1280x720", "--json"),
    )
    before = json.loads(call("georef", "point", path, "--lon", -103.61, "--lat", 19.513, *options).output)
    assert before["shown"][0]["frame"] == 0
    behind = json.loads(call("georef", "point", path, "--lon", -103.635, "--lat", 19.513, *options).output)
    assert behind["not_shown"] == {"hidden": 1}
    (answer,) = json.loads(call("georef", "pixel", path, "--frame", 0, "--xy", "640,700", *options).output)
    assert answer["msl_m"] - answer["hae_m"] == pytest.approx(15.0, abs=6.0)


def test_a_look_at_the_sky_says_so(tmp_path):
    frames = flight(1)
    frames.sensor_elevation_deg[:] = 10.0
    path = write_klv(tmp_path / "x.klv", frames)
    call = command_line(tmp_path / "nowhere", georef)
    done = call(
        "georef", "pixel", path, "--frame", 0, "--xy", "1,1", "--ground-m", 0, "--size", "9x9", "--json"
    )
    (answer,) = json.loads(done.output)
    assert answer["why"] == NoPlace.SKY


def lens_file(folder, **changes):
    """A pinhole of the flight's own field of view: 128 px over 10 degrees."""
    focal_px = 64.0 / np.tan(np.radians(5.0))
    path = folder / "lens.json"
    path.write_text(
        json.dumps({"width_px": 128, "height_px": 96, "fx_px": focal_px, "fy_px": focal_px} | changes)
    )
    return path


def test_a_measured_lens_takes_the_place_of_the_field_of_view(bench, call, tmp_path):
    _, record = taken_in(bench, write_ts(tmp_path / "x.ts", flight()))
    asked = ("georef", "pixel", record.source_id[:8], "--frame", 10, "--xy", "120,47.5", "--json")
    (plain,) = json.loads(call(*asked).stdout)
    (same,) = json.loads(call(*asked, "--lens", lens_file(tmp_path)).stdout)
    assert same["lon_deg"] == pytest.approx(plain["lon_deg"], abs=1e-7)
    assert same["gsd_m"] == pytest.approx(plain["gsd_m"], rel=1e-4)
    (barrel,) = json.loads(call(*asked, "--lens", lens_file(tmp_path, k1=-20.0)).stdout)
    axis_deg = LON_DEG + 10 * 0.0002
    assert barrel["lon_deg"] - axis_deg > 1.05 * (plain["lon_deg"] - axis_deg) > 0.0

    twice = {"width_px": 256, "height_px": 192, "fx_px": 2 * 64.0 / np.tan(np.radians(5.0))}
    done = call(*asked, "--lens", lens_file(tmp_path, **twice, fy_px=twice["fx_px"]))
    assert "scaled to 128 x 96" in done.stderr
    assert json.loads(done.stdout)[0]["lon_deg"] == pytest.approx(plain["lon_deg"], abs=1e-7)


def test_a_source_taken_in_with_a_lens_is_placed_through_it_ever_after(bench, call, tmp_path):
    path, lens = write_ts(tmp_path / "x.ts", flight()), lens_file(tmp_path, k1=-8.0)
    _, plain = taken_in(bench, path)
    other = open_sortie(bench.acting(Role.COLLECTION_MANAGER), a_request())
    operator = bench.acting(Role.SENSOR_OPERATOR)
    bent = ingest_source(operator, path, other.sortie_id, declared=GROUND, lens=read_lens(lens)).record
    assert bent.ground["lens"]["k1"] == -8.0
    again = ingest_source(operator, path, other.sortie_id, declared=GROUND, lens=read_lens(lens))
    assert again.repeated
    with pytest.raises(InputError, match="another lens"):
        ingest_source(operator, path, plain.sortie_id, declared=GROUND, lens=read_lens(lens))
    assert "lens" not in plain.ground
    wide, narrow = (
        np.ptp(operator.lake.read(FootprintTable, record.sortie_id).corner_lon_deg[10])
        for record in (bent, plain)
    )
    assert wide > 1.1 * narrow
    frames = operator.lake.read(FrameTable, bent.sortie_id)
    ground = ground_of_source(operator, bent)
    assert ground.lens == read_lens(lens)
    table = footprint_table(ground, frames, (128, 96))
    np.testing.assert_array_equal(
        table.corner_lon_deg, operator.lake.read(FootprintTable, bent.sortie_id).corner_lon_deg
    )


def test_a_lens_for_other_pictures_or_for_none_is_refused_before_anything_is_kept(bench, tmp_path):
    operator = bench.acting(Role.SENSOR_OPERATOR)
    lens = read_lens(lens_file(tmp_path, width_px=160))
    for path, told in (
        (write_ts(tmp_path / "x.ts", flight()), "another aspect"),
        (write_klv(tmp_path / "x.klv", flight()), "no pictures"),
    ):
        with pytest.raises(InputError, match=told):
            ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND, lens=lens)
    assert not operator.lake.has(FrameTable, bench.sortie.sortie_id)


def test_a_lens_that_does_not_fit_or_does_not_reach_is_told(bench, call, tmp_path):
    _, record = taken_in(bench, write_ts(tmp_path / "x.ts", flight()))
    asked = ("georef", "pixel", record.source_id[:8], "--frame", 10, "--xy", "-0.5,-0.5")
    assert "another aspect" in str(error_of(call(*asked, "--lens", lens_file(tmp_path, width_px=160))))
    done = call(*asked, "--lens", lens_file(tmp_path, k1=-80.0), "--json")
    assert json.loads(done.stdout)[0]["why"] == "beyond-lens"


@pytest.mark.shared
def test_a_clip_of_the_older_predator_set_answers_too(call):
    clip = shared_file("data/klv/real/aphill_klv_10s.ts")
    options = ("--ground-m", 0.6, "--heights", "msl-as-hae", "--json")
    done = call("georef", "pixel", clip, "--frame", 0, "--xy", "179.5,119.5", *options)
    (form,) = json.loads(done.stdout)
    assert form["answered"]
    assert form["slant_range_m"] == pytest.approx(3430.0, abs=5.0)


def test_what_the_packets_state_of_their_errors_is_used_and_shown(bench, call, tmp_path):
    """Item 102 states a place good to decimetres, items 45 and 46 the error of the target."""
    sigma = b"".join(struct.pack(">f", 1e-6) for _ in range(2))
    said = (
        item_bytes(102, bytes([2, 0x80, 4]) + sigma)
        + item_bytes(45, (1000).to_bytes(2, "big"))
        + item_bytes(46, (500).to_bytes(2, "big"))
    )
    path = tmp_path / "stated.klv"
    path.write_bytes(
        b"".join(
            _with_items(packet, said)
            for packet in encode_frames(flight(), mission_id="test", platform_designation="test")
        )
    )
    context, record = taken_in(bench, path)
    options = ("--frame", 5, "--xy", "63.5,47.5", "--size", "128x96", "--json")
    for name, more in ((record.source_id, ()), (path, ("--ground-m", 0))):
        (answer,) = json.loads(call("georef", "pixel", name, *options, *more).output)
        assert answer["stated_target_ce90_m"] == pytest.approx(1000 * 4095 / 65535, abs=0.01)
        (east_m2, _), (_, north_m2) = answer["covariance_m2"]
        assert north_m2 == pytest.approx((1000.0 * np.radians(0.1)) ** 2, rel=0.05)  # no 5 m of the place
        assert east_m2 > north_m2 + 10.0  # the flight goes east: the error in time
    placed = context.lake.read(FootprintTable, record.sortie_id, record.source_id)
    assert np.median(placed.ce90_m) < 2.146 * np.hypot(5.0, 1000.0 * np.radians(0.1))
    text = call("georef", "pixel", path, *options[:-1], "--ground-m", 0).output
    assert "items 45, 46" in text
    assert "what its packet states (item 102)" in text


def _with_items(packet: bytes, items: bytes) -> bytes:
    """The packet with more items after its place, its sum made anew."""
    body = b"".join(
        item_bytes(item.tag, packet[item.start : item.end]) + (items if item.tag == 14 else b"")
        for item in walk(packet, 16 + _length_size(packet))
        if item.tag != 1
    )
    head = packet[:16] + length_bytes(len(body) + 4)
    return head + body + b"\x01\x02" + running_sum(head + body + b"\x01\x02").to_bytes(2, "big")


def _length_size(packet: bytes) -> int:
    return read_length(packet, 16)[1] - 16
