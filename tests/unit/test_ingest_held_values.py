"""What an earlier packet said and a later one leaves out: held only where it can be told that it still holds."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.georeg.pose import poses
from atalaya.georeg.provenance import missing_items, sources_of
from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.held_values import LONGEST_HELD_S
from atalaya.ingest.local_set import read_set
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from atalaya.model.frame import FrameTable
from atalaya.model.pose_value import POSE_VALUES, ValueState
from small_sortie import flight

S = ValueState


def stream(frames: FrameTable, change: dict[int, dict[int, bytes | None]]) -> list[KlvPacket]:
    """Packets of frames; `change` takes items of a packet away (None) or writes other bytes."""
    packets = []
    for number, data in enumerate(encode_frames(frames, mission_id="M", platform_designation="P")):
        start = 16 + (1 if data[16] < 0x80 else 1 + (data[16] & 0x7F))
        entries, complaint = read_set(UAS_DATALINK, data[start:])
        assert complaint is None
        said: dict[int, bytes | None] = {one.tag: one.value.raw for one in entries if one.tag != 1}
        said |= change.get(number, {})
        body = b"".join(item_bytes(tag, raw) for tag, raw in said.items() if raw is not None)
        whole = UAS_DATALINK_KEY + length_bytes(len(body) + 4) + body + b"\x01\x02"
        packets.append(whole + running_sum(whole).to_bytes(2, "big"))
    return list(read_packets([b"".join(packets)]).packets)


def states(frames: FrameTable, value: str) -> list[ValueState]:
    return [S(code) for code in frames.pose_states[:, POSE_VALUES.index(value)].tolist()]


def test_the_better_item_counts_and_says_its_number():
    frames, _, _ = frame_table(stream(flight(3), {1: {90: None}, 2: {90: None, 6: None, 5: None}}))
    place = POSE_VALUES.index("platform_pitch_deg")
    assert frames.pose_items[:, place].tolist() == [90, 6, 90]
    assert states(frames, "platform_pitch_deg") == [S.SAID, S.SAID, S.REPEATED]
    assert frames.usable.all()
    found = {one.value: one for one in sources_of(frames, 2)}
    assert (found["platform_heading_deg"].item, found["platform_heading_deg"].state) == (5, S.REPEATED)
    assert (found["sensor_hae_m"].item, found["sensor_msl_m"].item) == (75, None)
    assert found["sensor_msl_m"].state is S.ABSENT


def test_what_comes_again_unchanged_held_meanwhile_and_what_comes_changed_did_not():
    turning = replace(flight(6), platform_heading_deg=np.array([10.0, 10.0, 10.0, 10.0, 20.0, 20.0]))
    left_out = {row: {5: None, 14: None} for row in (1, 2, 4)}
    frames, _, _ = frame_table(stream(turning, left_out))
    assert states(frames, "platform_heading_deg") == [
        S.SAID,
        S.REPEATED,
        S.REPEATED,
        S.SAID,
        S.ABSENT,
        S.SAID,
    ]
    assert states(frames, "sensor_lon_deg") == [S.SAID, S.ABSENT, S.ABSENT, S.SAID, S.ABSENT, S.SAID]
    assert np.isnan(frames.sensor_lon_deg[[1, 2, 4]]).all()
    assert poses(frames).known.tolist() == [True, False, False, True, False, True]


def test_a_field_of_view_holds_until_the_step():
    zoomed = replace(flight(4), hfov_deg=np.array([10.0, 10.0, 10.0, 2.0]))
    frames, _, _ = frame_table(stream(zoomed, {1: {16: None}, 2: {16: None}}))
    assert states(frames, "hfov_deg") == [S.SAID, S.REPEATED, S.REPEATED, S.SAID]
    np.testing.assert_allclose(frames.hfov_deg, [10.0, 10.0, 10.0, 2.0], atol=3e-3)


def test_what_was_said_too_long_ago_or_never_is_absent():
    late = flight(3)
    late = replace(late, time_us=late.time_us[0] + np.array([0, 4_900_000, 5_100_000]))
    frames, _, _ = frame_table(stream(late, {1: {5: None}, 2: {5: None}}))
    assert pytest.approx(5.0) == LONGEST_HELD_S
    assert states(frames, "platform_heading_deg") == [S.SAID, S.REPEATED, S.ABSENT]
    frames, _, _ = frame_table(stream(flight(2), {0: {5: None}}))
    assert states(frames, "platform_heading_deg") == [S.ABSENT, S.SAID]


def test_what_changed_each_time_it_was_said_does_not_stand_after_the_last_time():
    """A place once a second beside attitudes ten times a second: the last second would lie behind itself."""
    left_out = {row: {5: None, 14: None} for row in (1, 3, 4, 5)}
    frames, _, _ = frame_table(stream(flight(6), left_out))
    assert states(frames, "sensor_lon_deg") == [S.SAID, S.ABSENT, S.SAID, S.ABSENT, S.ABSENT, S.ABSENT]
    assert states(frames, "platform_heading_deg")[3:] == [S.REPEATED] * 3


def test_a_damaged_packet_may_have_said_something_else():
    packets = stream(flight(4), {2: {5: None}, 3: {5: None}})
    broken = bytearray(packets[1].data)
    broken[-1] ^= 0xFF
    data = [packets[0].data, bytes(broken), packets[2].data, packets[3].data]
    frames, _, _ = frame_table(read_packets([b"".join(data)]).packets)
    assert frames.checksum_ok.tolist() == [True, False, True, True]
    assert states(frames, "platform_heading_deg")[2:] == [S.ABSENT, S.ABSENT]


@pytest.mark.parametrize(
    ("raw", "state", "words"),
    [
        (b"", S.CLEARED, "taken back"),
        (b"\x80\x00", S.ERROR_INDICATOR, "said to be in error"),
        (b"\x01", S.UNREADABLE, "unreadable"),
    ],
)
def test_a_value_taken_back_or_in_error_is_never_used_nor_what_was_before_it(raw, state, words):
    frames, _, _ = frame_table(stream(flight(3), {1: {6: raw, 90: None}, 2: {6: None, 90: None}}))
    assert states(frames, "platform_pitch_deg")[1] is state
    assert np.isnan(frames.platform_pitch_deg[1])
    assert not poses(frames).known[1]
    assert missing_items(frames)[1] == (f"platform pitch (item 90 or 6, {words})",)


def test_missing_items_are_named_frame_by_frame():
    packets = stream(flight(4), {0: {5: None, 18: None}, 1: {75: None}, 2: {2: None}, 3: {}})
    frames, _, _ = frame_table(packets)
    assert missing_items(frames) == (
        ("platform heading (item 5)", "sensor azimuth (item 18)"),
        (),
        ("time (item 2)",),
        (),
    )
    from atalaya.georeg.pose import HeightReference

    msl = missing_items(frames, HeightReference.MSL_AS_HAE)
    assert msl[3] == ("sensor height above mean sea level (item 15)",)
    broken = replace(frames, checksum_ok=np.zeros(4, dtype=np.bool_))
    assert missing_items(broken)[3] == ("a checksum that holds (item 1)",)


def test_nothing_missing_is_exactly_where_there_is_a_pose():
    packets = stream(flight(6), {1: {14: None}, 3: {16: b""}, 4: {19: None}, 5: {90: None, 6: None}})
    frames, _, _ = frame_table(packets)
    assert [not names for names in missing_items(frames)] == poses(frames).known.tolist()
