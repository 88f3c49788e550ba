"""What the ground of a workspace is made of: each elevation model with its datum and its error."""

import math
from dataclasses import dataclass
from datetime import datetime

from atalaya.errors import InputError
from atalaya.geo.uncertainty import LE90_SIGMAS


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainSource:
    """One elevation model as it was imported; its heights are kept above the ellipsoid.

    Args:
        terrain_id: what it is called in this workspace.
        names, sha256: of the files it came as, byte for byte; more than one where they lie on one lattice.
        tile_sha256: of the file that is kept.
        product: what made it, or `unknown`.
        vertical_datum: what its heights were above, as the user said: `hae` or `msl`; `unknown` of old ones.
        stated_datum: the vertical system that the files themselves name, if any; it decides nothing.
        geoid, geoid_sha256: the grid that brought MSL heights to the ellipsoid; None for HAE.
        le90_m: 90 % of its heights are within this of the ground, and `le90_basis` says who says so.
        canopy_bias_m, canopy_sigma_m: how much higher than the ground it is said to be under trees, and how
            sure that is. The heights are left as they are; the error is not.
        quality: rank that the user gave, lower is better; None: by error and resolution.
        bounds_deg: west, south, east, north of its nodes.
        step_m: metres between nodes, the larger of the two ways.
        void_share: share of nodes without a height; None, as lowest and highest, where nobody counted.

    Raises:
        InputError: an LE90 or canopy that is no size of an error, or no files.
    """

    terrain_id: str
    names: tuple[str, ...]
    sha256: tuple[str, ...]
    tile_sha256: str
    product: str
    vertical_datum: str
    geoid: str | None
    geoid_sha256: str | None
    le90_m: float
    le90_basis: str
    canopy_bias_m: float
    canopy_sigma_m: float
    quality: int | None
    bounds_deg: tuple[float, float, float, float]
    rows: int
    cols: int
    step_m: float
    void_share: float | None
    lowest_hae_m: float | None
    highest_hae_m: float | None
    added_utc: datetime | None
    stated_datum: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.le90_m) and 0.0 < self.le90_m <= 1000.0):
            raise InputError(f"LE90 of a terrain is more than 0 and at most 1000 m, got {self.le90_m}")
        for name, value in (("bias", self.canopy_bias_m), ("sigma", self.canopy_sigma_m)):
            if not 0.0 <= value <= 100.0:
                raise InputError(f"canopy {name} of a terrain is 0 to 100 m, got {value}")
        if not self.names:
            raise InputError("a terrain comes from one file at least")

    @property
    def sigma_m(self) -> float:
        """Root of the mean square of its vertical error [m]: LE90 / 1.645 together with the canopy's.

        A surface model that is higher than the ground by b, unsure by s, errs by sqrt(b^2 + s^2) about what
        it states; its own error comes on top. Source: docs/explain/geoid.md, section on the canopy.
        """
        return math.hypot(self.le90_m / LE90_SIGMAS, self.canopy_bias_m, self.canopy_sigma_m)
