"""Keep on record how every made thing was made, so that it can be made again."""

from collections.abc import Mapping

from atalaya.app.code_version import code_version
from atalaya.app.context import Context
from atalaya.app.ports import Transaction
from atalaya.errors import NotFoundError
from atalaya.model.custody import Derivative, Json
from atalaya.model.identifiers import ContentHash


def derivative(
    context: Context,
    content: ContentHash,
    media_type: str,
    *,
    inputs: tuple[ContentHash, ...],
    transformation: str,
    parameters: Mapping[str, Json],
) -> Derivative:
    """The record of one made thing, by this version, now."""
    return Derivative(
        content=content,
        media_type=media_type,
        inputs=inputs,
        transformation=transformation,
        parameters=parameters,
        code_version=code_version(),
        made_utc=context.now(),
    )


def keep_derivative(step: Transaction, made: Derivative) -> None:
    """Add the record; the same bytes made the same way again are not recorded twice.

    Raises:
        IntegrityError: no audit entry was written before it in this step.
    """
    try:
        step.get(Derivative, f"{made.content}:{made.transformation}")
    except NotFoundError:
        step.add(made)
