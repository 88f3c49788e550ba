"""jmisb's vectors of the moving-target, remote-video, text and radar standards."""

import pytest

from atalaya.errors import KlvError
from atalaya.ingest.codecs import Opaque, Raw
from atalaya.ingest.value import Flag
from klv_vectors import literal_number, says, vectors

pytestmark = pytest.mark.shared
STANDARDS = ("0806", "0808", "0903", "1206")
MISPLACED = (bytes.fromhex("01070103"),)
"""A whole VTrackItem that the list of vectors takes for one of its items."""
REVISIONS = (None, 3)
"""A vector does not say which form of a range its bytes have; a set does."""
NO_VALUE = ("NaN\u00b0", "Infinity\u00b0", "Double.POSITIVE_INFINITY")
"""What jmisb shows for an error indicator."""


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_vector_that_is_to_be_refused_is_flagged(standard):
    refused = vectors((standard,), "reject")
    found = [str(one) for one in refused if one.spec.items[one.tag].codec.decode(one.data).flag is Flag.OK]
    assert found == []


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_vector_is_decoded_to_its_value(standard):
    wrong = []
    for vector in vectors((standard,), "decode"):
        if isinstance(vector.spec.items[vector.tag].codec, Raw | Opaque):
            continue
        codecs = [vector.spec.items_of(revision)[vector.tag].codec for revision in REVISIONS]
        values = [codec.decode(vector.data) for codec in codecs]
        if vector.said in NO_VALUE:
            right = any(value.flag is Flag.ERROR_INDICATOR for value in values)
        else:
            right = any(says(value, vector) for value in values)
        wrong += [] if right else [str(vector)]
    assert wrong == []


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_vector_is_encoded_to_its_bytes(standard):
    wrong = []
    for vector in vectors((standard,), "encode"):
        codec = vector.spec.items[vector.tag].codec
        number = literal_number(vector.said)
        value = codec.decode(vector.data).value if number is None else number
        if vector.data in MISPLACED:
            continue
        if isinstance(codec, Opaque):
            with pytest.raises(KlvError):
                codec.encode(value)
        elif codec.encode(value, None if number is not None else len(vector.data)) != vector.data:
            wrong.append(str(vector))
    assert wrong == []
