"""What every live source is: asked again and again, it gives what has come, and never blocks for long."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from atalaya.errors import ExternalError
from atalaya.model.problem import Problem
from atalaya.units import Seconds

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something that only the source can know; with `restart` what comes next begins anew."""

    problem: Problem
    restart: bool = False


type Arrival = bytes | Interruption


class LiveSource(Protocol):
    """Bytes as they come; whoever opened it closes it."""

    @property
    def datagrams(self) -> bool:
        """Whether each arrival is one datagram."""

    @property
    def klv_clock_hz(self) -> int | None:
        """Ticks of the clock of KLV over RTP; None where nobody says, or there is none."""

    @property
    def ended(self) -> bool:
        """Whether nothing more can come."""

    def poll(self, wait_s: Seconds) -> list[Arrival]:
        """What has come, waiting up to `wait_s` for the first of it; empty where nothing came."""

    def close(self) -> None:
        """Give sockets, files and programs back; may be called twice."""


class Connection(Protocol):
    """A source that can break off: then `poll` raises."""

    @property
    def datagrams(self) -> bool:
        """Whether each arrival is one datagram."""

    @property
    def klv_clock_hz(self) -> int | None:
        """Ticks of the clock of KLV over RTP; None where nobody says, or there is none."""

    def poll(self, wait_s: Seconds) -> list[bytes]:
        """What has come.

        Raises:
            ExternalError: the connection is no more.
        """

    def close(self) -> None:
        """Give everything back; may be called twice."""


class ReconnectingSource:
    """Connects anew, after waits that double, whenever the connection breaks off.

    Args:
        connect: makes a connection; the first one is made at once, and its failure is raised.
        clock: monotonic seconds. sleep: waits so many seconds.

    Raises:
        ExternalError: the first connection cannot be made.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        clock: Callable[[], Seconds],
        sleep: Callable[[Seconds], None],
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._sleep = sleep
        self._connection: Connection | None = connect()
        self.datagrams = self._connection.datagrams
        self.klv_clock_hz = self._connection.klv_clock_hz
        self._wait_s = _FIRST_WAIT_S
        self._next_try_s = 0.0

    @property
    def ended(self) -> bool:
        """Never: a sender may come back; whoever listens says when it is enough."""
        return False

    def poll(self, wait_s: Seconds) -> list[Arrival]:
        """What has come, or that the connection broke off or was made anew."""
        if self._connection is None:
            return self._reconnected(wait_s)
        try:
            found = self._connection.poll(wait_s)
        except ExternalError as error:
            self.close()
            self._next_try_s = self._clock() + self._wait_s
            message = f"the connection broke off: {error}; the next try is in {self._wait_s:g} s"
            return [Interruption(Problem(code="live-disconnected", message=message))]
        if found:
            self._wait_s = _FIRST_WAIT_S
        return list(found)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _reconnected(self, wait_s: Seconds) -> list[Arrival]:
        left_s = self._next_try_s - self._clock()
        if left_s > 0.0:
            self._sleep(min(left_s, wait_s))
            return []
        self._wait_s = min(2.0 * self._wait_s, _LONGEST_WAIT_S)
        try:
            self._connection = self._connect()
        except ExternalError:
            self._next_try_s = self._clock() + self._wait_s
            return []
        message = "connected anew; what was sent meanwhile is missing"
        return [Interruption(Problem(code="live-reconnected", message=message), restart=True)]
