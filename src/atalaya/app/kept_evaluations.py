"""Evaluations on the shelf of a workspace: there for the workbench, on record, and found out if altered."""

import re
from dataclasses import dataclass

from atalaya.app.context import Context, commit
from atalaya.app.evaluate_detection import evaluation_json, read_evaluation
from atalaya.app.permission import require_permission
from atalaya.custody.hashing import content_hash
from atalaya.errors import IntegrityError, NotFoundError
from atalaya.governance.roles import Action
from atalaya.io.durable_file import on_disk, write_whole
from atalaya.model.custody import Json
from atalaya.model.evaluation import Evaluation
from atalaya.model.identifiers import ContentHash

EVALUATION_FOLDER = "evaluations"
_NAME = re.compile(r"[0-9a-f]{64}\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvaluation:
    """One on the shelf, by the hash of its JSON file."""

    content: ContentHash
    evaluation: Evaluation


def keep_evaluation(context: Context, evaluation: Evaluation) -> ContentHash:
    """Put it on the shelf as `evaluations/<sha256>.json`; the entry stands before the file does.

    Raises:
        NotPermittedError: the role may not; on the record. ExternalError: it cannot be written.
    """
    data = evaluation_json(evaluation)
    content = content_hash(data)
    require_permission(context, Action.EVALUATE, content)
    body: dict[str, Json] = {
        "claims": [claim.name for claim in evaluation.claims],
        "worlds": len(evaluation.worlds),
        "made_by": evaluation.made_by,
        "synthetic": True,
    }
    commit(context, Action.EVALUATE, content, body, lambda _: None)
    write_whole(context.settings.workspace / EVALUATION_FOLDER / f"{content}.json", data)
    return content


def kept_names(context: Context) -> tuple[str, ...]:
    """The hashes that those on the shelf are named by, in order.

    Raises:
        ExternalError: the shelf cannot be read.
    """
    folder = context.settings.workspace / EVALUATION_FOLDER
    with on_disk(f"list {folder}"):
        names = sorted(path.name for path in folder.glob("*.json")) if folder.is_dir() else []
    return tuple(name.removesuffix(".json") for name in names if _NAME.fullmatch(name))


def kept_evaluations(context: Context) -> tuple[KeptEvaluation, ...]:
    """All on the shelf, by hash.

    Raises:
        IntegrityError: one is not what was put there. ExternalError: it cannot be read.
    """
    return tuple(kept_evaluation(context, name) for name in kept_names(context))


def kept_evaluation(context: Context, content: str) -> KeptEvaluation:
    """One on the shelf.

    Raises:
        NotFoundError: none of this hash. IntegrityError: it is not what was put there.
        ExternalError: it cannot be read.
    """
    path = context.settings.workspace / EVALUATION_FOLDER / f"{content}.json"
    if not (_NAME.fullmatch(path.name) and path.is_file()):
        raise NotFoundError(f"no evaluation {content} on the shelf")
    with on_disk(f"read {path}"):
        found = content_hash(path.read_bytes())
    if found != content:
        raise IntegrityError(f"evaluation {content} was altered: its file has hash {found}")
    return KeptEvaluation(content=found, evaluation=read_evaluation(path))
