"""The case as a paper: what stands on it, in order, as data; the template only lays it out.

No text of a record ever becomes markup: the template reads it as JSON strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from atalaya.dossier import labels
from atalaya.dossier.custody_blocks import custody_blocks
from atalaya.dossier.error_ellipse import error_ellipse
from atalaya.dossier.evidence_blocks import evidence_blocks
from atalaya.dossier.language import Language
from atalaya.dossier.paper_template import TEMPLATE
from atalaya.dossier.printable import printable
from atalaya.dossier.sentences import accuracy, instant, place, summary
from atalaya.dossier.wording import (
    AID,
    CHARTER,
    KIND,
    KIND_UNKNOWN,
    RETENTION,
    SENSOR,
    STATUS,
)
from atalaya.model.authority import Authority
from atalaya.model.case_view import CaseView, ViewPicture
from atalaya.model.custody import Json
from atalaya.model.ground import Position
from atalaya.model.identifiers import ContentHash
from atalaya.model.source import SYNTHETIC_MARK

MAP_FILE = "map.svg"
_REGION = {Language.ENGLISH: "US", Language.SPANISH: "MX"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper before it is set.

    Args:
        source: the typst template, the same for every case.
        data: what stands on it; strings and numbers only.
        pictures: file name the data uses → which picture that is.
    """

    source: str
    data: Mapping[str, Json]
    pictures: Mapping[str, ContentHash]


def paper(view: CaseView, language: Language) -> Paper:
    """The paper of what this reader may see; a withheld part has no line, heading or gap."""
    blocks = [
        *_summary_blocks(view, language),
        *_map_blocks(view, language),
        *_picture_blocks(view, language),
        *evidence_blocks(view, language),
        *_decision_blocks(view, language),
        *_authority_blocks(view.authority, language),
        *_charter_blocks(view, language),
        *custody_blocks(view.custody, language),
    ]
    title = f"{labels.TITLE.said(language)} {view.site_id}"
    data: dict[str, Json] = {
        "title": printable(title),
        "lang": language.value,
        "region": _REGION[language],
        "heading": labels.TITLE.said(language),
        "subtitle": labels.SUBTITLE.said(language),
        "site": printable(view.site_id),
        "dossier": printable(view.dossier_id),
        "synthetic": SYNTHETIC_MARK if view.synthetic else None,
        "synthetic_note": labels.SYNTHETIC_NOTE.said(language) if view.synthetic else None,
        "page": labels.PAGE.said(language),
        "of": labels.OF.said(language),
        "foot": labels.FOOT.said(language),
        "cover": _rows(_cover(view, language)),
        "blocks": blocks,
    }
    files = {_picture_file(number): one.picture.content for number, one in enumerate(view.pictures, start=1)}
    return Paper(source=TEMPLATE, data=data, pictures=files)


def _cover(view: CaseView, language: Language) -> list[tuple[str, str | None]]:
    kind = KIND[view.kind] if view.kind is not None else KIND_UNKNOWN
    return [
        (labels.DOSSIER.said(language), view.dossier_id),
        (labels.SITE.said(language), view.site_id),
        (labels.STATUS.said(language), STATUS[view.status].said(language)),
        (labels.KIND.said(language), kind.said(language)),
        (labels.BUILT.said(language), instant(view.built_utc)),
        (labels.RELEASE.said(language), view.release_id),
        (labels.RECIPIENT.said(language), view.recipient_name),
        (labels.SUPPORTED.said(language), view.supported_partner),
        (labels.REQUESTING.said(language), view.requesting_agency),
        (labels.SORTIE.said(language), view.sortie_id),
        (labels.PLATFORM.said(language), view.platform_pseudonym),
    ]


def _summary_blocks(view: CaseView, language: Language) -> list[Json]:
    blocks: list[Json] = [
        {"kind": "heading", "text": labels.SUMMARY.said(language)},
        {"kind": "text", "text": printable(summary(view).said(language))},
    ]
    if view.position is not None:
        blocks.append({"kind": "heading", "text": labels.POSITION.said(language)})
        blocks.append({"kind": "facts", "rows": _rows(_position(view.position, language))})
    return blocks


def _position(position: Position, language: Language) -> list[tuple[str, str | None]]:
    ellipse = error_ellipse(position)
    words = labels.ELLIPSE_WORDS.said(language)
    return [
        (labels.LON_LAT.said(language), place(position)),
        (labels.DECIMAL.said(language), f"{position.lon_deg:.6f}, {position.lat_deg:.6f}"),
        (labels.REFERENCE.said(language), "WGS 84 (EPSG:4326)"),
        (labels.CE90.said(language), f"{position.ce90_m:.1f} m: {accuracy(position).said(language)}"),
        (
            labels.ELLIPSE.said(language),
            words.format(major=ellipse.semi_major_m, minor=ellipse.semi_minor_m, azimuth=ellipse.azimuth_deg)
            if ellipse
            else None,
        ),
        (
            labels.HEIGHT.said(language),
            f"{position.hae_m:.1f} m {labels.HEIGHT_DATUM.said(language)}"
            if position.hae_m is not None
            else None,
        ),
        (labels.LE90.said(language), f"{position.le90_m:.1f} m" if position.le90_m is not None else None),
    ]


