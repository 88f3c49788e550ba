"""Is the workspace's terrain sound? Each elevation model against points of known height, in words."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.context import Context
from atalaya.app.geodata import TERRAIN_FOLDER, geoid_of, points_of
from atalaya.errors import InputError
from atalaya.geo.geoid import Geoid, VerticalDatum
from atalaya.geo.terrain_check import FEWEST_POINTS, Ailment, TerrainCheck, check_terrain
from atalaya.geo.uncertainty import LE90_SIGMAS
from atalaya.io.geodata_points import PointHeights, read_points
from atalaya.io.original import hash_of, require_same
from atalaya.io.terrain import sources_of, tile_of
from atalaya.io.terrain_tiles import load_tile
from atalaya.model.identifiers import SourceId
from atalaya.model.terrain import TerrainSource

_EDGE_DEG = 0.02

type Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One elevation model and what the points say of it.

    Args:
        check: None where too few points lie on it to say anything.
        words: what was found and what to do, one text each.
    """

    source: TerrainSource
    check: TerrainCheck | None
    words: tuple[Bilingual, ...]

    @property
    def verdict(self) -> str:
        """`sound`, `sick` or `undecided`."""
        if self.check is None:
            return "undecided"
        return "sick" if self.check.sick else "sound"


def examine_terrain(
    context: Context,
    against: Path | None = None,
    only: Collection[str] | None = None,
    progress: Progress = lambda _done, _total: None,
) -> tuple[Diagnosis, ...]:
    """Hold every elevation model of the workspace against points of known height, each by itself.

    Args:
        context: the opened workspace.
        against: a table of points; None takes the newest that the workspace was given.
        only: ids of the models to examine; None for all.
        progress: told how many models are done.

    Raises:
        NotFoundError: no such file.
        InputError: no terrain, no points, or no geoid grid for their heights.
        IntegrityError: a file of terrain was changed. ExternalError: something cannot be read.
    """
    folder = context.settings.workspace / TERRAIN_FOLDER
    sources = [it for it in sources_of(folder) if only is None or it.terrain_id in only]
    if not sources:
        raise InputError("the workspace has no terrain to examine (atalaya terrain import FILE)")
    table = against or points_of(context)
    if table is None:
        raise InputError(
            "points of known height were wanted: name a table (--against FILE) or keep one (atalaya geodata "
            "add FILE), for instance INEGI's localities"
        )
    points = read_points(table)
    found: list[Diagnosis] = []
    for number, source in enumerate(sources):
        progress(number, len(sources))
        require_same(
            tile_of(folder, source), hash_of(tile_of(folder, source))[0], SourceId(source.tile_sha256)
        )
        found.append(_examine(context, folder, source, points))
    progress(len(sources), len(sources))
    return tuple(found)


def _examine(context: Context, folder: Path, source: TerrainSource, points: PointHeights) -> Diagnosis:
    near = points.take(_near(source, points))
    geoid = geoid_of(context, source.bounds_deg).geoid
    if geoid is None:
        raise InputError(
            "heights of points are above mean sea level: a geoid grid is needed (atalaya geodata add FILE)"
        )
    undulation_m = _undulation_m(geoid, near)
    check = check_terrain(
        load_tile(tile_of(folder, source)),
        near.lon_deg,
        near.lat_deg,
        near.msl_m + undulation_m,
        undulation_m,
        source.le90_m,
    )
    return Diagnosis(source=source, check=check, words=words_of(check, source, len(near)))


def _near(source: TerrainSource, points: PointHeights) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    west_deg, south_deg, east_deg, north_deg = source.bounds_deg
    middle_deg = 0.5 * (west_deg + east_deg)
    turn_deg = (points.lon_deg - middle_deg + 180.0) % 360.0 - 180.0
    near = np.abs(turn_deg) < 0.5 * (east_deg - west_deg) + _EDGE_DEG
    near &= (points.lat_deg > south_deg - _EDGE_DEG) & (points.lat_deg < north_deg + _EDGE_DEG)
    return near


