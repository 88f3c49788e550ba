"""A disk that fills up after so many bytes, for the seams of `io`."""

import errno
import io
import os
from typing import Any, BinaryIO, cast


class FillingFile(io.FileIO):
    """An unbuffered file that takes `room` bytes and then says ENOSPC, as a full disk does."""

    def __init__(self, descriptor: int, room: int) -> None:
        super().__init__(descriptor, "wb")
        self.room = room

    def write(self, data: Any) -> int:
        if len(data) > self.room:
            super().write(data[: self.room])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(data)
        return super().write(data)


def filling(room: int):
    """An opener whose files take `room` bytes each."""

    def open_filling(descriptor: int) -> BinaryIO:
        return cast("BinaryIO", FillingFile(descriptor, room))

    return open_filling
