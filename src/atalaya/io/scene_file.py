"""Scenes as YAML: read, checked against what a scene can be, and the gallery that comes with the program."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pydantic
import yaml

from atalaya.errors import InputError, NotFoundError
from atalaya.io.durable_file import on_disk
from atalaya.simulation.scene_spec import SceneSpec

LARGEST_BYTES = 1 << 20
_SPEC = pydantic.TypeAdapter(SceneSpec)


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
        raise NotFoundError(f"no scene {name}: neither a file nor one of {', '.join(sorted(_gallery()))}")
    return read_scene(text, name), text


def gallery() -> tuple[SceneSpec, ...]:
    """The scenes that come with the program, by name."""
    return tuple(read_scene(text, name) for name, text in sorted(_gallery().items()))


def read_scene(text: bytes, name: str) -> SceneSpec:
    """A scene from its YAML.

    Args:
        text: UTF-8.
        name: of the file, for messages.

    Raises:
        InputError: no YAML, a word that no scene has, or a value outside its range; the message names it.
    """
    try:
        form = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: no YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(form, Mapping):
        raise InputError(f"{name}: a scene with name, seed and biome was wanted, got {type(form).__name__}")
    try:
        spec = _SPEC.validate_python(form)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "scene"
        raise InputError(f"{name}: {where}: {first['msg'].removeprefix('Value error, ')}") from error
    _require_known(form, spec, name, "")
    return spec


def scene_schema() -> dict[str, Any]:
    """The JSON schema of a scene's file."""
    return _SPEC.json_schema()


def _require_known(form: object, made: object, name: str, where: str) -> None:
    """A misspelt word is refused, never passed over."""
    if isinstance(made, tuple) and isinstance(form, list | tuple):
        for number, (inner, found) in enumerate(zip(form, made, strict=False)):
            _require_known(inner, found, name, f"{where}{number}.")
    if not (is_dataclass(made) and isinstance(form, Mapping)):
        return
    known = {field.name for field in fields(made)}
    for word, inner in form.items():
        if word not in known:
            raise InputError(
                f"{name}: {where}{word} is no word of a scene; there: {', '.join(sorted(known))}"
            )
        _require_known(inner, getattr(made, word), name, f"{where}{word}.")


def _gallery() -> dict[str, bytes]:
    folder = files("atalaya.io") / "scenes"
    return {
        entry.name.removesuffix(".yaml"): entry.read_bytes()
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }
