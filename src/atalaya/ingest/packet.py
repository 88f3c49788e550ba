"""One KLV packet, decoded whole: every item with its flag, and why where there is no value."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, read_length
from atalaya.ingest.checksum import ChecksumState, checksum_state
from atalaya.ingest.local_set import UNSAID, SaidRevisions, SetSpec, read_set, revisions_of, write_set
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY, UNIVERSAL_SETS_BY_KEY
from atalaya.ingest.universal_set import UniversalSpec, read_universal, write_universal
from atalaya.ingest.value import Decoded, Entries, Entry, Flag, Json, Value, entries_json

type Spec = SetSpec | UniversalSpec

_KEY_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPacket:
    """A packet and what it says.

    Args:
        index: its number in the source, from 0. packet: as it came.
        standard: of its set, "0601"; None for a key that nothing here knows.
        title: of the set. version: as the set says; None where it does not.
        utc: its time stamp as it is written, taken as UTC; None where it has none. MISP time is ahead of UTC
            by half a minute: `misp_time.utc_of` says which of the two this is, and how sure that is.
        checksum: what its sum says. entries: its items. problems: what could not be read.
        length_size: bytes of the BER length as written.
        complete: its items were read to the end.
        said: revisions by standard that its stream had said before.
    """

    index: int
    packet: KlvPacket
    standard: str | None
    title: str | None
    version: int | None
    utc: datetime | None
    checksum: ChecksumState
    entries: Entries
    problems: tuple[str, ...]
    length_size: int
    complete: bool
    said: SaidRevisions = UNSAID


def decode_packets(packets: Iterable[KlvPacket]) -> Iterator[DecodedPacket]:
    """Packets of one source in order, each decoded by the revisions that its PID said last; never raises.

    A producer may say a revision once and leave it out afterwards; one from a packet whose sum fails is not
    believed.
    """
    said: defaultdict[int | None, dict[str, int]] = defaultdict(dict)
    for index, packet in enumerate(packets):
        decoded = decode_packet(index, packet, said=dict(said[packet.pid]))
        yield decoded
        spec = _spec(packet.data[:_KEY_BYTES])
        if isinstance(spec, SetSpec) and decoded.checksum is not ChecksumState.FAILED:
            said[packet.pid] |= revisions_of(spec, decoded.entries)


def decode_packet(index: int, packet: KlvPacket, *, said: SaidRevisions = UNSAID) -> DecodedPacket:
    """Everything one packet says; never raises, whatever its bytes are.

    Args:
        index: its number in the source.
        packet: as it came.
        said: revisions by standard from before, for sets that do not say their own: see `decode_packets`.
    """
    spec = _spec(packet.data[:_KEY_BYTES])
    problems: list[str] = []
    entries: Entries = ()
    length_size, complete = 1, False
    try:
        declared, start = read_length(packet.data, _KEY_BYTES)
        length_size = start - _KEY_BYTES
        if start + declared != len(packet.data):
            problems.append(f"{declared} bytes were announced, {len(packet.data) - start} are there")
        if spec is not None:
            entries, complaint = _read(spec, packet.data[start:], said)
            complete = complaint is None
            problems += [] if complaint is None else [complaint]
    except KlvError as error:
        problems.append(str(error))
    closing = spec.closing if isinstance(spec, SetSpec) else None
    state = ChecksumState.ABSENT if closing is None else checksum_state(packet.data, closing)
    if spec is None:
        problems.append(f"no catalogue knows the key {packet.data[:_KEY_BYTES].hex()}")
    if packet.repaired:
        proof = "proved by the checksum" if packet.checksum_ok else "not proved by a checksum"
        problems.append(
            f"the first five bytes of its key were missing (FFmpeg 6.1) and are put back: {proof}"
        )
    if state is ChecksumState.FAILED:
        problems.append("the checksum does not hold: nothing here is used for positions")
        entries = _distrusted(entries)
    elif state is ChecksumState.PAYLOAD_ONLY:
        problems.append("the checksum covers the payload only, against the standard; it holds")
    return DecodedPacket(
        index=index,
        packet=packet,
        standard=None if spec is None else spec.standard,
        title=None if spec is None else spec.title,
        version=None if spec is None else _number(entries, spec.version_tag),
        utc=None if spec is None else _utc(entries, spec.time_tag),
        checksum=state,
        entries=entries,
        problems=(*problems, *_complaints(entries)),
        length_size=length_size,
        complete=complete,
        said=said,
    )


def packet_json(decoded: DecodedPacket) -> dict[str, Json]:
    """A packet as one JSON object, as `atalaya klv decode` writes it."""
    packet, utc = decoded.packet, decoded.utc
    return {
        "index": decoded.index,
        "offset": packet.offset,
        "pid": packet.pid,
        "pts_s": packet.pts_s,
        "utc": None if utc is None else utc.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "set": decoded.standard,
        "version": decoded.version,
        "checksum": str(decoded.checksum),
        "items": entries_json(decoded.entries),
        "problems": list(decoded.problems),
    }


def encode_packet(decoded: DecodedPacket, *, without: frozenset[int | bytes] = frozenset()) -> bytes:
    """The packet written anew from what was decoded, some items left out, its sum made anew.

    Args:
        decoded: a packet whose set is known and was read to its end.
        without: tags to withhold, or in a universal set whole labels, where 0 are all items that have no tag;
            item 1 is written where it was.

    Returns:
        Key, length, value; with nothing withheld the bytes that came, where the packet was valid.

    Raises:
        KlvError: the set is not known, was cut short, or holds a value that cannot be said.
    """
    key = decoded.packet.data[:_KEY_BYTES]
    spec = _spec(key)
    if spec is None:
        raise KlvError(f"no catalogue knows the key {key.hex()}")
    if not decoded.complete:
        raise KlvError(f"packet {decoded.index} was cut short: what is missing cannot be written")
    kept = tuple(entry for entry in decoded.entries if entry.tag not in without and entry.key not in without)
    body = _write(spec, kept, decoded.said)
    head = key + length_bytes(len(body), decoded.length_size)
    closing = spec.closing if isinstance(spec, SetSpec) else None
    if closing is None or decoded.checksum is ChecksumState.FAILED:
        return head + body
    size = closing.summing.size
    if not (kept and kept[-1].tag == closing.tag and len(kept[-1].value.raw) == size):
        return head + body
    summed = body[:-size] if decoded.checksum is ChecksumState.PAYLOAD_ONLY else head + body[:-size]
    return head + body[:-size] + closing.summing.of(summed)


def _spec(key: bytes) -> Spec | None:
    return LOCAL_SETS_BY_KEY.get(key) or UNIVERSAL_SETS_BY_KEY.get(key)


def _read(spec: Spec, data: bytes, said: SaidRevisions) -> tuple[Entries, str | None]:
    return read_universal(spec, data) if isinstance(spec, UniversalSpec) else read_set(spec, data, said)


def _write(spec: Spec, entries: Entries, said: SaidRevisions) -> bytes:
    if isinstance(spec, UniversalSpec):
        return write_universal(spec, entries)
    return write_set(spec, entries, said)


def _distrusted(entries: Entries) -> Entries:
    return tuple(
        replace(entry, value=replace(entry.value, flag=Flag.CHECKSUM_FAILED))
        if entry.value.flag is Flag.OK
        else entry
        for entry in entries
    )


def _value(entries: Entries, tag: int | None) -> Value | None:
    return next((entry.value for entry in entries if entry.tag == tag), None)


def _number(entries: Entries, tag: int | None) -> int | None:
    found = _value(entries, tag)
    return found.value if found is not None and isinstance(found.value, int) else None


def _utc(entries: Entries, tag: int | None) -> datetime | None:
    time_us = _number(entries, tag)
    if time_us is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return None


def _complaints(entries: Entries, path: str = "") -> Iterator[str]:
    """What could not be read, item by item, nested ones by their path."""
    for entry in entries:
        item = str(entry.tag) if entry.key is None else entry.key.hex()
        yield from _complaints_of(entry, f"{path}{item}")


def _complaints_of(entry: Entry, path: str) -> Iterator[str]:
    if entry.value.flag in (Flag.MALFORMED, Flag.OUT_OF_RANGE, Flag.UNKNOWN_ITEM):
        yield f"item {path}: {entry.value.flag}: {entry.value.reason}"
    yield from _complaints_inside(entry.value.value, path)


def _complaints_inside(value: Decoded, path: str) -> Iterator[str]:
    """The same for sets inside a value, those of a series by their place in it, from 0."""
    match value:
        case tuple():
            yield from _complaints(value, f"{path}.")
        case list():
            for place, one in enumerate(value):
                yield from _complaints_inside(one, f"{path}[{place}]")
        case dict():
            for one in value.values():
                yield from _complaints_inside(one, path)
        case _:
            return
