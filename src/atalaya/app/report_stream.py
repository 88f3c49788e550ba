"""A stream beside its standards, and against itself: what `atalaya klv report` says; needs no workspace."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from atalaya.app.ground import Ground
from atalaya.app.pose_findings import Contradiction, contradictions
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import HeightReference
from atalaya.ingest.conformance import ConformanceReport, conformance_report
from atalaya.ingest.findings import ConformanceFinding, Severity
from atalaya.ingest.frames import read_frames
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.stream import PREDATOR_KEY, UAS_DATALINK_KEY, StreamReader
from atalaya.model.frame import FrameTable


def report_stream(chunks: Iterable[bytes]) -> ConformanceReport:
    """`conformance_report`, and whether pose, frame centre and heights of the stream agree with each other.

    Args:
        chunks: its bytes in order, in pieces of any size.

    Returns:
        The report; contradictions stand behind the errors, as warnings. Heights are taken in the datum in
        which the stream says more of its sensor; no terrain is asked.
    """
    reader, packets = StreamReader(index=False), list[KlvPacket]()
    found = conformance_report(_watched(chunks, reader, packets))
    packets += _of_frames(reader.finish())
    said = [_finding(one) for one in _contradictions(read_frames(packets)[0])]
    errors = [one for one in found.findings if one.severity is Severity.ERROR]
    rest = [one for one in found.findings if one.severity is not Severity.ERROR]
    return replace(found, findings=(*errors, *said, *rest))


def _watched(chunks: Iterable[bytes], reader: StreamReader, packets: list[KlvPacket]) -> Iterator[bytes]:
    for chunk in chunks:
        packets += _of_frames(reader.feed(chunk))
        yield chunk


def _of_frames(packets: Iterable[KlvPacket]) -> list[KlvPacket]:
    return [packet for packet in packets if packet.data.startswith((UAS_DATALINK_KEY, PREDATOR_KEY))]


def _contradictions(frames: FrameTable) -> tuple[Contradiction, ...]:
    if not len(frames):
        return ()
    in_msl = np.isfinite(frames.sensor_msl_m).sum() > np.isfinite(frames.sensor_hae_m).sum()
    ground = Ground(
        terrain=ConstantHeight(0.0),
        geoid=None,
        heights=HeightReference.MSL_AS_HAE if in_msl else HeightReference.HAE,
        errors=PoseErrors(),
        facts={},
    )
    return contradictions(ground, frames, against=("slant-range",))


def _finding(found: Contradiction) -> ConformanceFinding:
    return ConformanceFinding(
        code=found.code,
        severity=Severity.WARNING,
        standard=None,
        clause=None,
        message_en=found.words.en,
        message_es=found.words.es,
        count=found.frames,
        first_offset=None,
    )
