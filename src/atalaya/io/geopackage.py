"""The case for a map program: one GeoPackage with the site, its error, the footprints and the looks."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyogrio
from pyogrio.errors import DataSourceError
from shapely import Point, Polygon, to_wkb
from shapely.geometry.base import BaseGeometry

from atalaya.dossier.error_ellipse import circle_outline, ellipse_outline, error_ellipse
from atalaya.errors import ExternalError
from atalaya.model.case_view import CaseView, ViewPicture
from atalaya.model.ground import Position
from atalaya.model.instants import isoformat_z
from atalaya.model.source import SYNTHETIC_MARK

CRS = "EPSG:4326"
_ONE_AT_A_TIME = Lock()
"""GDAL's clock option is one for the whole process."""

type Column = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One layer; every row has the same columns in the same order."""

    name: str
    geometry_type: str
    geometries: Sequence[BaseGeometry]
    rows: Sequence[Mapping[str, Column]]


def write_geopackage(view: CaseView) -> bytes | None:
    """The GeoPackage of what this reader may see, the same bytes for the same view.

    Returns:
        None where the exact position is withheld: nothing with a place is left.

    Raises:
        ExternalError: GDAL or the disk failed.
    """
    if view.position is None:
        return None
    layers = [_site(view, view.position), _error(view, view.position)]
    if view.footprints_lon_lat:
        layers.append(_footprints(view))
    if view.pictures:
        layers.append(_looks(view, view.position))
    try:
        with tempfile.TemporaryDirectory(prefix="atalaya-gpkg-") as folder, _clock_of(view.built_utc):
            path = Path(folder) / "case.gpkg"
            for layer in layers:
                _write(path, layer)
            return path.read_bytes()
    except (DataSourceError, RuntimeError, OSError) as error:
        raise ExternalError(f"no GeoPackage of {view.dossier_id}: {error}") from error


def _site(view: CaseView, position: Position) -> _Layer:
    ellipse = error_ellipse(position)
    row: dict[str, Column] = {
        **_marks(view),
        "status": view.status.value,
        "kind": view.kind.value if view.kind is not None else None,
        "ce90_m": position.ce90_m,
        "hae_m": position.hae_m,
        "le90_m": position.le90_m,
        "ellipse_semi_major_m": ellipse.semi_major_m if ellipse else None,
        "ellipse_semi_minor_m": ellipse.semi_minor_m if ellipse else None,
        "ellipse_azimuth_deg": ellipse.azimuth_deg if ellipse else None,
        "probability": view.probability,
        "probability_against": view.probability_against,
        "looks_seen": view.looks_seen,
        "looks_possible": view.looks_possible,
        "first_seen_utc": isoformat_z(view.first_seen_utc) if view.first_seen_utc else None,
        "last_seen_utc": isoformat_z(view.last_seen_utc) if view.last_seen_utc else None,
    }
    known = {name: value for name, value in row.items() if value is not None}  # withheld: no such column
    place = Point(position.lon_deg, position.lat_deg)
    return _Layer(name="site", geometry_type="Point", geometries=[place], rows=[known])


def _error(view: CaseView, position: Position) -> _Layer:
    outlines = [("ce90-circle", circle_outline(position, position.ce90_m))]
    ellipse = error_ellipse(position)
    if ellipse is not None:
        outlines.append(("error-ellipse-90", ellipse_outline(position, ellipse)))
    return _Layer(
        name="ce90",
        geometry_type="Polygon",
        geometries=[Polygon(outline) for _, outline in outlines],
        rows=[{**_marks(view), "outline": name, "probability_inside": 0.9} for name, _ in outlines],
    )


def _footprints(view: CaseView) -> _Layer:
    return _Layer(
        name="footprints",
        geometry_type="Polygon",
        geometries=[Polygon(outline) for outline in view.footprints_lon_lat],
        rows=[{**_marks(view), "look": number} for number in range(1, len(view.footprints_lon_lat) + 1)],
    )


def _looks(view: CaseView, position: Position) -> _Layer:
    """One row per picture, at the place it shows."""
    place = Point(position.lon_deg, position.lat_deg)
    numbered = enumerate(view.pictures, start=1)
    return _Layer(
        name="looks",
        geometry_type="Point",
        geometries=[place] * len(view.pictures),
        rows=[{**_marks(view), "picture": number, **_look(one)} for number, one in numbered],
    )


def _look(one: ViewPicture) -> dict[str, Column]:
    row: dict[str, Column] = {"sha256": one.picture.content, "gsd_m": one.picture.gsd_m}
    if one.at_utc is not None:
        row["at_utc"] = isoformat_z(one.at_utc)
    if one.geometry is not None:
        row["look_azimuth_deg"] = one.geometry.look_azimuth_deg
        row["slant_range_m"] = one.geometry.slant_range_m
    return row


def _marks(view: CaseView) -> dict[str, Column]:
    marks: dict[str, Column] = {
        "site_id": view.site_id,
        "dossier_id": view.dossier_id,
        "synthetic": view.synthetic,
    }
    return marks | ({"mark": SYNTHETIC_MARK} if view.synthetic else {})


def _write(path: Path, layer: _Layer) -> None:
    names = list(layer.rows[0])
    columns = [np.array([row[name] for row in layer.rows], dtype=_dtype(layer.rows, name)) for name in names]
    wkb = np.array([to_wkb(geometry) for geometry in layer.geometries], dtype=object)
    pyogrio.raw.write(
        path,
        wkb,
        columns,
        fields=np.array(names),
        layer=layer.name,
        driver="GPKG",
        geometry_type=layer.geometry_type,
        crs=CRS,
    )


def _dtype(rows: Sequence[Mapping[str, Column]], name: str) -> Any:
    sample = rows[0][name]
    match sample:
        case bool():
            return np.bool_
        case int():
            return np.int64
        case float() if math.isfinite(sample):
            return np.float64
        case _:
            return object


@contextmanager
def _clock_of(at_utc: datetime) -> Iterator[None]:
    """GDAL writes this time instead of now, so that the same case gives the same bytes."""
    option = "OGR_CURRENT_DATE"
    with _ONE_AT_A_TIME:
        before = pyogrio.get_gdal_config_option(option)
        pyogrio.set_gdal_config_options({option: at_utc.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({option: before})
