"""Video files: pictures on the stream's own clock, our own streams read by others, MP4 for the browser."""

import io
from pathlib import Path
from uuid import UUID

import klvdata
import numpy as np
import pytest
import stanag4609

from atalaya.errors import ExternalError, InputError
from atalaya.ingest.cut import plan_cut
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import read_packets
from atalaya.io.video import encode_h264, read_pictures, remux_mp4, video_facts
from atalaya.model.frame import FrameTable, TargetTable, unknown_frames
from shared_data import shared_file

FRAMES_PER_S = 5.0


def scene(number: int) -> np.ndarray:
    rows, columns = np.mgrid[0:96, 0:128]
    rgb = np.stack([rows * 2, columns * 2, np.full_like(rows, 40 + 10 * number % 200)], axis=2)
    return rgb.astype(np.uint8)


def frames_of(count: int) -> FrameTable:
    row = np.arange(count, dtype=np.float64)
    values = unknown_frames(count).columns() | {
        "time_us": 1_700_000_000_000_000 + np.arange(count) * 200_000,
        "platform_heading_deg": 10.0 + row,
        "platform_pitch_deg": np.full(count, 2.5),
        "platform_roll_deg": np.full(count, -3.0),
        "sensor_lat_deg": 24.5 + row * 1e-4,
        "sensor_lon_deg": -107.5 + row * 1e-4,
        "sensor_msl_m": np.full(count, 3028.0),
        "sensor_hae_m": np.full(count, 3000.0),
        "hfov_deg": np.full(count, 4.0),
        "vfov_deg": np.full(count, 3.0),
        "sensor_azimuth_deg": np.full(count, 90.0),
        "sensor_elevation_deg": np.full(count, -40.0),
        "sensor_roll_deg": np.zeros(count),
        "slant_range_m": np.full(count, 3500.0),
        "target_width_m": np.full(count, 240.0),
        "centre_lat_deg": np.full(count, 24.51),
        "centre_lon_deg": np.full(count, -107.48),
        "centre_msl_m": np.full(count, 800.0),
        "centre_hae_m": np.full(count, 772.0),
        "corner_lat_deg": np.tile([24.52, 24.52, 24.50, 24.50], (count, 1)),
        "corner_lon_deg": np.tile([-107.49, -107.47, -107.47, -107.49], (count, 1)),
    }
    return FrameTable(**values)


def targets_of() -> TargetTable:
    return TargetTable(
        frame_index=np.array([2]),
        target_id=np.array([9]),
        lon_deg=np.array([-107.481]),
        lat_deg=np.array([24.511]),
        hae_m=np.array([773.0]),
        row_px=np.array([40.0]),
        col_px=np.array([60.0]),
        confidence=np.array([0.75]),
    )


def packets_of(count: int) -> list[bytes]:
    return encode_frames(
        frames_of(count),
        mission_id="SYNTHETIC 7",
        platform_designation="SYNTHETIC",
        platform_uuid=UUID("8b1f7b0e-35a5-5c2b-9c6e-0f5a6ad4d1c2"),
        targets=targets_of(),
    )


@pytest.fixture(scope="module", name="pictures")
def encoded_pictures():
    return list(
        encode_h264((scene(number) for number in range(30)), frames_per_s=FRAMES_PER_S, pictures_per_gop=5)
    )


def write_stream(path: Path, pictures, **options) -> Path:
    timed = [(one.pts_90k, packet) for one, packet in zip(pictures, packets_of(len(pictures)), strict=True)]
    path.write_bytes(b"".join(mux_ts(pictures, timed, **options)))
    return path


def test_encoded_pictures_are_evenly_timed_with_key_pictures_in_step(pictures):
    assert [one.keyframe for one in pictures] == [number % 5 == 0 for number in range(30)]
    assert [one.pts_90k for one in pictures] == [126_000 + 18_000 * number for number in range(30)]
    assert all(one.dts_90k == one.pts_90k for one in pictures)


def test_the_same_pictures_are_encoded_to_the_same_bytes(pictures):
    again = encode_h264(
        (scene(number) for number in range(30)), frames_per_s=FRAMES_PER_S, pictures_per_gop=5
    )

    assert list(again) == pictures


