"""One sender's bytes, in pieces as they come → KLV packets, at once; nothing is indexed or kept."""

from collections.abc import Callable

import numpy as np

from atalaya.ingest.continuity import ContinuityWatch, Missing
from atalaya.ingest.demux import TransportDemultiplexer
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.rtp import is_whole_transport
from atalaya.ingest.splitter import SET_PREFIX, KlvSplitter, Span
from atalaya.ingest.stream import UAS_DATALINK_KEY, detect_format
from atalaya.ingest.transport import PACKET_BYTES, TransportAligner, TransportBlock, find_layout
from atalaya.model.problem import Problem
from atalaya.model.source import SourceFormat
from atalaya.units import Seconds

_HEAD_BYTES = 4096
_LONGEST_PREAMBLE_BYTES = 1 << 16
_SURELY_ALIGNED_BYTES = 3 * PACKET_BYTES
_COUNTED_ELSEWHERE = frozenset({"ts-continuity"})


class DrainedLog(ProblemLog):
    """Hands every problem on as it is reported, and keeps none: a stream that runs for days has many.

    Gaps in a PID are left to the continuity watch, which follows every PID.
    """

    def __init__(self, tell: Callable[[Problem], None], tell_missing: Callable[[Missing], None]) -> None:
        super().__init__()
        self._tell = tell
        self.tell_missing = tell_missing

    def report(self, code: str, message: str, offset: int | None = None) -> None:
        """Hand one problem on."""
        if code not in _COUNTED_ELSEWHERE:
            self._tell(Problem(code=code, message=message, offset=offset))


