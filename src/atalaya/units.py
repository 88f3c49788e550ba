"""Unit aliases: a number says its unit in its type and, unit last, in its name.

The aliases document; they do not convert. Arrays of any shape use the same aliases in the plural.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

type Metres = Annotated[float, "m"]
type Degrees = Annotated[float, "deg"]
type Radians = Annotated[float, "rad"]
type Seconds = Annotated[float, "s"]
type Pixels = Annotated[float, "px"]
type Bits = Annotated[float, "bit"]
type Probability = Annotated[float, "1"]
type Microseconds = Annotated[int, "us since 1970-01-01T00:00:00Z"]

type MetresArray = Annotated[NDArray[np.float64], "m"]
type DegreesArray = Annotated[NDArray[np.float64], "deg"]
type RadiansArray = Annotated[NDArray[np.float64], "rad"]
type PixelsArray = Annotated[NDArray[np.float64], "px"]
type MicrosecondsArray = Annotated[NDArray[np.int64], "us since 1970-01-01T00:00:00Z"]
type SquareMetres = Annotated[NDArray[np.float64], "m2"]
