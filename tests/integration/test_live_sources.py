"""KLV while it comes: sockets of the loopback interface, files that grow, servers that break off."""

import hashlib
import os
import re
import socket
import stat
import struct
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.live_stream import LiveProblem, LiveRecord
from atalaya.ingest.mux import mux_ts
from atalaya.io.live import open_live, read_live, recording
from atalaya.io.live_address import LiveAddress, Transport, read_address
from atalaya.io.live_datagrams import DatagramSource
from atalaya.io.live_rtsp import RtspConnection
from atalaya.io.live_rtsp_text import authorization, metadata_parts, read_answer
from atalaya.io.live_source import Interruption
from atalaya.io.live_srt import ProgramOutput, RawContainer, require_libavformat
from fakes.rtsp_server import DESCRIPTION, RtspServer
from small_sortie import flight

COUNT = 30
PACKETS = encode_frames(flight(COUNT), mission_id="live", platform_designation="test")
STREAM = b"".join(mux_ts([], [(90_000 + 3_000 * at, packet) for at, packet in enumerate(PACKETS)]))
GROUP = "239.192.7.41"


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def listening(host: str = "127.0.0.1", interface: str = "", clock_hz: int | None = None) -> DatagramSource:
    """A source at a port that the system chose."""
    return DatagramSource(
        LiveAddress(
            transport=Transport.UDP,
            url="",
            host=host,
            port=0,
            klv_clock_hz=clock_hz,
            interface=interface,
            name="test",
        )
    )


