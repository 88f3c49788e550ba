"""All packets of a source in columns, standard by standard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_engine import EngineName
from atalaya.ingest.columns import KlvColumns, decode_bytes, decode_columns
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumns:
    """Packets of a source.

    Args:
        index: for each of `columns` the (N,) numbers of its packets in the source, from 0.
        columns: one for each local set that has packets, in the order of their first packet.
        others: numbers of the packets that no local set's catalogue reads: universal sets, unknown keys.
    """

    index: tuple[NDArray[np.int64], ...]
    columns: tuple[KlvColumns, ...]
    others: tuple[int, ...]


def source_columns(packets: Sequence[KlvPacket], *, engine: EngineName = "auto") -> SourceColumns:
    """Every packet of a source in the columns of its standard.

    Args:
        packets: in the order of the source.
        engine: see `decode_columns`.
    """
    by_key: dict[bytes, list[int]] = {}
    for number, packet in enumerate(packets):
        by_key.setdefault(packet.data[:_KEY_BYTES], []).append(number)
    known = [(spec, by_key[key]) for key in by_key if (spec := LOCAL_SETS_BY_KEY.get(key)) is not None]
    others = [number for key, numbers in by_key.items() if key not in LOCAL_SETS_BY_KEY for number in numbers]
    return SourceColumns(
        index=tuple(np.array(numbers, dtype=np.int64) for _, numbers in known),
        columns=tuple(
            decode_columns([packets[number] for number in numbers], spec=spec, engine=engine)
            for spec, numbers in known
        ),
        others=tuple(sorted(others)),
    )


def bare_columns(data: bytes, *, engine: EngineName = "auto") -> tuple[KlvColumns, ...]:
    """Bare KLV in columns, without an object for each packet: one for each local set that has packets.

    Args:
        data: the whole source.
        engine: see `decode_bytes`.
    """
    found = sorted((at, key) for key in LOCAL_SETS_BY_KEY if (at := data.find(key)) >= 0)
    columns = (decode_bytes(data, spec=LOCAL_SETS_BY_KEY[key], engine=engine) for _, key in found)
    return tuple(one for one in columns if len(one))
