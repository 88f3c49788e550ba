"""The map of a case as one SVG drawing: footprints, the site and its error; no map underneath, no network."""

import math
from dataclasses import dataclass

from atalaya.dossier.error_ellipse import (
    circle_outline,
    ellipse_outline,
    error_ellipse,
)
from atalaya.dossier.language import Language, Text
from atalaya.dossier.svg import Drawing, nice_step
from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.model.case_view import CaseView
from atalaya.model.ground import Position
from atalaya.model.source import SYNTHETIC_MARK

FRAME_PX = 420.0
"""Side of each of the two square panels."""
_MARGIN_PX, _TOP_PX, _GAP_PX = 46.0, 40.0, 66.0
_WIDTH_PX = 2 * FRAME_PX + 2 * _MARGIN_PX + _GAP_PX
_HEIGHT_PX = _TOP_PX + FRAME_PX + 76.0

_OVERVIEW = Text("What was looked at", "Lo que se observó")
_DETAIL = Text("The place and its error", "El lugar y su error")
_SITE = Text("site", "sitio")
_CIRCLE = Text("CE90 circle", "círculo CE90")
_ELLIPSE = Text("90 % error ellipse", "elipse de error del 90 %")
_FOOTPRINT = Text("outline of a look", "contorno de una observación")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """A square window on the ground: its centre, half its side, and where it is on the drawing."""

    lon_deg: float
    lat_deg: float
    half_m: float
    left_px: float
    top_px: float

    def at(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        lon_m, lat_m = metres_per_degree(self.lat_deg).tolist()
        scale = 0.5 * FRAME_PX / self.half_m
        x_px = self.left_px + 0.5 * FRAME_PX + (lon_deg - self.lon_deg) * lon_m * scale
        return x_px, self.top_px + 0.5 * FRAME_PX - (lat_deg - self.lat_deg) * lat_m * scale


def site_map(view: CaseView, language: Language) -> str | None:
    """The map as SVG text, the same bytes for the same view.

    Returns:
        None where the exact position is withheld: then there is nothing to draw.
    """
    if view.position is None:
        return None
    drawing = Drawing(_WIDTH_PX, _HEIGHT_PX, title=f"{view.site_id} {_DETAIL.said(language)}")
    overview, detail = _overview(view, view.position), _detail(view.position)
    for number, (panel, heading) in enumerate(((overview, _OVERVIEW), (detail, _DETAIL))):
        drawing.text(panel.left_px, panel.top_px - 14, heading.said(language), size=17, weight="bold")
        with drawing.window(f"panel{number}", panel.left_px, panel.top_px, FRAME_PX):
            _draw_footprints(drawing, panel, view, fill_opacity=0.03 if number == 0 else 0.0)
            _draw_error(drawing, panel, view.position)
        _draw_graticule(drawing, panel)
        _draw_scale_bar(drawing, panel)
        _draw_north(drawing, panel)
    _draw_legend(drawing, language, synthetic=view.synthetic)
    return drawing.svg()


def _overview(view: CaseView, position: Position) -> _Panel:
    lon_m, lat_m = metres_per_degree(position.lat_deg).tolist()
    points = [point for outline in view.footprints_lon_lat for point in outline]
    east_m = [abs(lon - position.lon_deg) * lon_m for lon, _ in points]
    north_m = [abs(lat - position.lat_deg) * lat_m for _, lat in points]
    reach_m = max([4.0 * position.ce90_m, *east_m, *north_m])
    return _panel(position, 1.08 * reach_m, _MARGIN_PX)


def _detail(position: Position) -> _Panel:
    ellipse = error_ellipse(position)
    reach_m = max(position.ce90_m, ellipse.semi_major_m if ellipse else 0.0)
    return _panel(position, 2.2 * reach_m, _MARGIN_PX + FRAME_PX + _GAP_PX)


def _panel(position: Position, half_m: float, left_px: float) -> _Panel:
    return _Panel(
        lon_deg=position.lon_deg,
        lat_deg=position.lat_deg,
        half_m=half_m,
        left_px=left_px,
        top_px=_TOP_PX,
    )


def _draw_footprints(drawing: Drawing, panel: _Panel, view: CaseView, *, fill_opacity: float) -> None:
    for outline in view.footprints_lon_lat:
        points = [panel.at(lon, lat) for lon, lat in outline]
        drawing.polygon(points, fill="#3b6ea5", fill_opacity=fill_opacity, stroke="#3b6ea5", width=0.7)


def _draw_error(drawing: Drawing, panel: _Panel, position: Position) -> None:
    circle = [panel.at(lon, lat) for lon, lat in circle_outline(position, position.ce90_m)]
    drawing.polygon(circle, fill="#b00000", fill_opacity=0.08, stroke="#b00000", width=1.2)
    ellipse = error_ellipse(position)
    if ellipse is not None:
        points = [panel.at(lon, lat) for lon, lat in ellipse_outline(position, ellipse)]
        drawing.polygon(points, fill="none", fill_opacity=0, stroke="#b00000", width=1.0, dashes="5 3")
    _draw_cross(drawing, *panel.at(position.lon_deg, position.lat_deg))


def _draw_cross(drawing: Drawing, x_px: float, y_px: float) -> None:
    for east, south in ((1, 0), (0, 1)):
        drawing.line(
            x_px - 8 * east, y_px - 8 * south, x_px + 8 * east, y_px + 8 * south, stroke="#000", width=1.6
        )


def _draw_graticule(drawing: Drawing, panel: _Panel) -> None:
    """Meridians and parallels at round degrees, labelled at the foot and on the left."""
    lon_m, lat_m = metres_per_degree(panel.lat_deg).tolist()
    right_px, foot_px = panel.left_px + FRAME_PX, panel.top_px + FRAME_PX
    for value_deg, text in _round_degrees(panel.lon_deg, panel.half_m / lon_m):
        x_px, _ = panel.at(value_deg, panel.lat_deg)
        drawing.line(x_px, panel.top_px, x_px, foot_px, stroke="#777", width=0.4, dashes="2 3")
        drawing.text(x_px, foot_px + 16, text, size=13, anchor="middle")
    for value_deg, text in _round_degrees(panel.lat_deg, panel.half_m / lat_m):
        _, y_px = panel.at(panel.lon_deg, value_deg)
        drawing.line(panel.left_px, y_px, right_px, y_px, stroke="#777", width=0.4, dashes="2 3")
        drawing.text(panel.left_px - 7, y_px, text, size=13, anchor="middle", turned=True)
    drawing.box(panel.left_px, panel.top_px, FRAME_PX, FRAME_PX, stroke="#000")


def _round_degrees(centre_deg: float, half_deg: float) -> list[tuple[float, str]]:
    step_deg = nice_step(2.0 * half_deg / 3.0)
    decimals = max(0, -math.floor(math.log10(step_deg) + 1e-9))
    first, last = (
        math.ceil((centre_deg - half_deg) / step_deg),
        math.floor((centre_deg + half_deg) / step_deg),
    )
    return [(turn * step_deg, f"{turn * step_deg:.{decimals}f}°") for turn in range(first, last + 1)]


def _draw_scale_bar(drawing: Drawing, panel: _Panel) -> None:
    length_m = nice_step(0.5 * panel.half_m)
    length_px = length_m * 0.5 * FRAME_PX / panel.half_m
    left_px, y_px = panel.left_px + 14, panel.top_px + FRAME_PX - 16
    label = f"{length_m:g} m" if length_m < 1000 else f"{length_m / 1000:g} km"
    drawing.box(left_px - 6, y_px - 23, length_px + 12, 31, stroke="none", fill="#fff", fill_opacity=0.85)
    drawing.line(left_px, y_px, left_px + length_px, y_px, stroke="#000", width=2.4)
    for x_px in (left_px, left_px + length_px):
        drawing.line(x_px, y_px - 4, x_px, y_px + 4, stroke="#000", width=1.2)
    drawing.text(left_px + 0.5 * length_px, y_px - 7, label, size=14, anchor="middle")


def _draw_north(drawing: Drawing, panel: _Panel) -> None:
    x_px, y_px = panel.left_px + FRAME_PX - 20, panel.top_px + 34
    arrow = [(x_px, y_px - 22), (x_px + 6, y_px), (x_px, y_px - 5), (x_px - 6, y_px)]
    drawing.polygon(arrow, fill="#000", fill_opacity=1, stroke="#fff", width=0.8)
    drawing.text(x_px, y_px + 13, "N", size=12, anchor="middle", weight="bold")


def _draw_legend(drawing: Drawing, language: Language, *, synthetic: bool) -> None:
    y_px = _TOP_PX + FRAME_PX + 40
    x_px = _MARGIN_PX
    _draw_cross(drawing, x_px + 10, y_px - 4)
    drawing.text(x_px + 26, y_px, _SITE.said(language), size=14)
    for offset_px, words, colour, dashes in (
        (80, _CIRCLE, "#b00000", ""),
        (210, _ELLIPSE, "#b00000", "5 3"),
        (400, _FOOTPRINT, "#3b6ea5", ""),
    ):
        drawing.line(
            x_px + offset_px,
            y_px - 4,
            x_px + offset_px + 24,
            y_px - 4,
            stroke=colour,
            width=1.4,
            dashes=dashes,
        )
        drawing.text(x_px + offset_px + 31, y_px, words.said(language), size=14)
    if synthetic:
        right_px = _WIDTH_PX - _MARGIN_PX
        drawing.text(right_px, y_px, SYNTHETIC_MARK, size=14, anchor="end", weight="bold", fill="#b00000")
    drawing.text(x_px, y_px + 22, "WGS 84 (EPSG:4326)", size=13)
