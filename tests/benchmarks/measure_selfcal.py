"""What self-calibration finds on real clips and on seeded truths, beside its targets; run by hand.

    python tests/benchmarks/measure_selfcal.py [runs]      # seeded truths a row, 60 where none are given

Prints one line a figure, with the target it has and processor time of this process.
"""

import sys
import time
from pathlib import Path

import numpy as np

from atalaya.georeg.calibrate_centres import calibrate_on_centres, centre_evidence
from atalaya.georeg.calibrate_fit import fit
from atalaya.georeg.disagreement import centre_disagreement
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import HeightReference, Poses, poses
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stream import read_packets
from atalaya.model.calibration import PARAMETERS
from atalaya.model.frame import FrameTable

sys.path.insert(0, str(Path(__file__).parents[1]))

from selfcal_scenes import PoseTruth, centres_clip
from selfcal_scenes import poses_of as scene_poses
from shared_data import shared_file

TRUTHS = {
    "nothing wrong": PoseTruth(),
    "lag 0.08 s": PoseTruth(lag_s=0.08),
    "heading -1.45 deg": PoseTruth(heading_deg=-1.45),
    "lag, heading and pitch": PoseTruth(lag_s=0.06, heading_deg=-0.5, pitch_deg=0.3),
}


def frames_of(name: str) -> FrameTable:
    return read_frames(read_packets([shared_file(f"data/klv/{name}").read_bytes()]).packets)[0]


def poses_of(frames: FrameTable) -> Poses:
    return poses(frames, heights=HeightReference.MSL_AS_HAE, absent_sensor_roll_deg=0.0)


def say(figure: str, value: str, target: str) -> None:
    sys.stdout.write(f"{figure:66} {value:>26}   target: {target}\n")


def real_clips() -> None:
    frames = frames_of("real/cheyenne_c208b_2012.klv")
    started = time.process_time()
    found = calibrate_on_centres(frames, poses_of).calibration
    cpu_s = time.process_time() - started
    say("Cheyenne, raw median", f"{found.residual_before_m:.2f} m", "<= 8.5 m")
    say("Cheyenne, estimated", f"{', '.join(found.estimated)} {found.attitude_lag_s:.4f} s", "about 0.06 s")
    evidence = centre_evidence(frames, poses_of)
    first = evidence.group < np.median(evidence.group)
    for name, fitted, other in (("first", first, ~first), ("second", ~first, first)):
        half = calibrate_on_centres(frames.take(np.flatnonzero(fitted)), poses_of).calibration
        before_m = float(np.nanmedian(evidence.distance_m(np.zeros(len(PARAMETERS)))[other]))
        after_m = float(np.nanmedian(evidence.distance_m(half.values())[other]))
        cut = f"{before_m:.2f} to {after_m:.2f} m, -{1.0 - after_m / before_m:.0%}"
        say(f"Cheyenne, {name} half {half.attitude_lag_s:.4f} s, median of the other", cut, ">= 35 % less")
    say("Cheyenne, 407 packets, whole estimate", f"{cpu_s:.2f} CPU-s", "-")

    frames = frames_of("real/aphill_klv_10s.ts")
    camera = poses_of(frames)
    raised = centre_disagreement(frame_centre_residuals(frames, camera), camera, PoseErrors())
    found = calibrate_on_centres(frames, poses_of).calibration
    sigma_deg = float(np.sqrt(found.covariance[1, 1]))
    say(
        "A.P. Hill, heading bias", f"{found.heading_bias_deg:.4f} +- {sigma_deg:.4f} deg", "-1.45 +- 0.01 deg"
    )
    moved = f"{found.residual_before_m:.1f} to {found.residual_after_m:.2f} m"
    say("A.P. Hill, residual", moved, "<= 0.5 m")
    say("A.P. Hill, warning raised", "no" if raised is None else "yes", "yes")
    found = calibrate_on_centres(frames_of("sim/osh_vrsg_vmti.ts"), poses_of).calibration
    say("OSH, exact geometry: parameters estimated", str(len(found.estimated)), "0")


def seeded_truths(runs: int) -> None:
    for name, truth in TRUTHS.items():
        values = [truth.lag_s, truth.heading_deg, truth.yaw_deg, truth.pitch_deg]
        wanted = {PARAMETERS[place] for place, value in enumerate(values) if value}
        right, squares, terms = 0, 0.0, 0
        for seed in range(runs):
            frames = centres_clip(truth, seed, count=150, noise_deg=0.05, outlier_share=0.1)
            right += set(calibrate_on_centres(frames, scene_poses).calibration.estimated) == wanted
            if wanted:
                names = tuple(it for it in PARAMETERS if it in wanted)
                columns = [PARAMETERS.index(it) for it in names]
                found = fit(centre_evidence(frames, scene_poses), names)
                error = found.values[columns] - np.array(values)[columns]
                squares += float(error @ np.linalg.solve(found.covariance[np.ix_(columns, columns)], error))
                terms += len(columns)
        say(f"seeded, 10 % gross errors, {name}: right parameters", f"{right} of {runs}", "all")
        if terms:
            say(
                "    normalised error squared over its degrees of freedom",
                f"{squares / terms:.2f}",
                "about 1",
            )


if __name__ == "__main__":
    real_clips()
    seeded_truths(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
