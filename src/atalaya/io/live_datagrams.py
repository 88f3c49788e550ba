"""UDP as it comes: one sender, or a multicast group that is joined."""

import ipaddress
import select
import socket
import struct
import sys

from atalaya.errors import ExternalError, InputError
from atalaya.io.live_address import LiveAddress
from atalaya.io.live_source import Arrival, Interruption
from atalaya.model.problem import Problem
from atalaya.units import Seconds

_BUFFER_BYTES = 8 << 20
_MOST_AT_ONCE = 256
_LARGEST_DATAGRAM_BYTES = 65_536
_COUNT_OVERFLOW = 40 if sys.platform == "linux" else None
"""SO_RXQ_OVFL: the kernel says with each datagram how many it had to drop."""


class DatagramSource:
    """A bound UDP socket with a large buffer.

    Args:
        address: host and port to listen at; a multicast group is joined, on the interface that is named.

    Raises:
        InputError: the host or the interface is none. ExternalError: it cannot be listened to.
    """

    datagrams = True
    ended = False

    def __init__(self, address: LiveAddress) -> None:
        group = _literal(address.host)
        family = socket.AF_INET6 if isinstance(group, ipaddress.IPv6Address) else socket.AF_INET
        self._dropped = 0
        self.klv_clock_hz = address.klv_clock_hz
        try:
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise ExternalError(f"{address.name} cannot be listened to: {error}") from error
        try:
            self._prepare(address, group)
        except InputError:
            self._socket.close()
            raise
        except OSError as error:
            self._socket.close()
            raise ExternalError(f"{address.name} cannot be listened to: {error}") from error

    @property
    def port(self) -> int:
        """Where it listens: what was asked for."""
        return int(self._socket.getsockname()[1])

    @property
    def buffer_bytes(self) -> int:
        """What the system gives for datagrams that wait."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def poll(self, wait_s: Seconds) -> list[Arrival]:
        """The datagrams that wait, at most 256 at once."""
        if self._socket.fileno() < 0 or not select.select([self._socket], [], [], max(wait_s, 0.0))[0]:
            return []
        found: list[Arrival] = []
        try:
            while len(found) < _MOST_AT_ONCE:
                data, extra, _, _ = self._socket.recvmsg(_LARGEST_DATAGRAM_BYTES, socket.CMSG_SPACE(4))
                found += self._overflow(extra)
                if data:
                    found.append(data)
        except BlockingIOError:
            pass
        except OSError as error:
            found.append(Interruption(Problem(code="udp-error", message=f"the socket says: {error}")))
        return found

    def close(self) -> None:
        """Leave the group and give the port back."""
        self._socket.close()

    def _prepare(self, address: LiveAddress, group: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        _widen(self._socket)
        self._socket.settimeout(0.0)
        if _COUNT_OVERFLOW is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, _COUNT_OVERFLOW, 1)
        if not group.is_multicast:
            self._socket.bind((str(group), address.port))
            return
        if isinstance(group, ipaddress.IPv6Address):
            raise InputError(f"{address.name}: IPv6 groups are not joined, an IPv4 group was wanted")
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((str(group), address.port))
        self._socket.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _membership(group, address.interface)
        )

    def _overflow(self, extra: list[tuple[int, int, bytes]]) -> list[Arrival]:
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == _COUNT_OVERFLOW:
                dropped = int.from_bytes(data[:4], sys.byteorder)
                lost, self._dropped = (dropped - self._dropped) % (1 << 32), dropped
                if lost:
                    message = f"this machine had no room for {lost} datagrams and dropped them"
                    return [Interruption(Problem(code="udp-overflow", message=message))]
        return []


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address to listen at; names are looked up.

    Raises:
        InputError: it is no address and no known name.
    """
    if not host:
        return ipaddress.IPv4Address("0.0.0.0")  # noqa: S104 - whoever names no host listens everywhere
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.gethostbyname(host))
    except (OSError, UnicodeError) as error:
        raise InputError(f"an address to listen at was wanted, got {host}: {error}") from error


def _widen(receiver: socket.socket) -> None:
    """As large a buffer as the system allows, past its usual limit where we may."""
    force = getattr(socket, "SO_RCVBUFFORCE", 33) if sys.platform == "linux" else None
    for option in (force, socket.SO_RCVBUF):
        if option is None:
            continue
        try:
            receiver.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        except OSError:
            continue
        return


def _membership(group: ipaddress.IPv4Address, interface: str) -> bytes:
    """What the system wants to hear to join a group: group, own address, interface number.

    Raises:
        InputError: no such interface.
    """
    own, number = "0.0.0.0", 0  # noqa: S104 - the system chooses
    if interface:
        try:
            own = str(ipaddress.IPv4Address(interface))
        except ValueError:
            try:
                number = socket.if_nametoindex(interface)
            except OSError as error:
                known = ", ".join(name for _, name in socket.if_nameindex())
                raise InputError(f"an interface was wanted ({known}), got {interface}") from error
    return struct.pack("=4s4si", group.packed, socket.inet_aton(own), number)
