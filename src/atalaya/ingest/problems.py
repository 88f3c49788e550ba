"""What went wrong while reading, kept beside the records and never without a bound."""

from collections import Counter

from atalaya.model.problem import Problem

_KEPT_PER_CODE = 100


class ProblemLog:
    """Collects problems in order; of one code the first hundred are kept, the rest are counted."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._seen: Counter[str] = Counter()

    def report(self, code: str, message: str, offset: int | None = None) -> None:
        """Note one problem; never raises."""
        self._seen[code] += 1
        if self._seen[code] <= _KEPT_PER_CODE:
            self._kept.append(Problem(code=code, message=message, offset=offset))

    def problems(self) -> tuple[Problem, ...]:
        """All that were kept, then one line for each code of which more came."""
        more = tuple(
            Problem(code=code, message=f"{count - _KEPT_PER_CODE} more of {code} were counted, not listed")
            for code, count in self._seen.items()
            if count > _KEPT_PER_CODE
        )
        return (*self._kept, *more)