def send(datagrams, port: int, host: str = "127.0.0.1") -> None:
    """The socket is bound before this is called: nothing is lost, the buffer holds far more."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        for datagram in datagrams:
            sender.sendto(datagram, (host, port))


def heard(source, count: int = COUNT, **options):
    """Events until so many packets are there; ends without them after ten seconds of nothing."""
    found: list[bool] = []
    events = []
    for event in read_live(source, stop=lambda: len(found) >= count, idle_s=10.0, **options):
        events.append(event)
        if isinstance(event, LiveRecord):
            found.append(True)
    return events


def packets_of(events) -> list[bytes]:
    return [event.packet.data for event in events if isinstance(event, LiveRecord)]


def codes_of(events) -> list[str]:
    return [event.problem.code for event in events if isinstance(event, LiveProblem)]


def rtp(sequence: int, payload: bytes, *, kind=96, timestamp=0, marker=False) -> bytes:
    second = (0x80 if marker else 0) | kind
    return struct.pack("!BBHII", 0x80, second, sequence % 65536, timestamp, 5) + payload


def klv_in_rtp() -> list[bytes]:
    """Each packet in two, the second of them marked."""
    datagrams = []
    for at, packet in enumerate(PACKETS):
        half = len(packet) // 2
        datagrams.append(rtp(65_530 + 2 * at, packet[:half], timestamp=3_000 * at))
        datagrams.append(rtp(65_531 + 2 * at, packet[half:], timestamp=3_000 * at, marker=True))
    return datagrams


# UDP


@pytest.mark.parametrize("size", [188, 1316, 1000])
def test_a_transport_stream_over_udp_is_decoded_packet_by_packet(size):
    with closing(listening()) as source:
        send(pieces_of(STREAM, size), source.port)
        events = heard(source, COUNT - 1)
    assert packets_of(events) == PACKETS[: len(packets_of(events))]
    assert len(packets_of(events)) >= COUNT - 1
    assert codes_of(events) == []


def test_bare_klv_over_udp_is_decoded():
    with closing(listening()) as source:
        send(PACKETS, source.port)
        assert packets_of(heard(source)) == PACKETS


def test_a_multicast_group_is_joined_on_the_interface_that_is_named():
    with closing(listening(GROUP, "127.0.0.1")) as source:
        send(pieces_of(STREAM, 1316), source.port, GROUP)
        assert packets_of(heard(source)) == PACKETS


def test_an_interface_is_named_by_its_name_too():
    with closing(listening(GROUP, "lo")) as source:
        send(pieces_of(STREAM, 1316), source.port, GROUP)
        assert packets_of(heard(source)) == PACKETS


def test_the_buffer_for_waiting_datagrams_is_large():
    allowed = int(Path("/proc/sys/net/core/rmem_max").read_text(encoding="ascii"))
    with closing(listening()) as source:
        assert source.buffer_bytes >= 2 * min(8 << 20, allowed)  # the kernel counts its own part as well


def test_each_lost_datagram_is_told():
    datagrams = pieces_of(STREAM, 1316)
    del datagrams[4]
    with closing(listening()) as source:
        send(datagrams, source.port)
        events = heard(source, COUNT - 4)
    assert "ts-continuity" in codes_of(events)
    assert set(packets_of(events)) < set(PACKETS)


def test_what_the_machine_itself_drops_is_told():
    with closing(listening()) as source:
        source._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        send([packet for _ in range(20) for packet in PACKETS], source.port)
        arrivals = source.poll(1.0)
        send(PACKETS[:1], source.port)  # the count comes with the next datagram that finds room
        arrivals += source.poll(1.0)
    told = [one.problem.code for one in arrivals if isinstance(one, Interruption)]
    assert told == ["udp-overflow"]


def test_a_port_that_is_taken_is_an_error_of_ours():
    with closing(listening()) as source, pytest.raises(ExternalError, match="cannot be listened to"):
        open_live(f"udp://127.0.0.1:{source.port}")


# RTP


def test_a_transport_stream_over_rtp_is_put_in_order():
    datagrams = [rtp(65_530 + at, piece, kind=33) for at, piece in enumerate(pieces_of(STREAM, 1316))]
    datagrams[1], datagrams[3] = datagrams[3], datagrams[1]
    with closing(listening()) as source:
        send(datagrams, source.port)
        events = heard(source)
    assert packets_of(events) == PACKETS
    assert codes_of(events) == []


def test_klv_over_rtp_comes_with_its_time_and_a_unit_that_lost_a_packet_is_dropped_and_told():
    datagrams = klv_in_rtp()
    datagrams[8], datagrams[9] = datagrams[9], datagrams[8]
    del datagrams[21]
    with closing(listening(clock_hz=90_000)) as source:
        send(datagrams, source.port)
        events = heard(source, COUNT - 1)
    assert packets_of(events) == [packet for at, packet in enumerate(PACKETS) if at != 10]
    assert sorted(codes_of(events)) == ["rtp-klv-dropped", "rtp-lost"]
    times = [event.packet.pts_s for event in events if isinstance(event, LiveRecord)]
    assert times[:3] == pytest.approx([0.0, 1 / 30, 2 / 30])


# files and pipes


def test_a_file_is_read_as_it_grows_and_ends_when_nothing_more_comes(tmp_path):
    path = tmp_path / "growing.ts"
    half = len(STREAM) // 376 * 188 + 77
    path.write_bytes(STREAM[:half])
    records = []
    grown = False
    for event in read_live(f"file://{path}", idle_s=0.3):
        records.append(event)
        if not grown:
            with path.open("ab") as file:
                file.write(STREAM[half:])
            grown = True
    assert packets_of(records) == PACKETS


def test_a_file_that_became_shorter_or_was_replaced_is_told_and_read_from_its_start(tmp_path):
    path = tmp_path / "rotated.klv"
    path.write_bytes(b"".join(PACKETS[:6]))
    successor = tmp_path / "next"
    successor.write_bytes(b"".join(PACKETS[8:10]))
    steps = {
        6: lambda: path.write_bytes(b"".join(PACKETS[6:8])),
        8: lambda: successor.replace(path),
    }
    events = []
    for event in read_live(str(path), idle_s=0.4):
        events.append(event)
        steps.pop(len(packets_of(events)), lambda: None)()
    assert packets_of(events) == PACKETS[:10]
    assert codes_of(events) == ["file-restarted", "file-restarted"]


def test_a_pipe_is_read_to_its_end(monkeypatch):
    reading, writing = os.pipe()

    def write():
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(STREAM)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as stream:
        monkeypatch.setattr("sys.stdin", type("Standard", (), {"buffer": stream}))
        assert packets_of(read_live("-")) == PACKETS
    writer.join(10)


def test_silence_is_told_once_and_its_end_too():
    """The clock jumps when a poll brings nothing; no time passes."""

    class Scripted:
        datagrams = True
        klv_clock_hz = None
        ended = False

        def __init__(self):
            self.script = [[PACKETS[0]], [], [], [], [PACKETS[1]], []]

        def poll(self, wait_s):
            found = self.script.pop(0)
            clock[0] += 0.0 if found else 1.5
            self.ended = not self.script
            return found

        def close(self):
            raise AssertionError("who did not open it does not close it")

    clock = [0.0]
    events = list(read_live(Scripted(), clock=lambda: clock[0], silence_s=2.0))
    assert packets_of(events) == PACKETS[:2]
    assert codes_of(events) == ["live-silence", "live-resumed"]
    assert [event.noticed_s for event in events if isinstance(event, LiveProblem)] == [3.0, 4.5]


def test_a_recording_holds_every_byte_that_came_so_far_and_replaces_nothing(tmp_path):
    path = tmp_path / "kept.ts"
    with closing(listening()) as source, recording(path) as keep:
        send(pieces_of(STREAM, 1316), source.port)
        seen: list[LiveRecord] = []
        for event in read_live(source, stop=lambda: len(seen) >= COUNT, idle_s=2.0, keep=keep):
            seen.append(event)
            written = path.read_bytes()
            assert STREAM.startswith(written)
            assert event.packet.offset < len(written)
    assert path.read_bytes() == STREAM
    with pytest.raises(InputError, match="is there already"), recording(path):
        pass


# RTSP and SRT


def test_rtsp_gives_the_klv_of_a_session_and_connects_anew_when_it_breaks_off():
    halves = klv_in_rtp()[:20], klv_in_rtp()[20:]
    with RtspServer(halves) as server:
        events = heard(f"rtsp://127.0.0.1:{server.port}/camera")
    assert packets_of(events) == PACKETS
    times = [event.packet.pts_s for event in events if isinstance(event, LiveRecord)]
    assert times[-2:] == pytest.approx([28 / 30, 29 / 30])
    assert codes_of(events)[:2] == ["live-disconnected", "live-reconnected"]
    asked = [request.split()[0] for request in server.requests]
    assert asked[:3] == ["DESCRIBE", "SETUP", "PLAY"]
    assert server.requests[1].split()[1].endswith("/camera/track2")  # the pictures are not asked for


def test_a_transport_stream_in_rtsp_never_meets_a_foreign_demultiplexer(monkeypatch):
    def refused(*_arguments, **_options):
        raise AssertionError("libavformat was called")

    monkeypatch.setattr("av.open", refused)
    description = DESCRIPTION.split("m=")[0] + "m=video 0 RTP/AVP 33\r\na=control:*\r\n"
    packets = [rtp(at, piece, kind=33) for at, piece in enumerate(pieces_of(STREAM, 1316))]
    with RtspServer([packets], description=description) as server:
        assert packets_of(heard(f"rtsp://127.0.0.1:{server.port}/")) == PACKETS


def test_rtsp_answers_who_asks_and_no_message_holds_the_password():
    with RtspServer([klv_in_rtp()], password="s3cret") as server:
        events = heard(f"rtsp://pilot:s3cret@127.0.0.1:{server.port}/camera")
    assert packets_of(events) == PACKETS
    who, what = (
        hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        for text in ("pilot:camera:s3cret", f"DESCRIBE:rtsp://127.0.0.1:{server.port}/camera")
    )
    wanted = hashlib.md5(f"{who}:n1:{what}".encode(), usedforsecurity=False).hexdigest()
    assert re.search(r'response="(\w+)"', server.requests[1]).group(1) == wanted
    with pytest.raises(ExternalError) as caught:
        open_live(f"rtsp://pilot:s3cret@127.0.0.1:{server.port}/camera")
    assert "s3cret" not in str(caught.value)


def test_a_session_without_klv_is_refused():
    with (
        RtspServer([[]], description=DESCRIPTION.split("m=application")[0]) as server,
        pytest.raises(ExternalError, match="it has none"),
    ):
        open_live(f"rtsp://127.0.0.1:{server.port}/camera")


def test_what_libavformat_reads_raw_is_the_bytes_as_they_were_sent():
    """SRT in PyAV takes this way; here TCP stands for it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.sendall(STREAM)

    thread = threading.Thread(target=serve)
    thread.start()
    received = b""
    container = RawContainer(f"tcp://127.0.0.1:{listener.getsockname()[1]}", "test")
    with closing(container), closing(listener):
        while len(received) < len(STREAM):
            received += b"".join(container.poll(0.1))
        with pytest.raises(ExternalError, match=r"^test (?!.*127)"):
            container.poll(0.1)
        thread.join(10)
    assert received == STREAM


