"""What all wire models are made of."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

VERSION: Literal[1] = 1
"""Version of every model here; a change that breaks a reader raises it and gets its own path."""


class Wire(BaseModel):
    """Base of the wire models: nothing unknown is accepted, nothing is changed after it was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(Wire):
    """Base of every top-level answer."""

    version: Literal[1] = VERSION


class Text(Wire):
    """One text in both languages."""

    en: str
    es: str
