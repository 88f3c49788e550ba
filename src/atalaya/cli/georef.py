"""`atalaya georef pixel|point`: from the picture to the ground and back, on terrain, with the error said."""

from __future__ import annotations

import typer

from atalaya.cli import georef_hold, georef_ortho, georef_pixel, georef_point


def register(app: typer.Typer) -> None:
    """Add the noun with its verbs to the command line."""
    noun = typer.Typer(no_args_is_help=True, help="From the picture to the ground and back.")
    for verb in (georef_pixel, georef_point, georef_ortho, georef_hold):
        verb.register(noun)
    app.add_typer(noun, name="georef")
