"""Who uses this system, and in which role. Never who is seen from the air: no type for that exists."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from atalaya.errors import InputError
from atalaya.model.identifiers import ActorId


class Role(StrEnum):
    """The six users, the host nation's own officer, and the system acting on a user's order."""

    COLLECTION_MANAGER = "collection-manager"
    SENSOR_OPERATOR = "sensor-operator"
    IMAGERY_ANALYST = "imagery-analyst"
    RELEASE_OFFICER = "release-officer"
    PARTNER_LIAISON = "partner-liaison"
    OVERSIGHT_AUDITOR = "oversight-auditor"
    HOST_NATION_OFFICER = "host-nation-officer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """An account and the role it acts in now.

    Raises:
        InputError: an empty account name, one with letters that nobody sees, or one that is not in the one
            form that Unicode has for it (NFKC).
    """

    actor_id: ActorId
    role: Role

    def __post_init__(self) -> None:
        if not self.actor_id.strip():
            raise InputError("an actor needs an account name, got an empty one")
        plain = unicodedata.normalize("NFKC", self.actor_id)
        if plain != self.actor_id or not self.actor_id.isprintable():
            raise InputError(f"an account name is plain visible text, got {self.actor_id!r}")


def account_key(actor_id: ActorId) -> str:
    """What tells two accounts apart: case, accents, blanks and letters that nobody sees do not.

    Letters of other scripts that look alike are not told here; that is for whoever gives out accounts.
    """
    decomposed = unicodedata.normalize("NFKD", actor_id)
    seen = (letter for letter in decomposed if unicodedata.category(letter) not in {"Mn", "Cf", "Cc"})
    return " ".join("".join(seen).casefold().split())
