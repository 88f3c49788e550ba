"""`atalaya klv decode|items|live|mux|report|bench`: the KLV of any stream, without a workspace."""

from __future__ import annotations

import typer

from atalaya.cli import klv_bench, klv_decode, klv_items, klv_live, klv_mux, klv_report


def register(app: typer.Typer) -> None:
    """Add the noun with its verbs to the command line."""
    noun = typer.Typer(no_args_is_help=True, help="Read, check and write KLV; needs no workspace.")
    for verb in (klv_bench, klv_decode, klv_items, klv_live, klv_mux, klv_report):
        verb.register(noun)
    app.add_typer(noun, name="klv")
