"""When pictures were taken: four ways of knowing, each as sure as it says and no surer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.app.stream_clock import stream_time
from atalaya.errors import InputError
from atalaya.ingest.clock_fit import clock_breaks, fit_clock
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import AccessUnit, mux_ts
from atalaya.ingest.picture_time import PictureTime, VideoCoding, picture_time_unit
from atalaya.ingest.stream import read_packets
from atalaya.ingest.stream_index import StreamIndex
from atalaya.ingest.time_model import TimeSource, time_json, time_model
from atalaya.model.frame import FrameTable, unknown_frames

START_US = 1_700_000_000_000_000
STEP_90K = 3003
DELIMITER = bytes.fromhex("0000000109f0")
KEY = bytes.fromhex("000000016742c01e0000000165")
INTER = bytes.fromhex("0000000141")
WRAP_90K = 1 << 33


def times_of(count: int) -> np.ndarray:
    return START_US + np.rint(np.arange(count) * STEP_90K / 0.09).astype(np.int64)


def packets_of(time_us: np.ndarray) -> list[bytes]:
    frames = FrameTable(**unknown_frames(len(time_us)).columns() | {"time_us": time_us})
    return encode_frames(frames, mission_id="M", platform_designation="P")


def picture(pts_90k: int, number: int, stamp_us: int | None) -> AccessUnit:
    stamp = b""
    if stamp_us is not None:
        stamp = picture_time_unit(PictureTime(stamp_us, 0x1F), VideoCoding.H264)
    data = DELIMITER + stamp + (INTER if number % 10 else KEY) + b"x" * 300
    return AccessUnit(pts_90k=pts_90k, dts_90k=pts_90k, data=data, keyframe=number % 10 == 0)


def index_of(
    count: int,
    *,
    first_90k: int = 90_000,
    stamps: np.ndarray | None = None,
    synchronous: bool = False,
    timed: bool = True,
) -> StreamIndex:
    """A made stream: a picture and a packet every 1001/30000 s."""
    pts = [first_90k + number * STEP_90K for number in range(count)]
    said = [None] * count if stamps is None else stamps.tolist()
    pictures = [picture(time, number, said[number]) for number, time in enumerate(pts)]
    metadata = list(zip(pts, packets_of(times_of(count)), strict=True))
    data = b"".join(mux_ts(pictures, metadata, synchronous=synchronous, timed=timed))
    return read_packets([data]).index


def test_the_time_in_a_picture_is_trusted_most_and_finds_its_packet_exactly():
    model = time_model(index_of(40, stamps=times_of(40)), times_of(40))
    assert model.source is TimeSource.PICTURE
    assert model.synchronised
    assert model.exact_pairs == 40
    assert model.pictures.packet.tolist() == list(range(40))
    assert model.pictures.time_us.tolist() == times_of(40).tolist()
    assert model.pictures.uncertainty_s.max() < 2e-6


@pytest.mark.parametrize(
    ("synchronous", "source"),
    [(True, TimeSource.SYNCHRONOUS_PTS), (False, TimeSource.ASYNCHRONOUS_PTS)],
)
def test_presentation_times_tie_pictures_to_packets(synchronous, source):
    model = time_model(index_of(40, synchronous=synchronous), times_of(40))
    assert model.source is source
    assert model.synchronised
    assert model.pictures.packet.tolist() == list(range(40))
    np.testing.assert_allclose(model.pictures.time_us, times_of(40), atol=1)
    assert model.segments[0].fit.residual_max_s < 1e-5


def test_the_wrap_of_the_33_bit_clock_inside_a_stream_is_no_event():
    first_90k = WRAP_90K - 20 * STEP_90K - 7
    index = index_of(40, first_90k=first_90k)
    model = time_model(index, times_of(40))
    assert np.all(np.diff(index.pictures.pts_s) > 0)
    assert len(model.segments) == 1
    assert model.segments[0].until_s > WRAP_90K / 90_000
    assert model.segments[0].fit.residual_max_s < 1e-5
    assert model.pictures.packet.tolist() == list(range(40))
    np.testing.assert_allclose(model.pictures.time_us, times_of(40), atol=1)


def test_without_presentation_times_it_is_unsynchronised_and_gives_no_time():
    model = time_model(index_of(40, timed=False), times_of(40))
    assert model.source is TimeSource.ARRIVAL
    assert not model.synchronised
    assert model.pictures.time_us.tolist() == [-1] * 40
    assert np.isnan(model.pictures.uncertainty_s).all()
    assert np.isnan(model.pictures.packet_offset_s).all()
    assert model.pictures.packet.tolist() == [0, *range(39)]
    assert any("unsynchronised" in note for note in model.notes)


def test_the_time_in_pictures_ties_metadata_without_presentation_times():
    model = time_model(index_of(40, timed=False, stamps=times_of(40)), times_of(40))
    assert (model.source, model.exact_pairs, model.segments) == (TimeSource.PICTURE, 40, ())


def test_a_bare_klv_file_is_unsynchronised():
    data = b"".join(packets_of(times_of(5)))
    model = time_model(read_packets([data]).index, times_of(5))
    assert model.source is TimeSource.UNSYNCHRONISED
    assert model.pid == -1
    assert any("unsynchronised" in note for note in model.notes)


def test_pictures_with_a_time_and_no_metadata_keep_their_time():
    model = time_model(index_of(10, stamps=times_of(10)), np.full(10, -1, dtype=np.int64))
    assert model.pictures.time_us.tolist() == times_of(10).tolist()
    assert not model.synchronised
    assert model.pictures.packet.tolist() == [-1] * 10


def test_pictures_whose_clock_is_another_than_the_metadatas_are_timed_by_presentation():
    model = time_model(index_of(40, stamps=times_of(40) - 3_600_000_000), times_of(40))
    assert model.source is TimeSource.ASYNCHRONOUS_PTS
    np.testing.assert_allclose(model.pictures.time_us, times_of(40), atol=1)
    assert any("-3600.000 s off" in note for note in model.notes)


def test_a_clock_set_anew_starts_a_segment_of_its_own():
    time_us = times_of(60)
    time_us[25:] += 5_000_000
    model = time_model(index_of(60), time_us)
    assert [(one.first_packet, one.last_packet) for one in model.segments] == [(0, 24), (25, 59)]
    assert model.pictures.segment.tolist() == [0] * 25 + [1] * 35
    np.testing.assert_allclose(model.pictures.time_us, time_us, atol=1)
    assert any("set anew" in note for note in model.notes)


def test_wrong_times_are_counted_as_outliers_and_move_nothing():
    time_us = times_of(60)
    time_us[[10, 11, 40]] += 9_000_000
    model = time_model(index_of(60), time_us)
    assert len(model.segments) == 1
    assert model.segments[0].fit.outliers == 3
    np.testing.assert_allclose(model.pictures.time_us, times_of(60), atol=1)


def test_packets_that_say_no_time_or_an_impossible_one_are_left_out():
    time_us = times_of(60)
    time_us[[3, 4]] = -1
    time_us[50] = (1 << 63) - 1
    model = time_model(index_of(60), time_us)
    assert model.segments[0].fit.samples == 57
    assert not {3, 4, 50} & set(model.pictures.packet.tolist())
    assert model.pictures.packet_offset_s[50] == pytest.approx(STEP_90K / 90_000)


def test_jitter_is_reported_as_residual_and_uncertainty():
    jitter_us = np.random.default_rng(7).integers(-10_000, 10_001, 200)
    model = time_model(index_of(200), times_of(200) + jitter_us)
    fit = model.segments[0].fit
    assert fit.residual_rms_s == pytest.approx(5.8e-3, rel=0.15)
    assert fit.residual_p95_s <= fit.residual_max_s < 0.0115
    off_s = np.abs(model.pictures.time_us - times_of(200)) * 1e-6
    assert np.all(off_s < model.pictures.uncertainty_s)


def test_a_picture_whose_presentation_time_is_damaged_gets_no_time_from_it():
    index = index_of(40)
    pts_s = index.pictures.pts_s.copy()
    pts_s[[0, 17, 18]] += [1000.0, -40.0, 700.0]
    model = time_model(replace(index, pictures=replace(index.pictures, pts_s=pts_s)), times_of(40))
    assert model.pictures.time_us[[0, 17, 18]].tolist() == [-1, -1, -1]
    assert set(model.pictures.source[[0, 17, 18]].tolist()) == {TimeSource.ARRIVAL}
    assert model.source is TimeSource.ASYNCHRONOUS_PTS
    assert any("3 pictures have a presentation time far off" in note for note in model.notes)


def test_pictures_far_apart_keep_their_presentation_times():
    index = index_of(40)
    slow = replace(index.pictures, pts_s=index.pictures.pts_s * 300.0)
    packets = replace(index.packets, pts_s=index.packets.pts_s * 300.0)
    time_us = START_US + np.rint((packets.pts_s - packets.pts_s[0]) * 1e6).astype(np.int64)
    model = time_model(replace(index, pictures=slow, packets=packets), time_us)
    assert model.notes == ()
    np.testing.assert_allclose(model.pictures.time_us, time_us, atol=1)


def test_a_packet_whose_presentation_time_is_damaged_is_nobodys_nearest():
    index = index_of(40)
    pts_s = index.packets.pts_s.copy()
    pts_s[30] = pts_s[5] + 1e-4
    damaged = replace(index, packets=replace(index.packets, pts_s=pts_s))
    model = time_model(damaged, times_of(40))
    assert 30 not in model.pictures.packet.tolist()
    assert model.pictures.packet[5] == 5
    assert model.segments[0].fit.outliers == 1


def test_of_two_sources_as_common_the_more_trusted_names_the_model():
    index = index_of(40)
    pts_s = index.pictures.pts_s.copy()
    pts_s[20:] = np.nan
    model = time_model(replace(index, pictures=replace(index.pictures, pts_s=pts_s)), times_of(40))
    assert model.source is TimeSource.ASYNCHRONOUS_PTS
    assert model.pictures.source[18:22].tolist() == [2, 2, 1, 1]


def test_the_record_in_json_says_source_residual_and_notes():
    said = time_json(time_model(index_of(40), times_of(40)))
    assert said["source"] == "asynchronous_pts"
    assert said["segments"][0]["samples"] == 40
    assert said["uncertainty_max_s"] < 1e-4
    nothing = time_json(time_model(read_packets([b""]).index, np.empty(0, dtype=np.int64)))
    assert (nothing["source"], nothing["uncertainty_max_s"]) == ("unsynchronised", None)


def test_times_must_match_packets():
    with pytest.raises(InputError, match="40 packets"):
        time_model(index_of(40), times_of(39))
    with pytest.raises(InputError, match="as many"):
        fit_clock(np.empty(0), np.empty(0, dtype=np.int64))


def test_too_few_samples_give_a_rate_of_one():
    one, two = (
        fit_clock(np.arange(n, dtype=np.float64), START_US + np.arange(n) * 1_000_300) for n in (1, 2)
    )
    assert one.rate == two.rate == 1.0
    assert two.residual_max_s == pytest.approx(150e-6, abs=1e-6)


def test_samples_that_agree_on_nothing_still_give_a_line_of_finite_numbers():
    pts_s = np.array([95443.55085555555, 95443.58422222222, 95443.61758888889])
    fit = fit_clock(pts_s, np.array([0, 0, 942_652_222_662_160]))
    assert np.isfinite([fit.rate, fit.residual_rms_s, fit.residual_max_s]).all()
    assert fit.samples >= 1


@given(
    rate=st.floats(0.999, 1.001),
    count=st.integers(20, 300),
    share=st.floats(0.0, 0.2),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_fit_finds_the_line_whatever_a_fifth_of_the_samples_say(rate, count, share, seed):
    rng = np.random.default_rng(seed)
    pts_s = 12_345.0 + np.cumsum(rng.uniform(0.02, 0.05, count))
    true_us = START_US + (rate * (pts_s - pts_s[0]) * 1e6).astype(np.int64)
    said_us = true_us.copy()
    wrong = rng.permutation(count)[: int(share * count)]
    said_us[wrong] += rng.integers(-10_000_000, 10_000_000, len(wrong))
    fit = fit_clock(pts_s, said_us)
    assert np.abs(fit.time_at(pts_s) - true_us).max() <= 60
    assert fit.samples + fit.outliers == count


PLAIN = index_of(40)
HOSTILE = index_of(40, first_90k=WRAP_90K - 5 * STEP_90K, stamps=times_of(40)[::-1].copy())


@given(st.lists(st.integers(-(10**6), 2**60), max_size=40), st.sampled_from([PLAIN, HOSTILE]))
def test_no_times_make_the_model_fail(times, index):
    time_us = np.full(40, -1, dtype=np.int64)
    time_us[: len(times)] = times
    model = time_model(index, time_us)
    assert len(model.pictures) == 40
    assert np.all(model.pictures.time_us >= -1)


@pytest.mark.parametrize("at", [1, 4, 5, 20, 37])
def test_a_lasting_jump_is_found_where_it_happens(at):
    pts_s = np.arange(40) / 30.0
    time_us = START_US + (pts_s * 1e6).astype(np.int64)
    time_us[at:] -= 1_000_000
    assert clock_breaks(pts_s, time_us).tolist() == [0, at]


def test_a_gap_in_both_clocks_is_no_break_and_nothing_gives_none():
    pts_s = np.concatenate([np.arange(20) / 30.0, 600.0 + np.arange(20) / 30.0])
    time_us = START_US + (pts_s * 1e6).astype(np.int64)
    assert clock_breaks(pts_s, time_us).tolist() == [0]
    assert clock_breaks(pts_s[:0], time_us[:0]).tolist() == []


@pytest.mark.parametrize(("step_us", "told"), [(0, "0.000"), (-33_367, "-1.000"), (66_733, "2.000")])
def test_a_clock_that_does_not_keep_pace_with_the_pictures_is_never_sure(step_us, told):
    time_us = START_US + np.arange(60) * step_us
    model = time_model(index_of(60), time_us)
    assert model.pictures.packet.tolist() == list(range(60))
    assert np.isnan(model.pictures.uncertainty_s).all()
    assert time_json(model)["uncertainty_max_s"] is None
    assert any(f"runs {told} s a second of presentation" in note for note in model.notes)
    shown = stream_time(model)
    assert shown.uncertainty_s is None
    assert any("por segundo de presentación" in note.es for note in shown.notes)
    assert all(note.es != note.en for note in shown.notes)


def test_a_second_field_without_a_time_of_its_own_belongs_to_its_frame():
    index = index_of(60)
    pts_s = index.pictures.pts_s.copy()
    pts_s[1::2] = np.nan
    fields = replace(index, pictures=replace(index.pictures, pts_s=pts_s))
    model = time_model(fields, times_of(60))
    assert model.pictures.packet.tolist() == [number // 2 * 2 for number in range(60)]
    assert (model.pictures.source == TimeSource.ASYNCHRONOUS_PTS).all()
    sure_s, less_sure_s = model.pictures.uncertainty_s[::2], model.pictures.uncertainty_s[1::2]
    assert sure_s.max() < 1e-3
    assert less_sure_s.min() >= 2 * 1001 / 30_000 - 1e-6
    assert "30 second fields have the presentation time of their frame" in model.notes
    assert all(note.es != note.en for note in stream_time(model).notes)


def test_a_few_pictures_without_a_time_are_no_fields():
    index = index_of(60)
    pts_s = index.pictures.pts_s.copy()
    pts_s[[7, 20, 21]] = np.nan
    model = time_model(replace(index, pictures=replace(index.pictures, pts_s=pts_s)), times_of(60))
    assert np.flatnonzero(model.pictures.time_us < 0).tolist() == [7, 20, 21]


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_packets_make_no_time_sure(count):
    model = time_model(index_of(count), times_of(count))
    assert model.pictures.time_us.tolist() == times_of(count).tolist()
    assert np.isnan(model.pictures.uncertainty_s).all()
