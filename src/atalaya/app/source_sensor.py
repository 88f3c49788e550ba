"""Whether a source's pictures are warmth: as its own stream says of its sensor."""

from itertools import islice
from pathlib import Path

from atalaya.app.stream_reading import read_stream
from atalaya.app.stream_values import values_at
from atalaya.io.original import read_chunks

_SENSOR_TAG = 11
_HEAD_CHUNKS = 4
_WARM = ("LWIR", "MWIR", "SWIR", "THERMAL", "IR")


def says_thermal(path: Path) -> bool:
    """Whether the image source sensor (ST 0601 item 11), in the first packets, is an infrared one.

    A stream that does not say is taken for one of visible light.

    Raises:
        ExternalError: it cannot be read.
    """
    reading = read_stream(islice(read_chunks(path), _HEAD_CHUNKS))
    names = [
        str(item.value).upper()
        for found in values_at(reading, pts_s=None, frame=0)
        for item in found.items
        if item.tag == _SENSOR_TAG and item.value is not None
    ]
    return any(mark in name.replace("-", " ").replace("_", " ").split() for name in names for mark in _WARM)
