"""Real streams are read whole: every packet, its checksum, its place and time."""

import json

import numpy as np
import pytest

from atalaya.ingest.st0601 import frame_table, stream_facts
from atalaya.ingest.stream import StreamContents, StreamReader, detect_format, read_packets
from atalaya.model.source import SourceFormat
from shared_data import shared_file


def contents_of(relative: str, chunk_bytes: int = 1 << 16) -> StreamContents:
    data = shared_file(relative).read_bytes()
    return read_packets(data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("relative", "packets", "checksums_ok", "pictures"),
    [
        ("data/klv/sim/osh_vrsg_vmti.ts", 277, 277, 277),
        ("data/klv/sim/osh_vrsg_vmti.klv", 277, 277, 0),
        ("data/klv/real/cheyenne_c208b_2012.klv", 407, 407, 0),
        ("data/klv/real/aphill_klv_10s.ts", 300, 0, 10),
        ("data/klv/conformance/h264_klv.ts", 30, 30, 30),
        ("data/klv/conformance/h265_klv.ts", 30, 30, 30),
        ("data/klv/conformance/mpeg2_klv.ts", 30, 30, 30),
        ("data/klv/conformance/h265_tricky_klv.ts", 90, 90, 30),
        ("data/klv/conformance/h264_no_klv.ts", 0, 0, 30),
        ("data/klv/conformance/st0902_dynamic_only.klv", 1, 1, 0),
    ],
)
def test_every_packet_of_the_shared_streams_is_found(relative, packets, checksums_ok, pictures):
    contents = contents_of(relative)

    assert len(contents.packets) == packets
    assert sum(packet.checksum_ok for packet in contents.packets) == checksums_ok
    assert len(contents.index.pictures) == pictures
    assert contents.problems == ()


@pytest.mark.shared
def test_chunks_of_any_size_give_the_same_packets():
    relative = "data/klv/conformance/h265_tricky_klv.ts"

    assert contents_of(relative, 100).packets == contents_of(relative, 1 << 20).packets


@pytest.mark.shared
def test_the_bytes_of_a_packet_lie_where_its_offset_says():
    data = shared_file("data/klv/real/cheyenne_c208b_2012.klv").read_bytes()

    for packet in read_packets([data]).packets:
        assert data[packet.offset : packet.offset + packet.length] == packet.data


@pytest.mark.shared
def test_packets_of_a_transport_stream_carry_the_same_bytes_as_the_bare_file():
    from_transport = contents_of("data/klv/sim/osh_vrsg_vmti.ts").packets
    bare = contents_of("data/klv/sim/osh_vrsg_vmti.klv").packets

    assert [packet.data for packet in from_transport] == [packet.data for packet in bare]
    assert {packet.pid for packet in from_transport} == {257}
    assert {packet.pid for packet in bare} == {None}


@pytest.mark.shared
def test_packet_times_equal_the_truth_on_the_raw_90_khz_clock():
    truth = json.loads(shared_file("data/klv/sim/osh_vrsg_vmti_truth.json").read_text())["frames"]
    packets = contents_of("data/klv/sim/osh_vrsg_vmti.ts").packets
    frames, _, _ = frame_table(packets)

    rows = [frame["klv_index"] for frame in truth]
    assert [round(packets[row].pts_s * 90_000) for row in rows] == [frame["pts_90k"] for frame in truth]
    assert frames.time_us[rows].tolist() == [frame["tag2_us"] for frame in truth]


@pytest.mark.shared
def test_a_wrong_checksum_is_kept_and_flagged():
    contents = contents_of("data/klv/conformance/st0902_dynamic_constant_badchecksum.klv")
    frames, targets, _ = frame_table(contents.packets)

    assert len(frames) == 1
    assert not frames.checksum_ok[0]
    assert not frames.usable[0]
    assert len(targets) == 0
    assert [problem.code for problem in contents.problems] == ["checksum-failed"]


@pytest.mark.shared
def test_all_target_reports_equal_the_truth():
    truth = json.loads(shared_file("data/klv/sim/osh_vrsg_vmti_truth.json").read_text())["frames"]
    wanted = [(frame["klv_index"], report) for frame in truth for report in frame["targets"]]
    _, targets, problems = frame_table(contents_of("data/klv/sim/osh_vrsg_vmti.ts").packets)

    assert problems == ()
    assert targets.frame_index.tolist() == [row for row, _ in wanted]
    assert targets.target_id.tolist() == [report["id"] for _, report in wanted]
    lat_deg = np.array([report.get("lat", np.nan) for _, report in wanted])
    lon_deg = np.array([report.get("lon", np.nan) for _, report in wanted])
    hae_m = np.array([report.get("hae_m", np.nan) for _, report in wanted])
    assert np.isfinite(lat_deg).sum() == 129
    np.testing.assert_allclose(targets.lat_deg, lat_deg, rtol=0, atol=1e-6)
    np.testing.assert_allclose(targets.lon_deg, lon_deg, rtol=0, atol=1e-6)
    np.testing.assert_allclose(targets.hae_m, hae_m, rtol=0, atol=0.06)
    centroids = np.array([report.get("centroid_xy", [np.nan] * 2) for _, report in wanted])
    np.testing.assert_array_equal(np.stack([targets.col_px, targets.row_px], axis=1), centroids)
    confidence = np.array([report.get("confidence", np.nan) for _, report in wanted])
    np.testing.assert_array_equal(targets.confidence, confidence / 100)


@pytest.mark.shared
def test_a_stream_says_its_mission_platform_classification_and_version():
    facts = stream_facts(contents_of("data/klv/real/cheyenne_c208b_2012.klv").packets)

    assert facts.mission_ids == ("ESRI_Metadata_Collect",)
    assert facts.platform_designations == ("C208B",)
    assert facts.security_classifications == ("UNCLASSIFIED",)
    assert facts.versions == (1,)


@pytest.mark.shared
def test_a_transport_stream_says_its_streams():
    index = contents_of("data/klv/conformance/h265_tricky_klv.ts").index

    assert [(stream.pid, stream.stream_type) for stream in index.streams] == [
        (256, 0x24),
        (257, 0x15),
        (258, 0x06),
        (259, 0x06),
    ]
    assert index.klv_pids == (257, 258)
    assert index.table_pids == {0, 4096}
    assert index.pictures.random_access[0]


@pytest.mark.shared
def test_the_format_is_told_from_the_content():
    assert (
        detect_format(shared_file("data/klv/sim/osh_vrsg_vmti.ts").read_bytes()[:4096])
        is SourceFormat.MPEG_TS
    )
    assert (
        detect_format(shared_file("data/klv/sim/osh_vrsg_vmti.klv").read_bytes()[:4096]) is SourceFormat.KLV
    )


def test_text_is_neither_transport_stream_nor_klv():
    text = b"Good Golly, this is a text file named video.ts. GGGG\n" * 500

    assert detect_format(text) is None
    assert detect_format(b"G" * 5000) is None
    contents = read_packets([text])
    assert contents.format is None
    assert contents.packets == ()
    assert [problem.code for problem in contents.problems] == ["not-a-stream"]


def test_nothing_at_all_is_not_a_stream():
    reader = StreamReader()

    assert reader.finish() == []
    assert reader.format is None
    assert reader.index.length == 0
    assert not reader.index.has_video
