"""`atalaya review confirm|reject|inactive|dismantled SITE --reason …`."""

from __future__ import annotations

from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="A person decides about a site, and says why.")

Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="review")


@nouns.command("confirm")
def confirm(context: typer.Context, site: str, reason: Reason, as_json: AsJson = False) -> None:
    """The site is one: it may go into a dossier."""
    _review(context, site, "confirmed", reason, as_json=as_json)


@nouns.command("reject")
def reject(context: typer.Context, site: str, reason: Reason, as_json: AsJson = False) -> None:
    """The site is not one."""
    _review(context, site, "rejected", reason, as_json=as_json)


@nouns.command("inactive")
def inactive(context: typer.Context, site: str, reason: Reason, as_json: AsJson = False) -> None:
    """The site stands but is not worked."""
    _review(context, site, "inactive", reason, as_json=as_json)


@nouns.command("dismantled")
def dismantled(context: typer.Context, site: str, reason: Reason, as_json: AsJson = False) -> None:
    """The site is gone."""
    _review(context, site, "dismantled", reason, as_json=as_json)


def _review(context: typer.Context, site: str, status: str, reason: str, *, as_json: bool) -> None:
    from atalaya.app.sites import review_site
    from atalaya.model.identifiers import SiteId
    from atalaya.model.json_form import to_json
    from atalaya.model.site import SiteStatus

    decided = review_site(open_context(context), SiteId(site), SiteStatus(status), reason)
    text = f"{decided.site_id} is {decided.status.value}: {reason}"
    emit(to_json(decided), as_json=as_json, text=text)
