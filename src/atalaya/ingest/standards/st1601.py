"""ST 1601: how a picture was laid on the ground: points that correspond, and their uncertainty.

Source: MISB ST 1601.1; ST 1303.2 for the arrays.
"""

from atalaya.ingest.codecs import Integer, Text
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.local_set import SetSpec, specs
from atalaya.ingest.series import UniqueId
from atalaya.ingest.standards.st1303 import FLOATS, UNSIGNED, Mdarray

_TEXT = Text(longest=65_535)
_CORRELATION = Imapb(low=-1.0, high=1.0)
_PIXEL_SIGMA = Imapb(low=0.0, high=100.0)
_GROUND_SIGMA = Imapb(low=0.0, high=650.0)
_HEIGHT_SIGMA = Imapb(low=0.0, high=1000.0)

GEO_REGISTRATION = SetSpec(
    standard="1601",
    title="Geo-Registration Local Set",
    key=bytes.fromhex("060e2b34020b01010e01030301000000"),
    version_tag=1,
    items=specs(
        (1, "Document Version", Integer()),
        (2, "Algorithm Name", _TEXT),
        (3, "Algorithm Version", _TEXT),
        (4, "Correspondence Points - Row/Column", Mdarray(natural=UNSIGNED)),
        (5, "Correspondence Points - Latitude/Longitude", Mdarray(natural=FLOATS)),
        (6, "Second Image Name", _TEXT),
        (7, "Algorithm Configuration Identifier", UniqueId()),
        (8, "Correspondence Points - Elevation", Mdarray(natural=FLOATS)),
        (
            9,
            "Correspondence Points SDCC - Row/Column",
            Mdarray(natural=(_PIXEL_SIGMA, _PIXEL_SIGMA, _CORRELATION) * 2, dimensions=2),
        ),
        (
            10,
            "Correspondence Points SDCC - Latitude/Longitude/Elevation",
            Mdarray(
                natural=(
                    _GROUND_SIGMA,
                    _GROUND_SIGMA,
                    _CORRELATION,
                    _HEIGHT_SIGMA,
                    _CORRELATION,
                    _CORRELATION,
                ),
                dimensions=2,
            ),
        ),
    ),
)
