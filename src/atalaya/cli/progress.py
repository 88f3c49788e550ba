"""A bar on standard error while something takes long; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WORDS = {
    "hash": "hashing the original",
    "read": "reading metadata",
    "terrain": "bringing heights to the ellipsoid",
    "examine": "examining the terrain",
    "place": "placing frames on the ground",
    "mosaic": "laying pictures on the ground",
    "view": "looking along lines of sight",
    "look": "looking at pictures",
    "fuse": "joining looks into places",
    "register": "registering looks to one another",
    "add": "adding looks up on the ground",
    "warm": "adding thermal looks up",
    "finish": "finding what stands out",
    "scene": "reading what is true",
    "judge": "judging claims",
    "render": "simulating the sortie",
    "tie": "tying pictures together",
    "papers": "dossiers and release",
    "world": "building the world",
    "truth": "writing down the truth",
    "eo": "taking colour pictures",
    "ir": "taking thermal pictures",
}

type Tell = Callable[[str, int, int], None]


@contextmanager
def bars(*, shown: bool = True) -> Iterator[Tell]:
    """A function that moves the bar of what is going on: (what, done, total).

    Args:
        shown: False for no bar even where somebody watches.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:32}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    running: dict[str, TaskID] = {}
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:

        def tell(what: str, done: int, total: int) -> None:
            if what not in running:
                running[what] = progress.add_task(_WORDS.get(what, what))
            progress.update(running[what], completed=done, total=max(total, 1))

        yield tell
