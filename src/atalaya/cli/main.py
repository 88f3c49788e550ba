"""`atalaya`: one verb per step of the loop. Nothing heavy is imported until a verb runs."""

from __future__ import annotations

import importlib
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.output import exit_code, printable
from atalaya.cli.session import Session
from atalaya.errors import AtalayaError

NOUNS = (
    "init",
    "authority",
    "sortie",
    "ingest",
    "klv",
    "geodata",
    "terrain",
    "georef",
    "detect",
    "sites",
    "review",
    "plan",
    "dossier",
    "recipient",
    "release",
    "verify",
    "receipt",
    "outcome",
    "funnel",
    "ledger",
    "serve",
    "demo",
    "simulate",
)
"""One module of `atalaya.cli` each, in the order of the loop; each has `register(app)`."""


def _options(
    context: typer.Context,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="ATALAYA_WORKSPACE", help="The workspace folder.")
    ] = Path(),
    actor: Annotated[str, typer.Option(envvar="ATALAYA_ACTOR", help="Account that acts.")] = "",
    role: Annotated[
        str, typer.Option(envvar="ATALAYA_ROLE", help="Role it acts in, for instance imagery-analyst.")
    ] = "",
) -> None:
    """The accountable lead-to-outcome system: from a drone's look to what then happened."""
    context.obj = Session(workspace=workspace, actor=actor, role=role)


def build() -> typer.Typer:
    """The whole command line, with every noun registered."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_options)
    for noun in NOUNS:
        importlib.import_module(f"atalaya.cli.{noun}").register(app)
    return app


def run() -> None:
    """Entry point: errors of ours become one line on standard error and a code from the table."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may not know every letter
    try:
        build()()
    except AtalayaError as error:
        sys.stderr.write(f"atalaya: {printable(str(error))}\n")
        sys.exit(exit_code(error))
