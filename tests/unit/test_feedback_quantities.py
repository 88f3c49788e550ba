"""Units as partners write them: exact, converted only where they are masses, and never added up wrongly."""

import csv
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.feedback.parsing import parse_quantity, parse_seizure
from atalaya.feedback.quantities import KILOGRAMS, Mass, NotAMass, as_written, mass, shown, total_mass
from atalaya.model.feedback import Seizure, Substance, Unit
from shared_data import shared_file

MASS_UNITS = sorted(KILOGRAMS)


@pytest.mark.parametrize(
    ("value", "unit", "kg"),
    [
        ("282", Unit.POUND, "127.913"),
        ("220", Unit.POUND, "99.790"),
        ("1", Unit.POUND, "0.454"),
        ("16", Unit.OUNCE, "0.454"),
        ("1500", Unit.GRAM, "1.500"),
        ("3.95165", Unit.TONNE, "3951.650"),
        ("68.576", Unit.KILOGRAM, "68.576"),
    ],
)
def test_known_masses(value, unit, kg):
    found = mass(Decimal(value), unit)
    assert isinstance(found, Mass)
    assert found.shown_kg == kg


def test_a_pound_is_sixteen_ounces_exactly():
    assert KILOGRAMS[Unit.OUNCE] * 16 == KILOGRAMS[Unit.POUND]


def test_litres_never_become_kilograms():
    assert isinstance(mass(Decimal(130), Unit.LITRE), NotAMass)
    assert isinstance(mass(Decimal(130), Unit.LITRE, pill_mass_g=Decimal(1)), NotAMass)


def test_pills_have_no_mass_unless_one_is_stated():
    assert isinstance(mass(Decimal(629138), Unit.PILL), NotAMass)
    stated = mass(Decimal(629138), Unit.PILL, pill_mass_g=Decimal("0.109"))
    assert isinstance(stated, Mass)
    assert stated.shown_kg == "68.576"
    assert stated.stated_pill_mass_g == Decimal("0.109")


@pytest.mark.parametrize("bad", [Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_an_impossible_value_is_refused(bad):
    with pytest.raises(InputError):
        mass(bad, Unit.KILOGRAM)
    with pytest.raises(InputError):
        mass(Decimal(5), Unit.PILL, pill_mass_g=bad)


@given(st.decimals(0, 10**9, places=6), st.sampled_from(MASS_UNITS))
def test_conversion_is_exact_and_loses_no_digit(value, unit):
    found = mass(value, unit)
    assert isinstance(found, Mass)
    assert found.kg / KILOGRAMS[unit] == value


@given(st.lists(st.tuples(st.decimals(0, 10**6, places=3), st.sampled_from(list(Unit))), max_size=6))
def test_a_total_holds_masses_only(lines):
    seizures = tuple(
        Seizure(substance=Substance.OTHER, form="", value=value, unit=unit, qualifier="", confirmed=False)
        for value, unit in lines
    )
    total = total_mass(seizures)
    wanted = sum((value * KILOGRAMS[unit] for value, unit in lines if unit in KILOGRAMS), Decimal(0))
    if any(unit in KILOGRAMS for _, unit in lines):
        assert isinstance(total, Mass)
        assert total.kg == wanted
    else:
        assert isinstance(total, NotAMass)


def test_the_original_is_kept_beside_the_kilograms():
    nearly = parse_seizure("fentanyl:powder:282 lb:nearly")
    assert as_written(nearly) == "nearly 282 lb"
    assert shown(nearly) == "nearly 282 lb (127.913 kg)"
    assert shown(parse_seizure("fentanyl:pills:629,138 pills")) == "629,138 pill"
    assert shown(parse_seizure("methamphetamine::220 lb:presumed")) == "presumed 220 lb (99.790 kg)"


def test_the_short_form_keeps_every_word():
    found = parse_seizure("fentanyl : pills : 629,138 pill : nearly : confirmed")
    assert (found.substance, found.form, found.value) == (Substance.FENTANYL, "pills", Decimal(629138))
    assert (found.unit, found.qualifier, found.confirmed) == (Unit.PILL, "nearly", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fentanyl",
        "fentanyl:powder",
        "fentanyl:powder:282",
        "fentanyl:powder:lb",
        "fentanyl:powder:-1 lb",
        "fentanyl:powder:1e3 lb",
        "fentanyl:powder:128,03 kg",
        "fentanyl:powder:1 stone",
        "heroine:powder:1 kg",
        "fentanyl:powder:1 kg:nearly:perhaps",
        "fentanyl:powder:1 kg:nearly:confirmed:more",
    ],
)
def test_another_form_is_refused_with_the_form_wanted(text):
    with pytest.raises(InputError):
        parse_seizure(text)


def test_a_decimal_comma_is_not_taken_for_thousands():
    with pytest.raises(InputError, match="VALUE UNIT"):
        parse_quantity("128,03 kg")
    assert parse_quantity("1,128.03 kg") == (Decimal("1128.03"), Unit.KILOGRAM)


@pytest.mark.shared
def test_published_seizures_are_converted_only_where_they_are_masses():
    with shared_file("data/domain/reference_seizures.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    drugs = {key: row for key, row in rows.items() if row["unit"] != "unit"}
    assert len(drugs) >= 10
    for row in drugs.values():
        value, unit = parse_quantity(f"{row['qty']} {row['unit']}")
        assert value == Decimal(row["qty"])
        assert isinstance(mass(value, unit), Mass) == (row["unit"] == "kg")
    pills, _ = parse_quantity(f"{rows['RS01b']['qty']} pill")
    weighed = mass(pills, Unit.PILL, pill_mass_g=Decimal("0.109"))  # the mass of one pill the note states
    assert isinstance(weighed, Mass)
    assert abs(weighed.kg - Decimal(rows["RS01c"]["qty"])) < Decimal("0.001")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fentanilo:polvo:282 libras", "282 lb (127.913 kg)"),
        ("metanfetamina:cristal:1 tonelada", "1 t (1000.000 kg)"),
        ("fentanilo::629,138 pastillas", "629,138 pill"),
        ("precursor:líquido:200 litros:presunto", "presunto 200 L"),
        ("otra::5 kilogramos", "5 kg"),
        ("otra::2 onzas", "2 oz (0.057 kg)"),
        ("otra::3 gramos", "3 g (0.003 kg)"),
    ],
)
def test_what_a_spanish_source_writes_is_understood(text, said):
    assert shown(parse_seizure(text)) == said
