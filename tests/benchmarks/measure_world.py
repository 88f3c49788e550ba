"""Measures the worlds of the gallery: CPU to build each, canopy asked and got, empty land per site.

    python tests/benchmarks/measure_world.py

"Cast" is the share of the place's ground that a vertical ray of `canopy_cast` does not reach: the renderer's
rays judge the closed form that the truth uses, and the other way about. Prints each figure beside its target.
"""

import time

import numpy as np

from atalaya.io.scene_file import find_scene, gallery, gallery_names
from atalaya.simulation.canopy_cast import cast_rays
from atalaya.simulation.cast_arrays import cast_arrays
from atalaya.simulation.empty_land import LandCount, count_land, emptied
from atalaya.simulation.furnish import USUAL_COVER
from atalaya.simulation.ray_meets import FROND, LEAF
from atalaya.simulation.world3d import World3d, make_world3d

LONGEST_S = 5.0
LEAST_EMPTY = 100.0
ALMOST_DOWN = np.array([0.0, 0.0175, -0.99985])


def cast_share(world: World3d, place: int) -> float:
    """Share of a place's ground that leaves hide from (almost) straight above, by casting rays."""
    middle_m = world.frame.to_enu(world.places.lon_deg, world.places.lat_deg, world.places.hae_m)[place]
    radius_m = float(world.places.radius_m[place])
    axis_m = np.arange(-radius_m + 0.1, radius_m, 0.2)
    east_m, north_m = np.meshgrid(axis_m, axis_m)
    inside = np.hypot(east_m, north_m) <= radius_m
    points_m = world.on_ground(np.stack([east_m[inside], north_m[inside]], axis=1) + middle_m[:2])
    count = len(points_m)
    what = np.zeros(count, dtype=np.uint8)
    cast_rays(
        cast_arrays(world),
        points_m - 200.0 * ALMOST_DOWN,
        np.tile(ALMOST_DOWN, (count, 1)),
        np.full(count, -2, dtype=np.int64),
        np.zeros(count),
        what,
        np.zeros(count, dtype=np.int32),
    )
    return float(np.isin(what, (LEAF, FROND)).mean())


def main() -> None:
    """Print the tables."""
    total = LandCount(site_m2=0.0, look_alike_m2=0.0, empty_m2=0.0)
    make_world3d(emptied(gallery()[0], 1))  # imports and first use
    slowest_s, asked, got, cast = 0.0, [], [], []
    print(f"{'scene':22s} {'CPU s':>6s} {'trees':>7s} {'boxes':>6s}  canopy of each place: asked got (cast)")  # noqa: T201
    for name in gallery_names():
        spec = find_scene(name)[0]
        began = time.process_time()
        world = make_world3d(spec)
        spent_s = time.process_time() - began
        slowest_s = max(slowest_s, spent_s)
        total = total.plus(count_land(world))
        kinds = [*(site.setting for site in spec.sites), *(other.kind for other in spec.look_alikes)]
        wanted = [*(one.canopy_cover for one in spec.sites), *(one.canopy_cover for one in spec.look_alikes)]
        shares = []
        for place, (kind, cover) in enumerate(zip(kinds, wanted, strict=True)):
            asked.append(USUAL_COVER[kind] if cover is None else cover)
            got.append(float(world.places.canopy_share[place]))
            cast.append(cast_share(world, place))
            shares.append(f"{asked[-1]:.2f} {got[-1]:.2f} ({cast[-1]:.2f})")
        row = f"{name:22s} {spent_s:6.2f} {len(world.trees):7d} {len(world.solids):6d}  {'  '.join(shares)}"
        print(row)  # noqa: T201
    off = np.abs(np.array(got) - np.array(asked))
    leaning = np.array(cast) - np.array(got)
    ratio = total.empty_m2 / total.site_m2
    print(f"slowest world: {slowest_s:.2f} s CPU (target <= {LONGEST_S})")  # noqa: T201
    print(f"canopy, got against asked: worst {off.max():.3f} (target <= .01)")  # noqa: T201
    print(f"canopy, cast against got: mean {leaning.mean():+.3f}, worst {np.abs(leaning).max():.3f}")  # noqa: T201
    print(f"sites {total.site_m2:.0f} m2, look-alikes {total.look_alike_m2:.0f} m2")  # noqa: T201
    print(f"empty {total.empty_m2:.0f} m2, {ratio:.0f} : 1 of sites (target >= {LEAST_EMPTY:.0f} : 1)")  # noqa: T201


if __name__ == "__main__":
    main()
