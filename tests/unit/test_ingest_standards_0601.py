"""ST 0601 and ST 0102 item by item: known answers, and laws that hold for every codec of the catalogue."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import KlvError
from atalaya.ingest.codecs import Linear, Opaque
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.local_set import Nested
from atalaya.ingest.standards.st0102 import SECURITY
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.value import Codec, Decoded, Flag, Value

SETS = {"0102": SECURITY, "0601": UAS_DATALINK}
ITEMS = [(standard, tag) for standard, spec in SETS.items() for tag in spec.items]
OPAQUE = (60, 61, 62, 140)
CODECS = {tag: item.codec for tag, item in UAS_DATALINK.items.items()}
LINEAR = {tag: codec for tag, codec in CODECS.items() if isinstance(codec, Linear)}
MAPPED = {tag: codec for tag, codec in CODECS.items() if isinstance(codec, Imapb)}


def decoded(tag: int, hexadecimal: str, standard: str = "0601") -> Value:
    return SETS[standard].items[tag].codec.decode(bytes.fromhex(hexadecimal))


def encoded(tag: int, value: Decoded, length: int | None = None, standard: str = "0601") -> str:
    return SETS[standard].items[tag].codec.encode(value, length).hex()


def loses_form(codec: Codec, data: bytes) -> bool:
    """Whether the value alone cannot say every bit: more than a double holds, or a set's long forms."""
    return isinstance(codec, Nested) or (isinstance(codec, Imapb) and len(data) >= 7)


def test_the_catalogue_has_every_item_of_the_revision():
    assert set(UAS_DATALINK.items) == set(range(1, 144)) - {66}
    assert set(SECURITY.items) == set(range(1, 25))


def test_only_what_the_charter_keeps_closed_has_no_name():
    assert [tag for tag, item in UAS_DATALINK.items.items() if item.name is None] == list(OPAQUE)
    assert [tag for tag, item in UAS_DATALINK.items.items() if isinstance(item.codec, Opaque)] == list(OPAQUE)


@pytest.mark.parametrize(
    ("tag", "hexadecimal", "value", "unit"),
    [
        (2, "000459f4a6aa4aa8", 1224807209913000, "us"),
        (5, "71c2", 159.97436484321355, "deg"),
        (6, "fd3d", -0.4315317239906003, "deg"),
        (13, "5595b66d", 60.176822966978335, "deg"),
        (15, "c221", 14190.719462882427, "m"),
        (39, "80", -128, "degC"),
        (43, "0f", 30.0, "px"),
        (109, "0001a0", 1.625, "km"),
        (136, "800000", -8388608, "s"),
        (137, "012b8dc635", 5025678901, "us"),
    ],
)
def test_numbers_are_read_in_their_unit(tag, hexadecimal, value, unit):
    found = decoded(tag, hexadecimal)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert (found.unit, found.flag) == (unit, Flag.OK)


@pytest.mark.parametrize("tag", [tag for tag, codec in LINEAR.items() if codec.signed])
def test_the_lowest_count_of_a_signed_number_is_an_error_indicator(tag):
    size = LINEAR[tag].size
    found = decoded(tag, "80" + "00" * (size - 1))
    assert (found.value, found.flag) == (None, Flag.ERROR_INDICATOR)
    assert encoded(tag, None) == encoded(tag, math.inf) == found.raw.hex()


@pytest.mark.parametrize(
    ("tag", "hexadecimal", "word"),
    [
        (34, "02", "Icing detected"),
        (47, "31", "Laser range, Slant range measured, Image invalid"),
        (63, "08", "Continuous Zoom"),
        (77, "01", "Operational"),
        (124, "03", "On-board INS, GPS"),
        (125, "09", "Egress"),
        (126, "05", "Auto - Holding Position"),
    ],
)
def test_codes_keep_their_number_and_tell_their_word(tag, hexadecimal, word):
    found = decoded(tag, hexadecimal)
    assert (found.value, found.label) == (int(hexadecimal, 16), word)


@pytest.mark.parametrize(
    ("tag", "hexadecimal"), [(34, "03"), (47, "40"), (63, "09"), (77, "06"), (124, "00"), (125, "0d")]
)
def test_a_code_beyond_the_standard_is_out_of_range(tag, hexadecimal):
    assert (decoded(tag, hexadecimal).value, decoded(tag, hexadecimal).flag) == (None, Flag.OUT_OF_RANGE)


def test_object_countries_are_read_in_utf_16_and_in_ascii_and_written_as_they_came():
    assert decoded(13, "00550053003b00430041", "0102").value == "US;CA"
    assert decoded(13, "555341", "0102").value == "USA"
    assert encoded(13, "USA", 3, "0102") == "555341"
    assert encoded(13, "USA", None, "0102") == "005500530041"


@pytest.mark.parametrize(
    ("tag", "hexadecimal"), [(10, "010203"), (10, b"20511305".hex()), (23, "40"), (24, b"----------".hex())]
)
def test_a_day_that_is_none_is_malformed(tag, hexadecimal):
    assert decoded(tag, hexadecimal, "0102").flag is Flag.MALFORMED


@pytest.mark.parametrize(("standard", "tag"), ITEMS)
def test_zero_bytes_clear_an_item(standard, tag):
    found = decoded(tag, "", standard)
    assert found.value is None
    assert found.flag is (Flag.OPAQUE if tag in OPAQUE and standard == "0601" else Flag.ZERO_LENGTH)


@pytest.mark.parametrize(("standard", "tag"), ITEMS)
@settings(max_examples=30)
@given(data=st.binary(max_size=40) | st.binary(max_size=9))
def test_whatever_the_bytes_are_nothing_is_raised_and_a_value_is_written_back_as_it_came(standard, tag, data):
    codec = SETS[standard].items[tag].codec
    found = codec.decode(data)
    assert found.raw == data
    if found.flag is Flag.OK:
        assert found.value is not None
        again = codec.encode(found.value, len(data))
        if not loses_form(codec, data):
            assert again == data
    else:
        assert found.value is None
        assert found.reason


@pytest.mark.parametrize("tag", LINEAR)
@settings(max_examples=30)
@given(data=st.data())
def test_every_count_of_a_linear_number_comes_back(tag, data):
    codec = LINEAR[tag]
    top = (1 << 8 * codec.size) - 1
    count = data.draw(st.sampled_from([0, 1, top // 2, top - 1, top]) | st.integers(0, top))
    octets = count.to_bytes(codec.size, "big")
    found = codec.decode(octets)
    assert codec.encode(found.value) == octets


@pytest.mark.parametrize("tag", MAPPED)
@settings(max_examples=30)
@given(data=st.data())
def test_every_mapped_number_within_its_range_comes_back_within_a_step(tag, data):
    codec = MAPPED[tag]
    size = data.draw(st.integers(1, codec.longest))
    number = data.draw(st.floats(codec.low, codec.high))
    found = codec.decode(codec.encode(number, size))
    step = 2.0 ** (math.ceil(math.log2(codec.high - codec.low)) - 8 * size + 1)
    rounding = 4e-16 * (codec.high - codec.low)
    assert found.value == pytest.approx(number, abs=step * (1 + 1e-9) + rounding)


@pytest.mark.parametrize("tag", LINEAR)
@pytest.mark.parametrize("value", [math.nan, "9", True, 1e9, [1.0]])
def test_what_a_linear_item_cannot_say_is_refused(tag, value):
    with pytest.raises(KlvError):
        encoded(tag, value)
