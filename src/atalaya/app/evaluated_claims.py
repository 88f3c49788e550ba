"""What is to be judged, by name: our own ways of looking, an installed detector, anyone's file of places."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from atalaya.app.clip import Clip, clip_of_file
from atalaya.app.ground import footprint_table
from atalaya.app.known_worlds import CLIP, SceneFolder
from atalaya.app.look_for_places import Looks, load_detector, look_at
from atalaya.detection.evaluation_claims import Claim, no_places
from atalaya.detection.pooled_places import best_single_look, pooled_looks
from atalaya.detection.tiled import TiledDetector
from atalaya.errors import InputError, NotFoundError
from atalaya.io.scored_places import read_scored_places
from atalaya.model.detection import ScoredPlaceTable
from atalaya.model.evaluation import ScoreScale

DEFAULT_DETECTOR = "local-anomaly"
LOOKS_FILE = Path("looks") / "places.parquet"
"""Where `atalaya detect looks` puts its places in a scene's folder."""
SCENE_WORD = "{scene}"

type Progress = Callable[[str, int, int], None]


class Way(StrEnum):
    """How the places of a claim come about."""

    INTEGRAL = "integral"
    SINGLE_FRAME = "single-frame"
    POOLED = "pooled"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSpec:
    """One claim as it was asked for.

    Args:
        detector: for single-frame and pooled. path: for a file, may hold {scene}.
    """

    name: str
    way: Way
    scale: ScoreScale
    detector: str = ""
    path: str = ""


def claim_spec(text: str) -> ClaimSpec:
    """What a claim's word means.

    Args:
        text: `integral`; `single-frame` or `pooled`, `:DETECTOR` behind it for another than local-anomaly;
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
    if text == Way.INTEGRAL.value:
        return ClaimSpec(name=text, way=Way.INTEGRAL, scale=ScoreScale.RANK)
    if head in {Way.SINGLE_FRAME.value, Way.POOLED.value} and (tail or not colon):
        scale = ScoreScale.BITS if head == Way.SINGLE_FRAME.value else ScoreScale.RANK
        return ClaimSpec(name=text, way=Way(head), scale=scale, detector=tail or DEFAULT_DETECTOR)
    if colon or not text:
        raise InputError(f"a claim is integral, single-frame, pooled, a detector or NAME=FILE; got {text!r}")
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
        NotFoundError: no such detector or file, or no looks were taken of a scene yet.
        NotPermittedError: the charter refuses the detector.
        InputError: a file that is no file of scored places. ExternalError: something cannot be read.
    """
    _require_a_file_each(specs, scenes)
    detectors = {
        spec.detector: TiledDetector(load_detector(spec.detector)) for spec in specs if spec.detector
    }
    tables: list[list[ScoredPlaceTable]] = [[] for _ in specs]
    for scene in scenes:
        clip = clip_of_file(scene.folder / CLIP, scene.ground) if detectors else None
        looks = {
            name: None if clip is None else _looks(clip, detector, progress)
            for name, detector in detectors.items()
        }
        for spec, found in zip(specs, tables, strict=True):
            found.append(_places(spec, scene, looks.get(spec.detector)))
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


def _places(spec: ClaimSpec, scene: SceneFolder, looks: Looks | None) -> ScoredPlaceTable:
    match spec.way:
        case Way.FILE:
            return read_scored_places(Path(spec.path.replace(SCENE_WORD, scene.world.name)))
        case Way.INTEGRAL:
            path = scene.folder / LOOKS_FILE
            if not path.is_file():
                raise NotFoundError(
                    f"there is no {path}: take the looks first "
                    f"(atalaya detect looks {scene.folder / CLIP} --out {path.parent})"
                )
            return read_scored_places(path)
        case Way.SINGLE_FRAME:
            return no_places() if looks is None else best_single_look(looks.detections)
        case Way.POOLED:
            return no_places() if looks is None else pooled_looks(looks.detections, looks.footprints)


def _looks(clip: Clip, detector: TiledDetector, progress: Progress) -> Looks | None:
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures to show to a detector")
    footprints = footprint_table(clip.ground, clip.frames, clip.size_px(), clip.stated)
    doubts = clip.ground.doubts_of(clip.frames, clip.camera, clip.stated)
    return look_at(
        clip.video,
        detector,
        clip.frames,
        footprints,
        clip.ground,
        (clip.camera, doubts),
        lambda done, total: progress("look", done, total),
    )
