"""Where a pixel is on the ground, with its error or the reason why not; where a place is in the picture."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.app.why_unknown import why_no_pose
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic
from atalaya.geo.geoid import hae_to_msl
from atalaya.geo.rays import cast
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.camera import camera_directions, half_extents, project
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.lens import lens_for
from atalaya.georeg.locate import pixel_region
from atalaya.georeg.no_ground import Miss, NoGround, why_no_ground
from atalaya.georeg.pose import HeightReference
from atalaya.model.ground import GroundRegion
from atalaya.units import Degrees, DegreesArray, Metres, MetresArray, Pixels

_IN_FRONT_M = 2.0
"""Ground that a look meets so little before a place is the ground of the place itself."""

_BEYOND_LENS = "the lens was not measured so far out: no direction is known for this pixel"


class NoPlace(StrEnum):
    """Why a pixel has no place."""

    POSE_UNKNOWN = "pose-unknown"
    BEYOND_LENS = "beyond-lens"
    SKY = "sky"
    OFF_TERRAIN = "off-terrain"
    VOID = "void"
    BELOW_GROUND = "below-ground"
    ERROR_UNBOUNDED = "error-unbounded"


class NotSeen(StrEnum):
    """Why a place is not in a picture."""

    POSE_UNKNOWN = "pose-unknown"
    NO_TERRAIN = "no-terrain"
    OUTSIDE_PICTURE = "outside-picture"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelOnGround:
    """A pixel with its place.

    Args:
        frame_index, x_px, y_px: that was asked for.
        region: the position with CE90 and LE90, and the ground where the true place may be; its heights are
            in the datum of `heights`.
        heights: HAE, or MSL_AS_HAE where sensor and ground were declared in one MSL datum.
        msl_m: height above mean sea level; None without a geoid that reaches the place.
        msl_reason: why there is none; None where there is one.
        slant_range_m: from the sensor to the place.
        gsd_m: ground sample distance across the look [m/px].
        target_ce90_m, target_le90_m: what the packet itself states of its frame centre (items 45, 46), to be
            seen beside ours; None where it states nothing.
        errors: what was assumed to be uncertain, one sigma each.
        pose_errors_stated: the packet states errors of its own pose, and they were taken instead (item 102).
    """

    frame_index: int
    x_px: Pixels
    y_px: Pixels
    region: GroundRegion
    heights: HeightReference
    msl_m: Metres | None
    msl_reason: str | None
    slant_range_m: Metres
    gsd_m: Metres
    target_ce90_m: Metres | None = None
    target_le90_m: Metres | None = None
    errors: PoseErrors = field(default_factory=PoseErrors)
    pose_errors_stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelWithoutPlace:
    """A pixel that has no place, and why, in words for the person who asked."""

    frame_index: int
    x_px: Pixels
    y_px: Pixels
    kind: NoPlace
    reason: str


type PixelAnswer = PixelOnGround | PixelWithoutPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePoint:
    """Where a place is in one picture.

    Args:
        hae_m: height of the ground there. slant_range_m: from the sensor.
    """

    frame_index: int
    x_px: Pixels
    y_px: Pixels
    hae_m: Metres
    slant_range_m: Metres


@dataclass(frozen=True, slots=True, kw_only=True)
class NoImagePoint:
    """A picture that does not show the place, and why."""

    frame_index: int
    kind: NotSeen
    reason: str


type ImageAnswer = ImagePoint | NoImagePoint


def pixel_of_clip(clip: Clip, frame_index: int, x_px: Pixels, y_px: Pixels) -> PixelAnswer:
    """Where one pixel of a clip is on the ground; reads only.

    Args:
        clip: the clip.
        frame_index: number of the metadata frame, as in the FrameTable.
        x_px: column from 0 at the centre of the upper left pixel.
        y_px: row likewise.

    Raises:
        NotFoundError: no such frame. InputError: no such pixel, or a clip without pictures.
    """
    row = clip.row_of(frame_index)
    width_px, height_px = clip.size_px()
    _require_pixel(clip, x_px, y_px)
    camera = clip.camera.take(np.array([row], dtype=np.intp))
    if not camera.known[0]:
        reason = why_no_pose(clip.frames, row, clip.ground.geoid, clip.ground.heights)
        return PixelWithoutPlace(
            frame_index=frame_index, x_px=x_px, y_px=y_px, kind=NoPlace.POSE_UNKNOWN, reason=reason
        )
    asked = np.array([x_px], dtype=np.float64), np.array([y_px], dtype=np.float64)
    lens = clip.ground.lens
    seen = camera_directions(camera, *asked, width_px, height_px, lens=lens)[0]
    if np.isnan(seen).any():
        return PixelWithoutPlace(
            frame_index=frame_index, x_px=x_px, y_px=y_px, kind=NoPlace.BEYOND_LENS, reason=_BEYOND_LENS
        )
    errors = clip.ground.errors_of_look(camera.origin_ecef_m, camera.rotation_ecef_from_camera @ seen)
    region = pixel_region(
        camera,
        (x_px, y_px),
        (width_px, height_px),
        clip.ground.terrain,
        errors,
        lens=lens,
        doubts=clip.doubt_at(row).on_ground(np.array([errors.terrain_vertical_m])),
    )
    if region is None:
        direction = camera.rotation_ecef_from_camera[0] @ seen
        kind, reason = _why_no_place(clip, camera.origin_ecef_m[0], direction)
        return PixelWithoutPlace(frame_index=frame_index, x_px=x_px, y_px=y_px, kind=kind, reason=reason)
    place = region.position
    hit_m = ecef_from_geodetic(place.lon_deg, place.lat_deg, place.hae_m or 0.0)
    slant_range_m = float(np.linalg.norm(hit_m - camera.origin_ecef_m[0]))
    ahead_m = slant_range_m / float(np.linalg.norm(seen))
    step = 2.0 * float(half_extents(camera, width_px, height_px)[0, 0]) / width_px
    step = step if lens is None else 1.0 / lens_for(lens, width_px, height_px)[0].fx_px
    msl_m, msl_reason = _msl_m(clip, region)
    target_ce90_m, target_le90_m = _stated_of_target(clip, frame_index)
    return PixelOnGround(
        frame_index=frame_index,
        x_px=x_px,
        y_px=y_px,
        region=region,
        heights=clip.ground.heights,
        msl_m=msl_m,
        msl_reason=msl_reason,
        slant_range_m=slant_range_m,
        gsd_m=ahead_m * step,
        target_ce90_m=target_ce90_m,
        target_le90_m=target_le90_m,
        errors=replace(clip.ground.errors_left, terrain_vertical_m=errors.terrain_vertical_m),
        pose_errors_stated=_states_pose_errors(clip, frame_index),
    )


def image_points_of_clip(
    clip: Clip, lon_deg: Degrees, lat_deg: Degrees, rows: NDArray[np.intp] | None = None
) -> tuple[ImageAnswer, ...]:
    """Where one place on the ground is in each picture of a clip.

    Args:
        clip: the clip.
        lon_deg: of the place; its height is the terrain's.
        lat_deg: likewise.
        rows: of the frames that are asked; None asks all.

    Raises:
        InputError: no such place, or a clip without pictures.
    """
    if not (-180.0 <= lon_deg <= 180.0 and -90.0 <= lat_deg <= 90.0):
        raise InputError(f"no such place: lon {lon_deg}, lat {lat_deg} deg")
    rows = np.arange(len(clip.frames), dtype=np.intp) if rows is None else rows
    width_px, height_px = clip.size_px()
    camera, count = clip.camera.take(rows), len(rows)
    hae_m = float(clip.ground.terrain.height_hae_m(lon_deg, lat_deg))
    place_m = ecef_from_geodetic(lon_deg, lat_deg, hae_m)
    many = (np.full(count, lon_deg), np.full(count, lat_deg), np.full(count, hae_m))
    x_px, y_px = project(camera, *many, width_px, height_px, lens=clip.ground.lens)
    inside = (np.abs(x_px - 0.5 * (width_px - 1)) <= 0.5 * width_px) & (
        np.abs(y_px - 0.5 * (height_px - 1)) <= 0.5 * height_px
    )
    before_m, range_m = _ground_before(clip, camera.origin_ecef_m, place_m, inside)
    answers: list[ImageAnswer] = []
    for row in range(count):
        frame_index = int(camera.frame_index[row])
        if not camera.known[row]:
            reason = why_no_pose(clip.frames, int(rows[row]), clip.ground.geoid, clip.ground.heights)
            answers.append(NoImagePoint(frame_index=frame_index, kind=NotSeen.POSE_UNKNOWN, reason=reason))
        elif np.isnan(hae_m):
            reason = f"the terrain has no height at lon {lon_deg:.6f}, lat {lat_deg:.6f}; {_bounds(clip)}"
            answers.append(NoImagePoint(frame_index=frame_index, kind=NotSeen.NO_TERRAIN, reason=reason))
        elif not inside[row]:
            reason = "it lies outside the picture, or behind the camera"
            answers.append(NoImagePoint(frame_index=frame_index, kind=NotSeen.OUTSIDE_PICTURE, reason=reason))
        elif before_m[row] > _IN_FRONT_M:
            reason = f"hidden: the look meets ground {before_m[row]:.0f} m before it"
            answers.append(NoImagePoint(frame_index=frame_index, kind=NotSeen.HIDDEN, reason=reason))
        else:
            answers.append(
                ImagePoint(
                    frame_index=frame_index,
                    x_px=float(x_px[row]),
                    y_px=float(y_px[row]),
                    hae_m=hae_m,
                    slant_range_m=float(range_m[row]),
                )
            )
    return tuple(answers)


def _ground_before(
    clip: Clip, origin_m: MetresArray, place_m: MetresArray, asked: NDArray[np.bool_]
) -> tuple[MetresArray, MetresArray]:
    """How far before the place each look at it meets ground, zero where it does not; and the range."""
    towards_m = place_m - origin_m
    range_m = np.linalg.norm(towards_m, axis=1)
    before_m = np.zeros(len(origin_m))
    rows = np.flatnonzero(asked)
    hit_m = cast(origin_m[rows], towards_m[rows], clip.ground.terrain)
    before_m[rows] = np.nan_to_num(range_m[rows] - np.linalg.norm(hit_m - origin_m[rows], axis=1))
    return before_m, range_m


def _require_pixel(clip: Clip, x_px: Pixels, y_px: Pixels) -> None:
    width_px, height_px = clip.size_px()
    if not (-0.5 <= x_px <= width_px - 0.5 and -0.5 <= y_px <= height_px - 0.5):
        raise InputError(
            f"pixel {x_px:g},{y_px:g} is not in the picture: x is -0.5 to {width_px - 0.5:g}, "
            f"y is -0.5 to {height_px - 0.5:g}"
        )


def _stated_of_target(clip: Clip, frame_index: int) -> tuple[Metres | None, Metres | None]:
    """CE90 and LE90 of the frame centre as the packet states them."""
    row = None if clip.stated is None else clip.stated.row_of(frame_index)
    if row is None or clip.stated is None:
        return None, None
    both = float(clip.stated.target_ce90_m[row]), float(clip.stated.target_le90_m[row])
    ce90_m, le90_m = (None if np.isnan(number) else number for number in both)
    return ce90_m, le90_m


def _states_pose_errors(clip: Clip, frame_index: int) -> bool:
    """Whether the packet states any error of its own pose."""
    row = None if clip.stated is None else clip.stated.row_of(frame_index)
    return row is not None and clip.stated is not None and bool(np.isfinite(clip.stated.sigma[row]).any())


def _msl_m(clip: Clip, region: GroundRegion) -> tuple[Metres | None, str | None]:
    """Height above mean sea level, or why there is none."""
    position, geoid = region.position, clip.ground.geoid
    if clip.ground.heights is HeightReference.MSL_AS_HAE:
        return position.hae_m, None
    if geoid is None:
        return None, "no geoid grid: give one (--geoid), or import the terrain with one"
    try:
        return float(hae_to_msl(geoid, position.lon_deg, position.lat_deg, position.hae_m or 0.0)), None
    except InputError as error:
        return None, str(error)


def _why_no_place(clip: Clip, origin_m: MetresArray, direction: NDArray[np.float64]) -> tuple[NoPlace, str]:
    terrain = clip.ground.terrain
    if not np.isnan(cast(origin_m[None], direction[None], terrain)).any():
        return NoPlace.ERROR_UNBOUNDED, (
            "more than a tenth of the likely errors of this look meets no known ground, so no error can be "
            "stated: the look grazes the horizon, the edge of the terrain or a void"
        )
    found = why_no_ground(origin_m, direction, terrain)
    return NoPlace(found.miss.value), _words(clip, found)


def _words(clip: Clip, found: NoGround) -> str:
    where = f"lon {found.lon_deg:.5f}, lat {found.lat_deg:.5f}"
    match found.miss:
        case Miss.SKY:
            return "the pixel shows the sky: its look never comes down to any ground of the terrain"
        case Miss.VOID:
            return f"the look comes down where the terrain has no height, near {where}"
        case Miss.OFF_TERRAIN:
            return f"the terrain does not cover this look, which leaves it near {where}; {_bounds(clip)}"
        case Miss.BELOW_GROUND:
            return (
                f"the sensor is {found.below_m:.0f} m below the ground at {where}: heights of terrain and "
                "sensor are hardly in one vertical datum"
            )


def _bounds(clip: Clip) -> str:
    """Both bounds: of the terrain, and of where the clip's sensor was."""
    terrain = clip.ground.terrain
    sensor = _span(clip.camera.lon_deg, clip.camera.lat_deg)
    if isinstance(terrain, ConstantHeight):
        return f"the sensor was at {sensor}"
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    reach = f"lon {west_deg:.5f} to {east_deg:.5f}, lat {south_deg:.5f} to {north_deg:.5f}"
    return f"the terrain reaches {reach}; the sensor of the clip was at {sensor}"


def _span(lon_deg: DegreesArray, lat_deg: DegreesArray) -> str:
    if np.isnan(lon_deg).all():
        return "no known place"
    return (
        f"lon {np.nanmin(lon_deg):.5f} to {np.nanmax(lon_deg):.5f}, "
        f"lat {np.nanmin(lat_deg):.5f} to {np.nanmax(lat_deg):.5f}"
    )
