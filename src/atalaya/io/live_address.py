"""Where KLV comes from while it is made, as one line of text."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from atalaya.errors import InputError

_DEFAULT_RTSP_PORT = 554


class Transport(StrEnum):
    """How it comes."""

    UDP = "udp"
    RTP = "rtp"
    SRT = "srt"
    RTSP = "rtsp"
    FILE = "file"
    STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAddress:
    """A source that is not over yet.

    Args:
        transport: how it comes.
        url: as given, for those who read it themselves; it may hold a password: it is not for messages.
        host, port: where to listen or connect; "" and 0 where there are none.
        klv_clock_hz: ticks of the clock of KLV over RTP; None where nobody says.
        interface: name or IPv4 address of the interface on which to join a group; "" for the usual one.
        path: of a file.
        name: for messages, without user and password.
    """

    transport: Transport
    url: str
    host: str = ""
    port: int = 0
    klv_clock_hz: int | None = None
    interface: str = ""
    path: Path | None = None
    name: str


def read_address(text: str) -> LiveAddress:
    """An address from `udp://@GROUP:PORT`, `rtp://…`, `srt://…`, `rtsp://…`, `file:///…`, a path or `-`.

    Raises:
        InputError: none of these, or a port or option that is not one.
    """
    if text == "-":
        return LiveAddress(transport=Transport.STANDARD_INPUT, url=text, name="standard input")
    if "://" not in text:
        return LiveAddress(transport=Transport.FILE, url=text, path=Path(text), name=text)
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise InputError(f"an address was wanted: {error}") from error
    if parts.scheme not in list(Transport):
        wanted = ", ".join(f"{one}://" for one in Transport if one is not Transport.STANDARD_INPUT)
        raise InputError(f"{wanted}a path or - was wanted, got {parts.scheme}://")
    transport = Transport(parts.scheme)
    if transport is Transport.FILE:
        path = Path(unquote(parts.path))
        return LiveAddress(transport=transport, url=text, path=path, name=str(path))
    return _network_address(text, transport, parts)


def _network_address(text: str, transport: Transport, parts: SplitResult) -> LiveAddress:
    host = parts.hostname or ""
    name = f"{transport}://{host}"
    try:
        port = parts.port or (_DEFAULT_RTSP_PORT if transport is Transport.RTSP else 0)
    except ValueError as error:
        raise InputError(f"{name}: a port from 1 to 65535 was wanted: {error}") from error
    if port == 0:
        raise InputError(f"{name}: a port was wanted, as in {transport}://{host or '127.0.0.1'}:5000")
    interface, clock = "", ""
    if transport in (Transport.UDP, Transport.RTP):
        options = dict(parse_qsl(parts.query))
        interface, clock = options.pop("interface", ""), options.pop("clock", "")
        if options:
            raise InputError(f"{name}: `interface` and `clock` are known, got {', '.join(sorted(options))}")
    if clock and not (clock.isascii() and clock.isdecimal() and int(clock) > 0):
        raise InputError(f"{name}: a clock in Hz was wanted, as in clock=90000, got {clock}")
    name = f"{name}:{port}{parts.path if transport is Transport.RTSP else ''}"
    return LiveAddress(
        transport=transport,
        url=text,
        host=host,
        port=port,
        klv_clock_hz=int(clock) if clock else None,
        interface=interface,
        name=name,
    )
