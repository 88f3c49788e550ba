"""Instants: aware UTC datetimes for decisions, whole microseconds for observations."""

from datetime import UTC, datetime, timedelta

from atalaya.errors import InputError
from atalaya.units import Microseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def require_aware(name: str, value: datetime) -> None:
    """Refuse a datetime without a time zone.

    Raises:
        InputError: it is naive.
    """
    if value.tzinfo is None or value.utcoffset() is None:
        raise InputError(f"{name} must say its time zone, got {value.isoformat()}")


def to_microseconds(instant: datetime) -> Microseconds:
    """Whole microseconds since 1970-01-01T00:00:00Z, exact.

    Raises:
        InputError: the datetime is naive.
    """
    require_aware("instant", instant)
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(time_us: Microseconds) -> datetime:
    """The aware UTC datetime of whole microseconds since 1970-01-01T00:00:00Z, exact.

    Raises:
        InputError: outside the years 1 to 9999.
    """
    try:
        return _EPOCH + timedelta(microseconds=int(time_us))
    except OverflowError as error:
        raise InputError(f"no such instant: {time_us} us since 1970") from error


def isoformat_z(instant: datetime) -> str:
    """`2026-11-22T10:00:00.000000Z`: one form for every file, ledger entry and page.

    Raises:
        InputError: the datetime is naive.
    """
    require_aware("instant", instant)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
