"""Whom packages may be made for: partner authorities by UUID, with the key that only they hold."""

import uuid

from atalaya.app.context import Context, commit
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.errors import InputError
from atalaya.governance.roles import Action
from atalaya.io.seal import check_recipient
from atalaya.model.identifiers import RecipientId
from atalaya.model.release import Recipient


def add_recipient(context: Context, *, name: str, nation: str, age_public_key: str) -> Recipient:
    """Record one partner authority under a new UUID.

    Args:
        context: the opened workspace.
        name: of the authority.
        nation: ISO 3166-1 alpha-3.
        age_public_key: `age1…` (X25519), as `age-keygen` prints it.

    Raises:
        InputError: not an age key, a bad nation, or the key already belongs to a recipient.
        NotPermittedError: the role may not; on the record.
        ExternalError: it could not be recorded.
    """
    recipient_id = RecipientId(str(uuid.uuid4()))
    require_permission(context, Action.RECIPIENT_ADD, recipient_id)
    check_recipient(age_public_key)
    recipient = Recipient(
        recipient_id=recipient_id, name=name, nation=nation.upper(), age_public_key=age_public_key
    )

    def _put(step: Transaction) -> None:
        for other in step.find(Recipient):
            if other.age_public_key == age_public_key:
                raise InputError(f"that age key is already the one of {other.name} ({other.recipient_id})")
        step.add(recipient)

    body = {"name": name, "nation": recipient.nation, "age_public_key": age_public_key}
    commit(context, Action.RECIPIENT_ADD, recipient_id, body, _put)
    return recipient


def list_recipients(context: Context) -> tuple[Recipient, ...]:
    """All recipients in the order they were recorded."""
    with context.store.transaction() as step:
        return step.find(Recipient)
