"""What leads to a place: wheel tracks from the road, paths of feet, hoses to the water."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from atalaya.model.truth import ObjectKind
from atalaya.simulation.ground_plan import GroundPlan, Lines
from atalaya.simulation.landform import Surface
from atalaya.simulation.layout import spur
from atalaya.simulation.solids import Material, Solids
from atalaya.simulation.thing_kit import part
from atalaya.simulation.things import Furnishing, ObjectRow, Part, Placed, solids_of
from atalaya.units import Metres, MetresArray

LONGEST_HOSE_M: Metres = 160.0
FRESH = 0.6
"""A trace fresher than this is damp earth."""
_HOSE_PIECE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A line that ends at a place: (N, 2) east, north from the place outward; freshness 0..1."""

    place_index: int
    line_m: MetresArray
    freshness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Every trace of a world by kind."""

    tracks: tuple[Trace, ...]
    paths: tuple[Trace, ...]
    hoses: tuple[Trace, ...]


def lay_traces(rngs: list[np.random.Generator], placed: list[Placed], plan: GroundPlan) -> Traces:
    """Bend a track, a path and a hose to each place that has them and something to lead to."""
    tracks: list[Trace] = []
    paths: list[Trace] = []
    hoses: list[Trace] = []
    for rng, place in zip(rngs, placed, strict=True):
        had = place.furnishing
        sways = rng.uniform(1.0, 6.0, 3)
        if had.track and plan.roads:
            line_m = _line(rng, place, plan.roads, float(sways[0]), 0.5)
            tracks.append(Trace(place_index=place.place_index, line_m=line_m, freshness=had.track))
        if had.path and (plan.roads or plan.water):
            line_m = _line(rng, place, plan.water or plan.roads, float(sways[1]), 0.3)
            paths.append(Trace(place_index=place.place_index, line_m=line_m, freshness=had.path))
        if had.hose and plan.water:
            line_m = _line(rng, place, plan.water, 0.5 * float(sways[2]), 0.3)
            if len(line_m) * 2.0 < LONGEST_HOSE_M:
                hoses.append(Trace(place_index=place.place_index, line_m=line_m, freshness=1.0))
    return Traces(tracks=tuple(tracks), paths=tuple(paths), hoses=tuple(hoses))


def _line(
    rng: np.random.Generator, place: Placed, lines: Lines, sway_m: Metres, begin_share: float
) -> MetresArray:
    """From within a place, at a share of its radius, to the nearest point of the lines."""
    middle_m = np.array(place.middle_m)
    line_m = spur(rng, middle_m, np.concatenate(lines), sway_m)
    begin_m = begin_share * place.furnishing.radius_m
    kept = np.linalg.norm(line_m - middle_m, axis=1) >= begin_m
    return line_m[int(kept.argmax()) :] if kept.any() else line_m


def trace_objects(
    traces: Traces, surface: Surface, first_object: int
) -> tuple[list[ObjectRow], list[Solids]]:
    """The ends of tracks and the hoses as objects of the truth, and the hoses' boxes."""
    rows = [_end_of(track) for track in traces.tracks]
    boxes: list[Solids] = []
    for hose in traces.hoses:
        rows.append(_hose_row(hose))
        boxes.append(_hose(hose, surface, first_object + len(rows) - 1))
    return rows, boxes


def _heading_deg(step_m: MetresArray) -> float:
    return float(np.degrees(np.arctan2(step_m[0], step_m[1]))) % 360.0


def _end_of(track: Trace) -> ObjectRow:
    """Where a wheel track ends at a place."""
    outward_m = track.line_m[min(2, len(track.line_m) - 1)] - track.line_m[0]
    east_m, north_m = track.line_m[0].tolist()
    return ObjectRow(
        kind=ObjectKind.TRACK_END,
        place_index=track.place_index,
        middle_m=(east_m, north_m),
        length_m=4.0,
        width_m=2.4,
        height_m=0.0,
        heading_deg=_heading_deg(outward_m),
        material=Material.MUD if track.freshness > FRESH else Material.SOIL,
        excess_k=0.0,
    )


def _hose_row(hose: Trace) -> ObjectRow:
    """A hose as one object, end to end."""
    span_m = hose.line_m[-1] - hose.line_m[0]
    east_m, north_m = hose.line_m[len(hose.line_m) // 2].tolist()
    return ObjectRow(
        kind=ObjectKind.HOSE,
        place_index=hose.place_index,
        middle_m=(east_m, north_m),
        length_m=float(np.linalg.norm(span_m)),
        width_m=0.12,
        height_m=0.12,
        heading_deg=_heading_deg(span_m),
        material=Material.PLASTIC_SHEET,
        excess_k=0.0,
    )


def _hose(hose: Trace, surface: Surface, owner: int) -> Solids:
    """Straight pieces of black hose on the ground."""
    knots_m = hose.line_m[::_HOSE_PIECE]
    pieces: list[Part] = []
    for one_m, other_m in pairwise(knots_m):
        north_m, east_m = ((one_m + other_m) / 2.0)[::-1].tolist()
        span_m = other_m - one_m
        pieces.append(
            part(
                (north_m, east_m),  # in axes that point north, along is north and across is east
                (float(np.linalg.norm(span_m)), 0.12, 0.12),
                (40, 40, 42),
                Material.PLASTIC_SHEET,
                turn_deg=_heading_deg(span_m),
            )
        )
    north = Placed(
        furnishing=Furnishing(things=(), marks=(), radius_m=1.0),
        middle_m=(0.0, 0.0),
        heading_deg=0.0,
        place_index=hose.place_index,
    )
    return solids_of(north, pieces, [owner] * len(pieces), surface)
