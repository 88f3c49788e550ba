"""A scene's description → a folder with its streams, its ground and its truth, whole or not at all."""

import importlib.metadata
import json
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from atalaya.app.code_version import code_version
from atalaya.app.scene_pictures import Channel, channels_of, pictures, workers
from atalaya.app.scene_stream import Progress, write_stream
from atalaya.custody.hashing import hash_chunks
from atalaya.errors import InputError
from atalaya.geo.terrain import TerrainGrid
from atalaya.io.durable_file import write_whole
from atalaya.io.new_folder import new_folder, require_free
from atalaya.io.original import read_chunks
from atalaya.io.pictures import encode_png
from atalaya.io.terrain_tiles import save_terrain
from atalaya.io.truth_files import save_truth
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.model.truth import TrueRole
from atalaya.simulation.hidden_share import hidden_shares
from atalaya.simulation.pictures3d import Studio, studio_of
from atalaya.simulation.scene_spec import SceneSpec
from atalaya.simulation.sortie3d import Sortie3d, flight_table, make_sortie3d, occlusion_table

MANIFEST = "manifest.json"
SCENE_FILE = "scene.yaml"
TRUTH_FOLDER = "truth"
FORMAT = 1
"""Version of the folder's layout, in its manifest."""
_LIBRARIES = ("av", "numpy", "numba", "opencv-python-headless", "pyarrow", "pyproj", "rasterio", "scipy")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationReport:
    """What was made.

    Args:
        frames: in each stream. speed_mps: of the flight over the ground.
        files: size in bytes of each, by its name in the folder.
    """

    folder: Path
    scene: str
    seed: int
    frames: int
    width_px: int
    height_px: int
    hfov_deg: float
    speed_mps: float
    sites: int
    look_alikes: int
    objects: int
    vehicles: int
    files: dict[str, int]


def simulate_scene(
    spec: SceneSpec,
    text: bytes,
    folder: Path,
    *,
    replace: bool = False,
    jobs: int = 1,
    stills: int | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> SimulationReport:
    """Build a scene, fly over it and write all of it; the same description gives the same bytes.

    Args:
        spec: what is wanted.
        text: the same as its author wrote it, kept beside what was made of it.
        folder: where to; made anew.
        replace: whether an earlier simulation there may be replaced.
        jobs: how many processes make pictures.
        stills: instead of streams so many pictures as PNG, evenly spread over the flight.
        progress: told what is going on.

    Raises:
        InputError: the folder is taken, or a scene that cannot be made.
        ExternalError: encoder or disk failed; nothing half stays behind.
    """
    require_free(folder, replace=replace, sign=MANIFEST)
    channels = channels_of(spec)
    if spec.flight.width_px % 2 or spec.flight.height_px % 2:
        raise InputError(f"{spec.name}: width_px and height_px must be even, the encoder asks for it")
    if stills is not None and stills < 1:
        raise InputError(f"at least one picture was wanted, got {stills}")
    progress("world", 0, 1)
    studio = studio_of(make_sortie3d(spec))
    sortie = studio.sortie
    progress("world", 1, 1)
    with new_folder(folder, replace=replace, sign=MANIFEST) as part, workers(jobs) as pool:
        write_whole(part / SCENE_FILE, text)
        if stills is None:
            _write_ground_and_truth(studio, part, progress)
            for channel in channels:
                write_stream(studio, channel, part / f"{channel.value}.ts", pool, progress)
        else:
            _write_stills(studio, channels, part, min(stills, sortie.frame_count), pool, progress)
        files = _inventory(part)
        write_whole(part / MANIFEST, _manifest(sortie, files))
    roles = sortie.world.places.role
    return SimulationReport(
        folder=folder,
        scene=spec.name,
        seed=spec.seed,
        frames=sortie.frame_count,
        width_px=sortie.camera.width_px,
        height_px=sortie.camera.height_px,
        hfov_deg=sortie.camera.hfov_deg,
        speed_mps=sortie.path.speed_mps,
        sites=int((roles == TrueRole.SITE.value).sum()),
        look_alikes=int((roles == TrueRole.LOOK_ALIKE.value).sum()),
        objects=len(sortie.world.objects),
        vehicles=len(sortie.world.vehicles),
        files={name: size for name, (_, size) in files.items()},
    )


def _write_ground_and_truth(studio: Studio, part: Path, progress: Progress) -> None:
    sortie = studio.sortie
    ground = sortie.world.terrain
    grid = TerrainGrid(
        hae_m=ground.hae_m,
        west_deg=float(ground.lon_deg[0]),
        north_deg=float(ground.lat_deg[0]),
        step_lon_deg=float(ground.lon_deg[1] - ground.lon_deg[0]),
        step_lat_deg=float(ground.lat_deg[0] - ground.lat_deg[1]),
    )
    save_terrain(grid, part, {"ATALAYA_SOURCE": SYNTHETIC_MARK})
    progress("truth", 0, 1)
    views = [sortie.view(index) for index in range(sortie.frame_count)]
    hidden = hidden_shares(sortie.world, studio.stage, sortie.camera, views)
    truth = part / TRUTH_FOLDER
    for table in (
        sortie.world.places,
        sortie.world.objects,
        sortie.vehicles(),
        occlusion_table(sortie, hidden),
        flight_table(sortie),
    ):
        save_truth(truth, table)
    progress("truth", 1, 1)


def _write_stills(
    studio: Studio,
    channels: tuple[Channel, ...],
    part: Path,
    count: int,
    pool: Executor | None,
    progress: Progress,
) -> None:
    chosen = np.unique(np.linspace(0, studio.sortie.frame_count - 1, count).round().astype(int)).tolist()
    for channel in channels:
        for done, picture in enumerate(pictures(studio, channel, chosen, pool)):
            name = f"{channel.value}-{chosen[done]:06d}.png"
            write_whole(part / name, encode_png(picture, comment=SYNTHETIC_MARK))
            progress(channel.value, done + 1, len(chosen))


def _inventory(folder: Path) -> dict[str, tuple[str, int]]:
    """SHA-256 and size of every file, by its name in the folder."""
    return {
        path.relative_to(folder).as_posix(): hash_chunks(read_chunks(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _manifest(sortie: Sortie3d, files: dict[str, tuple[str, int]]) -> bytes:
    """What the folder is and what it was made with; no clock in it, so that it is the same every time."""
    spec, sun = sortie.spec, sortie.sun(0)
    about = {
        "format": FORMAT,
        "synthetic": SYNTHETIC_MARK,
        "scene": spec.name,
        "seed": spec.seed,
        "code": code_version(),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "start_utc": spec.sky.start_utc.isoformat(),
        "frames": sortie.frame_count,
        "fps": spec.flight.fps,
        "crf": spec.crf,
        "camera": asdict(sortie.camera),
        "flight": {"kind": spec.flight.kind.value, "speed_mps": round(sortie.path.speed_mps, 3)},
        "pose_correction": asdict(sortie.bias),
        "sun": {"azimuth_deg": round(sun.azimuth_deg, 3), "elevation_deg": round(sun.elevation_deg, 3)},
        "files": {name: {"sha256": digest, "bytes": size} for name, (digest, size) in files.items()},
    }
    return (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()
