"""One item of many packets: a value and a flag for every row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_block import Numbers
from atalaya.ingest.column_values import ABSENT, CODES, FLAGS, HAS_VALUE
from atalaya.ingest.value import Decoded, Flag, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemColumn:
    """What one item says in each of N packets.

    Args:
        tag: item number.
        name: in the field's words; None where the catalogue does not know or must not say it.
        unit: of the values; None for what has none.
        values: (N,) float64, int64 or uint64 for numbers and codes: NaN or 0 where there is no value.
            (N,) int32 for all else: indices into `distinct`, -1 where there is no value.
        flags: (N,) uint8, codes of FLAGS, or ABSENT where the packet has no such item.
        distinct: the different values, each decoded once; None for numbers and codes.
        labels: the word behind each code; None where the item is no code.
    """

    tag: int
    name: str | None
    unit: str | None
    values: Numbers | NDArray[np.int32]
    flags: NDArray[np.uint8]
    distinct: tuple[Value, ...] | None = None
    labels: Mapping[int, str] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N,) the packet has the item, whatever it says."""
        return np.not_equal(self.flags, ABSENT)

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(N,) there is a value: flag ok, stale or checksum_failed."""
        return np.isin(self.flags, HAS_VALUE)

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """(N,) there is a value, and the packet's sum does not speak against it: flag ok or stale."""
        return np.isin(self.flags, (CODES[Flag.OK], CODES[Flag.STALE]))

    def flag(self, row: int) -> Flag | None:
        """The flag of one row, None where the packet has no such item."""
        code = int(self.flags[row])
        return None if code == ABSENT else FLAGS[code]

    def value(self, row: int) -> Decoded:
        """The value of one row, None where there is none."""
        if not bool(self.valid[row : row + 1].all()):
            return None
        number: int | float = self.values[row].item()
        return number if self.distinct is None else self.distinct[int(number)].value
