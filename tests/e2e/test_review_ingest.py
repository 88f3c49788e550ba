"""Ingest again, at once with another, and of a file that changes meanwhile: one record, and only what it names."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from atalaya.app.authorities import resume_authority, suspend_authority
from atalaya.app.detect_sites import detect_sites
from atalaya.app.ground import DeclaredGround
from atalaya.app.ingest_source import ingest_source, slab_rows
from atalaya.errors import InputError, IntegrityError
from atalaya.model.actor import Role
from atalaya.model.detection import TrackTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.source import SourceRecord
from small_sortie import GROUND, LAT_DEG, LON_DEG, NOON, STEP_DEG, flight, make_bench, write_klv, write_ts

TOO_HIGH = DeclaredGround(constant_m=3000.0)
"""Above the aircraft: nothing can be placed on it."""


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


def operator(bench, slab_s=300.0):
    context = bench.acting(Role.SENSOR_OPERATOR)
    return replace(context, settings=context.settings.model_copy(update={"slab_s": slab_s}))


def records(context):
    with context.store.transaction() as step:
        return step.find(SourceRecord)


def vault_objects(bench):
    return [path for path in (bench.folder / "vault").rglob("*") if path.is_file()]


def test_a_source_of_which_nothing_could_be_placed_is_taken_in_again_on_better_ground(bench, tmp_path):
    path = write_klv(tmp_path / "x.klv", flight())
    first = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=TOO_HIGH)
    assert first.record.kept is None
    assert first.dropped == {"footprint-unknown": 40}
    second = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert not second.repeated
    assert second.record.frames_kept == 40
    assert records(operator(bench)) == (second.record,)


def test_rows_of_a_stopped_ingest_do_not_stay_beside_those_of_the_next(bench, tmp_path):
    path = write_klv(tmp_path / "x.klv", flight())
    host = bench.acting(Role.HOST_NATION_OFFICER)

    def suspend_at_the_last_slab(what, done, _total):
        if (what, done) == ("place", 3):
            suspend_authority(host, bench.authority.authority_id, "veda")

    stopped = ingest_source(
        operator(bench, slab_s=1.0),
        path,
        bench.sortie.sortie_id,
        declared=GROUND,
        progress=suspend_at_the_last_slab,
    )
    assert stopped.record.frames_kept == 30
    resume_authority(host, bench.authority.authority_id, "levantada")
    whole = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert whole.record.frames_kept == 40
    lake = operator(bench).lake
    for kind in (FrameTable, FootprintTable):
        assert len(lake.read(kind, bench.sortie.sortie_id)) == 40


@pytest.mark.parametrize("moment", ["hash", "place"])
@pytest.mark.parametrize("write", [write_ts, write_klv])
def test_of_a_file_that_changes_while_it_comes_in_nothing_is_kept(tmp_path, write, moment):
    bench = make_bench(
        tmp_path / "workspace",
        area=box(LON_DEG - 0.05, LAT_DEG - 0.05, LON_DEG + 20 * STEP_DEG, LAT_DEG + 0.05),
    )
    path = write(tmp_path / "x.bin", flight())
    other = write(tmp_path / "y.bin", replace(flight(), sensor_lon_deg=flight().sensor_lon_deg[::-1].copy()))

    def change(what, done, total):
        if what == moment and done == total:
            path.write_bytes(other.read_bytes())

    context = operator(bench)
    with pytest.raises(IntegrityError, match="changed while"):
        ingest_source(context, path, bench.sortie.sortie_id, declared=GROUND, progress=change)
    assert records(context) == ()
    assert vault_objects(bench) == []
    assert not context.lake.has(FrameTable, bench.sortie.sortie_id)


def test_of_two_ingests_of_one_source_at_once_the_second_waits_and_changes_nothing(bench, tmp_path):
    path = write_klv(tmp_path / "x.klv", flight())
    second = []

    def take_in_again():
        other_ground = DeclaredGround(constant_m=100.0)
        second.append(ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=other_ground))

    thread = threading.Thread(target=take_in_again)

    def start_the_other(what, done, _total):
        if (what, done) == ("place", 0):
            thread.start()
            thread.join(timeout=1.0)
            assert thread.is_alive()

    first = ingest_source(
        operator(bench), path, bench.sortie.sortie_id, declared=GROUND, progress=start_the_other
    )
    thread.join()
    assert second[0].repeated
    assert second[0].record == first.record
    assert records(operator(bench)) == (first.record,)


@pytest.mark.parametrize("constant_m", [1e300, -1e300, 9001.0, -501.0])
def test_a_declared_height_that_no_ground_has_is_refused(constant_m):
    with pytest.raises(InputError, match="-500 to 9000 m"):
        DeclaredGround(constant_m=constant_m)


def test_a_file_whose_name_is_not_unicode_comes_in_under_a_readable_one(bench, tmp_path):
    path = Path(f"{tmp_path}/\udcff.klv")
    try:
        path.write_bytes(write_klv(tmp_path / "x.klv", flight()).read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    record = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND).record
    assert record.name == "\\udcff.klv"
    assert record.frames_kept == 40


def test_a_pipe_is_refused_with_the_way_to_give_one(bench, tmp_path):
    with pytest.raises(InputError, match="not a regular file"):
        ingest_source(operator(bench), tmp_path, bench.sortie.sortie_id, declared=GROUND)


def test_frames_of_another_day_are_not_inside(bench, tmp_path):
    path = write_klv(tmp_path / "x.klv", flight(start=NOON - timedelta(days=40)))
    report = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND)
    assert report.dropped == {"outside-window": 40}
    assert vault_objects(bench)[0].read_bytes().startswith(b'{"source_id"')
    assert len(vault_objects(bench)) == 1


def one_track():
    whole, number = np.zeros(1, dtype=np.int64), np.zeros(1)
    return TrackTable(
        track_index=whole,
        frame_index=whole,
        time_us=whole,
        lon_deg=number,
        lat_deg=number,
        ce90_m=number,
        speed_mps=number,
    )


def test_marks_and_tracks_of_an_earlier_run_do_not_stay_beside_those_of_the_next(bench, tmp_path):
    path = write_ts(tmp_path / "x.ts", flight())
    source = ingest_source(operator(bench), path, bench.sortie.sortie_id, declared=GROUND).record
    lake = operator(bench).lake
    lake.write(source.sortie_id, source.source_id, 7, one_track())
    detect_sites(bench.acting(Role.IMAGERY_ANALYST), bench.sortie.sortie_id)
    assert not lake.has(TrackTable, source.sortie_id, source.source_id)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-2, 30), max_size=40), st.sampled_from([0.5, 3.0, 100.0]))
def test_slabs_hold_each_row_once_in_the_order_of_time(times_s, slab_s):
    time_us = np.array(times_s, dtype=np.int64) * 1_000_000
    slabs = list(slab_rows(time_us, slab_s))
    assert sorted(row for rows in slabs for row in rows.tolist()) == list(range(len(times_s)))
    assert all((np.diff(rows) > 0).all() for rows in slabs)
    numbers = [set((time_us[rows][time_us[rows] >= 0] // 1_000_000).tolist()) for rows in slabs]
    latest = -1
    for times in filter(None, numbers):
        assert min(times) > latest
        assert max(times) - min(times) < slab_s
        latest = max(times)


def test_times_that_are_all_over_the_calendar_do_not_make_slabs_slow():
    time_us = np.random.default_rng(0).permutation(200_000).astype(np.int64) * 3_600_000_000
    assert sum(1 for _ in slab_rows(time_us, 300.0)) == 200_000
