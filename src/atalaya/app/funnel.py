"""The funnel of a workspace: what is on record, counted."""

from atalaya.app.context import Context
from atalaya.app.permission import require_permission
from atalaya.governance.roles import Action
from atalaya.model.feedback import Outcome, Receipt
from atalaya.model.release import Release
from atalaya.model.site import Site
from atalaya.trends.funnel import Funnel
from atalaya.trends.funnel import funnel as counted

__all__ = ["Funnel", "funnel"]


def funnel(context: Context) -> Funnel:
    """Lead → confirmed → released → received → acted → active, with the time between the steps.

    Raises:
        NotPermittedError: the role may not read; on the record.
        ExternalError: the store cannot be read.
    """
    require_permission(context, Action.READ, "funnel")
    with context.store.transaction() as step:
        return counted(step.find(Site), step.find(Release), step.find(Receipt), step.find(Outcome))
