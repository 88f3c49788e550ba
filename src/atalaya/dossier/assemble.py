"""From the records of one site to its case."""

from collections.abc import Sequence
from datetime import datetime

from atalaya.errors import InputError
from atalaya.model.authority import Authority
from atalaya.model.custody import Derivative, LedgerEntry, TreeHead
from atalaya.model.dossier import Dossier, EvidencePicture
from atalaya.model.identifiers import DossierId, SourceId
from atalaya.model.site import EvidenceItem, Site, SiteStatus
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord

MAXIMUM_FOOTPRINTS = 16
"""Outlines on the map; more hide each other."""


def unready(site: Site) -> tuple[str, ...]:
    """Why no case may be built of this site; empty where one may: a person has confirmed it."""
    if site.status is not SiteStatus.CONFIRMED:
        return (f"{site.site_id} is {site.status.value}; a person confirms a site before a dossier is built",)
    if not any(review.status is SiteStatus.CONFIRMED for review in site.reviews):
        return (f"{site.site_id} has no recorded review that confirms it",)
    return ()


def best_frames(evidence: Sequence[EvidenceItem], limit: int) -> tuple[tuple[SourceId, int], ...]:
    """The frames that show the site best: each item's best first, strongest item first, none twice.

    Items that speak against a site show nothing to look at and give no frame.
    """
    ranked = sorted((item for item in evidence if item.weight_bits > 0), key=lambda item: -item.weight_bits)
    longest = max((len(item.frames) for item in ranked), default=0)
    in_turn = [item.frames[turn] for turn in range(longest) for item in ranked if turn < len(item.frames)]
    return tuple(dict.fromkeys(in_turn))[:limit]


def spread[T](outlines: Sequence[T], limit: int = MAXIMUM_FOOTPRINTS) -> tuple[T, ...]:
    """At most `limit` of them, evenly spread, first and last among them."""
    if len(outlines) <= limit:
        return tuple(outlines)
    if limit < 2:
        return tuple(outlines[:limit])
    steps = [round(turn * (len(outlines) - 1) / (limit - 1)) for turn in range(limit)]
    return tuple(outlines[step] for step in steps)


def assemble(
    *,
    dossier_id: DossierId,
    site: Site,
    sortie: Sortie,
    authority: Authority,
    sources: Sequence[SourceRecord],
    pictures: Sequence[EvidencePicture],
    footprints_lon_lat: Sequence[tuple[tuple[float, float], ...]],
    derivatives: Sequence[Derivative],
    custody_entries: Sequence[LedgerEntry],
    head: TreeHead,
    built_utc: datetime,
    export_gsd_m: float,
) -> Dossier:
    """The case, with its parts checked against each other.

    Raises:
        InputError: the site is not confirmed, or a part belongs to another sortie, source or authority,
            or a picture is finer than may be exported, or the signed head does not cover an entry.
    """
    reasons = [
        *unready(site),
        *_foreign_parts(site, sortie, authority, sources, pictures),
        *(f"picture {one.content} has {one.gsd_m} m/px" for one in pictures if not one.gsd_m >= export_gsd_m),
        *(f"entry {one.index} is beyond the head" for one in custody_entries if one.index >= head.size),
    ]
    if reasons:
        raise InputError(f"no dossier of {site.site_id}: {'; '.join(reasons)}")
    return Dossier(
        dossier_id=dossier_id,
        site=site,
        sortie=sortie,
        authority=authority,
        sources=tuple(sources),
        pictures=tuple(pictures),
        footprints_lon_lat=spread(footprints_lon_lat),
        derivatives=tuple(derivatives),
        custody_entries=tuple(custody_entries),
        head=head,
        built_utc=built_utc,
        synthetic=site.synthetic or any(source.synthetic for source in sources),
    )


def _foreign_parts(
    site: Site,
    sortie: Sortie,
    authority: Authority,
    sources: Sequence[SourceRecord],
    pictures: Sequence[EvidencePicture],
) -> list[str]:
    known = {source.source_id for source in sources}
    reasons = [] if sortie.sortie_id in site.sorties else [f"{sortie.sortie_id} did not see the site"]
    if sortie.authority_id != authority.authority_id:
        reasons.append(f"{sortie.sortie_id} flew under {sortie.authority_id}, not {authority.authority_id}")
    reasons += [
        f"source {source.source_id} is of {source.sortie_id}"
        for source in sources
        if source.sortie_id != sortie.sortie_id
    ]
    reasons += [f"picture {one.content} has no source" for one in pictures if one.source_id not in known]
    return reasons
