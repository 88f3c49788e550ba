"""What the page of an evaluation says, in English and Spanish."""

from atalaya.app.bilingual import Bilingual
from atalaya.detection.evaluation_bootstrap import NO_RESAMPLES, NOT_ENOUGH, ONE_WORLD
from atalaya.detection.evaluation_groups import NO_SITE as NO_SITE_OF_SORT
from atalaya.detection.evaluation_reliability import NO_PROBABILITIES, TOO_FEW
from atalaya.detection.evaluation_score import NO_OBSERVED_SITE, NO_SITE

WORDS: dict[str, Bilingual] = {
    "title": Bilingual("What finds sites, and what it costs", "Qué encuentra sitios y a qué costo"),
    "language": Bilingual("Language", "Idioma"),
    "lead": Bilingual(
        "{claims} ways of finding sites, judged on {worlds} simulated worlds with {sites} true sites "
        "({observed} observed), {look_alikes} innocent look-alikes and {km2} km² of ground looked at where "
        "nothing is to be found.",
        "{claims} formas de encontrar sitios, juzgadas en {worlds} mundos simulados con {sites} sitios "
        "reales ({observed} observados), {look_alikes} lugares inocentes parecidos y {km2} km² de terreno "
        "mirado donde no hay nada que encontrar.",
    ),
    "area": Bilingual(
        "In this area one false alarm is {least} per 100 km²; where none was seen, up to {upper} per 100 km² "
        "are still possible (95 %). Finer rates cannot be shown with it.",
        "En esta área una falsa alarma equivale a {least} por 100 km²; donde no se vio ninguna, aún son "
        "posibles hasta {upper} por 100 km² (95 %). Tasas más finas no se pueden mostrar con ella.",
    ),
    "observed_ground": Bilingual(
        "Only false alarms on ground looked at from at least 3 sectors count, and only its area.",
        "Solo cuentan las falsas alarmas en terreno mirado desde al menos 3 sectores, y solo su área.",
    ),
    "no_area": Bilingual(
        "No ground was looked at, so there are no rates by area.",
        "No se miró ningún terreno: no hay tasas por área.",
    ),
    "summary": Bilingual("At a glance", "En resumen"),
    "claim": Bilingual("claim", "detector"),
    "recall_at": Bilingual("recall at {rate}", "detección con {rate}"),
    "recall_all": Bilingual("all it claims", "todo lo que afirma"),
    "strict": Bilingual("of all sites, observed or not", "de todos los sitios, observados o no"),
    "partial": Bilingual("area under the curve", "área bajo la curva"),
    "per_100": Bilingual(
        "false alarms per 100 km² (95 % below)", "falsas alarmas por 100 km² (95 % por debajo)"
    ),
    "duplicates": Bilingual("duplicates", "duplicados"),
    "summary_note": Bilingual(
        "Recall: share of the observed sites that is found when so many false alarms per 100 km² are "
        "allowed; in brackets the 95 % interval of resampled worlds.",
        "Detección: parte de los sitios observados que se encuentra si se permiten tantas falsas alarmas por "
        "100 km²; entre paréntesis el intervalo del 95 % al remuestrear los mundos.",
    ),
    "froc": Bilingual(
        "Sites found against false alarms (FROC)", "Sitios encontrados frente a falsas alarmas (FROC)"
    ),
    "froc_x": Bilingual("false alarms per 100 km²", "falsas alarmas por 100 km²"),
    "froc_y": Bilingual("sites found, of those observed", "sitios encontrados, de los observados"),
    "froc_note": Bilingual(
        "Left edge: no false alarm at all. Shaded: finer than one false alarm in the area looked at. Bars: "
        "95 % intervals at the allowed rates.",
        "Borde izquierdo: ninguna falsa alarma. Sombreado: más fino que una falsa alarma en el área mirada. "
        "Barras: intervalos del 95 % a las tasas permitidas.",
    ),
    "found": Bilingual("found", "encontrados"),
    "threshold": Bilingual("score from", "puntaje desde"),
    "allowed": Bilingual("allowed per 100 km²", "permitidas por 100 km²"),
    "anything": Bilingual("any", "cualquiera"),
    "false": Bilingual("Whom false alarms fall on", "Sobre quién caen las falsas alarmas"),
    "false_note": Bilingual(
        "A false alarm on a home, a camp or a mine harms people who did nothing; one on bare ground costs a "
        "look. Counts at {rate} allowed false alarms per 100 km². How many look-alikes there are is the "
        "worlds' choice, so compare the share that is alarmed, not their rate by area.",
        "Una falsa alarma sobre una vivienda, un campamento o una mina perjudica a gente que no hizo nada; "
        "una sobre terreno vacío cuesta una mirada. Conteos con {rate} falsas alarmas permitidas por "
        "100 km². Cuántos lugares parecidos hay lo eligen los mundos: compare la parte alarmada, no su tasa "
        "por área.",
    ),
    "on_nothing": Bilingual("on nothing", "sobre nada"),
    "on_look_alikes": Bilingual("on look-alikes", "sobre lugares parecidos"),
    "alarmed": Bilingual("look-alikes alarmed", "lugares parecidos alarmados"),
    "unseen": Bilingual("where nobody looked", "donde nadie miró"),
    "groups": Bilingual("Which sites are found", "Qué sitios se encuentran"),
    "groups_note": Bilingual(
        "Share of all sites of a sort, observed or not, found at {rate} allowed false alarms per 100 km².",
        "Parte de todos los sitios de un tipo, observados o no, encontrada con {rate} falsas alarmas "
        "permitidas por 100 km².",
    ),
    "setting": Bilingual("setting", "entorno"),
    "state": Bilingual("state", "estado"),
    "occlusion": Bilingual("shelter hidden, mean of all looks", "refugio oculto, media de todas las miradas"),
    "azimuths": Bilingual("sectors of 45° looked from", "sectores de 45° desde donde se miró"),
    "sites": Bilingual("sites", "sitios"),
    "observed": Bilingual("observed", "observados"),
    "ground": Bilingual(
        "False alarms by how ground was looked at", "Falsas alarmas según cómo se miró el terreno"
    ),
    "km2": Bilingual("km²", "km²"),
    "reliability": Bilingual("Do the scores mean what they say?", "¿Significan los puntajes lo que dicen?"),
    "claimed": Bilingual("claimed", "afirmado"),
    "measured": Bilingual("measured", "medido"),
    "places": Bilingual("places", "lugares"),
    "true": Bilingual("true", "verdaderos"),
    "score": Bilingual("score", "puntaje"),
    "error": Bilingual("mean distance", "distancia media"),
    "bits": Bilingual("bits of evidence", "bits de evidencia"),
    "probability": Bilingual("probability", "probabilidad"),
    "differences": Bilingual("Is one better than another?", "¿Es una mejor que otra?"),
    "differences_note": Bilingual(
        "Differences on the same resampled worlds. An interval that leaves out 0 is a difference that other "
        "worlds of this sort would show too.",
        "Diferencias sobre los mismos mundos remuestreados. Un intervalo que no incluye 0 es una diferencia "
        "que otros mundos de este tipo también mostrarían.",
    ),
    "measure": Bilingual("measure", "medida"),
    "difference": Bilingual("difference", "diferencia"),
    "better": Bilingual("resamples in which it is better", "remuestreos en que es mejor"),
    "less": Bilingual("{first} less {second}", "{first} menos {second}"),
    "worlds": Bilingual("The worlds", "Los mundos"),
    "world": Bilingual("world", "mundo"),
    "not-covered": Bilingual("never in the picture", "nunca en la imagen"),
    "few-azimuths": Bilingual("from fewer than 3 sectors", "desde menos de 3 sectores"),
    "under-canopy": Bilingual("over 80 % hidden", "más de 80 % oculto"),
    "look_alikes": Bilingual("look-alikes", "lugares parecidos"),
    "looked_at": Bilingual("km² looked at", "km² mirados"),
    "observed_km2": Bilingual("km² from 3 sectors or more", "km² desde 3 sectores o más"),
    "false_km2": Bilingual("km² out of reach of sites", "km² fuera del alcance de sitios"),
    "rules": Bilingual("How it was judged", "Cómo se juzgó"),
    "rules_text": Bilingual(
        "A claimed place finds a site within the site's own radius and {slack} m; one place one site, as "
        "many as can be at every threshold. Further places at a found site are duplicates, neither found "
        "nor false. Every other place is a false alarm, also where nobody looked. A site counts as "
        "observed where the truth says that it was in the picture from at least 3 sectors of 45° and at "
        "most 80 % hidden; what was not observed is no miss, and stands in the strict recall. Intervals: "
        "{resamples} resamples of whole worlds, seed {seed}; the binomial one where all resamples agree. "
        "The area under the curve is the mean recall over the logarithm of the rate, {low} to {high} per "
        "100 km². Made by {made_by}.",
        "Un lugar afirmado encuentra un sitio dentro del radio del sitio más {slack} m; un lugar, un "
        "sitio, tantos como sea posible en cada umbral. Otros lugares en un sitio ya encontrado son "
        "duplicados, ni aciertos ni falsos. Todo otro lugar es una falsa alarma, también donde nadie "
        "miró. Un sitio cuenta como observado si la verdad dice que estuvo en la imagen desde al menos 3 "
        "sectores de 45° y oculto a lo sumo un 80 %; lo no observado no es un fallo, y está en la "
        "detección estricta. Intervalos: {resamples} remuestreos de mundos enteros, semilla {seed}; el "
        "binomial donde todos coinciden. El área bajo la curva es la detección media sobre el logaritmo "
        "de la tasa, de {low} a {high} por 100 km². Hecho con {made_by}.",
    ),
}
"""Texts of the page by key; braces are filled in."""