@pytest.mark.parametrize("options", [{}, {"timed": False}, {"synchronous": True}])
def test_pictures_and_packets_of_our_own_stream_share_one_clock(tmp_path, pictures, options):
    path = write_stream(tmp_path / "own.ts", pictures, **options)
    contents = read_packets([path.read_bytes()])

    read = list(read_pictures(path))

    assert contents.problems == ()
    assert [packet.data for packet in contents.packets] == packets_of(30)
    assert [one.pts_s for one in read] == contents.index.pictures.pts_s.tolist()
    assert max(np.abs(one.rgb.astype(int) - scene(number)).mean() for number, one in enumerate(read)) < 6.0
    facts = video_facts(path)
    assert facts is not None
    assert (facts.width_px, facts.height_px, facts.frames_per_s, facts.codec) == (128, 96, 5.0, "h264")
    assert facts.duration_s == pytest.approx(6.0, abs=0.25)


def test_stanag4609_decodes_our_stream_strictly(tmp_path, pictures):
    path = write_stream(tmp_path / "own.ts", pictures, synchronous=True)

    report = stanag4609.verify_fmv_file(str(path))

    assert (report.klv_packets, report.st0601_packets, report.st0903_target_observations) == (30, 30, 1)
    errors = {
        finding.code for finding in report.findings if finding.status is stanag4609.VerificationStatus.ERROR
    }
    assert errors <= {"st0604.timestamp.missing"}  # time is in the packets, not in the pictures


def test_stanag4609_reads_our_values(pictures):
    packet = next(iter(stanag4609.iter_klv(io.BytesIO(packets_of(30)[2]))))

    decoded = stanag4609.decode_uas_local_set(packet)

    assert decoded.misp_timestamp_microseconds == 1_700_000_000_400_000
    assert float(decoded.value(13)) == pytest.approx(24.5002, abs=5e-8)
    assert float(decoded.value(75)) == pytest.approx(3000.0, abs=0.16)
    assert float(decoded.value(91)) == pytest.approx(-3.0, abs=5e-8)


def test_klvdata_reads_our_values():
    without_reports = encode_frames(
        frames_of(3), mission_id="SYNTHETIC 7", platform_designation="S"
    )  # it cannot read item 74
    packets = list(klvdata.StreamParser(io.BytesIO(b"".join(without_reports))))

    assert len(packets) == 3
    items = packets[2].MetadataList()
    assert float(items[13][3]) == pytest.approx(24.5002, abs=1e-6)
    assert float(items[14][3]) == pytest.approx(-107.4998, abs=1e-6)
    assert items[3][3] == "SYNTHETIC 7"


