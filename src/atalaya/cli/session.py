"""The options before the verb, and the opened workspace that a verb works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from atalaya.app.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Which workspace, and who acts in which role."""

    workspace: Path
    actor: str
    role: str


def session(context: typer.Context) -> Session:
    """The session that `atalaya [OPTIONS]` was called with."""
    found = context.find_object(Session)
    if found is None:  # the callback of main always sets one
        raise typer.BadParameter("no session")
    return found


def open_context(context: typer.Context) -> Context:
    """Open the workspace of the session for its actor.

    Raises:
        InputError: no workspace there, no actor named, or no such role.
    """
    from atalaya.app.workspace import open_workspace
    from atalaya.errors import InputError
    from atalaya.model.actor import Actor, Role
    from atalaya.model.identifiers import ActorId

    given = session(context)
    if not given.actor:
        raise InputError("say who acts: atalaya --actor NAME --role ROLE … (or ATALAYA_ACTOR, ATALAYA_ROLE)")
    roles = [role.value for role in Role if role is not Role.SYSTEM]  # nobody is the system
    if given.role not in roles:
        raise InputError(f"role is one of {', '.join(roles)}; got {given.role!r}")
    return open_workspace(given.workspace, Actor(ActorId(given.actor), Role(given.role)))
