"""The form of a scene file, version 1: its fields, their ranges, its JSON schema, and back to text.

The schema is published as docs/reference/scene.schema.json.
"""

import dataclasses
import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from atalaya.errors import InputError
from atalaya.model.truth import LookAlikeKind, Setting, SiteState
from atalaya.simulation import scene_spec as spec

SCHEMA_ID = "https://atalaya.invalid/scene.schema.json"
type At = tuple[float, float]


def _ranged(name: str, said: str) -> Any:
    low, high = spec.RANGES[name]
    return Field(ge=low, le=high, description=said)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SiteWire(_Wire):
    """A true site wanted."""

    setting: Setting
    state: SiteState = SiteState.ACTIVE
    canopy_cover: Annotated[
        float | None, _ranged("canopy_cover", "share of it that leaves hide from above; null: as usual")
    ] = None
    at_m: Annotated[At | None, Field(description="east, north of the middle (m); null: the land decides")] = (
        None
    )


class LookAlikeWire(_Wire):
    """An innocent place wanted."""

    kind: LookAlikeKind
    canopy_cover: Annotated[
        float | None, _ranged("canopy_cover", "share of it that leaves hide from above; null: as usual")
    ] = None
    at_m: Annotated[At | None, Field(description="east, north of the middle (m); null: the land decides")] = (
        None
    )


class FlightWire(_Wire):
    """How it is flown."""

    kind: spec.FlightKind = spec.FlightKind.ORBIT
    gsd_m: Annotated[float, _ranged("gsd_m", "ground sample distance across the look at the aim (m)")] = 0.16
    off_nadir_deg: Annotated[float, _ranged("off_nadir_deg", "of the line of sight at the aim (deg)")] = 35.0
    height_m: Annotated[float, _ranged("height_m", "of the sensor above the ground at the aim (m)")] = 1500.0
    speed_mps: Annotated[float, _ranged("speed_mps", "over the ground, of a pass (m/s)")] = 60.0
    arc_deg: Annotated[float, _ranged("arc_deg", "how far round an arc goes (deg)")] = 120.0
    heading_deg: Annotated[float, _ranged("heading_deg", "of a pass; azimuth of the first look (deg)")] = 0.0
    fps: Annotated[float, _ranged("fps", "frames a second")] = 2.0
    duration_s: Annotated[float, _ranged("duration_s", "of the clip (s)")] = 30.0
    width_px: Annotated[int, _ranged("width_px", "of the frame (px)")] = 1920
    height_px: Annotated[int, _ranged("height_px", "of the frame (px)")] = 1080
    aim_place: Annotated[
        int | None, Field(ge=0, description="row of the place looked at, sites first; null: the middle")
    ] = None
    turbulence: Annotated[float, _ranged("turbulence", "0 calm air, 1 rolls by 2 deg every 5 s")] = 0.0


class SkyWire(_Wire):
    """Time and air."""

    start_utc: Annotated[AwareDatetime, Field(description="time of the first frame, and so the sun's")] = (
        datetime(2026, 3, 21, 17, 0, tzinfo=UTC)
    )
    visibility_km: Annotated[float, _ranged("visibility_km", "meteorological visibility (km)")] = 40.0


class PoseErrorWire(_Wire):
    """How the reported pose is wrong."""

    angle_deg: Annotated[float, _ranged("angle_deg", "one sigma of each angle's drift (deg)")] = 0.0
    place_m: Annotated[float, _ranged("place_m", "one sigma of each axis's drift (m)")] = 0.0
    lag_ms: Annotated[float, _ranged("lag_ms", "by how much metadata is older than its picture (ms)")] = 0.0
    bias_deg: Annotated[float, _ranged("bias_deg", "constant error of heading, pitch, roll (deg)")] = 0.0
    bias_m: Annotated[float, _ranged("bias_m", "constant error of each axis (m)")] = 0.0
    correlation_s: Annotated[float, _ranged("correlation_s", "time constant of the drift (s)")] = 20.0


class SceneWire(_Wire):
    """A simulated scene, version 1."""

    version: Literal[1] = 1
    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,63}$", description="a-z, 0-9 and hyphens")]
    seed: Annotated[int, _ranged("seed", "the same seed gives the same bytes")]
    biome: spec.Biome
    lon_deg: Annotated[float, _ranged("lon_deg", "of the scene's middle (deg)")] = -107.2
    lat_deg: Annotated[float, _ranged("lat_deg", "of the scene's middle (deg)")] = 24.95
    size_m: Annotated[float, _ranged("size_m", "side of the square that is painted and planted (m)")] = 600.0
    tree_density: Annotated[float, _ranged("tree_density", "times what grows by nature")] = 1.0
    sites: tuple[SiteWire, ...] = ()
    look_alikes: tuple[LookAlikeWire, ...] = ()
    flight: FlightWire = FlightWire()
    sky: SkyWire = SkyWire()
    pose_errors: PoseErrorWire = PoseErrorWire()
    crf: Annotated[int, _ranged("crf", "how hard the encoder squeezes the pictures, 0 hardly")] = 20
    colour: Annotated[bool, Field(description="whether the colour camera records")] = True
    infrared: Annotated[bool, Field(description="whether the thermal camera records")] = False
    vmti: Annotated[bool, Field(description="whether the stream reports vehicles")] = False


def scene_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scene file."""
    schema = SceneWire.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID} | schema


def scene_of(data: Any) -> spec.SceneSpec:
    """The plain record of a file's data.

    Raises:
        ValidationError: pydantic's, with every wrong field. InputError: fields that do not go together, or a
            kind of value that no scene has.
    """
    # through JSON: strict, yet names of kinds are taken as text
    wire = SceneWire.model_validate_json(json.dumps(data, default=_plain), strict=True)
    return _record(wire)


def scene_text(scene: spec.SceneSpec) -> str:
    """The scene as YAML that `scene_file.read_scene` reads back equal."""
    data = {"version": 1} | _plain_record(scene)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _plain_record(record: Any) -> Any:
    """A record as YAML's own kinds; what is None is left out."""
    if dataclasses.is_dataclass(record):
        values = ((field.name, getattr(record, field.name)) for field in dataclasses.fields(record))
        return {name: _plain_record(value) for name, value in values if value is not None}
    if isinstance(record, tuple):
        return [_plain_record(value) for value in record]
    if isinstance(record, datetime):
        return record.isoformat()
    return str(record) if isinstance(record, str) else record


def _record(wire: SceneWire) -> spec.SceneSpec:
    """The plain record of a checked file."""
    return spec.SceneSpec(
        **wire.model_dump(exclude={"version", "sites", "look_alikes", "flight", "sky", "pose_errors"}),
        sites=tuple(spec.SiteSpec(**site.model_dump()) for site in wire.sites),
        look_alikes=tuple(spec.LookAlikeSpec(**other.model_dump()) for other in wire.look_alikes),
        flight=spec.FlightSpec(**wire.flight.model_dump()),
        sky=spec.SkySpec(**wire.sky.model_dump()),
        pose_errors=spec.PoseErrorSpec(**wire.pose_errors.model_dump()),
    )


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise InputError(f"a scene holds no {type(value).__name__}")
