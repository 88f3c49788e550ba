"""SRT: its bytes as they are, through libavformat where it knows SRT, else through srt-live-transmit.

No demultiplexer but ours sees them: libavformat is told that they are data.
"""

import select
import shutil
import subprocess
from typing import IO

import av
from av.container import InputContainer

from atalaya.errors import ExternalError
from atalaya.io.live_address import LiveAddress
from atalaya.io.live_source import Connection
from atalaya.units import Seconds

_CONNECT_WITHIN_S = 10.0
_READ_WITHIN_S = 0.5
_REFUSED_LIBAVFORMAT = 60
_CHUNK_BYTES = 1 << 16
_AS_THEY_ARE = {"raw_packet_size": "1316", "probesize": "32", "analyzeduration": "0"}
"""Pieces of the size of a datagram, and nothing held back to be looked at."""
_PROGRAM = "srt-live-transmit"


def connect_srt(address: LiveAddress) -> Connection:
    """A connection to an SRT sender (or, with `?mode=listener`, from one).

    Raises:
        ExternalError: nothing on this machine speaks SRT, or the sender is not there.
    """
    try:
        return RawContainer(address.url, address.name)
    except av.error.ProtocolNotFoundError:
        program = shutil.which(_PROGRAM)
    if program is None:
        message = f"this PyAV is built without SRT, and there is no {_PROGRAM} (Debian: srt-tools)"
        raise ExternalError(f"{address.name} cannot be read: {message}")
    return ProgramOutput([*_unbuffered(), program, "-q", "-a:no", address.url, "file://con"], address.name)


def _unbuffered() -> list[str]:
    """What makes a program give its output at once, where the system has it: a slow stream would lag."""
    found = shutil.which("stdbuf")
    return [] if found is None else [found, "-o0"]


class RawContainer:
    """What libavformat reads from a URL, byte for byte: its raw data format, no demultiplexing.

    Raises:
        ExternalError: it cannot be opened, or is the libavformat that changes KLV.
        ProtocolNotFoundError: of PyAV, where it is built without this protocol.
    """

    datagrams = False
    klv_clock_hz = None

    def __init__(self, url: str, name: str) -> None:
        require_libavformat(av.library_versions["libavformat"][0])
        self._name = name
        try:
            self._container: InputContainer = av.open(
                url,
                format="data",
                options=_AS_THEY_ARE,
                timeout=(_CONNECT_WITHIN_S, _READ_WITHIN_S),
            )
        except av.error.ProtocolNotFoundError:
            raise
        except (av.error.FFmpegError, OSError) as error:
            raise ExternalError(f"{name} cannot be opened: {_reason(error)}") from error

    def poll(self, wait_s: Seconds) -> list[bytes]:
        """One piece of what came, waiting half a second for it.

        Raises:
            ExternalError: the sender is gone.
        """
        del wait_s  # libavformat keeps its own time
        try:
            packet = next(self._container.demux(), None)
        except (av.error.ExitError, av.error.TimeoutError):
            return []
        except (av.error.FFmpegError, OSError) as error:
            raise ExternalError(f"{self._name} broke off: {_reason(error)}") from error
        if packet is None or not packet.size:
            raise ExternalError(f"{self._name} ended")
        return [bytes(packet)]

    def close(self) -> None:
        """Close the connection."""
        self._container.close()


class ProgramOutput:
    """The standard output of a program that is ended with us.

    Raises:
        ExternalError: it cannot be started.
    """

    datagrams = False
    klv_clock_hz = None

    def __init__(self, command: list[str], name: str) -> None:
        self._name = name
        try:
            self._program = subprocess.Popen(  # noqa: S603 - found in PATH by its name, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,  # an interruption is ours to hear
            )
        except OSError as error:
            raise ExternalError(f"{command[0]} cannot be started: {error}") from error

    def poll(self, wait_s: Seconds) -> list[bytes]:
        """What the program has written.

        Raises:
            ExternalError: it ended.
        """
        output = self._output()
        if not select.select([output], [], [], max(wait_s, 0.0))[0]:
            return []
        data = output.read(_CHUNK_BYTES)
        if not data:
            code = self._program.wait()
            raise ExternalError(f"{self._name} ended: {_PROGRAM} ended with {code}")
        return [data]

    def close(self) -> None:
        """End the program and wait for its end."""
        self._output().close()
        if self._program.poll() is None:
            self._program.terminate()
            try:
                self._program.wait(timeout=5.0)
            except subprocess.TimeoutExpired:
                self._program.kill()
                self._program.wait()

    def _output(self) -> IO[bytes]:
        if self._program.stdout is None:
            raise ExternalError(f"{self._name}: {_PROGRAM} has no output")
        return self._program.stdout


def require_libavformat(major: int) -> None:
    """Refuse the version that strips bytes off asynchronous KLV.

    Raises:
        ExternalError: it is that one.
    """
    if major == _REFUSED_LIBAVFORMAT:
        raise ExternalError(
            f"libavformat {major} (FFmpeg 6) damages KLV and is refused; use PyAV 13.1 or later"
        )


def _reason(error: Exception) -> str:
    """What went wrong, without the URL, which may hold a passphrase."""
    return getattr(error, "strerror", None) or type(error).__name__
