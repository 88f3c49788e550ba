"""ST 0808: messages in text beside the video.

Source: MISB ST 0808.1.
"""

from atalaya.ingest.codecs import Integer, Text
from atalaya.ingest.local_set import SetSpec, specs

_TEXT = Text(longest=65_535)
_TIME = Integer(size=8, unit="us")

ANCILLARY_TEXT = SetSpec(
    standard="0808",
    title="Ancillary Text Local Set",
    key=bytes.fromhex("060e2b34020301010e01030502000000"),
    time_tag=2,
    items=specs(
        (1, "Originator", _TEXT),
        (2, "Precision Time Stamp", _TIME),
        (3, "Message Body", _TEXT),
        (4, "Source", _TEXT),
        (5, "Message Creation Time", _TIME),
    ),
)
