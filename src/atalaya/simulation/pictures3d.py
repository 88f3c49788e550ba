"""The pictures of a flown scene, in colour and in the long-wave infrared, each marked as synthetic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.simulation.camera import View, view_of
from atalaya.simulation.picture3d import Stage, Temperatures, render_eo, render_ir, stage_of, sunlight
from atalaya.simulation.render import label_picture
from atalaya.simulation.sensor import Air, ColourSensor, ranges_m, sense_colour, smear_px
from atalaya.simulation.sortie3d import Sortie3d
from atalaya.simulation.sunlight import Light, Sunlight
from atalaya.simulation.thermal_sensor import ThermalSensor, sense_thermal
from atalaya.simulation.vehicle_solids import vehicle_solids
from atalaya.units import PixelsArray, Seconds

type Picture = NDArray[np.uint8]
THERMAL_EXPOSURE_S: Seconds = 0.008
"""How long a microbolometer needs to follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A flown scene ready to be filmed; make it once. The sun stands still while the clip lasts."""

    sortie: Sortie3d
    stage: Stage
    light: Sunlight


def studio_of(sortie: Sortie3d) -> Studio:
    """Lay a scene out for its pictures."""
    stage, sun = stage_of(sortie.world), sortie.sun(0)
    light = Light(sun_azimuth_deg=sun.azimuth_deg, sun_elevation_deg=sun.elevation_deg)
    return Studio(sortie=sortie, stage=stage, light=sunlight(stage, light))


def colour_picture(studio: Studio, index: int) -> Picture:
    """(H, W, 3) uint8 RGB of one frame, as the camera gives it to its encoder.

    Raises:
        InputError: a frame that the sortie does not have, or a picture of the sky.
    """
    sortie, sensor = studio.sortie, ColourSensor()
    view = _view(sortie, index)
    moving = vehicle_solids(sortie.world.vehicles, float(sortie.time_s[index]), sortie.world.surface)
    perfect = render_eo(studio.stage, sortie.camera, view, studio.light, moving)
    picture = sense_colour(
        perfect,
        sensor,
        Air(
            visibility_m=1000.0 * sortie.spec.sky.visibility_km,
            sun_elevation_deg=sortie.sun(0).elevation_deg,
        ),
        range_m=ranges_m(sortie.world.surface, sortie.camera, view),
        above_m=sortie.spec.flight.height_m,
        smear=_smear_px(sortie, index, view, sensor.exposure_s),
        time_s=float(sortie.time_s[index]),
        key=(sortie.spec.seed, index),
    )
    return _marked(sortie, picture)


def thermal_picture(studio: Studio, index: int) -> Picture:
    """(H, W, 3) uint8 of one frame in grey, warm is bright.

    Raises:
        InputError: a frame that the sortie does not have, or a picture of the sky.
    """
    sortie = studio.sortie
    view = _view(sortie, index)
    open_k, covered_k, air_k = sortie.heat.at(sortie.instant(index))
    temperatures = Temperatures(open_k=open_k, covered_k=covered_k)
    moving = vehicle_solids(sortie.world.vehicles, float(sortie.time_s[index]), sortie.world.surface)
    grey = sense_thermal(
        render_ir(studio.stage, sortie.camera, view, studio.light, temperatures, moving),
        ThermalSensor(),
        air_k=air_k,
        range_m=ranges_m(sortie.world.surface, sortie.camera, view),
        above_m=sortie.spec.flight.height_m,
        smear=_smear_px(sortie, index, view, THERMAL_EXPOSURE_S),
        key=(sortie.spec.seed, index),
    )
    return _marked(sortie, np.repeat(grey[:, :, None], 3, axis=2))


def _view(sortie: Sortie3d, index: int) -> View:
    if not 0 <= index < sortie.frame_count:
        raise InputError(f"the scene has frames 0 to {sortie.frame_count - 1}, wanted {index}")
    return sortie.view(index)


def _smear_px(sortie: Sortie3d, index: int, view: View, exposure_s: Seconds) -> PixelsArray:
    """(2,) how far the middle of the picture moves during the exposure."""
    now_s = sortie.time_s[index : index + 1]
    later = sortie.path.poses(now_s + exposure_s)
    middle_m = sortie.path.targets_m(now_s)[0]
    return smear_px(sortie.camera, view, view_of(later, 0, sortie.world.frame), middle_m)


def _marked(sortie: Sortie3d, picture: Picture) -> Picture:
    label = label_picture(sortie.camera)
    marked = picture.copy()
    marked[: label.shape[0], : label.shape[1]] = label
    return marked
