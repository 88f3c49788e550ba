import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.detection.local_rx import local_rx, local_rx_numpy
from atalaya.errors import InputError


def coloured_noise(rows: int, cols: int, channels: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, cols, channels)) @ rng.normal(size=(channels, channels)) * 9.0 + 120.0


def moved(middle: int, side: int, size: int) -> slice:
    begin = min(max(middle - side // 2, 0), size - side)
    return slice(begin, begin + side)


def one_by_one(cube: np.ndarray, inner: int, outer: int) -> np.ndarray:
    """The definition, pixel by pixel, with np.cov and an inverse."""
    rows, cols, _ = cube.shape
    answer = np.empty((rows, cols))
    for row in range(rows):
        for col in range(cols):
            taken = np.zeros((rows, cols), dtype=bool)
            taken[moved(row, outer, rows), moved(col, outer, cols)] = True
            taken[moved(row, inner, rows), moved(col, inner, cols)] = False
            background = cube[taken]
            offset = cube[row, col] - background.mean(axis=0)
            inverse = np.linalg.inv(np.atleast_2d(np.cov(background, rowvar=False)))
            answer[row, col] = offset @ inverse @ offset
    return answer


@pytest.mark.parametrize(("channels", "window"), [(1, (1, 3)), (3, (3, 9)), (4, (5, 11)), (10, (1, 13))])
def test_it_is_the_textbook_definition_at_borders_and_corners_too(channels: int, window: tuple[int, int]):
    cube = coloured_noise(15, 19, channels)
    np.testing.assert_allclose(local_rx(cube, window), one_by_one(cube, *window), rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 3, 7])
def test_kernel_and_numpy_agree_with_holes_in_the_picture(channels: int):
    cube = coloured_noise(31, 26, channels)
    cube[4:12, 7:15, 0] = np.nan
    cube[20, 20, -1] = np.inf
    ours, plain = local_rx(cube, (3, 9), 0.5), local_rx_numpy(cube, (3, 9), 0.5)
    np.testing.assert_allclose(ours, plain, rtol=1e-5)
    assert np.isnan(ours[4:12, 7:15]).all()
    assert np.isnan(ours[20, 20])
    assert np.isfinite(ours[19, 19])


def test_what_is_not_finite_is_in_nobodys_background():
    cube = coloured_noise(21, 21, 2)
    loud, gone = cube.copy(), cube.copy()
    loud[3, 3] = 1e6
    gone[3, 3] = np.nan
    assert local_rx(gone, (3, 9))[6, 6] != pytest.approx(float(local_rx(loud, (3, 9))[6, 6]))
    assert local_rx(gone, (3, 9))[6, 6] == pytest.approx(float(local_rx(cube, (3, 9))[6, 6]), rel=0.2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 5.0), st.floats(-300.0, 300.0))
def test_a_change_of_basis_changes_nothing(seed: int, scale: float, shift: float):
    cube = coloured_noise(12, 13, 3, seed)
    mixing = np.array([[1.0, 0.2, 0.0], [0.0, 1.0, -0.3], [0.1, 0.0, 1.0]]) * scale
    np.testing.assert_allclose(
        local_rx_numpy(cube @ mixing + shift, (3, 9)), local_rx_numpy(cube, (3, 9)), rtol=1e-3
    )


def test_a_thing_no_wider_than_the_inner_window_stands_out_most():
    cube = coloured_noise(60, 60, 3)
    cube[30:33, 40:43] += 200.0
    row, col = np.unravel_index(int(np.argmax(local_rx(cube, (5, 21)))), (60, 60))
    assert 30 <= row < 33
    assert 40 <= col < 43


@pytest.mark.parametrize("seen_by", [local_rx, local_rx_numpy])
def test_a_background_without_spread_is_unknown_unless_noise_is_stated(seen_by):
    flat = np.full((20, 20, 3), 200, dtype=np.uint8)
    flat[10, 10] = 190
    assert np.isnan(seen_by(flat, (3, 9))[0, 0])
    distance = seen_by(flat, (3, 9), 4.0)
    assert distance[10, 10] == pytest.approx(75.0)
    assert distance[0, 0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("seen_by", [local_rx, local_rx_numpy])
def test_a_channel_said_twice_is_unknown_and_not_a_huge_number(seen_by):
    cube = coloured_noise(20, 20, 2)
    assert np.isnan(seen_by(np.dstack([cube, cube[..., 0]]), (3, 9))).all()


def test_a_whole_picture_not_finite_is_unknown():
    assert np.isnan(local_rx(np.full((9, 9, 2), np.nan), (1, 5))).all()


@pytest.mark.parametrize(
    ("shape", "window", "noise"),
    [
        ((20, 20), (3, 9), 0.0),
        ((20, 20, 17), (3, 9), 0.0),
        ((20, 20, 3), (4, 9), 0.0),
        ((20, 20, 3), (9, 9), 0.0),
        ((20, 20, 3), (3, 21), 0.0),
        ((20, 20, 8), (1, 3), 0.0),
        ((20, 20, 3), (3, 9), -1.0),
        ((20, 20, 3), (3, 9), float("nan")),
    ],
)
def test_wrong_cubes_windows_and_noise_are_refused(
    shape: tuple[int, ...], window: tuple[int, int], noise: float
):
    with pytest.raises(InputError):
        local_rx(np.zeros(shape), window, noise)


def test_complex_numbers_are_refused():
    with pytest.raises(InputError, match="real"):
        local_rx(np.zeros((9, 9, 2), dtype=complex), (1, 5))
