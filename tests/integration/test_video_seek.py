"""Pictures found by seeking are those that reading from the start gives, to the last bit."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

import atalaya.io.video_seek as seeking
from atalaya.errors import InputError
from atalaya.ingest.mux import mux_ts
from atalaya.io.video import encode_h264, read_pictures
from atalaya.io.video_seek import pictures_at
from shared_data import shared_file

CLIPS = (
    "data/klv/sim/osh_vrsg_vmti.ts",
    "data/klv/real/aphill_klv_10s.ts",
    "data/klv/real/aphill_240_1fps_crf32.mp4",
    "data/klv/conformance/h264_klv.ts",
    "data/klv/conformance/h265_klv.ts",
    "data/klv/conformance/mpeg2_klv.ts",
)


def long_stream(path: Path, count: int = 900) -> Path:
    """Three minutes at 5 pictures a second, a key picture every 3 seconds."""
    rng = np.random.default_rng(3)
    base = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
    shades = (np.roll(base, number, axis=1) for number in range(count))
    units = list(encode_h264(shades, frames_per_s=5.0, pictures_per_gop=15))
    path.write_bytes(b"".join(mux_ts(units, [])))
    return path


def assert_same(path: Path, wanted_s: list[float], seek_from_s: float) -> None:
    sought = list(pictures_at(path, at_pts_s=wanted_s, seek_from_s=seek_from_s))
    plain = list(read_pictures(path, at_pts_s=wanted_s))
    assert [one.pts_s for one in sought] == [one.pts_s for one in plain]
    for one, other in zip(sought, plain, strict=True):
        np.testing.assert_array_equal(one.rgb, other.rgb)


@pytest.mark.shared
@pytest.mark.parametrize("name", CLIPS)
def test_on_real_clips_seeking_gives_what_reading_through_gives(name):
    path = shared_file(name)
    first_s = next(read_pictures(path)).pts_s
    times_s = [first_s + offset for offset in (0.0, 0.5, 3.1, 4.9, 7.7, 8.2, 150.0)]
    assert_same(path, times_s, 0.3)


def test_in_a_long_stream_each_picture_is_found_without_reading_through(tmp_path, monkeypatch):
    path = long_stream(tmp_path / "long.ts")
    assert_same(path, [30.0, 31.1, 90.06, 150.49, 181.2, float("nan")], 10.0)

    def refuse(_path):
        raise AssertionError("the file was read from its start")

    monkeypatch.setattr(seeking, "timed_frames", refuse)
    pictures = list(pictures_at(path, at_pts_s=[150.49]))
    assert pictures[0].pts_s == pytest.approx(150.4, abs=0.11)


def test_few_packets_are_decoded_for_one_picture(tmp_path, monkeypatch):
    path = long_stream(tmp_path / "long.ts")
    decoded = []
    whole = seeking._decoded_from

    def counted(*arguments):
        for one in whole(*arguments):
            decoded.append(one[0])
            yield one

    monkeypatch.setattr(seeking, "_decoded_from", counted)
    list(pictures_at(path, at_pts_s=[150.0]))
    assert len(decoded) < 40  # of 900


def test_a_clock_that_jumps_is_read_through(tmp_path):
    rng = np.random.default_rng(3)
    shades = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(120)]
    units = list(encode_h264(iter(shades), frames_per_s=5.0, pictures_per_gop=10))
    late = [
        type(unit)(
            pts_90k=unit.pts_90k + 90_000 * 300 * (number >= 60),
            dts_90k=unit.dts_90k + 90_000 * 300 * (number >= 60),
            data=unit.data,
            keyframe=unit.keyframe,
        )
        for number, unit in enumerate(units)
    ]
    path = tmp_path / "jump.ts"
    path.write_bytes(b"".join(mux_ts(late, [])))
    assert_same(path, [5.0, 320.0], 2.0)


def test_a_file_without_video_is_refused(tmp_path):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="wav") as container:
        container.add_stream("pcm_s16le", rate=8000)
    path = tmp_path / "x.wav"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(InputError):
        next(pictures_at(path, at_pts_s=[100.0]))
    assert list(pictures_at(path, at_pts_s=[])) == []
