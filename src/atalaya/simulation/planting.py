"""What grows on a world: trees by nature, and crowns over a place as dense as wanted.

How much of a place its crowns hide is worked out in closed form (Beer's law along the vertical chord of each
crown), not by a ray caster, so that it can judge one.
"""

import math

import numpy as np
from numpy.typing import NDArray

from atalaya.simulation.biomes import BiomeLook, Species
from atalaya.simulation.ground_plan import in_axes
from atalaya.simulation.landform import Surface
from atalaya.simulation.objects import Point
from atalaya.simulation.solids import Material, Solids, Trees
from atalaya.units import Metres, MetresArray

type Shares = NDArray[np.float64]

HEADROOM_M = 2.7
"""No leaf hangs lower over a place: roofs stand below."""
PALM = 1
"""`Trees.shape` of a star of fronds."""
_COVER_STEP_M = 0.25


def natural_trees(rng: np.random.Generator, look: BiomeLook, surface: Surface, density: Shares) -> Trees:
    """One stem at most in each jittered square, where the density allows it; the rest are never affected.

    Args:
        rng: of the plants.
        look: what grows.
        surface: the ground.
        density: (C, C) 0..1 chance of a stem in each square, north up, its middle at the frame's origin.

    Returns:
        Trees, all stems inside the square.
    """
    cells = density.shape[0]
    half_m = cells * look.spacing_m / 2.0
    chance = rng.random(cells * cells)
    row, col = np.indices((cells, cells)).reshape(2, -1)
    jitter_m = rng.uniform(-0.5, 0.5, (2, row.size)) * look.spacing_m
    east_m = (col + 0.5) * look.spacing_m - half_m + jitter_m[0]
    north_m = half_m - (row + 0.5) * look.spacing_m + jitter_m[1]
    # every square grows its tree, and those that are not wanted are left out: the others stay what they are
    every = grown(rng, look.species, surface, np.stack([east_m, north_m], axis=1))
    return every.take(np.asarray(chance < density.ravel()))


def grown(
    rng: np.random.Generator, species: tuple[Species, ...], surface: Surface, stem_m: MetresArray
) -> Trees:
    """A tree of some species on each of (N, 2) stems."""
    count = len(stem_m)
    shares = np.array([kind.share for kind in species])
    which = rng.choice(len(species), count, p=shares / shares.sum())
    vigour = rng.beta(2.0, 2.4, count)

    def between(name: str, how_far: Shares) -> Shares:
        low, high = np.array([getattr(kind, name) for kind in species], dtype=np.float64)[which].T
        return np.asarray(low + (high - low) * how_far)

    height_m = between("height_m", np.clip(vigour + rng.normal(0.0, 0.12, count), 0.0, 1.0))
    depth = np.array([kind.depth_share for kind in species])[which]
    colour = np.array([kind.leaves[0] for kind in species], dtype=np.float32)[which]
    pick = rng.random(count)
    for number, kind in enumerate(species):
        mine = which == number
        colours = np.array(kind.leaves, dtype=np.float32)
        colour[mine] = colours[(pick[mine] * len(colours)).astype(np.intp)]
    colour *= rng.normal(1.0, 0.09, (count, 1)).astype(np.float32)
    colour = np.clip(colour, 0.0, 255.0)
    return Trees(
        east_m=stem_m[:, 0].copy(),
        north_m=stem_m[:, 1].copy(),
        base_up_m=surface.up_at(stem_m[:, 0], stem_m[:, 1]),
        crown_radius_m=between("crown_radius_m", vigour),
        crown_depth_m=height_m * depth,
        height_m=height_m,
        porosity=between("porosity", rng.random(count)),
        clump_m=between("clump_m", rng.random(count)),
        red=colour[:, 0].copy(),
        green=colour[:, 1].copy(),
        blue=colour[:, 2].copy(),
        material=np.array([kind.material for kind in species], dtype=np.uint8)[which],
        shape=np.array([kind.shape for kind in species], dtype=np.uint8)[which],
    )


def leaf_cover(trees: Trees, points_m: MetresArray) -> Shares:
    """(P,) share of the vertical line through each of (P, 2) points that leaves stop, on average.

    Source: Beer's law; a crown lets `porosity ** (chord / depth)` through along its vertical chord, a palm's
    star of fronds lets `porosity` through wherever it is.
    """
    passed = np.zeros(len(points_m))
    for tree in range(len(trees)):
        apart = np.hypot(points_m[:, 0] - trees.east_m[tree], points_m[:, 1] - trees.north_m[tree])
        chord = np.sqrt(np.clip(1.0 - np.square(apart / trees.crown_radius_m[tree]), 0.0, None))
        chord = np.where(chord > 0.0, 1.0, 0.0) if trees.shape[tree] == PALM else chord
        passed += chord * math.log(max(float(trees.porosity[tree]), 1e-6))
    return np.asarray(1.0 - np.exp(passed))


def canopy_share(trees: Trees, middle_m: Point, radius_m: Metres) -> float:
    """Share of a disc of ground that leaves hide straight from above."""
    axis_m = np.arange(-radius_m + _COVER_STEP_M / 2.0, radius_m, _COVER_STEP_M)
    east_m, north_m = np.meshgrid(axis_m, axis_m)
    inside = np.hypot(east_m, north_m) <= radius_m
    points_m = np.stack([east_m[inside] + middle_m[0], north_m[inside] + middle_m[1]], axis=1)
    return float(leaf_cover(trees.take(_touching(trees, middle_m, radius_m)), points_m).mean())


