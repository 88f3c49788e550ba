"""Transport streams: our own are read back bit by bit, damaged ones give what is left of them."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import AccessUnit, VideoType, mux_ts
from atalaya.ingest.pes import unwrapped
from atalaya.ingest.psi import crc32
from atalaya.ingest.st0601 import frame_table, stream_facts
from atalaya.ingest.stream import StreamReader, detect_format, read_packets
from atalaya.model.frame import FrameTable, TargetTable, unknown_frames
from atalaya.model.source import SourceFormat

KEY_PICTURE = bytes.fromhex("0000000109f0000000016742c01e0000000165")
PICTURE = bytes.fromhex("0000000109f00000000141")


def known_frames(count: int) -> FrameTable:
    row = np.arange(count, dtype=np.float64)
    values = unknown_frames(count).columns() | {
        "time_us": 1_700_000_000_000_000 + np.arange(count) * 100_000,
        "platform_heading_deg": row % 360.0,
        "platform_pitch_deg": row - 25.0,
        "platform_roll_deg": np.where(row % 3 == 0, np.nan, row),
        "sensor_lat_deg": 24.0 + row * 1e-4,
        "sensor_lon_deg": -107.0 - row * 1e-4,
        "sensor_hae_m": 3000.123 + row,
        "hfov_deg": np.full(count, 4.0),
        "sensor_azimuth_deg": -row,
        "sensor_elevation_deg": np.full(count, -40.0),
        "corner_lat_deg": 24.0 + row[:, None] * np.array([1e-4, 2e-4, 3e-4, 4e-4]),
        "corner_lon_deg": -107.0 + row[:, None] * np.array([1e-4, 2e-4, 3e-4, 4e-4]),
    }
    return FrameTable(**values)


def packets_of(count: int) -> list[bytes]:
    return encode_frames(known_frames(count), mission_id="SYNTHETIC 7", platform_designation="SINTÉTICO")


def pictures_of(
    count: int, group: int = 5, padding: int = 700, first_pts_90k: int = 126_000
) -> list[AccessUnit]:
    times = [first_pts_90k + number * 9000 for number in range(count)]
    return [
        AccessUnit(
            pts_90k=time,
            dts_90k=time,
            data=(PICTURE if number % group else KEY_PICTURE) + bytes((number & 0xFF,)) * padding,
            keyframe=number % group == 0,
        )
        for number, time in enumerate(times)
    ]


def stream_of(count: int, **options: bool) -> bytes:
    pictures = pictures_of(count)
    timed = [(picture.pts_90k, packet) for picture, packet in zip(pictures, packets_of(count), strict=True)]
    return b"".join(mux_ts(pictures, timed, **options))


def test_frames_are_read_back_as_they_were_written():
    frames = known_frames(60)

    read, _, problems = frame_table(read_packets([b"".join(packets_of(60))]).packets)

    assert problems == ()
    assert read.checksum_ok.all()
    np.testing.assert_array_equal(read.time_us, frames.time_us)
    np.testing.assert_allclose(
        read.platform_pitch_deg, frames.platform_pitch_deg, atol=3e-8
    )  # 35 deg: item 90
    np.testing.assert_allclose(read.platform_roll_deg, frames.platform_roll_deg, atol=3e-8)
    np.testing.assert_allclose(read.sensor_azimuth_deg, frames.sensor_azimuth_deg % 360.0, atol=1e-7)
    np.testing.assert_allclose(read.sensor_hae_m, frames.sensor_hae_m, atol=0.152)
    np.testing.assert_allclose(read.corner_lon_deg, frames.corner_lon_deg, atol=5e-8)
    assert np.isnan(read.sensor_msl_m).all()
    assert np.isnan(read.slant_range_m).all()


def test_a_height_above_19_km_is_written_as_the_extended_item():
    frames = known_frames(2)
    high = FrameTable(**frames.columns() | {"sensor_hae_m": np.array([18_999.0, 21_345.678])})
    packets = encode_frames(high, mission_id="M", platform_designation="P")

    read, _, _ = frame_table(read_packets([b"".join(packets)]).packets)

    np.testing.assert_allclose(read.sensor_hae_m[0], 18_999.0, atol=0.152)
    np.testing.assert_allclose(read.sensor_hae_m[1], 21_345.678, atol=4e-5)


def test_target_reports_are_read_back_as_they_were_written():
    targets = TargetTable(
        frame_index=np.array([1, 1, 3]),
        target_id=np.array([7, 200, 7]),
        lon_deg=np.array([-107.1, np.nan, -107.2]),
        lat_deg=np.array([24.1, np.nan, -24.2]),
        hae_m=np.array([812.0, np.nan, 18_000.0]),
        row_px=np.array([0.0, 300.0, np.nan]),
        col_px=np.array([639.0, 2.0, np.nan]),
        confidence=np.array([0.5, np.nan, 1.0]),
    )
    packets = encode_frames(known_frames(5), mission_id="M", platform_designation="P", targets=targets)

    _, read, problems = frame_table(read_packets([b"".join(packets)]).packets)

    assert problems == ()
    for name, column in targets.columns().items():
        tolerance = 1.0 if name == "hae_m" else 3e-7
        np.testing.assert_allclose(read.columns()[name], column, atol=tolerance, err_msg=name)


def test_a_stream_says_what_it_was_told_to():
    frames = known_frames(1)
    packets = encode_frames(
        frames, mission_id="SYNTHETIC 7", platform_designation="SINTÉTICO", platform_uuid=UUID(int=5)
    )

    facts = stream_facts(read_packets(packets).packets)

    assert facts.mission_ids == ("SYNTHETIC 7",)
    assert facts.platform_designations == ("SINTÉTICO",)
    assert facts.security_classifications == ("UNCLASSIFIED",)
    assert facts.versions == (19,)
    assert packets[0][18:20] == b"\x02\x08"  # after key and two bytes of length
    assert packets[0][-4:-2] == b"\x01\x02"
    assert (b"\x5e\x12\x01\x10" + bytes(15) + b"\x05") in packets[0]


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [("time_us", -1, "item 2"), ("sensor_lat_deg", 91.0, "item 13"), ("sensor_hae_m", 50_000.0, "item 104")],
)
def test_what_an_item_cannot_hold_is_refused(column, value, wanted):
    frames = known_frames(2)
    changed = frames.columns() | {column: np.full_like(frames.columns()[column], value)}

    with pytest.raises(InputError, match=wanted):
        encode_frames(FrameTable(**changed), mission_id="M", platform_designation="P")
    with pytest.raises(InputError, match="item 3"):
        encode_frames(frames, mission_id="", platform_designation="P")


@pytest.mark.parametrize("options", [{}, {"timed": False}, {"synchronous": True}])
def test_our_own_stream_is_read_back_bit_by_bit(options):
    contents = read_packets([stream_of(40, **options)])

    assert contents.problems == ()
    assert [packet.data for packet in contents.packets] == packets_of(40)
    assert len(contents.index.pictures) == 40
    assert contents.index.pictures.random_access.tolist() == [number % 5 == 0 for number in range(40)]
    wanted_s = [picture.pts_90k / 90_000 for picture in pictures_of(40)]
    assert contents.index.pictures.pts_s.tolist() == wanted_s
    times = [packet.pts_s for packet in contents.packets]
    assert times == ([None] * 40 if options.get("timed") is False else wanted_s)


def test_the_same_input_gives_the_same_stream():
    assert stream_of(20) == stream_of(20)


@pytest.mark.parametrize("padding", [0, 150, 151, 152, 153, 154, 155, 156, 157, 158, 183, 184, 185, 70_000])
def test_pictures_of_any_length_fill_whole_packets(padding):
    picture = pictures_of(1, padding=padding)[0]
    stream = b"".join(mux_ts([picture] * 3, [(picture.pts_90k, packets_of(1)[0])]))

    assert len(stream) % 188 == 0
    assert set(stream[::188]) == {0x47}
    assert len(read_packets([stream]).index.pictures) == 3


@pytest.mark.parametrize("synchronous", [False, True])
def test_a_packet_longer_than_a_pes_goes_over_several(synchronous):
    long_packet = packets_of(1)[0][:16] + b"\x83\x02\x00\x00" + bytes(range(256)) * 512
    times = [(126_000, long_packet), (135_000, packets_of(1)[0])]

    contents = read_packets([b"".join(mux_ts(pictures_of(3), times, synchronous=synchronous))])

    assert [packet.data for packet in contents.packets] == [long_packet, packets_of(1)[0]]
    assert contents.packets[0].last_offset > contents.packets[0].offset + 120_000


def test_a_stream_without_pictures_holds_its_metadata():
    contents = read_packets([b"".join(mux_ts([], [(9000 * n, p) for n, p in enumerate(packets_of(9))]))])

    assert len(contents.packets) == 9
    assert not contents.index.has_video


def test_times_that_fall_are_refused():
    with pytest.raises(InputError, match="rising metadata"):
        list(mux_ts([], [(9000, b"x"), (0, b"x")]))
    with pytest.raises(InputError, match="rising decoding"):
        list(mux_ts(pictures_of(2)[::-1], []))


def test_times_go_on_over_the_wrap_of_the_clock():
    start = (1 << 33) - 4 * 9000
    pictures = pictures_of(10, first_pts_90k=start)
    timed = [(picture.pts_90k, packet) for picture, packet in zip(pictures, packets_of(10), strict=True)]

    contents = read_packets([b"".join(mux_ts(pictures, timed))])

    wanted_s = [(start + 9000 * number) / 90_000 for number in range(10)]
    assert [packet.pts_s for packet in contents.packets] == wanted_s
    assert contents.index.pictures.pts_s.tolist() == wanted_s
    assert unwrapped((1 << 33) - 1, 5) == -1


@pytest.mark.parametrize("synchronous", [False, True])
def test_an_offset_brings_the_wrap_of_the_clock_into_a_stream(synchronous):
    offset_90k = (1 << 33) - 126_000 - 4 * 9000
    timed = [(126_000 + 9000 * number, packet) for number, packet in enumerate(packets_of(10))]
    stream = b"".join(mux_ts(pictures_of(10), timed, synchronous=synchronous, offset_90k=offset_90k))

    contents = read_packets([stream])

    wanted_s = [((1 << 33) + 9000 * number) / 90_000 for number in range(-4, 6)]
    assert [packet.pts_s for packet in contents.packets] == wanted_s
    assert contents.index.pictures.pts_s.tolist() == wanted_s
    with pytest.raises(InputError, match="offset of 0 or more"):
        next(mux_ts(pictures_of(1), [], offset_90k=-1))


@pytest.mark.parametrize("video_type", list(VideoType))
@pytest.mark.parametrize("synchronous", [False, True])
def test_the_tables_say_what_the_pictures_and_the_metadata_are(video_type, synchronous):
    timed = [(126_000, packets_of(1)[0])]
    stream = b"".join(mux_ts(pictures_of(3), timed, video_type=video_type, synchronous=synchronous))

    streams = read_packets([stream]).index.streams

    lines = [(one.stream_type, one.registered_klv) for one in streams]
    assert lines == [(int(video_type), False), (0x15 if synchronous else 0x06, True)]


@pytest.mark.parametrize(("spacing", "before", "after"), [(192, 4, 0), (204, 0, 16)])
def test_packets_192_and_204_bytes_apart_are_read(spacing, before, after):
    plain = stream_of(20)
    wide = b"".join(bytes(before) + plain[at : at + 188] + bytes(after) for at in range(0, len(plain), 188))

    contents = read_packets([wide[:5000], wide[5000:]])

    assert contents.index.spacing == spacing
    assert [packet.data for packet in contents.packets] == packets_of(20)
    assert all(packet.offset % spacing == 0 for packet in contents.packets)


def test_garbage_before_and_inside_costs_only_what_it_hits():
    stream = stream_of(40)
    hit = 188 * 150

    contents = read_packets([b"\x00\x01\x47" * 50 + stream[:hit] + b"noise" * 101 + stream[hit:]])

    found = [packet.data for packet in contents.packets if packet.checksum_ok]
    assert len(found) >= 39
    assert set(found) <= set(packets_of(40))
    assert "ts-lost-sync" in {problem.code for problem in contents.problems}


def test_a_truncated_stream_gives_what_came_before():
    stream = stream_of(40)

    contents = read_packets([stream[: len(stream) // 2 - 37]])

    assert [packet.data for packet in contents.packets if packet.checksum_ok] == packets_of(40)[
        : len(contents.packets)
    ]
    assert 15 <= len(contents.packets) <= 21
    assert "ts-truncated" in {problem.code for problem in contents.problems}


def test_a_missing_transport_packet_is_reported_and_costs_one_klv_packet():
    stream = stream_of(40)
    contents = read_packets([stream])
    gone = contents.packets[10].offset
    shortened = stream[:gone] + stream[gone + 188 :]

    damaged = read_packets([shortened])

    kept = [packet.data for packet in damaged.packets if packet.checksum_ok]
    assert kept == [data for number, data in enumerate(packets_of(40)) if number != 10]
    assert "ts-continuity" in {problem.code for problem in damaged.problems}


def test_tables_are_not_needed_to_find_klv():
    stream = stream_of(20)
    packets = [stream[at : at + 188] for at in range(0, len(stream), 188)]
    without = b"".join(one for one in packets if (one[1] & 0x1F) << 8 | one[2] not in {0, 0x1000})

    contents = read_packets([without])

    assert len(contents.packets) == 20
    assert contents.index.streams == ()


def test_a_section_checks_its_own_sum():
    assert crc32(bytes.fromhex("00b00d0001c100000001f0002ab104b2")) == 0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_to_a_transport_stream_raises_or_invents(data):
    stream = bytearray(stream_of(8, synchronous=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(0, 12))):
        place = data.draw(st.integers(0, len(stream) - 1))
        how = data.draw(st.sampled_from(["change", "lose", "insert"]))
        if how == "change":
            stream[place] = data.draw(st.integers(0, 255))
        elif how == "lose":
            del stream[place : place + data.draw(st.integers(1, 400))]
        else:
            stream[place:place] = data.draw(st.binary(min_size=1, max_size=200))
    chunk = data.draw(st.integers(1, 5000))

    reader = StreamReader()
    packets = [
        packet
        for at in range(0, len(stream), chunk)
        for packet in reader.feed(bytes(stream[at : at + chunk]))
    ]
    packets += reader.finish()

    frames, _, _ = frame_table(packets)
    assert len(frames) <= len(packets)
    whole = {packet.data for packet in packets if packet.checksum_ok}
    assert len(whole - set(packets_of(8))) <= 1  # a 16-bit sum may hold by chance, not often
    assert reader.index.length == len(stream)


@settings(deadline=None)
@given(st.binary(max_size=6000))
def test_any_bytes_at_all_can_be_read(data):
    contents = read_packets([data])

    assert contents.format in {None, SourceFormat.KLV, SourceFormat.MPEG_TS}
    assert detect_format(data) in {None, SourceFormat.KLV, SourceFormat.MPEG_TS}
