"""`atalaya recipient add|list`."""

from __future__ import annotations

from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="The partner authorities that packages are made for.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="recipient")


@nouns.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Name of the authority.")],
    nation: Annotated[str, typer.Option(help="ISO 3166-1 alpha-3, for instance MEX.")],
    age_key: Annotated[str, typer.Option(help="Its age public key, age1…, as age-keygen prints it.")],
    as_json: AsJson = False,
) -> None:
    """Record a partner authority; it is known by a UUID from then on."""
    from atalaya.app.recipients import add_recipient
    from atalaya.model.json_form import to_json

    added = add_recipient(open_context(context), name=name, nation=nation, age_public_key=age_key)
    emit(to_json(added), as_json=as_json, text=f"recipient {added.recipient_id}: {added.name}")


@nouns.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """All recipients."""
    from atalaya.app.recipients import list_recipients
    from atalaya.model.json_form import to_json

    forms = [to_json(one) for one in list_recipients(open_context(context))]
    text = table(forms, ["recipient_id", "name", "nation", "age_public_key"])
    emit(forms, as_json=as_json, text=text)
