"""The whole loop on a synthetic sortie, every step through the use case that a real one goes through.

Simulated, and said so on everything: the pictures and their stream, the clock, the accounts that decide, the
partner that answers. Real: every step in between. Truth is read once, at the end, to score what was found.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from atalaya.app.authorities import add_authority
from atalaya.app.context import commit
from atalaya.app.demo_cast import (
    FLIGHT_UTC,
    RAID_REMARKS,
    RAID_SEIZURES,
    RAID_SOURCE,
    RAID_UTC,
    Cast,
    DemoClock,
    cast_of,
    demo_authority,
    demo_sortie,
    seeded_mint,
)
from atalaya.app.detect_sites import detect_sites
from atalaya.app.dossiers import build as build_dossier
from atalaya.app.funnel import Funnel, funnel
from atalaya.app.ground import TERRAIN_FOLDER
from atalaya.app.ingest_source import IngestReport, ingest_source
from atalaya.app.ledger import LedgerReport, sign_head, verify_ledger
from atalaya.app.outcomes import OutcomeReport, record_outcome, record_receipt
from atalaya.app.recipients import add_recipient
from atalaya.app.releases import approve_release, build_release, export_release, propose_release
from atalaya.app.sites import list_sites, review_site
from atalaya.app.sorties import close_sortie, open_sortie
from atalaya.app.synthetic_stream import terrain_of, write_stream
from atalaya.app.verify_package import PackageReport, verify_package
from atalaya.app.workspace import init_workspace, open_workspace, read_settings
from atalaya.errors import NotFoundError
from atalaya.governance.roles import Action
from atalaya.io.durable_file import write_whole
from atalaya.io.seal import new_identity
from atalaya.io.terrain import save_terrain
from atalaya.model.actor import Actor, Role
from atalaya.model.dossier import DossierRecord
from atalaya.model.feedback import Finding
from atalaya.model.identifiers import ActorId, AuthorityId, SiteId, SortieId
from atalaya.model.release import DossierField, Release
from atalaya.model.site import Site, SiteStatus
from atalaya.model.source import SYNTHETIC_MARK as MARK
from atalaya.simulation.scene import Scene, make_scene
from atalaya.simulation.score import Score, score

CONFIRM_FROM = 0.9
"""The simulated analyst confirms from here, or the most probable one where none reaches it; a real
one looks at the pictures. The rest waits in the workbench's queue for whoever watches the demo."""
WITHHELD = frozenset({DossierField.PLATFORM, DossierField.REQUESTING_AGENCY})
PACKAGE = "release.atalaya"
PARTNER_KEY = "partner-identity.txt"
STREAM = "synthetic-sortie.ts"

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What the demo made, and how good it was against the truth.

    Args:
        proposed: all sites the system proposed, the most probable first; `score` is over these.
        package: the delivered file. verified: what proving it without the workspace said.
        outcome: the published raid, as given and converted.
    """

    workspace: Path
    seed: int
    ingest: IngestReport
    looks: int
    proposed: tuple[Site, ...]
    score: Score
    dossiers: tuple[DossierRecord, ...]
    release: Release
    package: Path
    verified: PackageReport
    outcome: OutcomeReport
    funnel: Funnel
    ledger: LedgerReport


def run_demo(
    folder: Path, *, seed: int = 0, progress: Progress = lambda _what, _done, _total: None
) -> DemoReport:
    """Make a workspace in a new or empty folder and take one synthetic sortie through the whole loop.

    Args:
        folder: where the workspace is made.
        seed: of the scene; the same seed gives the same stream and the same identities.
        progress: told what is going on.

    Raises:
        InputError: the folder holds something else, or no such seed.
        NotFoundError: the detector proposed no site to build a dossier of.
        ExternalError: disk, encoder or database failed.
    """
    clock = DemoClock(FLIGHT_UTC)
    cast = _workspace(folder, seed, clock)
    progress("render", 0, 1)
    scene = make_scene(seed, start=FLIGHT_UTC)
    _give_terrain(cast, folder, scene)
    sortie_id = _fly(cast, scene)
    stream = write_stream(scene, folder / STREAM, lambda done, total: progress("render", done, total))
    clock.wait(90)
    ingested = ingest_source(cast.operator, stream, sortie_id, progress=progress)
    close_sortie(cast.operator, sortie_id)
    looked = detect_sites(cast.analyst, sortie_id, progress=progress)
    proposed = list_sites(cast.analyst)
    progress("papers", 0, 3)
    clock.wait(35)
    dossiers = tuple(build_dossier(cast.analyst, site_id) for site_id in _review(cast, clock, proposed))
    progress("papers", 2, 3)
    clock.wait(50)
    release, package = _release(cast, clock, folder, dossiers[0])
    progress("papers", 3, 3)
    verified = verify_package(package, identity=folder / PARTNER_KEY)
    outcome = _answer(cast, clock, release)
    sign_head(cast.manager)
    return DemoReport(
        workspace=folder,
        seed=seed,
        ingest=ingested,
        looks=looked.looks,
        proposed=proposed,
        score=score([site.candidate.position for site in proposed], scene.truth),
        dossiers=dossiers,
        release=release,
        package=package,
        verified=verified,
        outcome=outcome,
        funnel=funnel(cast.manager),
        ledger=verify_ledger(cast.manager),
    )


def _workspace(folder: Path, seed: int, clock: DemoClock) -> Cast:
    settings = read_settings(folder)
    owner = Actor(ActorId("demo"), Role.SYSTEM)
    init_workspace(folder, settings, actor=owner, now=clock)
    return cast_of(open_workspace(folder, owner, settings=settings, now=clock, mint=seeded_mint(seed)))


def _give_terrain(cast: Cast, folder: Path, scene: Scene) -> None:
    commit(
        cast.manager,
        Action.TERRAIN_ADD,
        "simulated-terrain",
        {"synthetic": True, "seed": scene.seed, "vertical_datum": "hae"},
        lambda _: save_terrain(terrain_of(scene), folder / TERRAIN_FOLDER, {"ATALAYA_SOURCE": MARK}),
    )


def _fly(cast: Cast, scene: Scene) -> SortieId:
    authority = demo_authority(scene, AuthorityId(cast.manager.mint("AUT")))
    add_authority(cast.manager, authority)
    wanted = replace(demo_sortie(scene), authority_id=authority.authority_id)
    return open_sortie(cast.manager, wanted).sortie_id


def _review(cast: Cast, clock: DemoClock, proposed: tuple[Site, ...]) -> list[SiteId]:
    """The simulated analyst: confirms by probability alone, and says that it is simulated."""
    if not proposed:
        raise NotFoundError("the demo's detector proposed no site; there is nothing to release")
    good = [site for site in proposed if site.candidate.probability >= CONFIRM_FROM] or [proposed[0]]
    for site in good:
        clock.wait(4)
        reason = f"{MARK}: simulated decision, probability {site.candidate.probability:.2f}"
        review_site(cast.analyst, site.site_id, SiteStatus.CONFIRMED, reason)
    return [site.site_id for site in good]


def _release(cast: Cast, clock: DemoClock, folder: Path, dossier: DossierRecord) -> tuple[Release, Path]:
    """Two people decide; the package is built for the simulated partner and delivered as a file."""
    secret, public = new_identity()
    write_whole(folder / PARTNER_KEY, f"# {MARK}: the simulated partner's key\n{secret}\n".encode())
    recipient = add_recipient(cast.proposer, name=f"{MARK}: SEDENA", nation="MEX", age_public_key=public)
    proposal = propose_release(
        cast.proposer,
        dossier_id=dossier.dossier_id,
        recipient_id=recipient.recipient_id,
        withheld=WITHHELD,
        reason=f"{MARK}: the competent authority for the place",
    )
    release_id = proposal.proposal.release_id
    clock.wait(20)
    approve_release(cast.approver, release_id)
    release = build_release(cast.approver, release_id)
    return release, export_release(cast.approver, release_id, folder / PACKAGE)


def _answer(cast: Cast, clock: DemoClock, release: Release) -> OutcomeReport:
    """The simulated partner answers with a published raid, stored as it was given."""
    release_id = release.proposal.release_id
    clock.wait(45)
    record_receipt(cast.liaison, release_id, received_utc=clock(), reference=f"{MARK}: acuse / receipt")
    clock.wait_until(RAID_UTC)
    clock.wait(360)
    return record_outcome(
        cast.liaison,
        release_id,
        finding=Finding.ACTIVE,
        acted_utc=RAID_UTC,
        seizures=RAID_SEIZURES,
        source=RAID_SOURCE,
        remarks=RAID_REMARKS,
    )
