"""What comes in good and bad: kept, cut, refused or explained, with nothing lost and everything on the record."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from shapely import box

from atalaya.app.authorities import add_authority, suspend_authority
from atalaya.app.ground import DeclaredGround
from atalaya.app.ingest_source import ingest_source, problems_of
from atalaya.app.ledger import sign_head, verify_ledger
from atalaya.app.sorties import close_sortie, open_sortie
from atalaya.errors import ExternalError, InputError, NotFoundError, NotPermittedError
from atalaya.georeg.pose import HeightReference
from atalaya.ingest.stream import read_packets
from atalaya.io.video import read_pictures
from atalaya.model.actor import Role
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.source import SourceFormat, SourceRecord
from full_disk import filling
from predator_stream import predator_bytes
from shared_data import shared_file
from small_sortie import (
    AREA,
    FPS,
    GROUND,
    LAT_DEG,
    LON_DEG,
    NOON,
    STEP_DEG,
    a_request,
    an_authority,
    flight,
    make_bench,
    write_klv,
    write_ts,
)


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


def entries(context):
    with context.store.transaction() as step:
        return [json.loads(entry.leaf) for entry in step.entries()]


def actions(context):
    return [entry["action"] for entry in entries(context)]


def records(context):
    with context.store.transaction() as step:
        return step.find(SourceRecord)


def operator(bench):
    return bench.acting(Role.SENSOR_OPERATOR)


@pytest.mark.parametrize("write", [write_ts, write_klv])
def test_a_source_wholly_inside_the_permit_is_kept_byte_for_byte(bench, tmp_path, write):
    path = write(tmp_path / "whole.bin", flight())
    context = operator(bench)
    report = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    assert report.record.cuts == ()
    assert context.vault.read(report.record.kept) == path.read_bytes()
    assert report.record.frames_kept == report.record.packets == report.record.packets_checksum_ok == 40
    assert len(context.lake.read(FrameTable, bench.sortie.sortie_id)) == 40
    assert np.isfinite(context.lake.read(FootprintTable, bench.sortie.sortie_id).corner_lon_deg).all()
    assert actions(context)[-2:] == ["source.begin", "source.ingest"]


@pytest.mark.parametrize("write", [write_ts, write_klv])
def test_of_frames_outside_the_permit_neither_pixels_nor_metadata_are_kept(tmp_path, write):
    east_deg = LON_DEG + 20 * STEP_DEG
    bench = make_bench(
        tmp_path / "workspace", area=box(LON_DEG - 0.05, LAT_DEG - 0.05, east_deg, LAT_DEG + 0.05)
    )
    context = operator(bench)
    path = write(tmp_path / "half.bin", flight())
    report = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    record = report.record
    assert 0 < record.frames_kept < 20
    assert record.frames_kept + record.frames_dropped == record.packets == 40
    assert report.dropped["outside-area"] > 0
    kept = read_packets([context.vault.read(record.kept)])
    frames = context.lake.read(FrameTable, bench.sortie.sortie_id)
    assert len(kept.packets) == len(frames) == record.frames_kept
    assert float(frames.sensor_lon_deg.max()) < east_deg
    entry = entries(context)[-1]
    assert entry["subject"] == record.source_id
    assert (
        sum(cut[1] for cut in entry["body"]["cuts"])
        == path.stat().st_size - context.vault.path(record.kept).stat().st_size
    )
    if record.format is SourceFormat.MPEG_TS:
        pictures = list(read_pictures(context.vault.path(record.kept)))
        assert len(pictures) == record.frames_kept


def test_a_stream_of_the_older_predator_set_gives_footprints_and_keeps_only_what_is_inside(tmp_path):
    east_deg = LON_DEG + 20 * STEP_DEG
    area = box(LON_DEG - 0.05, LAT_DEG - 0.05, east_deg, LAT_DEG + 0.05)
    bench = make_bench(tmp_path / "workspace", area=area)
    path = tmp_path / "predator.klv"
    said = flight()
    path.write_bytes(
        b"".join(
            predator_bytes(
                {
                    "Device Latitude": LAT_DEG,
                    "Device Longitude": lon_deg,
                    "Device Altitude (MSL)": 1000.0,
                    "Field of View (Horizontal)": 10.0,
                    "Field of View (Vertical)": 7.5,
                    "Angle to North (World)": 0.0,
                    "Obliquity Angle (World)": 270.0,
                },
                time_us=time_us,
            )
            for lon_deg, time_us in zip(said.sensor_lon_deg.tolist(), said.time_us.tolist(), strict=True)
        )
    )
    context = operator(bench)
    datum = DeclaredGround(constant_m=0.0, heights=HeightReference.MSL_AS_HAE)
    record = ingest_source(context, path, bench.sortie.sortie_id, declared=datum).record
    assert (record.packets, record.packets_checksum_ok, record.packets_unsummed) == (40, 0, 40)
    assert 0 < record.frames_kept < 20
    frames = context.lake.read(FrameTable, bench.sortie.sortie_id)
    footprints = context.lake.read(FootprintTable, bench.sortie.sortie_id)
    assert len(read_packets([context.vault.read(record.kept)]).packets) == len(frames) == record.frames_kept
    assert frames.sensor_angles_world.all()
    np.testing.assert_allclose(footprints.centre_lon_deg, frames.sensor_lon_deg, atol=1e-7)
    assert np.isfinite(footprints.corner_lon_deg).all()


def test_frames_outside_the_window_are_not_kept(bench, tmp_path):
    late = replace(flight(), time_us=flight(start=NOON + timedelta(hours=2, seconds=-2)).time_us)
    report = ingest_source(
        operator(bench), write_klv(tmp_path / "late.klv", late), bench.sortie.sortie_id, declared=GROUND
    )
    assert report.record.frames_kept == 20
    assert report.dropped == {"outside-window": 20}


def test_the_same_source_again_changes_nothing(bench, tmp_path):
    context = operator(bench)
    path = write_ts(tmp_path / "once.ts", flight())
    first = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    before = actions(context)
    again = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    assert again.repeated
    assert again.record == first.record
    assert actions(context) == before
    assert len(context.lake.read(FrameTable, bench.sortie.sortie_id)) == 40


def test_a_truncated_stream_gives_its_records_and_its_problems(bench, tmp_path):
    whole = write_ts(tmp_path / "whole.ts", flight()).read_bytes()
    path = tmp_path / "cut.ts"
    path.write_bytes(whole[: len(whole) * 6 // 10 + 77])
    context = operator(bench)
    report = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    assert 15 <= report.record.packets < 40
    assert report.record.frames_kept > 0
    assert report.problems
    assert problems_of(context, report.record) == report.problems


def test_a_text_file_named_ts_is_refused_for_what_it_is(bench, tmp_path):
    path = tmp_path / "notes.ts"
    path.write_text("collection notes\n" * 2000, encoding="utf-8")
    with pytest.raises(InputError, match="neither an MPEG transport stream nor KLV"):
        ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert records(operator(bench)) == ()


def test_an_empty_file_is_refused(bench, tmp_path):
    (tmp_path / "empty.klv").touch()
    with pytest.raises(InputError, match="empty"):
        ingest_source(operator(bench), tmp_path / "empty.klv", bench.sortie.sortie_id, declared=GROUND)


@pytest.mark.shared
def test_video_without_klv_is_refused_because_nothing_in_it_can_be_placed(bench):
    path = shared_file("data/klv/conformance/h264_no_klv.ts")
    with pytest.raises(InputError, match="no ST 0601 or EG 0104 metadata"):
        ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert records(operator(bench)) == ()


@pytest.mark.shared
def test_klv_with_a_wrong_checksum_is_flagged_and_never_used_for_a_position(bench):
    path = shared_file("data/klv/conformance/st0902_dynamic_constant_badchecksum.klv")
    context = operator(bench)
    report = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    assert report.record.packets_checksum_ok < report.record.packets
    assert "checksum-failed" in {problem.code for problem in report.problems}
    assert report.record.frames_kept == 0
    assert report.record.kept is None


def test_a_damaged_packet_in_a_stream_costs_itself_and_nothing_is_invented(bench, tmp_path):
    data = bytearray(write_klv(tmp_path / "good.klv", flight()).read_bytes())
    size = len(data) // 40
    data[size * 7 + 60] ^= 0x10
    path = tmp_path / "damaged.klv"
    path.write_bytes(data)
    report = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert (report.record.packets, report.record.packets_checksum_ok) == (40, 39)
    assert report.record.frames_kept == 39


def test_an_expired_authority_opens_no_sortie_and_the_refusal_is_on_the_record(bench):
    manager = bench.acting(Role.COLLECTION_MANAGER)
    late = a_request(
        window_from_utc=NOON + timedelta(days=2), window_until_utc=NOON + timedelta(days=2, hours=1)
    )
    with pytest.raises(NotPermittedError, match="AUT-test: valid"):
        open_sortie(manager, late)
    last = entries(manager)[-1]
    assert last["action"] == "sortie.refuse"
    assert "AUT-test" in last["body"]["reasons"][0]


def test_without_any_authority_over_the_area_there_is_no_sortie(bench):
    manager = bench.acting(Role.COLLECTION_MANAGER)
    add_authority(manager, an_authority("AUT-far", box(-100, 20, -99, 21)))
    with pytest.raises(NotPermittedError) as refusal:
        open_sortie(manager, a_request(box(-90, 15, -89, 16)))
    assert "AUT-far" in str(refusal.value)
    assert "AUT-test" in str(refusal.value)


def test_an_authority_suspended_while_ingest_runs_stops_it_within_one_slab(tmp_path):
    bench = make_bench(tmp_path / "workspace")
    context = operator(bench)
    slabs_of_one_second = context.settings.model_copy(update={"slab_s": 1.0})
    context = replace(context, settings=slabs_of_one_second)
    path = write_ts(tmp_path / "long.ts", flight())

    def suspend_at_the_second_slab(what, done, total):
        assert total in (4, path.stat().st_size)
        if (what, done) == ("place", 1):
            suspend_authority(
                bench.acting(Role.HOST_NATION_OFFICER), bench.authority.authority_id, "veda del área"
            )

    report = ingest_source(
        context, path, bench.sortie.sortie_id, declared=GROUND, progress=suspend_at_the_second_slab
    )
    assert "veda del área" in report.record.stopped_reason
    assert report.record.frames_kept == FPS
    assert report.dropped == {"stopped": 30}
    assert len(context.lake.read(FrameTable, bench.sortie.sortie_id)) == FPS
    body = entries(context)[-1]["body"]
    assert "veda del área" in body["stopped_reason"]


def test_ingest_under_a_suspended_authority_is_refused_and_recorded(bench, tmp_path):
    suspend_authority(bench.acting(Role.HOST_NATION_OFFICER), bench.authority.authority_id, "veda")
    path = write_klv(tmp_path / "x.klv", flight())
    with pytest.raises(NotPermittedError, match="suspended"):
        ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert actions(operator(bench))[-1] == "source.refuse"


def test_nothing_is_ingested_under_a_closed_sortie(bench, tmp_path):
    close_sortie(operator(bench), bench.sortie.sortie_id)
    with pytest.raises(NotPermittedError, match="closed"):
        ingest_source(
            operator(bench), write_klv(tmp_path / "x.klv", flight()), bench.sortie.sortie_id, declared=GROUND
        )


def test_a_role_that_does_not_ingest_is_refused_on_the_record(bench, tmp_path):
    liaison = bench.acting(Role.PARTNER_LIAISON)
    with pytest.raises(NotPermittedError, match=r"source\.ingest is for"):
        ingest_source(
            liaison, write_klv(tmp_path / "x.klv", flight()), bench.sortie.sortie_id, declared=GROUND
        )
    assert actions(liaison)[-1] == "source.refuse"


def test_without_terrain_or_a_declared_height_nothing_is_placed(bench, tmp_path):
    with pytest.raises(InputError, match="no terrain"):
        ingest_source(operator(bench), write_klv(tmp_path / "x.klv", flight()), bench.sortie.sortie_id)


def test_a_missing_file_says_so(bench, tmp_path):
    with pytest.raises(NotFoundError, match="no such file"):
        ingest_source(operator(bench), tmp_path / "nothing.ts", bench.sortie.sortie_id, declared=GROUND)


@pytest.mark.parametrize("room", ["vault", "lake"])
def test_a_full_disk_leaves_no_half_state_and_the_next_try_succeeds(bench, tmp_path, room):
    from atalaya.io.lake import ParquetLake
    from atalaya.io.vault import FolderVault

    context = operator(bench)
    path = write_ts(tmp_path / "x.ts", flight())
    full = {
        "vault": lambda: FolderVault(bench.folder / "vault", opener=filling(1000)),
        "lake": lambda: ParquetLake(bench.folder / "lake", opener=filling(100)),
    }[room]()
    with pytest.raises(ExternalError, match="No space left"):
        ingest_source(replace(context, **{room: full}), path, bench.sortie.sortie_id, declared=GROUND)
    assert records(context) == ()
    assert not context.lake.has(FrameTable, bench.sortie.sortie_id) or room == "vault"
    assert not list(bench.folder.rglob("*.part"))
    report = ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND)
    assert report.record.frames_kept == 40
    sign_head(bench.acting(Role.COLLECTION_MANAGER))
    assert verify_ledger(bench.acting(Role.OVERSIGHT_AUDITOR)).problems == ()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "packets", "ground_m"),
    [("sim/osh_vrsg_vmti.ts", 277, 200.7), ("real/cheyenne_c208b_2012.klv", 407, 1859.6)],
)
def test_the_real_streams_are_read_completely_with_every_checksum_verified(tmp_path, name, packets, ground_m):
    path = shared_file(f"data/klv/{name}")
    bench = make_bench(tmp_path / "workspace")
    manager = bench.acting(Role.COLLECTION_MANAGER)
    world, old = box(-110, 30, -80, 45), NOON - timedelta(days=6000)
    consent = replace(bench.authority.consent, granted_utc=old)
    add_authority(manager, an_authority("AUT-world", world, valid_from_utc=old, consent=consent))
    sortie = open_sortie(manager, a_request(world, window_from_utc=old))
    declared = DeclaredGround(constant_m=ground_m, heights=HeightReference.MSL_AS_HAE)
    record = ingest_source(operator(bench), path, sortie.sortie_id, declared=declared).record
    assert (record.packets, record.packets_checksum_ok, record.frames_kept) == (packets, packets, packets)
    assert str(record.kept) == record.source_id


def test_area_is_wider_than_the_flight():
    assert AREA.bounds[2] > LON_DEG + 40 * STEP_DEG
