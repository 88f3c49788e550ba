"""One line of JSON for one item, both ways."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import KlvError
from atalaya.ingest.item_lines import decode_line, encode_line
from atalaya.ingest.item_lookup import standard_of


def decode(**line):
    return decode_line(json.dumps(line))


def encode(**line):
    return encode_line(json.dumps(line))


@pytest.mark.parametrize(
    ("said", "number", "version"),
    [
        ("0601", "0601", None),
        ("st0601", "0601", None),
        ("ST 0601", "0601", None),
        ("MISB ST 0601.19", "0601", 19),
        ("ST0903.3", "0903", 3),
        (601, "0601", None),
        ("EG0104.5", "0104", 5),
        ("st_1206", "1206", None),
    ],
)
def test_a_standard_may_be_spelled_as_people_do(said, number, version):
    assert standard_of(said) == (number, version)


@pytest.mark.parametrize("said", [None, True, "", "sixty", "06011", 1.5, ["0601"], {"a": 1}])
def test_what_is_no_standard_is_refused(said):
    with pytest.raises(KlvError, match="a standard such as"):
        standard_of(said)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "[]",
        "1",
        "null",
        "{}",
        '{"standard":"0601"}',
        '{"standard":"0601","tag":5,"hex":"7"}',
        '{"a":',
    ],
)
def test_a_bad_line_gives_its_error_in_place(line):
    assert list(decode_line(line)) == ["error"]
    assert list(encode_line(line)) == ["error"]


def test_the_caller_finds_its_line_again():
    assert decode(standard="0104", tag=5, hex="zz", id="a")["id"] == "a"
    assert decode(standard="0104", tag=5, hex="43340000", id="b")["id"] == "b"


def test_an_item_of_a_universal_set_is_found_by_number_and_by_label():
    by_tag = decode(standard="0104", tag=5, hex="43340000")
    by_key = decode(standard="0104", key=by_tag["key"], hex="43340000")
    assert by_tag == by_key
    assert (by_tag["name"], by_tag["value"], by_tag["unit"]) == ("Platform Heading Angle", 180.0, "deg")


def test_an_item_that_the_standard_does_not_have_is_flagged():
    found = decode(standard="0601", tag=9999, hex="00")
    assert (found["value"], found["flag"]) == (None, "unknown_item")


def test_wrong_bytes_are_flagged_and_never_a_value():
    found = decode(standard="0104", tag=5, hex="4334")
    assert (found["value"], found["flag"]) == (None, "malformed")
    assert "bytes were wanted" in found["reason"]


def test_zero_bytes_clear_an_item_and_are_written_as_zero_bytes():
    cleared = decode(standard="0104", tag=5, hex="")
    assert cleared["flag"] == "zero_length"
    assert encode(**cleared)["hex"] == ""


@pytest.mark.parametrize(
    ("low", "high", "length", "value", "count"),
    [
        (-900.0, 19_000.0, 2, 10.0, 0x038E),
        (-900.0, 19_000.0, 2, "Infinity", 0xC800),
        (-900.0, 19_000.0, 2, "-Infinity", 0xE800),
        (-900.0, 19_000.0, 2, "-QNaN", 0xF000),
        (-10_000.0, -100.0, 3, -5_050.0, 2_534_400),
    ],
)
def test_imapb_goes_both_ways_with_its_special_values_by_name(low, high, length, value, count):
    """Source: MISB ST 1201.5, examples; 10 m over -900..19000 m in two bytes is 0x038E."""
    text = count.to_bytes(length, "big").hex()
    written = encode(standard="1201", min=low, max=high, length=length, value=value)
    assert (written["hex"], written["encoded_int"]) == (text, count)
    by_hex = decode(standard="ST 1201", min=low, max=high, length=length, hex=text)
    assert by_hex["value"] == value
    assert decode(standard="1201", min=low, max=high, length=length, encoded_int=count) == by_hex


@pytest.mark.parametrize(
    "more",
    [
        {"length": 3, "hex": "0000"},
        {"length": 2},
        {"length": 2, "encoded_int": 65_536},
        {"length": 2, "encoded_int": -1},
        {"length": 9, "encoded_int": 1},
        {"length": 2, "hex": ""},
    ],
)
def test_imapb_of_another_length_is_an_error(more):
    assert list(decode(standard="1201", min=0.0, max=1.0, **more)) == ["error"]


def test_imapb_without_a_range_is_an_error():
    assert list(decode(standard="1201", length=2, hex="0000")) == ["error"]
    assert list(decode(standard="1201", min=True, max=2, length=2, hex="0000")) == ["error"]
    assert list(encode(standard="1201", min=5, max=2, length=2, value=3)) == ["error"]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {
        "standard": st.sampled_from(
            ["0601", "0102", "0903", "0806", "0104", "1201", "1204", "1010", "1206", "0603"]
        )
        | ANY_JSON
    },
    optional={
        "tag": st.integers(min_value=-1, max_value=150) | ANY_JSON,
        "hex": st.binary(max_size=24).map(bytes.hex) | ANY_JSON,
        "value": ANY_JSON,
        "set": st.sampled_from(["VTarget", "vmti", "RvtPoi", "x"]) | ANY_JSON,
        "name": ANY_JSON,
        "key": ANY_JSON,
        "version": st.integers(min_value=0, max_value=20) | ANY_JSON,
        "length": st.integers(min_value=0, max_value=9) | ANY_JSON,
        "min": ANY_JSON,
        "max": ANY_JSON,
        "encoded_int": ANY_JSON,
    },
)


@settings(max_examples=60, deadline=None)
@given(FIELDS)
def test_no_line_stops_the_run_whatever_it_holds(line):
    for answer in (decode_line(json.dumps(line)), encode_line(json.dumps(line))):
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer or "id" in answer
        assert ("error" in answer) != ("standard" in answer)


@settings(max_examples=60, deadline=None)
@given(FIELDS, st.binary(max_size=40))
def test_a_value_stands_only_under_a_flag_that_allows_one(line, data):
    answer = decode_line(json.dumps(line | {"hex": data.hex()}))
    if "error" not in answer and answer["standard"] != "1201":
        assert answer["value"] is None or answer["flag"] == "ok"


def test_a_nested_set_is_written_from_what_decoding_gave():
    asked = {
        "2": {"value": 1_224_807_209_913_000},
        "4": {"value": 4},
        "101": {"value": [{"target_id": 7, "items": {"1": {"value": 42}, "10": {"value": 1.5}}}]},
    }
    written = encode(standard="0903", value=asked)
    found = decode(standard="0903", hex=written["hex"])
    assert found["flag"] == "ok"
    report = found["value"]["101"]["value"][0]
    assert (report["target_id"], report["items"]["1"]["value"]) == (7, 42)
    assert report["items"]["10"]["value"] == pytest.approx(1.5, abs=1e-5)
    assert encode(standard="0903", value=found["value"])["hex"] == written["hex"]


def test_what_is_unknown_is_written_as_the_error_indicator_where_there_is_one():
    assert encode(standard="0601", tag=13, value=None)["hex"] == "80000000"
    assert encode(standard="0601", tag=3, value=None)["hex"] == ""
    assert "opaque by charter" in encode(standard="0601", tag=60, value=None)["error"]


def test_what_the_charter_keeps_closed_is_neither_named_nor_shown():
    found = decode(standard="0601", tag=60, hex="0102")
    assert (found["name"], found["value"], found["flag"]) == (None, None, "opaque")
    assert "hex" not in found


@pytest.mark.parametrize(
    "said",
    [
        {"set": "VTarget"},
        {"set": "VTargetMetadataKey"},
        {"set": "v-target local set"},
        {"name": "TargetPriority"},
    ],
)
def test_a_set_inside_a_standard_is_named_or_told_by_the_item(said):
    assert decode(standard="0903", tag=4, hex="05", **said)["name"] == "Target Priority"


def test_without_a_name_the_main_set_is_meant():
    assert decode(standard="0903", tag=4, hex="05")["name"] == "Version Number"
    assert decode(standard="0903", set="VmtiMetadataKey", tag=4, hex="05")["name"] == "Version Number"


def test_a_set_that_the_standard_does_not_have_is_an_error():
    assert "vtarget" in decode(standard="0903", set="Nothing", tag=4, hex="05")["error"]


def test_what_an_older_revision_would_say_stands_beside():
    found = decode(standard="0903", set="VTarget", tag=10, hex="42aaaa")
    assert found["older"][0]["until_version"] == 3
    assert found["older"][0]["value"] == pytest.approx(10.0, abs=1e-5)
    asked = decode(standard="ST0903.3", set="VTarget", tag=10, hex="42aaaa")
    assert asked["value"] == found["older"][0]["value"]
    assert "older" not in asked


def test_a_whole_packet_is_read_with_its_key():
    packet = "060e2b34020b01010e01030101000000" + "04" + "410113" + "00"
    assert "bytes" in decode(standard="0601", hex=packet[:-2])["error"]
    packet = "060e2b34020b01010e01030101000000" + "03" + "410113"
    assert decode(standard="0601", hex=packet)["value"]["65"]["value"] == 19
    assert decode(standard="0601", hex="410113")["value"]["65"]["value"] == 19


def test_a_whole_set_comes_back_from_its_own_answer():
    found = decode(standard="0102", hex="010101020101")
    assert encode(**found)["hex"] == "010101020101"
    report = decode(standard="0903", set="VTarget", hex="040105")
    assert encode(**report)["hex"] == "040105"


def test_the_time_in_a_picture_goes_both_ways():
    """Source: MISB ST 0604.6, section 7: identifier, status, time with 0xFF after every second byte."""
    stamp = b"MISPmicrosectime".hex() + "1f" + "0004ff59f4ffa6aaff4aa8"
    found = decode(standard="ST 0604", hex=stamp)
    assert found["value"]["time_us"] == 0x000459F4A6AA4AA8
    assert (found["value"]["locked"], found["value"]["status"]) == (True, 0x1F)
    assert encode(**found)["hex"] == stamp
    assert decode(standard="0604", hex=stamp[32:])["value"] == found["value"]
    assert encode(**found, length=12)["hex"] == stamp[32:]
    nano = "cf848278ee23306c9265e8fef22fb8b8" + stamp[32:]
    assert encode(**decode(standard="0604", hex=nano))["hex"] == nano
    assert decode(standard="0604", hex=stamp[:-4] + "0000")["flag"] == "ok"
    assert decode(standard="0604", hex=stamp.replace("ff", "fe"))["flag"] == "malformed"
    assert decode(standard="0604", hex=stamp[:-2])["flag"] == "malformed"


@pytest.mark.parametrize("flag", ["malformed", "out_of_range", "unknown_item"])
def test_what_could_not_be_read_is_not_written_as_unknown(flag):
    assert flag in encode(standard="0601", tag=34, value=None, flag=flag)["error"]
    nested = {"1": {"value": None, "flag": flag}}
    assert flag in encode(standard="0102", value=nested)["error"]


def test_an_answer_is_strict_json_whatever_its_id_is():
    answer = decode_line('{"standard":"0601","tag":5,"hex":"71C2","id":{"a":[NaN,-Infinity]}}')
    assert answer["id"] == {"a": ["NaN", "-Infinity"]}
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize(("tag", "value"), [(65, 300), (2, 1 << 64)])
def test_a_number_without_bounds_that_does_not_fit_is_refused_with_what_was_wanted(tag, value):
    size = 1 if tag == 65 else 8
    told = f"a whole number that fits {size} bytes was wanted, got {value}"
    assert encode(standard="0601", tag=tag, value=value)["error"] == told
