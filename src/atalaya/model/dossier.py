"""The case of one site: everything its papers are made from, already limited to what may be exported."""

from dataclasses import dataclass
from datetime import datetime

from atalaya.model.authority import Authority
from atalaya.model.custody import Derivative, LedgerEntry, TreeHead
from atalaya.model.identifiers import ContentHash, DossierId, SiteId, SourceId
from atalaya.model.site import Site
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePicture:
    """One picture for the dossier, already coarsened so that nobody can be recognised.

    Args:
        content: SHA-256 of the JPEG in the vault; the bytes travel beside the record.
        gsd_m: its ground resolution after coarsening [m/px], at least the export limit.
        site_x_px, site_y_px, site_radius_px: where the site is in this picture.
        source_id, frame_index, at_utc, look_azimuth_deg, slant_range_m: which frame it is; known in every
            dossier, None in the copy of a recipient from whom they are withheld.
    """

    content: ContentHash
    width_px: int
    height_px: int
    gsd_m: float
    site_x_px: float
    site_y_px: float
    site_radius_px: float
    source_id: SourceId | None
    frame_index: int | None
    at_utc: datetime | None
    look_azimuth_deg: float | None
    slant_range_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything the papers of one site are made from.

    Args:
        footprints_lon_lat: outlines of the looks that saw the site, for the map; each (lon, lat) deg.
        custody_entries: the ledger entries this case rests on, in order.
        synthetic: made by the simulator: every page, picture and file says so.
    """

    dossier_id: DossierId
    site: Site
    sortie: Sortie
    authority: Authority
    sources: tuple[SourceRecord, ...]
    pictures: tuple[EvidencePicture, ...]
    footprints_lon_lat: tuple[tuple[tuple[float, float], ...], ...]
    derivatives: tuple[Derivative, ...]
    custody_entries: tuple[LedgerEntry, ...]
    head: TreeHead
    built_utc: datetime
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFile:
    """One file of a built dossier or package: its name inside, and where its bytes are."""

    name: str
    media_type: str
    content: ContentHash
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRecord:
    """A built dossier as the store keeps it.

    Args:
        case_file: vault hash of the JSON form of the whole `Dossier` (pictures by hash), from which
            releases are made.
        files: the papers, `manifest.json` included.
    """

    dossier_id: DossierId
    site_id: SiteId
    built_utc: datetime
    synthetic: bool
    case_file: ContentHash
    files: tuple[DossierFile, ...]
