"""Evaluations of a workspace, for the page; one that was altered is named and not shown."""

from atalaya.app.bilingual import Bilingual
from atalaya.app.context import Context
from atalaya.app.evaluation_page import evaluation_fragment, evaluation_style
from atalaya.app.kept_evaluations import kept_evaluation, kept_names
from atalaya.app.workbench_looks import EvaluationRow, EvaluationView
from atalaya.errors import IntegrityError
from atalaya.model.identifiers import ContentHash


class WorkspaceEvaluations:
    """Satisfies `app.workbench_looks.EvaluationReader`.

    Args:
        context: the opened workspace and who serves it.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def evaluations(self) -> tuple[EvaluationRow, ...]:
        """All that are kept.

        Raises:
            ExternalError: they cannot be read.
        """
        return tuple(self._row(name) for name in kept_names(self._context))

    def evaluation(self, content: str) -> EvaluationView:
        """One of them.

        Raises:
            NotFoundError: none of this hash. IntegrityError: it was altered.
            ExternalError: it cannot be read.
        """
        kept = kept_evaluation(self._context, content)
        return EvaluationView(
            content=kept.content,
            synthetic=kept.evaluation.synthetic,
            body=Bilingual(
                evaluation_fragment(kept.evaluation, "en"), evaluation_fragment(kept.evaluation, "es")
            ),
            style=evaluation_style(),
        )

    def _row(self, content: str) -> EvaluationRow:
        try:
            kept = kept_evaluation(self._context, content)
        except IntegrityError:
            return EvaluationRow(content=ContentHash(content), claims=(), worlds=0, made_by="", altered=True)
        found = kept.evaluation
        return EvaluationRow(
            content=kept.content,
            claims=tuple(claim.name for claim in found.claims),
            worlds=len(found.worlds),
            made_by=found.made_by,
            altered=False,
        )
