"""The case as a STIX 2.1 bundle that threat-intelligence programs import.

Everything hangs on `location`, and the numbers stand in `report.description` and in a Spanish note, because
consumers drop extensions, language-content and infrastructure without a word.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from atalaya.custody.canonical import canonical_json
from atalaya.errors import InputError
from atalaya.model.case_view import CaseView, ViewPicture
from atalaya.model.custody import Json
from atalaya.model.identifiers import ContentHash

NAMESPACE = uuid.UUID("6e0c9a0e-4b4f-5d0a-9f6c-1a2f3c7d8e90")
"""Of our own objects: the same case gives the same ids."""
SCO_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Of observables. Source: STIX 2.1 section 2.9."""
TLP_AMBER_STRICT = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
"""Source: OASIS TLP 2.0 marking definitions for STIX 2.1."""
LANGUAGES = ("en", "es")
_PRODUCER_CREATED = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleText:
    """The words of a bundle in one language.

    Args:
        title: of the report. summary: the case in sentences, with its numbers.
        statement: the charter's terms under which this is shared.
    """

    title: str
    summary: str
    statement: str


def bundle(
    view: CaseView, texts: Mapping[str, BundleText], evidence_names: Mapping[ContentHash, str]
) -> bytes:
    """Canonical bytes of the bundle of what this reader may see.

    Args:
        view: a withheld part has no object and no property.
        texts: by language, `en` and `es`.
        evidence_names: content hash of a picture → its name in the package.

    Raises:
        InputError: a language is missing, or a picture has no name.
    """
    missing = [language for language in LANGUAGES if language not in texts]
    if missing:
        raise InputError(f"a bundle needs its texts in en and es; missing {', '.join(missing)}")
    made = _Maker(view, texts)
    objects: list[Json] = [_tlp(), made.statement(), made.producer()]
    about: list[dict[str, Json]] = []
    if view.recipient_name is not None:
        about.append(made.recipient(view.recipient_name))
    place = made.location()
    site = made.infrastructure()
    about += [site] if place is None else [place, site, made.located_at(site, place)]
    about += made.observations(evidence_names)
    about.append(made.spanish_note([one["id"] for one in about]))
    report = made.report([one["id"] for one in about])
    objects += [*about, report, made.translation(report)]
    return canonical_json({"type": "bundle", "id": made.id("bundle", "all"), "objects": objects})


