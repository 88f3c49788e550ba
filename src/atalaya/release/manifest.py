"""What a package says about itself: its files by hash, whom it is for, and that what flew was unarmed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from atalaya.custody.canonical import canonical_json
from atalaya.custody.hashing import content_hash
from atalaya.custody.jws import thumbprint
from atalaya.errors import InputError
from atalaya.model.case_view import CaseView
from atalaya.model.custody import Json
from atalaya.model.identifiers import RecipientId
from atalaya.model.instants import isoformat_z
from atalaya.model.json_form import to_json

INNER_FORMAT = "atalaya-package/1"
OUTER_FORMAT = "atalaya-sealed/1"
CHARTER_EN = (
    "Unarmed observation of places and vehicles under a recorded authority with the host nation's consent. "
    "No person is identified. Proposals are made by a machine; decisions are made by people."
)
CHARTER_ES = (
    "Observación no armada de lugares y vehículos bajo una autorización registrada y con el consentimiento "
    "del país anfitrión. No se identifica a ninguna persona. La máquina propone; las personas deciden."
)
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".jws": "application/jose",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".md": "text/markdown",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".zip": "application/zip",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageIdentity:
    """Which release this package carries, for whom, and who signs it.

    Args:
        signer: public JWK of the workspace's Ed25519 key.
    """

    view: CaseView
    recipient_id: RecipientId
    signer: Mapping[str, str]


def make_manifest(identity: PackageIdentity, files: Mapping[str, bytes]) -> bytes:
    """Canonical bytes of the inner manifest; the payload list and the attestation are always there.

    Raises:
        InputError: the view is not that of a release, or there is no file.
    """
    view = identity.view
    if view.release_id is None or not files:
        raise InputError("a package needs a release and at least one file")
    charter: dict[str, Json] = {
        "statement_en": CHARTER_EN,
        "statement_es": CHARTER_ES,
        "attestation": to_json(view.attestation),
        "payloads": [to_json(payload) for payload in view.payloads],
    }
    return canonical_json(
        {
            "format": INNER_FORMAT,
            "release_id": view.release_id,
            "dossier_id": view.dossier_id,
            "recipient_id": identity.recipient_id,
            "synthetic": view.synthetic,
            "built_utc": isoformat_z(view.built_utc),
            "charter": charter,
            "files": _file_lines(sorted(files.items())),
            "signer": _signer(identity.signer),
        }
    )


def make_outer_manifest(identity: PackageIdentity, sealed: bytes) -> bytes:
    """Canonical bytes of the outer manifest: it says no more than is needed to prove the sealed bytes.

    Raises:
        InputError: the view is not that of a release.
    """
    if identity.view.release_id is None:
        raise InputError("a package needs a release")
    return canonical_json(
        {
            "format": OUTER_FORMAT,
            "release_id": identity.view.release_id,
            "recipient_id": identity.recipient_id,
            "synthetic": identity.view.synthetic,
            "sealed": {"name": "sealed.age", "length": len(sealed), "sha256": content_hash(sealed)},
            "signer": _signer(identity.signer),
        }
    )


def media_type(name: str) -> str:
    """Media type by the end of the name; `application/octet-stream` where it is not known."""
    if name.endswith(".stix.json"):
        return "application/stix+json;version=2.1"
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return _MEDIA_TYPES.get(suffix, "application/octet-stream")


def _signer(jwk: Mapping[str, str]) -> dict[str, Json]:
    return {"key_id": thumbprint(jwk), "jwk": dict(jwk)}


def _file_lines(files: Iterable[tuple[str, bytes]]) -> list[Json]:
    return [
        {"name": name, "media_type": media_type(name), "length": len(data), "sha256": content_hash(data)}
        for name, data in files
    ]
