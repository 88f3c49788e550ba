"""Give the workspace its terrain, once, with its vertical datum said."""

import shutil
from pathlib import Path

from atalaya.app.context import Context, commit
from atalaya.app.ground import GEOID_FILE, TERRAIN_FOLDER
from atalaya.app.ingest_source import readable_name
from atalaya.app.permission import require_permission
from atalaya.errors import NotFoundError
from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.terrain import TerrainGrid
from atalaya.governance.roles import Action
from atalaya.io.durable_file import on_disk
from atalaya.io.original import hash_of
from atalaya.io.terrain import read_geoid, read_terrain, save_terrain
from atalaya.model.custody import Json


def add_terrain(context: Context, source: Path, datum: VerticalDatum, geoid: Path | None) -> TerrainGrid:
    """Import an elevation model; a geoid grid given with it is kept for sensor heights as well.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such file. InputError: not an elevation model, or MSL without a geoid grid.
        ExternalError: it cannot be read or written.
    """
    name = readable_name(source)
    require_permission(context, Action.TERRAIN_ADD, name)
    if geoid is not None and not geoid.is_file():
        raise NotFoundError(f"no such file: {geoid}")
    folder = context.settings.workspace / TERRAIN_FOLDER
    grid = None if geoid is None else read_geoid(geoid)
    content, _ = hash_of(source)
    terrain = read_terrain(source, datum, grid)
    body: dict[str, Json] = {
        "sha256": content,
        "vertical_datum": datum.value,
        "geoid": None if grid is None else grid.name,
    }
    commit(context, Action.TERRAIN_ADD, name, body, lambda _: None)
    if geoid is not None:
        _keep_geoid(geoid, folder)
    save_terrain(terrain, folder, {"ATALAYA_SOURCE": name, "ATALAYA_GEOID": grid.name if grid else "none"})
    return terrain


def _keep_geoid(geoid: Path, folder: Path) -> None:
    """The whole file or the one before; never half of one."""
    partial = folder / f"{GEOID_FILE}.partial"
    with on_disk(f"keep the geoid grid in {folder}"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(geoid, partial)
            partial.replace(folder / GEOID_FILE)
        finally:
            partial.unlink(missing_ok=True)
