"""An RTSP server for tests: one session after another, RTP inside the connection, on the loopback address."""

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

DESCRIPTION = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
    "m=application 0 RTP/AVP 97\r\na=rtpmap:97 SMPTE336M/90000\r\na=control:track2\r\n"
)


class RtspServer:
    """Plays one list of RTP packets for each connection, then closes it; notes what it was asked."""

    def __init__(
        self, sessions: Sequence[Sequence[bytes]], *, password: str = "", description=DESCRIPTION, noise=b""
    ):
        self._sessions = sessions
        self._password = password
        self._description = description
        self._noise = noise
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[str] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _serve(self):
        for packets in self._sessions:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._answer(connection, packets)

    def _answer(self, connection, packets):
        waiting = b""
        while chunk := connection.recv(4096):
            waiting += chunk
            while b"\r\n\r\n" in waiting:
                text, _, waiting = waiting.partition(b"\r\n\r\n")
                request = text.decode()
                self.requests.append(request)
                number = re.search(r"CSeq: (\d+)", request).group(1)
                connection.sendall(self._reply(request, number))
                if request.startswith("PLAY"):
                    connection.sendall(self._noise)
                    for packet in packets:
                        connection.sendall(b"$\x04" + len(packet).to_bytes(2, "big") + packet)
                        connection.sendall(b"$\x05\x00\x04rtcp")
                    return

    def _reply(self, request, number):
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
        if self._password and "Authorization: " not in request:
            return (
                f"RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\n"
                'WWW-Authenticate: Digest realm="camera", nonce="n1"\r\n\r\n'
            ).encode()
        if request.startswith("DESCRIBE"):
            body = self._description
            return (
                f"{head}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
        if request.startswith("SETUP"):
            return f"{head}Session: 99;timeout=60\r\nTransport: RTP/AVP/TCP;interleaved=4-5\r\n\r\n".encode()
        return f"{head}Session: 99\r\n\r\n".encode()
