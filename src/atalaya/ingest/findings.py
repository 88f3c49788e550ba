"""What a stream does otherwise than its standards ask: findings, each kind once, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from atalaya.ingest.value import Json

type Detail = Mapping[str, str | int | float]

_NO_DETAIL: Detail = MappingProxyType({})


class Severity(StrEnum):
    """How much a finding weighs, the gravest first; none of them drops data."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a standard asks for, and how it is told that it was not met.

    Args:
        severity: ERROR where others may misread the stream, WARNING where it lacks what is required, INFO for
            what is good to know.
        standard, clause: where it is asked for; None for what no standard says.
        en, es: the message, with fields in braces.
    """

    severity: Severity
    standard: str | None
    clause: str | None
    en: str
    es: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceFinding:
    """One kind of thing that was found.

    Args:
        code: stable, for programs. severity, standard, clause: as in its Rule.
        message_en, message_es: for people, of the first that was found.
        count: how often. first_offset: byte of the first; None where it has no single place.
    """

    code: str
    severity: Severity
    standard: str | None
    clause: str | None
    message_en: str
    message_es: str
    count: int
    first_offset: int | None


@dataclass(slots=True)
class _Noted:
    detail: Detail
    offset: int | None
    count: int


class Tally:
    """Findings while they are counted; memory is bounded by their kinds."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._noted: dict[tuple[str, str], _Noted] = {}

    def note(
        self,
        code: str,
        offset: int | None = None,
        *,
        what: str = "",
        count: int = 1,
        detail: Detail = _NO_DETAIL,
    ) -> None:
        """Count one finding.

        Args:
            code: of its rule.
            offset: where.
            what: tells findings of one code apart that are to be told one by one.
            count: how often.
            detail: fields of its message, kept of the first.
        """
        known = self._noted.get((code, what))
        if known is None:
            self._noted[code, what] = _Noted(detail, offset, count)
        else:
            known.count += count

    def findings(self) -> tuple[ConformanceFinding, ...]:
        """All of them, the gravest first, then in the order of the rules."""
        codes, gravity = list(self._rules), list(Severity)
        found = [self._finding(code, noted) for (code, _), noted in self._noted.items()]
        return tuple(sorted(found, key=lambda one: (gravity.index(one.severity), codes.index(one.code))))

    def _finding(self, code: str, noted: _Noted) -> ConformanceFinding:
        rule = self._rules[code]
        fields = {"count": noted.count, **noted.detail}
        return ConformanceFinding(
            code=code,
            severity=rule.severity,
            standard=rule.standard,
            clause=rule.clause,
            message_en=rule.en.format(**fields),
            message_es=rule.es.format(**fields),
            count=noted.count,
            first_offset=noted.offset,
        )


def finding_json(finding: ConformanceFinding) -> dict[str, Json]:
    """A finding as the command line writes it."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "standard": finding.standard,
        "clause": finding.clause,
        "message": {"en": finding.message_en, "es": finding.message_es},
        "count": finding.count,
        "first_offset": finding.first_offset,
    }
