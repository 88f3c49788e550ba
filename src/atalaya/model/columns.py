"""Records of aligned arrays: every field an array, N first, checked once, sliced together."""

from dataclasses import fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError


class Columns:
    """Base of table records; subclasses are frozen, slotted dataclasses whose fields are all arrays.

    Raises:
        InputError: a field is not an array, has another dtype kind or another N than its siblings.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        lengths = {name: column.shape[0] for name, column in self.columns().items()}
        if len(set(lengths.values())) > 1:
            raise InputError(f"{type(self).__name__}: columns differ in length: {lengths}")

    def __len__(self) -> int:
        return int(next(iter(self.columns().values())).shape[0])

    def columns(self) -> dict[str, NDArray[Any]]:
        """The arrays by field name, in the order of declaration.

        Raises:
            InputError: a field is not an array with at least one axis.
        """
        found: dict[str, NDArray[Any]] = {}
        for field in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, field.name)
            if not isinstance(value, np.ndarray) or value.ndim < 1:
                raise InputError(f"{type(self).__name__}.{field.name} must be an array with N first")
            found[field.name] = value
        return found

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Self:
        """The same record with only these rows, in this order."""
        return type(self)(**{name: column[rows] for name, column in self.columns().items()})

    @classmethod
    def concatenate(cls, parts: list[Self]) -> Self:
        """The rows of all parts, in order.

        Raises:
            InputError: there is no part.
        """
        if not parts:
            raise InputError(f"{cls.__name__}.concatenate needs at least one part")
        names = parts[0].columns()
        return cls(**{name: np.concatenate([part.columns()[name] for part in parts]) for name in names})
