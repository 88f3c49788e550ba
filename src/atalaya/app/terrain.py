"""Give the workspace its terrain: elevation models, each with its datum said and its error stated."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from atalaya.app.context import Context, commit
from atalaya.app.geodata import TERRAIN_FOLDER, add_geodata, geoid_for
from atalaya.app.permission import require_permission
from atalaya.custody.hashing import content_hash
from atalaya.errors import InputError, NotFoundError
from atalaya.geo.geoid import Geoid, VerticalDatum
from atalaya.governance.roles import Action
from atalaya.io.durable_file import make_durable_folder, on_disk
from atalaya.io.geodata import kind_and_detail
from atalaya.io.original import hash_of, readable_name, require_same
from atalaya.io.terrain import (
    UNKNOWN_BASIS,
    UNKNOWN_LE90_M,
    keep_source,
    remove_source,
    source_called,
    sources_of,
    sweep_parts,
)
from atalaya.io.terrain_source import lattices, stated_datum
from atalaya.io.terrain_tiles import extent_of, write_tile
from atalaya.model.custody import Json
from atalaya.model.geodata import GeodataKind
from atalaya.model.identifiers import SourceId
from atalaya.model.json_form import to_json
from atalaya.model.terrain import TerrainSource

PRODUCT_LE90_M: Mapping[str, tuple[float, str]] = MappingProxyType(
    {
        "srtm": (9.0, "SRTM, North America: Rodriguez et al. 2006"),
        "copernicus-30": (4.0, "Copernicus GLO-30: product handbook, LE90 below 4 m"),
        "copernicus-90": (4.0, "Copernicus GLO-90: product handbook, LE90 below 4 m"),
        "aw3d30": (8.2, "ALOS AW3D30: RMSE 5 m by its specification, times 1.645"),
        "aster-gdem": (16.8, "ASTER GDEM: 20 m at 95 % by its specification, times 1.645 / 1.96"),
    }
)
"""LE90 [m] of known products, as their makers state it, and who says so; docs/do/terrain.md."""

_PARTS_LIVE = timedelta(days=1)

type Progress = Callable[[str, int, int], None]
type Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainClaim:
    """What the user says of the elevation models of one import.

    Args:
        datum: what their heights are above; no file says it reliably, so it has to be said.
        geoid: for MSL: a grid file, or part of the name of a grid of the workspace; None takes the best that
            reaches all of a source.
        product: one of `PRODUCT_LE90_M`, or None.
        le90_m: in place of what the product states.
        canopy_bias_m, canopy_sigma_m: as in `TerrainSource`; a bias without a sigma is half sure of itself.
        quality: as in `TerrainSource`.
        bounds_deg: keep only this area.

    Raises:
        InputError: no such product.
    """

    datum: VerticalDatum
    geoid: Path | str | None = None
    product: str | None = None
    le90_m: float | None = None
    canopy_bias_m: float = 0.0
    canopy_sigma_m: float | None = None
    quality: int | None = None
    bounds_deg: Bounds | None = None

    def __post_init__(self) -> None:
        if self.product is not None and self.product not in PRODUCT_LE90_M:
            raise InputError(f"product is one of {', '.join(PRODUCT_LE90_M)}; got {self.product!r}")

    def error_of(self) -> tuple[float, str]:
        """LE90 [m] and who says it."""
        if self.le90_m is not None:
            return self.le90_m, "said at import"
        if self.product is not None:
            return PRODUCT_LE90_M[self.product]
        return UNKNOWN_LE90_M, UNKNOWN_BASIS


def add_terrain(
    context: Context, source: Path, datum: VerticalDatum, geoid: Path | None = None
) -> TerrainSource:
    """Import one elevation model; a geoid grid given with it is kept for sensor heights as well.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such file. InputError: not an elevation model, or MSL without a geoid grid.
        ExternalError: it cannot be read or written.
    """
    return import_terrain(context, [source], TerrainClaim(datum=datum, geoid=geoid))[0]


def import_terrain(
    context: Context,
    files: Sequence[Path],
    claim: TerrainClaim,
    progress: Progress = lambda _what, _done, _total: None,
) -> tuple[TerrainSource, ...]:
    """Import elevation models beside those that are there; files on one lattice become one source.

    Each source is whole or not there; those before one that fails stay. The same again changes nothing.

    Args:
        context: the opened workspace and its actor.
        files: GeoTIFF, COG, .hgt or .hgt.zip, all under the same claim.
        claim: what the user says of them.
        progress: told what is going on.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such file.
        InputError: not elevation models in metres, or MSL without a geoid grid that reaches them.
        IntegrityError: a file changed while it was read. ExternalError: it cannot be read or written.
    """
    names = ", ".join(readable_name(file) for file in files)
    require_permission(context, Action.TERRAIN_ADD, names)
    if isinstance(claim.geoid, Path):
        _require_geoid(claim.geoid)
    groups = lattices(list(dict.fromkeys(files)))
    return tuple(_import(context, group, claim, progress) for group in groups)


def list_terrain(context: Context) -> tuple[TerrainSource, ...]:
    """What the workspace's ground is made of, the best first.

    Raises:
        InputError: a record that is none. ExternalError: it cannot be read.
    """
    return sources_of(context.settings.workspace / TERRAIN_FOLDER)


def remove_terrain(context: Context, terrain_id: str) -> TerrainSource:
    """Take an elevation model away, on the record; sources placed on it cannot be worked on until it is back.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such terrain. ExternalError: it cannot be removed.
    """
    require_permission(context, Action.TERRAIN_REMOVE, terrain_id)
    folder = context.settings.workspace / TERRAIN_FOLDER
    source = source_called(folder, terrain_id)
    body: dict[str, Json] = {"tile_sha256": source.tile_sha256, "names": list(source.names)}
    commit(context, Action.TERRAIN_REMOVE, terrain_id, body, lambda _: None)
    remove_source(folder, source)
    return source


def _require_geoid(path: Path) -> None:
    if not path.is_file():
        raise NotFoundError(f"no such file: {path}")
    if kind_and_detail(path)[0] is not GeodataKind.GEOID:
        raise InputError(f"{path.name} is not a geoid grid")


def _import(context: Context, files: list[Path], claim: TerrainClaim, progress: Progress) -> TerrainSource:
    hashes = [hash_of(file, lambda done, total: progress("hash", done, total))[0] for file in files]
    grid, geoid = _geoid(context, files, claim)
    le90_m, basis = claim.error_of()
    said: dict[str, Json] = {
        "sha256": list(hashes),
        "vertical_datum": claim.datum.value,
        "geoid_sha256": geoid.get("sha256"),
        "bounds_deg": None if claim.bounds_deg is None else list(claim.bounds_deg),
    }
    terrain_id = f"T-{content_hash(json.dumps(said).encode())[:10]}"
    folder = context.settings.workspace / TERRAIN_FOLDER
    sweep_parts(folder, (context.now() - _PARTS_LIVE).timestamp())
    with on_disk(f"write terrain to {folder}"):
        make_durable_folder(folder)
        part = Path(tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)[1])
    try:
        tags = {
            "ATALAYA_SOURCE": " + ".join(readable_name(file) for file in files),
            "ATALAYA_GEOID": str(geoid.get("name") or "none"),
        }
        facts = write_tile(
            part,
            files,
            claim.datum,
            geoid=grid,
            bounds_deg=claim.bounds_deg,
            tags=tags,
            tell=lambda done, total: progress("terrain", done, total),
        )
        _require_same(files, hashes)
        source = TerrainSource(
            terrain_id=terrain_id,
            names=tuple(readable_name(file) for file in files),
            sha256=tuple(hashes),
            tile_sha256=hash_of(part)[0],
            product=claim.product or "unknown",
            vertical_datum=claim.datum.value,
            geoid=None if grid is None else grid.name,
            geoid_sha256=None if grid is None else str(geoid["sha256"]),
            le90_m=le90_m,
            le90_basis=basis,
            canopy_bias_m=claim.canopy_bias_m,
            canopy_sigma_m=claim.canopy_bias_m / 2.0
            if claim.canopy_sigma_m is None
            else claim.canopy_sigma_m,
            quality=claim.quality,
            bounds_deg=facts.bounds_deg,
            rows=facts.rows,
            cols=facts.cols,
            step_m=facts.step_m,
            void_share=facts.void_share,
            lowest_hae_m=facts.lowest_hae_m,
            highest_hae_m=facts.highest_hae_m,
            added_utc=context.now(),
            stated_datum=stated_datum(files),
        )
        commit(context, Action.TERRAIN_ADD, terrain_id, to_json(source), lambda _: None)
        keep_source(folder, source, part)
    finally:
        with on_disk(f"tidy {folder}"):
            part.unlink(missing_ok=True)
    return source


def _require_same(files: Sequence[Path], hashes: Sequence[SourceId]) -> None:
    for file, content in zip(files, hashes, strict=True):
        require_same(file, hash_of(file)[0], content)


def _geoid(context: Context, files: list[Path], claim: TerrainClaim) -> tuple[Geoid | None, dict[str, Json]]:
    """The grid for these files, kept in the workspace where it was given as a file."""
    if claim.datum is VerticalDatum.HAE:
        if isinstance(claim.geoid, Path):
            add_geodata(context, claim.geoid)
        return None, {}
    wanted = claim.geoid or ""
    if isinstance(wanted, Path):
        wanted = add_geodata(context, wanted).sha256
    chosen = geoid_for(context, wanted, claim.bounds_deg or extent_of(files))
    return chosen.geoid, chosen.facts[0]
