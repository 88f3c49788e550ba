"""The truth tables of a world: where its places and things are, by the layout and pyproj alone."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.model.truth import TrueObjectTable, TruePlaceTable, TrueRole
from atalaya.simulation.heat import heat_day
from atalaya.simulation.landform import Landform
from atalaya.simulation.planting import canopy_share, leaf_cover
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.solids import Material, Trees
from atalaya.simulation.things import ObjectRow, Placed
from atalaya.units import DegreesArray, MetresArray


def _geodetic(land: Landform, points_m: MetresArray) -> tuple[DegreesArray, DegreesArray, MetresArray]:
    """Longitude, latitude and height of the ground at (N, 2) local points."""
    up_m = land.surface.up_at(points_m[:, 0], points_m[:, 1])
    return land.frame.to_geodetic(np.concatenate([points_m, up_m[:, None]], axis=1))


def place_table(spec: SceneSpec, placed: list[Placed], trees: Trees, land: Landform) -> TruePlaceTable:
    """Sites first, then look-alikes, in the order of the spec."""
    middle_m = np.array([place.middle_m for place in placed], dtype=np.float64).reshape(-1, 2)
    lon_deg, lat_deg, hae_m = _geodetic(land, middle_m)
    roles = [TrueRole.SITE] * len(spec.sites) + [TrueRole.LOOK_ALIKE] * len(spec.look_alikes)
    kinds = [site.setting.value for site in spec.sites] + [other.kind.value for other in spec.look_alikes]
    states = [site.state.value for site in spec.sites] + [""] * len(spec.look_alikes)
    return TruePlaceTable(
        place_index=np.arange(len(placed), dtype=np.int64),
        role=np.array([role.value for role in roles], dtype=np.str_),
        kind=np.array(kinds, dtype=np.str_),
        state=np.array(states, dtype=np.str_),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        radius_m=np.array([place.furnishing.radius_m for place in placed], dtype=np.float64),
        canopy_share=np.array(
            [canopy_share(trees, place.middle_m, place.furnishing.radius_m) for place in placed],
            dtype=np.float64,
        ),
    )


def object_table(spec: SceneSpec, rows: list[ObjectRow], trees: Trees, land: Landform) -> TrueObjectTable:
    """The things of all places, in the order of the places."""
    middle_m = np.array([row.middle_m for row in rows], dtype=np.float64).reshape(-1, 2)
    lon_deg, lat_deg, hae_m = _geodetic(land, middle_m)

    def column(name: str) -> MetresArray:
        return np.array([getattr(row, name) for row in rows], dtype=np.float64)

    return TrueObjectTable(
        object_index=np.arange(len(rows), dtype=np.int64),
        place_index=np.array([row.place_index for row in rows], dtype=np.int64),
        kind=np.array([row.kind.value for row in rows], dtype=np.str_),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        length_m=column("length_m"),
        width_m=column("width_m"),
        height_m=column("height_m"),
        heading_deg=column("heading_deg"),
        excess_temperature_k=column("excess_k") + _warmer_than_soil_k(spec, rows, middle_m, trees),
    )


def _warmer_than_soil_k(
    spec: SceneSpec, rows: list[ObjectRow], middle_m: MetresArray, trees: Trees
) -> NDArray[np.float64]:
    """(N,) by how much sun and sky make each thing's material warmer than bare soil, in the crowns' shade."""
    if not rows:
        return np.zeros(0)
    sunlit_k, shaded_k, _ = heat_day(spec.sky.start_utc, spec.lon_deg, spec.lat_deg).at(spec.sky.start_utc)
    material = np.array([row.material for row in rows], dtype=np.intp)
    apart_m, _ = cKDTree(middle_m).query(np.stack([trees.east_m, trees.north_m], axis=1))
    shade = leaf_cover(trees.take(np.asarray(apart_m < trees.crown_radius_m)), middle_m)
    in_sun = sunlit_k[material] - sunlit_k[Material.SOIL]
    in_shade = shaded_k[material] - shaded_k[Material.SOIL]
    return np.asarray(in_sun + shade * (in_shade - in_sun))
