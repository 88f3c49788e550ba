"""`atalaya verify PACKAGE`: prove a package; needs no workspace and no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit

if TYPE_CHECKING:
    from atalaya.release.package import Checked


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("verify")(verify)


def verify(
    package: Annotated[Path, typer.Argument(help="The package as it was delivered.")],
    identity: Annotated[Path | None, typer.Option(help="age key file of the recipient.")] = None,
    signer: Annotated[str, typer.Option(help="Key id, or JWK file, that must have signed it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove every byte of a package; without the recipient's key, the sealed bytes only."""
    from atalaya.errors import IntegrityError

    report = _report(package, identity, _key_id(signer))
    if report["problems"]:
        if as_json:
            emit(report, as_json=True, text="")
        raise IntegrityError(_printable(f"{package} is NOT PROVED: {'; '.join(report['problems'])}"))
    emit(report, as_json=as_json, text=_told(report, pinned=bool(signer)))


def _report(package: Path, identity: Path | None, signer: str | None) -> dict[str, Any]:
    from atalaya.errors import ExternalError, IntegrityError
    from atalaya.io.seal import open_sealed, read_identity
    from atalaya.release.package import SEALED, check_inner, check_outer

    secret = read_identity(identity) if identity else None
    try:
        data = package.read_bytes()
    except OSError as error:
        raise ExternalError(f"the package {package} cannot be read: {error}") from error
    outer = check_outer(data, signer)
    if outer.damage or secret is None:
        return _form(outer, None)
    try:
        inner = open_sealed(outer.files[SEALED], secret)
    except IntegrityError as error:
        return _form(outer, None) | {"proved": False, "problems": [f"{SEALED}: {error}"]}
    return _form(outer, check_inner(inner, outer.manifest, signer))


def _form(outer: Checked, inner: Checked | None) -> dict[str, Any]:
    manifest = {} if outer.damage else outer.manifest
    problems = [damage.message for damage in outer.damage]
    if inner is not None:
        problems += [f"inside: {damage.message}" for damage in inner.damage]
    return {
        "proved": not problems,
        "opened": inner is not None,
        "release_id": manifest.get("release_id"),
        "recipient_id": manifest.get("recipient_id"),
        "synthetic": manifest.get("synthetic"),
        "signer": manifest.get("signer", {}).get("key_id"),
        "files": sorted(inner.files) if inner is not None else [],
        "problems": problems,
    }


def _told(report: dict[str, Any], *, pinned: bool) -> str:
    hint = "" if pinned else " (compare it with the key you were given, or use --signer)"
    inside = (
        f"every file inside is as signed ({len(report['files'])} files)"
        if report["opened"]
        else "the sealed bytes are as signed; the inside was not opened (no --identity)"
    )
    lines = [f"PROVED  release {report['release_id']} for recipient {report['recipient_id']}"]
    lines += ["SYNTHETIC / SINTÉTICO"] if report["synthetic"] else []
    lines += [f"signed by key {report['signer']}{hint}", inside]
    return "\n".join(map(_printable, lines))


def _printable(line: str) -> str:
    """What the package says of itself cannot forge another line or steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _key_id(signer: str) -> str | None:
    import json

    from atalaya.custody.jws import thumbprint
    from atalaya.errors import InputError
    from atalaya.io.keys import read_public_jwk

    if not signer or not Path(signer).is_file():
        return signer or None
    try:
        return thumbprint(read_public_jwk(json.loads(Path(signer).read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        raise InputError(f"{signer} is not a file with a signer's JWK: {error}") from error
