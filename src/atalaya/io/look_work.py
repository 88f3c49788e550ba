"""Looks that are being added up, on disk: what is done stays done when the work is interrupted."""

import shutil
from pathlib import Path

from atalaya.io.durable_file import make_durable_folder, on_disk, write_whole


class LookWork:
    """The folder of one work, and which of its slabs are in it.

    A slab is known by its number and by a key of all that decides it: with another key it is done anew.

    Args:
        folder: made if missing.

    Raises:
        ExternalError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with on_disk(f"make {folder}"):
            make_durable_folder(folder)

    def is_done(self, slab: int, key: str) -> bool:
        """Whether that slab, decided by just that, is whole.

        Raises:
            ExternalError: it cannot be read.
        """
        path = self._mark(slab)
        with on_disk(f"read {path}"):
            return path.is_file() and path.read_text(encoding="ascii") == key

    def begin(self, slab: int) -> None:
        """Say that a slab is being done anew: until it is whole it does not count.

        Raises:
            ExternalError: it cannot be written.
        """
        with on_disk(f"write in {self.folder}"):
            self._mark(slab).unlink(missing_ok=True)

    def tick(self, slab: int, key: str) -> None:
        """Say that a slab is whole.

        Raises:
            ExternalError: it cannot be written.
        """
        write_whole(self._mark(slab), key.encode("ascii"))

    def forget_beyond(self, slabs: int) -> None:
        """Slabs of an earlier work of more slabs do not count.

        Raises:
            ExternalError: they cannot be removed.
        """
        with on_disk(f"tidy {self.folder}"):
            for path in self.folder.glob("done-*"):
                if int(path.name.removeprefix("done-")) >= slabs:
                    path.unlink()

    def remove(self) -> None:
        """Take the work away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mark(self, slab: int) -> Path:
        return self.folder / f"done-{slab:06d}"
