"""Chips of sites over a real workspace: worked out once in the background, all sheets at a time, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from atalaya.app.bilingual import Bilingual
from atalaya.app.calibrations import CALIBRATION
from atalaya.app.chip_layers import ChipsMade, SiteSources, make_chips
from atalaya.app.chip_looks import SiteClip
from atalaya.app.clip import clip_of_source, source_record
from atalaya.app.context import Context
from atalaya.app.ground import TERRAIN_FOLDER
from atalaya.app.looks_rasters import looks_rasters
from atalaya.app.observed_picture import ObservedPicture, observed_picture
from atalaya.app.ortho import admitted_frames, area_of
from atalaya.app.sites import show_site
from atalaya.app.source_sensor import says_thermal
from atalaya.app.workbench_looks import ChipLayer, ChipsView, ChipsWorking
from atalaya.custody.hashing import content_hash
from atalaya.errors import AtalayaError, ExternalError, NotFoundError
from atalaya.io.terrain import revision_of
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.model.looks import LookPoseTable
from atalaya.model.site import Site
from atalaya.model.source import SourceRecord
from atalaya.units import Metres

KEPT_SITES = 24
"""Sites whose chips are held, some megabytes each."""
_KEPT_OBSERVED = 4

NO_RUN = Bilingual(
    "Nobody has brought the looks of this source together yet: atalaya detect looks SORTIE does.",
    "Nadie ha reunido aún las miradas de esta fuente: lo hace atalaya detect looks SALIDA.",
)


@dataclass(slots=True)
class _Job:
    """The chips of one site, done or not."""

    key: Hashable
    done: int = 0
    total: int = 1
    made: ChipsMade | None = None
    failure: AtalayaError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, total: int) -> None:
        """One more of so many steps."""
        with self.lock:
            self.done, self.total = min(self.done + 1, total), total


class WorkspaceChips:
    """Satisfies `app.workbench_looks.ChipReader` and `ObservedReader`.

    Args:
        context: the opened workspace and who serves it.
    """

    __slots__ = ("_context", "_jobs", "_lock", "_observed", "_thermal", "_working")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._working = threading.Lock()
        self._jobs: OrderedDict[SiteId, _Job] = OrderedDict()
        self._observed: OrderedDict[Hashable, ObservedPicture] = OrderedDict()
        self._thermal: dict[str, bool] = {}

    def chips(self, site: SiteId) -> ChipsView | ChipsWorking:
        """The chips of a site, or how far they are; the first question begins the work.

        Raises:
            NotFoundError: no such site. InputError: its terrain is gone, or another now.
            ExternalError: it cannot be read.
        """
        found = show_site(self._context, site)
        key = self._key(found)
        with self._lock:
            job = self._jobs.get(site)
            if job is None or job.key != key:
                job = self._begun(found, key)
            self._jobs.move_to_end(site)
            if job.failure is not None:
                del self._jobs[site]  # asked again, it is tried again
                raise job.failure
        if job.made is not None:
            return job.made.view
        return ChipsWorking(site=site, done=job.done, total=job.total)

    def chip_picture(self, site: SiteId, layer: ChipLayer, plane_m: Metres) -> bytes:
        """A PNG of one layer at one sheet.

        Raises:
            NotFoundError: no such picture of the site, or not worked out.
        """
        with self._lock:
            job = self._jobs.get(site)
        made = None if job is None else job.made
        if made is None:
            raise NotFoundError(f"the chips of site {site} are not worked out: ask for them first")
        try:
            return made.pictures[layer, plane_m]
        except KeyError:
            raise NotFoundError(f"site {site} has no {layer} chip at {plane_m} m") from None

    def observed(self, source: SourceId) -> ObservedPicture | Bilingual:
        """Cells by whether they were observed, or why nothing can be said.

        Raises:
            NotFoundError: no such source. InputError: its rasters are not those of looks.
            ExternalError: they cannot be read.
        """
        record = source_record(self._context, source)
        found = looks_rasters(self._context, record.source_id)
        if found is None or not found.paths["looks"]:
            return NO_RUN
        made = content_hash("".join(found.content).encode())
        with self._working:
            if made not in self._observed:
                self._observed[made] = observed_picture(
                    found.paths["looks"], cell_m=found.cell_m, made=made[:16]
                )
                while len(self._observed) > _KEPT_OBSERVED:
                    self._observed.popitem(last=False)
            return self._observed[made]

    def _begun(self, site: Site, key: Hashable) -> _Job:
        job = self._jobs[site.site_id] = _Job(key)
        while len(self._jobs) > KEPT_SITES:
            self._jobs.popitem(last=False)
        threading.Thread(target=self._work, args=(site, job), daemon=True, name="chips").start()
        return job

    def _work(self, site: Site, job: _Job) -> None:
        with self._working:  # one at a time: it takes all of a core
            try:
                job.made = make_chips(
                    site,
                    self._sources(site),
                    finest_m=self._context.settings.export_gsd_m,
                    step=job.step,
                )
            except AtalayaError as error:
                job.failure = error
            finally:
                if job.made is None and job.failure is None:  # a defect: nobody may wait for it for ever
                    job.failure = ExternalError(f"the chips of site {site.site_id} were not finished")

    def _sources(self, site: Site) -> SiteSources:
        light: list[SiteClip] = []
        thermal: list[SiteClip] = []
        runs = []
        for record in self._records(site):
            clip = clip_of_source(self._context, record.source_id)
            run = looks_rasters(self._context, record.source_id)
            if run is not None and run.calibration != clip.ground.facts.get(CALIBRATION):
                run = None  # the source was corrected since: its looks have to be brought together anew
            one = SiteClip(
                clip=clip,
                area=area_of(self._context, record),
                admitted=admitted_frames(self._context, record),
                laid=None if run is None else self._laid(record),
            )
            (thermal if self._is_thermal(record) else light).append(one)
            if run is not None:
                runs.append(run)
        return SiteSources(light=tuple(light), thermal=tuple(thermal), runs=tuple(runs))

    def _laid(self, record: SourceRecord) -> LookPoseTable | None:
        """Keyframes of `detect looks` and their poses; None where it did not run."""
        lake = self._context.lake
        if not lake.has(LookPoseTable, record.sortie_id, record.source_id):
            return None
        table: LookPoseTable = lake.read(LookPoseTable, record.sortie_id, record.source_id)
        return table

    def _records(self, site: Site) -> list[SourceRecord]:
        """Sources with pictures of the site's sorties, each once."""
        with self._context.store.transaction() as step:
            found = [it for sortie in site.sorties for it in step.find(SourceRecord, sortie_id=sortie)]
        kept = {it.source_id: it for it in sorted(found, key=lambda it: it.frames_kept)}
        return [
            it for _, it in sorted(kept.items()) if it.kept is not None and it.has_video and it.frames_kept
        ]

    def _is_thermal(self, record: SourceRecord) -> bool:
        kept = record.kept
        if kept is None:
            return False
        if kept not in self._thermal:
            self._thermal[kept] = says_thermal(self._context.vault.path(kept))
        return self._thermal[kept]

    def _key(self, site: Site) -> Hashable:
        """All that the pictures depend on."""
        runs = [looks_rasters(self._context, it.source_id) for it in self._records(site)]
        return (
            site.candidate.position,
            tuple(
                (it.source_id, it.ingested_utc, it.frames_kept, str(it.ground)) for it in self._records(site)
            ),
            revision_of(self._context.settings.workspace / TERRAIN_FOLDER),
            tuple(run.content for run in runs if run is not None),
        )
