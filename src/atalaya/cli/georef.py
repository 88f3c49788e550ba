"""`atalaya georef`: from the picture to the ground and back, on terrain, with the error said."""

from __future__ import annotations

import typer

from atalaya.cli import (
    georef_calibrate,
    georef_footprint,
    georef_hold,
    georef_mosaic,
    georef_ortho,
    georef_pixel,
    georef_point,
    georef_viewshed,
)

_VERBS = (
    georef_pixel,
    georef_point,
    georef_footprint,
    georef_ortho,
    georef_mosaic,
    georef_viewshed,
    georef_hold,
    georef_calibrate,
)
"""One module each, in the order of the help."""


def register(app: typer.Typer) -> None:
    """Add the noun with its verbs to the command line."""
    noun = typer.Typer(no_args_is_help=True, help="From the picture to the ground and back.")
    for verb in _VERBS:
        verb.register(noun)
    app.add_typer(noun, name="georef")
