"""Whole sentences with their numbers, in both languages, as the papers and other formats say them."""

from datetime import UTC, datetime

from atalaya.dossier.language import Text
from atalaya.dossier.wording import EVIDENCE, KIND, KIND_UNKNOWN, STATUS, against
from atalaya.model.case_view import CaseView
from atalaya.model.ground import Position
from atalaya.model.site import EvidenceItem, EvidenceKind


def bits(weight_bits: float) -> str:
    """`+4.1` or `−0.7`: a weight always shows its sign."""
    rounded = round(weight_bits, 1) + 0.0
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.1f}"


def percent(probability: float) -> str:
    """`97 %`; never 0 % or 100 % for what is not certain."""
    share = 100.0 * probability
    if 0.0 < share < 1.0:
        return "< 1 %"
    if 99.0 < share < 100.0:
        return "> 99 %"
    return f"{share:.0f} %"


def instant(at_utc: datetime) -> str:
    """`2026-11-20 06:00:00 UTC`; milliseconds only where there are any, cut and not rounded."""
    utc = at_utc.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03d}" if utc.microsecond >= 1000 else ""
    return f"{utc:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def evidence_sentence(item: EvidenceItem) -> Text:
    """What was seen, how large, in how many looks and from how many directions; without its weight."""
    base = EVIDENCE[item.kind]
    if item.kind is EvidenceKind.PRIOR:
        return base
    parts = [base, _size(item), looks(item.looks), _directions(item)]
    kept = [part for part in parts if part is not None]
    return Text(", ".join(part.en for part in kept), ", ".join(part.es for part in kept))


def looks(count: int) -> Text:
    """`1 look`, `14 looks`."""
    return Text(
        "1 look" if count == 1 else f"{count} looks",
        "1 observación" if count == 1 else f"{count} observaciones",
    )


def looks_seen_of(seen: int, possible: int) -> Text:
    """How often the place was in view, and how often something was seen there."""
    return Text(
        f"seen in {seen} of the {possible} looks that covered the place",
        f"visto en {seen} de las {possible} observaciones que cubrieron el lugar",
    )


def place(position: Position) -> str:
    """`24.900000° N, 107.100000° W`: six decimals are 0.1 m, finer than any error stated beside it."""
    north = "N" if position.lat_deg >= 0 else "S"
    east = "E" if position.lon_deg >= 0 else "W"
    return f"{abs(position.lat_deg):.6f}° {north}, {abs(position.lon_deg):.6f}° {east}"


def accuracy(position: Position) -> Text:
    """The circle in words."""
    return Text(
        f"the true place lies within {position.ce90_m:.1f} m of it with a probability of 90 % (CE90)",
        f"el lugar verdadero está a no más de {position.ce90_m:.1f} m con una probabilidad del 90 % (CE90)",
    )


def probability_sentence(probability: float, probability_against: str | None) -> Text:
    """The probability and what it is stated against."""
    if probability_against is None:
        return Text(f"probability: {percent(probability)}", f"probabilidad: {percent(probability)}")
    background = against(probability_against)
    return Text(
        f"probability that a site is here: {percent(probability)}, against {background.en}",
        f"probabilidad de que aquí haya un sitio: {percent(probability)}, frente a {background.es}",
    )


def summary(view: CaseView) -> Text:
    """The whole case in a few sentences, from what this reader may see and nothing else."""
    said = [_opening(view)]
    if view.position is not None:
        exact = accuracy(view.position)
        said.append(
            Text(
                f"Position {place(view.position)} (WGS 84); {exact.en}.",
                f"Posición {place(view.position)} (WGS 84); {exact.es}.",
            )
        )
    if view.probability is not None:
        said.append(_sentence(probability_sentence(view.probability, view.probability_against)))
    if view.looks_seen is not None and view.looks_possible is not None:
        said.append(_sentence(looks_seen_of(view.looks_seen, view.looks_possible)))
    if view.first_seen_utc is not None and view.last_seen_utc is not None:
        first, last = instant(view.first_seen_utc), instant(view.last_seen_utc)
        said.append(
            Text(
                f"First seen {first}, last seen {last}.",
                f"Visto por primera vez el {first} y por última vez el {last}.",
            )
        )
    said.append(
        Text(
            "No substance is asserted from the air.",
            "Desde el aire no se afirma la presencia de ninguna sustancia.",
        )
    )
    return Text(" ".join(part.en for part in said), " ".join(part.es for part in said))


def _opening(view: CaseView) -> Text:
    kind = KIND[view.kind] if view.kind is not None else KIND_UNKNOWN
    status = STATUS[view.status]
    return Text(
        f"Possible clandestine laboratory site {view.site_id}: status {status.en}; kind of place: {kind.en}.",
        f"Posible sitio de laboratorio clandestino {view.site_id}: estado {status.es}; "
        f"tipo de lugar: {kind.es}.",
    )


def _sentence(part: Text) -> Text:
    return Text(f"{part.en[0].upper()}{part.en[1:]}.", f"{part.es[0].upper()}{part.es[1:]}.")


def _size(item: EvidenceItem) -> Text | None:
    if item.length_m is None or item.width_m is None:
        return None
    size = f"{item.length_m:.1f} × {item.width_m:.1f} m"
    return Text(f"about {size}", f"de unos {size}")


def _directions(item: EvidenceItem) -> Text | None:
    if item.azimuths < 1 or item.kind is EvidenceKind.LOOKED_AND_NOT_SEEN:
        return None
    if item.azimuths == 1:
        return Text("from 1 direction", "desde 1 dirección")
    return Text(f"from {item.azimuths} directions", f"desde {item.azimuths} direcciones")
