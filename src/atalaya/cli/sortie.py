"""`atalaya sortie open|close|show`: no permit, no sortie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.authority import given_only, read_area, read_form
from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.model.sortie import Sortie

_COLUMNS = ("sortie", "authority", "status", "platform", "from", "until", "payloads")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="Flights, each under one authority, each unarmed.")
    verbs.command("open")(open_one)
    verbs.command("close")(close)
    verbs.command("show")(show)
    app.add_typer(verbs, name="sortie")


def open_one(
    context: typer.Context,
    file: Annotated[Path | None, typer.Option(help="JSON form of the request; options win over it.")] = None,
    area: Annotated[Path | None, typer.Option(help="GeoJSON polygon, lon lat.")] = None,
    authority: Annotated[
        str | None, typer.Option(help="Only under this one; else the first that allows it.")
    ] = None,
    requesting_agency: Annotated[str | None, typer.Option(help="Who asked for the flight.")] = None,
    supported_partner: Annotated[str | None, typer.Option(help="Whom it supports.")] = None,
    platform: Annotated[str | None, typer.Option(help="Stable pseudonym, never the tail number.")] = None,
    payload: Annotated[
        list[str] | None,
        typer.Option(help="NAME=SENSOR (eo-video, ir-video, sar), or NAME for an aid; repeatable."),
    ] = None,
    unarmed: Annotated[
        str | None, typer.Option(help="Your statement that the list is complete and nothing on it can harm.")
    ] = None,
    cost: Annotated[list[str] | None, typer.Option(help="LABEL=AMOUNT CURRENCY; repeatable.")] = None,
    window_from: Annotated[
        str | None, typer.Option("--from", help="First instant, ISO 8601 with zone.")
    ] = None,
    window_until: Annotated[
        str | None, typer.Option("--until", help="First instant no longer wanted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open a sortie under the authority that allows all of it; a refusal is recorded with its reasons."""
    from atalaya.app.sorties import SortieRequest, open_sortie
    from atalaya.model.json_form import from_json, to_json

    form = (read_form(file) if file else {}) | given_only(
        {
            "area": read_area(area) if area else None,
            "authority_id": authority,
            "requesting_agency": requesting_agency,
            "supported_partner": supported_partner,
            "platform_pseudonym": platform,
            "payloads": [_payload(text) for text in payload] if payload else None,
            "attestation": unarmed,
            "cost_lines": [_cost_line(text) for text in cost] if cost else None,
            "window_from_utc": window_from,
            "window_until_utc": window_until,
        }
    )
    opened = open_sortie(open_context(context), from_json(SortieRequest, form))
    text = f"{opened.sortie_id} opened under {opened.authority_id}, unarmed as attested"
    emit(to_json(opened), as_json=as_json, text=text)


def close(
    context: typer.Context,
    sortie_id: Annotated[str, typer.Argument(metavar="ID")],
    as_json: AsJson = False,
) -> None:
    """Close a sortie; nothing is ingested under it any more."""
    from atalaya.app.sorties import close_sortie
    from atalaya.model.identifiers import SortieId
    from atalaya.model.json_form import to_json

    closed = close_sortie(open_context(context), SortieId(sortie_id))
    emit(to_json(closed), as_json=as_json, text=f"{closed.sortie_id} closed")


def show(
    context: typer.Context,
    sortie_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    as_json: AsJson = False,
) -> None:
    """One sortie, or all of them."""
    from atalaya.app.sorties import list_sorties, show_sortie
    from atalaya.model.identifiers import SortieId
    from atalaya.model.json_form import to_json

    opened = open_context(context)
    if sortie_id is None:
        sorties = list_sorties(opened)
        answer: Any = [to_json(sortie) for sortie in sorties]
    else:
        sorties = (show_sortie(opened, SortieId(sortie_id)),)
        answer = to_json(sorties[0])
    emit(answer, as_json=as_json, text=table([_row(sortie) for sortie in sorties], _COLUMNS))


def _payload(text: str) -> dict[str, Any]:
    name, separator, sensor = text.rpartition("=")
    return {"name": name, "sensor": sensor} if separator else {"name": sensor, "sensor": None}


def _cost_line(text: str) -> dict[str, Any]:
    from atalaya.errors import InputError

    label, separator, price = text.rpartition("=")
    parts = price.split()
    if not separator or len(parts) != 2:
        raise InputError(f"a cost line reads LABEL=AMOUNT CURRENCY, got {text!r}")
    return {"label": label, "amount": parts[0], "currency": parts[1]}


def _row(sortie: Sortie) -> dict[str, Any]:
    return {
        "sortie": sortie.sortie_id,
        "authority": sortie.authority_id,
        "status": sortie.status.value,
        "platform": sortie.platform_pseudonym,
        "from": f"{sortie.window_from_utc:%Y-%m-%d %H:%MZ}",
        "until": f"{sortie.window_until_utc:%Y-%m-%d %H:%MZ}",
        "payloads": [payload.name for payload in sortie.payloads],
    }
