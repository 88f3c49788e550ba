"""The workbench on one opened workspace: reader, reviewer and roles put together."""

from fastapi import FastAPI

from atalaya.app.context import Context
from atalaya.app.site_chips import WorkspaceChips
from atalaya.app.workbench_calibrator import WorkspaceCalibrator
from atalaya.app.workbench_evaluations import WorkspaceEvaluations
from atalaya.app.workbench_locator import WorkspaceLocator
from atalaya.app.workbench_reader import WorkspaceReader, WorkspaceReviewer
from atalaya.governance.roles import ALLOWED, Action
from atalaya.web.bench import Bench
from atalaya.web.guard import LOOPBACK_NAMES, Guard
from atalaya.web.server import create_app


def workbench_app(context: Context, hosts: tuple[str, ...] = ()) -> FastAPI:
    """The server of this workspace; every decision is recorded under the context's actor.

    Args:
        context: the opened workspace and its actor.
        hosts: names it answers to besides loopback and the address in the settings.
    """
    host = context.settings.host
    listening = f"[{host}]" if ":" in host else host.lower()
    locator, chips = WorkspaceLocator(context), WorkspaceChips(context)
    return create_app(
        Bench(
            reader=WorkspaceReader(context),
            points=locator,
            ground=locator,
            calibrator=WorkspaceCalibrator(context),
            chips=chips,
            observed=chips,
            evaluations=WorkspaceEvaluations(context),
            reviewer=WorkspaceReviewer(context),
            actor=context.actor,
            guard=Guard(hosts=(*LOOPBACK_NAMES, listening, *hosts)),
            reviewing_roles=ALLOWED[Action.REVIEW_CONFIRM],
            calibrating_roles=ALLOWED[Action.CALIBRATE],
        )
    )
