"""The few streams that are being looked at, each read once, whoever asks first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_STREAMS = 3
"""Streams held at a time; an hour of metadata at 30 packets a second takes about 80 MB."""


class _Place[T]:
    """Where one thing is made and held; empty until it was made."""

    __slots__ = ("held", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: list[T] = []


class StreamShelf[T]:
    """Holds what was asked for last, a bounded number of things; safe to ask from several threads.

    While one thread makes a thing the others that want the same wait for it, and nobody else does.
    """

    __slots__ = ("_lock", "_most", "_places")

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._places: OrderedDict[Hashable, _Place[T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is held under the key, made on first use; where making fails the next who asks tries again.

        Args:
            key: of what is wanted.
            make: makes it; what it raises goes to the caller.
        """
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        with place.lock:
            if not place.held:
                place.held.append(make())
            return place.held[0]
