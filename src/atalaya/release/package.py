"""The package: two layers of one-spelling zip, each under its own signature.

::

    outer zip: outer.json  outer.jws  sealed.age
                                      └ age, for the recipient only
    inner zip:                          manifest.json  manifest.jws  every paper
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from atalaya.custody.hashing import content_hash
from atalaya.custody.jws import thumbprint, verify_detached
from atalaya.errors import InputError, IntegrityError
from atalaya.release.canonical_zip import Damage, read_zip, write_zip
from atalaya.release.manifest import (
    INNER_FORMAT,
    OUTER_FORMAT,
    PackageIdentity,
    make_manifest,
    make_outer_manifest,
)

MANIFEST, MANIFEST_SIGNATURE = "manifest.json", "manifest.jws"
OUTER, OUTER_SIGNATURE, SEALED = "outer.json", "outer.jws", "sealed.age"
_SHARED = ("release_id", "recipient_id", "synthetic", "signer")
"""What both manifests say, and must say alike."""


class PackageSigner(Protocol):
    """What signing a package needs."""

    def sign(self, payload: bytes) -> str:
        """Compact detached JWS over the payload."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking one layer gave.

    Args:
        manifest: as read; empty where it could not be read.
        files: the files of the layer as read, manifest and signature among them.
        damage: every place that is not as it was written; empty where the layer is proved.
    """

    manifest: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    damage: tuple[Damage, ...]


def make_inner(identity: PackageIdentity, papers: Mapping[str, bytes], signer: PackageSigner) -> bytes:
    """The signed inner zip; the same view, papers and key give the same bytes.

    Raises:
        InputError: a paper has the name of the manifest or of its signature, or a name no package can hold.
    """
    taken = {MANIFEST, MANIFEST_SIGNATURE} & set(papers)
    if taken:
        raise InputError(f"the package writes {', '.join(sorted(taken))} itself")
    manifest = make_manifest(identity, papers)
    signature = signer.sign(manifest).encode()
    return write_zip({**papers, MANIFEST: manifest, MANIFEST_SIGNATURE: signature})


def make_outer(identity: PackageIdentity, sealed: bytes, signer: PackageSigner) -> bytes:
    """The signed outer zip around the sealed inner one."""
    manifest = make_outer_manifest(identity, sealed)
    return write_zip({OUTER: manifest, OUTER_SIGNATURE: signer.sign(manifest).encode(), SEALED: sealed})


def check_outer(package: bytes, signer_key_id: str | None) -> Checked:
    """Prove the sealed bytes without opening them.

    Args:
        package: the whole file as it came.
        signer_key_id: the key it must be signed by, learnt apart from the package; None checks only that
            the package is whole under the key it names itself.
    """
    files, damage = read_zip(package)
    if damage:
        return Checked(files=files, damage=damage)
    wrong = _other_names(files, {OUTER, OUTER_SIGNATURE, SEALED})
    if wrong:
        return Checked(files=files, damage=wrong)
    manifest, damage = _check_signed(files, OUTER, OUTER_SIGNATURE, OUTER_FORMAT, signer_key_id)
    if not damage:
        damage = _check_lines(files, [manifest.get("sealed")])
    return Checked(manifest=manifest, files=files, damage=damage)


def check_inner(inner: bytes, outer: Mapping[str, Any], signer_key_id: str | None) -> Checked:
    """Prove every file of the opened inner zip, and that it is the one the outer layer speaks of."""
    files, damage = read_zip(inner)
    if damage:
        return Checked(files=files, damage=damage)
    manifest, damage = _check_signed(files, MANIFEST, MANIFEST_SIGNATURE, INNER_FORMAT, signer_key_id)
    if damage:
        return Checked(manifest=manifest, files=files, damage=damage)
    lines = manifest.get("files")
    if not isinstance(lines, list):
        damage = (Damage(file=MANIFEST, message=f"{MANIFEST}: lists no files"),)
    else:
        names = {str(line.get("name")) for line in lines if isinstance(line, dict)}
        damage = _other_names(files, {MANIFEST, MANIFEST_SIGNATURE} | names) or _check_lines(files, lines)
    damage += tuple(
        Damage(file=MANIFEST, message=f"{MANIFEST}: {part} is not the one {OUTER} names")
        for part in _SHARED
        if manifest.get(part) != outer.get(part)
    )
    return Checked(manifest=manifest, files=files, damage=damage)


def _other_names(files: Mapping[str, bytes], wanted: set[str]) -> tuple[Damage, ...]:
    missing = [Damage(file=name, message=f"{name}: missing") for name in sorted(wanted - set(files))]
    extra = [Damage(file=name, message=f"{name}: not listed") for name in sorted(set(files) - wanted)]
    return (*missing, *extra)


def _check_signed(
    files: Mapping[str, bytes], name: str, signature_name: str, form: str, signer_key_id: str | None
) -> tuple[Mapping[str, Any], tuple[Damage, ...]]:
    """The manifest under its own signature, by the key that was asked for."""
    missing = tuple(
        Damage(file=part, message=f"{part}: missing") for part in (name, signature_name) if part not in files
    )
    if missing:
        return {}, missing
    try:
        manifest = _object(json.loads(files[name]))
        jwk = {str(key): str(value) for key, value in _object(_object(manifest["signer"])["jwk"]).items()}
        key_id = thumbprint(jwk)
    except (ValueError, KeyError, RecursionError) as error:
        return {}, (Damage(file=name, message=f"{name}: cannot be read: {error}"),)
    if manifest.get("format") != form:
        return manifest, (Damage(file=name, message=f"{name}: format is not {form}"),)
    if signer_key_id not in (None, key_id) or manifest["signer"].get("key_id") != key_id:
        return manifest, (Damage(file=name, message=f"{name}: signed by {key_id}, not {signer_key_id}"),)
    try:
        verify_detached(files[name], files[signature_name].decode("ascii", "replace"), jwk)
    except IntegrityError as error:
        return manifest, (Damage(file=signature_name, message=f"{name}, {signature_name}: {error}"),)
    return manifest, ()


def _check_lines(files: Mapping[str, bytes], lines: list[Any]) -> tuple[Damage, ...]:
    damage: list[Damage] = []
    for line in lines:
        if not isinstance(line, dict) or not isinstance(line.get("name"), str):
            damage.append(Damage(file=MANIFEST, message=f"{MANIFEST}: a line names no file"))
            continue
        name = line["name"]
        data = files.get(name)
        if data is None or line.get("length") != len(data) or line.get("sha256") != content_hash(data):
            damage.append(Damage(file=name, message=f"{name}: its bytes are not the signed ones"))
    return tuple(damage)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("not a JSON object")
    return value
