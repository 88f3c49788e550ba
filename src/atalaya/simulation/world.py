"""A seeded piece of sierra in the hills near Culiacán, with two laboratories and what resembles them.

What this world does not have yet (issue D gives it): a canopy that stands up. Trees, sheets, roofs and
parked vehicles are flat texture on real terrain with painted shadows and shading, so nothing hides
anything else and nothing but the ground has parallax. Moving vehicles are boxes drawn in each frame.
"""

from dataclasses import dataclass

import numpy as np

from atalaya.model.site import SiteKind
from atalaya.simulation import objects
from atalaya.simulation.landform import Landform, Surface, TerrainArrays, make_landform
from atalaya.simulation.layout import Layout, make_layout
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.truth import Decoy, DecoyKind, TrueSite
from atalaya.simulation.vegetation import TEXTURE_STEP_M, Picture, paint_ground
from atalaya.units import Degrees, Metres, MetresArray

LON_DEG = -107.2
LAT_DEG = 24.95
TERRAIN_HALF_M = 1250.0
TEXTURE_HALF_M = 630.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The land and what stands on it.

    Args:
        terrain: the same ground as `surface`, as a lon/lat grid.
        texture: (S, S, 3) RGB uint8 seen from above, north up, `texture_step_m` a pixel, its middle at
            the frame's origin.
    """

    frame: LocalFrame
    terrain: TerrainArrays
    surface: Surface
    layout: Layout
    texture: Picture
    texture_step_m: Metres
    sites: tuple[TrueSite, ...]
    decoys: tuple[Decoy, ...]

    def on_ground(self, points_m: MetresArray) -> MetresArray:
        """(N, 3) local points on the ground under (N, 2) east/north."""
        up_m = self.surface.up_at(points_m[:, 0], points_m[:, 1])
        return np.concatenate([points_m, up_m[:, None]], axis=1)


def make_world(rng: np.random.Generator, *, lon_deg: Degrees = LON_DEG, lat_deg: Degrees = LAT_DEG) -> World:
    """Land, vegetation, then people's things, all from one generator: the same state, the same bytes."""
    land = make_landform(rng, lon_deg=lon_deg, lat_deg=lat_deg, half_size_m=TERRAIN_HALF_M)
    layout = make_layout(rng, land)
    texture = paint_ground(rng, land.surface, layout, TEXTURE_HALF_M)
    lorries = objects.parked_lorries(rng, layout.road_bearing_deg)
    sites = (
        _site(
            land,
            "A",
            SiteKind.RURAL_CAMOUFLAGED,
            objects.camouflaged_laboratory(rng),
            layout.camouflaged_m,
            out=texture,
        ),
        _site(
            land,
            "B",
            SiteKind.INDUSTRIAL,
            objects.industrial_laboratory(rng),
            layout.industrial_m,
            out=texture,
        ),
    )
    decoys = (
        _decoy(land, DecoyKind.FARM_ROOF, objects.farm_roof(rng), layout.farm_m, out=texture),
        _decoy(land, DecoyKind.PARKED_LORRIES, lorries, layout.lorries_m, out=texture),
        *(
            _decoy(land, DecoyKind.ROCKS, objects.rocks(rng), place_m, out=texture)
            for place_m in layout.rocks_m
        ),
    )
    return World(
        frame=land.frame,
        terrain=land.terrain,
        surface=land.surface,
        layout=layout,
        texture=texture,
        texture_step_m=TEXTURE_STEP_M,
        sites=sites,
        decoys=decoys,
    )


def _site(
    land: Landform, label: str, kind: SiteKind, patch: objects.Patch, place_m: MetresArray, *, out: Picture
) -> TrueSite:
    """Paint a laboratory into the texture `out` and say where it came to lie."""
    lon_deg, lat_deg, hae_m = _place(land, objects.lay_down(patch, *place_m.tolist(), out=out))
    return TrueSite(label=label, kind=kind, lon_deg=lon_deg, lat_deg=lat_deg, hae_m=hae_m)


def _decoy(
    land: Landform, kind: DecoyKind, patch: objects.Patch, place_m: MetresArray, *, out: Picture
) -> Decoy:
    """Paint an innocent thing into the texture `out` and say where it came to lie."""
    lon_deg, lat_deg, hae_m = _place(land, objects.lay_down(patch, *place_m.tolist(), out=out))
    return Decoy(kind=kind, lon_deg=lon_deg, lat_deg=lat_deg, hae_m=hae_m, radius_m=patch.radius_m)


def _place(land: Landform, middle_m: objects.Point) -> tuple[Degrees, Degrees, Metres]:
    """Longitude, latitude and height of the ground at a point of the local frame."""
    east_m, north_m = np.float64(middle_m[0]), np.float64(middle_m[1])
    up_m = land.surface.up_at(np.array([east_m]), np.array([north_m]))
    lon_deg, lat_deg, hae_m = land.frame.to_geodetic(np.array([[east_m, north_m, up_m[0]]]))
    return float(lon_deg[0]), float(lat_deg[0]), float(hae_m[0])
