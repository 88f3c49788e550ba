"""The gate refuses a detector by what it calls its classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.detection.detector import no_detections
from atalaya.detection.gate import admit, refused_among
from atalaya.detection.local_anomaly import LocalAnomalyDetector
from atalaya.detection.refused_classes import REFUSED_WORDS
from atalaya.errors import InputError, NotPermittedError
from atalaya.model.detection import DetectionKind, ImageDetections


class Declared:
    """A detector that finds nothing and says whatever it is told to say."""

    name, version = "declared", "1"

    def __init__(
        self, *class_names: str, kinds: tuple[DetectionKind, ...] = (DetectionKind.ANOMALY,)
    ) -> None:
        self.class_names, self.kinds = class_names, kinds

    def detect(self, rgb: np.ndarray, gsd_m: float) -> ImageDetections:
        return no_detections()


@pytest.mark.parametrize(
    "name",
    ["person", "Person_01", "PEDESTRIAN", "people", "isHuman", "peatón", "license plate", "rostro", "rifle"],
)
def test_a_class_for_persons_plates_or_weapons_is_refused_however_it_is_written(name):
    with pytest.raises(NotPermittedError, match="refused"):
        admit(Declared("roof", name))


@pytest.mark.parametrize("name", ["roof", "car", "truck", "drum", "tank", "manhole", "tarpaulin", "hot_spot"])
def test_places_and_vehicles_are_admitted(name):
    detector = Declared(name)
    assert admit(detector) is detector


def test_the_refusal_names_the_class_it_refused():
    with pytest.raises(NotPermittedError, match="'crowd'"):
        admit(Declared("tarp", "crowd"))


def test_a_detector_that_declares_nothing_is_refused():
    with pytest.raises(InputError, match="declare"):
        admit(Declared())
    with pytest.raises(InputError, match="declare"):
        admit(Declared("roof", kinds=()))
    with pytest.raises(InputError, match="do not exist"):
        admit(Declared("roof", kinds=("person-like",)))  # what is tested


def test_the_built_in_detector_is_admitted():
    assert admit(LocalAnomalyDetector()).name == "local-anomaly"


@given(
    st.sampled_from(sorted(REFUSED_WORDS)),
    st.sampled_from(["", "_", "-", " ", "01"]),
    st.booleans(),
)
def test_no_listed_word_passes_in_any_case_or_beside_another_word(word, separator, upper):
    written = word.upper() if upper else word
    assert refused_among((f"{written}{separator}",)) == (f"{written}{separator}",)
    assert refused_among((f"roof {written}",))
