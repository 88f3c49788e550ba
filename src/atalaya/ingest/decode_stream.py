"""A source's bytes → decoded packets, as they come."""

from collections.abc import Iterable, Iterator

from atalaya.errors import InputError
from atalaya.ingest.packet import DecodedPacket, decode_packets
from atalaya.ingest.stream import KlvPacket, StreamReader
from atalaya.model.problem import Problem
from atalaya.model.source import SourceFormat

_NOT_A_STREAM = "not-a-stream"


class StreamDecoder:
    """Numbers and decodes the packets of one source; what it gives is not kept."""

    def __init__(self) -> None:
        self._reader = StreamReader(index=False)
        self._bytes = 0
        self._packets = 0

    def decode(self, chunks: Iterable[bytes]) -> Iterator[DecodedPacket]:
        """Every packet as soon as it is whole, in order; never raises, whatever the bytes are.

        Args:
            chunks: the source's bytes in order, in pieces of any size.
        """
        for decoded in decode_packets(self._read(chunks)):
            self._packets += 1
            yield decoded

    @property
    def format(self) -> SourceFormat | None:
        """What the source is; None until that is clear."""
        return self._reader.format

    @property
    def packets(self) -> int:
        """Packets given so far."""
        return self._packets

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was not as it should be in the stream, so far; each packet has its own beside it."""
        return self._reader.problems

    def require_stream(self, name: str) -> None:
        """Refuse a source that has ended and was nothing that can be read here.

        Raises:
            InputError: it was empty, or neither a transport stream nor KLV.
        """
        if self._reader.format is not None:
            return
        wanted = "an MPEG transport stream or KLV was wanted"
        if not self._bytes:
            raise InputError(f"{name} is empty: {wanted}")
        told = next((one.message for one in self.problems if one.code == _NOT_A_STREAM), wanted)
        raise InputError(f"{name}: {told}")

    def _read(self, chunks: Iterable[bytes]) -> Iterator[KlvPacket]:
        for chunk in chunks:
            self._bytes += len(chunk)
            yield from self._reader.feed(chunk)
        yield from self._reader.finish()
