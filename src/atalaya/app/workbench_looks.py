"""What the page asks about many looks: chips of a site, what was observed, and what detectors are worth."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from atalaya.app.bilingual import Bilingual
from atalaya.app.observed_picture import ObservedPicture
from atalaya.model.identifiers import ContentHash, SiteId, SourceId
from atalaya.units import Metres

CHIP_SIDE_M: Metres = 64.0
CHIP_CELL_M: Metres = 0.25
PLANES_M: tuple[Metres, ...] = tuple(0.5 * step for step in range(-8, 9))
"""Heights over the terrain of the sheets that the plane of focus can lie on."""


class ChipLayer(StrEnum):
    """What a chip shows."""

    SINGLE = "single"
    """The best look by itself."""
    INTEGRAL = "integral"
    """Many looks from around, averaged on the sheet in focus."""
    THERMAL = "thermal"
    """The same of long-wave pictures."""


class PosesUsed(StrEnum):
    """Which poses the looks were laid down with."""

    STATED = "stated"
    CORRECTED = "corrected"
    """With the correction that is on record."""
    REGISTERED = "registered"
    """Looks registered to one another by `detect looks`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipLayerView:
    """One layer, or why it is not there.

    Args:
        planes_m: sheets that there is a picture of; empty where there is none, one where it does not depend.
        looks: that it is made from. azimuths: sectors of 45 degrees that they look from.
        poses: used for them. run: those of the picture in focus at 0, where it is that of `detect looks`.
        why: it is not there; None where it is.
    """

    layer: ChipLayer
    planes_m: tuple[Metres, ...]
    looks: int
    azimuths: int
    poses: PosesUsed | None
    run: PosesUsed | None
    why: Bilingual | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipsView:
    """A square of ground around a site, north up.

    Args:
        made: another one as soon as any picture is another.
        cells: along a side.
        layers: all of them, in their order.
        not_observed: why the site counts as not observed by these looks; None where it is observed.
        ce90_m: of the site.
    """

    site: SiteId
    made: str
    side_m: Metres
    cell_m: Metres
    cells: int
    layers: tuple[ChipLayerView, ...]
    not_observed: Bilingual | None
    ce90_m: Metres
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipsWorking:
    """Still being worked out; steps done of all."""

    site: SiteId
    done: int
    total: int


class ChipReader(Protocol):
    """What shows the ground around a site; called from several threads at once. Reads only."""

    def chips(self, site: SiteId) -> ChipsView | ChipsWorking:
        """The chips of a site; the first question begins the work, and the answer is then how far it is.

        Raises:
            NotFoundError: no such site. InputError: its terrain is gone, or another now.
            ExternalError: it cannot be read.
        """
        ...

    def chip_picture(self, site: SiteId, layer: ChipLayer, plane_m: Metres) -> bytes:
        """A PNG of one layer at one sheet.

        Raises:
            NotFoundError: no such site, or no such picture of it, or not worked out.
        """
        ...


class ObservedReader(Protocol):
    """What of the ground was observed; called from several threads at once. Reads only."""

    def observed(self, source: SourceId) -> ObservedPicture | Bilingual:
        """Cells by whether they were observed, or why nothing can be said.

        Raises:
            NotFoundError: no such source. ExternalError: it cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """One evaluation of the workspace.

    Args:
        claims: names of what was judged. worlds: how many it was judged on. made_by: code version.
        altered: it is not what was put on the shelf; then nothing else is said of it.
    """

    content: ContentHash
    claims: tuple[str, ...]
    worlds: int
    made_by: str
    altered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView:
    """One evaluation as a piece of a page: markup in both languages, made here and escaped.

    Args:
        synthetic: the mark that it has to bear.
        body: markup. style: its rules.
    """

    content: ContentHash
    synthetic: str
    body: Bilingual
    style: str


class EvaluationReader(Protocol):
    """What detectors were found to be worth; called from several threads at once. Reads only."""

    def evaluations(self) -> tuple[EvaluationRow, ...]:
        """All that are kept in the workspace.

        Raises:
            ExternalError: they cannot be read.
        """
        ...

    def evaluation(self, content: str) -> EvaluationView:
        """One of them.

        Raises:
            NotFoundError: none of this hash. IntegrityError: it was altered.
            ExternalError: it cannot be read.
        """
        ...
