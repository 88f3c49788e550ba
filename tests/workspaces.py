"""Workspaces for tests: a real one on the embedded default, with a clock that only moves when told."""

import itertools
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from atalaya.app.context import Context
from atalaya.app.workspace import init_workspace, open_workspace
from atalaya.io.settings import Settings
from atalaya.model.actor import Actor, Role
from atalaya.model.custody import Json
from atalaya.model.identifiers import ActorId

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
MANAGER = Actor(ActorId("manager"), Role.COLLECTION_MANAGER)
HOST = Actor(ActorId("oficial"), Role.HOST_NATION_OFFICER)
ANALYST = Actor(ActorId("analyst"), Role.IMAGERY_ANALYST)


@dataclass
class HandClock:
    """A clock that stands still until `move`."""

    at_utc: datetime = START

    def __call__(self) -> datetime:
        return self.at_utc

    def move(self, step: timedelta) -> None:
        self.at_utc += step


def new_workspace(folder: Path, clock: HandClock, actor: Actor = MANAGER) -> Context:
    """Make and open a workspace; ids count from 1: `AUT-1`, `SOR-2`, …"""
    settings = Settings(workspace=folder, geoid_folders=())
    init_workspace(folder, settings, now=clock)
    numbers = itertools.count(1)
    return open_workspace(
        folder, actor, settings=settings, now=clock, mint=lambda prefix: f"{prefix}-{next(numbers)}"
    )


def acting(context: Context, actor: Actor) -> Context:
    """The same workspace for another actor."""
    return replace(context, actor=actor)


def ledger(context: Context) -> list[dict[str, Json]]:
    """The leaves of the ledger, parsed, in order."""
    with context.store.transaction() as step:
        return [json.loads(entry.leaf) for entry in step.entries()]
