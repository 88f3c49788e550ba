"""How a ray ends, said so that nobody takes the sky for the ground or the edge of a model for either."""

from enum import IntEnum

HIT, SKY, OFF_TERRAIN, VOID, UNDER_GROUND, UNKNOWN, OUT_OF_VOID, OUT_OF_NOWHERE = range(8)
"""As the casters say it; the last two come under known ground out of a void, or from beyond the terrain."""
ON_GROUND_M = 0.01
"""An answer is this near the terrain along the vertical."""
MARGIN_M = 2.0
"""So far above the highest and below the lowest ground rays are looked at: a scaled ellipsoid is near."""
MEAN_RADIUS_M = 6371008.8
"""R of the refraction coefficient: a ray bends down by k d^2 / 2R."""


class RayEnd(IntEnum):
    """What a ray meets first."""

    HIT = HIT
    """Known ground, from above."""
    SKY = SKY
    """Nothing: it stays or rises above all ground, within the terrain."""
    OFF_TERRAIN = OFF_TERRAIN
    """Nothing on the terrain: it leaves above the ground, never reaches it, or enters it under the ground."""
    VOID = VOID
    """Ground that nobody knows: it comes down in a void, or out of one under known ground."""
    UNDER_GROUND = UNDER_GROUND
    """It starts under the ground."""
    UNKNOWN = UNKNOWN
    """An origin or a direction that is no number, or a direction of no length."""
