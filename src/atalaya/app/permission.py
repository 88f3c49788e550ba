"""Ask the table of roles before a use case begins; a no is on the record."""

from atalaya.app.context import Context, refuse
from atalaya.errors import NotPermittedError
from atalaya.governance.roles import Action, require_role


def require_permission(context: Context, action: Action, subject: str) -> None:
    """Go on where the actor's role may do this; else record `<noun>.refuse` and stop.

    Raises:
        NotPermittedError: the role may not.
        ExternalError: the refusal could not be recorded.
    """
    try:
        require_role(context.actor, action)
    except NotPermittedError as refusal:
        refuse(context, f"{action.partition('.')[0]}.refuse", subject, [str(refusal)])
