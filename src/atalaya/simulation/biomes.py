"""What makes one biome differ from another: what grows, how densely, on what ground, how hilly."""

from dataclasses import dataclass, replace

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
        base_hae_m: range of the ground's height. water_width_m, water: of streams, canals or channels.
    """

    relief_share: float
    density: float
    patchiness: float
    spacing_m: Metres
    species: tuple[Species, ...]
    ground: Ground
    base_hae_m: Span = (440.0, 620.0)
    water_width_m: Metres = 2.2
    water: Colour = (82, 88, 72)
    water_material: Material = Material.WATER


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
    share=0.33,
    crown_radius_m=(1.4, 3.0),
    height_m=(9.0, 18.0),
    depth_share=0.55,
    porosity=(0.2, 0.4),
    clump_m=(0.3, 0.6),
    leaves=((58, 76, 50), (66, 84, 58), (50, 68, 46)),
)
_DEAD = Species(
    share=0.035,
    crown_radius_m=(1.4, 3.4),
    height_m=(4.0, 11.0),
    depth_share=0.6,
    porosity=(0.5, 0.75),
    clump_m=(0.25, 0.5),
    leaves=((132, 112, 84), (120, 104, 86), (142, 118, 80)),
    material=Material.DRY_LEAVES,
)
"""A crown that has withered for no one's fault grows everywhere."""
_LEAFLESS = Species(
    share=0.55,
    crown_radius_m=(1.4, 3.2),
    height_m=(4.0, 9.0),
    depth_share=0.65,
    porosity=(0.3, 0.6),
    clump_m=(0.25, 0.5),
    leaves=((132, 118, 94), (122, 108, 88), (142, 128, 98), (112, 104, 78)),
    material=Material.DRY_LEAVES,
)
_THORN = Species(
    share=0.45,
    crown_radius_m=(1.2, 3.0),
    height_m=(3.0, 7.0),
    depth_share=0.6,
    porosity=(0.25, 0.45),
    clump_m=(0.3, 0.6),
    leaves=((98, 108, 64), (86, 98, 60), (112, 116, 74)),
)
_PALM = Species(
    share=0.9,
    crown_radius_m=(2.2, 3.4),
    height_m=(7.0, 15.0),
    depth_share=0.3,
    porosity=(0.66, 0.72),
    clump_m=(0.4, 0.7),
    leaves=((88, 104, 58), (98, 112, 64), (80, 98, 56)),
    shape=1,
)
_MANGROVE = Species(
    share=0.98,
    crown_radius_m=(1.6, 3.8),
    height_m=(4.0, 9.0),
    depth_share=0.7,
    porosity=(0.1, 0.25),
    clump_m=(0.3, 0.6),
    leaves=((62, 86, 44), (70, 96, 50), (58, 80, 46), (78, 100, 54)),
)
_GARDEN = Species(
    share=0.8,
    crown_radius_m=(1.5, 3.8),
    height_m=(4.0, 9.0),
    depth_share=0.65,
    porosity=(0.1, 0.3),
    clump_m=(0.3, 0.6),
    leaves=((66, 92, 44), (78, 100, 52), (58, 82, 44), (104, 92, 78)),
)


def _rarer(kind: Species, share: float) -> Species:
    return replace(kind, share=share)


_HILLS = Ground(
    soils=((176, 150, 116), (124, 108, 80)),
    grasses=((138, 130, 82), (112, 116, 64)),
    litter=(112, 94, 70),
    grass=0.5,
)
LOOKS: dict[Biome, BiomeLook] = {
    Biome.SIERRA: BiomeLook(
        relief_share=1.0,
        density=0.74,
        patchiness=0.3,
        spacing_m=3.7,
        species=(_OAK, _PINE, _DEAD),
        ground=_HILLS,
    ),
    Biome.DRY_FOREST: BiomeLook(
        relief_share=0.4,
        density=0.8,
        patchiness=0.25,
        spacing_m=3.5,
        species=(_LEAFLESS, _THORN),
        ground=Ground(
            soils=((188, 160, 122), (150, 126, 94)),
            grasses=((168, 150, 104), (146, 134, 92)),
            litter=(142, 116, 84),
            grass=0.35,
        ),
        water_width_m=4.0,
        water=(188, 174, 148),
        water_material=Material.SOIL,
    ),
    Biome.FIELD_EDGE: BiomeLook(
        relief_share=0.03,
        density=0.88,
        patchiness=0.25,
        spacing_m=3.8,
        species=(_PALM, _rarer(_GARDEN, 0.08), _DEAD),
        ground=Ground(
            soils=((164, 138, 104), (136, 114, 86)),
            grasses=((126, 130, 76), (104, 118, 62)),
            litter=(128, 110, 80),
            grass=0.6,
        ),
        water_width_m=3.0,
    ),
    Biome.MANGROVE: BiomeLook(
        relief_share=0.012,
        density=0.86,
        patchiness=0.15,
        spacing_m=3.9,
        species=(_MANGROVE, _DEAD),
        ground=Ground(
            soils=((110, 96, 76), (88, 78, 62)),
            grasses=((98, 100, 66), (84, 92, 58)),
            litter=(92, 78, 60),
            grass=0.2,
        ),
        base_hae_m=(-26.0, -24.0),
        water_width_m=16.0,
        water=(70, 84, 72),
    ),
    Biome.SUBURB: BiomeLook(
        relief_share=0.03,
        density=0.16,
        patchiness=0.12,
        spacing_m=6.0,
        species=(_GARDEN, _rarer(_PALM, 0.18), _DEAD),
        ground=Ground(
            soils=((172, 156, 132), (150, 136, 114)),
            grasses=((130, 130, 86), (110, 120, 70)),
            litter=(134, 118, 92),
            grass=0.35,
        ),
        base_hae_m=(40.0, 80.0),
    ),
    Biome.EMPTY: BiomeLook(
        relief_share=0.5,
        density=0.12,
        patchiness=0.12,
        spacing_m=4.6,
        species=(_THORN, _rarer(_LEAFLESS, 0.3)),
        ground=Ground(
            soils=((186, 162, 128), (158, 136, 106)),
            grasses=((164, 152, 106), (138, 134, 86)),
            litter=(146, 122, 90),
            grass=0.45,
        ),
        water=(188, 174, 148),
        water_material=Material.SOIL,
    ),
}