def _undulation_m(geoid: Geoid, points: PointHeights) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """N at the points, NaN where no grid reaches or has a value: such points are left out."""
    answer_m = np.full(len(points), np.nan)
    reached = np.flatnonzero(geoid.reaches(points.lon_deg, points.lat_deg))
    try:
        answer_m[reached] = geoid.undulation_at(points.lon_deg[reached], points.lat_deg[reached])
    except InputError:  # a void of the grid: point by point
        for row in reached:
            with suppress(InputError):
                answer_m[row] = geoid.undulation_at(points.lon_deg[row], points.lat_deg[row])
    return answer_m


def words_of(check: TerrainCheck | None, source: TerrainSource, near: int) -> tuple[Bilingual, ...]:
    """What was found, for people who are no geodesists."""
    if check is None:
        return (_too_few(near),)
    words = [_WORDS[ailment](check, source) for ailment in check.ailments]
    if not check.sick:
        words.append(_sound(check))
    elif Ailment.WRONG_DATUM in check.ailments or Ailment.OFFSET in check.ailments:
        words += [_or_moved()] if check.shift_excuses_offset else []
    if not check.decides_datum and Ailment.WRONG_TILE not in check.ailments:
        words.append(_no_datum(check))
    return tuple(words)


def _too_few(near: int) -> Bilingual:
    return Bilingual(
        en=f"Only {near} known points lie near this model, fewer than {FEWEST_POINTS} on it: nothing can "
        "be said about it. If many were to be expected there, it lies somewhere else than it should.",
        es=f"Solo hay {near} puntos conocidos cerca de este modelo, menos de {FEWEST_POINTS} sobre él: no "
        "se puede decir nada. Si se esperaban muchos, el modelo está en otro lugar del que debería.",
    )


def _sound(check: TerrainCheck) -> Bilingual:
    return Bilingual(
        en=f"{check.points} known points agree with it: in the middle it differs by {check.offset_m:+.1f} m "
        f"(an error of {check.smallest_offset_m:.0f} m or more would have been seen).",
        es=f"{check.points} puntos conocidos coinciden con él: en promedio difiere {check.offset_m:+.1f} m "
        f"(un error de {check.smallest_offset_m:.0f} m o más se habría notado).",
    )


def _wrong_tile(check: TerrainCheck, source: TerrainSource) -> Bilingual:
    return Bilingual(
        en=f"WRONG PLACE: its heights have nothing to do with {check.points} known points (they differ by "
        f"{check.spread_m:.0f} m, where {source.le90_m:g} m was stated). It is another piece of land: look "
        f"at the file's name and coordinate system ({', '.join(source.names)}).",
        es=f"LUGAR EQUIVOCADO: sus alturas no se parecen a las de {check.points} puntos conocidos (difieren "
        f"{check.spread_m:.0f} m, y se declararon {source.le90_m:g} m). Es otro terreno: revise el nombre "
        f"del archivo y su sistema de coordenadas ({', '.join(source.names)}).",
    )


def _shifted(check: TerrainCheck, _source: TerrainSource) -> Bilingual:
    east_m, north_m = check.shift_east_m, check.shift_north_m
    en = f"{abs(east_m):.0f} m {'east' if east_m >= 0 else 'west'}, {abs(north_m):.0f} m "
    es = f"{abs(east_m):.0f} m al {'este' if east_m >= 0 else 'oeste'}, {abs(north_m):.0f} m al "
    return Bilingual(
        en=f"SHIFTED: it lies about {en}{'north' if north_m >= 0 else 'south'} of where it fits the known "
        f"points (chance of that by luck: {check.shift_chance:.1g}). Look at its horizontal datum (NAD27?).",
        es=f"DESPLAZADO: está unos {es}{'norte' if north_m >= 0 else 'sur'} de donde coincide con los puntos "
        f"conocidos (probabilidad por azar: {check.shift_chance:.1g}). Revise su datum horizontal (¿NAD27?).",
    )


def _wrong_datum(check: TerrainCheck, source: TerrainSource) -> Bilingual:
    inside = check.undulation_times + (source.vertical_datum == VerticalDatum.HAE.value)
    en, es = _REMEDIES.get(inside, _MANGLED)
    known_en = f"Its heights are {_level(check.offset_m, 'en')}"
    known_es = f"Sus alturas están {_level(check.offset_m, 'es')}"
    return Bilingual(
        en=f"WRONG DATUM: {known_en}, which is {check.undulation_times:+d} times the geoid's "
        f"{check.undulation_m:.1f} m here. {en} It was imported as {source.vertical_datum}.",
        es=f"DATUM EQUIVOCADO: {known_es}, es decir {check.undulation_times:+d} veces los "
        f"{check.undulation_m:.1f} m del geoide aquí. {es} Se importó como {source.vertical_datum}.",
    )


