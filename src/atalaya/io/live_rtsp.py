"""RTSP by ourselves, RTP inside its connection: KLV and transport streams never meet a foreign demultiplexer.

Source: RFC 2326, 10.12 (interleaved binary data).
"""

import re
import select
import socket
import time
from contextlib import suppress
from urllib.parse import unquote, urlsplit, urlunsplit

from atalaya.errors import ExternalError
from atalaya.io.live_address import LiveAddress
from atalaya.io.live_rtsp_text import (
    RtspAnswer,
    authorization,
    metadata_parts,
    read_answer,
    request_bytes,
)
from atalaya.units import Seconds

_ANSWER_WITHIN_S = 10.0
_CHUNK_BYTES = 1 << 16
_INTERLEAVED = 0x24
_USUAL_TIMEOUT_S = 60.0
_LONGEST_ANSWER_BYTES = 1 << 20


class RtspConnection:
    """A session that plays: every part with KLV (SMPTE336M) or a transport stream (MP2T) is set up.

    Args:
        address: user and password of its URL answer the server's question who asks.

    Raises:
        ExternalError: no connection, a refusal, or nothing in the session that may carry KLV.
    """

    datagrams = True

    def __init__(self, address: LiveAddress) -> None:
        parts = urlsplit(address.url)
        self._name = address.name
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._url = urlunsplit(("rtsp", parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
        self._buffer = b""
        self._frames: list[bytes] = []
        self._channels: set[int] = set()
        self._number = 0
        self._challenge = ""
        self._session = ""
        self._alive_every_s = _USUAL_TIMEOUT_S / 2
        self.klv_clock_hz: int | None = None
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=_ANSWER_WITHIN_S)
        except OSError as error:
            raise ExternalError(f"{self._name} cannot be connected with: {error}") from error
        self._said_s = time.monotonic()
        try:
            self._play()
        except ExternalError:
            self.close()
            raise

    def poll(self, wait_s: Seconds) -> list[bytes]:
        """The RTP packets that have come.

        Raises:
            ExternalError: the server closed the connection, or speaks something else.
        """
        if time.monotonic() - self._said_s > self._alive_every_s:
            self._send("GET_PARAMETER", self._url)
        self._take_all()
        if not self._frames and select.select([self._socket], [], [], max(wait_s, 0.0))[0]:
            self._receive()
            self._take_all()
        frames, self._frames = self._frames, []
        return frames

    def close(self) -> None:
        """Say goodbye, without waiting for an answer."""
        if self._socket.fileno() >= 0 and self._session:
            with suppress(ExternalError):
                self._send("TEARDOWN", self._url)
        self._socket.close()

    def _play(self) -> None:
        described = self._ask("DESCRIBE", self._url, {"Accept": "application/sdp"})
        base = described.headers.get("content-base") or described.headers.get("content-location") or self._url
        parts = metadata_parts(described.body.decode("utf-8", "replace"), base)
        if not parts:
            raise ExternalError(
                f"{self._name}: a part with KLV or a transport stream was wanted, it has none"
            )
        clocks_hz = {part.clock_hz for part in parts}
        self.klv_clock_hz = clocks_hz.pop() if len(clocks_hz) == 1 else None
        for number, part in enumerate(parts):
            transport = f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
            answer = self._ask("SETUP", part.control, {"Transport": transport})
            given = re.search(r"interleaved=(\d+)", answer.headers.get("transport", ""))
            self._channels.add(int(given.group(1)) if given else 2 * number)
            self._session, _, rest = answer.headers.get("session", "").partition(";")
            timeout = re.search(r"timeout=(\d+)", rest)
            self._alive_every_s = max(float(timeout.group(1)) if timeout else _USUAL_TIMEOUT_S, 2.0) / 2
        self._ask("PLAY", self._url, {"Range": "npt=0.000-"})

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> RtspAnswer:
        """The answer to a request, which is said again with a name where the server asks for one."""
        self._send(method, url, headers)
        answer = self._answer()
        if answer.status == 401 and self._user and not self._challenge:
            self._challenge = answer.headers.get("www-authenticate", "")
            self._send(method, url, headers)
            answer = self._answer()
        if answer.status != 200:
            raise ExternalError(f"{self._name} refuses {method}: {answer.status} {answer.reason}")
        return answer

    def _send(self, method: str, url: str, headers: dict[str, str] | None = None) -> None:
        self._number += 1
        said = dict(headers or {})
        said["Session"] = self._session
        if self._challenge:
            said["Authorization"] = authorization(self._challenge, method, url, self._user, self._password)
        try:
            self._socket.sendall(request_bytes(method, url, self._number, said))
        except OSError as error:
            raise ExternalError(f"{self._name} cannot be asked: {error}") from error
        self._said_s = time.monotonic()

    def _answer(self) -> RtspAnswer:
        until_s = time.monotonic() + _ANSWER_WITHIN_S
        while (answer := self._take()) is None:
            left_s = until_s - time.monotonic()
            if left_s <= 0.0 or len(self._buffer) > _LONGEST_ANSWER_BYTES:
                raise ExternalError(f"{self._name} does not answer")
            if select.select([self._socket], [], [], left_s)[0]:
                self._receive()
        return answer

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_CHUNK_BYTES)
        except OSError as error:
            raise ExternalError(f"{self._name} cannot be read: {error}") from error
        if not data:
            raise ExternalError(f"{self._name} closed the connection")
        self._buffer += data

    def _take_all(self) -> None:
        """Put every whole frame aside; answers are to what keeps the session alive."""
        while self._take() is not None:
            pass
        if len(self._buffer) > _LONGEST_ANSWER_BYTES:
            raise ExternalError(f"{self._name} sends what is neither RTP nor an answer")

    def _take(self) -> RtspAnswer | None:
        """Put frames of the buffer aside up to the next answer, which is given; None where none is whole."""
        while self._buffer:
            if self._buffer[0] == _INTERLEAVED:
                size = 4 + int.from_bytes(self._buffer[2:4], "big")
                if len(self._buffer) < max(size, 4):
                    return None
                if self._buffer[1] in self._channels:
                    self._frames.append(self._buffer[4:size])
                self._buffer = self._buffer[size:]
                continue
            found = read_answer(self._buffer)
            if found is None:
                return None
            answer, used = found
            self._buffer = self._buffer[used:]
            return answer
        return None
