"""`atalaya klv live URL`: packets while they come, and every gap as it is noticed."""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.klv_answer import answer_to, json_line
from atalaya.cli.output import printable

if TYPE_CHECKING:
    from atalaya.ingest.live_stream import LiveEvent, LiveProblem
    from atalaya.ingest.packet import DecodedPacket
    from atalaya.ingest.stream import KlvPacket
    from atalaya.ingest.value import Json

    type Decode = Callable[[KlvPacket], DecodedPacket]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKER = "atalaya.toml"
"""What makes a folder a workspace; named here so that a recording need not wait for databases to load."""


class Format(StrEnum):
    """How packets are written."""

    TEXT = "text"
    JSONL = "jsonl"


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("live")(live)


def live(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="udp://@239.1.2.3:5000[?interface=eth0], udp://127.0.0.1:5000, rtp://…, srt://HOST:PORT, "
            "rtsp://HOST/PATH, file:///PATH or a path that grows, - for standard input.",
        ),
    ],
    form: Annotated[
        Format, typer.Option("--format", help="A line for people, or one JSON object per line.")
    ] = Format.TEXT,
    duration: Annotated[
        float | None, typer.Option("--duration", min=0.0, help="End after so many seconds.")
    ] = None,
    idle: Annotated[
        float | None, typer.Option("--idle", min=0.0, help="End when nothing came for so many seconds.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", help="New file for the bytes as they come; it may not lie in a workspace."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Decode KLV while it comes, until interrupted; nothing of it enters a workspace.

    A workspace takes bytes only under a permit: record them beside it, then `atalaya ingest --sortie`.
    """
    from atalaya.io.live import open_live, read_live

    in_lines = as_json or form is Format.JSONL
    counts: Counter[str] = Counter()
    decode = _decoder()
    with (
        closing(open_live(url)) as source,
        _recorded(record) as keep,
        _told_to_stop() as stop,
        answer_to(None, force=False) as write,
    ):
        events = read_live(source, stop=stop, idle_s=idle, duration_s=duration, keep=_counted(keep, counts))
        for event in events:
            _count(event, counts)
            write(json_line(_form(event, decode)) if in_lines else _line(event, decode))
        if in_lines:
            write(json_line({"summary": _summary(counts)}))
    if not in_lines:
        sys.stderr.write(_summary_text(counts))


def _decoder() -> Decode:
    """Decodes packets one by one, each by the revisions that its PID said before."""
    from atalaya.ingest.packet import decode_packets

    waiting: deque[KlvPacket] = deque()
    decoded = decode_packets(iter(waiting.popleft, None))

    def decode(packet: KlvPacket) -> DecodedPacket:
        waiting.append(packet)
        return next(decoded)

    return decode


def _recorded(record: Path | None) -> AbstractContextManager[Callable[[bytes], object] | None]:
    """Where the bytes go.

    Raises:
        InputError: the file is there already, or would lie in a workspace.
    """
    if record is None:
        return nullcontext()
    from atalaya.errors import InputError
    from atalaya.io.live import recording

    for folder in record.absolute().resolve().parents:
        if (folder / _MARKER).exists():
            raise InputError(
                f"{record} lies in the workspace {folder}: only `atalaya ingest` puts bytes there"
            )
    return recording(record)


@contextmanager
def _told_to_stop() -> Iterator[Callable[[], bool]]:
    """True once the user, or the system, has asked to stop; asked again, it stops at once."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _counted(keep: Callable[[bytes], object] | None, counts: Counter[str]) -> Callable[[bytes], object]:
    def count(data: bytes) -> None:
        counts["bytes"] += len(data)
        if keep is not None:
            keep(data)

    return count


def _count(event: LiveEvent, counts: Counter[str]) -> None:
    from atalaya.ingest.live_stream import LiveProblem

    if isinstance(event, LiveProblem):
        counts[event.problem.code] += 1
        return
    counts["packets"] += 1
    counts["checksum_ok"] += event.packet.checksum_ok


def _form(event: LiveEvent, decode: Decode) -> dict[str, Json]:
    from atalaya.ingest.live_stream import LiveProblem
    from atalaya.ingest.packet import packet_json

    if isinstance(event, LiveProblem):
        return {"problem": _problem(event)}
    arrival: dict[str, Json] = {"arrived_utc": _utc(event.arrived_s), "gaps_before": event.gaps_before}
    return packet_json(decode(event.packet)) | arrival


def _line(event: LiveEvent, decode: Decode) -> bytes:
    from atalaya.ingest.live_stream import LiveProblem

    if isinstance(event, LiveProblem):
        text = f"{_utc(event.noticed_s)}  ! {event.problem.code}: {event.problem.message}"
    else:
        decoded = decode(event.packet)
        said = "no time" if decoded.utc is None else decoded.utc.isoformat(timespec="milliseconds")
        text = (
            f"{_utc(event.arrived_s)}  {event.index}  ST {decoded.standard or '?'}  says {said}  "
            f"{len(decoded.entries)} items  checksum {decoded.checksum}"
        )
    return printable(text).encode("utf-8", "replace") + b"\n"


def _problem(event: LiveProblem) -> dict[str, Json]:
    return {
        "code": event.problem.code,
        "message": event.problem.message,
        "offset": event.problem.offset,
        "noticed_utc": _utc(event.noticed_s),
        "pid": event.pid,
        "missing": event.missing,
    }


def _utc(clock_s: float) -> str:
    """A reading of the monotonic clock as an instant, by what both clocks say now."""
    instant = _EPOCH + timedelta(seconds=time.time() - (time.monotonic() - clock_s))
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _summary(counts: Counter[str]) -> dict[str, Json]:
    known = ("packets", "checksum_ok", "bytes")
    problems: dict[str, Json] = {code: count for code, count in counts.items() if code not in known}
    return {**{name: counts[name] for name in known}, "problems": problems}


def _summary_text(counts: Counter[str]) -> str:
    summary = _summary(counts)
    problems = ", ".join(f"{code} {count}" for code, count in counts.items() if code not in summary)
    return (
        f"{counts['packets']} packets, {counts['checksum_ok']} with a checksum that holds, "
        f"{counts['bytes']} bytes; problems: {problems or 'none'}\n"
    )
