"""The rules of `atalaya klv report`: what is asked, by which standard, in English and Spanish.

Clauses are named where they are known; a rule without one names its standard.

Source: STANAG 4609 edition 5 (MISP-2019.1); MISB ST 0601.19, ST 0902, ST 0102.12, ST 1204, ST 1402.2,
ST 0604.6, ST 0603.5; ISO/IEC 13818-1, 2.4.4 (tables), 2.7.2 (clock).
"""

from atalaya.ingest.findings import Rule, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO


def _rule(severity: Severity, source: tuple[str | None, str | None], en: str, es: str) -> Rule:
    return Rule(severity=severity, standard=source[0], clause=source[1], en=en, es=es)


_UAS = ("ST 0601", None)
_MINIMUM = ("ST 0902", None)
_SECURITY = ("ST 0102", "6.7")
_CARRIAGE = ("ST 1402", None)
_CLOCK = ("ISO/IEC 13818-1", "2.7.2")
_TABLES = ("ISO/IEC 13818-1", "2.4.4")
_PACKETS = ("ISO/IEC 13818-1", "2.4.3.3")
_KLV = ("ST 0107", None)
_NONE = (None, None)

PACKET_RULES = {
    "uas-datalink-missing": _rule(
        _E,
        ("STANAG 4609", None),
        "no ST 0601 packet: STANAG 4609 asks for the UAS Datalink Local Set",
        "ningún paquete ST 0601: STANAG 4609 pide el UAS Datalink Local Set",
    ),
    "predator-set": _rule(
        _I,
        ("EG 0104", None),
        "{count} packets of the universal set of EG 0104, which ST 0601 has replaced; they are read",
        "{count} paquetes del conjunto universal EG 0104, sustituido por ST 0601; se leen",
    ),
    "unknown-set": _rule(
        _W,
        _KLV,
        "packets with a key that no catalogue knows: {key}; their bytes are kept",
        "paquetes con una clave que ningún catálogo conoce: {key}; se conservan sus bytes",
    ),
    "checksum-failed": _rule(
        _E,
        _UAS,
        "packets whose checksum does not hold: kept, never used for positions",
        "paquetes cuya suma de verificación no cuadra: se conservan, nunca se usan para posiciones",
    ),
    "checksum-payload-only": _rule(
        _W,
        _UAS,
        "the producer sums the value alone, not key and length as the standard asks; that sum holds",
        "el productor suma solo el valor, no la clave y la longitud como pide la norma; esa suma cuadra",
    ),
    "checksum-missing": _rule(
        _E,
        _UAS,
        "packets that do not end in item 1 (checksum)",
        "paquetes que no terminan en el elemento 1 (suma de verificación)",
    ),
    "ffmpeg-6.1-damage": _rule(
        _W,
        _CARRIAGE,
        "{count} packets came without the first five bytes of their key, as FFmpeg 6.1 leaves them: put back",
        "{count} paquetes llegaron sin los primeros cinco bytes de su clave, como los deja FFmpeg 6.1: "
        "repuestos",
    ),
    "packet-cut": _rule(
        _E,
        _KLV,
        "packets whose items cannot be read to the end",
        "paquetes cuyos elementos no se pueden leer hasta el final",
    ),
    "time-not-first": _rule(
        _E,
        _UAS,
        "item 2 (time stamp) is there but not first",
        "el elemento 2 (marca de tiempo) está, pero no es el primero",
    ),
    "time-missing": _rule(
        _E, _UAS, "packets without item 2 (time stamp)", "paquetes sin el elemento 2 (marca de tiempo)"
    ),
    "version-missing": _rule(
        _E,
        _UAS,
        "packets without item 65 (version): their revision is not said",
        "paquetes sin el elemento 65 (versión): no dicen su revisión",
    ),
    "version-old": _rule(
        _I,
        _UAS,
        "written by revision {version} of ST 0601; the current one is {current}",
        "escrito según la revisión {version} de ST 0601; la actual es {current}",
    ),
    "version-unknown": _rule(
        _W,
        _UAS,
        "says revision {version} of ST 0601, later than the {current} that is known here",
        "dice revisión {version} de ST 0601, posterior a la {current} que aquí se conoce",
    ),
    "duplicate-item": _rule(
        _W,
        _UAS,
        "item {item} comes more than once in a packet",
        "el elemento {item} aparece más de una vez en un paquete",
    ),
    "time-backwards": _rule(
        _E,
        ("ST 0603", None),
        "the time stamp falls, by up to {largest_s:.3f} s",
        "la marca de tiempo retrocede, hasta {largest_s:.3f} s",
    ),
    "time-repeats": _rule(
        _W,
        ("ST 0603", None),
        "packets one after the other with the same time stamp",
        "paquetes seguidos con la misma marca de tiempo",
    ),
    "time-jump": _rule(
        _W,
        ("ST 0603", None),
        "the time stamp jumps ahead, by up to {largest_s:.3f} s; packets come every {usual_s:.3f} s",
        "la marca de tiempo salta, hasta {largest_s:.3f} s; los paquetes vienen cada {usual_s:.3f} s",
    ),
    "time-implausible": _rule(
        _E,
        ("ST 0603", None),
        "time stamps before 1990 or after 2100",
        "marcas de tiempo anteriores a 1990 o posteriores a 2100",
    ),
    "packet-rate": _rule(
        _I,
        _NONE,
        "{packets} ST 0601 packets{where}, one every {usual_s:.3f} s",
        "{packets} paquetes ST 0601{where}, uno cada {usual_s:.3f} s",
    ),
    "security-missing": _rule(
        _E,
        _SECURITY,
        "no security set (item 48): the classification is not said",
        "sin conjunto de seguridad (elemento 48): no se dice la clasificación",
    ),
    "security-incomplete": _rule(
        _W,
        _SECURITY,
        "the security set lacks required items: {items}",
        "al conjunto de seguridad le faltan elementos obligatorios: {items}",
    ),
    "miis-missing": _rule(
        _W,
        ("ST 1204", None),
        "no item 94 (MIIS Core Identifier): sensor and platform have no identifier",
        "sin elemento 94 (MIIS Core Identifier): sensor y plataforma no tienen identificador",
    ),
    "minimum-item-missing": _rule(
        _W,
        _MINIMUM,
        "required by the minimum set and never said: {items}",
        "exigidos por el conjunto mínimo y nunca dichos: {items}",
    ),
    "minimum-item-silent": _rule(
        _W,
        _MINIMUM,
        "not said for more than 30 s: {items}",
        "no se dicen durante más de 30 s: {items}",
    ),
    "minimum-item-rare": _rule(
        _I,
        _MINIMUM,
        "constant items said less than every 10 s: {items}",
        "elementos constantes que se dicen menos de una vez cada 10 s: {items}",
    ),
    "minimum-item-without-value": _rule(
        _W,
        _MINIMUM,
        "in the minimum set, but never with a value: {items}",
        "en el conjunto mínimo, pero nunca con valor: {items}",
    ),
    "two-heights": _rule(
        _W,
        _MINIMUM,
        "items 75 and 104 in one packet: one height of the sensor is wanted",
        "elementos 75 y 104 en un paquete: se pide una sola altura del sensor",
    ),
    "vmti-without-parent": _rule(
        _W,
        ("ST 0903", None),
        "moving-target reports (item 74) in packets without items {items}",
        "informes de móviles (elemento 74) en paquetes sin los elementos {items}",
    ),
    "vmti-version-missing": _rule(
        _W,
        ("ST 0903", None),
        "moving-target sets that do not say their revision (item 4)",
        "conjuntos de móviles que no dicen su revisión (elemento 4)",
    ),
    "item-malformed": _rule(
        _E,
        _UAS,
        "items whose bytes cannot be read: {items}",
        "elementos cuyos bytes no se pueden leer: {items}",
    ),
    "item-out-of-range": _rule(
        _W,
        _UAS,
        "values that the standard does not allow: {items}",
        "valores que la norma no permite: {items}",
    ),
    "item-unknown": _rule(
        _W,
        _UAS,
        "items that the catalogue does not know, kept as bytes: {items}",
        "elementos que el catálogo no conoce, guardados como bytes: {items}",
    ),
    "error-indicators": _rule(
        _I,
        _UAS,
        "items that say 'unknown' by their error indicator: {items}",
        "elementos que dicen «desconocido» con su indicador de error: {items}",
    ),
}

