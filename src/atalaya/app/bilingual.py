"""One text for people, in both languages of the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same text in English and Spanish."""

    en: str
    es: str
