"""What was seized, in one unit, beside what the source wrote; nothing is converted that cannot be."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from atalaya.errors import InputError
from atalaya.model.feedback import Seizure, Unit

KILOGRAMS: dict[Unit, Decimal] = {
    Unit.GRAM: Decimal("0.001"),
    Unit.KILOGRAM: Decimal(1),
    Unit.TONNE: Decimal(1000),
    Unit.POUND: Decimal("0.45359237"),
    Unit.OUNCE: Decimal("0.028349523125"),
}
"""Kilograms in one unit, exact. A litre is a volume and a pill a count: neither is here.

Source: international yard and pound agreement of 1959 (pound, and its sixteenth); SI (g, kg, t).
"""
_EXACT = Context(prec=60)
_SHOWN = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mass:
    """A mass with how it came about.

    Args:
        kg: exact.
        stated_pill_mass_g: what one pill was said to weigh, where the mass rests on that; else None.
    """

    kg: Decimal
    stated_pill_mass_g: Decimal | None = None

    @property
    def shown_kg(self) -> str:
        """To three decimals, half to even."""
        return f"{self.kg.quantize(_SHOWN, rounding=ROUND_HALF_EVEN, context=_EXACT):f}"


@dataclass(frozen=True, slots=True)
class NotAMass:
    """Why a quantity has no mass."""

    reason: str


def mass(value: Decimal, unit: Unit, pill_mass_g: Decimal | None = None) -> Mass | NotAMass:
    """The mass of a quantity, exact, or why it has none.

    Args:
        value: as written, >= 0.
        unit: as written.
        pill_mass_g: what the source says one pill weighs [g]; without it a count of pills has no mass.

    Raises:
        InputError: a negative or infinite value, or a pill mass that is not positive.
    """
    if not value.is_finite() or value < 0:
        raise InputError(f"a quantity is finite and >= 0, got {value} {unit}")
    match unit:
        case Unit.LITRE:
            return NotAMass("litres are a volume; they are never added to kilograms")
        case Unit.PILL if pill_mass_g is None:
            return NotAMass("pills are a count; no mass of one pill is stated")
        case Unit.PILL:
            return _pill_mass(value, pill_mass_g)
        case _:
            return Mass(kg=_EXACT.multiply(value, KILOGRAMS[unit]))


def _pill_mass(count: Decimal, pill_mass_g: Decimal | None) -> Mass:
    if pill_mass_g is None or not pill_mass_g.is_finite() or pill_mass_g <= 0:
        raise InputError(f"the mass of one pill is finite and > 0 g, got {pill_mass_g}")
    gram = KILOGRAMS[Unit.GRAM]
    return Mass(kg=_EXACT.multiply(_EXACT.multiply(count, pill_mass_g), gram), stated_pill_mass_g=pill_mass_g)


def as_written(seizure: Seizure) -> str:
    """Value, unit and qualifier as the source gives them: `nearly 282 lb`."""
    number = f"{seizure.value:,f}"
    return " ".join(part for part in (seizure.qualifier, number, seizure.unit.value) if part)


def shown(seizure: Seizure) -> str:
    """As written, with the kilograms beside it where there are any: `nearly 282 lb (127.913 kg)`."""
    found = mass(seizure.value, seizure.unit)
    if isinstance(found, NotAMass) or seizure.unit is Unit.KILOGRAM:
        return as_written(seizure)
    return f"{as_written(seizure)} ({found.shown_kg} kg)"


def total_mass(seizures: tuple[Seizure, ...]) -> Mass | NotAMass:
    """The sum of those quantities that are masses, exact; counts and volumes stay out of it."""
    masses = [found for item in seizures if isinstance(found := mass(item.value, item.unit), Mass)]
    if not masses:
        return NotAMass("no quantity among them is a mass")
    total = Decimal(0)
    for one in masses:
        total = _EXACT.add(total, one.kg)
    return Mass(kg=total)
