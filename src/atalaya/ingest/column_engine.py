"""Which of the two ways of walking packets is used: compiled where that is possible, else NumPy."""

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from atalaya.errors import InputError
from atalaya.ingest.column_block import Engine
from atalaya.ingest.column_numpy import NumpyEngine

type EngineName = Literal["auto", "numba", "numpy"]


def engine_of(name: EngineName) -> Engine:
    """The engine of that name; "auto": the compiled one where numba can be imported.

    Raises:
        InputError: numba was wanted and cannot be had.
    """
    if name == "numpy":
        return NumpyEngine()
    compiled = _compiled()
    if compiled is None and name == "numba":
        raise InputError("the engine numba was wanted, numba cannot be imported here")
    return NumpyEngine() if compiled is None else compiled


@cache
def _compiled() -> Engine | None:
    """The compiled engine; importing it costs half a second, compiling it some seconds once a machine."""
    if sys.byteorder != "little" or find_spec("numba") is None:
        return None
    try:
        engine: Engine = import_module("atalaya.ingest.column_numba").NumbaEngine()
    except RuntimeError:  # numba finds no place for what it compiles
        return None
    return engine
