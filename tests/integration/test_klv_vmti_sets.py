"""ST 0903 sets of real and published streams: every value as others read it, every byte written back."""

import json

import pytest

from atalaya.ingest.local_set import read_set, write_set
from atalaya.ingest.packet import decode_packet, decode_packets
from atalaya.ingest.standards.st0903 import VMTI
from klv_golden import KWIVER, packets_of, values_of
from shared_data import shared_file

pytestmark = pytest.mark.shared
SIMULATED = "data/klv/sim/osh_vrsg_vmti.klv"
STANDALONE = "data/klv/conformance/jmisb_0903_standalone_vmti.klv"
VMTI_ITEM = 74


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
    packets = list(decode_packets(packets_of(SIMULATED)))
    reports = positions = 0
    for frame in truth["frames"]:
        entries = packets[frame["klv_index"]].entries
        (vmti,) = [entry.value.value for entry in entries if entry.tag == VMTI_ITEM]
        found = {entry.tag: entry.value.value for entry in vmti}.get(101, [])
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
