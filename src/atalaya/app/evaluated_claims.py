"""What is to be judged, by name: our own ways of looking, an installed detector, anyone's file of places."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from atalaya.app.clip import Clip, clip_of_file
from atalaya.app.clip_looks import PLACES, look_at_clip
from atalaya.app.ground import footprint_table
from atalaya.app.known_worlds import CLIP, SceneFolder
from atalaya.app.look_for_places import Looks, load_detector, look_at
from atalaya.app.looks import LooksWish
from atalaya.app.pooled_scores import pool_clip, pooled_mean, pooled_most
from atalaya.detection.evaluation_claims import Claim, no_places
from atalaya.detection.pooled_places import best_single_look, pooled_looks
from atalaya.detection.score_pool import ScorePool
from atalaya.detection.tiled import TiledDetector
from atalaya.errors import InputError
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.scored_places import read_scored_places
from atalaya.model.detection import ScoredPlaceTable
from atalaya.model.evaluation import ScoreScale
from atalaya.model.footprint import FootprintTable

DEFAULT_DETECTOR = "local-anomaly"
LOOKS_FILE = Path("looks") / PLACES
"""Where the looks at a scene have their places, in the scene's folder."""
SCENE_WORD = "{scene}"

type Progress = Callable[[str, int, int], None]


class Way(StrEnum):
    """How the places of a claim come about."""

    INTEGRAL = "integral"
    SINGLE_FRAME = "single-frame"
    POOLED = "pooled"
    POOLED_MOST = "pooled-most"
    POOLED_MARKS = "pooled-marks"
    FILE = "file"


