"""Every word a partner reads, in English and Spanish, chosen with care.

What is seen from the air is a *candidate*, *possible*, *presumed*; a substance is never named from the air.
Whole sentences with numbers are in `sentences`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from atalaya.dossier.language import Text
from atalaya.model.authority import RetentionClass, Sensor
from atalaya.model.site import EvidenceKind, SiteKind, SiteStatus
from atalaya.model.source import SourceFormat

STATUS: Mapping[SiteStatus, Text] = MappingProxyType(
    {
        SiteStatus.CANDIDATE: Text("candidate", "candidato"),
        SiteStatus.PROBABLE: Text("probable", "probable"),
        SiteStatus.CONFIRMED: Text("confirmed by an analyst", "confirmado por analista"),
        SiteStatus.INACTIVE: Text("inactive", "inactivo"),
        SiteStatus.DISMANTLED: Text("dismantled", "desmantelado"),
        SiteStatus.REJECTED: Text("rejected", "rechazado"),
    }
)

KIND: Mapping[SiteKind, Text] = MappingProxyType(
    {
        SiteKind.RURAL_CAMOUFLAGED: Text("rural, camouflaged", "rural, camuflado"),
        SiteKind.INDUSTRIAL: Text("industrial", "industrial"),
        SiteKind.URBAN: Text("urban", "urbano"),
        SiteKind.UNDERGROUND: Text("underground", "subterráneo"),
        SiteKind.MOBILE: Text("mobile", "móvil"),
        SiteKind.PILL_PRESS: Text("presumed pill press", "presunta prensa de pastillas"),
        SiteKind.STORAGE: Text("storage", "almacén"),
        SiteKind.DUMP: Text("waste dump", "tiradero de residuos"),
    }
)
KIND_UNKNOWN = Text("cannot be told from the air", "no se puede determinar desde el aire")

EVIDENCE: Mapping[EvidenceKind, Text] = MappingProxyType(
    {
        EvidenceKind.PRIOR: Text(
            "Starting point, before any look at this place", "Punto de partida, antes de observar este lugar"
        ),
        EvidenceKind.ANOMALY_SEEN: Text(
            "Patch unlike the vegetation around it, possibly made by man",
            "Mancha distinta de la vegetación que la rodea, posiblemente artificial",
        ),
        EvidenceKind.ROOF_OR_TARP_SEEN: Text(
            "Possible roof, tarpaulin or plastic sheet", "Posible techo, lona o lámina de plástico"
        ),
        EvidenceKind.DRUM_OR_TANK_SEEN: Text(
            "Possible drums, tanks or reactors", "Posibles tambos, tanques o reactores"
        ),
        EvidenceKind.HOT_SPOT_SEEN: Text(
            "Spot warmer than the ground around it", "Punto más caliente que el suelo que lo rodea"
        ),
        EvidenceKind.VEHICLES_NEAR: Text("Vehicles close to the place", "Vehículos cerca del lugar"),
        EvidenceKind.PERSISTENT: Text(
            "Stays in the same place from look to look", "Permanece en el mismo lugar entre observaciones"
        ),
        EvidenceKind.LOOKED_AND_NOT_SEEN: Text(
            "Looked at the place and nothing was detected", "Se observó el lugar y no se detectó nada"
        ),
    }
)

_PATTERN_AGAINST = re.compile(
    r"(?:against )?an innocent object that the detector also marks; before looking "
    r"(?P<sites>[0-9.e+-]+) sites and (?P<objects>[0-9.e+-]+) such objects per km2"
)
"""How fusion words what its probabilities are against."""

SENSOR: Mapping[Sensor, Text] = MappingProxyType(
    {
        Sensor.EO_VIDEO: Text("daylight video", "video diurno"),
        Sensor.IR_VIDEO: Text("thermal video", "video térmico"),
        Sensor.SAR: Text("imaging radar (SAR)", "radar de imagen (SAR)"),
    }
)
AID = Text("aid that looks at nothing", "ayuda que no observa")

RETENTION: Mapping[RetentionClass, Text] = MappingProxyType(
    {
        RetentionClass.TRANSIENT_30_DAYS: Text("transient, 30 days", "transitoria, 30 días"),
        RetentionClass.CASE_5_YEARS: Text("case, 5 years", "expediente, 5 años"),
        RetentionClass.LEGAL_HOLD: Text("legal hold", "resguardo legal"),
    }
)

SOURCE_FORMAT: Mapping[SourceFormat, Text] = MappingProxyType(
    {
        SourceFormat.MPEG_TS: Text("video with metadata (MPEG-TS)", "video con metadatos (MPEG-TS)"),
        SourceFormat.KLV: Text("metadata only (KLV)", "solo metadatos (KLV)"),
    }
)

CHARTER: tuple[tuple[Text, Text], ...] = (
    (
        Text("Unarmed.", "Sin armas."),
        Text(
            "The aircraft carried nothing that can harm. The payload list is complete and attested; "
            "this system has no function for weapons, targeting or fire.",
            "La aeronave no llevaba nada que pueda dañar. La lista de equipo a bordo está completa y de ello "
            "se dejó constancia; este sistema no tiene función alguna para armas, designación de blancos ni "
            "fuego.",
        ),
    ),
    (
        Text("Places and vehicles, never persons.", "Lugares y vehículos, nunca personas."),
        Text(
            "Nothing here identifies, tracks or searches for anybody. Pictures are limited to a ground "
            "resolution at which nobody can be recognised.",
            "Nada en este expediente identifica, sigue ni busca a persona alguna. Las imágenes se limitan a "
            "una resolución en el terreno a la que no se puede reconocer a nadie.",
        ),
    ),
    (
        Text(
            "No collection without authority and consent.", "Sin autorización y consentimiento no se observa."
        ),
        Text(
            "The flight rested on a recorded instrument and on the host nation's consent. What lay outside "
            "them was not kept.",
            "El vuelo se apoyó en un instrumento registrado y en el consentimiento de la nación anfitriona. "
            "Lo que quedó fuera de ellos no se conservó.",
        ),
    ),
    (
        Text("A person decides.", "Decide una persona."),
        Text(
            "The system proposes; people confirm, release and approve. No substance is asserted from the "
            "air: only a laboratory can do that, later.",
            "El sistema propone; las personas confirman, entregan y aprueban. Desde el aire no se afirma "
            "ninguna sustancia: eso solo puede hacerlo después un laboratorio pericial.",
        ),
    ),
    (
        Text("Everything is on the record.", "Todo queda registrado."),
        Text(
            "Each step was written to an append-only ledger before it was taken. Both nations can verify it "
            "without trusting the server.",
            "Cada paso se asentó, antes de darse, en un registro al que solo se agrega y en el que todo "
            "cambio se nota. Ambas naciones pueden verificarlo sin tener que confiar en el servidor.",
        ),
    ),
)
"""The charter statement of every paper: heading and words. It can never be withheld."""


def against(wording: str) -> Text:
    """What a probability is stated against, in both languages; as it came where we have no words for it."""
    known = _PATTERN_AGAINST.fullmatch(wording)
    if known is None:
        plain = wording.removeprefix("against ")
        return Text(plain, plain)
    sites, objects = known["sites"], known["objects"]
    return Text(
        f"an innocent object that the detector also marks; before looking, {sites} sites and {objects} such "
        "objects per km²",
        f"un objeto inocente que el detector también señala; antes de observar, {sites} sitios y {objects} "
        "objetos así por km²",
    )
