"""A correction of the pose means the same everywhere: its errors count once, and it moves exports too."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import box

from atalaya.app.apply_calibration import apply_calibration
from atalaya.app.calibrate_source import calibrate_source
from atalaya.app.clip import GroundFiles, clip_of_file, clip_of_source, open_clip, source_record
from atalaya.app.ground import DeclaredGround, Ground
from atalaya.app.hold_point import Stretch, hold_in_clip
from atalaya.app.ingest_source import ingest_source
from atalaya.app.ortho import OrthoWish, export_ortho
from atalaya.app.ortho_mosaic import MosaicWish, export_mosaic, frames_path
from atalaya.app.pixel_on_ground import PixelOnGround, pixel_of_clip
from atalaya.app.terrain import TerrainClaim, import_terrain
from atalaya.errors import InputError, NotPermittedError
from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import HeightReference
from atalaya.io.cog import Packing
from atalaya.model.actor import Role
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod
from atalaya.model.footprint import FootprintTable
from atalaya.model.instants import to_microseconds
from atalaya.model.stated_errors import StatedErrors, nothing_stated
from geo_files import written
from selfcal_scenes import PoseTruth, centres_clip
from small_sortie import GROUND, LAT_DEG, LON_DEG, NOON, flight, make_bench, write_klv, write_ts
from workspaces import ledger

CENTRE_PX = (639.5, 359.5)


@pytest.fixture
def centres(tmp_path):
    """A source with a heading bias, in its workspace."""
    bench = make_bench(tmp_path / "centres", area=box(-107.3, 24.6, -106.6, 25.3))
    context = bench.acting(Role.SENSOR_OPERATOR)
    frames = centres_clip(PoseTruth(heading_deg=-1.45), seed=2, count=150)
    time_us = to_microseconds(NOON) + frames.time_us - frames.time_us[0]
    path = write_klv(tmp_path / "x.klv", replace(frames, time_us=time_us))
    declared = DeclaredGround(constant_m=300.0)
    return context, ingest_source(context, path, bench.sortie.sortie_id, declared=declared).record


@pytest.fixture
def pictures(tmp_path):
    """A source with pictures, in its workspace."""
    bench = make_bench(tmp_path / "pictures")
    operator = bench.acting(Role.SENSOR_OPERATOR)
    path = write_ts(tmp_path / "x.ts", flight())
    record = ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND).record
    return bench.acting(Role.IMAGERY_ANALYST), record


def turned(**values: float) -> Calibration:
    covariance = np.zeros((len(PARAMETERS), len(PARAMETERS)))
    for name in values:
        covariance[PARAMETERS.index(name), PARAMETERS.index(name)] = 1e-4
    return Calibration(
        method=CalibrationMethod.TIE_POINTS,
        estimated=tuple(values),
        covariance=covariance,
        residual_before_m=9.0,
        residual_after_m=1.0,
        holdout_before_m=9.0,
        holdout_after_m=1.0,
        observations=4,
        **values,
    )


def footprints_of(context, record) -> FootprintTable:
    return context.lake.read(FootprintTable, record.sortie_id, record.source_id)


def pixel_at(context, record, frame_index: int, pixel_px=CENTRE_PX) -> PixelOnGround:
    clip = clip_of_source(context, record.source_id)
    clip = clip if clip.image_size_px else replace(clip, image_size_px=(1280, 720))
    answer = pixel_of_clip(clip, frame_index, *pixel_px)
    assert isinstance(answer, PixelOnGround)
    return answer


def test_what_a_correction_leaves_is_counted_once_and_is_what_the_record_says(centres):
    context, record = centres
    found = calibrate_source(context, record.source_id).answer.calibration
    apply_calibration(context, record.source_id, replace(found, attitude_deg=0.6))
    answer = pixel_at(context, record, 60)
    assert answer.errors.attitude_deg == pytest.approx(0.6), "what is left is no assumption to be halved"
    assert source_record(context, record.source_id).ground["attitude_deg"] == answer.errors.attitude_deg
    ce90_m = footprints_of(context, record).ce90_m[60]
    assert answer.region.position.ce90_m == pytest.approx(ce90_m, rel=1e-6)


def test_a_place_that_was_found_is_on_record_as_sure_as_it_is_used(centres):
    context, record = centres
    apply_calibration(
        context, record.source_id, turned(sensor_east_m=3.0, sensor_north_m=1.0, sensor_up_m=2.0)
    )
    used, said = pixel_at(context, record, 60).errors, source_record(context, record.source_id).ground
    assert used.position_horizontal_m == used.position_vertical_m == 0.01
    assert (said["position_horizontal_m"], said["position_vertical_m"]) == (0.01, 0.01)


def test_a_better_correction_does_not_inherit_the_errors_of_the_one_it_replaces(centres):
    context, record = centres
    found = calibrate_source(context, record.source_id).answer.calibration
    apply_calibration(context, record.source_id, found)
    once = footprints_of(context, record)
    apply_calibration(context, record.source_id, replace(found, attitude_deg=2.0))
    assert calibrate_source(context, record.source_id).answer.calibration.attitude_deg == found.attitude_deg
    apply_calibration(context, record.source_id, found)
    np.testing.assert_array_equal(footprints_of(context, record).ce90_m, once.ce90_m)
    assert source_record(context, record.source_id).ground["attitude_deg"] < 0.3


def test_corrected_footprints_keep_the_errors_that_the_stream_states(centres):
    context, record = centres
    indices = clip_of_source(context, record.source_id).frames.frame_index
    nothing = nothing_stated(len(indices))
    assumed_m = pixel_at(context, record, 60).region.position.ce90_m
    sigma = np.full(nothing.sigma.shape, 0.3)
    sigma[:, :3] = np.nan
    stated = replace(nothing, frame_index=indices, sigma=sigma)
    context.lake.clear(StatedErrors, record.sortie_id, record.source_id)
    context.lake.write(record.sortie_id, record.source_id, 0, stated)
    found = calibrate_source(context, record.source_id).answer.calibration
    apply_calibration(context, record.source_id, found)
    ce90_m = pixel_at(context, record, 60).region.position.ce90_m
    assert ce90_m > 1.5 * assumed_m
    assert footprints_of(context, record).ce90_m[60] == pytest.approx(ce90_m, rel=1e-6)


def test_the_centre_of_an_ortho_is_as_sure_as_the_footprint_and_names_the_correction(pictures, tmp_path):
    analyst, record = pictures
    made = export_ortho(analyst, record.source_id, 10, tmp_path / "a.tif", OrthoWish())
    assert made.ce90_m == pytest.approx(footprints_of(analyst, record).ce90_m[10], abs=0.02)
    apply_calibration(analyst, record.source_id, turned(boresight_yaw_deg=0.5))
    made = export_ortho(analyst, record.source_id, 10, tmp_path / "b.tif", OrthoWish())
    content = source_record(analyst, record.source_id).ground["calibration"]
    assert made.tags["ATALAYA_CALIBRATION"] == content
    assert ledger(analyst)[-1]["body"]["ATALAYA_CALIBRATION"] == content


def test_a_correction_holds_on_ground_that_is_named_for_once(centres):
    context, record = centres
    found = calibrate_source(context, record.source_id).answer.calibration
    apply_calibration(context, record.source_id, found)
    own = pixel_at(context, record, 60)
    named = GroundFiles(declared=DeclaredGround(constant_m=300.0))
    clip = open_clip(context, record.source_id, named, (1280, 720))
    answer = pixel_of_clip(clip, 60, *CENTRE_PX)
    assert isinstance(answer, PixelOnGround)
    assert answer.region.position.lon_deg == pytest.approx(own.region.position.lon_deg, abs=1e-9)
    assert answer.errors == own.errors


def test_a_geoid_grid_that_is_named_alone_is_used(centres, tmp_path):
    context, record = centres
    corner = from_origin(-110.0, 30.0, 1.0, 1.0)
    grid = written(tmp_path / "n.tif", np.full((9, 9), -28.0), transform=corner)
    clip = open_clip(context, record.source_id, GroundFiles(geoid=grid), (1280, 720))
    answer = pixel_of_clip(clip, 60, *CENTRE_PX)
    assert isinstance(answer, PixelOnGround)
    assert answer.msl_m == pytest.approx(328.0)


def test_frames_that_a_correction_moves_out_of_the_permit_are_not_exported(tmp_path):
    bench = make_bench(tmp_path / "narrow", area=box(-107.22, 24.949, -107.0, 24.99))
    operator, analyst = bench.acting(Role.SENSOR_OPERATOR), bench.acting(Role.IMAGERY_ANALYST)
    path = write_ts(tmp_path / "x.ts", replace(flight(), sensor_lat_deg=np.full(40, 24.95)))
    record = ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND).record
    assert record.kept is not None
    applied = apply_calibration(analyst, record.source_id, turned(boresight_pitch_deg=-10.0))
    assert applied.frames == 0
    with pytest.raises(NotPermittedError, match="inside the permit"):
        export_ortho(analyst, record.source_id, 10, tmp_path / "a.tif", OrthoWish())
    assert ledger(analyst)[-1]["action"] == "ortho.refuse"
    with pytest.raises(InputError, match="no picture"):
        export_mosaic(analyst, record.source_id, tmp_path / "m.tif", MosaicWish())
    assert not (tmp_path / "a.tif").exists()
    assert not (tmp_path / "m.tif").exists()


def test_ground_beyond_the_area_that_relief_carries_into_a_picture_is_masked(tmp_path):
    """A pit 400 m deep at the northern edge: it is seen 92 m north, the corners lie 65 m north."""
    north_deg = LAT_DEG + 75.0 / 110_800.0
    bench = make_bench(tmp_path / "pit", area=box(LON_DEG - 0.05, LAT_DEG - 0.05, LON_DEG + 0.05, north_deg))
    operator, analyst = bench.acting(Role.SENSOR_OPERATOR), bench.acting(Role.IMAGERY_ANALYST)
    step = 5e-5
    height_m = np.zeros((400, 800))
    north_m = (LAT_DEG + 0.01 - step * np.arange(400) - LAT_DEG) * 110_800.0
    east_m = (step * np.arange(800) - 0.02) * 100_900.0 - 40.0
    height_m[np.ix_((north_m > 50.0) & (north_m < 200.0), np.abs(east_m) < 12.0)] = -400.0
    corner = from_origin(LON_DEG - 0.02 - step / 2, LAT_DEG + 0.01 + step / 2, step, step)
    dem = written(tmp_path / "pit.tif", height_m.astype(np.float32), transform=corner)
    import_terrain(operator, [dem], TerrainClaim(datum=VerticalDatum.HAE))
    path = write_ts(tmp_path / "x.ts", flight(20))
    report = ingest_source(operator, path, bench.sortie.sortie_id)
    record = report.record
    assert record.kept is not None, report.dropped
    out = tmp_path / "a.tif"
    made = export_ortho(analyst, record.source_id, 2, out, OrthoWish(epsg=4326, packing=Packing.LOSSLESS))
    assert made.share["not_permitted"] > 0.0
    mosaic = export_mosaic(analyst, record.source_id, tmp_path / "m.tif", MosaicWish(epsg=4326, every_s=0.1))
    for one in (out, mosaic.path):
        with rasterio.open(one) as raster:
            shown = np.flatnonzero(
                (raster.read(4) if raster.count > 3 else raster.dataset_mask()).any(axis=1)
            )
            assert raster.xy(int(shown[0]), 0)[1] < north_deg


def test_a_mosaic_names_the_correction_that_it_was_made_with(pictures, tmp_path):
    analyst, record = pictures
    apply_calibration(analyst, record.source_id, turned(boresight_yaw_deg=0.5))
    made = export_mosaic(analyst, record.source_id, tmp_path / "m.tif", MosaicWish())
    content = source_record(analyst, record.source_id).ground["calibration"]
    with rasterio.open(frames_path(made.path)) as raster:
        assert raster.tags()["ATALAYA_CALIBRATION"] == content
    assert ledger(analyst)[-1]["body"]["calibration"] == content


def test_a_mosaic_in_a_system_that_is_none_says_so(pictures, tmp_path):
    analyst, record = pictures
    for epsg, message in ((3857, "not in EPSG:3857"), (32600, "not in EPSG:32600"), (32640, "UTM zone")):
        with pytest.raises(InputError, match=message):
            export_ortho(analyst, record.source_id, 10, tmp_path / "m.tif", OrthoWish(epsg=epsg))
    with pytest.raises(InputError, match="not in EPSG:3857"):
        export_mosaic(analyst, record.source_id, tmp_path / "m.tif", MosaicWish(epsg=3857))


@pytest.mark.parametrize("stated_sigma", [None, 1.0])
def test_a_point_to_hold_is_as_unsure_as_the_same_pixel_asked_by_itself(tmp_path, stated_sigma):
    ground = Ground(
        terrain=ConstantHeight(0.0),
        geoid=None,
        heights=HeightReference.HAE,
        errors=PoseErrors(position_horizontal_m=1.0, position_vertical_m=1.0),
        facts={},
    )
    clip = clip_of_file(write_ts(tmp_path / "x.ts", flight(8)), ground)
    if stated_sigma is not None:
        nothing = nothing_stated(8)
        sigma = np.full(nothing.sigma.shape, stated_sigma)
        sigma[:, :3] = np.nan
        clip = replace(clip, stated=replace(nothing, sigma=sigma))
    held = hold_in_clip(clip, 2, 60.0, 40.0, Stretch(after_s=0.4))
    alone = pixel_of_clip(clip, 2, 60.0, 40.0)
    assert isinstance(alone, PixelOnGround)
    assert held.metadata_position.ce90_m == pytest.approx(alone.region.position.ce90_m, rel=0.05)