class LiveBytes:
    """Reads pieces of a transport stream or of bare KLV, told from their content.

    A datagram of whole transport packets is read at once; in pieces cut anywhere, the last transport packet
    waits for the sync byte after it.

    Args:
        datagrams: a piece that begins with a key ends whatever came before it.
        offset: of the first byte that will come.
    """

    def __init__(self, log: DrainedLog, *, datagrams: bool, offset: int = 0) -> None:
        self._log = log
        self._datagrams = datagrams
        self._offset = offset
        self._head = b""
        self._told_foreign = False
        self._told_repaired = False
        self._format: SourceFormat | None = None
        self._aligner: TransportAligner | None = None
        self._aligner_offset = 0
        self._demultiplexer = TransportDemultiplexer(log, index=False)
        self._watch = ContinuityWatch()
        self._splitter = KlvSplitter(log)
        self._splitter_offset = offset

    def put(self, data: bytes) -> list[KlvPacket]:
        """The packets that are whole now."""
        if self._format is None:
            data = self._begin(data)
        if not data:
            return []
        if self._format is SourceFormat.MPEG_TS:
            return self._demultiplexed(self._blocks(data))
        return self._split(data)

    def finish(self) -> list[KlvPacket]:
        """The packets that the end completes."""
        found = self._end_beginning()
        if self._format is SourceFormat.MPEG_TS:
            found += self._demultiplexed(self._end_aligner())
            return found + self._noted(self._demultiplexer.finish())
        return found + self._bare(self._splitter.break_here())

    def _begin(self, data: bytes) -> bytes:
        """Gather bytes until it is clear what they are; then give all of them back."""
        self._head += data
        if is_whole_transport(self._head):
            self._format = SourceFormat.MPEG_TS
        elif data.startswith(SET_PREFIX) and (self._datagrams or len(self._head) == len(data)):
            self._format = SourceFormat.KLV
        elif len(self._head) >= _HEAD_BYTES:
            self._format = detect_format(self._head)
        head = self._head
        if self._format is None and len(head) <= _LONGEST_PREAMBLE_BYTES:
            return b""
        if self._format is None:
            self._note_foreign(len(head))
        self._splitter_offset = self._offset
        self._head = b""
        return head if self._format is not None else b""

    def _end_beginning(self) -> list[KlvPacket]:
        """What was gathered, where the end came before it was clear what it is."""
        if self._format is not None or not self._head:
            return []
        head, self._head = self._head, b""
        self._format = detect_format(head)
        if self._format is None:
            self._note_foreign(len(head))
            return []
        self._splitter_offset = self._offset
        return self.put(head)

    def _note_foreign(self, size: int) -> None:
        if not self._told_foreign:
            message = f"a transport stream or KLV was wanted, {size} bytes of something else came so far"
            self._log.report("not-a-stream", message, self._offset)
        self._told_foreign = True
        self._offset += size

    def _blocks(self, data: bytes) -> list[TransportBlock]:
        """Whole transport packets: this piece's at once where it holds nothing else."""
        if is_whole_transport(data) and (self._aligner is None or len(data) >= _SURELY_ALIGNED_BYTES):
            blocks = self._end_aligner()
            rows = np.frombuffer(data, dtype=np.uint8).reshape(-1, PACKET_BYTES)
            blocks.append(TransportBlock(self._offset, PACKET_BYTES, rows))
            self._offset += len(data)
            return blocks
        if self._aligner is None:
            self._head += data
            layout = find_layout(self._head)
            if layout is None:
                return self._skip_unaligned()
            self._aligner, self._aligner_offset = TransportAligner(layout, self._log), self._offset
            data, self._head = self._head, b""
        self._offset += len(data)
        return [self._placed(block) for block in self._aligner.feed(data)]

    def _skip_unaligned(self) -> list[TransportBlock]:
        if len(self._head) > _HEAD_BYTES:
            self._drop_head()
        return []

    def _drop_head(self) -> None:
        if self._head:
            message = f"a transport packet was wanted, {len(self._head)} bytes are skipped"
            self._log.report("ts-lost-sync", message, self._offset)
            self._offset += len(self._head)
            self._head = b""

    def _end_aligner(self) -> list[TransportBlock]:
        """What the aligner still holds, when pieces begin with a packet again or the end has come."""
        self._drop_head()
        if self._aligner is None:
            return []
        blocks = [self._placed(block) for block in self._aligner.finish()]
        self._aligner = None
        return blocks

    def _placed(self, block: TransportBlock) -> TransportBlock:
        return TransportBlock(self._aligner_offset + block.offset, block.spacing, block.rows)

    def _demultiplexed(self, blocks: list[TransportBlock]) -> list[KlvPacket]:
        found: list[KlvPacket] = []
        for block in blocks:
            for missing in self._watch.put(block):
                self._log.tell_missing(missing)
            found += self._demultiplexer.put(block)
        return self._noted(found)

    def _split(self, data: bytes) -> list[KlvPacket]:
        spans: list[Span] = []
        if self._datagrams and data.startswith(SET_PREFIX):
            spans += self._splitter.break_here()
        spans += self._splitter.feed(data)
        return self._bare(spans)

    def _bare(self, spans: list[Span]) -> list[KlvPacket]:
        return self._noted([bare_packet(span, self._splitter_offset, None) for span in spans])

    def _noted(self, packets: list[KlvPacket]) -> list[KlvPacket]:
        note_checksums(self._log, packets)
        repaired = next((packet for packet in packets if packet.repaired), None)
        if repaired is not None and not self._told_repaired:
            self._told_repaired = True
            message = (
                "packets come without the first five bytes of their key, as FFmpeg 6.1 leaves them: put back"
            )
            self._log.report("ffmpeg-6.1-damage", message, repaired.offset)
        return packets


def whole_packets(log: ProblemLog, data: bytes, offset: int, pts_s: Seconds | None) -> list[KlvPacket]:
    """The packets of bytes that begin and end with one, all of one time.

    Args:
        log: is told what is wrong.
        data: keys, lengths and values.
        offset: of the first byte.
        pts_s: on the sender's clock; None where that is not known.
    """
    splitter = KlvSplitter(log)
    packets = [bare_packet(span, offset, pts_s) for span in (*splitter.feed(data), *splitter.break_here())]
    note_checksums(log, packets)
    return packets


def bare_packet(span: Span, offset: int, pts_s: Seconds | None) -> KlvPacket:
    """A packet that came in no transport stream; `offset` is that of the splitter's first byte."""
    return KlvPacket(
        offset=offset + span.start,
        last_offset=offset + span.start + span.length - 1,
        length=span.length,
        pid=None,
        pts_s=pts_s,
        data=span.data,
        checksum_ok=span.checksum_ok,
        repaired=span.repaired,
    )


def note_checksums(log: ProblemLog, packets: list[KlvPacket]) -> None:
    """Report each ST 0601 packet whose checksum does not hold."""
    for packet in packets:
        if packet.data.startswith(UAS_DATALINK_KEY) and not packet.checksum_ok:
            message = "an ST 0601 packet's checksum does not hold: counted, not used for positions"
            log.report("checksum-failed", message, packet.offset)
