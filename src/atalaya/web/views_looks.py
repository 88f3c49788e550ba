"""Chips, observed ground and evaluations to wire."""

from atalaya.app.bilingual import Bilingual
from atalaya.app.observed_picture import ObservedPicture
from atalaya.app.workbench_looks import (
    ChipLayerView,
    ChipsView,
    ChipsWorking,
    EvaluationRow,
    EvaluationView,
)
from atalaya.model.looks import CellState
from atalaya.web import wire_looks
from atalaya.web.wire_base import Text

_UNSEEN: dict[CellState, wire_looks.Unseen] = {
    CellState.NOT_COVERED: "not-covered",
    CellState.FEW_AZIMUTHS: "few-azimuths",
    CellState.UNDER_CANOPY: "under-canopy",
    CellState.NOT_PERMITTED: "not-permitted",
}


def chips_answer(view: ChipsView | ChipsWorking) -> wire_looks.ChipsAnswer:
    """The chips, or how far they are."""
    if isinstance(view, ChipsWorking):
        return wire_looks.ChipsAnswer(site_id=view.site, done=view.done, total=view.total, chips=None)
    chips = wire_looks.ChipsWire(
        made=view.made,
        side_m=view.side_m,
        cell_m=view.cell_m,
        cells=view.cells,
        layers=[_layer(it) for it in view.layers],
        not_observed=_text(view.not_observed),
        ce90_m=view.ce90_m,
        synthetic=view.synthetic,
    )
    return wire_looks.ChipsAnswer(site_id=view.site, done=1, total=1, chips=chips)


def observed_answer(source_id: str, found: ObservedPicture | Bilingual) -> wire_looks.ObservedAnswer:
    """What was observed, or why nothing can be said."""
    if isinstance(found, Bilingual):
        return wire_looks.ObservedAnswer(source_id=source_id, observed=None, why=_text(found))
    observed = wire_looks.ObservedWire(
        west_deg=found.west_deg,
        south_deg=found.south_deg,
        east_deg=found.east_deg,
        north_deg=found.north_deg,
        shares=[
            wire_looks.UnseenShare(state=name, share=found.shares[state]) for state, name in _UNSEEN.items()
        ],
        observed_share=found.shares[CellState.OBSERVED],
        cell_m=found.cell_m,
        made=found.made,
    )
    return wire_looks.ObservedAnswer(source_id=source_id, observed=observed, why=None)


def evaluations_answer(rows: tuple[EvaluationRow, ...]) -> wire_looks.EvaluationsAnswer:
    """All evaluations."""
    return wire_looks.EvaluationsAnswer(
        evaluations=[
            wire_looks.EvaluationRowWire(
                content=it.content,
                claims=list(it.claims),
                worlds=it.worlds,
                made_by=it.made_by,
                altered=it.altered,
            )
            for it in rows
        ]
    )


def evaluation_answer(view: EvaluationView) -> wire_looks.EvaluationAnswer:
    """One evaluation."""
    return wire_looks.EvaluationAnswer(
        content=view.content,
        synthetic=view.synthetic,
        body=Text(en=view.body.en, es=view.body.es),
        style=view.style,
    )


def _layer(view: ChipLayerView) -> wire_looks.ChipLayerWire:
    return wire_looks.ChipLayerWire(
        layer=view.layer.value,
        planes_m=list(view.planes_m),
        looks=view.looks,
        azimuths=view.azimuths,
        poses=None if view.poses is None else view.poses.value,
        run=None if view.run is None else view.run.value,
        why=_text(view.why),
    )


def _text(words: Bilingual | None) -> Text | None:
    return None if words is None else Text(en=words.en, es=words.es)