def test_srt_without_pyav_s_help_comes_through_the_program_for_it(tmp_path, monkeypatch):
    (tmp_path / "stream.ts").write_bytes(STREAM)
    program = tmp_path / "srt-live-transmit"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\ncat {tmp_path}/stream.ts\nexec sleep 60\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with closing(open_live("srt://127.0.0.1:9000?latency=200")) as source:
        events = heard(source)
    assert packets_of(events) == PACKETS
    assert "srt://127.0.0.1:9000?latency=200 file://con" in (tmp_path / "said").read_text()


def test_a_program_that_ends_is_told_and_one_that_runs_is_ended():
    with closing(ProgramOutput(["true"], "test")) as ended, pytest.raises(ExternalError, match="ended"):
        ended.poll(10.0)
    running = ProgramOutput(["sleep", "600"], "test")
    running.close()
    running.close()
    assert running._program.returncode is not None


def test_srt_without_anything_that_speaks_it_says_what_is_missing(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ExternalError, match="srt-tools"):
        open_live("srt://127.0.0.1:9000")


def test_the_libavformat_that_damages_klv_is_refused():
    with pytest.raises(ExternalError, match="60"):
        require_libavformat(60)
    require_libavformat(61)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.text(max_size=200))
def test_no_answer_whatever_of_a_server_is_more_than_an_answer_that_is_not_good(data, text):
    read_answer(data)
    read_answer(b"RTSP/1.0 " + data + b"\r\n\r\n")
    metadata_parts(text, "rtsp://127.0.0.1/")
    metadata_parts("m=application 0 RTP/AVP 33\na=control://[\n", "rtsp://x")
    metadata_parts("m=application 0 RTP/AVP 33\na=control:x\n", "rtsp://[")
    metadata_parts(
        f"m=application 0 RTP/AVP 97\na=rtpmap:97 SMPTE336M/{text}\na=control:{text}\n", "rtsp://x"
    )
    authorization(text, "PLAY", "rtsp://x", text, text)
    authorization(f"Digest {text}", "PLAY", "rtsp://x", text, text)


