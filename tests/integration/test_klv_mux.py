"""`atalaya klv mux`: pictures copied, packets byte for byte, times where they belong; readers of others agree."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from stanag4609 import FieldDecodingMode, MetadataStreamDecoder, PESStreamEvent, TransportDemuxer

from atalaya.app.mux_klv import mux_klv
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.stream import read_packets
from klv_command import klv, records
from shared_data import shared_file
from small_sortie import flight

FPS = 10


def packets_of(path: Path) -> list[bytes]:
    return [packet.data for packet in read_packets([path.read_bytes()]).packets]


def made_klv(path: Path, count: int = 12) -> Path:
    packets = encode_frames(flight(count), mission_id="MUX", platform_designation="made")
    path.write_bytes(b"".join(packets))
    return path


def made_video(path: Path, codec: str, count: int = 12) -> Path:
    """A few pictures with reordered frames, in whatever container the name says."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if codec != "mpeg2video":
            stream.options = {"preset": "ultrafast"}
        stream.codec_context.max_b_frames = 2
        for number in range(count):
            rgb = np.full((48, 64, 3), 20 * number, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def pictures_of(path: Path) -> list[tuple[float, int]]:
    """(time after the first picture [s], mean brightness) of every picture in the order shown."""
    with av.open(str(path)) as container:
        shown = [
            (float(frame.pts * frame.time_base), round(float(frame.to_ndarray(format="gray").mean())))
            for frame in container.decode(video=0)
        ]
    return [(round(time_s - shown[0][0], 3), grey) for time_s, grey in shown]


@pytest.mark.parametrize(
    ("codec", "container"),
    [("libx264", "mp4"), ("libx264", "ts"), ("libx265", "mp4"), ("mpeg2video", "ts"), ("libx264", "mkv")],
)
@pytest.mark.parametrize("synchronous", [True, False])
def test_pictures_and_packets_are_the_same_before_and_after(tmp_path, codec, container, synchronous):
    video = made_video(tmp_path / f"video.{container}", codec)
    metadata = made_klv(tmp_path / "made.klv")
    out = tmp_path / "out.ts"
    report = mux_klv(video, metadata, out, synchronous=synchronous)
    assert (report.pictures, report.packets, report.timed_by, report.untimed) == (12, 12, "stamp", 0)
    assert packets_of(out) == packets_of(metadata)
    assert pictures_of(out) == pictures_of(video)


def test_the_command_says_what_it_wrote(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv")
    told = klv("mux", video, metadata, "-o", tmp_path / "out.ts").stdout.decode()
    assert "12 pictures (H264), 12 KLV packets by their time stamps (item 2)" in told


def test_packets_lie_in_time_where_their_stamps_say(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv")
    out = tmp_path / "out.ts"
    klv("mux", video, metadata, "-o", out, "--offset-s", "0.25")
    times_s = [one["pts_s"] for one in records(klv("decode", out))]
    with av.open(str(out)) as container:
        first_s = min(
            float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.pts
        )
    assert np.diff(times_s) == pytest.approx([0.1] * 11, abs=1e-4)
    assert times_s[0] - first_s == pytest.approx(0.25, abs=1e-4)


def test_a_negative_offset_keeps_every_packet(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv")
    klv("mux", video, metadata, "-o", tmp_path / "out.ts", "--offset-s", "-9")
    assert packets_of(tmp_path / "out.ts") == packets_of(metadata)


def test_metadata_of_the_same_stream_keeps_its_place_beside_the_pictures(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv")
    first, again = tmp_path / "first.ts", tmp_path / "again.ts"
    klv("mux", video, metadata, "-o", first, "--offset-s", "0.3")
    report = json.loads(klv("mux", first, first, "-o", again, "--json").stdout)
    assert report["timed_by"] == "pts"
    assert report["first_s"] == pytest.approx(0.3, abs=1e-4)


def test_another_reader_finds_every_packet_in_both_ways(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv")
    for way in ("--sync", "--async"):
        out = tmp_path / f"out{way}.ts"
        klv("mux", video, metadata, "-o", out, way)
        demuxer = TransportDemuxer()
        decoder = MetadataStreamDecoder(field_decoding=FieldDecodingMode.PRESERVE)
        found = []
        for event in (*demuxer.feed(out.read_bytes()), *demuxer.finish()):
            if isinstance(event, PESStreamEvent) and event.stream.elementary_pid == 0x101:
                found += decoder.feed(event)
        assert len(found) == 12


def test_our_own_report_has_no_error_for_what_was_muxed(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv", 30)
    klv("mux", video, metadata, "-o", tmp_path / "out.ts")
    answer = json.loads(klv("report", tmp_path / "out.ts", "--json").stdout)
    carriage = {"ST 1402", "ISO/IEC 13818-1"}
    assert [one for one in answer["findings"] if one["severity"] == "error"] == []
    assert [one["code"] for one in answer["findings"] if one["standard"] in carriage] == []


def test_nothing_is_replaced_and_nothing_half_is_left(tmp_path):
    video, metadata = made_video(tmp_path / "video.mp4", "libx264"), made_klv(tmp_path / "made.klv")
    out = tmp_path / "out.ts"
    out.write_bytes(b"mine")
    assert b"is there already" in klv("mux", video, metadata, "-o", out, code=3).stderr
    assert out.read_bytes() == b"mine"
    assert b"is the same file as" in klv("mux", video, metadata, "-o", video, "--force", code=3).stderr
    klv("mux", video, video, "-o", out, "--force", code=3)
    assert out.read_bytes() == b"mine"
    klv("mux", video, metadata, "-o", out, "--force")
    assert packets_of(out) == packets_of(metadata)
    assert {path.name for path in tmp_path.iterdir()} == {"video.mp4", "made.klv", "out.ts"}


def test_pictures_that_no_transport_stream_of_ours_carries_are_refused(tmp_path):
    video, metadata = made_video(tmp_path / "video.avi", "mpeg4"), made_klv(tmp_path / "made.klv")
    assert b"H.264, H.265 or MPEG-2" in klv("mux", video, metadata, "-o", tmp_path / "out.ts", code=3).stderr
    assert b"is KLV" in klv("mux", metadata, metadata, "-o", tmp_path / "out.ts", code=3).stderr


@pytest.mark.shared
@pytest.mark.parametrize("name", ["h264_klv.ts", "h265_klv.ts", "mpeg2_klv.ts"])
def test_shared_clips_are_joined_with_a_real_flight(tmp_path, name):
    video = shared_file(f"data/klv/conformance/{name}")
    metadata = shared_file("data/klv/real/cheyenne_c208b_2012.klv")
    out = tmp_path / "out.ts"
    mux_klv(video, metadata, out)
    assert packets_of(out) == packets_of(metadata)
    assert pictures_of(out) == pictures_of(video)
