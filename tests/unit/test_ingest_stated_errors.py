"""What packets state of their errors: items 45 and 46, and the standard deviations of item 102."""

import struct

import numpy as np
import pytest

from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.stated_errors import stated_errors
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from atalaya.model.stated_errors import STATED

TIME = item_bytes(2, (1_700_000_000_000_000).to_bytes(8, "big"))
LAT, LON, HEADING = (
    item_bytes(13, b"\x55\x95\xb6\x6d"),
    item_bytes(14, b"\x5b\x53\x60\xc4"),
    item_bytes(5, b"\x71\xc2"),
)


def sdcc(*sigma: float, rho: tuple[float, ...] = ()) -> bytes:
    """Item 102 in its long form: 4-byte deviations, 4-byte correlations, nothing left out."""
    numbers = struct.pack(f">{len(sigma) + len(rho)}f", *sigma, *rho)
    return item_bytes(102, bytes([len(sigma), 0x80 | (4 if rho else 0), 4]) + numbers)


def packets(*bodies: bytes, broken: bool = False) -> list[KlvPacket]:
    data = b""
    for body in bodies:
        held = body + b"\x01\x02"
        head = UAS_DATALINK_KEY + length_bytes(len(held) + 2)
        total = running_sum(head + held) ^ (0x0101 if broken else 0)
        data += head + held + total.to_bytes(2, "big")
    return list(read_packets([data]).packets)


def test_errors_of_the_target_are_read_and_packets_that_state_none_have_no_row():
    ce90, le90 = item_bytes(45, (4000).to_bytes(2, "big")), item_bytes(46, (2000).to_bytes(2, "big"))
    found = stated_errors(packets(TIME + LAT, TIME + ce90 + le90, TIME + ce90))
    assert found.frame_index.tolist() == [1, 2]
    step_m = 4095.0 / 65535.0
    np.testing.assert_allclose(found.target_ce90_m, [4000 * step_m] * 2)
    np.testing.assert_allclose(found.target_le90_m, [2000 * step_m, np.nan])
    assert found.row_of(1) == 0
    assert found.row_of(0) is None


def test_deviations_speak_of_the_items_before_them_in_their_units():
    body = TIME + HEADING + LAT + LON + sdcc(0.2, 1e-5, 2e-5, rho=(0.0, 0.0, -0.25))
    (row,) = [stated_errors(packets(body))]
    assert row.sigma[0, STATED.index("platform_heading_deg")] == pytest.approx(0.2)
    assert row.sigma[0, STATED.index("sensor_lat_deg")] == pytest.approx(1e-5)
    assert row.sigma[0, STATED.index("sensor_lon_deg")] == pytest.approx(2e-5)
    assert row.correlation[0, 0, 1] == row.correlation[0, 1, 0] == -0.25
    assert np.isnan(row.sigma[0, STATED.index("sensor_roll_deg")])
    np.testing.assert_allclose(np.diagonal(row.correlation[0]), 1.0)


@pytest.mark.parametrize("deviation", [0.0, -1.0, float("nan"), float("inf")])
def test_a_deviation_that_is_none_is_not_stated(deviation):
    assert len(stated_errors(packets(TIME + LAT + sdcc(deviation)))) == 0


def test_a_packet_whose_sum_fails_states_nothing():
    assert len(stated_errors(packets(TIME + LAT + sdcc(1e-5), broken=True))) == 0
    assert len(stated_errors([])) == 0
