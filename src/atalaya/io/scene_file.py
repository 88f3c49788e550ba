"""Scenes as YAML: read with the safe loader, checked field by field, and the gallery that comes with us.

A wrong scene is refused with the file's name, the line and the field; nothing is guessed and nothing
unknown is passed over. The form itself is `scene_wire`.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from atalaya.errors import InputError, NotFoundError
from atalaya.io.durable_file import on_disk
from atalaya.io.scene_wire import scene_of
from atalaya.simulation.scene_spec import SceneSpec

LARGEST_BYTES = 1 << 20
_SUFFIX = ".yaml"


def find_scene(name: str) -> tuple[SceneSpec, bytes]:
    """A scene by its file or by its name in the gallery, and its text as written.

    Raises:
        NotFoundError: neither. InputError: it describes no scene. ExternalError: it cannot be read.
    """
    path = Path(name)
    if path.is_file():
        with on_disk(f"read {path}"):
            if path.stat().st_size > LARGEST_BYTES:
                raise InputError(f"{path}: a scene has at most {LARGEST_BYTES} bytes")
            text = path.read_bytes()
        return read_scene(text, path.name), text
    text = _gallery().get(name, b"")
    if not text:
        raise NotFoundError(f"no scene {name}: neither a file nor one of {', '.join(gallery_names())}")
    return read_scene(text, name), text


def gallery_names() -> tuple[str, ...]:
    """Names of the scenes that come with the program, sorted."""
    return tuple(sorted(_gallery()))


def gallery() -> tuple[SceneSpec, ...]:
    """The scenes that come with the program, by name."""
    return tuple(read_scene(text, name) for name, text in sorted(_gallery().items()))


def _gallery() -> dict[str, bytes]:
    folder = files("atalaya.io") / "scenes"
    return {
        entry.name.removesuffix(_SUFFIX): entry.read_bytes()
        for entry in folder.iterdir()
        if entry.name.endswith(_SUFFIX)
    }


def read_scene(text: bytes, name: str) -> SceneSpec:
    """A scene from its YAML.

    Args:
        text: UTF-8.
        name: of the file, for messages.

    Raises:
        InputError: no YAML, a word that no scene has, or a value outside its range; every problem with its
            line and its field.
    """
    try:
        words = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: no YAML: byte {error.start} is not UTF-8") from error
    node, data = _loaded(words, name)
    if not isinstance(node, yaml.MappingNode):
        raise InputError(f"{name}: a scene with name, seed and biome was wanted, got {type(data).__name__}")
    try:
        return scene_of(data)
    except ValidationError as error:
        raise InputError("; ".join(_problems(error, node, name))) from error
    except (RecursionError, TypeError, ValueError) as error:  # TypeError: a key that no JSON has, as a date
        raise InputError(f"{name}: {error}") from error


def _loaded(text: str, name: str) -> tuple[yaml.Node, Any]:
    """The document as nodes, for their lines, and as data."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise InputError(f"{name}: a scene with name, seed and biome was wanted, got nothing")
        _refuse_doubles(node, name)
        return node, loader.construct_document(node)
    except RecursionError as error:
        raise InputError(f"{name}: is nested too deeply for a scene") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{name}: line {line}: no YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: no YAML: {' '.join(str(error).split())}") from error


def _refuse_doubles(node: yaml.Node, name: str) -> None:
    """A key said twice would silently lose its first value; an alias has no use here."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if id(here) in seen and isinstance(here, yaml.CollectionNode):
            raise InputError(f"{name}: line {here.start_mark.line + 1}: aliases are not taken")
        seen.add(id(here))
        if isinstance(here, yaml.SequenceNode):
            waiting += here.value
        elif isinstance(here, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in here.value:
                if str(key.value) in keys:
                    raise InputError(f"{name}: line {key.start_mark.line + 1}: {key.value} is said twice")
                keys.add(str(key.value))
                waiting.append(value)


def _problems(error: ValidationError, node: yaml.Node, name: str) -> Iterator[str]:
    """Each problem with its line, its field and what came."""
    for problem in error.errors(include_url=False, include_context=False):
        field = ".".join(map(str, problem["loc"])) or "scene"
        place = f"{name}: line {_line_of(node, problem['loc'])}"
        came = problem["input"]
        got = f", got {came!r}" if isinstance(came, str | int | float) else ""
        if problem["type"] == "extra_forbidden":
            yield f"{place}: {field} is no word of a scene"
        else:
            yield f"{place}: {field}: {problem['msg']}{got}"


def _line_of(node: yaml.Node, where: tuple[int | str, ...]) -> int:
    """The line of a field, or of the nearest thing about it that is there."""
    line = node.start_mark.line + 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                return line
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
