"""The time of real streams: pairs, residuals, and what says that there is no time."""

import numpy as np
import pytest

from atalaya.ingest.misp_time import UtcOrigin, utc_of
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.said_time import said_times
from atalaya.ingest.stream import StreamContents, read_packets
from atalaya.ingest.time_model import TimeModel, TimeSource, time_model
from shared_data import shared_file

pytestmark = pytest.mark.shared
FRAME_S = 1001 / 30_000


def contents_of(name: str) -> StreamContents:
    return read_packets([shared_file(f"data/klv/{name}").read_bytes()])


def model_of(name: str) -> TimeModel:
    contents = contents_of(name)
    return time_model(contents.index, said_times(contents.packets))


def test_all_277_pictures_of_the_osh_stream_find_the_packet_of_exactly_their_time():
    model = model_of("sim/osh_vrsg_vmti.ts")
    assert (model.source, len(model.pictures), model.exact_pairs) == (TimeSource.PICTURE, 277, 277)
    assert len(set(model.pictures.packet.tolist())) == 277
    assert model.segments[0].fit.residual_max_s < 1e-5
    assert model.notes == ()


def test_the_osh_pairs_are_the_same_by_presentation_time():
    contents = contents_of("sim/osh_vrsg_vmti.ts")
    model = time_model(contents.index, said_times(contents.packets))
    packets = contents.index.packets.pts_s[model.pictures.packet]
    np.testing.assert_allclose(packets, contents.index.pictures.pts_s, atol=1e-9)


def test_the_residual_of_ap_hill_is_below_a_frame_interval():
    model = model_of("real/aphill_klv_10s.ts")
    assert model.source is TimeSource.ASYNCHRONOUS_PTS
    fit = model.segments[0].fit
    assert (len(model.segments), fit.samples, fit.outliers) == (1, 300, 0)
    assert fit.residual_max_s <= FRAME_S
    assert fit.residual_rms_s == pytest.approx(6.5e-3, abs=0.5e-3)
    assert model.pictures.uncertainty_s.max() <= FRAME_S
    assert np.abs(model.pictures.packet_offset_s).max() <= FRAME_S


@pytest.mark.parametrize("name", ["h264_klv.ts", "h265_klv.ts", "mpeg2_klv.ts", "h265_tricky_klv.ts"])
def test_the_pictures_of_the_conformance_clips_find_their_packets_in_every_coding(name):
    model = model_of(f"conformance/{name}")
    assert (model.source, model.exact_pairs) == (TimeSource.PICTURE, 30)
    assert any("not locked" in note for note in model.notes)


def test_pictures_without_metadata_have_their_own_time_and_nothing_else():
    model = model_of("conformance/h264_no_klv.ts")
    assert not model.synchronised
    assert np.all(model.pictures.time_us > 0)
    assert set(model.pictures.packet.tolist()) == {-1}


@pytest.mark.parametrize("name", ["real/cheyenne_c208b_2012.klv", "sim/osh_vrsg_vmti.klv"])
def test_a_bare_klv_file_is_unsynchronised(name):
    model = model_of(name)
    assert model.source is TimeSource.UNSYNCHRONISED
    assert any("unsynchronised" in note for note in model.notes)


@pytest.mark.parametrize("name", ["real/aphill_klv_10s.ts", "real/cheyenne_c208b_2012.klv"])
def test_streams_of_early_standards_count_in_utc(name):
    answer = utc_of(decode_packet(0, contents_of(name).packets[0]))
    assert answer.origin is UtcOrigin.POSIX
    assert 2008 <= answer.utc.year <= 2012
    assert 24.0 < answer.doubt_s < 27.0
