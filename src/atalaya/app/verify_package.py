"""Prove a delivered package without workspace or network; `atalaya_verify` does it with none of this code."""

import json
from dataclasses import dataclass
from pathlib import Path

from atalaya.custody.jws import thumbprint
from atalaya.errors import InputError, IntegrityError
from atalaya.io.durable_file import on_disk
from atalaya.io.keys import read_public_jwk
from atalaya.io.seal import open_sealed, read_identity
from atalaya.release.package import SEALED, Checked, check_inner, check_outer


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageReport:
    """What proving a package said.

    Args:
        proved: no byte of what was checked differs from what was signed.
        opened: the recipient's key was given and the inside was checked too.
        signer: key id the package is signed by, to be compared with one learnt apart from it.
        files: names inside, where it was opened. problems: each names the file.
    """

    proved: bool
    opened: bool
    release_id: str | None
    recipient_id: str | None
    synthetic: bool | None
    signer: str | None
    files: tuple[str, ...]
    problems: tuple[str, ...]


def verify_package(package: Path, *, identity: Path | None = None, signer: str = "") -> PackageReport:
    """Prove every byte of a package; without the recipient's key, the sealed bytes only.

    Args:
        package: the file as it was delivered.
        identity: age key file of the recipient.
        signer: key id, or path of a JWK file, that must have signed it; empty takes the one it names.

    Raises:
        InputError: the identity or signer file is not one.
        ExternalError: a file cannot be read.
    """
    secret = read_identity(identity) if identity else None
    key_id = signer_key_id(signer)
    with on_disk(f"read the package {package}"):
        data = package.read_bytes()
    outer = check_outer(data, key_id)
    if outer.damage or secret is None:
        return _report(outer, None)
    try:
        inner = open_sealed(outer.files[SEALED], secret)
    except IntegrityError as error:
        return _report(outer, None, (f"{SEALED}: {error}",))
    return _report(outer, check_inner(inner, outer.manifest, key_id))


def signer_key_id(signer: str) -> str | None:
    """The key id that a signer option means: itself, or the thumbprint of a JWK file; None for none.

    Raises:
        InputError: a file that holds no JWK.
    """
    if not signer or not Path(signer).is_file():
        return signer or None
    try:
        return thumbprint(read_public_jwk(json.loads(Path(signer).read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        raise InputError(f"{signer} is not a file with a signer's JWK: {error}") from error


def _report(outer: Checked, inner: Checked | None, also: tuple[str, ...] = ()) -> PackageReport:
    manifest = {} if outer.damage else outer.manifest
    problems = [*also, *(damage.message for damage in outer.damage)]
    problems += [f"inside: {damage.message}" for damage in (inner.damage if inner else ())]
    return PackageReport(
        proved=not problems,
        opened=inner is not None,
        release_id=manifest.get("release_id"),
        recipient_id=manifest.get("recipient_id"),
        synthetic=manifest.get("synthetic"),
        signer=manifest.get("signer", {}).get("key_id"),
        files=tuple(sorted(inner.files)) if inner is not None else (),
        problems=tuple(problems),
    )
