"""The terrain of one workspace and its newest tiles, at hand for a server's threads."""

import threading
from collections import OrderedDict
from pathlib import Path

from atalaya.app.terrain_tiles import Relief, TerrainTiles, TileKind, tile, tiles_of
from atalaya.errors import NotFoundError
from atalaya.geo.terrain import ConstantHeight
from atalaya.io.terrain import load_terrain, revision_of

KEPT_TILES = 600
"""About 50 MB of encoded tiles: some screens at several zooms."""

type TileName = tuple[str, TileKind, int, int, int]


class TerrainShelf:
    """Reads the terrain once, and again when its files change.

    Args:
        folder: of the workspace's terrain; it need not exist.
    """

    __slots__ = ("_folder", "_held", "_lock", "_tiles")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: tuple[str, Relief | None, TerrainTiles | None] | None = None
        self._tiles: OrderedDict[TileName, bytes] = OrderedDict()

    def tiles(self) -> TerrainTiles | None:
        """The pyramid over the terrain; None without one, or where one height is declared.

        Raises:
            InputError: the terrain is damaged. ExternalError: it cannot be read.
        """
        return self._current()[1]

    def tile(self, kind: TileKind, zoom: int, column: int, row: int) -> bytes:
        """One tile.

        Raises:
            NotFoundError: no terrain, no such tile, or none of the terrain in it.
            InputError: the terrain is damaged. ExternalError: it cannot be read, or the tile not encoded.
        """
        terrain, tiles = self._current()
        if terrain is None or tiles is None:
            raise NotFoundError("this workspace has no terrain")
        name = (tiles.revision, kind, zoom, column, row)
        with self._lock:
            if name in self._tiles:
                self._tiles.move_to_end(name)
                return self._tiles[name]
        made = tile(terrain, kind, zoom, column, row)  # two threads may make one twice; neither waits
        with self._lock:
            self._tiles[name] = made
            while len(self._tiles) > KEPT_TILES:
                self._tiles.popitem(last=False)
        return made

    def _current(self) -> tuple[Relief | None, TerrainTiles | None]:
        revision = revision_of(self._folder)
        with self._lock:
            if self._held is None or self._held[0] != revision:
                found = load_terrain(self._folder)
                relief = None if isinstance(found, ConstantHeight) else found
                self._held = revision, relief, None if relief is None else tiles_of(relief, revision)
            return self._held[1], self._held[2]