def _offset(check: TerrainCheck, _source: TerrainSource) -> Bilingual:
    return Bilingual(
        en=f"WRONG HEIGHT: it is {_level(check.offset_m, 'en')} (+-{check.offset_sigma_m:.0f} m), which no "
        f"mix of sea level and ellipsoid explains (N is {check.undulation_m:.1f} m here).",
        es=f"ALTURA EQUIVOCADA: está {_level(check.offset_m, 'es')} (+-{check.offset_sigma_m:.0f} m), lo que "
        f"ninguna confusión de nivel del mar y elipsoide explica (aquí N es {check.undulation_m:.1f} m).",
    )


def _rougher(check: TerrainCheck, source: TerrainSource) -> Bilingual:
    measured_m = LE90_SIGMAS * check.spread_m
    return Bilingual(
        en=f"ROUGHER THAN SAID: 90 % of the points are within {measured_m:.0f} m, the stated LE90 is "
        f"{source.le90_m:g} m. Import it again with --le90 {measured_m:.0f}.",
        es=f"MENOS EXACTO DE LO DICHO: 90 % de los puntos quedan dentro de {measured_m:.0f} m; el LE90 "
        f"declarado es {source.le90_m:g} m. Impórtelo de nuevo con --le90 {measured_m:.0f}.",
    )


def _or_moved() -> Bilingual:
    return Bilingual(
        en="A model that lies some hundred metres beside its place would fit as well: the points here lie "
        "on slopes that do not tell the two apart. Check both before importing it again.",
        es="Un modelo desplazado unos cientos de metros coincidiría igual: los puntos están en laderas que "
        "no permiten distinguir ambos casos. Revise los dos antes de importarlo de nuevo.",
    )


def _no_datum(check: TerrainCheck) -> Bilingual:
    return Bilingual(
        en=f"A wrong datum could not be told here: the geoid is only {abs(check.undulation_m):.1f} m from "
        f"the ellipsoid, and these points show no error smaller than {check.smallest_offset_m:.0f} m.",
        es=f"Aquí no se podría notar un datum equivocado: el geoide está a {abs(check.undulation_m):.1f} m "
        f"del elipsoide, y estos puntos no muestran errores menores de {check.smallest_offset_m:.0f} m.",
    )


def _level(offset_m: float, language: str) -> str:
    high = offset_m >= 0.0
    if language == "es":
        return f"{abs(offset_m):.1f} m {'demasiado altas' if high else 'demasiado bajas'}"
    return f"{abs(offset_m):.1f} m too {'high' if high else 'low'}"


_REMEDIES = {
    0: (
        "The file's heights are above mean sea level: import it with --datum msl.",
        "Las alturas del archivo son sobre el nivel del mar: impórtelo con --datum msl.",
    ),
    1: (
        "The file's heights are above the ellipsoid already: import it with --datum hae.",
        "Las alturas del archivo ya son sobre el elipsoide: impórtelo con --datum hae.",
    ),
    2: (
        "The geoid had been applied twice when the file was written: get the original.",
        "El geoide se había aplicado dos veces al escribir el archivo: consiga el original.",
    ),
    -1: (
        "The geoid had been applied with the wrong sign when the file was written: get the original.",
        "El geoide se había aplicado con el signo contrario al escribir el archivo: consiga el original.",
    ),
}
"""How often N is in the file's own heights above mean sea level, and what to do then."""
_MANGLED = (
    "The geoid had been applied more than once when the file was written: get the original.",
    "El geoide se había aplicado más de una vez al escribir el archivo: consiga el original.",
)

_WORDS: dict[Ailment, Callable[[TerrainCheck, TerrainSource], Bilingual]] = {
    Ailment.WRONG_TILE: _wrong_tile,
    Ailment.SHIFTED: _shifted,
    Ailment.WRONG_DATUM: _wrong_datum,
    Ailment.OFFSET: _offset,
    Ailment.ROUGHER: _rougher,
}
