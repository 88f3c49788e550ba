"""Draws the picture of docs/reference/cues.md: one simulated look, the score, and four cues that say why.

python tests/benchmarks/draw_cues.py docs/reference/cues.jpg
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.cues import cue_maps, fused
from atalaya.io.scene_file import find_scene
from atalaya.simulation.pictures3d import colour_picture, studio_of
from atalaya.simulation.scene_spec import FlightKind
from atalaya.simulation.sortie3d import make_sortie3d

SCENE, GSD_M = "stockpile-active", 0.2
MARK_ROWS = 28
"""Of the look, that hold its mark: no cue is asked there, and the mark is written anew on what comes out."""
PANELS = ("chroma_rx", "structure", "edges", "blueness")
type Picture = NDArray[np.uint8]


def look() -> Picture:
    """One frame from nearly above the site, with its synthetic mark."""
    spec, _ = find_scene(SCENE)
    flight = replace(
        spec.flight,
        kind=FlightKind.ORBIT,
        gsd_m=GSD_M,
        off_nadir_deg=10.0,
        width_px=640,
        height_px=440 + MARK_ROWS,
        fps=0.1,
        duration_s=30.0,
        aim_place=0,
    )
    return colour_picture(studio_of(make_sortie3d(replace(spec, flight=flight))), 0)


def shaded(plane: NDArray[np.float32], name: str, size: tuple[int, int]) -> Picture:
    """A map in false colour, its lowest tenth black and its highest 0.3 % white, with its name."""
    low, high = np.percentile(plane, (10.0, 99.7))
    grey = (np.clip((plane - low) / max(high - low, 1e-6), 0.0, 1.0) * 255.0).astype(np.uint8)
    wide = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)
    rgb = cv2.cvtColor(cv2.applyColorMap(wide, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return named(np.asarray(rgb, dtype=np.uint8), name)


def named(rgb: Picture, name: str) -> Picture:
    """The same with a word in its upper left corner."""
    cv2.rectangle(rgb, (0, 0), (9 * len(name) + 8, 22), (0, 0, 0), -1)
    cv2.putText(rgb, name, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return rgb


def main() -> None:
    rgb = np.ascontiguousarray(look()[MARK_ROWS:])
    size = (rgb.shape[1] // 2, rgb.shape[0] // 2)
    maps = cue_maps(rgb, GSD_M)
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    tiles = [named(small, "SYNTHETIC / SINTETICO")]
    tiles.append(shaded(fused(maps), "fused", size))
    for name in PANELS:
        plane = getattr(maps, name)
        tiles.append(shaded(np.log(plane + 0.5) if name == "chroma_rx" else plane, name, size))
    rows = [np.hstack(tiles[first : first + 3]) for first in (0, 3)]
    bgr = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
    coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 72])[1]
    Path(sys.argv[1]).write_bytes(coded.tobytes())


if __name__ == "__main__":
    main()
