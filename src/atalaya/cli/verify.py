"""`atalaya verify PACKAGE`: prove a package; needs no workspace and no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.output import AsJson, emit

if TYPE_CHECKING:
    from atalaya.app.verify_package import PackageReport


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
    from atalaya.app.verify_package import verify_package
    from atalaya.errors import IntegrityError
    from atalaya.model.json_form import to_json

    report = verify_package(package, identity=identity, signer=signer)
    if report.problems:
        if as_json:
            emit(to_json(report), as_json=True, text="")
        raise IntegrityError(_printable(f"{package} is NOT PROVED: {'; '.join(report.problems)}"))
    emit(to_json(report), as_json=as_json, text=_told(report, pinned=bool(signer)))


def _told(report: PackageReport, *, pinned: bool) -> str:
    hint = "" if pinned else " (compare it with the key you were given, or use --signer)"
    inside = (
        f"every file inside is as signed ({len(report.files)} files)"
        if report.opened
        else "the sealed bytes are as signed; the inside was not opened (no --identity)"
    )
    lines = [f"PROVED  release {report.release_id} for recipient {report.recipient_id}"]
    lines += ["SYNTHETIC / SINTÉTICO"] if report.synthetic else []
    lines += [f"signed by key {report.signer}{hint}", inside]
    return "\n".join(map(_printable, lines))


def _printable(line: str) -> str:
    """What the package says of itself cannot forge another line or steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)