_PLAIN = (Way.INTEGRAL.value, Way.POOLED.value, Way.POOLED_MOST.value)
_WITH_DETECTOR = (Way.SINGLE_FRAME.value, Way.POOLED_MARKS.value)
_POOLED = {Way.POOLED, Way.POOLED_MOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSpec:
    """One claim as it was asked for.

    Args:
        detector: for single-frame and pooled-marks. path: for a file, may hold {scene}.
    """

    name: str
    way: Way
    scale: ScoreScale
    detector: str = ""
    path: str = ""


def claim_spec(text: str) -> ClaimSpec:
    """What a claim's word means.

    Args:
        text: `integral`; `pooled` or `pooled-most`, the mean or the greatest cue score of single looks;
            `single-frame` or `pooled-marks`, `:DETECTOR` behind it for another than local-anomaly;
            `NAME=FILE` for scored places, `NAME:bits=FILE` or `NAME:probability=FILE` where the scores say
            that they are such; else the name of an installed detector.

    Raises:
        InputError: no such form.
    """
    name, equals, path = text.partition("=")
    head, colon, tail = name.partition(":")
    if equals:
        if not head or not path:
            raise InputError(f"a claim from a file is NAME=FILE, got {text!r}")
        if colon and tail not in {scale.value for scale in ScoreScale}:
            raise InputError(f"scores are {', '.join(ScoreScale)}; got {tail!r} in {text!r}")
        scale = ScoreScale(tail) if colon else ScoreScale.RANK
        return ClaimSpec(name=head, way=Way.FILE, scale=scale, path=path)
    if text in _PLAIN:
        return ClaimSpec(name=text, way=Way(text), scale=ScoreScale.RANK)
    if head in _WITH_DETECTOR and (tail or not colon):
        scale = ScoreScale.BITS if head == Way.SINGLE_FRAME.value else ScoreScale.RANK
        return ClaimSpec(name=text, way=Way(head), scale=scale, detector=tail or DEFAULT_DETECTOR)
    if colon or not text:
        ours = ", ".join((*_PLAIN, *_WITH_DETECTOR))
        raise InputError(f"a claim is {ours}, a detector or NAME=FILE; got {text!r}")
    return ClaimSpec(name=text, way=Way.SINGLE_FRAME, scale=ScoreScale.BITS, detector=text)


def places_of_claims(
    specs: Sequence[ClaimSpec], scenes: Sequence[SceneFolder], progress: Progress
) -> tuple[Claim, ...]:
    """The places of each claim in each scene; pictures are shown once to each detector.

    Args:
        specs: of the claims.
        scenes: in the order of the tables of each claim.
        progress: told what is going on.

    Raises:
        NotFoundError: no such detector or file.
        NotPermittedError: the charter refuses the detector.
        InputError: a file that is no file of scored places. ExternalError: something cannot be read.
    """
    _require_a_file_each(specs, scenes)
    detectors = {
        spec.detector: TiledDetector(load_detector(spec.detector)) for spec in specs if spec.detector
    }
    tables: list[list[ScoredPlaceTable]] = [[] for _ in specs]
    for scene in scenes:
        looked = _look(scene, detectors, pooled=any(spec.way in _POOLED for spec in specs), progress=progress)
        for spec, found in zip(specs, tables, strict=True):
            found.append(_places(spec, scene, looked, progress))
    return tuple(
        Claim(name=spec.name, scale=spec.scale, places=tuple(found))
        for spec, found in zip(specs, tables, strict=True)
    )


def _require_a_file_each(specs: Sequence[ClaimSpec], scenes: Sequence[SceneFolder]) -> None:
    for spec in specs:
        if spec.way is Way.FILE and len(scenes) > 1 and SCENE_WORD not in spec.path:
            raise InputError(
                f"claim {spec.name}: {len(scenes)} scenes need a file each: write {SCENE_WORD} where "
                f"the name of the scene's folder stands"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What our own ways saw of one scene: marks of each detector, scores on the ground."""

    marks: dict[str, Looks | None]
    pool: tuple[OrthoGrid, ScorePool] | None


def _look(
    scene: SceneFolder, detectors: dict[str, TiledDetector], *, pooled: bool, progress: Progress
) -> _Looked:
    if not (detectors or pooled):
        return _Looked(marks={}, pool=None)
    clip = clip_of_file(scene.folder / CLIP, scene.ground)
    footprints = footprint_table(clip.ground, clip.frames, clip.size_px(), clip.stated)

    def tell(done: int, total: int) -> None:
        progress("look", done, total)

    marks = {name: _marks(clip, footprints, detector, tell) for name, detector in detectors.items()}
    return _Looked(marks=marks, pool=pool_clip(clip, footprints, tell) if pooled else None)


def _places(spec: ClaimSpec, scene: SceneFolder, looked: _Looked, progress: Progress) -> ScoredPlaceTable:
    match spec.way:
        case Way.FILE:
            return read_scored_places(Path(spec.path.replace(SCENE_WORD, scene.world.name)))
        case Way.INTEGRAL:
            return _integral(scene, progress)
        case Way.SINGLE_FRAME | Way.POOLED_MARKS:
            marks = looked.marks[spec.detector]
            if marks is None:
                return no_places()
            single = spec.way is Way.SINGLE_FRAME
            return (
                best_single_look(marks.detections)
                if single
                else pooled_looks(marks.detections, marks.footprints)
            )
        case Way.POOLED | Way.POOLED_MOST:
            if looked.pool is None:
                return no_places()
            return pooled_mean(*looked.pool) if spec.way is Way.POOLED else pooled_most(*looked.pool)


def _integral(scene: SceneFolder, progress: Progress) -> ScoredPlaceTable:
    """The places of the looks that lie with the scene; taken now where there are none."""
    path = scene.folder / LOOKS_FILE
    if not path.is_file():
        look_at_clip(
            clip_of_file(scene.folder / CLIP, scene.ground), path.parent, LooksWish(), progress=progress
        )
    return read_scored_places(path)


def _marks(
    clip: Clip,
    footprints: FootprintTable,
    detector: TiledDetector,
    tell: Callable[[int, int], None],
) -> Looks | None:
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures to show to a detector")
    doubts = clip.ground.doubts_of(clip.frames, clip.camera, clip.stated)
    return look_at(clip.video, detector, clip.frames, footprints, clip.ground, (clip.camera, doubts), tell)
