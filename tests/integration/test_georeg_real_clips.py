"""Real and simulated streams: frame centres from the pose against the packets' own."""

from pathlib import Path

import numpy as np
import pytest

from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.pose import HeightReference, poses
from atalaya.georeg.residual import frame_centre_residuals
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import read_packets
from atalaya.model.frame import FrameTable
from shared_data import shared_file


def frames_of(path: Path) -> FrameTable:
    return frame_table(read_packets([path.read_bytes()]).packets)[0]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["osh_vrsg_vmti.klv", "osh_vrsg_vmti.ts"])
def test_the_simulated_clip_agrees_with_itself_to_half_a_metre_at_four_kilometres(name):
    frames = frames_of(shared_file(f"data/klv/sim/{name}"))
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    residuals = frame_centre_residuals(frames, camera)
    assert len(residuals) == 277
    assert not np.isnan(residuals.distance_m).any()
    assert np.median(residuals.distance_m) <= 0.2
    assert residuals.distance_m.max() <= 0.5
    assert 3400.0 < residuals.slant_range_m.min() < residuals.slant_range_m.max() < 4300.0
    assert np.abs(residuals.slant_difference_m).max() < 0.5


@pytest.mark.shared
def test_the_simulated_clip_without_a_datum_has_no_place_at_all():
    frames = frames_of(shared_file("data/klv/sim/osh_vrsg_vmti.klv"))
    camera = poses(frames)
    assert not camera.known.any() or set(camera.height_reference[camera.known]) == {"hae"}


@pytest.mark.shared
def test_the_real_clip_agrees_with_itself_as_well_as_its_metadata_allow():
    frames = frames_of(shared_file("data/klv/real/cheyenne_c208b_2012.klv"))
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    residuals = frame_centre_residuals(frames, camera)
    assert len(residuals) == 407
    assert np.nanmedian(residuals.distance_m) <= 8.5
    assert np.isnan(residuals.distance_m).mean() < 0.05


@pytest.mark.shared
def test_the_packet_centre_of_the_simulated_clip_is_inside_its_footprint_error():
    frames = frames_of(shared_file("data/klv/sim/osh_vrsg_vmti.klv"))
    height_m = float(np.median(frames.centre_msl_m))
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    table = footprints(camera, ConstantHeight(height_m), PoseErrors(), (640, 480))
    assert len(table) == 277
    assert not np.isnan(table.corner_lon_deg).any()
    assert (table.ce90_m > 5.0).all()
    assert (table.ce90_m < 60.0).all()
