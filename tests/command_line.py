"""The command line with only some nouns, on one workspace, for tests."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import typer
from typer.testing import CliRunner, Result

from atalaya.cli.main import _options
from atalaya.errors import AtalayaError


def command_line(workspace: Path, *nouns: ModuleType) -> Callable[..., Result]:
    """`call("authority", "list", role=…)` as the shell would; errors of ours are in `exception`."""
    app = typer.Typer()
    app.callback()(_options)
    for noun in nouns:
        noun.register(app)

    def call(*arguments: object, actor: str = "manager", role: str = "collection-manager") -> Result:
        before = ["-w", str(workspace), "--actor", actor, "--role", role]
        return CliRunner().invoke(app, [*before, *map(str, arguments)])

    return call


def error_of(result: Result) -> AtalayaError:
    """The error of ours that a call ended with."""
    assert isinstance(result.exception, AtalayaError), result.output
    return result.exception
