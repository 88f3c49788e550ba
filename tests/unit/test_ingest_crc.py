"""Sets that are closed by a CRC: ST 0806 (CRC-32), ST 1002 and ST 1108 (CRC-16-CCITT)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import ChecksumState, Closing, Summing, checksum_state, crc_16, crc_32
from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet, encode_packet
from atalaya.ingest.standards.st0806 import RVT
from atalaya.ingest.standards.st1002 import RANGE_IMAGE
from atalaya.ingest.standards.st1108 import INTERPRETABILITY_AND_QUALITY

TIME = (10**15).to_bytes(8, "big")
SETS = [
    (RVT, item_bytes(2, TIME) + item_bytes(14, b"\x0d")),
    (RANGE_IMAGE, item_bytes(1, TIME) + item_bytes(11, b"\x02")),
    (INTERPRETABILITY_AND_QUALITY, item_bytes(1, b"\x02") + item_bytes(10, b"\x03")),
]


def packet(data: bytes) -> KlvPacket:
    return KlvPacket(
        offset=0,
        last_offset=len(data) - 1,
        length=len(data),
        pid=None,
        pts_s=None,
        data=data,
        checksum_ok=False,
    )


def closed(spec: SetSpec, items: bytes) -> bytes:
    """A whole packet with the sum that its standard asks for."""
    assert spec.key is not None
    assert spec.closing is not None
    size = spec.closing.summing.size
    body = items + bytes((spec.closing.tag, size))
    summed = spec.key + length_bytes(len(body) + size) + body
    return summed + spec.closing.summing.of(summed)


def shifted(data: bytes) -> int:
    """CRC-16-CCITT bit by bit, as the standard draws it."""
    register = 0xFFFF
    for byte in data + b"\0\0":
        for bit in range(7, -1, -1):
            top = register & 0x8000
            register = (register << 1 & 0xFFFF) | byte >> bit & 1
            register ^= 0x1021 if top else 0
    return register


def test_the_check_values_of_both_are_those_of_the_catalogues():
    assert crc_16(b"123456789") == 0xE5CC
    assert crc_32(b"123456789") == 0x0376E6E7


@given(st.binary(max_size=40))
def test_the_16_bit_one_is_what_the_register_gives(data):
    assert crc_16(data) == shifted(data)


@given(st.binary(min_size=1, max_size=40), st.integers(0, 319))
def test_one_flipped_bit_is_seen_by_both(data, bit):
    at = bit % (8 * len(data))
    flipped = bytearray(data)
    flipped[at // 8] ^= 1 << at % 8
    assert crc_16(bytes(flipped)) != crc_16(data)
    assert crc_32(bytes(flipped)) != crc_32(data)


@pytest.mark.parametrize(("spec", "items"), SETS, ids=[spec.standard for spec, _ in SETS])
def test_a_packet_closed_by_a_crc_is_proved_and_written_back(spec, items):
    data = closed(spec, items)
    decoded = decode_packet(0, packet(data))
    assert decoded.checksum is ChecksumState.OK
    assert decoded.problems == ()
    assert encode_packet(decoded) == data
    fewer = encode_packet(decoded, without=frozenset({decoded.entries[1].tag}))
    assert len(fewer) < len(data)
    assert checksum_state(fewer, spec.closing) is ChecksumState.OK


@pytest.mark.parametrize(("spec", "items"), SETS, ids=[spec.standard for spec, _ in SETS])
def test_a_packet_whose_crc_fails_is_kept_and_flagged(spec, items):
    data = bytearray(closed(spec, items))
    data[20] ^= 0x40
    decoded = decode_packet(0, packet(bytes(data)))
    assert decoded.checksum is ChecksumState.FAILED
    assert "checksum" in decoded.problems[0]
    assert encode_packet(decoded) == bytes(data)


def test_a_packet_without_its_closing_item_has_no_sum():
    spec, items = SETS[0]
    data = spec.key + length_bytes(len(items)) + items
    assert checksum_state(data, spec.closing) is ChecksumState.ABSENT
    assert checksum_state(b"", Closing(1, Summing.CRC_32)) is ChecksumState.ABSENT
