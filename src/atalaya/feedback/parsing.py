"""What people type about an outcome: seizures (`fentanyl:powder:282 lb:nearly`), findings, times."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from atalaya.errors import InputError
from atalaya.model.feedback import Finding, Seizure, Substance, Unit
from atalaya.model.instants import require_aware
from atalaya.model.json_form import from_json

FORM = "SUBSTANCE:FORM:VALUE UNIT[:QUALIFIER[:confirmed]]"
"""The short form; FORM and QUALIFIER may be empty, VALUE may have commas between thousands."""

_QUANTITY = re.compile(r"(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)")
_UNIT_WORDS = {
    "g": Unit.GRAM,
    "gram": Unit.GRAM,
    "grams": Unit.GRAM,
    "kg": Unit.KILOGRAM,
    "gramo": Unit.GRAM,
    "gramos": Unit.GRAM,
    "kilogramo": Unit.KILOGRAM,
    "kilogramos": Unit.KILOGRAM,
    "kilo": Unit.KILOGRAM,
    "kilos": Unit.KILOGRAM,
    "t": Unit.TONNE,
    "tonne": Unit.TONNE,
    "tonnes": Unit.TONNE,
    "tonelada": Unit.TONNE,
    "toneladas": Unit.TONNE,
    "lb": Unit.POUND,
    "lbs": Unit.POUND,
    "pound": Unit.POUND,
    "pounds": Unit.POUND,
    "libra": Unit.POUND,
    "libras": Unit.POUND,
    "oz": Unit.OUNCE,
    "ounce": Unit.OUNCE,
    "ounces": Unit.OUNCE,
    "onza": Unit.OUNCE,
    "onzas": Unit.OUNCE,
    "l": Unit.LITRE,
    "litro": Unit.LITRE,
    "litros": Unit.LITRE,
    "litre": Unit.LITRE,
    "litres": Unit.LITRE,
    "liter": Unit.LITRE,
    "liters": Unit.LITRE,
    "pill": Unit.PILL,
    "pills": Unit.PILL,
    "pastilla": Unit.PILL,
    "pastillas": Unit.PILL,
}
_SUBSTANCE_WORDS = {
    "fentanilo": Substance.FENTANYL,
    "metanfetamina": Substance.METHAMPHETAMINE,
    "precursor": Substance.PRECURSOR,
    "otra": Substance.OTHER,
}
"""As a Spanish source writes them; the others are `Substance`'s own words."""


def parse_seizure(text: str) -> Seizure:
    """The seizure a text says.

    Raises:
        InputError: another form, an unknown substance or unit, or a value that is no number >= 0.
    """
    parts = [part.strip() for part in text.split(":")]
    if not 3 <= len(parts) <= 5 or (len(parts) == 5 and parts[4] not in {"", "confirmed"}):
        raise InputError(f"a seizure reads {FORM}, got {text!r}")
    substance, form, quantity, qualifier, confirmed = [*parts, "", ""][:5]
    value, unit = parse_quantity(quantity)
    return Seizure(
        substance=_substance(substance),
        form=form,
        value=value,
        unit=unit,
        qualifier=qualifier,
        confirmed=confirmed == "confirmed",
    )


def parse_quantity(text: str) -> tuple[Decimal, Unit]:
    """`629,138 pills` → (629138, pill); a decimal comma is refused, it cannot be told from thousands.

    Raises:
        InputError: no number, or an unknown unit.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise InputError(f"a quantity reads VALUE UNIT, as in '282 lb' or '629,138 pill'; got {text!r}")
    unit = _UNIT_WORDS.get(match["unit"].lower())
    if unit is None:
        allowed = ", ".join(known.value for known in Unit)
        raise InputError(f"a unit is one of {allowed}; got {match['unit']!r}")
    try:
        return Decimal(match["value"].replace(",", "")), unit
    except InvalidOperation as error:
        raise InputError(f"not a number: {match['value']!r}") from error


def read_seizures(data: bytes) -> tuple[Seizure, ...]:
    """Seizures of a JSON file: a list of records, or of short forms as text.

    Raises:
        InputError: not such a list; the message names the item.
    """
    try:
        items = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise InputError(f"seizures are a JSON list: {error}") from error
    if not isinstance(items, list):
        raise InputError("seizures are a JSON list")
    return tuple(_item(number, item) for number, item in enumerate(items, start=1))


def parse_finding(word: str) -> Finding:
    """The finding a word names.

    Raises:
        InputError: there is none such.
    """
    try:
        return Finding(word.lower())
    except ValueError as error:
        allowed = ", ".join(known.value for known in Finding)
        raise InputError(f"a finding is one of {allowed}; got {word!r}") from error


def parse_instant(name: str, text: str) -> datetime:
    """The instant an ISO 8601 text with its zone says, in UTC.

    Raises:
        InputError: another form, or no zone: a wall clock without one is not an instant.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"{name} is ISO 8601 with its zone, got {text!r}") from error
    require_aware(name, instant)
    return instant.astimezone(UTC)


def _item(number: int, item: object) -> Seizure:
    try:
        if isinstance(item, str):
            return parse_seizure(item)
        if isinstance(item, dict):
            return from_json(Seizure, {"form": "", "qualifier": "", "confirmed": False, **item})
    except InputError as error:
        raise InputError(f"seizure {number}: {error}") from error
    raise InputError(f"seizure {number} is a record or a text, got {type(item).__name__}")


def _substance(word: str) -> Substance:
    try:
        return _SUBSTANCE_WORDS.get(word.lower()) or Substance(word.lower())
    except ValueError as error:
        allowed = ", ".join(known.value for known in Substance)
        raise InputError(f"a substance is one of {allowed}; got {word!r}") from error
