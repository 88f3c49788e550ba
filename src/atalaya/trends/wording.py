"""The words of the funnel, in English and Spanish."""

from collections.abc import Mapping

from atalaya.trends.funnel import Reason, Step

STEPS: Mapping[Step, Mapping[str, str]] = {
    Step.LEAD: {"en": "lead", "es": "indicio"},
    Step.CONFIRMED: {"en": "confirmed", "es": "confirmado"},
    Step.RELEASED: {"en": "released", "es": "entregado"},
    Step.RECEIVED: {"en": "received", "es": "recibido"},
    Step.ACTED: {"en": "acted upon", "es": "atendido"},
    Step.ACTIVE: {"en": "found active", "es": "hallado activo"},
}
HEADINGS: Mapping[str, tuple[str, str, str, str]] = {
    "en": ("step", "leads", "median time from the step before", "measured"),
    "es": ("paso", "indicios", "tiempo mediano desde el paso anterior", "medidos"),
}
REASONS: Mapping[Reason, Mapping[str, str]] = {
    Reason.FIRST: {"en": "(the first step)", "es": "(el primer paso)"},
    Reason.NONE_CAME: {"en": "(no lead came this far)", "es": "(ningún indicio llegó hasta aquí)"},
    Reason.SAME_VISIT: {"en": "(found at the visit itself)", "es": "(hallado en la propia visita)"},
    Reason.OUT_OF_ORDER: {
        "en": "(every time on record is before the step before it)",
        "es": "(todas las horas registradas son anteriores al paso anterior)",
    },
}
CONTRADICTED: Mapping[str, str] = {
    "en": "outcomes that contradict each other, all kept: {sites}",
    "es": "resultados que se contradicen, todos conservados: {sites}",
}
OUT_OF_ORDER: Mapping[str, str] = {
    "en": "{count} dated before the step before it, left out of the median: {step}",
    "es": "{count} con fecha anterior al paso anterior, fuera de la mediana: {step}",
}
SKIPPED: Mapping[str, str] = {
    "en": "{count} with a later step on record but not this one: {step}",
    "es": "{count} con un paso posterior registrado pero sin este: {step}",
}
_UNITS = ((86_400.0, "d", "d"), (3_600.0, "h", "h"), (60.0, "min", "min"), (1.0, "s", "s"))


def duration(seconds: float, language: str) -> str:
    """`3.2 h`: in the largest unit that leaves at least one."""
    for size_s, english, spanish in _UNITS:
        if seconds >= size_s:
            return f"{seconds / size_s:.1f} {english if language == 'en' else spanish}"
    return "0 s"


def reason(why: Reason | None, language: str) -> str:
    """Why there is no median."""
    return "-" if why is None else REASONS[why][language]
