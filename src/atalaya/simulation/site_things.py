"""What the seven kinds of true site are furnished with, in their three states."""

import numpy as np

from atalaya.model.truth import ObjectKind, Setting, SiteState
from atalaya.simulation import thing_kit as kit
from atalaya.simulation.objects import around, blob
from atalaya.simulation.solids import Material
from atalaya.simulation.things import Furnishing, Mark, Thing

_WORN = (150, 130, 100)


def furnish_site(rng: np.random.Generator, setting: Setting, state: SiteState) -> Furnishing:
    """Things and marks of a true site about its middle."""
    return _FURNISH.get(setting, _camp)(rng, state)


def _camp(rng: np.random.Generator, state: SiteState) -> Furnishing:
    """Tarps under branches, drums and trays below and beside them, a generator, worn and stained ground."""
    things: list[Thing] = []
    marks = [
        Mark(
            outline_m=blob(rng, around(rng, (0.0, 0.0), 3.0), float(rng.uniform(2.0, 4.0))),
            colour=_WORN,
            material=Material.SOIL,
            strength=0.6,
            soft_m=0.8,
        )
        for _ in range(6)
    ]
    for number in range(3):
        along_m = (number - 1) * 5.6 + float(rng.normal(0.0, 0.4))
        across_m = float(rng.normal(0.0, 1.2))
        colour = kit.TARPS[int(rng.integers(len(kit.TARPS)))]
        things.append(
            kit.sheet(
                rng,
                along_m,
                across_m,
                turn_deg=float(rng.normal(0.0, 10.0)),
                size_m=(4.6, 3.6),
                colour=colour,
                branches=0.35,
            )
        )
    things += [
        kit.drum(rng, float(rng.uniform(-6.0, 6.0)), float(rng.choice([-3.0, 3.0]) + rng.normal(0.0, 0.3)))
        for _ in range(8)
    ]
    running = state is SiteState.ACTIVE
    things.append(
        kit.box(
            ObjectKind.GENERATOR,
            (4.0, 4.2),
            (1.1, 0.7, 0.8),
            colour=(60, 66, 62),
            material=Material.PAINTED_METAL,
            excess_k=35.0 if running else 0.0,
        )
    )
    marks.append(
        Mark(
            outline_m=blob(rng, (-4.0, -4.5), 1.6),
            colour=(84, 62, 44),
            material=Material.MUD,
            strength=0.8,
            kind=ObjectKind.STAIN,
        )
    )
    return Furnishing(
        things=tuple(things),
        marks=tuple(marks),
        radius_m=9.0,
        hose=True,
        track=0.0,
        path=0.8 if running else 0.4,
    )


_FURNISH = {Setting.CANOPY_RAVINE: _camp}
