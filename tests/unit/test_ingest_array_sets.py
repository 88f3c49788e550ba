"""Arrays (ST 1303) and the sets around them: known answers, refusals, and laws of every codec."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import KlvError
from atalaya.ingest.ber import item_bytes
from atalaya.ingest.codecs import Integer
from atalaya.ingest.local_set import SetSpec, read_set, write_set
from atalaya.ingest.standards.catalogue import NESTED_SETS, SETS_BY_STANDARD
from atalaya.ingest.standards.st0806 import RVT, USER_DEFINED, GridSquare, NumericId
from atalaya.ingest.standards.st1002 import Enumerations, SectionData
from atalaya.ingest.standards.st1303 import FLOATS, UNSIGNED, Mdarray
from atalaya.ingest.value import Codec, Flag

STANDARDS = ("0806", "0808", "1002", "1108", "1202", "1206", "1601", "1602")
SETS = [spec for spec in (*SETS_BY_STANDARD.values(), *NESTED_SETS.values()) if spec.standard in STANDARDS]
CODECS = [item.codec for spec in SETS for item in spec.items.values()]
FLOAT_ARRAY, WHOLE_ARRAY = Mdarray(natural=FLOATS), Mdarray(natural=UNSIGNED)
ARRAY_HEADS = st.tuples(
    st.lists(st.integers(0, 3), min_size=1, max_size=3), st.integers(0, 5), st.integers(0, 6)
)


@st.composite
def arrays(draw: st.DrawFn) -> bytes:
    """Bytes that look like an array, right or wrong."""
    sizes, element_bytes, algorithm = draw(ARRAY_HEADS)
    return bytes((len(sizes), *sizes, element_bytes, algorithm)) + draw(st.binary(max_size=40))


@settings(max_examples=1500)
@given(codec=st.sampled_from(CODECS), data=st.binary(max_size=24) | arrays())
def test_whatever_the_bytes_no_codec_raises_and_a_value_goes_back_to_itself(codec: Codec, data: bytes):
    value = codec.decode(data)
    assert value.raw == data
    assert (value.value is None) == (value.flag is not Flag.OK)
    if value.flag is Flag.OK:
        assert codec.decode(codec.encode(value.value, len(data))).value == value.value


@settings(max_examples=300)
@given(spec=st.sampled_from(SETS), data=st.data())
def test_a_set_is_written_back_byte_for_byte_whatever_its_items_hold(spec: SetSpec, data: st.DataObject):
    tags = data.draw(st.lists(st.sampled_from([*spec.items, 99]), max_size=6))
    body = b"".join(item_bytes(tag, data.draw(st.binary(max_size=24) | arrays())) for tag in tags)
    entries, complaint = read_set(spec, body)
    assert complaint is None
    assert write_set(spec, entries) == body


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    data=st.data(),
    algorithm=st.sampled_from([1, 5]),
)
def test_whole_numbers_come_back_from_plain_elements_and_from_runs(sizes, data, algorithm):
    count = 1
    for size in sizes:
        count *= size
    said = {
        "sizes": sizes,
        "element_bytes": 1,
        "algorithm": algorithm,
        "values": data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)),
    }
    assert WHOLE_ARRAY.decode(WHOLE_ARRAY.encode(said)).value == said


def test_numbers_above_a_bias_are_read_and_written():
    data = bytes.fromhex("0202020104050001810007")
    said = WHOLE_ARRAY.decode(data).value
    assert said == {
        "sizes": [2, 2],
        "element_bytes": 1,
        "algorithm": 4,
        "bias": 5,
        "values": [5, 6, 133, 12],
    }
    assert WHOLE_ARRAY.encode(said) == data


def test_imapb_elements_have_their_bounds_beside_them():
    data = bytes.fromhex("01020302") + struct.pack(">ff", 0.0, 255.0) + bytes.fromhex("320000348000")
    said = FLOAT_ARRAY.decode(data).value
    assert said == {
        "sizes": [2],
        "element_bytes": 3,
        "algorithm": 2,
        "low": 0.0,
        "high": 255.0,
        "bounds_bytes": 8,
        "values": [100.0, 105.0],
    }
    assert FLOAT_ARRAY.encode(said) == data


def test_an_element_that_is_not_a_number_is_none():
    data = bytes.fromhex("01020401") + struct.pack(">ff", 1.5, float("nan"))
    said = FLOAT_ARRAY.decode(data).value
    assert said["values"] == [1.5, None]
    assert FLOAT_ARRAY.encode(said)[:8] == data[:8]


@pytest.mark.parametrize(
    "data",
    [
        "0101040000000000",
        "020101040300000000",
        "0101045500000000",
        "020101030141200000",
        "0100040100000000",
        "00040100000000",
        "0101040200000000",
        "01010402" + "7fc00000" * 2 + "00000000",
        "01010402" + "3f800000" * 2 + "00000000",
        "01010802" + "ffefffffffffffff" + "7fefffffffffffff" + "00" * 8,
        "01010802" + "0000000000000000" + "0000000000000001" + "00" * 8,
        "01ffffffffffffff7f0401",
        "0183ffffff7f010500",
        "01040105000100ff01",
    ],
)
def test_an_array_that_is_none_is_malformed_and_costs_nothing(data):
    assert FLOAT_ARRAY.decode(bytes.fromhex(data)).flag is Flag.MALFORMED
    assert WHOLE_ARRAY.decode(bytes.fromhex(data)).flag is Flag.MALFORMED or data.startswith("020101030141")


def test_an_array_with_a_codec_for_each_row_wants_that_many_rows():
    rows = Mdarray(natural=(Integer(longest=2), Integer(longest=2, signed=True)), dimensions=2)
    assert rows.decode(bytes.fromhex("0202020101ffffffff")).value["values"] == [255, 255, -1, -1]
    assert rows.decode(bytes.fromhex("0203010101ffffff")).flag is Flag.MALFORMED
    assert rows.decode(bytes.fromhex("01020101ffff")).flag is Flag.MALFORMED
    assert rows.decode(bytes.fromhex("0202020105ff")).flag is Flag.MALFORMED


@pytest.mark.parametrize(
    "said",
    [
        5,
        {},
        {"sizes": [1], "values": [1], "element_bytes": 4, "algorithm": 3},
        {"sizes": [2], "values": [1], "element_bytes": 4, "algorithm": 1},
        {"sizes": [0], "values": [], "element_bytes": 4, "algorithm": 1},
        {"sizes": [1], "values": [1], "element_bytes": 9, "algorithm": 1},
        {"sizes": [1], "values": [1], "element_bytes": 2, "algorithm": 2, "low": 0, "high": 1},
        {"sizes": [1], "values": ["x"], "element_bytes": 4, "algorithm": 1},
    ],
)
def test_an_array_that_cannot_be_said_is_refused(said):
    with pytest.raises(KlvError):
        FLOAT_ARRAY.encode(said)


def test_a_section_may_leave_out_its_last_parts():
    array = bytes.fromhex("010104013f800000")
    data = bytes((1, 2, 1, 1, len(array))) + array
    said = SectionData().decode(data).value
    assert set(said) == {"section_x", "section_y", "measurements_m"}
    assert SectionData().encode(said) == data
    longer = data + b"\x00\x04\x3f\x80\x00\x00"
    said = SectionData().decode(longer).value
    assert said["uncertainty_m"] is None
    assert said["plane_x_scale"] == 1.0
    assert SectionData().encode(said) == longer
    assert SectionData().decode(data[:4]).flag is Flag.MALFORMED
    assert SectionData().decode(longer + bytes(20)).flag is Flag.MALFORMED


def test_three_codes_share_a_byte():
    value = Enumerations().decode(b"\x48")
    assert value.value == {"compression_method": 0, "data_type": 1, "source": 1}
    assert value.label == "None, Depth Range Image, Range Sensor"
    assert Enumerations().encode(value.value) == b"\x48"
    assert Enumerations().decode(b"\x02").flag is Flag.OUT_OF_RANGE
    assert Enumerations().decode(b"\x81\x00").flag is Flag.OUT_OF_RANGE
    with pytest.raises(KlvError):
        Enumerations().encode({"compression_method": 2, "data_type": 0, "source": 0})


def test_a_grid_square_is_three_letters():
    value = GridSquare().decode(b"QFJ")
    assert value.value == {"latitude_band": "Q", "grid_square": "FJ"}
    assert value.label == "QFJ"
    assert GridSquare().encode(value.value) == GridSquare().encode("QFJ") == b"QFJ"
    assert GridSquare().decode(b"QF").flag is Flag.MALFORMED
    with pytest.raises(KlvError):
        GridSquare().encode("QF")


def test_a_numeric_id_says_the_form_of_the_data():
    value = NumericId().decode(b"\x5f")
    assert value.value == {"data_type": 1, "numeric_id": 31}
    assert value.label == "Signed Integer: 31"
    assert NumericId().encode(value.value) == b"\x5f"
    with pytest.raises(KlvError):
        NumericId().encode({"data_type": 4, "numeric_id": 0})


def test_what_concerns_the_effect_of_munitions_is_carried_and_not_shown():
    data = item_bytes(4, b"\x00\x9f") + item_bytes(6, b"\x00\x1e")
    entries, _ = read_set(RVT, data)
    assert (entries[1].name, entries[1].value.value, entries[1].value.flag) == (None, None, Flag.OPAQUE)
    assert write_set(RVT, entries) == data


@pytest.mark.parametrize(
    ("form", "data", "words"),
    [
        (b"\x01", b"TEST", "TEST"),
        (b"\x41", b"\xff", "-1"),
        (b"\x81", b"\xff", "255"),
        (b"\xc1", b"\xff", None),
    ],
)
def test_data_of_the_users_own_is_shown_in_its_form_and_kept_as_bytes(form, data, words):
    body = item_bytes(1, form) + item_bytes(2, data)
    entries, _ = read_set(USER_DEFINED, body)
    assert (entries[1].value.value, entries[1].value.label) == (data.hex(), words)
    assert write_set(USER_DEFINED, entries) == body
