"""Why a pixel has no place, and a place no pixel, in the words of both languages."""

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.clip import Clip
from atalaya.app.pixel_on_ground import (
    ImageAnswer,
    ImagePoint,
    NoPlace,
    NotSeen,
    PixelAnswer,
    PixelOnGround,
)
from atalaya.app.why_unknown import lacking
from atalaya.app.workbench_points import NotAskable
from atalaya.georeg.pose import HeightReference

_ITEMS_ES = {
    "platform_heading_deg": "el rumbo de la plataforma (elemento 5)",
    "platform_pitch_deg": "el cabeceo de la plataforma (elemento 90 o 6)",
    "platform_roll_deg": "el alabeo de la plataforma (elemento 91 o 7)",
    "sensor_lat_deg": "la latitud del sensor (elemento 13)",
    "sensor_lon_deg": "la longitud del sensor (elemento 14)",
    "hfov_deg": "el campo de visión horizontal (elemento 16)",
    "sensor_azimuth_deg": "el acimut del sensor (elemento 18)",
    "sensor_elevation_deg": "la elevación del sensor (elemento 19)",
    "time_us": "la hora (elemento 2)",
}
_NO_PLACE_ES = {
    NoPlace.BEYOND_LENS: "Este píxel queda fuera de lo que describe el modelo de lente medido: allí no se "
    "sabe hacia dónde mira.",
    NoPlace.SKY: "Este píxel muestra el cielo: su línea de mira no llega a ningún terreno.",
    NoPlace.OFF_TERRAIN: "El terreno del espacio de trabajo no cubre esta línea de mira. Importe el que "
    "falta (atalaya terrain import).",
    NoPlace.VOID: "La línea de mira llega a un hueco del terreno, donde no se conoce la altura.",
    NoPlace.BELOW_GROUND: "El sensor queda por debajo del terreno: las alturas del sensor y del terreno no "
    "parecen estar en el mismo dátum vertical.",
    NoPlace.ERROR_UNBOUNDED: "La línea de mira roza el horizonte, el borde del terreno o un hueco: más de "
    "una décima parte de sus errores probables no llega a terreno conocido y no se puede dar un error.",
}
_NOT_SEEN_ES = {
    NotSeen.NO_TERRAIN: "El terreno no tiene altura en este lugar.",
    NotSeen.OUTSIDE_PICTURE: "Este lugar queda fuera de la imagen, o detrás de la cámara.",
    NotSeen.HIDDEN: "Oculto por el relieve: hay terreno delante de este lugar.",
}
_NOT_SEEN_EN = {
    NotSeen.OUTSIDE_PICTURE: "This place is outside the picture, or behind the camera.",
    NotSeen.HIDDEN: "Hidden by relief: there is ground before this place.",
}
_NO_GEOID_ES = (
    "la altura del sensor es sobre el nivel del mar (elemento 15) y falta la malla del geoide que la lleva "
    "al elipsoide"
)
NOT_ASKABLE = {
    NotAskable.NO_METADATA: Bilingual(
        en="The metadata nearest to this picture are too far from it in time: where it looked is not known.",
        es="Los metadatos más cercanos a esta imagen están demasiado lejos en el tiempo: no se sabe hacia "
        "dónde miraba.",
    ),
    NotAskable.NO_PICTURES: Bilingual(
        en="This source has no pictures.",
        es="Esta fuente no tiene imágenes.",
    ),
}


def why_no_place(clip: Clip, answer: PixelAnswer) -> Bilingual | None:
    """Why a pixel has no place; None where it has one."""
    if isinstance(answer, PixelOnGround):
        return None
    if answer.kind is NoPlace.POSE_UNKNOWN:
        spanish = _why_no_pose_es(clip, answer.frame_index)
    else:
        spanish = _NO_PLACE_ES[answer.kind]
    return Bilingual(en=_sentence(answer.reason), es=spanish)


def why_not_seen(clip: Clip, answer: ImageAnswer) -> Bilingual | None:
    """Why a place is not in a picture; None where it is."""
    if isinstance(answer, ImagePoint):
        return None
    if answer.kind is NotSeen.POSE_UNKNOWN:
        spanish = _why_no_pose_es(clip, answer.frame_index)
    else:
        spanish = _NOT_SEEN_ES[answer.kind]
    return Bilingual(en=_NOT_SEEN_EN.get(answer.kind) or _sentence(answer.reason), es=spanish)


def _why_no_pose_es(clip: Clip, frame_index: int) -> str:
    row = clip.row_of(frame_index)
    missing = [_ITEMS_ES[name] for name in lacking(clip.frames, row)]
    reasons = [f"a su paquete le falta {', '.join(missing)}"] if missing else []
    if not (clip.frames.checksum_ok[row] or clip.frames.unsummed[row]):
        reasons.append("falla su suma de verificación, así que no se usa nada de él")
    reasons += _why_no_height_es(clip, row)
    return f"La imagen {frame_index} no tiene pose: " + (
        "; ".join(reasons) or "su orientación o su lugar no es un número utilizable"
    )


def _why_no_height_es(clip: Clip, row: int) -> list[str]:
    frames, ground = clip.frames, clip.ground
    msl_known = not np.isnan(frames.sensor_msl_m[row])
    if ground.heights is HeightReference.MSL_AS_HAE:
        return [] if msl_known else ["a su paquete le falta la altura del sensor (elemento 15)"]
    if not np.isnan(frames.sensor_hae_m[row]):
        return []
    if not msl_known:
        return ["a su paquete le falta la altura del sensor (elemento 75, 104 o 15)"]
    if ground.geoid is None:
        return [_NO_GEOID_ES]
    return []


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
