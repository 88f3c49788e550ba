"""`atalaya serve`: the workbench on one workspace, for one account, on the loopback address."""

from __future__ import annotations

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
    start_workbench(
        given.workspace,
        account=given.actor or "workbench",
        role=given.role or "imagery-analyst",
        port=port,
        browse=browse,
    )


def start_workbench(folder: Path, *, account: str, role: str, port: int, browse: bool) -> None:
    """Run the web entry point as its own process (the two entry points do not import each other).

    Raises:
        typer.Exit: with its exit code, where it could not serve.
    """
    import signal
    import subprocess
    import sys

    for number in (signal.SIGTERM, signal.SIGHUP):  # no workbench outlives the command that started it
        signal.signal(number, signal.default_int_handler)
    command = [sys.executable, "-m", "atalaya.web", "--workspace", str(folder), "--account", account]
    command += ["--role", role, "--port", str(port), *(["--browse"] if browse else [])]
    with subprocess.Popen(command) as server:  # noqa: S603 - our own interpreter, no shell
        try:
            code = server.wait()
        except KeyboardInterrupt:
            server.terminate()
            code = 0
    if code:
        raise typer.Exit(code)
