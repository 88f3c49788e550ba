"""Who uses this system, and in which role. Never who is seen from the air: no type for that exists."""

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
        InputError: an empty account name.
    """

    actor_id: ActorId
    role: Role

    def __post_init__(self) -> None:
        if not self.actor_id.strip():
            raise InputError("an actor needs an account name, got an empty one")
