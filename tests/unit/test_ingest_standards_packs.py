"""The packs of ST 0601, ST 1204 and ST 1010, and the inheritance of ST 1607."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import KlvError
from atalaya.ingest.ber import item_bytes
from atalaya.ingest.local_set import read_set, write_set
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.standards.st0601_revisions import highest_item
from atalaya.ingest.standards.st1204 import CORE_IDENTIFIER, check_value, parsed
from atalaya.ingest.standards.st1607 import effective_sets, inherited
from atalaya.ingest.value import Decoded, Entries, Flag, Value

CORE_BYTES = "0170f592f02373364af8aa9162c00f2eb2da16b74341000841a0be365b5ab96a3645"
CORE_TEXT = "0170:F592-F023-7336-4AF8-AA91-62C0-0F2E-B2DA/16B7-4341-0008-41A0-BE36-5B5A-B96A-3645:D3"
PLACE = bytes.fromhex("406bc20919bda554070e00")


def decoded(tag: int, data: bytes | str) -> Value:
    return UAS_DATALINK.items[tag].codec.decode(bytes.fromhex(data) if isinstance(data, str) else data)


def encoded(tag: int, value: Decoded, length: int | None = None) -> bytes:
    return UAS_DATALINK.items[tag].codec.encode(value, length)


def oid_texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8"), max_size=12)


NUMBERS = st.integers(0, 70_000)
SEMI = st.integers(1, 6)


def mapped(low: float, high: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(low, high)


@st.composite
def places(draw: st.DrawFn) -> dict[str, Any]:
    place = {"latitude": draw(mapped(-90, 90)), "longitude": draw(mapped(-180, 180))}
    return place | ({"altitude": draw(mapped(-900, 9000))} if draw(st.booleans()) else {})


def intervals(low: float, high: float) -> st.SearchStrategy[dict[str, Any] | None]:
    return st.none() | st.fixed_dictionaries(
        {"start": mapped(low, high), "range": mapped(0, 360), "semi_length": SEMI}
    )


@st.composite
def correlations(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(0, 5))
    is_long, sparse = draw(st.booleans()), draw(st.booleans())
    rho_imap = draw(st.booleans()) if is_long else True
    sigma_length, rho_length = draw(st.sampled_from([0, 2, 4])), draw(st.sampled_from([0, 2, 4]))
    pairs = size * (size - 1) // 2 if rho_length else 0
    sigmas = st.floats(0, 1000, width=16)
    return {
        "matrix_size": size,
        "sigma": draw(
            st.lists(sigmas, min_size=size if sigma_length else 0, max_size=size if sigma_length else 0)
        ),
        "rho": draw(st.lists(st.integers(-64, 64).map(lambda one: one / 64), min_size=pairs, max_size=pairs)),
        "long_parse_control": is_long,
        "sparse": sparse,
        "sigma_length": sigma_length,
        "rho_length": rho_length,
        "sigma_uses_imap": False,
        "rho_uses_imap": rho_imap,
    }


@st.composite
def identifiers(draw: st.DrawFn) -> dict[str, Any]:
    uuids = st.binary(min_size=16, max_size=16).map(lambda octets: octets.hex("-", 2).upper())
    kinds = [draw(st.integers(0, 3)) for _ in range(2)]
    return {
        "version": draw(st.integers(0, 200)),
        "sensor_id_type": kinds[0],
        "platform_id_type": kinds[1],
        "sensor_id": draw(uuids) if kinds[0] else None,
        "platform_id": draw(uuids) if kinds[1] else None,
        "window_id": draw(st.none() | uuids),
        "minor_id": draw(st.none() | uuids),
    }


COUNTRY = st.none() | st.text("ABCDEFG", min_size=1, max_size=4)
VALUES: dict[int, st.SearchStrategy[Any]] = {
    81: st.fixed_dictionaries(dict.fromkeys(("x0", "y0", "x1", "y1"), st.integers(0, 100))),
    94: identifiers(),
    102: correlations(),
    115: st.fixed_dictionaries(
        {"id": NUMBERS, "string": oid_texts(), "timestamp": st.none() | st.integers(0, 2**64 - 1)}
    ),
    116: st.lists(NUMBERS, min_size=1, max_size=5),
    121: st.lists(NUMBERS, min_size=1, max_size=5),
    122: st.fixed_dictionaries(
        {
            "coding_method": st.sampled_from([1, 2, 13, 14, 64]),
            "overflight_country": COUNTRY,
            "operator_country": COUNTRY,
            "country_of_manufacture": COUNTRY,
        }
    ),
    127: st.fixed_dictionaries({"numerator": NUMBERS, "denominator": st.integers(1, 70_000)}),
    128: st.lists(
        st.fixed_dictionaries(
            {"id": NUMBERS, "min": mapped(0, 1e9), "max": mapped(0, 1e9), "name": oid_texts()}
        ),
        min_size=1,
        max_size=3,
    ),
    130: st.fixed_dictionaries(
        {"take_off_location": st.none() | places(), "recovery_location": st.none() | places()}
    ),
    138: st.fixed_dictionaries(
        {
            "count": NUMBERS,
            "payloads": st.lists(
                st.fixed_dictionaries({"id": NUMBERS, "type": NUMBERS, "name": oid_texts()}), max_size=3
            ),
        }
    ),
    139: st.lists(st.integers(0, 200), unique=True, max_size=5).map(sorted),
    141: st.lists(
        st.fixed_dictionaries(
            {"id": NUMBERS, "order": st.integers(-32768, 32767), "info": st.integers(0, 255)},
            optional={"location": places()},
        ),
        min_size=1,
        max_size=3,
    ),
    142: st.fixed_dictionaries(
        {"azimuth": intervals(0, 360), "elevation": intervals(-180, 180), "roll": intervals(0, 360)}
    ).filter(lambda value: any(one is not None for one in value.values())),
    143: st.fixed_dictionaries({"local_id": st.integers(1, 70_000), "universal_id": st.none()})
    | st.fixed_dictionaries(
        {"local_id": st.just(0), "universal_id": st.binary(min_size=16, max_size=16).map(bytes.hex)}
    ),
}


@pytest.mark.parametrize("tag", VALUES)
@settings(max_examples=40)
@given(data=st.data())
def test_what_a_pack_says_is_read_back_and_its_bytes_are_written_back(tag, data):
    value = data.draw(VALUES[tag])
    written = encoded(tag, value)
    found = decoded(tag, written)
    assert found.flag is Flag.OK
    assert encoded(tag, found.value, len(written)) == written
    assert nearly(found.value, value)


def nearly(found: Any, said: Any) -> bool:
    """The same but for the rounding of numbers in few bytes."""
    match said:
        case dict():
            return all(nearly(found[key], one) for key, one in said.items())
        case list():
            return len(found) == len(said) and all(map(nearly, found, said))
        case float():
            return math.isclose(found, said, abs_tol=6.0, rel_tol=1e-3)
        case _:
            return found == said


@pytest.mark.parametrize("tag", VALUES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_damaged_pack_is_written_back_or_explained(tag, data):
    octets = bytearray(encoded(tag, data.draw(VALUES[tag])))
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(1, len(octets)))])
    found = decoded(tag, cut)
    if found.flag is Flag.OK:
        assert decoded(tag, encoded(tag, found.value, len(cut))).value == found.value
    else:
        assert found.value is None
        assert found.reason


@pytest.mark.parametrize("tag", VALUES)
@pytest.mark.parametrize("value", [None, "nothing", 7.5, True, {"x": 1}, ["a"], [None], [{"id": -1}]])
def test_what_a_pack_cannot_say_is_refused(tag, value):
    with pytest.raises(KlvError):
        encoded(tag, value)


def test_a_horizon_may_say_where_its_points_lie():
    found = decoded(81, "000a14008f695262765457f28000000014bc082b").value
    assert [found[name] for name in ("x0", "y0", "x1", "y1")] == [0, 10, 20, 0]
    assert found["latitude0"] == pytest.approx(-79.16385005189285, rel=1e-12)
    assert found["latitude1"] is None
    assert encoded(81, found).hex() == "000a14008f695262765457f28000000014bc082b"
    assert decoded(81, "00650000").flag is Flag.OUT_OF_RANGE
    assert decoded(81, "010203").flag is Flag.MALFORMED


def test_countries_that_are_left_out_are_unknown():
    found = decoded(122, "010e0343414e")
    assert found.value == {
        "coding_method": 14,
        "overflight_country": "CAN",
        "operator_country": None,
        "country_of_manufacture": None,
    }
    assert found.label == "GENC three letter"
    assert encoded(122, found.value, 8).hex() == "010e0343414e0000"
    assert decoded(122, "0163024155").flag is Flag.OUT_OF_RANGE
    assert decoded(122, "010102415502555302").flag is Flag.MALFORMED


def test_a_recovery_place_left_out_is_the_take_off_place_and_one_of_no_bytes_is_unknown():
    same = decoded(130, b"\x0b" + PLACE).value
    assert same["recovery_location"] == same["take_off_location"]
    assert same["take_off_location"]["latitude"] == pytest.approx(38.841858983039856, rel=1e-12)
    assert decoded(130, b"\x0b" + PLACE + b"\x00").value["recovery_location"] is None
    assert decoded(130, b"\x08" + PLACE[:8]).value["take_off_location"].keys() == {"latitude", "longitude"}
    assert decoded(130, b"\x0b" + PLACE + b"\x01\x00").flag is Flag.MALFORMED


def test_payloads_are_counted_and_named_as_their_producer_did():
    found = decoded(138, "031200000f" + b"VIS Nose Camera".hex())
    assert found.value == {"count": 3, "payloads": [{"id": 0, "type": 0, "name": "VIS Nose Camera"}]}
    assert decoded(139, "0b").value == [0, 1, 3]
    assert decoded(139, "800b").value == [0, 1, 3, 15]


def test_a_core_identifier_has_a_text_form_that_is_read_back():
    found = decoded(94, CORE_BYTES)
    assert found.label == CORE_TEXT
    assert found.value["sensor_id_type"] == 3
    assert CORE_IDENTIFIER.encode(CORE_TEXT).hex() == CORE_BYTES
    assert decoded(94, "011000").flag is Flag.MALFORMED
    assert decoded(94, "01f0" + CORE_BYTES[4:]).flag is Flag.MALFORMED


def test_one_wrong_digit_in_a_core_identifiers_text_is_noticed():
    with pytest.raises(KlvError, match="check value"):
        parsed(CORE_TEXT.replace("F592", "F593"))


@given(st.text("0123456789abcdef", min_size=2, max_size=70), st.data())
def test_the_check_value_tells_every_changed_digit_and_every_exchange_of_neighbours(text, data):
    at = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.sampled_from("0123456789abcdef").filter(lambda digit: digit != text[at]))
    assert check_value(text[:at] + other + text[at + 1 :]) != check_value(text)
    if text[at] != text[at + 1]:
        assert check_value(text[:at] + text[at + 1] + text[at] + text[at + 2 :]) != check_value(text)


def a_set(*items: tuple[int, bytes]) -> bytes:
    return b"".join(item_bytes(tag, value) for tag, value in items)


def entries_of(*items: tuple[int, bytes]) -> Entries:
    entries, complaint = read_set(UAS_DATALINK, a_set(*items))
    assert complaint is None
    return entries


SDCC = bytes.fromhex("03b304803f8000004000000000000000200000")


def test_correlations_speak_of_the_items_before_them():
    items = (
        (65, b"\x0d"),
        (13, b"\x55\x95\xb6\x6d"),
        (14, b"\x5b\x53\x60\xc4"),
        (5, b"\x71\xc2"),
        (102, SDCC),
    )
    entries = entries_of(*items)
    found = entries[-1].value.value
    assert isinstance(found, dict)
    assert found["members"] == [13, 14, 5]
    assert found["sigma"] == [1.0, 2.0, 0.0]
    assert found["rho"] == [-0.5, 0.0, 0.0]
    assert write_set(UAS_DATALINK, entries) == a_set(*items)


@pytest.mark.parametrize(
    "octets", ["03b304913f8000004000000000000000200000", "03b304803f80000040000000000000007ff0ff01"]
)
def test_correlations_are_kept_to_the_last_bit_whatever_their_values_can_say(octets):
    sdcc = bytes.fromhex(octets)[:19]
    items = ((13, b"\x55\x95\xb6\x6d"), (14, b"\x5b\x53\x60\xc4"), (5, b"\x71\xc2"), (102, sdcc))
    assert write_set(UAS_DATALINK, entries_of(*items)) == a_set(*items)


def test_correlations_of_more_items_than_there_are_are_out_of_range():
    entries = entries_of((13, b"\x55\x95\xb6\x6d"), (102, SDCC))
    assert (entries[-1].value.flag, entries[-1].value.value) == (Flag.OUT_OF_RANGE, None)


def said(entries: Entries) -> list[tuple[int, Decoded]]:
    return [(entry.tag, entry.value.value) for entry in entries]


PARENT = ((2, (42).to_bytes(8, "big")), (10, b"PLATFORM"), (65, b"\x11"))


def test_each_segment_makes_a_set_of_its_own_that_inherits():
    entries = entries_of(
        *PARENT, (100, a_set((10, b"OTHER"), (3, b"ID_1"))), (100, a_set((3, b"ID_2"))), (1, b"\x00\x01")
    )
    first, second = effective_sets(entries)
    assert said(first.entries) == [(2, 42), (10, "OTHER"), (65, 17), (3, "ID_1")]
    assert said(second.entries) == [(2, 42), (10, "PLATFORM"), (65, 17), (3, "ID_2")]
    assert [one.segment for one in (first, second)] == [(0,), (1,)]


def test_an_amendment_takes_its_parents_place_and_may_take_a_value_back():
    inner = a_set((3, b"BETTER_ID"), (10, b""))
    entries = entries_of(*PARENT, (101, a_set((2, (43).to_bytes(8, "big")), (3, b"ID"), (101, inner))))
    (only,) = effective_sets(entries)
    assert said(only.entries) == [(2, 43), (10, None), (65, 17), (3, "BETTER_ID")]
    assert only.segment == ()


def test_segments_within_amendments_and_segments_are_all_found():
    deep = a_set((100, a_set((10, b"AMENDED"), (101, a_set((3, b"ID_3"))))))
    entries = entries_of(*PARENT, (101, deep), (100, a_set((3, b"ID_1"), (100, a_set((10, b"DEEP"))))))
    found = {one.segment: dict(said(one.entries)) for one in effective_sets(entries)}
    assert sorted((one[10], one[3]) for one in found.values()) == [("AMENDED", "ID_3"), ("DEEP", "ID_1")]
    assert (0,) in found
    assert (1, 0) in found


def test_of_an_item_that_may_repeat_the_parents_and_the_childs_are_kept():
    command = b"\x01\x01A", b"\x02\x01B"
    parent, child = entries_of(*PARENT, (115, command[0])), entries_of((115, command[1]), (10, b"X"))
    tags = [entry.tag for entry in inherited(parent, child)]
    assert tags == [2, 10, 65, 115, 115]


def test_a_set_without_children_is_itself():
    entries = entries_of(*PARENT)
    assert effective_sets(entries)[0].entries == entries


def test_sets_that_hold_each_other_without_end_are_explained_not_followed():
    data = b""
    for _ in range(600):
        data = item_bytes(100, data)
    entries, complaint = read_set(UAS_DATALINK, data)
    assert complaint is None
    assert write_set(UAS_DATALINK, entries) == data
    assert len(effective_sets(entries)) == 1


@pytest.mark.parametrize(
    ("revision", "highest"), [(0, 143), (1, 72), (7, 95), (12, 108), (13, 141), (19, 143)]
)
def test_a_revision_ends_with_the_item_it_added_last(revision, highest):
    assert highest_item(revision) == highest
