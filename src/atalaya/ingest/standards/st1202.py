"""ST 1202: how one picture's coordinates become another's (a plane projective transformation).

Source: MISB ST 1202.2.
"""

from atalaya.ingest.codecs import Coded, Floating, Integer
from atalaya.ingest.local_set import SetSpec, specs
from atalaya.ingest.standards.st1010 import SDCC, with_members

_SDCC_ITEM = 9
_FACTOR = Floating(sizes=(4,))

GENERALIZED_TRANSFORMATION = SetSpec(
    standard="1202",
    title="Generalized Transformation Local Set",
    key=bytes.fromhex("060e2b34020b01010e01030505000000"),
    version_tag=10,
    refine=lambda entries: with_members(entries, _SDCC_ITEM),
    items=specs(
        (1, "X Equation Numerator - X Factor", _FACTOR),
        (2, "X Equation Numerator - Y Factor", _FACTOR),
        (3, "X Equation Numerator - Constant", _FACTOR),
        (4, "Y Equation Numerator - X Factor", _FACTOR),
        (5, "Y Equation Numerator - Y Factor", _FACTOR),
        (6, "Y Equation Numerator - Constant", _FACTOR),
        (7, "Denominator - X Factor", _FACTOR),
        (8, "Denominator - Y Factor", _FACTOR),
        (_SDCC_ITEM, "Standard Deviations and Correlations (SDCC-FLP)", SDCC),
        (10, "Document Version", Integer(size=1)),
        (
            11,
            "Transformation Type",
            Coded(
                labels={
                    0: "Not Defined",
                    1: "Chipping",
                    2: "Child-Parent",
                    3: "Pixel to Image Space",
                    4: "Optical",
                }
            ),
        ),
    ),
)
