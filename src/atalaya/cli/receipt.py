"""`atalaya receipt record|list`."""

from __future__ import annotations

from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="The partner's word that a package arrived.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="receipt")


@nouns.command("record")
def record(
    context: typer.Context,
    release: str,
    received: Annotated[str, typer.Option(help="When it arrived, ISO 8601 with its zone.")],
    reference: Annotated[str, typer.Option(help="The partner's own reference.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record that the recipient has received and opened a package."""
    from atalaya.app.outcomes import record_receipt
    from atalaya.feedback.parsing import parse_instant
    from atalaya.model.identifiers import ReleaseId
    from atalaya.model.json_form import to_json

    receipt = record_receipt(
        open_context(context),
        ReleaseId(release),
        received_utc=parse_instant("received", received),
        reference=reference,
    )
    text = f"{receipt.receipt_id}: {release} received {receipt.received_utc:%Y-%m-%d %H:%M:%SZ}"
    emit(to_json(receipt), as_json=as_json, text=text)


@nouns.command("list")
def list_(
    context: typer.Context,
    release: Annotated[str, typer.Option(help="Only the receipts of this release.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the receipts, in the order they were recorded."""
    from atalaya.app.outcomes import list_receipts
    from atalaya.model.identifiers import ReleaseId
    from atalaya.model.json_form import to_json

    found = list_receipts(open_context(context), ReleaseId(release) if release else None)
    rows = [
        {
            "receipt": one.receipt_id,
            "release": one.release_id,
            "received": f"{one.received_utc:%Y-%m-%d %H:%M:%SZ}",
            "reference": one.reference,
        }
        for one in found
    ]
    emit(
        [to_json(one) for one in found],
        as_json=as_json,
        text=table(rows, ["receipt", "release", "received", "reference"]),
    )
