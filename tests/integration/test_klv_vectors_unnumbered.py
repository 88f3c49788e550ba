"""jmisb's vectors that name a value but not its item: the item is known by the name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from atalaya.errors import KlvError
from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.standards.st0806 import AREA_OF_INTEREST, POINT_OF_INTEREST
from atalaya.ingest.standards.st0903_parts import VMASK, VTRACKER
from atalaya.ingest.standards.st0903_target import VTARGET
from atalaya.ingest.standards.st1108 import INTERPRETABILITY_AND_QUALITY, METRIC
from atalaya.ingest.standards.st1206 import SAR_MOTION_IMAGERY
from atalaya.ingest.value import Flag
from klv_vectors import VECTORS, Vector, literal_number, says
from shared_data import shared_file

pytestmark = pytest.mark.shared
ITEMS: dict[str, tuple[SetSpec, int]] = {
    "AccelerationT": (VTRACKER, 11),
    "AlgorithmT": (VTRACKER, 6),
    "AssessmentPointT": (INTERPRETABILITY_AND_QUALITY, 1),
    "BitMaskSeriesT": (VMASK, 2),
    "BoundarySeriesT": (VTRACKER, 5),
    "CompressionProfileT": (INTERPRETABILITY_AND_QUALITY, 6),
    "CompressionRatioT": (INTERPRETABILITY_AND_QUALITY, 8),
    "CompressionTypeT": (INTERPRETABILITY_AND_QUALITY, 5),
    "ConfidenceT": (VTRACKER, 7),
    "CornerLatitudePoint1T": (AREA_OF_INTEREST, 2),
    "CornerLatitudePoint3T": (AREA_OF_INTEREST, 4),
    "CornerLongitudePoint1T": (AREA_OF_INTEREST, 3),
    "CornerLongitudePoint3T": (AREA_OF_INTEREST, 5),
    "DetectionStatusT": (VTRACKER, 2),
    "EndTimeT": (VTRACKER, 4),
    "MetricImplementerT": (METRIC, 3),
    "MetricParametersT": (METRIC, 4),
    "MetricPeriodPackT": (INTERPRETABILITY_AND_QUALITY, 2),
    "MetricTimeT": (METRIC, 5),
    "MetricValueT": (METRIC, 6),
    "MetricVersionT": (METRIC, 2),
    "NumTrackPointsT": (VTRACKER, 8),
    "PixelPolygonT": (VMASK, 1),
    "PoiLatitudeT": (POINT_OF_INTEREST, 2),
    "PoiLongitudeT": (POINT_OF_INTEREST, 3),
    "RadarCrossSectionScaleFactorPolynomialT": (SAR_MOTION_IMAGERY, 22),
    "StartTimeT": (VTRACKER, 3),
    "StreamBitrateT": (INTERPRETABILITY_AND_QUALITY, 9),
    "TargetBoundarySeriesT": (VTARGET, 18),
    "TrackIdT": (VTRACKER, 1),
    "VelocityT": (VTRACKER, 10),
    "WindowCornersPackT": (INTERPRETABILITY_AND_QUALITY, 3),
}
NO_VALUE = ("Infinity\u00b0", "Double.POSITIVE_INFINITY")


def named(direction: str) -> Iterator[Vector]:
    for line in json.loads(shared_file(VECTORS).read_text(encoding="utf-8")):
        if "tag" not in line and line["dir"] == direction and line["name"] in ITEMS:
            yield _vector(line)


def _vector(line: Any) -> Vector:
    spec, tag = ITEMS[line["name"]]
    said = line.get("value", line.get("expr", line.get("from")))
    said = said.encode().decode("unicode_escape") if isinstance(said, str) else said
    data = bytes.fromhex(line["hex"])
    return Vector(spec=spec, tag=tag, data=data, said=said, tolerance=line.get("tol"))


def test_every_vector_that_is_to_be_refused_is_flagged():
    refused = list(named("reject"))
    assert len(refused) > 20
    taken = [str(one) for one in refused if one.spec.items[one.tag].codec.decode(one.data).flag is Flag.OK]
    assert taken == []


def test_every_vector_is_decoded_to_its_value():
    wrong = []
    for vector in named("decode"):
        value = vector.spec.items[vector.tag].codec.decode(vector.data)
        unknown = vector.said in NO_VALUE
        right = value.flag is Flag.ERROR_INDICATOR if unknown else says(value, vector)
        wrong += [] if right else [str(vector)]
    assert wrong == []


def test_every_vector_is_encoded_to_its_bytes():
    wrong = []
    for vector in named("encode"):
        codec = vector.spec.items[vector.tag].codec
        number = literal_number(vector.said)
        value = codec.decode(vector.data).value if number is None or vector.said in NO_VALUE else number
        try:
            written = codec.encode(value)
        except KlvError:
            written = b""
        wrong += [] if written == vector.data else [str(vector)]
    assert wrong == []
