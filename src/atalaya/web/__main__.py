"""`python -m atalaya.web`: the workbench's server as its own process; `atalaya serve` starts it."""

import argparse
import sys
import webbrowser
from pathlib import Path

from atalaya.app.workspace import open_workspace
from atalaya.errors import AtalayaError, InputError
from atalaya.model.actor import Actor, Role
from atalaya.model.identifiers import ActorId
from atalaya.web.server import run_server
from atalaya.web.start import workbench_app


def main() -> int:
    """Serve one workspace until interrupted; 1 and one line on standard error where it cannot."""
    parser = argparse.ArgumentParser(prog="atalaya serve", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--role", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--browse", action="store_true")
    given = parser.parse_args()
    try:
        _serve(given.workspace, given.account, given.role, given.port, browse=given.browse)
    except AtalayaError as error:
        sys.stderr.write(f"atalaya: {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _serve(folder: Path, account: str, role: str, port: int, *, browse: bool) -> None:
    if role not in [word.value for word in Role]:
        raise InputError(f"role is one of {', '.join(Role)}; got {role!r}")
    context = open_workspace(folder, Actor(ActorId(account), Role(role)))

    def announce(address: str) -> None:
        sys.stdout.write(f"workbench: {address}  ({account}, {role}; Ctrl-C ends it)\n")
        sys.stdout.flush()
        if browse:
            webbrowser.open(address)

    run_server(workbench_app(context), host=context.settings.host, port=port, announce=announce)


if __name__ == "__main__":
    sys.exit(main())
