"""`atalaya sites list|show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.model.site import Site

nouns = typer.Typer(no_args_is_help=True, help="The places that were found.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="sites")


@nouns.command("list")
def list_command(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="Only this status, for instance candidate.")] = "",
    as_json: AsJson = False,
) -> None:
    """All sites, the most probable first."""
    from atalaya.app.sites import list_sites
    from atalaya.errors import InputError
    from atalaya.model.json_form import to_json
    from atalaya.model.site import SiteStatus

    if status and status not in [word.value for word in SiteStatus]:
        raise InputError(f"status is one of {', '.join(SiteStatus)}; got {status!r}")
    found = list_sites(open_context(context), SiteStatus(status) if status else None)
    columns = ["site", "status", "kind", "probability", "lon_deg", "lat_deg", "ce90_m", "looks", "synthetic"]
    text = table([_row(site) for site in found], columns)
    emit([to_json(site) for site in found], as_json=as_json, text=text)


@nouns.command("show")
def show_command(context: typer.Context, site: str, as_json: AsJson = False) -> None:
    """One site with its evidence in bits and its reviews."""
    from atalaya.app.sites import show_site
    from atalaya.model.identifiers import SiteId
    from atalaya.model.json_form import to_json

    found = show_site(open_context(context), SiteId(site))
    evidence = table(
        [
            {
                "evidence": item.kind.value,
                "bits": f"{item.weight_bits:+.1f}",
                "looks": item.looks,
                "azimuths": item.azimuths,
            }
            for item in found.candidate.evidence
        ],
        ["evidence", "bits", "looks", "azimuths"],
    )
    reviews = table(
        [
            {
                "review": review.status.value,
                "by": review.reviewed_by,
                "at": review.reviewed_utc.isoformat(),
                "reason": review.reason,
            }
            for review in found.reviews
        ],
        ["review", "by", "at", "reason"],
    )
    facts = "\n".join(f"{name}: {value}" for name, value in _row(found).items())
    text = f"{facts}\nprobability against: {found.candidate.probability_against}\n\n{evidence}\n\n{reviews}"
    emit(to_json(found), as_json=as_json, text=text)


def _row(site: Site) -> dict[str, Any]:
    candidate = site.candidate
    return {
        "site": site.site_id,
        "status": site.status.value,
        "kind": candidate.kind.value if candidate.kind else None,
        "probability": round(candidate.probability, 4),
        "lon_deg": f"{candidate.position.lon_deg:.6f}",
        "lat_deg": f"{candidate.position.lat_deg:.6f}",
        "ce90_m": round(candidate.position.ce90_m, 1),
        "looks": f"{candidate.looks_seen}/{candidate.looks_possible}",
        "synthetic": "SYNTHETIC" if site.synthetic else "no",
    }
