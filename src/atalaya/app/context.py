"""What every use case is handed: the ports, the clock and who acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from atalaya.app.ports import Clock, Lake, Mint, Signer, Store, Transaction, Vault
from atalaya.errors import NotPermittedError
from atalaya.io.settings import Settings
from atalaya.model.actor import Actor
from atalaya.model.custody import AuditEvent, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One opened workspace and one actor."""

    store: Store
    vault: Vault
    lake: Lake
    signer: Signer
    settings: Settings
    now: Clock
    mint: Mint
    actor: Actor


def commit[T](
    context: Context,
    action: str,
    subject: str,
    body: Mapping[str, Json],
    effect: Callable[[Transaction], T],
) -> T:
    """Write the audit entry, then do the effect, both in one transaction.

    Raises:
        ExternalError: the entry or the effect could not be written; then neither stands.
    """
    with context.store.transaction() as step:
        step.record(event(context, action, subject, body))
        return effect(step)


def refuse(context: Context, action: str, subject: str, reasons: Sequence[str]) -> NoReturn:
    """Put a refusal with its reasons on the record, then refuse.

    Raises:
        NotPermittedError: always, with the reasons.
        ExternalError: the refusal could not be recorded.
    """
    commit(context, action, subject, {"reasons": list(reasons)}, lambda _: None)
    raise NotPermittedError("; ".join(reasons))


def event(context: Context, action: str, subject: str, body: Mapping[str, Json]) -> AuditEvent:
    """The audit event of this actor now."""
    return AuditEvent(at_utc=context.now(), actor=context.actor, action=action, subject=subject, body=body)
