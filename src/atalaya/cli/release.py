"""`atalaya release propose|approve|build|revoke|list|export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.model.release import Release

nouns = typer.Typer(
    no_args_is_help=True, help="Who may see what: the decision of two people, and the package."
)


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="release")


@nouns.command("propose")
def propose(
    context: typer.Context,
    dossier: str,
    recipient: Annotated[str, typer.Option(help="UUID of the recipient.")],
    reason: Annotated[str, typer.Option(help="Why this recipient needs it.")],
    withhold: Annotated[
        list[str] | None,
        typer.Option(help="A part to leave out, for instance platform; give it again for more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose to show a dossier, less what is withheld, to a recipient."""
    from atalaya.app.releases import propose_release
    from atalaya.errors import InputError
    from atalaya.model.identifiers import DossierId, RecipientId
    from atalaya.model.release import DossierField

    words = [part.value for part in DossierField]
    for word in withhold or []:
        if word not in words:
            raise InputError(f"what can be withheld is one of {', '.join(words)}; got {word!r}")
    release = propose_release(
        open_context(context),
        dossier_id=DossierId(dossier),
        recipient_id=RecipientId(recipient),
        withheld=map(DossierField, withhold or []),
        reason=reason,
    )
    _answer(release, as_json=as_json)


@nouns.command("approve")
def approve(context: typer.Context, release: str, as_json: AsJson = False) -> None:
    """Approve somebody else's proposal, as a release officer."""
    from atalaya.app.releases import approve_release
    from atalaya.model.identifiers import ReleaseId

    _answer(approve_release(open_context(context), ReleaseId(release)), as_json=as_json)


@nouns.command("build")
def build(context: typer.Context, release: str, as_json: AsJson = False) -> None:
    """Make the signed and sealed package of an approved release."""
    from atalaya.app.releases import build_release
    from atalaya.model.identifiers import ReleaseId

    _answer(build_release(open_context(context), ReleaseId(release)), as_json=as_json)


@nouns.command("revoke")
def revoke(
    context: typer.Context,
    release: str,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    as_json: AsJson = False,
) -> None:
    """Take a release back: it is neither built nor delivered any more."""
    from atalaya.app.releases import revoke_release
    from atalaya.model.identifiers import ReleaseId

    _answer(revoke_release(open_context(context), ReleaseId(release), reason), as_json=as_json)


@nouns.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """All releases."""
    from atalaya.app.releases import list_releases
    from atalaya.model.json_form import to_json

    found = list_releases(open_context(context))
    columns = [
        "release",
        "status",
        "dossier",
        "recipient",
        "withheld",
        "proposed_by",
        "approved_by",
        "package",
    ]
    text = table([_row(release) for release in found], columns)
    emit([to_json(release) for release in found], as_json=as_json, text=text)


@nouns.command("export")
def export(
    context: typer.Context,
    release: str,
    path: Annotated[Path, typer.Argument(help="A new file, for instance REL-1.zip.")],
    as_json: AsJson = False,
) -> None:
    """Write the package of a built release to a file, for delivery."""
    from atalaya.app.releases import export_release
    from atalaya.model.identifiers import ReleaseId

    written = export_release(open_context(context), ReleaseId(release), path)
    emit({"release": release, "path": str(written)}, as_json=as_json, text=f"{release} is in {written}")


def _answer(release: Release, *, as_json: bool) -> None:
    from atalaya.model.json_form import to_json

    text = "\n".join(f"{name}: {value}" for name, value in _row(release).items() if value)
    emit(to_json(release), as_json=as_json, text=text)


def _row(release: Release) -> dict[str, Any]:
    proposal = release.proposal
    return {
        "release": proposal.release_id,
        "status": release.status.value,
        "dossier": proposal.dossier_id,
        "recipient": proposal.recipient_id,
        "withheld": ", ".join(part.value for part in sorted(proposal.withheld)),
        "proposed_by": proposal.proposed_by,
        "approved_by": release.approved_by,
        "package": release.package,
        "revoked_reason": release.revoked_reason,
    }
