"""What makes one biome differ from another: what grows, how densely, on what ground, how hilly."""

from dataclasses import dataclass

from atalaya.simulation.objects import Colour
from atalaya.simulation.scene_spec import Biome
from atalaya.simulation.solids import Material
from atalaya.units import Metres

type Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Species:
    """A kind of tree, in ranges from the smallest to the largest; columns as in `Trees`.

    Args:
        share: of the trees of its biome. depth_share: crown depth over height.
    """

    share: float
    crown_radius_m: Span
    height_m: Span
    depth_share: float
    porosity: Span
    clump_m: Span
    leaves: tuple[Colour, ...]
    material: Material = Material.LEAVES
    shape: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Colours of the ground in full sun: two soils, two grasses, leaf litter, and the share of grass."""

    soils: tuple[Colour, Colour]
    grasses: tuple[Colour, Colour]
    litter: Colour
    grass: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BiomeLook:
    """Everything of a biome that is a number.

    Args:
        relief_share: of a sierra's heights. density: 0..1 how much of the ground crowns cover by nature.
        spacing_m: between stems where it is dense. patchiness: how much the density varies.
    """

    relief_share: float
    density: float
    patchiness: float
    spacing_m: Metres
    species: tuple[Species, ...]
    ground: Ground


_OAK = Species(
    share=0.65,
    crown_radius_m=(1.8, 4.4),
    height_m=(5.0, 12.0),
    depth_share=0.6,
    porosity=(0.12, 0.3),
    clump_m=(0.35, 0.7),
    leaves=((64, 82, 42), (80, 96, 50), (56, 74, 44), (72, 88, 52)),
)
_PINE = Species(
    share=0.35,
    crown_radius_m=(1.4, 3.0),
    height_m=(9.0, 18.0),
    depth_share=0.55,
    porosity=(0.2, 0.4),
    clump_m=(0.3, 0.6),
    leaves=((58, 76, 50), (66, 84, 58), (50, 68, 46)),
)
LOOKS: dict[Biome, BiomeLook] = {
    Biome.SIERRA: BiomeLook(
        relief_share=1.0,
        density=0.62,
        patchiness=0.3,
        spacing_m=4.6,
        species=(_OAK, _PINE),
        ground=Ground(
            soils=((176, 150, 116), (124, 108, 80)),
            grasses=((138, 130, 82), (112, 116, 64)),
            litter=(112, 94, 70),
            grass=0.5,
        ),
    ),
}
