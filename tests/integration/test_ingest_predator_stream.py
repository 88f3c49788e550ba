"""A real EG 0104 stream: every packet decoded, its places and angles agree with each other."""

import numpy as np
import pytest

from atalaya.ingest.packet import DecodedPacket, decode_packet, encode_packet
from atalaya.ingest.stream import read_packets
from atalaya.ingest.value import Flag
from shared_data import shared_file

METRES_PER_DEGREE = 111_000.0


@pytest.fixture(scope="module")
def packets() -> list[DecodedPacket]:
    contents = read_packets([shared_file("data/klv/real/aphill_klv_10s.ts").read_bytes()])
    return [decode_packet(index, packet) for index, packet in enumerate(contents.packets)]


def column(packets: list[DecodedPacket], name: str) -> np.ndarray:
    return np.array(
        [next(one.value.value for one in packet.entries if one.name == name) for packet in packets]
    )


@pytest.mark.shared
def test_all_three_hundred_packets_are_decoded_without_a_complaint_and_written_back(packets):
    assert len(packets) == 300
    assert {packet.standard for packet in packets} == {"0104"}
    assert all(packet.problems == () and packet.complete for packet in packets)
    assert {entry.value.flag for packet in packets for entry in packet.entries} == {Flag.OK}
    assert all(encode_packet(packet) == packet.packet.data for packet in packets)


@pytest.mark.shared
def test_the_aircraft_is_over_fort_ap_hill_in_virginia(packets):
    latitude, longitude = column(packets, "Device Latitude"), column(packets, "Device Longitude")
    assert np.all((latitude > 38.1) & (latitude < 38.3))
    assert np.all((longitude > -77.5) & (longitude < -77.2))


@pytest.mark.shared
def test_slant_range_and_obliquity_agree_with_the_places(packets):
    north_m = METRES_PER_DEGREE * (
        column(packets, "Frame Center Latitude") - column(packets, "Device Latitude")
    )
    east_m = (
        METRES_PER_DEGREE
        * np.cos(np.radians(38.17))
        * (column(packets, "Frame Center Longitude") - column(packets, "Device Longitude"))
    )
    ground_m = np.hypot(north_m, east_m)
    down_rad = np.radians(-column(packets, "Obliquity Angle (World)"))
    np.testing.assert_allclose(ground_m / column(packets, "Slant Range"), np.cos(down_rad), rtol=0.01)


@pytest.mark.shared
def test_the_angle_to_north_is_of_the_world_off_by_the_known_constant_of_this_flight(packets):
    north = column(packets, "Frame Center Latitude") - column(packets, "Device Latitude")
    east = np.cos(np.radians(38.17)) * (
        column(packets, "Frame Center Longitude") - column(packets, "Device Longitude")
    )
    bearing_deg = np.degrees(np.arctan2(east, north))
    off_deg = (bearing_deg - column(packets, "Angle to North (World)") + 180.0) % 360.0 - 180.0
    np.testing.assert_allclose(off_deg, -1.4545, atol=0.07)


@pytest.mark.shared
def test_the_clock_ticks_in_hundredths_and_runs_at_thirty_packets_a_second(packets):
    time_us = column(packets, "User Defined Time Stamp")
    assert np.diff(time_us).mean() == pytest.approx(33_367, abs=50)
    assert set(np.diff(time_us).tolist()) <= {20_000, 30_000, 40_000, 50_000}
