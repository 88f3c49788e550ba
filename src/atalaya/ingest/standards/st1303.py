"""Arrays inside an item (MDARRAY): sizes, how each element is written, the elements.

Source: MISB ST 1303.2; ST 1201.5 for arrays of IMAPB numbers.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import product

from atalaya.errors import KlvError
from atalaya.ingest.ber import oid_bytes, read_oid
from atalaya.ingest.codecs import Floating, Integer, number_of, whole_of
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.value import Codec, Decoded, Flag, Value, cleared, malformed

_MOST_ELEMENTS = 1 << 20
_MOST_DIMENSIONS = 8

FLOATS: tuple[Codec, ...] = (Floating(),)
UNSIGNED: tuple[Codec, ...] = (Integer(longest=8),)


class _Algorithm(IntEnum):
    """Ways of writing elements; 3, bits, is for truth values, of which no item here is made."""

    NATURAL = 1
    MAPPED = 2
    BIASED = 4
    RUNS = 5


@dataclass(frozen=True, slots=True)
class _Head:
    sizes: tuple[int, ...]
    element_bytes: int
    algorithm: int
    end: int

    @property
    def count(self) -> int:
        return math.prod(self.sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mdarray:
    """An array; an object of sizes, element_bytes, algorithm and values (flat, the last size runs fastest).

    Algorithm 1: elements as the item writes them; 2: IMAPB, with low, high and bounds_bytes (of both); 4:
    numbers above a bias; 5: patches over a background. An element without a value (NaN) is None.

    Args:
        natural: how an element is written by algorithm 1: one codec, or one for each index of
            the first dimension.
        dimensions: how many there must be; None for any.
    """

    natural: tuple[Codec, ...]
    dimensions: int | None = None

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        try:
            head = self._head(data)
            return Value(value=self._array(head, data[head.end :]), raw=data)
        except KlvError as error:
            return malformed(data, str(error))

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object, or an element that cannot be said.
        """
        if not isinstance(value, dict):
            raise KlvError(f"an array's object was wanted, got {value!r}")
        sizes, values = value.get("sizes"), value.get("values")
        if not isinstance(sizes, list) or not isinstance(values, list):
            raise KlvError("an array's sizes and values were wanted")
        head = _Head(
            tuple(whole_of(size) for size in sizes),
            whole_of(value.get("element_bytes")),
            whole_of(value.get("algorithm")),
            0,
        )
        self._check(head)
        if len(values) != head.count:
            raise KlvError(f"{head.count} elements were wanted, got {len(values)}")
        numbers = [len(head.sizes), *head.sizes, head.element_bytes, head.algorithm]
        return b"".join(oid_bytes(number) for number in numbers) + self._elements(head, value, values)

    def _head(self, data: bytes) -> _Head:
        dimensions, at = read_oid(data, 0)
        if not 1 <= dimensions <= _MOST_DIMENSIONS:
            raise KlvError(f"1 to {_MOST_DIMENSIONS} dimensions were wanted, got {dimensions}")
        numbers = []
        for _ in range(dimensions + 2):
            number, at = read_oid(data, at)
            numbers.append(number)
        *sizes, element_bytes, code = numbers
        head = _Head(tuple(sizes), element_bytes, code, at)
        self._check(head)
        return head

    def _check(self, head: _Head) -> None:
        """That the head is one that this item can have.

        Raises:
            KlvError: it is not.
        """
        if head.algorithm not in list(_Algorithm):
            raise KlvError(f"an algorithm of {[*map(int, _Algorithm)]} was wanted, got {head.algorithm}")
        if self.dimensions is not None and len(head.sizes) != self.dimensions:
            raise KlvError(f"{self.dimensions} dimensions were wanted, got {len(head.sizes)}")
        if not all(size >= 1 for size in head.sizes) or head.count > _MOST_ELEMENTS:
            raise KlvError(f"1 to {_MOST_ELEMENTS} elements were wanted, got sizes {list(head.sizes)}")
        if len(self.natural) > 1 and head.sizes[0] != len(self.natural):
            raise KlvError(f"a first size of {len(self.natural)} was wanted, got {head.sizes[0]}")
        if not 1 <= head.element_bytes <= 8:
            raise KlvError(f"elements of 1 to 8 bytes were wanted, got {head.element_bytes}")

    def _array(self, head: _Head, data: bytes) -> dict[str, Decoded]:
        said: dict[str, Decoded] = {
            "sizes": list(head.sizes),
            "element_bytes": head.element_bytes,
            "algorithm": head.algorithm,
        }
        match head.algorithm:
            case _Algorithm.NATURAL:
                return said | {"values": self._plain(head, data, self.natural)}
            case _Algorithm.MAPPED:
                return said | self._mapped(head, data)
            case _Algorithm.BIASED:
                return said | _biased(head, data)
            case _:
                return said | {"values": self._runs(head, data)}

    def _plain(self, head: _Head, data: bytes, codecs: tuple[Codec, ...]) -> list[Decoded]:
        size, per_codec = head.element_bytes, head.count // len(codecs)
        if len(data) != head.count * size:
            raise KlvError(f"{head.count} elements of {size} bytes were wanted, got {len(data)} bytes")
        return [
            _element(codecs[at // per_codec], data[at * size : (at + 1) * size]) for at in range(head.count)
        ]

    def _mapped(self, head: _Head, data: bytes) -> dict[str, Decoded]:
        bound_bytes = (len(data) - head.count * head.element_bytes) // 2
        if bound_bytes not in (4, 8):
            raise KlvError(f"two bounds of 4 or 8 bytes were wanted, got {len(data)} bytes with the elements")
        low, high = struct.unpack(">ff" if bound_bytes == 4 else ">dd", data[: 2 * bound_bytes])
        codec = Imapb(low=low, high=high, longest=head.element_bytes)
        values = self._plain(head, data[2 * bound_bytes :], (codec,))
        return {"low": low, "high": high, "bounds_bytes": 2 * bound_bytes, "values": values}

    def _runs(self, head: _Head, data: bytes) -> list[Decoded]:
        """Patches over a background, later ones above earlier ones."""
        codec, size = self._only_codec(), head.element_bytes
        if len(data) < size:
            raise KlvError(f"a background of {size} bytes was wanted, got {len(data)}")
        values = [_element(codec, data[:size])] * head.count
        at, painted = size, 0
        while at < len(data):
            value = _element(codec, data[at : at + size])
            at += size
            numbers = []
            for _ in range(2 * len(head.sizes)):
                number, at = read_oid(data, at)
                numbers.append(number)
            starts, lengths = numbers[: len(head.sizes)], numbers[len(head.sizes) :]
            painted += math.prod(lengths)
            if painted > 4 * _MOST_ELEMENTS:
                raise KlvError("patches that lie over each other too often")
            for place in _places(head.sizes, starts, lengths):
                values[place] = value
        return values

    def _only_codec(self) -> Codec:
        if len(self.natural) != 1:
            raise KlvError("runs were not wanted in this item")
        return self.natural[0]

    def _elements(self, head: _Head, said: dict[str, Decoded], values: list[Decoded]) -> bytes:
        size = head.element_bytes
        match head.algorithm:
            case _Algorithm.NATURAL:
                per_codec = head.count // len(self.natural)
                codecs = [self.natural[at // per_codec] for at in range(head.count)]
                return b"".join(
                    codec.encode(value, size) for codec, value in zip(codecs, values, strict=True)
                )
            case _Algorithm.MAPPED:
                return _mapped_bytes(size, said, values)
            case _Algorithm.BIASED:
                bias = whole_of(said.get("bias"))
                return oid_bytes(bias) + b"".join(oid_bytes(whole_of(value) - bias) for value in values)
            case _:
                return _run_bytes(head, self._only_codec(), values)


def _element(codec: Codec, data: bytes) -> Decoded:
    """A value, or None for a special one.

    Raises:
        KlvError: the bytes are not an element.
    """
    value = codec.decode(data)
    if value.flag in (Flag.MALFORMED, Flag.ZERO_LENGTH):
        raise KlvError(f"an element: {value.reason}")
    return value.value


def _biased(head: _Head, data: bytes) -> dict[str, Decoded]:
    bias, at = read_oid(data, 0)
    values: list[Decoded] = []
    for _ in range(head.count):
        number, at = read_oid(data, at)
        values.append(number + bias)
    if at != len(data):
        raise KlvError(f"{len(data) - at} bytes are left after the elements")
    return {"bias": bias, "values": values}


def _places(sizes: tuple[int, ...], starts: list[int], lengths: list[int]) -> Iterator[int]:
    """Places in the flat list of a patch.

    Raises:
        KlvError: it lies outside.
    """
    for size, start, length in zip(sizes, starts, lengths, strict=True):
        if start + length > size:
            raise KlvError(f"a patch of {length} from {start} lies outside a size of {size}")
    steps = [math.prod(sizes[at + 1 :]) for at in range(len(sizes))]
    spans = [range(start, start + length) for start, length in zip(starts, lengths, strict=True)]
    for place in product(*spans):
        yield sum(step * one for step, one in zip(steps, place, strict=True))


def _mapped_bytes(size: int, said: dict[str, Decoded], values: list[Decoded]) -> bytes:
    low, high = number_of(said.get("low")), number_of(said.get("high"))
    bound_bytes, odd = divmod(whole_of(said.get("bounds_bytes")), 2)
    if odd or bound_bytes not in (4, 8):
        raise KlvError(f"two bounds of 4 or 8 bytes were wanted, got {said.get('bounds_bytes')}")
    floating, codec = Floating(), Imapb(low=low, high=high, longest=size)
    bounds = floating.encode(low, bound_bytes) + floating.encode(high, bound_bytes)
    return bounds + b"".join(codec.encode(value, size) for value in values)


def _run_bytes(head: _Head, codec: Codec, values: list[Decoded]) -> bytes:
    """The first element as background, every other run of the last dimension as a patch."""
    written = codec.encode(values[0], head.element_bytes)
    width = head.sizes[-1]
    at = 0
    while at < len(values):
        end = at + 1
        while end < len(values) and end % width and values[end] == values[at]:
            end += 1
        if values[at] != values[0]:
            starts, rest = [], at
            for step in (math.prod(head.sizes[place + 1 :]) for place in range(len(head.sizes))):
                starts.append(rest // step)
                rest %= step
            numbers = [*starts, *[1] * (len(starts) - 1), end - at]
            written += codec.encode(values[at], head.element_bytes)
            written += b"".join(oid_bytes(number) for number in numbers)
        at = end
    return written
