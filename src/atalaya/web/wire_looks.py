"""The wire models of many looks: chips of a site, what was observed, and evaluations."""

from typing import Literal

from atalaya.web.wire_base import Answer, Text, Wire

type Layer = Literal["single", "integral", "thermal"]
type Poses = Literal["stated", "corrected", "registered"]
type Unseen = Literal["not-covered", "few-azimuths", "under-canopy", "not-permitted"]


class ChipLayerWire(Wire):
    """One layer: sheets that there is a picture of, or `why` there is none.

    `poses` are those that its looks were laid down with; `run` those of its picture on the ground where
    that one is of `atalaya detect looks`.
    """

    layer: Layer
    planes_m: list[float]
    looks: int
    azimuths: int
    poses: Poses | None
    run: Poses | None
    why: Text | None


class ChipsWire(Wire):
    """A square of ground around the site, north up; `not_observed` says why it counts as not observed.

    Pictures are at `/api/v1/sites/{site}/chips/{layer}.png?plane_m=`; `made` changes with any of them.
    """

    made: str
    side_m: float
    cell_m: float
    cells: int
    layers: list[ChipLayerWire]
    not_observed: Text | None
    ce90_m: float
    synthetic: bool


class ChipsAnswer(Answer):
    """The chips, or null while they are worked out: then ask again; `done` of `total` steps are done."""

    site_id: str
    done: int
    total: int
    chips: ChipsWire | None


class UnseenShare(Wire):
    """How much of the ground of a run is in one state."""

    state: Unseen
    share: float


class ObservedWire(Wire):
    """Edges of the picture at `/api/v1/sources/{source}/observed.png`: ground that was not observed."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    shares: list[UnseenShare]
    observed_share: float
    cell_m: float | None
    made: str


class ObservedAnswer(Answer):
    """What of the ground was observed, or `why` nothing can be said."""

    source_id: str
    observed: ObservedWire | None
    why: Text | None


class EvaluationRowWire(Wire):
    """One evaluation; of one that was altered nothing else is said."""

    content: str
    claims: list[str]
    worlds: int
    made_by: str
    altered: bool


class EvaluationsAnswer(Answer):
    """All evaluations that are kept in the workspace."""

    evaluations: list[EvaluationRowWire]


class EvaluationAnswer(Answer):
    """One evaluation as markup in both languages, made by the server and escaped, with its rules of style."""

    content: str
    synthetic: str
    body: Text
    style: str
