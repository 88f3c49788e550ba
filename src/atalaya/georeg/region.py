"""Where the true place of one pixel may be: the ground that is seen around it within its likely error."""

from dataclasses import dataclass

import numpy as np
from shapely import Polygon, get_parts, points, simplify, unary_union

from atalaya.geo.ellipsoid import ecef_from_enu, geodetic_from_ecef
from atalaya.geo.terrain import Terrain
from atalaya.georeg.pencil import Pencil, Rays, pencil
from atalaya.georeg.region_mesh import STRIP, Mesh, Piece, mesh, parts_of, pieces_of
from atalaya.georeg.region_tears import Tears, tears_of
from atalaya.georeg.spread import CONTAINED
from atalaya.model.ground import GroundRegion, Position, RegionPart
from atalaya.units import MetresArray

_SMALLEST_PART = 0.002
"""A part with less than this share of the errors is left out, and so is its share."""
_SHORT = 0.003
"""Where so much of the errors within the rim meets no ground, the rim is widened."""
_WIDENINGS = 2
_MOST = 0.985
_THINNED_M = 0.25
"""Corners of an outline that change it by less are left out."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look with its pencil, its answer and its ground."""

    rays: Rays
    pencil: Pencil
    hit_ecef_m: MetresArray
    terrain: Terrain


def ground_region(
    rays: Rays, hit_ecef_m: MetresArray, position: Position, terrain: Terrain
) -> GroundRegion | None:
    """The region of one look.

    What the picture shows within the 90 % error about the pixel is brought to the ground as a mesh of likely
    lines of sight. Where neighbours land apart the way between them is walked: hidden ground breaks it, and
    the mesh is cut there into parts.

    Args:
        rays: one look.
        hit_ecef_m: (1, 3) where it meets the terrain.
        position: the answer with its error.
        terrain: the ground.

    Returns:
        GroundRegion: its parts hold 90 % of the likely errors (as measured: docs/explain/ce90.md), less where
        more than a tenth of them meets no known ground; None where no ground can be outlined.
    """
    range_m = np.linalg.norm(hit_ecef_m - rays.origin_m, axis=1)
    look = _Look(rays, pencil(rays, range_m), hit_ecef_m, terrain)
    asked = CONTAINED
    found, tears, pieces = _meshed(look, asked)
    for _ in range(_WIDENINGS):
        missing = CONTAINED - sum(piece.share for piece in pieces if piece.within and piece.part != STRIP)
        if missing < _SHORT:
            break
        asked = min(asked + missing, _MOST)
        found, tears, pieces = _meshed(look, asked)
    parts = _outlined(look, tears, pieces)
    if not parts:
        return None
    own = parts_of(len(found.points), found.edges, ~tears.torn)[0]
    met = sum(piece.share for piece in pieces) / float(found.share.sum())
    same = sum(piece.share for piece in pieces if piece.part == own) / float(found.share.sum())
    return GroundRegion(
        position=position,
        contained=min(1.0, sum(part.probability for part in parts)),
        parts=parts,
        other_slope_probability=float(np.clip(met - same, 0.0, 1.0)),
        nowhere_probability=float(np.clip(1.0 - met, 0.0, 1.0)),
    )


def _meshed(look: _Look, share: float) -> tuple[Mesh, Tears, tuple[Piece, ...]]:
    """The mesh whose rim holds this share of all errors, brought to the ground and cut."""
    found = mesh(float(np.sqrt(-2.0 * np.log1p(-share))))
    tears = tears_of(found, look.rays, look.pencil, look.hit_ecef_m, look.terrain)
    return found, tears, pieces_of(found, tears)


def _outlined(look: _Look, tears: Tears, pieces: tuple[Piece, ...]) -> tuple[RegionPart, ...]:
    """One part per connected piece of ground inside the rim, the most probable first."""
    parts: list[RegionPart] = []
    for part in sorted({piece.part for piece in pieces if piece.within} - {STRIP}):
        own = [piece for piece in pieces if piece.part == part and piece.within]
        for outline, share, corners in _separate(own):
            if share >= _SMALLEST_PART:
                parts.append(_part(look, tears, outline, share, corners))
    return tuple(sorted(parts, key=lambda it: -it.probability))


def _separate(pieces: list[Piece]) -> list[tuple[Polygon, float, list[int]]]:
    """Outlines without holes that the pieces join to, each with its share and the mesh points in it."""
    shapes = [Polygon(piece.ring_m).convex_hull for piece in pieces]
    solid = [shape for shape in shapes if isinstance(shape, Polygon) and shape.area > 0.0]
    joined = [it for it in get_parts(unary_union(solid)) if isinstance(it, Polygon)]
    if not joined:
        return []
    middles = points([piece.ring_m.mean(axis=0) for piece in pieces])
    nearest = np.argmin(np.stack([outline.distance(middles) for outline in joined]), axis=0).tolist()
    found: list[tuple[Polygon, float, list[int]]] = []
    for number, outline in enumerate(joined):
        own = [piece for piece, at in zip(pieces, nearest, strict=True) if at == number]
        corners = sorted({corner for piece in own for corner in piece.corners})
        if own:
            thinned = simplify(outline, _THINNED_M)
            found.append((Polygon(thinned.exterior), sum(piece.share for piece in own), corners))
    return found


def _part(look: _Look, tears: Tears, outline: Polygon, share: float, corners: list[int]) -> RegionPart:
    hit_lon_deg, hit_lat_deg, hit_hae_m = (float(it[0]) for it in geodetic_from_ecef(look.hit_ecef_m))
    ground_m = tears.ground_m[corners]
    middle_m = np.array([outline.centroid.x, outline.centroid.y])
    nearest_m = ground_m[np.argmin(np.square(ground_m[:, :2] - middle_m).sum(axis=1))]
    ring_m = np.asarray(outline.exterior.coords)
    local_m = np.concatenate([nearest_m[None], np.pad(ring_m[:, :2], ((0, 0), (0, 1)))])
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(ecef_from_enu(local_m, hit_lon_deg, hit_lat_deg, hit_hae_m))
    return RegionPart(
        probability=share,
        lon_deg=float(lon_deg[0]),
        lat_deg=float(lat_deg[0]),
        hae_m=float(hae_m[0]),
        ring_lon_deg=tuple(lon_deg[1:].tolist()),
        ring_lat_deg=tuple(lat_deg[1:].tolist()),
    )