def _touching(trees: Trees, middle_m: Point, radius_m: Metres) -> NDArray[np.bool_]:
    """(N,) whose crowns reach over the disc."""
    apart_m = np.hypot(trees.east_m - middle_m[0], trees.north_m - middle_m[1])
    return np.asarray(apart_m < radius_m + trees.crown_radius_m)


def covered(
    rng: np.random.Generator,
    trees: Trees,
    look: BiomeLook,
    surface: Surface,
    middle_m: Point,
    radius_m: Metres,
    cover: float,
    withered: float = 0.0,
    standing: Solids | None = None,
) -> Trees:
    """The trees, felled and planted about a place until crowns hide the wanted share of it.

    Args:
        rng: of the place's crowns.
        trees: of the world.
        look: what grows there.
        surface: the ground.
        middle_m: of the place.
        radius_m: of the place.
        cover: wanted, 0..1.
        withered: share of the crowns about the place that is dry and thin.
        standing: what no stem grows through.

    Returns:
        Trees whose `canopy_share` at the place is within .01 of what was wanted (tested 0 to .9).
    """
    near = _touching(trees, middle_m, radius_m)
    stem_m = _stems(rng, middle_m, radius_m + 2.0, spacing_m=0.5 * look.spacing_m)
    choice = Trees.concatenate([trees.take(near), grown(rng, look.species, surface, stem_m)])
    choice = choice.take(np.asarray(rng.permutation(len(choice)), dtype=np.intp))
    choice = choice.take(~within_boxes(choice, standing)) if standing is not None else choice
    choice = _withered(rng, choice, withered)
    few, many = 0, len(choice)
    while few < many:  # the fewest trees that hide enough
        middle = (few + many) // 2
        enough = canopy_share(choice.take(slice(0, middle)), middle_m, radius_m) >= cover
        few, many = (few, middle) if enough else (middle + 1, many)
    kept = _lifted(choice.take(slice(0, few)))
    narrow, wide = 0.3, 1.6
    for _ in range(12):
        scale = 0.5 * (narrow + wide)
        enough = canopy_share(_scaled(kept, scale), middle_m, radius_m) >= cover
        narrow, wide = (narrow, scale) if enough else (scale, wide)
    return Trees.concatenate([trees.take(~near), _scaled(kept, 0.5 * (narrow + wide))])


def within_boxes(trees: Trees, solids: Solids) -> NDArray[np.bool_]:
    """(N,) whose stems stand in a box."""
    inside = np.zeros(len(trees), dtype=np.bool_)
    stem_m = np.stack([trees.east_m, trees.north_m], axis=1)
    for row in range(len(solids)):
        middle_m = (float(solids.east_m[row]), float(solids.north_m[row]))
        ahead_m, aside_m = in_axes(stem_m, middle_m, float(solids.heading_deg[row]))
        inside |= (np.abs(ahead_m) < solids.length_m[row] / 2.0) & (
            np.abs(aside_m) < solids.width_m[row] / 2.0
        )
    return inside


def _stems(rng: np.random.Generator, middle_m: Point, reach_m: Metres, spacing_m: Metres) -> MetresArray:
    """(N, 2) jittered stems in a disc."""
    axis_m = np.arange(-reach_m, reach_m + spacing_m, spacing_m)
    stem_m = np.stack(np.meshgrid(axis_m, axis_m), axis=-1).reshape(-1, 2)
    stem_m = stem_m + rng.uniform(-0.5, 0.5, stem_m.shape) * spacing_m
    return np.asarray(stem_m[np.hypot(*stem_m.T) < reach_m] + np.array(middle_m))


def _scaled(trees: Trees, scale: float) -> Trees:
    """The same trees with wider or narrower crowns."""
    return Trees(**trees.columns() | {"crown_radius_m": trees.crown_radius_m * scale})


def _lifted(trees: Trees) -> Trees:
    """The same trees with crowns that leave `HEADROOM_M` below them."""
    height_m = np.maximum(trees.height_m, HEADROOM_M + 1.5)
    return Trees(
        **trees.columns()
        | {"height_m": height_m, "crown_depth_m": np.minimum(trees.crown_depth_m, height_m - HEADROOM_M)}
    )


def _withered(rng: np.random.Generator, trees: Trees, share: float) -> Trees:
    """The same trees, a share of them brown and thinner in leaf."""
    dry = rng.random(len(trees)) < share
    brown = rng.normal(1.0, 0.08, len(trees)) * np.where(dry, 1.0, 0.0)
    tones = zip(("red", "green", "blue"), (140.0, 112.0, 76.0), strict=True)
    colours = {
        name: np.where(dry, np.clip(tone * brown, 0.0, 255.0), getattr(trees, name)).astype(np.float32)
        for name, tone in tones
    }
    return Trees(
        **trees.columns()
        | colours
        | {
            "material": np.where(dry, np.uint8(Material.DRY_LEAVES), trees.material),
            "porosity": np.where(dry, np.sqrt(trees.porosity), trees.porosity),
        }
    )
