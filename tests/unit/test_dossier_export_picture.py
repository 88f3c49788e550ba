"""A picture that leaves is never finer than the limit, and says where, how large and that it is synthetic."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.dossier.export_picture import (
    CROP_HEIGHT_PX,
    CROP_WIDTH_PX,
    FrameToExport,
    coarsen,
    export_picture,
)
from atalaya.dossier.picture_marks import scale_bar_m
from atalaya.errors import InputError


def frame(gsd_m=0.05, width=640, height=480, x=320.0, y=240.0, hidden=None, rgb=None):
    if rgb is None:
        rgb = np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return FrameToExport(
        rgb=rgb,
        gsd_m=gsd_m,
        site_x_px=x,
        site_y_px=y,
        site_radius_px=30.0,
        hidden=hidden,
    )


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0.005, 2.0),
    st.integers(60, 500),
    st.integers(60, 400),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0.15, 1.0),
)
def test_no_picture_is_finer_than_the_limit(gsd_m, width, height, across, down, limit):
    given_frame = frame(gsd_m, width, height, across * (width - 1), down * (height - 1))
    try:
        found = coarsen(given_frame, limit_gsd_m=limit)
    except InputError:
        assert min(width, height) * gsd_m < limit
        return
    assert found.gsd_m >= limit * (1 - 1e-9)
    assert found.gsd_m >= gsd_m
    assert found.rgb.shape[0] <= CROP_HEIGHT_PX
    assert found.rgb.shape[1] <= CROP_WIDTH_PX
    assert -0.5 <= found.site_x_px <= found.rgb.shape[1] - 0.5
    assert -0.5 <= found.site_y_px <= found.rgb.shape[0] - 0.5


def test_a_pattern_finer_than_the_limit_is_gone():
    stripes = np.zeros((480, 640, 3), dtype=np.uint8)
    stripes[:, ::2] = 255  # 5 cm stripes, 0.05 m/px
    found = coarsen(frame(rgb=stripes))
    assert found.gsd_m == pytest.approx(0.15, rel=0.01)
    assert found.rgb.std() < 50  # a black and white pattern has 127


def test_the_site_stays_on_the_same_thing():
    rgb = np.zeros((480, 640, 3), dtype=np.uint8)
    rgb[90:111, 500:521] = 255
    found = coarsen(frame(rgb=rgb, x=510.0, y=100.0))
    bright = np.argwhere(found.rgb[..., 0] > 128).mean(axis=0)
    assert bright == pytest.approx([found.site_y_px, found.site_x_px], abs=0.6)


def test_a_coarse_frame_is_kept_as_it_is():
    given_frame = frame(gsd_m=0.4)
    found = coarsen(given_frame)
    assert found.gsd_m == 0.4
    assert np.array_equal(found.rgb, given_frame.rgb)


def test_what_is_hidden_cannot_be_seen():
    rgb = np.full((480, 640, 3), 90, dtype=np.uint8)
    rgb[200:204, 300:304] = 255
    hidden = np.zeros((480, 640), dtype=bool)
    hidden[200:204, 300:304] = True
    found = coarsen(frame(gsd_m=0.2, rgb=rgb, hidden=hidden))
    assert found.rgb.min() == found.rgb.max() == 90


def test_a_frame_hidden_all_over_shows_one_colour():
    found = coarsen(frame(gsd_m=0.2, hidden=np.ones((480, 640), dtype=bool)))
    assert np.ptp(found.rgb.reshape(-1, 3), axis=0).max() == 0


@pytest.mark.parametrize("gsd_m", [0.0, -1.0, float("nan"), float("inf")])
def test_an_unknown_resolution_is_never_exported(gsd_m):
    with pytest.raises(InputError, match="resolution"):
        frame(gsd_m=gsd_m)


def test_a_finer_limit_is_refused():
    with pytest.raises(InputError, match=r"0\.15"):
        export_picture(frame(), synthetic=False, limit_gsd_m=0.1)


@pytest.mark.parametrize("place", [(-1.0, 5.0), (640.0, 5.0), (float("nan"), 5.0), (5.0, 480.0)])
def test_a_site_outside_the_picture_is_refused(place):
    with pytest.raises(InputError, match="not in the picture"):
        frame(x=place[0], y=place[1])


def test_another_array_is_refused():
    with pytest.raises(InputError, match="uint8"):
        frame(rgb=np.zeros((480, 640), dtype=np.uint8))
    with pytest.raises(InputError, match="hidden"):
        frame(hidden=np.zeros((2, 2), dtype=bool))


def test_a_synthetic_picture_bears_the_mark_and_a_real_one_does_not():
    rgb = np.full((480, 640, 3), 90, dtype=np.uint8)
    marked = export_picture(frame(gsd_m=0.3, rgb=rgb), synthetic=True).rgb
    real = export_picture(frame(gsd_m=0.3, rgb=rgb), synthetic=False).rgb
    red = (marked == (176, 0, 0)).all(axis=2)
    assert red[:20, :150].sum() > 1000
    assert not (real == (176, 0, 0)).all(axis=2).any()
    assert np.array_equal(marked[60:], real[60:])


def test_the_site_is_marked_and_its_centre_left_open():
    rgb = np.full((480, 640, 3), 90, dtype=np.uint8)
    found = export_picture(frame(gsd_m=0.3, rgb=rgb), synthetic=False)
    red, green, blue = np.moveaxis(found.rgb.astype(int), 2, 0)
    yellow = (red > 200) & (green > 150) & (blue < 80)
    ring = cv2.distanceTransform((~yellow).astype(np.uint8), cv2.DIST_L2, 5)
    assert ring[240, 350] <= 2
    assert (found.rgb[239:242, 319:322] == 90).all()


def test_a_scale_bar_has_a_round_length_within_a_quarter():
    assert scale_bar_m(720, 0.15) == 20
    assert scale_bar_m(640, 0.5) == 50
    assert scale_bar_m(40, 0.15) == 1