STREAM_RULES = {
    "program-table-missing": _rule(
        _E,
        _TABLES,
        "no program association or program map table (PAT, PMT)",
        "sin tablas de programa (PAT, PMT)",
    ),
    "pat-interval": _rule(
        _W,
        _CARRIAGE,
        "the program association table comes up to {largest_s:.3f} s apart; 0.25 s is asked",
        "la tabla PAT llega a separarse {largest_s:.3f} s; se pide 0,25 s",
    ),
    "pmt-interval": _rule(
        _W,
        _CARRIAGE,
        "the program map table comes up to {largest_s:.3f} s apart; 0.25 s is asked",
        "la tabla PMT llega a separarse {largest_s:.3f} s; se pide 0,25 s",
    ),
    "pcr-missing": _rule(
        _E, _CLOCK, "no program clock reference (PCR)", "sin referencia de reloj de programa (PCR)"
    ),
    "pcr-interval": _rule(
        _W,
        _CLOCK,
        "the program clock comes up to {largest_s:.3f} s apart; 0.1 s is asked",
        "el reloj de programa llega a separarse {largest_s:.3f} s; se pide 0,1 s",
    ),
    "klv-pid-unlisted": _rule(
        _E,
        _CARRIAGE,
        "KLV on PID {pid}, which no program map lists",
        "KLV en el PID {pid}, que ninguna PMT menciona",
    ),
    "klv-stream-type": _rule(
        _W,
        _CARRIAGE,
        "KLV on PID {pid} has stream type {stream_type}; 0x06 or 0x15 is asked",
        "el KLV del PID {pid} tiene tipo {stream_type}; se pide 0x06 o 0x15",
    ),
    "klv-not-registered": _rule(
        _W,
        _CARRIAGE,
        "the program map does not register PID {pid} as KLVA",
        "la PMT no registra el PID {pid} como KLVA",
    ),
    "metadata-descriptor-missing": _rule(
        _W,
        _CARRIAGE,
        "PID {pid} carries metadata cells, its {descriptor} is missing",
        "el PID {pid} lleva celdas de metadatos, falta su {descriptor}",
    ),
    "sync-without-pts": _rule(
        _E,
        _CARRIAGE,
        "metadata cells on PID {pid} without presentation time",
        "celdas de metadatos del PID {pid} sin tiempo de presentación",
    ),
    "async-with-pts": _rule(
        _I,
        _CARRIAGE,
        "private data on PID {pid} has presentation times, which strict readers refuse",
        "los datos privados del PID {pid} tienen tiempos de presentación; lectores estrictos los rechazan",
    ),
    "klv-pid-empty": _rule(
        _I,
        _CARRIAGE,
        "PID {pid} is announced as KLV and carries none",
        "el PID {pid} se anuncia como KLV y no lleva ninguno",
    ),
    "pts-gap": _rule(
        _W,
        _CARRIAGE,
        "presentation times of KLV on PID {pid} are up to {largest_s:.3f} s apart; usual: {usual_s:.3f} s",
        "los tiempos de presentación del KLV en el PID {pid} se separan hasta {largest_s:.3f} s; lo usual: "
        "{usual_s:.3f} s",
    ),
    "pts-backwards": _rule(
        _W,
        _CARRIAGE,
        "presentation times of KLV on PID {pid} fall",
        "los tiempos de presentación del KLV en el PID {pid} retroceden",
    ),
    "no-video": _rule(
        _I, ("STANAG 4609", None), "the transport stream has no pictures", "el flujo no tiene imágenes"
    ),
    "picture-time-missing": _rule(
        _W,
        ("ST 0604", None),
        "{missing} of {pictures} pictures do not say their time",
        "{missing} de {pictures} imágenes no dicen su hora",
    ),
    "unsynchronised": _rule(
        _W,
        ("ST 1402", None),
        "metadata is not tied to the pictures in time: unsynchronised",
        "los metadatos no están ligados en el tiempo a las imágenes: sin sincronía",
    ),
    "time-residual": _rule(
        _I,
        _NONE,
        "time stamp against presentation time: 95 % within {p95_s:.4f} s over {samples} packets",
        "marca de tiempo frente a tiempo de presentación: 95 % dentro de {p95_s:.4f} s en {samples} paquetes",
    ),
    "clock-set-anew": _rule(
        _W,
        _NONE,
        "a clock was set anew {count} times",
        "un reloj se ajustó de nuevo {count} veces",
    ),
    "ts-continuity": _rule(
        _W,
        _PACKETS,
        "PID {pid}: {packets} transport packets are missing in {count} places",
        "PID {pid}: faltan {packets} paquetes de transporte en {count} lugares",
    ),
    "ts-lost-sync": _rule(
        _E,
        ("ISO/IEC 13818-1", "2.4.3.2"),
        "bytes between transport packets: the beat was lost and found again",
        "bytes entre paquetes de transporte: se perdió el paso y se recuperó",
    ),
    "ts-truncated": _rule(
        _I,
        ("ISO/IEC 13818-1", "2.4.3.2"),
        "the end cuts a transport packet",
        "el final corta un paquete de transporte",
    ),
    "ts-unreadable": _rule(
        _W,
        _PACKETS,
        "transport packets marked damaged or scrambled",
        "paquetes de transporte marcados como dañados o cifrados",
    ),
    "ts-table": _rule(
        _W,
        _TABLES,
        "program tables that are damaged",
        "tablas de programa dañadas",
    ),
    "pes-header": _rule(
        _E,
        ("ISO/IEC 13818-1", "2.4.3.6"),
        "headers of metadata packets (PES) that are damaged or cut short",
        "cabeceras de paquetes de metadatos (PES) dañadas o cortadas",
    ),
    "klv-garbage": _rule(
        _W, _KLV, "bytes between KLV packets that are none", "bytes entre paquetes KLV que no lo son"
    ),
    "klv-truncated": _rule(
        _E,
        _KLV,
        "KLV packets cut short: bytes were lost or a length is damaged",
        "paquetes KLV cortados: se perdieron bytes o una longitud está dañada",
    ),
    "stream-problem": _rule(_W, _NONE, "{problem}: {told}", "{problem}: {told}"),
}

RULES = PACKET_RULES | STREAM_RULES
"""All rules by code, in the order in which findings of one severity are told."""
