"""MPEG-TS and KLV bytes to items, time and quality, and back. Pure: no device, no file."""

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.column_block import CHECKSUM_STATES
from atalaya.ingest.column_item import ItemColumn
from atalaya.ingest.column_values import ABSENT, FLAGS
from atalaya.ingest.columns import KlvColumns, decode_bytes, decode_columns
from atalaya.ingest.local_set import ItemSpec, SetSpec
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import DecodedPacket, decode_packet, decode_packets, encode_packet, packet_json
from atalaya.ingest.stream import StreamContents, StreamReader, read_klv, read_packets
from atalaya.ingest.value import Entry, Flag, Value

__all__ = [
    "ABSENT",
    "CHECKSUM_STATES",
    "FLAGS",
    "ChecksumState",
    "DecodedPacket",
    "Entry",
    "Flag",
    "ItemColumn",
    "ItemSpec",
    "KlvColumns",
    "KlvPacket",
    "SetSpec",
    "StreamContents",
    "StreamReader",
    "Value",
    "decode_bytes",
    "decode_columns",
    "decode_packet",
    "decode_packets",
    "encode_packet",
    "packet_json",
    "read_klv",
    "read_packets",
]
