"""Draw the pictures of docs/reference/scenes.md: `python tests/benchmarks/draw_scenes.py [FOLDER]`.

Each is a contact sheet of places of the gallery, rendered with the perfect sensor at 0.1 m a pixel; what is
synthetic says so in the picture.
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from atalaya.io.scene_file import find_scene
from atalaya.simulation.camera import Camera, View
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.picture3d import Stage, render_eo, stage_of, sunlight
from atalaya.simulation.sunlight import Light, Sunlight
from atalaya.simulation.world3d import World3d, make_world3d

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "scenes"
SUN = Light(sun_azimuth_deg=128.0, sun_elevation_deg=52.0)
TILE_PX = (300, 240)
GSD_M = 0.11
OFF_NADIR_DEG = 25.0
LARGEST_BYTES = 150_000
SHEETS = {
    "sites": (
        ("ravine-active", 0),
        ("field-edge-active", 0),
        ("mangrove-active", 0),
        ("corral-active", 0),
        ("suburb-active", 0),
        ("stockpile-active", 0),
        ("dump-active", 0),
    ),
    "states": (("ravine-active", 0), ("ravine-inactive", 0), ("ravine-destroyed", 0)),
    "look-alikes": (
        ("innocent-dry-forest", 4),
        ("innocent-dry-forest", 0),
        ("innocent-sierra", 0),
        ("innocent-fields", 0),
        ("innocent-fields", 1),
        ("innocent-dry-forest", 1),
        ("innocent-dry-forest", 2),
        ("innocent-sierra", 1),
        ("innocent-fields", 2),
        ("innocent-sierra", 3),
    ),
    "canopy": (("canopy-50", 0), ("canopy-70", 0), ("canopy-85", 0)),
    "empty": (
        ("empty-sierra", None),
        ("empty-dry-forest", None),
        ("empty-field-edge", None),
        ("empty-mangrove", None),
        ("empty-suburb", None),
        ("empty-land", None),
    ),
}


def looking_at(
    frame: LocalFrame, point_m: np.ndarray, gsd_m: float, off_nadir_deg: float
) -> tuple[Camera, View]:
    """A camera north of a point that looks down on it."""
    height_m, off = 600.0, np.radians(off_nadir_deg)
    slant_m = height_m / np.cos(off)
    width_px, height_px = TILE_PX
    camera = Camera(
        width_px=width_px,
        height_px=height_px,
        hfov_deg=float(np.degrees(2.0 * np.arctan(0.5 * width_px * gsd_m / slant_m))),
    )
    forward = np.array([0.0, np.sin(off), -np.cos(off)])
    right = np.array([1.0, 0.0, 0.0])
    axes = np.stack([forward, right, np.cross(forward, right)], axis=1)
    return camera, View(origin_m=point_m - slant_m * forward, axes=axes)


def tile_of(world: World3d, stage: Stage, light: Sunlight, place: int | None, label: str) -> np.ndarray:
    """One place, or the middle of empty land from higher up, with its name and the synthetic mark."""
    middle_m = np.array([0.0, 0.0, float(world.surface.up_at(np.zeros(1), np.zeros(1))[0])])
    if place is not None:
        at = world.places.take(np.array([place]))
        middle_m = world.frame.to_enu(at.lon_deg, at.lat_deg, at.hae_m)[0]
        label = label or f"{at.kind[0]} {at.state[0]}".strip()
    gsd_m = GSD_M if place is not None else 0.6
    camera, view = looking_at(world.frame, middle_m, gsd_m, OFF_NADIR_DEG)
    picture = np.ascontiguousarray(render_eo(stage, camera, view, light)[:, :, ::-1])
    for text, corner in ((label, (6, 16)), ("SYNTHETIC", (6, TILE_PX[1] - 8))):
        for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(picture, text, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, width, cv2.LINE_AA)
    return picture


def draw_sheet(name: str, shown: tuple[tuple[str, int | None], ...], folder: Path) -> None:
    """All places of a sheet, four in a row at most."""
    tiles: list[np.ndarray] = []
    made: dict[str, tuple[World3d, Stage, Sunlight]] = {}
    for scene, place in shown:
        if scene not in made:
            spec = find_scene(scene)[0]
            if name == "states":  # below their crowns they would all look alike
                spec = replace(spec, sites=tuple(replace(site, canopy_cover=0.05) for site in spec.sites))
            world = make_world3d(spec)
            stage = stage_of(world)
            made[scene] = (world, stage, sunlight(stage, SUN))
        tiles.append(tile_of(*made[scene], place, scene if name in {"canopy", "empty"} else ""))
    columns = {3: 3, 6: 3, 7: 4, 10: 5}[len(tiles)]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    sheet = np.vstack([np.hstack(tiles[row : row + columns]) for row in range(0, len(tiles), columns)])
    packed = b"." * LARGEST_BYTES
    for quality in (85, 75, 65, 55, 45):
        if len(packed) >= LARGEST_BYTES:
            packed = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    (folder / f"{name}.jpg").write_bytes(packed)
    print(f"{name}.jpg {sheet.shape[1]} x {sheet.shape[0]} px, {len(packed)} bytes")  # noqa: T201


def main() -> None:
    """Draw every sheet."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, shown in SHEETS.items():
        draw_sheet(name, shown, folder)


if __name__ == "__main__":
    main()