VALUES: dict[str, Bilingual] = {
    "canopy-ravine": Bilingual("canopy, ravine", "dosel, cañada"),
    "field-edge": Bilingual("palms, field edge", "palmas, borde de campo"),
    "mangrove": Bilingual("mangrove", "manglar"),
    "underground": Bilingual("underground, corral", "subterráneo, corral"),
    "urban": Bilingual("urban", "urbano"),
    "stockpile": Bilingual("stockpile", "acopio"),
    "dump": Bilingual("dump, waste pit", "basurero, fosa de desechos"),
    "active": Bilingual("active", "activo"),
    "inactive": Bilingual("inactive", "inactivo"),
    "destroyed": Bilingual("destroyed", "destruido"),
    "over 85 %": Bilingual("over 85 %", "más de 85 %"),
    "not known": Bilingual("not seen, or not known", "no visto, o no se sabe"),
    "ranch-shed": Bilingual("ranch shed", "galpón de rancho"),
    "corral": Bilingual("corral", "corral"),
    "charcoal-kiln": Bilingual("charcoal kiln", "horno de carbón"),
    "field-camp": Bilingual("field camp", "campamento de jornaleros"),
    "shade-net": Bilingual("shade net", "malla sombra"),
    "apiary": Bilingual("apiary", "apiario"),
    "sawmill": Bilingual("sawmill", "aserradero"),
    "artisanal-mine": Bilingual("artisanal mine", "mina artesanal"),
    "crop-burn": Bilingual("crop burn", "quema agrícola"),
    "village-home": Bilingual("village home", "vivienda"),
    "integral": Bilingual("integral of many looks", "integral de muchas miradas"),
    "single-frame": Bilingual("single frames", "imágenes sueltas"),
    "pooled": Bilingual("single looks, mean", "miradas sueltas, media"),
    "pooled-most": Bilingual("single looks, greatest", "miradas sueltas, máximo"),
    "pooled-marks": Bilingual("single looks, marks", "miradas sueltas, marcas"),
}
"""Values of the truth and names of our own ways, as people say them; others are shown as they are."""

