"""Where to look next under one authority: outcomes and coverage carried back to the next look."""

from atalaya.app.context import Context
from atalaya.errors import InputError
from atalaya.model.authority import Authority
from atalaya.model.custody import Json
from atalaya.model.footprint import FootprintTable, no_footprints
from atalaya.model.identifiers import AuthorityId
from atalaya.model.instants import from_microseconds, isoformat_z, to_microseconds
from atalaya.model.site import Site
from atalaya.model.source import SourceRecord
from atalaya.planning.next_look import LookRequest, next_looks


def plan_next(
    context: Context, authority_id: AuthorityId, *, cell_m: float, limit: int
) -> list[dict[str, Json]]:
    """The cells of the authority's area most worth a look, best first.

    Args:
        context: the opened workspace and its actor.
        authority_id: whose area.
        cell_m: size of a cell [m].
        limit: how many cells.

    Raises:
        NotFoundError: no such authority. InputError: a size or limit that is not positive.
        ExternalError: coverage cannot be read.
    """
    if limit < 1:
        raise InputError(f"limit must be at least 1, got {limit}")
    with context.store.transaction() as step:
        authority = step.get(Authority, authority_id)
        sites, sources = step.find(Site), step.find(SourceRecord)
    now_us = to_microseconds(context.now())
    ranked = next_looks(authority.area, cell_m, coverage(context, sources), sites, now_us)
    if not ranked:
        raise InputError(f"no cell of {cell_m:g} m lies in the area of {authority_id}: use smaller ones")
    return [_row(rank, request) for rank, request in enumerate(ranked[:limit], start=1)]


def coverage(context: Context, sources: tuple[SourceRecord, ...]) -> FootprintTable:
    """All footprints of these sources; none of them is an empty table."""
    tables = [
        context.lake.read(FootprintTable, source.sortie_id, source.source_id)
        for source in sources
        if context.lake.has(FootprintTable, source.sortie_id, source.source_id)
    ]
    return FootprintTable.concatenate(tables) if tables else no_footprints()


def _row(rank: int, request: LookRequest) -> dict[str, Json]:
    centre = request.cell.centroid
    last = request.last_seen_us
    return {
        "rank": rank,
        "lon_deg": round(centre.x, 6),
        "lat_deg": round(centre.y, 6),
        "score": round(request.score, 4),
        "reasons": [reason.value for reason, _ in request.reasons],
        "azimuth_sectors": len(request.sectors_seen),
        "last_look": None if last is None else isoformat_z(from_microseconds(last)),
        "sites": list(request.site_ids),
    }
