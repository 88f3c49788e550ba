"""What holds now: constants said once stay, with their age; what was cleared, damaged or cut short does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.current_values import CurrentValues
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import DecodedPacket, decode_packet
from atalaya.ingest.said_time import said_time_us, said_times
from atalaya.ingest.standards.eg0104 import PREDATOR
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from atalaya.ingest.value import Flag, entries_json
from shared_data import shared_file

START_US = 1_700_000_000_000_000
HEADING, MISSION, LEAP = 5, 3, 136


def bare(data: bytes, pts_s: float | None = None) -> KlvPacket:
    last = len(data) - 1
    return KlvPacket(
        offset=0, last_offset=last, length=len(data), pid=None, pts_s=pts_s, data=data, checksum_ok=True
    )


def packet_of(second: float | None, *items: tuple[int, bytes], pts_s: float | None = None) -> KlvPacket:
    time = b""
    if second is not None:
        time = item_bytes(2, (START_US + round(second * 1e6)).to_bytes(8, "big"))
    body = time + b"".join(item_bytes(tag, value) for tag, value in items) + b"\x01\x02"
    head = UAS_DATALINK_KEY + length_bytes(len(body) + 2) + body
    return bare(head + running_sum(head).to_bytes(2, "big"), pts_s)


def after(*packets: KlvPacket) -> CurrentValues:
    current = CurrentValues()
    for index, packet in enumerate(packets):
        current.put(decode_packet(index, packet))
    return current


def value_of(current: CurrentValues, tag: int, time_us: int | None = None):
    return next(entry.value for entry in current.at(time_us) if entry.tag == tag)


def damaged(packet: KlvPacket) -> KlvPacket:
    return bare(packet.data[:-1] + bytes((packet.data[-1] ^ 1,)))


def test_a_constant_said_once_never_vanishes_and_grows_old():
    current = after(
        packet_of(0.0, (MISSION, b"M7"), (HEADING, b"\x40\x00")), packet_of(60.0, (HEADING, b"\x80\x00"))
    )
    mission, heading = value_of(current, MISSION), value_of(current, HEADING)
    assert (mission.value, mission.flag, mission.age_s) == ("M7", Flag.STALE, 60.0)
    assert (heading.flag, heading.age_s) == (Flag.OK, None)
    assert heading.value == pytest.approx(180.0, abs=0.01)


def test_said_again_it_is_fresh_again():
    current = after(packet_of(0.0, (MISSION, b"M7")), packet_of(1.0), packet_of(2.0, (MISSION, b"M7")))
    assert value_of(current, MISSION).flag is Flag.OK


def test_a_zero_length_clears_and_stays_cleared():
    current = after(packet_of(0.0, (MISSION, b"M7")), packet_of(1.0, (MISSION, b"")), packet_of(3.0))
    cleared = value_of(current, MISSION)
    assert (cleared.value, cleared.flag, cleared.age_s) == (None, Flag.ZERO_LENGTH, 2.0)


def test_what_cannot_be_read_takes_the_place_of_what_could():
    current = after(packet_of(0.0, (HEADING, b"\x40\x00")), packet_of(1.0, (HEADING, b"\x40")))
    value = value_of(current, HEADING)
    assert (value.value, value.flag) == (None, Flag.MALFORMED)


def test_a_packet_whose_checksum_fails_changes_nothing_but_the_age():
    good = packet_of(0.0, (HEADING, b"\x40\x00"))
    current = after(good, damaged(packet_of(1.0, (HEADING, b"\x80\x00"))))
    value = value_of(current, HEADING)
    assert value.value == pytest.approx(90.0, abs=0.01)
    assert value.flag is Flag.STALE


def test_a_packet_cut_short_changes_nothing():
    whole = packet_of(1.0, (HEADING, b"\x80\x00"), (MISSION, b"LONG NAME"))
    current = after(packet_of(0.0, (HEADING, b"\x40\x00")), bare(whole.data[:-12]))
    assert value_of(current, HEADING).flag is Flag.STALE
    assert {entry.tag for entry in current.at()} == {2, HEADING}


def test_ages_are_those_of_the_moment_asked_for():
    current = after(packet_of(0.0, (MISSION, b"M7")), packet_of(1.0, (HEADING, b"\x40\x00")))
    assert value_of(current, MISSION, START_US + 1_500_000).age_s == 1.5
    assert value_of(current, HEADING, START_US + 1_500_000).flag is Flag.OK
    late = value_of(current, HEADING, START_US + 61_000_000)
    assert (late.flag, late.age_s) == (Flag.STALE, 60.0)


def test_without_a_clock_that_tells_there_is_no_age():
    backwards = after(packet_of(100.0, (MISSION, b"M7")), packet_of(0.0))
    assert value_of(backwards, MISSION).age_s is None
    silent = after(packet_of(None, (MISSION, b"M7")), packet_of(None))
    assert value_of(silent, MISSION).age_s is None
    assert value_of(silent, MISSION).flag is Flag.STALE
    by_pts = after(packet_of(None, (MISSION, b"M7"), pts_s=5.0), packet_of(None, pts_s=7.5))
    assert value_of(by_pts, MISSION).age_s == 2.5


def test_the_sum_of_a_packet_is_no_value_that_holds():
    assert [entry.tag for entry in after(packet_of(0.0, (MISSION, b"M7"))).at()] == [2, MISSION]


def test_an_item_that_comes_more_than_once_is_replaced_as_a_whole():
    twice = packet_of(0.0, (115, b"\x01\x01A"), (115, b"\x02\x01B"))
    current = after(twice, packet_of(1.0))
    assert [entry.value.flag for entry in current.at() if entry.tag == 115] == [Flag.STALE] * 2
    current.put(decode_packet(2, packet_of(2.0, (115, b"\x03"))))
    assert [entry.value.raw for entry in current.at() if entry.tag == 115] == [b"\x03"]


def test_opaque_items_stay_opaque():
    current = after(packet_of(0.0, (60, b"\xab\xcd")), packet_of(1.0))
    assert (value_of(current, 60).flag, value_of(current, 60).value) == (Flag.OPAQUE, None)
    assert "abcd" not in str(entries_json(current.at()))


def test_whole_numbers_that_hold_can_be_asked_for():
    current = after(packet_of(0.0, (LEAP, b"\xe3")), packet_of(1.0))
    assert current.whole(LEAP) == -29
    assert current.whole(MISSION) is None
    assert current.whole(LEAP, standard="0903") is None


def test_sets_of_different_standards_are_kept_apart():
    label = bytes.fromhex("060e2b34010101070701100106000000")
    item = label + b"\x04\x41\xa0\x14\x7b"
    predator = bare(PREDATOR.key + length_bytes(len(item)) + item)
    current = after(packet_of(0.0, (HEADING, b"\x40\x00")), predator)
    assert current.standards == ("0601", "0104")
    assert value_of(current, HEADING).flag is Flag.OK
    entry = current.at(standard="0104")[0]
    assert (entry.tag, entry.key, entry.value.flag) == (5, label, Flag.OK)
    assert CurrentValues().at() == ()
    unknown = bare(bytes.fromhex("060e2b34020304050607080910111213") + b"\x00")
    assert after(unknown).standards == ()


ITEM = st.tuples(st.sampled_from([3, 4, 10, 59]), st.sampled_from([b"", b"A", b"B", b"\xff"]))


@given(st.lists(st.lists(ITEM, max_size=4, unique_by=lambda item: item[0]), min_size=1, max_size=8))
def test_the_state_is_that_of_the_last_saying_of_each_item(said):
    current = after(*(packet_of(float(second), *items) for second, items in enumerate(said)))
    last = {tag: (value, second) for second, items in enumerate(said) for tag, value in items}
    state = {entry.tag: entry.value for entry in current.at() if entry.tag != 2}
    assert state.keys() == last.keys()
    for tag, (raw, second) in last.items():
        age_s = len(said) - 1.0 - second
        assert state[tag].raw == raw
        assert state[tag].age_s == (age_s or None)
        assert (state[tag].flag is Flag.STALE) == (raw in (b"A", b"B") and age_s > 0)


def as_decoded(packet: KlvPacket) -> DecodedPacket:
    return decode_packet(0, packet)


def test_the_time_a_packet_says_is_found_without_decoding_it():
    good = packet_of(1.0, (MISSION, b"M7"))
    assert said_time_us(good) == START_US + 1_000_000
    assert said_time_us(damaged(good)) == -1
    assert said_time_us(packet_of(None)) == -1
    assert said_time_us(replace(good, data=good.data[:16])) == -1
    assert said_time_us(replace(good, data=good.data[:22])) == -1
    assert said_time_us(bare(bytes.fromhex("060e2b34020304050607080910111213") + b"\x00")) == -1
    assert said_times([good, packet_of(2.0)]).tolist() == [START_US + 1_000_000, START_US + 2_000_000]
    assert said_times([]).dtype == "int64"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "data/klv/sim/osh_vrsg_vmti.ts",
        "data/klv/real/aphill_klv_10s.ts",
        "data/klv/real/cheyenne_c208b_2012.klv",
    ],
)
def test_the_time_found_is_the_time_decoded(name):
    packets = read_packets([shared_file(name).read_bytes()]).packets
    decoded_us = [round(as_decoded(packet).utc.timestamp() * 1e6) for packet in packets]
    assert said_times(packets).tolist() == decoded_us


@pytest.mark.shared
def test_target_reports_of_an_earlier_frame_are_stale_in_the_next():
    current = after(*read_packets([shared_file("data/klv/sim/osh_vrsg_vmti.ts").read_bytes()]).packets)
    reports = value_of(current, 74)
    assert reports.flag is Flag.STALE
    assert reports.age_s == pytest.approx(0.2)
