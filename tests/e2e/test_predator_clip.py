"""A real clip of the older Predator set goes through the workspace like one of ST 0601."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from shapely import box

from atalaya.app.authorities import add_authority
from atalaya.app.clip import clip_of_source
from atalaya.app.ground import DeclaredGround
from atalaya.app.ingest_source import ingest_source
from atalaya.app.pixel_on_ground import PixelOnGround, pixel_of_clip
from atalaya.app.sorties import open_sortie
from atalaya.app.workbench_reader import WorkspaceReader
from atalaya.app.workspace import init_workspace, open_workspace, read_settings
from atalaya.georeg.pose import HeightReference
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Consent
from atalaya.model.footprint import FootprintTable
from atalaya.model.identifiers import ActorId
from shared_data import shared_file
from small_sortie import Clock, a_request, an_authority

FLOWN = datetime(2008, 9, 17, 15, 0, tzinfo=UTC)
AREA = box(-77.5, 38.0, -77.2, 38.3)
DAY = timedelta(days=1)


@pytest.mark.shared
def test_a_real_predator_clip_is_kept_placed_shown_and_asked_for_pixels(tmp_path):
    folder, clock = tmp_path / "workspace", Clock(FLOWN)
    init_workspace(folder, read_settings(folder), now=clock)
    manager = open_workspace(folder, Actor(ActorId("manager"), Role.COLLECTION_MANAGER), now=clock)
    consent = Consent(reference="S", granted_by="S", granted_utc=FLOWN - 2 * DAY)
    window = {"valid_from_utc": FLOWN - DAY, "valid_until_utc": FLOWN + DAY}
    add_authority(manager, an_authority("AUT-aphill", AREA, consent=consent, **window))
    times = {"window_from_utc": FLOWN - DAY / 2, "window_until_utc": FLOWN + DAY / 2}
    sortie = open_sortie(manager, a_request(AREA, **times))
    operator = open_workspace(folder, Actor(ActorId("operator"), Role.SENSOR_OPERATOR), now=clock)
    ground = DeclaredGround(constant_m=0.6, heights=HeightReference.MSL_AS_HAE)
    path = shared_file("data/klv/real/aphill_klv_10s.ts")
    record = ingest_source(operator, path, sortie.sortie_id, declared=ground).record

    assert (record.packets, record.packets_unsummed, record.frames_kept) == (300, 300, 300)
    assert record.cuts == ()
    footprints = operator.lake.read(FootprintTable, sortie.sortie_id)
    assert len(footprints) == 300
    assert np.isfinite(footprints.corner_lon_deg).all()
    assert np.abs(footprints.slant_range_m - 3475.0).max() < 80.0
    reader = WorkspaceReader(operator)
    assert len(reader.timeline(record.source_id)) == 300
    (said,) = reader.metadata(record.source_id, pts_s=None, frame_index=5)
    assert said.standard == "0104"
    answer = pixel_of_clip(clip_of_source(operator, record.source_id), 5, 179.5, 119.5)
    assert isinstance(answer, PixelOnGround)
    assert answer.region.position.lon_deg == pytest.approx(float(footprints.centre_lon_deg[5]), abs=1e-5)
