"""How long what was collected may be kept."""

from datetime import datetime, timedelta

from atalaya.model.authority import RetentionClass
from atalaya.model.instants import require_aware

_DAYS_TRANSIENT = 30
_YEARS_CASE = 5


def expires_utc(retention: RetentionClass, collected_utc: datetime) -> datetime | None:
    """First instant at which it may no longer be kept; None: held until a person lifts the hold.

    A case collected on 29 February expires on 1 March five years later.

    Raises:
        InputError: a time without zone.
    """
    require_aware("collected_utc", collected_utc)
    match retention:
        case RetentionClass.TRANSIENT_30_DAYS:
            return collected_utc + timedelta(days=_DAYS_TRANSIENT)
        case RetentionClass.CASE_5_YEARS:
            return _years_later(collected_utc, _YEARS_CASE)
        case RetentionClass.LEGAL_HOLD:
            return None


def _years_later(instant: datetime, years: int) -> datetime:
    if (instant.month, instant.day) == (2, 29):
        instant += timedelta(days=1)
    return instant.replace(year=instant.year + years)
