"""A damaged stream taken in for real, and what the workbench's server then says of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from atalaya.app.ingest_source import ingest_source
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.stream import UAS_DATALINK_KEY
from atalaya.model.actor import Role
from atalaya.web.start import workbench_app
from fakes.live_server import live
from small_sortie import AREA, FPS, GROUND, STEP_DEG, flight, make_bench, write_klv, write_ts

type Answer = dict[str, Any]

TS_BYTES = 188
HIT, LOST = 12, (24, 25, 26)
"""Frames whose packet is changed on its way, and whose packets do not arrive."""


def hurt_ts(path: Path) -> None:
    """One byte of frame HIT's heading changes, the transport packets of the frames LOST are gone."""
    data = bytearray(path.read_bytes())
    keys = []
    at = data.find(UAS_DATALINK_KEY)
    while at >= 0:
        keys.append(at)
        at = data.find(UAS_DATALINK_KEY, at + 1)
    assert len(keys) == 40
    data[keys[HIT] + 16 + 24] ^= 0x5A
    gone = set()
    for frame in LOST:
        first = keys[frame] // TS_BYTES
        pid = data[first * TS_BYTES + 1 : first * TS_BYTES + 3]
        pid[0] &= 0x1F
        rows = range(first, keys[frame + 1] // TS_BYTES)
        gone |= {
            row for row in rows if bytes((data[row * TS_BYTES + 1] & 0x1F, data[row * TS_BYTES + 2])) == pid
        }
    rows_kept = [row for row in range(len(data) // TS_BYTES) if row not in gone]
    path.write_bytes(b"".join(bytes(data[row * TS_BYTES : (row + 1) * TS_BYTES]) for row in rows_kept))


def hurt_klv(path: Path) -> None:
    """One byte of packet HIT changes and some bytes that are none of a packet come after it."""
    packets = list(encode_frames(flight(30), mission_id="test", platform_designation="test"))
    packets[HIT] = packets[HIT][:40] + bytes((packets[HIT][40] ^ 0x5A,)) + packets[HIT][41:]
    packets[HIT + 1] = b"seven b" + packets[HIT + 1]
    path.write_bytes(b"".join(packets))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A client, and the sources sound, hurt (both with pictures) and bare (without)."""
    folder = tmp_path_factory.mktemp("streams")
    bench = make_bench(folder / "workspace")
    paths = {name: folder / f"{name}.ts" for name in ("sound", "hurt")}
    write_ts(paths["sound"], flight())
    write_ts(paths["hurt"], replace(flight(), hfov_deg=np.full(40, 9.0)))
    hurt_ts(paths["hurt"])
    paths["bare"] = write_klv(folder / "bare.klv", flight(30))
    hurt_klv(paths["bare"])
    operator = bench.acting(Role.SENSOR_OPERATOR)
    ids = {
        name: ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND).record.source_id
        for name, path in paths.items()
    }
    with (
        live(workbench_app(bench.acting(Role.IMAGERY_ANALYST))) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client, ids


@pytest.fixture(scope="module")
def ask(served) -> Callable[..., Answer]:
    client, ids = served

    def asked(name: str, what: str, **query: float) -> Answer:
        answer = client.get(f"/api/v1/sources/{ids[name]}/{what}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


def start_pts_s(ask: Callable[..., Answer], name: str) -> float:
    return ask(name, "timeline")["pts_s"][0]


def items(answer: Answer) -> dict[int, Answer]:
    return {item["tag"]: item for item in answer["sets"][0]["items"]}


def test_the_list_of_sources_says_which_are_damaged(served):
    client, ids = served
    health = {it["source_id"]: it["health"] for it in client.get("/api/v1/workspace").json()["sources"]}
    assert {name: health[ids[name]] for name in ids} == {"sound": "ok", "hurt": "damaged", "bare": "damaged"}


def test_a_sound_stream_is_one_stretch_with_a_clock_and_its_residual(ask):
    answer = ask("sound", "stream")
    assert (answer["health"], answer["axis"]) == ("ok", "pts_s")
    assert (answer["counts"]["packets"], answer["counts"]["checksum_ok"]) == (40, 40)
    assert [(span["state"], span["packets"]) for span in answer["spans"]] == [("ok", 40)]
    assert answer["time"]["clock"] in {"synchronous", "sei"}
    assert answer["time"]["residual_s"] < 0.001
    assert answer["sets"][0]["standard"] == "0601"
    codes = {it["code"]: it for it in answer["findings"]}
    assert codes["miis-missing"]["standard"] == "ST 1204"
    assert not {"pcr-missing", "pat-interval"} & set(codes)
    assert answer["examined"] == 40


def test_a_damaged_stream_says_what_was_recovered_and_what_was_not(ask):
    answer = ask("hurt", "stream")
    counts = answer["counts"]
    assert counts["checksum_failed"] == 1
    assert counts["checksum_ok"] == 40 - 1 - len(LOST)
    assert counts["missing"] == len(LOST)
    start = start_pts_s(ask, "hurt")
    spans = [(it["state"], round((it["start"] - start) * FPS, 1)) for it in answer["spans"]]
    assert spans == [
        ("ok", 0),
        ("not_kept", 10),  # the group of pictures of the frame whose place nobody can vouch for
        ("checksum_failed", HIT),
        ("not_kept", HIT + 1),
        ("ok", 15),
        ("gap", LOST[0] - 1),
        ("ok", LOST[-1] + 1),
    ]
    codes = {it["code"]: it for it in answer["findings"]}
    assert codes["checksum-failed"]["severity"] == "error"
    assert codes["checksum-failed"]["count"] == 1
    assert codes["checksum-failed"]["wording"]["es"] != codes["checksum-failed"]["wording"]["en"]
    assert "ts-continuity" in codes


def test_the_values_are_those_of_the_picture(ask):
    timeline = ask("sound", "timeline")
    for frame in (0, 17, 39):
        found = items(ask("sound", "metadata", pts_s=timeline["pts_s"][frame]))
        assert found[2]["value"] == timeline["time_us"][frame]
        assert found[14]["value"] == pytest.approx(timeline["sensor"][frame][0], abs=1e-6)
        assert found[14]["unit"] == "deg"
        assert found[14]["flag"] == "ok"
        assert found[14]["name_es"] == "Longitud del sensor"


def test_in_a_gap_the_last_values_hold_and_their_age_grows(ask):
    start = start_pts_s(ask, "hurt")
    answer = ask("hurt", "metadata", pts_s=start + LOST[-1] / FPS)
    assert answer["sets"][0]["age_s"] == pytest.approx(len(LOST) / FPS, abs=1e-3)
    assert items(answer)[14]["value"] == pytest.approx(
        items(ask("hurt", "metadata", pts_s=start + (LOST[0] - 1) / FPS))[14]["value"], abs=1e-9
    )


def test_a_source_without_pictures_is_asked_by_frame(ask):
    stream = ask("bare", "stream")
    assert (stream["axis"], stream["time"]["clock"]) == ("frame", "unsynchronised")
    assert (stream["counts"]["checksum_failed"], stream["counts"]["bytes_skipped"]) == (1, 7)
    rows = ask("bare", "timeline")
    row = 20
    found = items(ask("bare", "metadata", frame_index=rows["frame_index"][row]))
    assert found[2]["value"] == rows["time_us"][row]


def test_nothing_is_said_before_the_first_packet(ask):
    assert ask("sound", "metadata", pts_s=0.0)["sets"] == []


@pytest.mark.parametrize(
    "query", [{}, {"pts_s": 1.0, "frame_index": 1}, {"frame_index": -1}, {"pts_s": "NaN"}]
)
def test_a_question_without_one_instant_is_refused(served, query):
    client, ids = served
    assert client.get(f"/api/v1/sources/{ids['sound']}/metadata", params=query).status_code == 422


def test_an_unknown_source_is_not_found(served):
    client, _ = served
    for what in ("stream", "metadata?pts_s=1"):
        assert client.get(f"/api/v1/sources/{'0' * 64}/{what}").status_code == 404


def test_what_was_cut_away_by_permit_is_no_damage(tmp_path):
    west, south, _, north = AREA.bounds
    edge_deg = flight().sensor_lon_deg[0] + 12 * STEP_DEG
    bench = make_bench(tmp_path / "workspace", area=AREA.intersection(type(AREA)([
        (west, south), (edge_deg, south), (edge_deg, north), (west, north)
    ])))  # fmt: skip
    path = write_klv(tmp_path / "cut.klv", flight(30))
    record = ingest_source(
        bench.acting(Role.SENSOR_OPERATOR), path, bench.sortie.sortie_id, declared=GROUND
    ).record
    assert 0 < record.frames_kept < 30
    with (
        live(workbench_app(bench.acting(Role.IMAGERY_ANALYST))) as address,
        httpx.Client(base_url=address) as client,
    ):
        answer = client.get(f"/api/v1/sources/{record.source_id}/stream").json()
    assert (answer["health"], answer["counts"]["missing"]) == ("ok", 0)
    assert {span["state"] for span in answer["spans"]} <= {"ok", "not_kept"}


def test_what_the_container_does_otherwise_than_its_standard_is_found_too(tmp_path):
    bench = make_bench(tmp_path / "workspace")
    path = write_ts(tmp_path / "tables.ts", flight())
    data = path.read_bytes()
    rows = [data[at : at + TS_BYTES] for at in range(0, len(data), TS_BYTES)]
    tables = [row for row, packet in enumerate(rows) if packet[1] & 0x1F == 0 and packet[2] == 0]
    assert len(tables) > 2
    path.write_bytes(b"".join(packet for row, packet in enumerate(rows) if row not in tables[1:-1]))
    operator = bench.acting(Role.SENSOR_OPERATOR)
    source = ingest_source(operator, path, bench.sortie.sortie_id, declared=GROUND).record.source_id
    with (
        live(workbench_app(bench.acting(Role.IMAGERY_ANALYST))) as address,
        httpx.Client(base_url=address) as client,
    ):
        answer = client.get(f"/api/v1/sources/{source}/stream").json()
    found = {it["code"]: it for it in answer["findings"]}
    assert found["pat-interval"]["count"] >= 1
    assert found["pat-interval"]["standard"]
