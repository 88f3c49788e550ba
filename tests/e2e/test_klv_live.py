"""`atalaya klv live` as a user runs it: a stream on the loopback interface, a recording, an interruption."""

import json
import signal
import socket
import subprocess
import sys
import threading

import pytest

from atalaya.cli import klv
from atalaya.errors import ExternalError, InputError
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.stream import read_packets
from command_line import command_line, error_of
from small_sortie import flight, make_bench

COUNT = 30
PACKETS = encode_frames(flight(COUNT), mission_id="live", platform_designation="test")
LAST_PACKETS = encode_frames(flight(3), mission_id="the end", platform_designation="test")


def stream_of(packets: list[bytes]) -> bytes:
    return b"".join(mux_ts([], [(90_000 + 3_000 * at, packet) for at, packet in enumerate(packets)]))


def sent(data: bytes, sender: socket.socket, port: int) -> None:
    for at in range(0, len(data), 1316):
        sender.sendto(data[at : at + 1316], ("127.0.0.1", port))


STREAM = stream_of(PACKETS)


@pytest.fixture
def call(tmp_path):
    return command_line(tmp_path / "no workspace", klv)


def lines_of(result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_stream_is_decoded_from_udp_until_interrupted_and_the_recording_is_whole(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    heard = threading.Event()

    def send():
        """The same stream again and again until the first line is out: nobody knows when a port listens.

        Then another one, whose last packet shows that all has arrived.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not heard.wait(0.01):
                sent(STREAM, sender, port)
            sent(stream_of(LAST_PACKETS), sender, port)

    sender = threading.Thread(target=send)
    recording = tmp_path / "kept.ts"
    command = [sys.executable, "-c", "from atalaya.cli.main import run; run()", "klv", "live"]
    command += [f"udp://127.0.0.1:{port}", "--json", "--record", str(recording)]
    with (
        (tmp_path / "complaints").open("w+") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as program,
    ):
        sender.start()
        assert program.stdout is not None
        first = json.loads(program.stdout.readline())
        heard.set()
        sender.join(10)
        last_come = 0
        while last_come < len(LAST_PACKETS):
            line = json.loads(program.stdout.readline())
            last_come += line.get("items", {}).get("3", {}).get("value") == "the end"
        program.send_signal(signal.SIGINT)
        *_, last = map(json.loads, program.stdout)
    assert (program.returncode, (tmp_path / "complaints").read_text()) == (0, "")
    assert first["set"] == "0601"
    assert first["checksum"] == "ok"
    assert first["arrived_utc"].endswith("Z")
    assert last["summary"]["packets"] == last["summary"]["checksum_ok"] >= 1
    assert last["summary"]["bytes"] == recording.stat().st_size
    kept = read_packets([recording.read_bytes()]).packets
    assert {packet.data for packet in kept} <= {*PACKETS, *LAST_PACKETS}
    assert len(kept) == last["summary"]["packets"]


def test_a_file_gives_the_same_objects_as_klv_decode(call, tmp_path):
    path = tmp_path / "made.ts"
    path.write_bytes(STREAM)
    *packets, last = lines_of(call("klv", "live", path, "--json", "--idle", "0.1"))
    decoded = lines_of(call("klv", "decode", path))
    more = [{key: line.pop(key) for key in ("arrived_utc", "gaps_before")} for line in packets]
    assert packets == decoded
    assert {one["gaps_before"] for one in more} == {0}
    assert last == {"summary": {"packets": COUNT, "checksum_ok": COUNT, "bytes": len(STREAM), "problems": {}}}


def test_a_damaged_stream_tells_what_is_missing_among_its_packets(call, tmp_path):
    path = tmp_path / "damaged.ts"
    path.write_bytes(STREAM[: 20 * 188] + STREAM[24 * 188 :])
    lines = lines_of(call("klv", "live", f"file://{path}", "--format", "jsonl", "--idle", "0.1"))
    problems = [line["problem"] for line in lines if "problem" in line]
    assert {one["missing"] for one in problems if one["code"] == "ts-continuity"} <= {1, 2, 3, 4}
    assert lines[-1]["summary"]["problems"]["ts-continuity"] >= 1
    told = call("klv", "live", path, "--idle", "0.1")
    assert "! ts-continuity: PID 257" in told.stdout
    assert "problems: ts-continuity" in told.stderr


def test_a_recording_replaces_nothing_and_never_lies_in_a_workspace(call, tmp_path):
    path = tmp_path / "made.ts"
    path.write_bytes(STREAM)
    assert "is there already" in str(error_of(call("klv", "live", path, "--record", path)))
    bench = make_bench(tmp_path / "workspace")
    refused = error_of(call("klv", "live", path, "--record", bench.folder / "inside.ts"))
    assert isinstance(refused, InputError)
    assert "only `atalaya ingest`" in str(refused)
    assert not (bench.folder / "inside.ts").exists()


def test_what_cannot_be_listened_to_is_one_line_and_leaves_no_recording_behind(call, tmp_path):
    assert isinstance(error_of(call("klv", "live", "udp://127.0.0.1")), InputError)
    failed = error_of(call("klv", "live", "rtsp://127.0.0.1:9/x", "--record", tmp_path / "none.ts"))
    assert isinstance(failed, ExternalError)
    assert not (tmp_path / "none.ts").exists()


def test_the_help_says_that_nothing_enters_a_workspace(call):
    said = " ".join(call("klv", "live", "--help").stdout.replace("│", " ").split())
    assert "nothing of it enters a workspace" in said
    assert "atalaya ingest --sortie" in said
