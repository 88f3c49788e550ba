"""Measures the three ways of finding sites on simulated worlds and prints their FROC figures, table by table.

    python tests/benchmarks/measure_harness.py [FOLDER]

Worlds are simulated into FOLDER (a temporary one if left out; worlds that are there already are taken as they are):
five biomes, each with the sites that hide in it and innocent places beside them, looked at in one orbit. Seeds from
5000 are for development: whoever chooses a threshold or a weight may look at them. Seeds from 6000 are held out.
False alarms are counted on ground looked at from at least three sectors.
"""

import sys
import tempfile
import time
from pathlib import Path

from atalaya.app.clip import GroundFiles, clip_of_file, ground_of_files
from atalaya.app.clip_looks import look_at_clip
from atalaya.app.evaluate_detection import evaluate_detection, write_evaluation
from atalaya.app.looks import LooksWish
from atalaya.app.simulate_scene import simulate_scene
from atalaya.cli.detect_evaluate import evaluation_text
from atalaya.detection.evaluation import Rules
from atalaya.model.evaluation import Ground
from atalaya.model.truth import LookAlikeKind, Setting, SiteState
from atalaya.simulation.scene_spec import Biome, FlightSpec, LookAlikeSpec, SceneSpec, SiteSpec

SITES = {
    Biome.SIERRA: ((Setting.CANOPY_RAVINE, SiteState.ACTIVE, 0.5), (Setting.DUMP, SiteState.INACTIVE, 0.3)),
    Biome.DRY_FOREST: (
        (Setting.STOCKPILE, SiteState.ACTIVE, 0.6),
        (Setting.CANOPY_RAVINE, SiteState.DESTROYED, 0.7),
    ),
    Biome.FIELD_EDGE: (
        (Setting.FIELD_EDGE, SiteState.ACTIVE, 0.4),
        (Setting.UNDERGROUND, SiteState.ACTIVE, 0.2),
    ),
    Biome.MANGROVE: ((Setting.MANGROVE, SiteState.ACTIVE, 0.7), (Setting.MANGROVE, SiteState.INACTIVE, 0.5)),
    Biome.SUBURB: ((Setting.URBAN, SiteState.ACTIVE, 0.1), (Setting.STOCKPILE, SiteState.INACTIVE, 0.3)),
}
LOOK_ALIKES = (
    (LookAlikeKind.VILLAGE_HOME, LookAlikeKind.CHARCOAL_KILN),
    (LookAlikeKind.FIELD_CAMP, LookAlikeKind.APIARY),
    (LookAlikeKind.SHADE_NET, LookAlikeKind.RANCH_SHED),
    (LookAlikeKind.SAWMILL, LookAlikeKind.CROP_BURN),
    (LookAlikeKind.CORRAL, LookAlikeKind.ARTISANAL_MINE),
)
NEAR_M = ((0.0, 0.0), (55.0, -50.0))
INNOCENT_M = ((-60.0, 45.0), (-50.0, -55.0))
"""Places close enough together that one orbit shows them all."""
RATES = (10.0, 100.0, 1000.0, 10_000.0)
"""Five orbits look at so little ground that one false alarm is some 300 per 100 km2: hence the last."""
AS_SAID = "looks-as-said"
"""Folder of the integral of looks laid down as the poses say, which in these worlds are right."""
CLAIMS = ("integral", "single-frame", "pooled", "pooled-most")


def scenes(first_seed: int) -> list[SceneSpec]:
    """One of each biome."""
    return [
        SceneSpec(
            name=f"{biome.value}-{first_seed + number}",
            seed=first_seed + number,
            biome=biome,
            size_m=500.0,
            sites=tuple(
                SiteSpec(setting=setting, state=state, canopy_cover=cover, at_m=at_m)
                for (setting, state, cover), at_m in zip(SITES[biome], NEAR_M, strict=True)
            ),
            look_alikes=tuple(
                LookAlikeSpec(kind=kind, at_m=at_m)
                for kind, at_m in zip(LOOK_ALIKES[number], INNOCENT_M, strict=True)
            ),
            flight=FlightSpec(
                gsd_m=0.25, height_m=1200.0, duration_s=48.0, fps=0.25, width_px=960, height_px=720
            ),
        )
        for number, biome in enumerate(SITES)
    ]


def measure(name: str, first_seed: int, folder: Path) -> None:
    """Simulate what is not there yet, judge, print."""
    folders = []
    for spec in scenes(first_seed):
        folders.append(folder / spec.name)
        if not folders[-1].is_dir():
            simulate_scene(spec, f"# {spec}\n".encode(), folders[-1])
    for one in folders:
        if not (one / AS_SAID).is_dir():
            clip = clip_of_file(one / "eo.ts", ground_of_files(GroundFiles(terrain=one / "terrain.tif")))
            look_at_clip(clip, one / AS_SAID, LooksWish(registered=False))
    claims = (*CLAIMS, f"as-said={folder}/{{scene}}/{AS_SAID}/places.parquet")
    started_s = time.process_time()
    answer = evaluate_detection(folders, claims, Rules(ground=Ground.OBSERVED, rates_per_100km2=RATES))
    write_evaluation(answer, folder / f"answer-{first_seed}", replace=True)
    say(f"\n{name}, seeds from {first_seed}: {time.process_time() - started_s:.0f} s CPU")
    say(evaluation_text(answer))
    for by in ("setting", "occlusion", "azimuths"):
        for group in answer.claims[0].groups:
            if group.by == by and group.sites:
                found = [
                    f"{claim.name} {next(one for one in claim.groups if (one.by, one.value) == (by, group.value)).found[-2]}"
                    for claim in answer.claims
                ]
                say(f"  {by} {group.value}: {group.sites} sites; found at {RATES[-1]:g}: {', '.join(found)}")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main(folder: Path) -> None:
    """Both sets of seeds."""
    measure("development", 5000, folder)
    measure("held out", 6000, folder)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(prefix="atalaya-harness-") as made:
            main(Path(made))