def test_a_cut_stream_is_still_a_video(tmp_path, pictures):
    data = write_stream(tmp_path / "own.ts", pictures).read_bytes()
    contents = read_packets([data])
    frames, _, _ = frame_table(contents.packets)
    plan = plan_cut(contents.index, frames, np.arange(30) // 5 == 3)
    cut_path = tmp_path / "cut.ts"
    cut_path.write_bytes(b"".join(data[start:end] for start, end in plan.kept))

    read = list(read_pictures(cut_path))

    assert [one.pts_s for one in read] == frames.pts_s[15:20].tolist()
    assert np.abs(read[0].rgb.astype(int) - scene(15)).mean() < 6.0


def test_pictures_are_chosen_by_step_or_by_time(tmp_path, pictures):
    path = write_stream(tmp_path / "own.ts", pictures)

    assert [one.pts_s for one in read_pictures(path, every_s=2.0)] == pytest.approx([1.4, 3.4, 5.4])
    chosen = read_pictures(path, at_pts_s=[7.0, float("nan"), -5.0, 2.69, 2.71, 99.0])
    assert [one.pts_s for one in chosen] == pytest.approx([1.4, 2.6, 2.8, 7.0, 7.2])
    with pytest.raises(InputError, match="got both"):
        next(read_pictures(path, every_s=1.0, at_pts_s=[1.0]))
    with pytest.raises(InputError, match="positive"):
        next(read_pictures(path, every_s=0.0))


def test_an_mp4_of_our_stream_starts_at_zero_and_says_where_that_was(tmp_path, pictures):
    path = write_stream(tmp_path / "own.ts", pictures)

    origin_s = remux_mp4(path, tmp_path / "own.mp4")

    assert origin_s == 1.4
    written = (tmp_path / "own.mp4").read_bytes()
    assert written.index(b"moov") < written.index(b"mdat")
    copied = list(read_pictures(tmp_path / "own.mp4"))
    originals = list(read_pictures(path))
    np.testing.assert_allclose(
        [one.pts_s + origin_s for one in copied], [one.pts_s for one in originals], atol=1e-9
    )
    assert all(np.array_equal(one.rgb, other.rgb) for one, other in zip(copied, originals, strict=True))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("relative", "codec", "pictures"),
    [
        ("data/klv/sim/osh_vrsg_vmti.ts", "h264", 277),
        ("data/klv/real/aphill_klv_10s.ts", "mpeg2video", 10),
        ("data/klv/conformance/h264_klv.ts", "h264", 30),
        ("data/klv/conformance/h265_klv.ts", "hevc", 30),
        ("data/klv/conformance/mpeg2_klv.ts", "mpeg2video", 30),
        ("data/klv/conformance/h265_tricky_klv.ts", "hevc", 30),
        ("data/klv/conformance/h264_no_klv.ts", "h264", 30),
    ],
)
def test_every_shared_clip_is_read_and_becomes_playable(tmp_path, relative, codec, pictures):
    path = shared_file(relative)
    facts = video_facts(path)
    assert facts is not None
    assert facts.codec == codec

    times_s = [one.pts_s for one in read_pictures(path)]
    origin_s = remux_mp4(path, tmp_path / "clip.mp4")

    assert sorted(read_packets([path.read_bytes()]).index.pictures.pts_s.tolist()) == pytest.approx(times_s)
    assert len(times_s) == pictures
    playable = video_facts(tmp_path / "clip.mp4")
    assert playable is not None
    assert playable.codec == "h264"
    mp4_s = [one.pts_s + origin_s for one in read_pictures(tmp_path / "clip.mp4")]
    assert mp4_s == pytest.approx(times_s, abs=1e-4)


@pytest.mark.shared
def test_pictures_of_the_real_clip_pair_with_its_packets():
    path = shared_file("data/klv/sim/osh_vrsg_vmti.ts")
    frames, _, _ = frame_table(read_packets([path.read_bytes()]).packets)

    assert [one.pts_s for one in read_pictures(path)] == frames.pts_s.tolist()


def test_what_is_no_video_is_refused_in_words(tmp_path):
    text, klv = tmp_path / "text.ts", tmp_path / "bare.klv"
    text.write_text("this is a text file named .ts\n" * 300)
    klv.write_bytes(b"".join(packets_of(3)))

    for path in (text, klv):
        with pytest.raises(InputError, match=path.name):
            video_facts(path)
        with pytest.raises(InputError, match=path.name):
            next(read_pictures(path))
        with pytest.raises(InputError, match=path.name):
            remux_mp4(path, tmp_path / "out.mp4")
    with pytest.raises(ExternalError, match="absent"):
        next(read_pictures(tmp_path / "absent.ts"))


def test_where_an_mp4_cannot_be_written_it_is_said(tmp_path, pictures):
    path = write_stream(tmp_path / "own.ts", pictures)

    with pytest.raises(ExternalError):
        remux_mp4(path, tmp_path / "no folder" / "own.mp4")


def test_a_truncated_stream_gives_the_pictures_before(tmp_path, pictures):
    path = write_stream(tmp_path / "own.ts", pictures)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])

    assert 15 <= len(list(read_pictures(path))) <= 25


def test_frames_that_cannot_be_encoded_are_refused():
    good = scene(0)

    with pytest.raises(InputError, match="at least one frame"):
        next(encode_h264([], frames_per_s=5.0))
    with pytest.raises(InputError, match="even"):
        next(encode_h264([good[:-1]], frames_per_s=5.0))
    with pytest.raises(InputError, match="was wanted"):
        list(encode_h264([good, good[:-2]], frames_per_s=5.0))
    with pytest.raises(InputError, match="rate"):
        next(encode_h264([good], frames_per_s=0.0))