def _map_blocks(view: CaseView, language: Language) -> list[Json]:
    if view.position is None:
        return []
    return [
        {"kind": "heading", "text": labels.MAP.said(language)},
        {
            "kind": "map",
            "file": MAP_FILE,
            "alt": labels.MAP_ALT.said(language),
            "caption": labels.MAP_CAPTION.said(language),
        },
    ]


def _picture_blocks(view: CaseView, language: Language) -> list[Json]:
    if not view.pictures:
        return []
    items: list[Json] = [_picture(one, number, language) for number, one in enumerate(view.pictures, start=1)]
    arrows = any(one.geometry is not None for one in view.pictures)
    note = labels.PICTURES_NOTE.said(language) + (f" {labels.NORTH.said(language)}" if arrows else "")
    return [
        {"kind": "heading", "text": labels.PICTURES.said(language)},
        {"kind": "lead", "text": note},
        {"kind": "pictures", "items": items},
    ]


def _picture(one: ViewPicture, number: int, language: Language) -> Json:
    picture = one.picture
    parts = [instant(one.at_utc)] if one.at_utc is not None else []
    parts.append(labels.GSD.said(language).format(gsd=picture.gsd_m))
    parts.append(labels.CIRCLE.said(language).format(radius=picture.site_radius_px * picture.gsd_m))
    if one.geometry is not None:
        azimuth, distance = one.geometry.look_azimuth_deg, one.geometry.slant_range_m
        parts.append(labels.LOOK.said(language).format(azimuth=azimuth, distance=distance))
    return {
        "file": _picture_file(number),
        "alt": labels.PICTURE_ALT.said(language).format(number=number),
        "title": f"{labels.PICTURE.said(language)} {number}",
        "caption": printable("; ".join(parts)),
        "hash": printable(picture.content),
        "north_deg": -one.geometry.look_azimuth_deg if one.geometry is not None else None,
    }


def _picture_file(number: int) -> str:
    return f"picture-{number:02d}.jpg"


def _decision_blocks(view: CaseView, language: Language) -> list[Json]:
    if not view.reviews:
        return []
    columns = [labels.DECIDED, labels.STATUS, labels.BY, labels.REASON]
    rows: list[Json] = [
        [
            instant(review.reviewed_utc),
            STATUS[review.status].said(language),
            printable(review.reviewed_by),
            printable(review.reason),
        ]
        for review in view.reviews
    ]
    return [
        {"kind": "heading", "text": labels.DECISIONS.said(language)},
        {
            "kind": "table",
            "columns": [column.said(language) for column in columns],
            "widths": [3, 3, 2, 6],
            "rows": rows,
        },
    ]


def _authority_blocks(authority: Authority | None, language: Language) -> list[Json]:
    if authority is None:
        return []
    consent = authority.consent
    granted = labels.CONSENT_WORDS.said(language)
    rows: list[tuple[str, str | None]] = [
        (labels.INSTRUMENT.said(language), f"{authority.instrument} ({authority.authority_id})"),
        (labels.ISSUED_BY.said(language), authority.issuing_body),
        (
            labels.CONSENT.said(language),
            granted.format(
                reference=consent.reference, by=consent.granted_by, on=instant(consent.granted_utc)
            ),
        ),
        (
            labels.WINDOW.said(language),
            f"{instant(authority.valid_from_utc)} – {instant(authority.valid_until_utc)}",
        ),
        (labels.PURPOSE.said(language), authority.purpose),
        (
            labels.SENSORS.said(language),
            ", ".join(SENSOR[sensor].said(language) for sensor in sorted(authority.sensors)),
        ),
        (labels.KEPT_FOR.said(language), RETENTION[authority.retention].said(language)),
    ]
    return [
        {"kind": "heading", "text": labels.AUTHORITY.said(language)},
        {"kind": "facts", "rows": _rows(rows)},
    ]


def _charter_blocks(view: CaseView, language: Language) -> list[Json]:
    """Payload, attestation and charter stand on every paper, whatever is withheld."""
    carried = "; ".join(
        f"{payload.name} ({(SENSOR[payload.sensor] if payload.sensor else AID).said(language)})"
        for payload in view.payloads
    )
    attested = labels.ATTESTED_BY.said(language).format(
        by=view.attestation.attested_by, on=instant(view.attestation.attested_utc)
    )
    lines: list[Json] = [[heading.said(language), words.said(language)] for heading, words in CHARTER]
    rows = [
        (labels.PAYLOAD.said(language), carried),
        (labels.ATTESTED.said(language), f"{view.attestation.statement} {attested}"),
    ]
    return [
        {"kind": "heading", "text": labels.CHARTER.said(language)},
        {"kind": "facts", "rows": _rows(rows)},
        {"kind": "charter", "lines": lines},
    ]


def _rows(pairs: list[tuple[str, str | None]] | list[tuple[str, str]]) -> list[Json]:
    return [[label, printable(value)] for label, value in pairs if value is not None]
