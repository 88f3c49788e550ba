"""A kept stream asked for any instant: what holds, since when, and what was recovered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atalaya.app.stream_findings import damage_findings, stream_findings
from atalaya.app.stream_reading import StreamReading, read_stream
from atalaya.app.stream_recovery import stream_counts, stream_spans
from atalaya.app.stream_shelf import StreamShelf
from atalaya.app.stream_values import values_at
from atalaya.app.stream_views import MetadataItem, Severity, SpanState
from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import ChecksumState, running_sum
from atalaya.ingest.stream import UAS_DATALINK_KEY
from atalaya.ingest.value import Flag
from atalaya.model.problem import Problem

START_US = 1_700_000_000_000_000
HEADING, MISSION, WITHHELD, WIND = 5, 3, 60, 35


def packet(second: float, items: dict[int, bytes]) -> bytes:
    """An ST 0601 packet with its time first and its sum last."""
    time = item_bytes(2, (START_US + round(second * 1e6)).to_bytes(8, "big"))
    body = time + b"".join(item_bytes(tag, value) for tag, value in items.items())
    head = UAS_DATALINK_KEY + length_bytes(len(body) + 4) + body + b"\x01\x02"
    return head + running_sum(head).to_bytes(2, "big")


def heading(degrees: float) -> bytes:
    return round(degrees / 360 * 65_535).to_bytes(2, "big")


def damaged(data: bytes) -> bytes:
    """The packet with one byte of its heading changed, its structure whole."""
    at = data.index(b"\x05\x02") + 2
    return data[:at] + bytes((data[at] ^ 0x5A,)) + data[at + 1 :]


def read(*packets: bytes) -> StreamReading:
    return read_stream([b"".join(packets)])


def every(reading: StreamReading) -> NDArray[np.bool_]:
    """All frames were kept."""
    return np.ones(int(reading.index.packets.is_frame.sum()), dtype=np.bool_)


def shown(reading: StreamReading, frame: int) -> dict[int, MetadataItem]:
    (found,) = values_at(reading, pts_s=None, frame=frame)
    return {item.tag: item for item in found.items}


def test_an_item_that_was_said_once_holds_with_its_age():
    reading = read(
        packet(0, {MISSION: b"SIERRA", HEADING: heading(10)}),
        *(packet(second, {HEADING: heading(10 + second)}) for second in range(1, 13)),
    )
    items = shown(reading, 12)
    assert (items[MISSION].value, items[MISSION].flag, items[MISSION].age_s) == ("SIERRA", Flag.STALE, 12.0)
    assert items[HEADING].value == pytest.approx(22, abs=0.01)
    assert (items[HEADING].flag, items[HEADING].age_s) == (Flag.OK, None)


def test_an_item_said_with_no_bytes_is_unknown_from_then_on():
    reading = read(packet(0, {WIND: heading(90)}), packet(1, {WIND: b""}), packet(2, {HEADING: heading(1)}))
    wind = shown(reading, 2)[WIND]
    assert (wind.value, wind.flag, wind.age_s) == (None, Flag.ZERO_LENGTH, 1.0)


def test_what_a_failed_packet_says_is_not_shown_and_it_is_told_that_it_failed():
    reading = read(
        packet(0, {HEADING: heading(10)}),
        damaged(packet(1, {HEADING: heading(11)})),
        packet(2, {HEADING: heading(12)}),
    )
    (found,) = values_at(reading, pts_s=None, frame=1)
    items = {item.tag: item for item in found.items}
    assert found.checksum is ChecksumState.FAILED
    assert items[HEADING].value == pytest.approx(10, abs=0.01)
    assert (items[HEADING].flag, items[HEADING].age_s) == (Flag.STALE, 0.0)
    assert values_at(reading, pts_s=None, frame=2)[0].checksum is ChecksumState.OK


def test_a_stream_of_failed_packets_only_shows_them_flagged():
    reading = read(*(damaged(packet(second, {HEADING: heading(10)})) for second in range(3)))
    assert shown(reading, 1)[HEADING].flag is Flag.CHECKSUM_FAILED


def test_what_the_charter_keeps_closed_is_counted_and_nothing_else_of_it_is_shown():
    reading = read(packet(0, {HEADING: heading(10), WITHHELD: b"\x12\x34", 140: b"\x01"}))
    (found,) = values_at(reading, pts_s=None, frame=0)
    assert found.not_shown == 2
    assert {item.tag for item in found.items} == {2, HEADING}
    assert "60" not in " ".join(found.problems)


def test_nothing_is_said_of_bytes_that_hold_nothing():
    assert values_at(read(b""), pts_s=None, frame=0) == ()
    assert stream_spans(read(b""), every(read(b""))) == ()


@given(st.lists(st.integers(0, 7), min_size=1, max_size=30), st.data())
def test_every_item_is_as_the_last_packet_that_said_it(said, data):
    """Against the plain walk: each packet says a few of three items, the last saying holds."""
    tags = (HEADING, MISSION, WIND)
    packets, newest = [], []
    state: dict[int, int] = {}
    for second, choice in enumerate(said):
        chosen = {
            tag: bytes(((second >> 8) & 255, second & 255))
            for bit, tag in enumerate(tags)
            if choice >> bit & 1
        }
        packets.append(packet(second, chosen))
        state = state | dict.fromkeys(chosen, second)
        newest.append(state)
    frame = data.draw(st.integers(0, len(said) - 1))
    items = shown(read(*packets), frame)
    found = {tag: frame - round(items[tag].age_s or 0) for tag in tags if tag in items}
    assert found == newest[frame]


def test_missing_packets_are_told_by_the_beat_of_the_others():
    seconds = [0.2 * number for number in range(50) if number not in range(20, 23)]
    reading = read(*(packet(second, {HEADING: heading(10)}) for second in seconds))
    spans = stream_spans(reading, every(reading))
    assert [(span.state, span.packets) for span in spans] == [
        (SpanState.OK, 20),
        (SpanState.GAP, 3),
        (SpanState.OK, 27),
    ]
    assert stream_counts(reading, spans, every(reading)).missing == 3


def test_what_is_whole_and_was_not_kept_is_told_apart_from_damage():
    reading = read(*(packet(0.2 * number, {HEADING: heading(10)}) for number in range(30)))
    kept = every(reading)
    kept[10:25] = False
    spans = stream_spans(reading, kept)
    assert [(span.state, span.packets) for span in spans] == [
        (SpanState.OK, 10),
        (SpanState.NOT_KEPT, 15),
        (SpanState.OK, 5),
    ]
    counts = stream_counts(reading, spans, kept)
    assert (counts.not_kept, counts.missing, counts.checksum_failed) == (15, 0, 0)


def test_what_failed_and_what_was_skipped_is_counted():
    good = [packet(0.2 * number, {HEADING: heading(10)}) for number in range(10)]
    reading = read(*good[:4], damaged(good[4]), *good[5:8], b"garbage", *good[8:])
    spans = stream_spans(reading, every(reading))
    counts = stream_counts(reading, spans, every(reading))
    assert (counts.packets, counts.checksum_ok, counts.checksum_failed) == (10, 9, 1)
    assert (counts.bytes_skipped, counts.missing) == (7, 0)
    assert [(span.state, span.start, span.end) for span in spans] == [
        (SpanState.OK, 0.0, 4.0),
        (SpanState.CHECKSUM_FAILED, 4.0, 5.0),
        (SpanState.OK, 5.0, 9.0),
    ]


def test_a_stream_with_thousands_of_stretches_is_told_in_a_bounded_number_of_them():
    packets = [packet(0.2 * number, {HEADING: heading(10)}) for number in range(6_000)]
    packets[::2] = [damaged(one) for one in packets[::2]]
    reading = read(*packets)
    spans = stream_spans(reading, every(reading))
    assert len(spans) <= 2_000
    assert {span.state for span in spans} == {SpanState.CHECKSUM_FAILED}
    assert (spans[0].start, spans[-1].end) == (0.0, 5_999.0)


def test_findings_count_what_the_reader_did_not_list_and_put_damage_first():
    problems = (
        Problem(code="item-length", message="item 5 came with 3 bytes", offset=9),
        Problem(code="checksum-failed", message="a sum does not hold", offset=700),
        Problem(code="checksum-failed", message="a sum does not hold", offset=300),
        Problem(code="checksum-failed", message="17 more of checksum-failed were counted, not listed"),
        Problem(code="new-kind", message="as the reader said it", offset=1),
    )
    damage, *others = damage_findings(problems)
    assert (damage.code, damage.count, damage.offset, damage.severity) == (
        "checksum-failed",
        19,
        300,
        Severity.ERROR,
    )
    assert damage.wording.es.startswith("Paquetes cuya suma")
    assert [it.code for it in others] == ["item-length", "new-kind"]
    assert others[1].wording.es == "as the reader said it"


def test_the_shelf_holds_a_few_and_makes_each_once():
    made: list[str] = []
    shelf: StreamShelf[str] = StreamShelf(most=2)

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    def take(key: str) -> str:
        return shelf.get(key, lambda: make(key))

    assert [take(key) for key in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]


def test_a_shelf_holds_nothing_of_what_could_not_be_made():
    shelf: StreamShelf[int] = StreamShelf()

    def broken() -> int:
        raise ValueError("cannot be read")

    with pytest.raises(ValueError, match="cannot be read"):
        shelf.get("a", broken)
    assert shelf.get("a", lambda: 7) == 7


def test_the_usual_interval_is_that_of_most_packets():
    reading = read(*(packet(second, {HEADING: heading(1)}) for second in (0, 0.5, 1.0, 1.5, 9.0)))
    assert reading.tracks[0].interval_s == pytest.approx(0.5)
    assert np.isnan(read(packet(0, {HEADING: heading(1)})).tracks[0].interval_s)


def test_a_packet_that_was_repaired_is_told_as_recovered():
    packets = [packet(0.2 * number, {HEADING: heading(10)}) for number in range(10)]
    packets[4] = packets[4][5:]  # as FFmpeg 6.1 leaves it
    reading = read(*packets)
    spans = stream_spans(reading, every(reading))
    counts = stream_counts(reading, spans, every(reading))
    assert (counts.checksum_ok, counts.repaired, counts.missing, counts.bytes_skipped) == (10, 1, 0, 0)
    assert [span.state for span in spans] == [SpanState.OK, SpanState.REPAIRED, SpanState.OK]
    assert [it.count for it in stream_findings(reading, 10) if it.code == "klv-repaired"] == [1]


def test_a_revision_said_once_holds_for_the_sets_that_come_after_it():
    reading = read(
        packet(0, {65: b"\x04", 74: item_bytes(4, b"\x03")}),
        packet(1, {74: item_bytes(6, b"\x00")}),
        packet(2, {65: b"\x11", 74: item_bytes(4, b"\x05")}),
        packet(3, {HEADING: heading(1)}),
    )
    revisions = reading.tracks[0].revisions
    assert dict(revisions.before(0)) == {}
    assert dict(revisions.before(1)) == {"0601": 4, "0903": 3}
    assert dict(revisions.before(2)) == {"0601": 4, "0903": 3}
    assert dict(revisions.before(3)) == {"0601": 17, "0903": 5}


def test_what_standards_ask_is_found_with_its_clause_and_in_two_languages():
    reading = read(*(packet(0.2 * number, {HEADING: heading(10)}) for number in range(10)))
    found = {it.code: it for it in stream_findings(reading, 10)}
    assert found["miis-missing"].standard == "ST 1204"
    assert found["miis-missing"].wording.es != found["miis-missing"].wording.en
    assert "checksum-failed" not in found
