"""How pictures and metadata of a stream are brought to one clock, in a few numbers and words."""

import re

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.stream_views import StreamClock, StreamTime
from atalaya.ingest.time_model import TimeModel, TimeSource

_CLOCKS = {
    TimeSource.PICTURE: StreamClock.SEI,
    TimeSource.SYNCHRONOUS_PTS: StreamClock.SYNCHRONOUS,
    TimeSource.ASYNCHRONOUS_PTS: StreamClock.ASYNCHRONOUS,
    TimeSource.ARRIVAL: StreamClock.ARRIVAL,
    TimeSource.UNSYNCHRONISED: StreamClock.UNSYNCHRONISED,
}

_SPANISH_NOTES = (
    (
        r"no metadata has a presentation time: only the time in the pictures ties the two",
        r"ningún metadato tiene tiempo de presentación: solo los une la hora en las imágenes",
    ),
    (
        r"unsynchronised: no metadata has a presentation time",
        r"sin sincronizar: ningún metadato tiene tiempo de presentación",
    ),
    (
        r"a clock was set anew (\d+) times: each stretch has a fit of its own",
        r"un reloj se reajustó \1 veces: cada tramo tiene su propio ajuste",
    ),
    (
        r"the metadata's clock runs (\S+) s a second of presentation: how sure it is is unknown",
        r"el reloj de los metadatos avanza \1 s por segundo de presentación: no se sabe cuán seguro es",
    ),
    (
        r"(\d+) pictures have a presentation time far off their neighbours': not used",
        r"\1 imágenes tienen un tiempo de presentación muy distinto del de sus vecinas: no se usa",
    ),
    (
        r"(\d+) second fields have the presentation time of their frame",
        r"\1 segundos campos tienen el tiempo de presentación de su cuadro",
    ),
    (
        r"the time in the pictures is (\S+) s off the metadata's: not used",
        r"la hora en las imágenes difiere \1 s de la de los metadatos: no se usa",
    ),
    (
        r"(\d+) pictures say that their clock was not locked, or that it is not known",
        r"\1 imágenes dicen que su reloj no estaba enganchado, o que no se sabe",
    ),
    (
        r"(\d+) pictures have metadata by order of arrival only: unsynchronised",
        r"\1 imágenes tienen metadatos solo por orden de llegada: sin sincronizar",
    ),
)


def stream_time(model: TimeModel) -> StreamTime:
    """The clock of a stream, its residual over all stretches, and what whoever relies on it should know."""
    fits = [segment.fit for segment in model.segments]
    samples = np.array([fit.samples for fit in fits], dtype=np.float64)
    squares = np.array([fit.residual_rms_s**2 for fit in fits])
    known_s = model.pictures.uncertainty_s[np.isfinite(model.pictures.uncertainty_s)]
    return StreamTime(
        clock=_CLOCKS[model.source],
        residual_s=float(np.sqrt((samples * squares).sum() / samples.sum())) if fits else None,
        uncertainty_s=float(np.median(known_s)) if known_s.size else None,
        pairs=int(samples.sum()),
        exact_pairs=model.exact_pairs,
        notes=tuple(_bilingual(note) for note in model.notes),
    )


def _bilingual(note: str) -> Bilingual:
    for english, spanish in _SPANISH_NOTES:
        found = re.fullmatch(english, note)
        if found:
            return Bilingual(note, found.expand(spanish))
    return Bilingual(note, note)