def test_a_server_that_speaks_something_else_is_left():
    with (
        RtspServer([[]], noise=b"x" * (1 << 21)) as server,
        closing(RtspConnection(read_address(f"rtsp://127.0.0.1:{server.port}/"))) as connection,
        pytest.raises(ExternalError, match="neither RTP nor an answer"),
    ):
        list(map(connection.poll, [1.0] * 200))


# addresses


@pytest.mark.parametrize(
    ("text", "host", "port", "interface"),
    [
        ("udp://@239.1.2.3:5000", "239.1.2.3", 5000, ""),
        ("udp://239.1.2.3:5000?interface=eth1", "239.1.2.3", 5000, "eth1"),
        ("udp://127.0.0.1:5000", "127.0.0.1", 5000, ""),
        ("udp://:5000", "", 5000, ""),
        ("rtp://@239.1.2.3:5004", "239.1.2.3", 5004, ""),
        ("udp://[::1]:5000", "::1", 5000, ""),
        ("rtsp://user:word@camera.example/live", "camera.example", 554, ""),
        ("srt://10.0.0.1:9000?passphrase=0123456789", "10.0.0.1", 9000, ""),
    ],
)
def test_addresses_are_understood_and_their_names_hold_no_secret(text, host, port, interface):
    address = read_address(text)
    assert (address.host, address.port, address.interface) == (host, port, interface)
    assert "word" not in address.name
    assert "0123456789" not in address.name


def test_a_path_is_a_file_and_a_dash_standard_input():
    assert read_address("file:///a%20b.ts").path == Path("/a b.ts")
    assert read_address("some/file.ts").path == Path("some/file.ts")
    assert read_address("-").transport is Transport.STANDARD_INPUT


@pytest.mark.parametrize(
    "text",
    [
        "udp://127.0.0.1",
        "udp://127.0.0.1:70000",
        "http://x:1",
        "udp://127.0.0.1:5000?pkt_size=1",
        "rtp://:5000?clock=0",
        "udp://[::1:5000",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InputError):
        read_address(text)


def test_what_cannot_be_opened_is_an_error_of_ours(tmp_path):
    with pytest.raises(NotFoundError):
        open_live(str(tmp_path / "nothing.ts"))
    with pytest.raises(InputError):
        open_live(str(tmp_path))
    with pytest.raises(InputError, match="an interface was wanted"):
        open_live(f"udp://{GROUP}:5000?interface=nonesuch")
    with pytest.raises(ExternalError):
        open_live("rtsp://127.0.0.1:9/none")
