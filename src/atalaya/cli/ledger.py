"""`atalaya ledger verify|head|prove|check|list`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.ledger import LedgerReport
    from atalaya.model.custody import LedgerEntry

nouns = typer.Typer(
    no_args_is_help=True, help="What was done, by whom, before it was done: checked and proved."
)


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="ledger")


@nouns.command("verify")
def verify(
    context: typer.Context,
    head: Annotated[
        list[Path] | None,
        typer.Option(help="A head kept elsewhere (ledger head --json); give it again for more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every entry, every signed head and every signature."""
    from atalaya.app.ledger import verify_ledger
    from atalaya.errors import IntegrityError
    from atalaya.model.custody import TreeHead
    from atalaya.model.json_form import from_json, to_json

    kept = [from_json(TreeHead, _read(path)) for path in head or []]
    report = verify_ledger(open_context(context), kept)
    if not report.problems:
        emit(to_json(report), as_json=as_json, text=_told(report))
        return
    if as_json:
        emit(to_json(report), as_json=True, text="")
    problems = "; ".join(f"entry {problem.index}: {problem.message}" for problem in report.problems[:20])
    raise IntegrityError(f"the ledger does NOT hold, {len(report.problems)} findings: {problems}")


@nouns.command("head")
def head(context: typer.Context, as_json: AsJson = False) -> None:
    """Sign the ledger as it stands; give the head to the partner to keep."""
    from atalaya.app.ledger import sign_head
    from atalaya.model.json_form import to_json

    signed = sign_head(open_context(context))
    text = f"{signed.size} entries\nroot {signed.root_hash}\nsigned by {signed.key_id}\n{signed.signature}"
    emit(to_json(signed), as_json=as_json, text=text)


@nouns.command("prove")
def prove(
    context: typer.Context,
    index: int,
    out: Annotated[Path | None, typer.Option(help="Write the proof to this new file.")] = None,
) -> None:
    """Prove that one entry stands under the newest signed head; the proof is JSON."""
    from atalaya.app.ledger import prove_entry
    from atalaya.errors import ExternalError
    from atalaya.model.json_form import to_json

    opened = open_context(context)
    form = {"jwk": opened.signer.public_jwk, "proof": to_json(prove_entry(opened, index))}
    if out is None:
        emit(form, as_json=True, text="")
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            json.dump(form, file, indent=2)
    except OSError as error:
        raise ExternalError(f"the proof cannot be written to {out}: {error}") from error
    emit({}, as_json=False, text=f"the proof of entry {index} is in {out}")


@nouns.command("check")
def check(
    proof: Annotated[Path, typer.Argument(help="A proof made by ledger prove.")],
    signer: Annotated[str, typer.Option(help="Key id that must have signed the head.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a proof without the ledger: no workspace, no network."""
    from atalaya.app.ledger import check_proof
    from atalaya.custody.jws import thumbprint
    from atalaya.custody.tree_head import InclusionProof
    from atalaya.errors import InputError, IntegrityError
    from atalaya.io.keys import read_public_jwk
    from atalaya.model.json_form import from_json

    form = _read(proof)
    jwk, inside = read_public_jwk(form.get("jwk")), form.get("proof")
    if not isinstance(inside, dict):
        raise InputError(f"{proof} holds no proof")
    if signer and thumbprint(jwk) != signer:
        raise IntegrityError(f"the head is signed by {thumbprint(jwk)}, not by {signer}")
    read = from_json(InclusionProof, inside)
    check_proof(read, jwk)
    place = f"entry {read.entry.index} of {read.head.size}, signed by {thumbprint(jwk)}"
    text = f"PROVED  {place}\n{read.entry.leaf}"
    emit({"proved": True, "index": read.entry.index, "size": read.head.size}, as_json=as_json, text=text)


@nouns.command("list")
def list_command(
    context: typer.Context,
    start: Annotated[int, typer.Option(help="First index.")] = 0,
    stop: Annotated[int | None, typer.Option(help="First index no longer shown.")] = None,
    as_json: AsJson = False,
) -> None:
    """The entries: when, who, what, about which id."""
    from atalaya.app.ledger import list_entries

    rows = [_row(entry) for entry in list_entries(open_context(context), start, stop)]
    emit(rows, as_json=as_json, text=table(rows, ["index", "at_utc", "actor", "role", "action", "subject"]))


def _row(entry: LedgerEntry) -> dict[str, Any]:
    from atalaya.custody.chain import read_leaf
    from atalaya.errors import InputError

    row: dict[str, Any] = {"index": entry.index, "leaf_hash": entry.leaf_hash}
    try:
        leaf: dict[str, Any] = read_leaf(entry)
    except InputError as error:
        return row | {"action": f"NOT READABLE: {error}"}
    actor = leaf.get("actor") or {}
    facts = {name: leaf.get(name) for name in ("at_utc", "action", "subject", "body")}
    return row | facts | {"actor": actor.get("actor_id"), "role": actor.get("role")}


def _told(report: LedgerReport) -> str:
    newest = report.newest_head
    signed = (
        f"{report.heads} signed heads hold, the newest over {newest.size} entries"
        if newest
        else "no signed head yet: only the chain itself protects it (atalaya ledger head)"
    )
    return f"HOLDS  {report.size} entries\n{signed}\n{report.unsigned} entries after the newest head"


def _read(path: Path) -> dict[str, Any]:
    from atalaya.errors import ExternalError, InputError

    try:
        form = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExternalError(f"{path} cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    if not isinstance(form, dict):
        raise InputError(f"{path} must hold a JSON object")
    return form
