"""`atalaya authority add|list|suspend|resume`: record what allows a look, and stop it at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.authorities import AuthorityState

_COLUMNS = ("authority", "instrument", "from", "until", "sensors", "state")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="What allows a look: record it, suspend it, resume it.")
    verbs.command("add")(add)
    verbs.command("list")(list_all)
    verbs.command("suspend")(suspend)
    verbs.command("resume")(resume)
    app.add_typer(verbs, name="authority")


def add(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Option(help="JSON form of the authority, without its id; options win over it.")
    ] = None,
    area: Annotated[Path | None, typer.Option(help="GeoJSON polygon, lon lat.")] = None,
    instrument: Annotated[str | None, typer.Option(help="The document that allows it.")] = None,
    issuing_body: Annotated[str | None, typer.Option(help="Who issued it.")] = None,
    consent_reference: Annotated[str | None, typer.Option(help="The host nation's own document.")] = None,
    consent_granted_by: Annotated[str | None, typer.Option(help="Office that granted it.")] = None,
    consent_granted: Annotated[str | None, typer.Option(help="When, ISO 8601 with zone.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="First instant allowed, ISO 8601 with zone.")] = None,
    valid_until: Annotated[str | None, typer.Option(help="First instant no longer allowed.")] = None,
    sensor: Annotated[list[str] | None, typer.Option(help="eo-video, ir-video or sar; repeatable.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the look is for.")] = None,
    retention: Annotated[
        str | None, typer.Option(help="transient-30-days, case-5-years or legal-hold.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record one instrument with the host nation's consent and its limits."""
    from atalaya.app.authorities import add_authority
    from atalaya.errors import InputError
    from atalaya.model.authority import Authority
    from atalaya.model.json_form import from_json, to_json

    form = read_form(file) if file else {}
    if "authority_id" in form:
        raise InputError(f"{file}: the workspace gives the id; leave authority_id out")
    given = {
        "area": read_area(area) if area else None,
        "instrument": instrument,
        "issuing_body": issuing_body,
        "valid_from_utc": valid_from,
        "valid_until_utc": valid_until,
        "sensors": sensor or None,
        "purpose": purpose,
        "retention": retention,
    }
    consent = {
        "reference": consent_reference,
        "granted_by": consent_granted_by,
        "granted_utc": consent_granted,
    }
    form |= given_only(given)
    if given_only(consent):
        form["consent"] = dict(form.get("consent") or {}) | given_only(consent)
    opened = open_context(context)
    form["authority_id"] = opened.mint("AUT")
    added = add_authority(opened, from_json(Authority, form))
    emit(to_json(added), as_json=as_json, text=f"{added.authority_id} recorded: {added.instrument}")


def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """All authorities, and whether each is suspended now."""
    from atalaya.app.authorities import list_authorities
    from atalaya.model.json_form import to_json

    states = list_authorities(open_context(context))
    answer = [
        {
            "authority": to_json(state.authority),
            "suspension": to_json(state.suspension) if state.suspension else None,
        }
        for state in states
    ]
    emit(answer, as_json=as_json, text=table([_row(state) for state in states], _COLUMNS))


def suspend(
    context: typer.Context,
    authority_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why, in words; kept on the record.")],
    as_json: AsJson = False,
) -> None:
    """Stop everything under an authority at once."""
    from atalaya.app.authorities import suspend_authority
    from atalaya.model.identifiers import AuthorityId
    from atalaya.model.json_form import to_json

    stop = suspend_authority(open_context(context), AuthorityId(authority_id), reason)
    emit(to_json(stop), as_json=as_json, text=f"{authority_id} is suspended: {reason}")


def resume(
    context: typer.Context,
    authority_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why, in words; kept on the record.")],
    as_json: AsJson = False,
) -> None:
    """Lift the suspension of an authority."""
    from atalaya.app.authorities import resume_authority
    from atalaya.model.identifiers import AuthorityId
    from atalaya.model.json_form import to_json

    lifted = resume_authority(open_context(context), AuthorityId(authority_id), reason)
    emit(to_json(lifted), as_json=as_json, text=f"{authority_id} is allowed again: {reason}")


def given_only(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def read_form(path: Path) -> dict[str, Any]:
    """A JSON object of a file; null is as good as left out.

    Raises:
        InputError: no such file, or not a JSON object.
    """
    from atalaya.errors import InputError

    try:
        form = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(form, dict):
        raise InputError(f"{path} holds a JSON {type(form).__name__}, an object is wanted")
    found: dict[str, Any] = _without_null(form)
    return found


def read_area(path: Path) -> dict[str, Any]:
    """The one geometry of a GeoJSON file: bare, in a Feature, or in a collection of one.

    Raises:
        InputError: no such file, not GeoJSON, or not exactly one geometry.
    """
    from atalaya.errors import InputError

    form: Any = read_form(path)
    if form.get("type") == "FeatureCollection":
        features = form.get("features")
        if not isinstance(features, list) or len(features) != 1 or not isinstance(features[0], dict):
            raise InputError(f"{path}: an area file holds exactly one feature")
        form = features[0]
    if form.get("type") == "Feature":
        form = form.get("geometry")
    if not isinstance(form, dict) or form.get("type") not in {"Polygon", "MultiPolygon"}:
        raise InputError(f"{path}: an area is a GeoJSON Polygon or MultiPolygon")
    return form


def _no_number(word: str) -> None:
    """Refuse what Python takes for JSON and the standard does not.

    Raises:
        InputError: always.
    """
    from atalaya.errors import InputError

    raise InputError(f"{word} is no number")


def _without_null(value: Any) -> Any:
    """Objects less their empty fields; lists stay, for in them null can mean something."""
    if not isinstance(value, dict):
        return value
    return {name: _without_null(part) for name, part in value.items() if part is not None}


def _row(state: AuthorityState) -> dict[str, Any]:
    authority, stop = state.authority, state.suspension
    return {
        "authority": authority.authority_id,
        "instrument": authority.instrument,
        "from": f"{authority.valid_from_utc:%Y-%m-%d %H:%MZ}",
        "until": f"{authority.valid_until_utc:%Y-%m-%d %H:%MZ}",
        "sensors": sorted(authority.sensors),
        "state": f"suspended by {stop.suspended_by}: {stop.reason}" if stop else "allowed",
    }
