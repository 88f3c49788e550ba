"""`atalaya dossier build|list|show|export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.model.dossier import DossierRecord

nouns = typer.Typer(no_args_is_help=True, help="The case of a confirmed site, in Spanish and English.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="dossier")


@nouns.command("build")
def build(context: typer.Context, site: str, as_json: AsJson = False) -> None:
    """Build the dossier of a site that a person has confirmed."""
    from atalaya.app.dossiers import build as build_dossier
    from atalaya.model.identifiers import SiteId

    _answer(build_dossier(open_context(context), SiteId(site)), as_json=as_json)


@nouns.command("list")
def list_(
    context: typer.Context,
    site: Annotated[str, typer.Option(help="Only the dossiers of this site.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the dossiers, in the order they were built."""
    from atalaya.app.dossiers import list_dossiers
    from atalaya.model.identifiers import SiteId
    from atalaya.model.json_form import to_json

    found = list_dossiers(open_context(context), SiteId(site) if site else None)
    rows = [
        {
            "dossier": one.dossier_id,
            "site": one.site_id,
            "built": f"{one.built_utc:%Y-%m-%d %H:%M:%SZ}",
            "files": len(one.files),
            "synthetic": "SYNTHETIC" if one.synthetic else "",
        }
        for one in found
    ]
    text = table(rows, ["dossier", "site", "built", "files", "synthetic"])
    emit([to_json(one) for one in found], as_json=as_json, text=text)


@nouns.command("show")
def show(context: typer.Context, dossier: str, as_json: AsJson = False) -> None:
    """Show the files of a dossier with their hashes."""
    from atalaya.app.dossiers import show_dossier
    from atalaya.model.identifiers import DossierId

    _answer(show_dossier(open_context(context), DossierId(dossier)), as_json=as_json)


@nouns.command("export")
def export(context: typer.Context, dossier: str, folder: Path, as_json: AsJson = False) -> None:
    """Write the files of a dossier into a new or empty folder."""
    from atalaya.app.dossiers import export_dossier
    from atalaya.model.identifiers import DossierId

    written = export_dossier(open_context(context), DossierId(dossier), folder)
    emit([str(path) for path in written], as_json=as_json, text="\n".join(map(str, written)))


def _answer(record: DossierRecord, *, as_json: bool) -> None:
    from atalaya.model.json_form import to_json

    rows = [{"file": file.name, "bytes": file.length, "sha256": file.content} for file in record.files]
    mark = "SYNTHETIC / SINTÉTICO · " if record.synthetic else ""
    head = f"{mark}{record.dossier_id} of {record.site_id}, built {record.built_utc:%Y-%m-%d %H:%M:%SZ}"
    emit(to_json(record), as_json=as_json, text=f"{head}\n\n{table(rows, ['file', 'bytes', 'sha256'])}")
