"""A time written into a coded picture is found there again and hurts nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.ingest.picture_stamp import stamped
from atalaya.ingest.picture_time import PictureTime, Search, VideoCoding, find_picture_time

PICTURE = (
    b"\x00\x00\x00\x01\x09\xf0"  # delimiter
    b"\x00\x00\x00\x01\x67\x42\x00\x1f"  # parameter sets
    b"\x00\x00\x00\x01\x68\xce\x38\x80"
    b"\x00\x00\x01\x65\x88\x84\x21"  # a slice with a short start code
    b"\x00\x00\x01\x65\x44\x84\x21"
)


@given(time_us=st.integers(0, (1 << 63) - 1))
def test_the_time_is_found_and_the_picture_is_otherwise_the_same(time_us):
    made = stamped(PICTURE, time_us)
    found = find_picture_time(made, VideoCoding.H264)
    assert isinstance(found, PictureTime)
    assert (found.time_us, found.locked) == (time_us, False)
    at = made.find(b"\x00\x00\x00\x01\x06\x05")
    assert made[:at] + made[at + 36 :] == PICTURE
    assert b"\x00\x00\x01" not in made[at + 5 : at + 35]  # no start code arises
    assert at == PICTURE.find(b"\x00\x00\x01\x65")


def test_a_picture_without_a_time_has_none():
    assert find_picture_time(PICTURE, VideoCoding.H264) is Search.ABSENT


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x01", b"\x00\x00\x01\x67\x42", b"noise"])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(InputError, match="no slice"):
        stamped(data, 1)
