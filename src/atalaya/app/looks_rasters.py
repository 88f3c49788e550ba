"""The rasters that `detect looks` put into the vault for a source: those of its newest run, by their name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atalaya.app.context import Context
from atalaya.model.custody import Derivative, Json
from atalaya.model.identifiers import SourceId
from atalaya.units import Metres

LOOKS_TRANSFORMATION = "atalaya.detection.ground_grid.integral"
_KINDS = ("integral", "single", "thermal", "looks")


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksRasters:
    """One run over one source.

    Args:
        content: hashes of all its rasters, in order: what it is known by.
        paths: kind (integral, single, thermal, looks) to its files, of which a large run has several.
        registered: whether looks were registered to one another.
        cell_m: of the rasters; None where the record does not say.
        calibration: correction that was in effect, as on record; None where none was.
    """

    content: tuple[str, ...]
    paths: Mapping[str, tuple[Path, ...]]
    registered: bool
    cell_m: Metres | None
    calibration: Json = None


def looks_rasters(context: Context, source: SourceId) -> LooksRasters | None:
    """Those of the newest run; None where there was none, or its rasters are no longer there.

    Raises:
        ExternalError: the store cannot be read.
    """
    with context.store.transaction() as step:
        made = [
            it
            for it in step.find(Derivative)
            if it.transformation == LOOKS_TRANSFORMATION and it.parameters.get("source") == source
        ]
    rasters = [it for it in made if str(it.parameters.get("name", "")).endswith(".tif")]
    if not rasters:
        return None
    newest = max(rasters, key=lambda it: it.made_utc)
    own = [it for it in rasters if _run(it) == _run(newest)]
    latest = {str(it.parameters["name"]): it for it in sorted(own, key=lambda it: it.made_utc)}
    paths = {
        kind: tuple(
            path
            for name, it in sorted(latest.items())
            if name.startswith(kind) and (path := context.vault.path(it.content)).is_file()
        )
        for kind in _KINDS
    }
    cell_m = newest.parameters.get("cell_m")
    return LooksRasters(
        content=tuple(sorted(it.content for it in latest.values())),
        paths=paths,
        registered=bool(newest.parameters.get("registered")),
        cell_m=float(cell_m) if isinstance(cell_m, int | float) else None,
        calibration=newest.parameters.get("calibration"),
    )


def _run(made: Derivative) -> str:
    """What one run's rasters have in common."""
    return repr(sorted((key, repr(value)) for key, value in made.parameters.items() if key != "name"))
