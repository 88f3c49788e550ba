"""IMAPB over the whole domain of its vectors: the standard's formula, its special values, its ends."""

import itertools
import math

import pytest

from atalaya.errors import KlvError
from atalaya.ingest.imapb_codec import Imapb, decode_scalar, encode_scalar
from atalaya.ingest.value import Flag

ENDS = (-10000.0, -100.0, -1.0, 0.0, 0.1, 1.0, 1.001, 1500000.0, 1500000.1)
RANGES = list(itertools.combinations(ENDS, 2))
SPECIALS = {
    0xC8: "Infinity",
    0xE8: "-Infinity",
    0xD0: "+QNaN",
    0xF0: "-QNaN",
    0xD8: "+SNaN",
    0xF8: "-SNaN",
}


def scale_and_offset(low: float, high: float, size: int) -> tuple[float, float]:
    """Formulas of MISB ST 1201.5, section 8.1.2, as they stand there."""
    scale = 2.0 ** (8 * size - 1 - math.ceil(math.log2(high - low)))
    return scale, scale * low - math.floor(scale * low) if low < 0.0 < high else 0.0


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("size", range(1, 9))
def test_ends_middle_and_zero_are_what_the_formula_says(low, high, size):
    scale, offset = scale_and_offset(low, high, size)
    for number in {low, high, (low + high) / 2, *([0.0] if low < 0.0 < high else [])}:
        count = math.floor(scale * (number - low) + offset)
        octets = encode_scalar(number, low, high, size)
        assert int.from_bytes(octets, "big") == count
        assert decode_scalar(octets, low, high) == (count - offset) / scale + low


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize(("highest", "name"), SPECIALS.items())
def test_special_values_have_names_and_no_number(size, highest, name):
    octets = bytes((highest,)) + bytes(size - 1)
    assert encode_scalar(name, 0.0, 1.0, size) == octets
    assert decode_scalar(octets, 0.0, 1.0) == name
    value = Imapb(low=0.0, high=1.0).decode(octets)
    assert value.value is None
    assert value.flag is (Flag.ERROR_INDICATOR if "NaN" in name else Flag.OUT_OF_RANGE)


@pytest.mark.parametrize(
    ("hexadecimal", "said"),
    [
        ("c000", "user-defined"),
        ("e000", "below the range"),
        ("e100", "above the range"),
        ("e200", "reserved"),
        ("9000", "reserved"),
        ("8001", "reserved"),
        ("d0ff", "+QNaN"),
    ],
)
def test_what_is_neither_number_nor_named_says_why(hexadecimal, said):
    assert decode_scalar(bytes.fromhex(hexadecimal), 0.0, 1.0) == said


def test_a_count_above_the_range_is_no_number():
    value = Imapb(low=0.0, high=100.0).decode(bytes.fromhex("7f00"))
    assert (value.value, value.flag) == (None, Flag.OUT_OF_RANGE)


@pytest.mark.parametrize("number", [-900.5, 40_001.0, 1e300, -1e300])
def test_a_number_outside_its_range_is_refused(number):
    with pytest.raises(KlvError, match="was wanted"):
        encode_scalar(number, -900.0, 40_000.0, 3)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.0, 5e-324),
        (-1e308, 1e308),
        (0.0, math.inf),
        (1.0, 1.0),
        (2.0, 1.0),
        (math.nan, 1.0),
        (0.0, math.nan),
    ],
)
@pytest.mark.parametrize("size", [1, 8])
def test_a_range_that_no_counts_can_span_is_refused(low, high, size):
    with pytest.raises(KlvError, match="finite range"):
        decode_scalar(bytes(size), low, high)


@pytest.mark.parametrize(("low", "high"), [(-1e249, 1e249), (0.0, 1e-249), (1e200, 1.0000001e200)])
@pytest.mark.parametrize("size", [1, 8])
def test_ranges_of_any_size_in_reason_are_read_without_raising(low, high, size):
    assert decode_scalar(bytes(size), low, high) == pytest.approx(low, rel=1e-2, abs=1e-250)
