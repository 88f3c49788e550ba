"""Key pictures: found without decoding, and the same to the last bit as when everything is decoded."""

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.ingest.mux import mux_ts
from atalaya.io.video import encode_h264, read_pictures
from atalaya.io.video_keys import key_pictures, key_times


@pytest.fixture(scope="module")
def stream(tmp_path_factory):
    """Twenty-five seconds of moving noise, a key picture every second."""
    rng = np.random.default_rng(7)
    ground = rng.integers(0, 256, (64, 400, 3), dtype=np.uint8)
    frames = [ground[:, step : step + 64] for step in range(250)]
    path = tmp_path_factory.mktemp("keys") / "noise.ts"
    units = list(encode_h264(frames, frames_per_s=10.0, pictures_per_gop=10))
    path.write_bytes(b"".join(mux_ts(units, [], synchronous=True)))
    return path


def test_the_times_of_key_pictures_are_those_that_were_written(stream):
    np.testing.assert_allclose(np.diff(key_times(stream)), 1.0, atol=1e-6)
    assert len(key_times(stream)) == 25


def test_a_key_picture_is_the_same_whether_the_rest_is_decoded_or_not(stream):
    every = {round(picture.pts_s * 90_000): picture.rgb for picture in read_pictures(stream)}
    found = list(key_pictures(stream, key_times(stream).tolist()))
    assert len(found) == 25
    for picture in found:
        np.testing.assert_array_equal(picture.rgb, every[round(picture.pts_s * 90_000)])


def test_pictures_far_into_the_file_are_sought_and_are_the_same(stream):
    wanted_s = key_times(stream)[[22, 24]]
    every = {round(picture.pts_s * 90_000): picture.rgb for picture in read_pictures(stream)}
    found = list(key_pictures(stream, wanted_s.tolist()))
    assert [round(picture.pts_s, 4) for picture in found] == np.round(wanted_s, 4).tolist()
    for picture in found:
        np.testing.assert_array_equal(picture.rgb, every[round(picture.pts_s * 90_000)])


def test_no_wanted_time_is_no_picture(stream):
    assert list(key_pictures(stream, [])) == []


def test_a_time_between_key_pictures_is_none(stream):
    assert list(key_pictures(stream, [float(key_times(stream)[3]) + 0.5])) == []


def test_what_is_no_video_is_refused(tmp_path):
    path = tmp_path / "words.ts"
    path.write_text("no video")
    with pytest.raises(InputError):
        key_times(path)
