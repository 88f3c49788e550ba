"""ST 0903 sets of real and published streams: every value as others read it, every byte written back."""

import json

import pytest

from atalaya.ingest.ber import read_length, walk
from atalaya.ingest.local_set import read_set, revisions_of, write_set
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.standards.st0903 import VMTI
from atalaya.ingest.stream import read_packets
from klv_golden import differences, golden_items
from shared_data import shared_file

pytestmark = pytest.mark.shared
KWIVER = "data/klv/conformance/h264_klv.ts"
SIMULATED = "data/klv/sim/osh_vrsg_vmti.klv"
STANDALONE = "data/klv/conformance/jmisb_0903_standalone_vmti.klv"
VMTI_ITEM = 74


def packets_of(name: str) -> list[KlvPacket]:
    return list(read_packets([shared_file(name).read_bytes()]).packets)


def values_of(packet: KlvPacket, tag: int) -> list[bytes]:
    """The bytes of an item of a whole ST 0601 packet, each time that it comes."""
    _, start = read_length(packet.data, 16)
    return [packet.data[item.start : item.end] for item in walk(packet.data, start) if item.tag == tag]


def test_kwivers_golden_vmti_set_is_matched_item_by_item():
    ours = [value for packet in packets_of(KWIVER) for value in values_of(packet, VMTI_ITEM)]
    distinct = list(dict.fromkeys(ours))
    golden = golden_items(VMTI_ITEM)
    assert len(distinct) == len(golden) >= 1
    for theirs, data in zip(golden, distinct, strict=True):
        entries, complaint = read_set(VMTI, data)
        assert complaint is None
        assert differences(theirs, entries) == []


@pytest.mark.parametrize("name", [KWIVER, SIMULATED])
def test_every_vmti_set_is_written_back_byte_for_byte(name):
    sets = [value for packet in packets_of(name) for value in values_of(packet, VMTI_ITEM)]
    assert sets
    for data in sets:
        entries, complaint = read_set(VMTI, data)
        assert complaint is None
        assert write_set(VMTI, entries).hex() == data.hex()


def test_all_target_reports_and_positions_of_the_simulated_stream_are_the_truth():
    truth = json.loads(shared_file(SIMULATED.replace(".klv", "_truth.json")).read_text())
    packets = packets_of(SIMULATED)
    reports = positions = 0
    said: dict[str, int] = {}
    for frame in truth["frames"]:
        (data,) = values_of(packets[frame["klv_index"]], VMTI_ITEM)
        entries, complaint = read_set(VMTI, data, said)
        assert complaint is None
        said |= revisions_of(VMTI, entries)
        found = {entry.tag: entry.value.value for entry in entries}.get(101, [])
        assert len(found) == len(frame["targets"])
        for ours, theirs in zip(found, frame["targets"], strict=True):
            items = {entry.tag: entry.value.value for entry in ours["items"]}
            reports += ours["target_id"] == theirs["id"]
            if theirs.get("lat") is not None:
                positions += (
                    abs(items[17]["lat_deg"] - theirs["lat"]) < 1e-6
                    and abs(items[17]["lon_deg"] - theirs["lon"]) < 1e-6
                )
    assert (reports, positions) == (130, 129)


def test_a_vmti_set_that_comes_as_a_packet_of_its_own_has_version_time_and_targets():
    decoded = [decode_packet(at, packet) for at, packet in enumerate(packets_of(STANDALONE))]
    assert {one.standard for one in decoded} == {"0903"}
    assert all(one.version is not None and one.utc is not None for one in decoded)
    assert [one.problems for one in decoded] == [()] * len(decoded)
