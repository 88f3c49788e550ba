"""Build the case of a confirmed site, and read it again: the record first, then the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shapely import Point, Polygon

from atalaya.app.context import Context, commit, refuse
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.evidence_pictures import MadePicture, PictureSource, make_pictures
from atalaya.app.ledger import sign_head
from atalaya.app.papers import media_type, render_papers
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.custody.canonical import canonical_json
from atalaya.custody.chain import read_leaf
from atalaya.custody.hashing import content_hash
from atalaya.dossier.assemble import assemble, best_frames, unready
from atalaya.dossier.case_file import case_file, read_case_file
from atalaya.dossier.wording import CHARTER
from atalaya.errors import InputError, NotFoundError
from atalaya.governance.roles import Action
from atalaya.io.durable_file import write_whole
from atalaya.io.video_seek import pictures_at
from atalaya.model.authority import Authority
from atalaya.model.custody import Derivative, Json, LedgerEntry, TreeHead
from atalaya.model.dossier import Dossier, DossierFile, DossierRecord
from atalaya.model.footprint import FootprintTable
from atalaya.model.identifiers import ContentHash, DossierId, SiteId
from atalaya.model.instants import isoformat_z
from atalaya.model.json_form import to_json
from atalaya.model.site import Site
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord
from atalaya.release.redaction import view

MANIFEST, SIGNATURE = "manifest.json", "manifest.jws"
MANIFEST_FORMAT = "atalaya-dossier-1"
_PAPERS = "atalaya.app.papers.render_papers"

type Outline = tuple[tuple[float, float], ...]

__all__ = [
    "build",
    "export_dossier",
    "list_dossiers",
    "load_dossier",
    "load_pictures",
    "render_papers",
    "show_dossier",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """Everything on record that one case is made from."""

    site: Site
    sortie: Sortie
    authority: Authority
    sources: tuple[SourceRecord, ...]
    derivatives: tuple[Derivative, ...]


def build(context: Context, site_id: SiteId, *, read: PictureSource = pictures_at) -> DossierRecord:
    """Build the dossier of a site that a person has confirmed.

    Args:
        context: the opened workspace.
        site_id: the site.
        read: where pictures come from; a test may bring its own.

    Raises:
        NotFoundError: no such site, or nothing of the sortie that saw it.
        NotPermittedError: the role may not, or nobody confirmed the site; on the record.
        IntegrityError: the ledger does not hold.
        ExternalError: it could not be recorded, read, rendered or stored; then there is no dossier.
    """
    require_permission(context, Action.DOSSIER_BUILD, site_id)
    with context.store.transaction() as step:
        site = step.get(Site, site_id)
    reasons = unready(site)
    if reasons:
        refuse(context, "dossier.refuse", site_id, reasons)
    with context.store.transaction() as step:
        records = _records(step, site)
    dossier_id = DossierId(context.mint("DOS"))
    pictures = make_pictures(context, site, records.sources, read)
    begun: dict[str, Json] = {"dossier_id": dossier_id, "pictures": [one.picture.content for one in pictures]}
    commit(context, "dossier.begin", site_id, begun, lambda _: None)
    dossier = _assembled(context, dossier_id, records, pictures, sign_head(context))
    return _keep(context, dossier, pictures)


def load_dossier(context: Context, dossier_id: DossierId) -> Dossier:
    """The whole case as it was built.

    Raises:
        NotFoundError: no such dossier, or its case file is gone.
        IntegrityError: the case file is not the one that was stored.
    """
    return read_case_file(context.vault.read(show_dossier(context, dossier_id).case_file))


def load_pictures(context: Context, dossier: Dossier) -> Mapping[ContentHash, bytes]:
    """The bytes of its pictures, by content hash.

    Raises:
        NotFoundError: one is gone. IntegrityError: one is not what was stored.
    """
    return {one.content: context.vault.read(one.content) for one in dossier.pictures}


def show_dossier(context: Context, dossier_id: DossierId) -> DossierRecord:
    """One built dossier.

    Raises:
        NotFoundError: no such dossier.
    """
    with context.store.transaction() as step:
        return step.get(DossierRecord, dossier_id)


def list_dossiers(context: Context, site_id: SiteId | None = None) -> tuple[DossierRecord, ...]:
    """All dossiers, or those of one site, in the order they were built."""
    with context.store.transaction() as step:
        return step.find(DossierRecord) if site_id is None else step.find(DossierRecord, site_id=site_id)


def export_dossier(context: Context, dossier_id: DossierId, folder: Path) -> tuple[Path, ...]:
    """Write the files of a dossier into a new or empty folder; the export is on the record.

    Raises:
        NotFoundError: no such dossier. InputError: the folder holds something.
        NotPermittedError: the role may not; on the record.
        ExternalError: it could not be recorded or written.
    """
    require_permission(context, Action.DOSSIER_BUILD, dossier_id)
    record = show_dossier(context, dossier_id)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder")
    commit(context, "dossier.export", dossier_id, {"files": len(record.files)}, lambda _: None)
    written: list[Path] = []
    for file in record.files:  # their names are ours: no folder above, no device
        path = folder / file.name
        write_whole(path, context.vault.read(file.content))
        written.append(path)
    return tuple(written)


def _records(step: Transaction, site: Site) -> _Records:
    """The sortie that saw the site best, with what it flew under and what it brought back."""
    best = [source for source, _ in best_frames(site.candidate.evidence, 10**6)]
    found = [record for sortie_id in site.sorties for record in step.find(SourceRecord, sortie_id=sortie_id)]
    if not found:
        raise NotFoundError(f"no source of {', '.join(site.sorties)} is on record for {site.site_id}")
    seen = max(found, key=lambda record: best.count(record.source_id))
    sortie = step.get(Sortie, seen.sortie_id)
    sources = tuple(record for record in found if record.sortie_id == sortie.sortie_id)
    contents = {content for record in sources for content in (record.kept, record.source_id) if content}
    upstream = tuple(
        made
        for made in step.find(Derivative)
        if contents.intersection(made.inputs) and not made.media_type.startswith("image/")
    )
    return _Records(
        site=site,
        sortie=sortie,
        authority=step.get(Authority, sortie.authority_id),
        sources=sources,
        derivatives=upstream,
    )


def _assembled(
    context: Context,
    dossier_id: DossierId,
    records: _Records,
    pictures: Sequence[MadePicture],
    head: TreeHead,
) -> Dossier:
    subjects = {
        records.site.site_id,
        records.sortie.sortie_id,
        records.authority.authority_id,
        *(source.source_id for source in records.sources),
    }
    with context.store.transaction() as step:
        entries = tuple(entry for entry in step.entries(0, head.size) if _is_about(entry, subjects))
    return assemble(
        dossier_id=dossier_id,
        site=records.site,
        sortie=records.sortie,
        authority=records.authority,
        sources=records.sources,
        pictures=[one.picture for one in pictures],
        footprints_lon_lat=_footprints(context, records),
        derivatives=[*records.derivatives, *(one.made for one in pictures)],
        custody_entries=entries,
        head=head,
        built_utc=context.now(),
        export_gsd_m=context.settings.export_gsd_m,
    )


def _is_about(entry: LedgerEntry, subjects: set[str]) -> bool:
    return str(read_leaf(entry).get("subject")) in subjects


def _footprints(context: Context, records: _Records) -> list[Outline]:
    """Outlines of the looks that covered the place, in the order of time."""
    position = records.site.candidate.position
    place = Point(position.lon_deg, position.lat_deg)
    found: list[Outline] = []
    for source in records.sources:
        if not context.lake.has(FootprintTable, source.sortie_id, source.source_id):
            continue
        table = context.lake.read(FootprintTable, source.sortie_id, source.source_id)
        corners = np.stack([table.corner_lon_deg, table.corner_lat_deg], axis=-1)
        outlines = corners[np.isfinite(corners).all(axis=(1, 2))].tolist()
        found += [
            tuple((lon, lat) for lon, lat in outline)
            for outline in outlines
            if Polygon(outline).covers(place)
        ]
    return found


def _keep(context: Context, dossier: Dossier, pictures: Sequence[MadePicture]) -> DossierRecord:
    """Render everything, then record, then store: records, files and ledger entry in one step."""
    case = case_file(dossier)
    shown = view(dossier, frozenset(), release_id=None, recipient_name=None)
    files = render_papers(context, shown, {one.picture.content: one.jpeg for one in pictures})
    manifest = _manifest(dossier, content_hash(case), files)
    files |= {MANIFEST: manifest, SIGNATURE: context.signer.sign(manifest).encode()}
    record = DossierRecord(
        dossier_id=dossier.dossier_id,
        site_id=dossier.site.site_id,
        built_utc=dossier.built_utc,
        synthetic=dossier.synthetic,
        case_file=content_hash(case),
        files=tuple(_line(name, content) for name, content in sorted(files.items())),
    )
    inputs = (record.case_file, *(one.content for one in dossier.pictures))
    made = [one.made for one in pictures]
    made += [
        derivative(
            context,
            file.content,
            file.media_type,
            inputs=inputs,
            transformation=_PAPERS,
            parameters={"name": file.name, "dossier_id": dossier.dossier_id},
        )
        for file in record.files
        if not file.name.startswith(("evidence/", "manifest."))
    ]

    def effect(step: Transaction) -> None:
        step.add(record)
        for one in made:
            keep_derivative(step, one)
        for content in (case, *files.values()):
            context.vault.put([content])

    body: dict[str, Json] = {
        "site_id": record.site_id,
        "case_file": record.case_file,
        "manifest": content_hash(manifest),
        "files": len(record.files),
    }
    commit(context, Action.DOSSIER_BUILD, record.dossier_id, body, effect)
    return record


def _manifest(dossier: Dossier, case: ContentHash, files: Mapping[str, bytes]) -> bytes:
    """What the dossier consists of, with the charter, the payload list and the attestation."""
    lines: list[Json] = [to_json(_line(name, content)) for name, content in sorted(files.items())]
    return canonical_json(
        {
            "format": MANIFEST_FORMAT,
            "dossier_id": dossier.dossier_id,
            "site_id": dossier.site.site_id,
            "built_utc": isoformat_z(dossier.built_utc),
            "synthetic": dossier.synthetic,
            "case_file": case,
            "files": lines,
            "charter": [{"heading": dict(a.both()), "words": dict(b.both())} for a, b in CHARTER],
            "payloads": [to_json(payload) for payload in dossier.sortie.payloads],
            "attestation": to_json(dossier.sortie.attestation),
            "ledger_head": to_json(dossier.head),
        }
    )


def _line(name: str, content: bytes) -> DossierFile:
    return DossierFile(
        name=name, media_type=media_type(name), content=content_hash(content), length=len(content)
    )