REASONS: dict[str, str] = {
    ONE_WORLD: "un solo mundo: no hay qué remuestrear, por eso sin intervalo",
    NO_RESAMPLES: "no se pidieron remuestreos, por eso sin intervalo",
    NOT_ENOUGH: "la mayoría de los remuestreos no tenía qué medir, por eso sin intervalo",
    NO_SITE_OF_SORT: "ningún sitio de este tipo",
    NO_OBSERVED_SITE: "no se observó ningún sitio, o no se miró terreno fuera del alcance de sitios",
    NO_SITE: "no hay ningún sitio, o no se miró terreno fuera del alcance de sitios",
    NO_PROBABILITIES: "puntajes fuera de 0 a 1 no son probabilidades",
    TOO_FEW: "hay menos de 10 lugares, o ninguno verdadero o ninguno falso entre ellos",
}
"""The reasons an evaluation gives in English, in Spanish."""


def word(key: str, language: str, **filled: str) -> str:
    """One text of the page, its braces filled."""
    text: str = getattr(WORDS[key], language)
    return text.format(**filled) if filled else text


def value_word(value: str, language: str) -> str:
    """A value as people say it; one without another name as it is."""
    return str(getattr(VALUES[value], language)) if value in VALUES else value


def reason_word(reason: str, language: str) -> str:
    """A reason in the language of the page."""
    return REASONS.get(reason, reason) if language == "es" else reason
