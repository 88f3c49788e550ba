"""May this detector be used here? Refused at the door, by what it calls its own classes."""

import re
import unicodedata

from atalaya.detection.detector import Detector
from atalaya.detection.refused_classes import REFUSED_STEMS, REFUSED_WORDS
from atalaya.errors import InputError, NotPermittedError
from atalaya.model.detection import DetectionKind

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def refused_among(class_names: tuple[str, ...]) -> tuple[str, ...]:
    """The class names that the charter refuses, as they were declared, in order.

    Case, accents, digits and separators do not help a name past the list: `Person_01`, `isHuman`, `PEATÓN`.
    """
    return tuple(name for name in class_names if _is_refused(name))


def admit[D: Detector](detector: D) -> D:
    """The same detector, once it has said what it looks for and none of it is refused.

    Raises:
        NotPermittedError: one of its class names, or its own name, is on the charter's list.
        InputError: it declares no kinds or class names, or a kind that is no DetectionKind.
    """
    refused = refused_among((detector.name, *detector.class_names))
    if refused:
        raise NotPermittedError(
            f"detector {detector.name!r} is refused: places and vehicles only, "
            f"its classes include {', '.join(map(repr, refused))}"
        )
    if not detector.name.strip() or not detector.version.strip():
        raise InputError(f"a detector needs a name and a version: {detector.name!r} {detector.version!r}")
    if not detector.kinds or not detector.class_names:
        raise InputError(f"detector {detector.name!r} must declare its kinds and its class names")
    strange = {str(kind) for kind in detector.kinds} - {kind.value for kind in DetectionKind}
    if strange:
        raise InputError(f"detector {detector.name!r} declares kinds that do not exist: {sorted(strange)}")
    return detector


def _is_refused(class_name: str) -> bool:
    decomposed = unicodedata.normalize("NFKD", _CAMEL.sub(" ", class_name))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
    words = [word for word in re.split(r"[^a-z]+", plain) if word]
    joined = "".join(words)
    return any(word in REFUSED_WORDS for word in (*words, joined)) or any(
        stem in joined for stem in REFUSED_STEMS
    )
