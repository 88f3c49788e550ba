"""Damage to bare KLV of which is known which packets it left whole."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_LOSSES = 40
_CHANGE_EVERY_BYTES = 5_000


class Damage(StrEnum):
    """How bytes are damaged."""

    CHANGED = "one random byte changed per 5 kB"
    LOST_BYTES = "40 single bytes lost"
    LOST_RUNS = "40 x 184 bytes lost"


@dataclass(frozen=True, slots=True)
class Damaged:
    """Damaged bytes, and where packets that were left whole lie in them: offset -> number."""

    data: bytes
    whole: dict[int, int]


def damaged(
    data: bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64], how: Damage, seed: int
) -> Damaged:
    """One way of damaging packets that begin at `starts`."""
    rng = np.random.default_rng([seed, list(Damage).index(how)])
    octets = np.frombuffer(data, dtype=np.uint8).copy()
    kept, touched = np.ones(len(data), dtype=np.bool_), np.zeros(len(data), dtype=np.bool_)
    if how is Damage.CHANGED:
        places = rng.choice(len(data), size=len(data) // _CHANGE_EVERY_BYTES, replace=False)
        octets[places] ^= rng.integers(1, 256, places.size).astype(np.uint8)
        touched[places] = True
    else:
        length = 184 if how is Damage.LOST_RUNS else 1
        for place in rng.integers(0, len(data) - length, _LOSSES).tolist():
            kept[place : place + length] = False
        touched = ~kept
    before = np.concatenate([[0], np.cumsum(touched)])
    where = np.cumsum(kept) - 1
    whole = np.flatnonzero(before[starts + lengths] == before[starts])
    return Damaged(octets[kept].tobytes(), {int(where[starts[number]]): int(number) for number in whole})
