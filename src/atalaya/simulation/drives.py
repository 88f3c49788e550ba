"""Which vehicles drive on a world: some pass on its roads, one comes to a site that is at work."""

import numpy as np

from atalaya.model.truth import SiteState
from atalaya.simulation.ground_plan import GroundPlan
from atalaya.simulation.scene_spec import Biome, SceneSpec
from atalaya.simulation.thing_kit import BODIES
from atalaya.simulation.traces import Traces
from atalaya.simulation.vehicles import Vehicle
from atalaya.units import MetresArray, Seconds

_ARRIVES = 0.5
"""Chance that a vehicle comes to an active site during the clip."""


def drive(rng: np.random.Generator, spec: SceneSpec, plan: GroundPlan, traces: Traces) -> tuple[Vehicle, ...]:
    """Vehicles and their ways, so timed that they pass the scene's middle part while it is looked at."""
    busy = {Biome.SUBURB: 0.35, Biome.EMPTY: 0.2, Biome.FIELD_EDGE: 0.8}.get(spec.biome, 0.5)
    duration_s = spec.flight.duration_s
    passing = [
        _on(rng, line_m if rng.random() < 0.5 else line_m[::-1], float(rng.uniform(6.0, 14.0)), duration_s)
        for line_m in plan.roads
        if rng.random() < busy
    ]
    sites = {index for index, site in enumerate(spec.sites) if site.state is SiteState.ACTIVE}
    coming = [
        _on(rng, track.line_m[::-1], float(rng.uniform(3.0, 5.0)), duration_s)
        for track in traces.tracks
        if track.place_index in sites and len(track.line_m) > 4 and rng.random() < _ARRIVES
    ]
    return (*passing, *coming)


def _on(rng: np.random.Generator, line_m: MetresArray, speed_mps: float, duration_s: Seconds) -> Vehicle:
    """A pick-up or a lorry that is half its way along a line at some time in the clip."""
    length_m = float(np.linalg.norm(np.diff(line_m, axis=0), axis=1).sum())
    lorry = rng.random() < 0.3
    red, green, blue = BODIES[int(rng.integers(len(BODIES)))]
    return Vehicle(
        route_m=line_m,
        start_m=0.5 * length_m - speed_mps * duration_s * float(rng.uniform(0.2, 0.8)),
        speed_mps=speed_mps,
        length_m=8.2 if lorry else 5.3,
        width_m=2.4 if lorry else 1.9,
        height_m=3.1 if lorry else 1.75,
        colour=(red, green, blue),
    )
