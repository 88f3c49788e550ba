"""ST 0102, the Security Metadata Local Set: how a stream is classified, in the standard's own codes.

Source: MISB ST 0102.12, table of local set items; items 15 to 21 stem from earlier revisions.
"""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.codecs import Coded, Integer, Text
from atalaya.ingest.local_set import SetSpec, specs
from atalaya.ingest.standards.coded_fields import Octets, WrittenDate
from atalaya.ingest.value import Decoded, Value, cleared, malformed

CLASSIFICATIONS = {1: "UNCLASSIFIED", 2: "RESTRICTED", 3: "CONFIDENTIAL", 4: "SECRET", 5: "TOP SECRET"}
_OMITTED = "omitted value"
_SHARED_CODINGS = {
    1: "ISO-3166 two letter",
    2: "ISO-3166 three letter",
    6: "STANAG 1059 two letter",
    7: "STANAG 1059 three letter",
    8: _OMITTED,
    9: _OMITTED,
    13: "GENC two letter",
    14: "GENC three letter",
    15: "GENC numeric",
}
COUNTRY_CODINGS = _SHARED_CODINGS | {
    3: "FIPS 10-4 two letter",
    4: "FIPS 10-4 four letter",
    5: "ISO-3166 numeric",
    10: "FIPS 10-4 mixed",
    11: "ISO-3166 mixed",
    12: "STANAG 1059 mixed",
    16: "GENC mixed",
}
"""How classifying and releasing countries are written (item 2)."""
OBJECT_COUNTRY_CODINGS = _SHARED_CODINGS | {
    3: "ISO-3166 numeric",
    4: "FIPS 10-4 two letter",
    5: "FIPS 10-4 four letter",
    10: _OMITTED,
    11: _OMITTED,
    12: _OMITTED,
    64: "GENC AdminSub",
}
"""How object countries are written (item 12)."""


@dataclass(frozen=True, slots=True)
class ObjectCountries:
    """Country codes in UTF-16, as the standard wants; also in ASCII, as some producers write them."""

    def decode(self, data: bytes, /) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if 0 not in data and data.isascii():
            return Value(value=data.decode("ascii"), raw=data)
        try:
            return Value(value=data.decode("utf-16-be"), raw=data)
        except UnicodeDecodeError as error:
            return malformed(data, f"UTF-16 was wanted: {error.reason}")

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec; as ASCII only where a length of one byte for each letter is asked for.

        Raises:
            KlvError: no text.
        """
        if not isinstance(value, str):
            raise KlvError(f"a text was wanted, got {value!r}")
        if value.isascii() and length == len(value):
            return value.encode("ascii")
        try:
            return value.encode("utf-16-be")
        except UnicodeEncodeError as error:
            raise KlvError(f"text that UTF-16 can say was wanted: {error.reason}") from error


SECURITY = SetSpec(
    standard="0102",
    title="Security Local Set",
    items=specs(
        (1, "Security Classification", Coded(labels=CLASSIFICATIONS)),
        (2, "Country Coding Method", Coded(labels=COUNTRY_CODINGS)),
        (3, "Classifying Country", Text()),
        (4, "SCI/SHI Information", Text()),
        (5, "Caveats", Text()),
        (6, "Releasing Instructions", Text()),
        (7, "Classified By", Text()),
        (8, "Derived From", Text()),
        (9, "Classification Reason", Text()),
        (10, "Declassification Date", WrittenDate(hyphens=False)),
        (11, "Classification and Marking System", Text()),
        (12, "Object Country Coding Method", Coded(labels=OBJECT_COUNTRY_CODINGS)),
        (13, "Object Country Codes", ObjectCountries()),
        (14, "Classification Comments", Text()),
        (15, "UMID Video", Octets(32)),
        (16, "UMID Audio", Octets(32)),
        (17, "UMID Data", Octets(32)),
        (18, "UMID System", Octets(32)),
        (19, "Stream ID", Integer(size=1)),
        (20, "Transport Stream ID", Integer(size=2)),
        (21, "Item Designator ID", Octets(16)),
        (22, "Version", Integer(size=2)),
        (23, "Country Coding Method Version Date", WrittenDate(hyphens=True)),
        (24, "Object Country Coding Method Version Date", WrittenDate(hyphens=True)),
    ),
    key=bytes.fromhex("060e2b34020301010e01030302000000"),
    version_tag=22,
)
