"""Judge everything that claims to detect against simulated worlds, and write the answer down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from atalaya.app.code_version import code_version
from atalaya.app.evaluated_claims import Progress, claim_spec, places_of_claims
from atalaya.app.evaluation_page import evaluation_page
from atalaya.app.known_worlds import read_scene
from atalaya.detection.evaluation import Rules, evaluate
from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.io.durable_file import make_durable_folder, on_disk
from atalaya.io.evaluation_png import froc_png
from atalaya.io.new_file import new_file
from atalaya.model.evaluation import EVALUATION_FORMAT, Evaluation
from atalaya.model.json_form import from_json, to_json

JSON_NAME, PAGE_NAME, PICTURE_NAME = "evaluation.json", "evaluation.html", "froc.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFiles:
    """Where the answer was written."""

    data: Path
    page: Path
    picture: Path


def evaluate_detection(
    folders: Sequence[Path],
    claims: Sequence[str],
    rules: Rules,
    progress: Progress = lambda _what, _done, _total: None,
) -> Evaluation:
    """The scores of all claims over the scenes of these folders.

    Args:
        folders: that `atalaya simulate` made.
        claims: as `claim_spec` takes them.
        rules: how they are judged.
        progress: told what is going on.

    Raises:
        NotFoundError: a folder has no truth, a claim no file, or there is no such detector.
        NotPermittedError: the charter refuses a detector.
        InputError: two scenes or claims of one name, or places that cannot be judged.
        ExternalError: something cannot be read.
    """
    specs = [claim_spec(text) for text in claims]
    scenes = []
    for done, folder in enumerate(folders):
        progress("scene", done, len(folders))
        scenes.append(read_scene(folder))
    progress("scene", len(folders), len(folders))
    judged = places_of_claims(specs, scenes, progress)
    progress("judge", 0, 1)
    answer = evaluate([scene.world for scene in scenes], judged, rules, made_by=code_version())
    progress("judge", 1, 1)
    return answer


def write_evaluation(evaluation: Evaluation, out: Path, *, replace: bool) -> EvaluationFiles:
    """The answer as JSON, as a page and as a picture.

    Args:
        evaluation: to write.
        out: folder, made where it is missing.
        replace: whether files that are there may be replaced.

    Raises:
        InputError: files are there already. ExternalError: they cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"a folder was wanted to write to, {out} is a file")
    with on_disk(f"make {out}"):
        make_durable_folder(out)
    made = EvaluationFiles(data=out / JSON_NAME, page=out / PAGE_NAME, picture=out / PICTURE_NAME)
    contents = {
        made.data: evaluation_json(evaluation),
        made.page: evaluation_page(evaluation).encode(),
        made.picture: froc_png(evaluation),
    }
    there = [path.name for path in contents if path.exists()]
    if there and not replace:
        raise InputError(f"{out} has {', '.join(there)} already; --force replaces them")
    for path, content in contents.items():
        with new_file(path, replace=replace) as file:
            file.write(content)
    return made


def evaluation_json(evaluation: Evaluation) -> bytes:
    """The JSON file of an evaluation."""
    return (json.dumps(to_json(evaluation), ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def read_evaluation(path: Path) -> Evaluation:
    """An evaluation from its JSON file.

    Raises:
        NotFoundError: no such file. ExternalError: it cannot be read.
        IntegrityError: it is no evaluation, or of another version.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    with on_disk(f"read {path}"):
        content = path.read_bytes()
    try:
        form = json.loads(content)
        if not isinstance(form, dict) or form.get("format") != EVALUATION_FORMAT:
            raise InputError(f"format {EVALUATION_FORMAT} was wanted")
        return from_json(Evaluation, form)
    except ValueError as error:
        raise IntegrityError(f"{path} is no evaluation of this version: {error}") from error
