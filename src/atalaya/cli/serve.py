"""`atalaya serve`: the workbench on one workspace, for one account, on the loopback address."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.session import session


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("serve")(serve)


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="0 takes a free port.")] = 8765,
    browse: Annotated[bool, typer.Option(help="Open it in the browser.")] = False,
) -> None:
    """Serve the workbench until interrupted; decisions are recorded under the account that started it."""
    given = session(context)
    open_workbench(
        given.workspace,
        account=given.actor or "workbench",
        role=given.role or "imagery-analyst",
        port=port,
        browse=browse,
    )


def open_workbench(folder: Path, *, account: str, role: str, port: int, browse: bool) -> None:
    """Serve one workspace and say where.

    Raises:
        InputError: no workspace there, or no such role.
        ExternalError: the address cannot be listened on.
    """
    import webbrowser

    from atalaya.app.workspace import open_workspace
    from atalaya.errors import InputError
    from atalaya.model.actor import Actor, Role
    from atalaya.model.identifiers import ActorId
    from atalaya.web.server import run_server
    from atalaya.app.workbench_workspace import workbench_app

    if role not in [word.value for word in Role]:
        raise InputError(f"role is one of {', '.join(Role)}; got {role!r}")
    context = open_workspace(folder, Actor(ActorId(account), Role(role)))

    def announce(address: str) -> None:
        sys.stdout.write(f"workbench: {address}  ({account}, {role}; Ctrl-C ends it)\n")
        sys.stdout.flush()
        if browse:
            webbrowser.open(address)

    run_server(workbench_app(context), host=context.settings.host, port=port, announce=announce)
