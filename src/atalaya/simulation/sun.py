"""What colour the sun's light is, by formulas short enough to check by hand."""

import math

import numpy as np
from numpy.typing import NDArray

from atalaya.units import Degrees

WAVELENGTH_UM = (0.61, 0.55, 0.465)
"""Where the red, green and blue channels of a colour sensor are most sensitive."""


def air_mass(elevation_deg: Degrees) -> float:
    """How many vertical atmospheres the sun's light comes through; of a sun below the horizon as at it.

    Source: Kasten and Young, Applied Optics 28 (1989) 4735-4738.
    """
    height = max(elevation_deg, 0.0)
    return 1.0 / (math.sin(math.radians(height)) + 0.50572 * math.pow(height + 6.07995, -1.6364))


def sun_colour(elevation_deg: Degrees, haze_depth: float = 0.1) -> NDArray[np.float64]:
    """(3,) red, green, blue of direct sunlight against that of a sun overhead; green is 1.

    Args:
        elevation_deg: of the sun.
        haze_depth: vertical optical depth of the haze at 0.55 um.

    Source: Rayleigh optical depth 0.00864 um^-(3.916 + 0.074 um + 0.05 / um), Fröhlich and Shaw, Applied
    Optics 19 (1980) 1773-1775; haze as um^-1.3 (Ångström).
    """
    wave = np.array(WAVELENGTH_UM)
    rayleigh = 0.00864 * wave ** -(3.916 + 0.074 * wave + 0.050 / wave)
    depth = rayleigh + haze_depth * (wave / 0.55) ** -1.3
    kept = np.exp(-depth * (air_mass(elevation_deg) - 1.0))
    return np.asarray(kept / kept[1])
