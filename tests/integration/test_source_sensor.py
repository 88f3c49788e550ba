"""Whether a source is told for one of warmth, by what its own stream says."""

import pytest

from atalaya.app.source_sensor import says_thermal
from atalaya.ingest.encode import encode_frames
from small_sortie import flight


@pytest.mark.parametrize(
    ("sensor", "thermal"),
    [("LWIR", True), ("MWIR-2", True), ("IR Nose", True), ("EO", False), ("Mirador", False), (None, False)],
)
def test_a_stream_is_thermal_where_its_sensor_is_an_infrared_one(tmp_path, sensor, thermal):
    said = {} if sensor is None else {"sensor_name": sensor}
    packets = encode_frames(flight(3), mission_id="test", platform_designation="test", **said)
    path = tmp_path / "stream.klv"
    path.write_bytes(b"".join(packets))
    assert says_thermal(path) is thermal


def test_what_is_no_stream_is_not_thermal(tmp_path):
    path = tmp_path / "noise.ts"
    path.write_bytes(bytes(range(256)) * 20)
    assert says_thermal(path) is False
