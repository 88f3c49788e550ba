"""ST 0903 sets: known answers, laws of every codec, and what is not said is not guessed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError, KlvError
from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.local_set import SetSpec, read_set, revisions_of, write_set
from atalaya.ingest.st0903 import VmtiSource, vmti_set
from atalaya.ingest.standards.catalogue import NESTED_SETS
from atalaya.ingest.standards.st0903 import VMTI
from atalaya.ingest.standards.st0903_packs import FOCAL_PLANE_INDEX, Colour, PixelRun, Writing, location, rate
from atalaya.ingest.standards.st0903_parts import CONFIDENCE, DETECTION_STATUS, VMASK, VOBJECT
from atalaya.ingest.standards.st0903_target import VTARGET
from atalaya.ingest.value import Codec, Entries, Flag
from atalaya.model.frame import TargetTable

SETS = {f"{standard} {name}": spec for (standard, name), spec in NESTED_SETS.items() if standard == "0903"}
CODECS = [
    item.codec
    for spec in SETS.values()
    for items in (spec.items, spec.items_of(3), spec.undecided)
    for item in items.values()
]
OLD_PLACE = bytes.fromhex("b15d91af425dd4440dd0")
"""34.7101202 N, 86.672081 W, 173.7 m, as a real tracker of revision .3 wrote it."""


def values_of(entries: Entries) -> Mapping[int, Any]:
    return {entry.tag: entry.value.value for entry in entries}


def target(*items: tuple[int, bytes], number: int = 7) -> bytes:
    """Item 101 with one target."""
    pack = bytes((number,)) + b"".join(item_bytes(tag, value) for tag, value in items)
    return item_bytes(101, length_bytes(len(pack)) + pack)


@settings(max_examples=1500)
@given(codec=st.sampled_from(CODECS), data=st.binary(max_size=24))
def test_whatever_the_bytes_no_codec_raises_and_a_value_goes_back_to_itself(codec: Codec, data: bytes):
    value = codec.decode(data)
    assert value.raw == data
    assert (value.value is None) == (value.flag is not Flag.OK)
    if value.flag is Flag.OK:
        written = codec.encode(value.value, len(data))
        assert codec.decode(written).value == value.value
    else:
        assert value.reason


@settings(max_examples=400)
@given(spec=st.sampled_from([*SETS.values()]), data=st.data())
def test_a_set_is_written_back_byte_for_byte_whatever_its_items_hold(spec: SetSpec, data: st.DataObject):
    tags = data.draw(st.lists(st.sampled_from([*spec.items, 99]), max_size=6))
    items = [(tag, data.draw(st.binary(max_size=24))) for tag in tags]
    body = b"".join(item_bytes(tag, value) for tag, value in items)
    entries, complaint = read_set(spec, body)
    assert complaint is None
    assert write_set(spec, entries) == body


@given(
    place=st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(-900, 19_000)),
    sigmas=st.lists(st.floats(0, 650), min_size=3, max_size=3),
    writing=st.sampled_from([Writing.MAPPED, Writing.EVEN]),
)
def test_a_place_comes_back_within_a_step(place, sigmas, writing):
    pack = location(writing)
    said = dict(zip(["lat_deg", "lon_deg", "hae_m"], place, strict=True))
    said |= {f"sigma_{axis}_m": sigma for axis, sigma in zip(("east", "north", "up"), sigmas, strict=True)}
    written = pack.encode(said)
    assert len(written) == 16
    again = pack.decode(written).value
    assert isinstance(again, dict)
    assert again["lat_deg"] == pytest.approx(said["lat_deg"], abs=2e-7)
    assert again["lon_deg"] == pytest.approx(said["lon_deg"], abs=2.4e-7)
    assert again["hae_m"] == pytest.approx(said["hae_m"], abs=1.0)
    assert again["sigma_up_m"] == pytest.approx(said["sigma_up_m"], abs=0.04)


@pytest.mark.parametrize("size", [*range(1, 10), *range(11, 16), *range(17, 22), 23])
def test_a_location_of_any_other_size_is_malformed(size):
    assert location(Writing.MAPPED).decode(bytes(size)).flag is Flag.MALFORMED


def test_the_place_of_a_target_follows_the_revision_that_its_set_says():
    old, _ = read_set(VMTI, item_bytes(4, b"\x03") + target((17, OLD_PLACE)))
    (report,) = values_of(old)[101]
    assert report["target_id"] == 7
    place = values_of(report["items"])[17]
    assert place["lat_deg"] == pytest.approx(34.7101202, abs=1e-6)
    assert place["lon_deg"] == pytest.approx(-86.672081, abs=1e-6)
    now, _ = read_set(VMTI, item_bytes(4, b"\x06") + target((17, OLD_PLACE)))
    (entry,) = values_of(now)[101][0]["items"]
    assert entry.value.flag is Flag.OUT_OF_RANGE


def test_a_revision_said_before_holds_until_another_is_said():
    said: dict[str, int] = {}
    first, _ = read_set(VMTI, item_bytes(4, b"\x03"), said)
    said |= revisions_of(VMTI, first)
    data = target((17, OLD_PLACE), (12, b"\x8c\x38"))
    later, _ = read_set(VMTI, data, said)
    items = values_of(values_of(later)[101][0]["items"])
    assert items[17]["lat_deg"] == pytest.approx(34.7101202, abs=1e-6)
    assert items[12] == pytest.approx(10_000.0, abs=0.2)
    assert write_set(VMTI, later, said) == data


def test_where_nothing_says_the_revision_no_number_is_guessed():
    data = target((12, b"\x2a\x94"), (17, OLD_PLACE), (19, b"\x01"))
    entries, complaint = read_set(VMTI, data)
    assert complaint is None
    items = {entry.tag: entry.value for entry in values_of(entries)[101][0]["items"]}
    assert items[12].flag is Flag.MALFORMED
    assert "10000.0" in items[12].reason
    assert items[12].value is None
    assert items[17].value is None
    assert items[19].value == 1
    assert write_set(VMTI, entries) == data


def test_an_offset_of_revision_3_has_an_error_indicator():
    old = VTARGET.items_of(3)[11].codec
    assert old.decode(bytes.fromhex("800000")).flag is Flag.ERROR_INDICATOR
    assert old.decode(bytes.fromhex("42aaaa")).value == pytest.approx(10.0, abs=3e-6)
    assert VTARGET.items[11].codec.decode(bytes.fromhex("3a6667")).value == pytest.approx(10.0, abs=3e-6)


def test_a_velocity_says_its_uncertainty_by_its_size():
    pack = rate(Writing.MAPPED, "mps")
    assert set(pack.decode(bytes(6)).value) == {"east_mps", "north_mps", "up_mps"}
    assert len(pack.decode(bytes(12)).value) == 6
    assert len(pack.decode(bytes(18)).value) == 9
    assert pack.decode(bytes(8)).flag is Flag.MALFORMED


def test_a_height_that_is_unknown_leaves_the_place_and_says_so():
    value = location(Writing.MAPPED).decode(bytes.fromhex("4000000040000000d000"))
    assert value.flag is Flag.OK
    assert value.value["hae_m"] is None
    assert "hae_m" in value.reason


def test_pixel_runs_and_contours_are_read_and_written():
    data = item_bytes(1, bytes.fromhex("0239aa0239bf023b0b"))
    data += item_bytes(2, bytes.fromhex("0301 4a02 0301 5904 0301 6a02".replace(" ", "")))
    entries, complaint = read_set(VMASK, data)
    assert complaint is None
    assert values_of(entries) == {
        1: [14762, 14783, 15115],
        2: [
            {"pixel_number": 74, "run_px": 2},
            {"pixel_number": 89, "run_px": 4},
            {"pixel_number": 106, "run_px": 2},
        ],
    }
    assert write_set(VMASK, entries) == data


@pytest.mark.parametrize("data", ["0302074a0102", "03070000", "010203", "0239aa0701020304050607"])
def test_a_series_with_a_part_that_runs_over_is_malformed_and_keeps_its_bytes(data):
    value = VMASK.items[2].codec.decode(bytes.fromhex(data))
    assert value.flag is Flag.MALFORMED
    assert value.raw.hex() == data


def test_the_class_of_an_object_is_carried_as_its_producer_wrote_it():
    data = item_bytes(1, b"http://example.org/objects") + item_bytes(2, "vehículo".encode())
    entries, _ = read_set(VOBJECT, data)
    assert values_of(entries) == {1: "http://example.org/objects", 2: "vehículo"}
    assert write_set(VOBJECT, entries) == data


def test_codes_and_percentages_that_the_standard_does_not_have_are_out_of_range():
    assert DETECTION_STATUS.decode(b"\x02").label == "Dropped"
    assert DETECTION_STATUS.decode(b"\x05").flag is Flag.OUT_OF_RANGE
    assert CONFIDENCE.decode(b"\x65").flag is Flag.OUT_OF_RANGE
    assert FOCAL_PLANE_INDEX.decode(b"\x02\x03").value == {"row": 2, "column": 3}
    assert FOCAL_PLANE_INDEX.decode(b"\x00\x03").flag is Flag.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Colour(), [1, 2]),
        (Colour(), [1, 2, 256]),
        (PixelRun(), {"pixel_number": 4}),
        (PixelRun(), 4),
        (location(Writing.MAPPED), {"lat_deg": 1.0}),
        (location(Writing.MAPPED), {"lat_deg": 91.0, "lon_deg": 0.0, "hae_m": 0.0}),
        (VMASK.items[1].codec, 5),
        (VMASK.items[1].codec, [0]),
        (VMTI.items[101].codec, [{"target_id": 1}]),
        (VMTI.items[101].codec, [{"target_id": 1, "items": {}}]),
        (VMTI.items[102].codec, [[]]),
    ],
)
def test_what_an_item_cannot_say_is_refused(codec, value):
    with pytest.raises(KlvError):
        codec.encode(value)


@pytest.mark.parametrize("version", [b"", b"\x03", b"\x00\x03", b"\x00\x00\x03", b"\x06"])
@pytest.mark.parametrize("said", [{}, {"0903": 3}, {"0903": 6}])
def test_reading_and_writing_agree_on_the_revision_however_it_is_said(version, said):
    data = item_bytes(4, version) + target((12, b"\x2a\x94"), (17, OLD_PLACE)) + item_bytes(4, b"\x06")
    entries, complaint = read_set(VMTI, data, said)
    assert complaint is None
    assert write_set(VMTI, entries, said) == data


def test_a_report_is_written_with_its_box_its_picture_and_who_says_so():
    targets = TargetTable(
        frame_index=np.array([0, 0]),
        target_id=np.array([7, 8]),
        lon_deg=np.array([-107.2, -107.2]),
        lat_deg=np.array([24.9, 24.9]),
        hae_m=np.array([500.0, 500.0]),
        row_px=np.array([11.0, 3.0]),
        col_px=np.array([20.0, 4.0]),
        confidence=np.array([1.0, 1.0]),
    )
    source = VmtiSource(system_name="SYNTHETIC / SINTÉTICO", width_px=100, height_px=50)
    boxes_px = np.array([[18.0, 10.0, 22.0, 12.0], [np.nan] * 4])
    entries, complaint = read_set(VMTI, vmti_set(targets, source, boxes_px))
    found = values_of(entries)
    assert complaint is None
    assert (found[3], found[5], found[8], found[9]) == ("SYNTHETIC / SINTÉTICO", 2, 100, 50)
    first, second = (values_of(report["items"]) for report in found[101])
    assert (first[2], first[3], first[19], first[20]) == (10 * 100 + 19, 12 * 100 + 23, 12, 21)
    assert second.keys().isdisjoint({2, 3})


def test_boxes_without_a_picture_and_names_beyond_measure_are_refused():
    nobody = TargetTable(**{name: np.zeros(0) for name in TargetTable.__dataclass_fields__})
    with pytest.raises(InputError, match="size of the picture"):
        vmti_set(nobody, None, np.zeros((0, 4)))
    with pytest.raises(InputError, match="32 bytes"):
        VmtiSource(system_name="x" * 33, width_px=1, height_px=1)
    with pytest.raises(InputError, match="no picture"):
        VmtiSource(system_name="x", width_px=0, height_px=1)
