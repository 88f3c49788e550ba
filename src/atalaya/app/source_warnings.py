"""What is wrong with a source in a way that moves its places, and what to do about it, in both languages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from atalaya.app.bilingual import Bilingual
from atalaya.model.problem import Problem


class WarningKind(StrEnum):
    """What is wrong, as far as it matters for the work."""

    DATUM = "datum"
    BELOW_GROUND = "below-ground"
    COVER = "cover"
    GEOID = "geoid"
    POSE = "pose"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWarning:
    """One warning for whoever works with the source.

    Args:
        kind: of the warning; several problems of one kind are one warning.
        words: what it means for the work. remedy: what to do.
        detail: what was found, with all its numbers.
    """

    kind: WarningKind
    words: Bilingual
    remedy: Bilingual
    detail: str


_KINDS = {
    "heights-too-high": WarningKind.DATUM,
    "heights-too-low": WarningKind.DATUM,
    "height-in-another-datum": WarningKind.DATUM,
    "sensor-below-ground": WarningKind.BELOW_GROUND,
    "terrain-does-not-cover": WarningKind.COVER,
    "geoid-missing": WarningKind.GEOID,
    "pose-disagrees-with-centre": WarningKind.POSE,
}
"""By the code of the problem; other problems are shown with the source and need no alarm."""

_METRES = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) m\b")
_SHARE = re.compile(r"\((\d+) %\)")

_WORDS = {
    WarningKind.DATUM: Bilingual(
        en="The heights of this source do not fit the ground: they are off by about {m} m, the "
        "same everywhere. On a slanting look that moves every place, in a ravine to the other "
        "slope.",
        es="Las alturas de esta fuente no encajan con el terreno: difieren unos {m} m, lo mismo en"
        " todas partes. En una mirada oblicua eso mueve cada lugar; en una barranca, a la otra "
        "ladera.",
    ),
    WarningKind.BELOW_GROUND: Bilingual(
        en="{p} % of the frames have the sensor below the ground: they have no place.",
        es="El {p} % de los cuadros tiene el sensor por debajo del terreno: no tienen lugar.",
    ),
    WarningKind.COVER: Bilingual(
        en="{p} % of the frames look at ground that the terrain of this workspace does not cover: "
        "nothing in them has a place.",
        es="El {p} % de los cuadros mira terreno que este espacio de trabajo no tiene: nada en "
        "ellos tiene lugar.",
    ),
    WarningKind.GEOID: Bilingual(
        en="{p} % of the frames say their height above the sea only, and there is no geoid grid "
        "for it: they have no place.",
        es="El {p} % de los cuadros solo dice su altura sobre el nivel del mar y falta la malla "
        "del geoide: no tienen lugar.",
    ),
    WarningKind.POSE: Bilingual(
        en="This source contradicts itself: where the camera says it looked and where the picture "
        "is said to be lie {m} m apart. Places may be off by as much.",
        es="Esta fuente se contradice: hacia dónde dice que miraba la cámara y dónde dice que está"
        " la imagen distan {m} m. Los lugares pueden estar desplazados otro tanto.",
    ),
}
_REMEDIES = {
    WarningKind.DATUM: Bilingual(
        en="Find out whether the producer's heights are above the sea or above the ellipsoid, and "
        "check the terrain with `atalaya terrain doctor`; then take the source in again.",
        es="Averigüe si las alturas del productor son sobre el nivel del mar o sobre el elipsoide "
        "y revise el terreno con `atalaya terrain doctor`; después ingrese la fuente de nuevo.",
    ),
    WarningKind.BELOW_GROUND: Bilingual(
        en="Its heights may be above the take-off place, or the terrain is in the wrong datum: "
        "`atalaya terrain doctor` tells.",
        es="Sus alturas pueden ser sobre el lugar de despegue, o el terreno está en otro dátum: "
        "`atalaya terrain doctor` lo dice.",
    ),
    WarningKind.COVER: Bilingual(
        en="Import terrain that reaches it (`atalaya terrain import FILE`) and take the source in again.",
        es="Importe terreno que lo cubra (`atalaya terrain import FILE`) e ingrese la fuente de nuevo.",
    ),
    WarningKind.GEOID: Bilingual(
        en="Add a grid (`atalaya geodata add FILE`) and take the source in again.",
        es="Agregue una malla (`atalaya geodata add FILE`) e ingrese la fuente de nuevo.",
    ),
    WarningKind.POSE: Bilingual(
        en="Correct it with tie points (key x) or with `atalaya georef calibrate`; until then hold"
        " every place against the map.",
        es="Corríjala con puntos de enlace (tecla x) o con `atalaya georef calibrate`; hasta "
        "entonces compare cada lugar con el mapa.",
    ),
}


def warnings_of(problems: Iterable[Problem]) -> tuple[SourceWarning, ...]:
    """Of all problems those that move places, one warning of each kind, in the order they were met."""
    by_kind: dict[WarningKind, list[Problem]] = {}
    for problem in problems:
        if problem.code in _KINDS:
            by_kind.setdefault(_KINDS[problem.code], []).append(problem)
    return tuple(
        SourceWarning(
            kind=kind,
            words=_with_numbers(_WORDS[kind], found[0].message),
            remedy=_REMEDIES[kind],
            detail="; ".join(it.message for it in found),
        )
        for kind, found in by_kind.items()
    )


def _with_numbers(words: Bilingual, message: str) -> Bilingual:
    """The metres and the share that the problem says first; a dash where it says none."""
    metres, share = _METRES.search(message), _SHARE.search(message)
    numbers = {"m": metres[1] if metres else "—", "p": share[1] if share else "—"}
    return Bilingual(en=words.en.format(**numbers), es=words.es.format(**numbers))
