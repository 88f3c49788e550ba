"""The one JSON form of every record: what the store keeps, the case file holds and `--json` prints.

Times are `2026-11-22T10:00:00.000000Z`, areas GeoJSON geometries, decimals strings, sets sorted lists.
Records hold no bytes: those live in the vault and are named by their hash.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, cast

import cattrs
import cattrs.v
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from atalaya.errors import InputError
from atalaya.model.custody import Json
from atalaya.model.instants import isoformat_z


def to_json[R](record: R) -> dict[str, Json]:
    """The JSON form of one record (a dataclass of `atalaya.model`).

    Raises:
        InputError: it is not such a record.
    """
    try:
        return cast("dict[str, Json]", _CONVERTER.unstructure(record))
    except (cattrs.errors.BaseValidationError, TypeError, AttributeError) as error:
        raise InputError(f"{type(record).__name__} has no JSON form: {error}") from error


def from_json[R](kind: type[R], form: Mapping[str, Any]) -> R:
    """The record of a JSON form, with every invariant of the record checked again.

    Raises:
        InputError: a field is missing, unknown or of the wrong sort; the message names it.
    """
    try:
        return _CONVERTER.structure(form, kind)
    except (cattrs.errors.BaseValidationError, cattrs.errors.ForbiddenExtraKeysError) as error:
        reasons = "; ".join(cattrs.transform_error(error, format_exception=_explain))
        raise InputError(f"not a {kind.__name__}: {reasons}") from error
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise InputError(f"not a {kind.__name__}: {error}") from error


def _explain(error: BaseException, kind: type | None) -> str:
    if isinstance(error, InputError):
        return str(error)
    return cattrs.v.format_exception(error, kind)


def _read_plain(value: Any, kind: type) -> Any:
    """Text is text and a number a number: null or 7 never becomes the word "None" or "7"."""
    if isinstance(value, bool) != (kind is bool):
        raise InputError(f"{kind.__name__} was wanted, got {value!r}")
    if kind is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, kind):
        raise InputError(f"{kind.__name__} was wanted, got {value!r}")
    return value


def _read_time(value: Any, _: type) -> datetime:
    if not isinstance(value, str):
        raise InputError(f"a time is ISO 8601 text, got {value!r}")
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise InputError(f"a time says its zone, got {value!r}")
    return instant.astimezone(UTC)


def _read_decimal(value: Any, _: type) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise InputError(f"not a decimal number: {value!r}") from error


def _read_area(value: Any, _: type) -> Polygon | MultiPolygon:
    try:
        area = shape(value)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"not a GeoJSON geometry: {error}") from error
    if not isinstance(area, Polygon | MultiPolygon):
        raise InputError(f"an area is a GeoJSON Polygon or MultiPolygon, got {area.geom_type}")
    return area


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(datetime, isoformat_z)
    converter.register_structure_hook(datetime, _read_time)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, _read_decimal)
    for plain in (str, int, float, bool):
        converter.register_structure_hook(plain, _read_plain)
    for area in (Polygon, MultiPolygon):
        converter.register_unstructure_hook(area, _plain_geometry)
        converter.register_structure_hook(area, _read_area)
    converter.register_structure_hook_func(lambda kind: kind == Polygon | MultiPolygon, _read_area)
    converter.register_unstructure_hook_func(lambda kind: kind == Polygon | MultiPolygon, _plain_geometry)
    converter.register_structure_hook_func(_is_free_mapping, lambda value, _: dict(value))
    converter.register_unstructure_hook_func(_is_free_mapping, dict)
    converter.register_unstructure_hook_func(
        lambda kind: getattr(kind, "__origin__", None) is frozenset, lambda value: sorted(map(str, value))
    )
    converter.register_unstructure_hook_func(
        lambda kind: getattr(kind, "__origin__", None) is tuple, _plain_list(converter)
    )
    converter.register_structure_hook(StrEnum, _read_enum)
    converter.register_unstructure_hook(StrEnum, lambda word: word.value)
    return converter


def _read_enum(value: Any, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        allowed = ", ".join(member.value for member in kind)
        raise InputError(f"{kind.__name__} is one of {allowed}; got {value!r}") from error


def _is_free_mapping(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is Mapping


def _plain_list(converter: cattrs.Converter) -> Any:
    return lambda value: [converter.unstructure(item) for item in value]


def _plain_geometry(area: Polygon | MultiPolygon) -> dict[str, Json]:
    def plain(value: Any) -> Json:
        if isinstance(value, tuple | list):
            return [plain(item) for item in value]
        return cast("Json", value)

    return {name: plain(value) for name, value in mapping(area).items()}


_CONVERTER = _make_converter()
