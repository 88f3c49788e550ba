"""One seizure from the short form that people type: `fentanyl:powder:282 lb:nearly`."""

import re
from decimal import Decimal, InvalidOperation

from atalaya.errors import InputError
from atalaya.model.feedback import Seizure, Substance, Unit

FORM = "SUBSTANCE:FORM:VALUE UNIT[:QUALIFIER[:confirmed]]"
"""The short form; FORM and QUALIFIER may be empty, VALUE may have commas between thousands."""

_QUANTITY = re.compile(r"(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)")
_UNIT_WORDS = {
    "g": Unit.GRAM,
    "gram": Unit.GRAM,
    "grams": Unit.GRAM,
    "kg": Unit.KILOGRAM,
    "kilo": Unit.KILOGRAM,
    "kilos": Unit.KILOGRAM,
    "t": Unit.TONNE,
    "tonne": Unit.TONNE,
    "tonnes": Unit.TONNE,
    "lb": Unit.POUND,
    "lbs": Unit.POUND,
    "pound": Unit.POUND,
    "pounds": Unit.POUND,
    "oz": Unit.OUNCE,
    "ounce": Unit.OUNCE,
    "ounces": Unit.OUNCE,
    "l": Unit.LITRE,
    "litre": Unit.LITRE,
    "litres": Unit.LITRE,
    "liter": Unit.LITRE,
    "liters": Unit.LITRE,
    "pill": Unit.PILL,
    "pills": Unit.PILL,
    "pastilla": Unit.PILL,
    "pastillas": Unit.PILL,
}


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


def _substance(word: str) -> Substance:
    try:
        return Substance(word.lower())
    except ValueError as error:
        allowed = ", ".join(known.value for known in Substance)
        raise InputError(f"a substance is one of {allowed}; got {word!r}") from error
