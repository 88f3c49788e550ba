"""The two languages every partner text exists in; a text cannot be made in only one."""

from dataclasses import dataclass
from enum import StrEnum

from atalaya.errors import InputError


class Language(StrEnum):
    """ISO 639-1 codes."""

    ENGLISH = "en"
    SPANISH = "es"


@dataclass(frozen=True, slots=True)
class Text:
    """One text, the same in both languages.

    Raises:
        InputError: one of the two is empty.
    """

    en: str
    es: str

    def __post_init__(self) -> None:
        if not self.en.strip() or not self.es.strip():
            raise InputError(f"a text needs both languages, got en {self.en!r}, es {self.es!r}")

    def said(self, language: Language) -> str:
        """The text in that language."""
        match language:
            case Language.ENGLISH:
                return self.en
            case Language.SPANISH:
                return self.es

    def both(self) -> dict[str, str]:
        """By language code."""
        return {Language.ENGLISH.value: self.en, Language.SPANISH.value: self.es}
