"""What every registered detector must do: one suite, run on each entry point."""

from importlib.metadata import entry_points

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from atalaya.detection.detector import ENTRY_POINT_GROUP, Detector
from atalaya.detection.gate import admit
from atalaya.errors import InputError, NotPermittedError
from atalaya.model.detection import DetectionKind, ImageDetections

REGISTERED = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


@pytest.fixture(params=sorted(REGISTERED))
def detector(request: pytest.FixtureRequest) -> Detector:
    made: Detector = REGISTERED[request.param].load()()
    return admit(made)


def picture(seed: int = 0, height: int = 180, width: int = 320) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    shade = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 2) * 40 + 100
    rgb = np.clip(np.dstack([shade, shade * 1.05, shade * 0.7]), 0, 255).astype(np.uint8)
    rgb[60:76, 100:116] = (70, 90, 200)
    return rgb


def require_sound(found: ImageDetections, detector: Detector, shape: tuple[int, ...]) -> None:
    assert isinstance(found, ImageDetections)
    assert found.kind.dtype.kind == "U"
    assert set(found.kind.tolist()) <= {kind.value for kind in detector.kinds}
    numbers = (found.x_px, found.y_px, found.width_px, found.height_px, found.weight_bits)
    for column in numbers:
        assert column.dtype == np.float64
        assert column.shape == (len(found),)
        assert np.isfinite(column).all()
    assert (found.width_px > 0).all()
    assert (found.height_px > 0).all()
    assert ((found.x_px >= -0.5) & (found.x_px <= shape[1] - 0.5)).all()
    assert ((found.y_px >= -0.5) & (found.y_px <= shape[0] - 0.5)).all()


def test_the_built_in_detector_is_registered():
    assert "local-anomaly" in REGISTERED


def test_it_is_a_detector_and_declares_kinds_that_exist(detector):
    assert isinstance(detector, Detector)
    assert detector.kinds
    assert all(isinstance(kind, DetectionKind) for kind in detector.kinds)
    assert detector.name in REGISTERED


@pytest.mark.parametrize("gsd_m", [0.08, 0.3, 1.0, 5.0])
def test_its_answer_is_sound_at_every_gsd(detector, gsd_m):
    rgb = picture()
    require_sound(detector.detect(rgb, gsd_m), detector, rgb.shape)


@pytest.mark.parametrize("shape", [(0, 0, 3), (0, 40, 3), (1, 1, 3), (1, 200, 3), (2, 2, 3), (7, 5, 3)])
def test_tiny_and_empty_pictures_give_a_sound_answer(detector, shape):
    rgb = np.full(shape, 128, np.uint8)
    require_sound(detector.detect(rgb, 0.3), detector, shape)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_constant_picture_shows_nothing(detector, level):
    assert len(detector.detect(np.full((90, 160, 3), level, np.uint8), 0.3)) == 0


def test_pure_noise_gives_a_sound_answer(detector):
    rgb = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    require_sound(detector.detect(rgb, 0.3), detector, rgb.shape)


def test_it_never_changes_the_picture_and_works_on_one_that_cannot_be_changed(detector):
    rgb = picture()
    before = rgb.copy()
    rgb.setflags(write=False)
    detector.detect(rgb, 0.3)
    assert np.array_equal(rgb, before)


def test_the_same_picture_gives_the_same_answer(detector):
    first, second = detector.detect(picture(), 0.3), detector.detect(picture(), 0.3)
    for name, column in first.columns().items():
        assert np.array_equal(column, second.columns()[name])


def test_its_kernels_are_metres_not_pixels(detector):
    """The same ground at half the GSD gives the same heaviest place, within a metre."""
    coarse = picture()
    fine = cv2.resize(coarse, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    places = []
    for rgb, gsd_m in ((coarse, 0.4), (fine, 0.2)):
        found = detector.detect(rgb, gsd_m)
        assert len(found) > 0
        best = int(found.weight_bits.argmax())
        places.append(((found.x_px[best] + 0.5) * gsd_m, (found.y_px[best] + 0.5) * gsd_m))
    assert np.hypot(*(np.array(places[0]) - np.array(places[1]))) < 1.0


@pytest.mark.parametrize(
    "rgb", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3))]
)
def test_what_is_no_picture_is_refused(detector, rgb):
    with pytest.raises(InputError):
        detector.detect(rgb, 0.3)


@pytest.mark.parametrize("gsd_m", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_gsd_is_refused(detector, gsd_m):
    with pytest.raises(InputError):
        detector.detect(picture(), gsd_m)


def test_the_same_detector_with_a_person_class_is_refused(detector):
    class WithPersons(type(detector)):  # type: ignore[misc]  # the class is known at run time only
        class_names = (*detector.class_names, "person")

    with pytest.raises(NotPermittedError):
        admit(WithPersons())