class _Maker:
    """Makes the objects of one view: the same ids, times and markings on all of them."""

    __slots__ = ("_key", "_texts", "_time", "_view")

    def __init__(self, view: CaseView, texts: Mapping[str, BundleText]) -> None:
        self._view, self._texts = view, texts
        self._time = _instant(view.built_utc)
        self._key = f"{view.dossier_id}/{view.release_id or ''}"  # another redaction is another object

    def id(self, kind: str, name: str) -> str:
        """A deterministic id."""
        return f"{kind}--{uuid.uuid5(NAMESPACE, f'{self._key}/{kind}/{name}')}"

    def statement(self) -> dict[str, Json]:
        """The terms, in both languages in one text."""
        words = " / ".join(self._texts[language].statement for language in LANGUAGES)
        return {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": self.id("marking-definition", "statement"),
            "created": self._time,
            "created_by_ref": _producer_id(),
            "definition_type": "statement",
            "definition": {"statement": words},
        }

    def producer(self) -> dict[str, Json]:
        """Who says this."""
        return {
            "type": "identity",
            "spec_version": "2.1",
            "id": _producer_id(),
            "created": _PRODUCER_CREATED,
            "modified": _PRODUCER_CREATED,
            "name": "Atalaya",
            "identity_class": "organization",
        }

    def recipient(self, name: str) -> dict[str, Json]:
        """Whom this copy is for."""
        return self._object("identity", "recipient", {"name": name, "identity_class": "organization"})

    def location(self) -> dict[str, Json] | None:
        """The place, its CE90 as the precision; None where it is withheld."""
        position = self._view.position
        if position is None:
            return None
        said: dict[str, Json] = {
            "name": f"Site {self._view.site_id}",
            "description": f"CE90 {position.ce90_m:.1f} m (WGS 84, EPSG:4326)",
            "latitude": position.lat_deg,
            "longitude": position.lon_deg,
            "precision": position.ce90_m,
        }
        return self._object("location", "site", said)

    def infrastructure(self) -> dict[str, Json]:
        """What may be there; its confidence is the probability in percent, where that may be seen."""
        said: dict[str, Json] = {
            "name": f"Possible clandestine laboratory {self._view.site_id}",
            "description": f"Status {self._view.status.value}; no substance is asserted from the air.",
            "infrastructure_types": ["unknown"],
        }
        if self._view.first_seen_utc is not None:
            said["first_seen"] = _instant(self._view.first_seen_utc)
        if self._view.last_seen_utc is not None:
            said["last_seen"] = _instant(self._view.last_seen_utc)
        if self._view.probability is not None:
            said["confidence"] = round(100 * self._view.probability)
        return self._object("infrastructure", "site", said)

    def located_at(self, site: Mapping[str, Json], place: Mapping[str, Json]) -> dict[str, Json]:
        """The one to the other."""
        said = {"relationship_type": "located-at", "source_ref": site["id"], "target_ref": place["id"]}
        return self._object("relationship", "located-at", said)

    def observations(self, names: Mapping[ContentHash, str]) -> list[dict[str, Json]]:
        """Each picture as a file; and when it was seen, where times may be seen."""
        made: list[dict[str, Json]] = []
        for number, one in enumerate(self._view.pictures, start=1):
            file = self._file(one, names)
            made.append(file)
            if one.at_utc is not None:
                said: dict[str, Json] = {
                    "first_observed": _instant(one.at_utc),
                    "last_observed": _instant(one.at_utc),
                    "number_observed": 1,
                    "object_refs": [file["id"]],
                }
                made.append(self._object("observed-data", f"picture-{number}", said))
        return made

    def spanish_note(self, about: list[Json]) -> dict[str, Json]:
        """The summary in Spanish for consumers that drop language-content."""
        text = self._texts["es"]
        said: dict[str, Json] = {
            "abstract": text.title,
            "content": text.summary,
            "lang": "es",
            "object_refs": about,
        }
        return self._object("note", "summary-es", said)

    def report(self, about: list[Json]) -> dict[str, Json]:
        """What holds everything together; its description has every number."""
        text = self._texts["en"]
        said: dict[str, Json] = {
            "name": text.title,
            "description": text.summary,
            "lang": "en",
            "report_types": ["observed-data"],
            "published": self._time,
            "object_refs": about,
        }
        return self._object("report", "case", said)

    def translation(self, report: Mapping[str, Json]) -> dict[str, Json]:
        """The report in Spanish, as STIX wants it."""
        text = self._texts["es"]
        said: dict[str, Json] = {
            "object_ref": report["id"],
            "object_modified": report["modified"],
            "contents": {"es": {"name": text.title, "description": text.summary}},
        }
        return self._object("language-content", "report-es", said)

    def _object(self, kind: str, name: str, said: Mapping[str, Json]) -> dict[str, Json]:
        labels: dict[str, Json] = {"labels": ["synthetic"]} if self._view.synthetic else {}
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": self.id(kind, name),
            "created": self._time,
            "modified": self._time,
            "created_by_ref": _producer_id(),
            "object_marking_refs": self._markings(),
            "external_references": [{"source_name": "atalaya", "external_id": self._view.site_id}],
            **labels,
            **said,
        }

    def _markings(self) -> list[Json]:
        return [TLP_AMBER_STRICT, self.id("marking-definition", "statement")]

    def _file(self, one: ViewPicture, names: Mapping[ContentHash, str]) -> dict[str, Json]:
        name = names.get(one.picture.content)
        if name is None:
            raise InputError(f"picture {one.picture.content} has no name in the package")
        hashes: dict[str, Json] = {"SHA-256": one.picture.content}
        identity = canonical_json({"hashes": hashes, "name": name}).decode()
        return {
            "type": "file",
            "spec_version": "2.1",
            "id": f"file--{uuid.uuid5(SCO_NAMESPACE, identity)}",
            "object_marking_refs": self._markings(),
            "hashes": hashes,
            "name": name,
            "mime_type": "image/jpeg",
        }


def _producer_id() -> str:
    return f"identity--{uuid.uuid5(NAMESPACE, 'identity/atalaya')}"


def _tlp() -> dict[str, Json]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_AMBER_STRICT,
        "created": "2022-10-01T00:00:00.000Z",
        "name": "TLP:AMBER+STRICT",
        "extensions": {
            "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                "extension_type": "property-extension",
                "tlp_2_0": "amber+strict",
            }
        },
    }


def _instant(at_utc: datetime) -> str:
    return at_utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
