"""The main job, once, for real: a synthetic sortie through the whole loop, and everything says what it is."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import klvdata
import pytest
import stanag4609
from stix2validator import ValidationOptions, validate_string

from atalaya.app.demo import CONFIRM_FROM, PARTNER_KEY, STREAM, run_demo
from atalaya.app.demo_cast import seeded_mint
from atalaya.errors import InputError
from atalaya.ingest.stream import read_packets
from atalaya.io.seal import open_sealed, read_identity
from atalaya.model.site import SiteStatus
from pdf_reading import text

MARK = "SYNTHETIC / SINTÉTICO"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return run_demo(tmp_path_factory.mktemp("demo") / "workspace", seed=2)


@pytest.fixture(scope="module")
def inside(demo):
    with zipfile.ZipFile(demo.package) as outer:
        sealed = outer.read("sealed.age")
    inner = open_sealed(sealed, read_identity(demo.workspace / PARTNER_KEY))
    with zipfile.ZipFile(io.BytesIO(inner)) as files:
        return {name: files.read(name) for name in files.namelist()}


def test_every_frame_is_inside_the_permit_and_kept(demo):
    record = demo.ingest.record
    assert record.packets == record.packets_checksum_ok == record.frames_kept == 432
    assert record.cuts == ()
    assert record.synthetic


def test_a_laboratory_is_found_and_its_error_is_stated(demo):
    assert demo.score.found
    assert len(demo.score.position_errors_m) == len(demo.score.found)
    assert all(site.candidate.position.ce90_m > 0 for site in demo.proposed)


def test_the_simulated_analyst_confirms_by_probability_and_leaves_the_rest_to_a_person(demo):
    likely = {site.site_id for site in demo.proposed if site.candidate.probability >= CONFIRM_FROM}
    assert {record.site_id for record in demo.dossiers} == (likely or {demo.proposed[0].site_id})
    assert all(site.status in (SiteStatus.CANDIDATE, SiteStatus.PROBABLE) for site in demo.proposed)


def test_both_verifiers_prove_the_package(demo):
    assert demo.verified.proved
    assert demo.verified.opened
    program = Path(sys.executable).with_name("atalaya-verify")
    command = [str(program), str(demo.package), "--identity", str(demo.workspace / PARTNER_KEY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert MARK in done.stdout


def test_everything_it_made_says_that_it_is_synthetic(demo, inside):
    stream = (demo.workspace / STREAM).read_bytes()
    packets = read_packets([stream]).packets
    assert all(MARK.encode() in packet.data for packet in packets)
    assert all(MARK in text(inside[name]) for name in ("dossier_es.pdf", "dossier_en.pdf"))
    for name, content in inside.items():
        if name.endswith((".json", ".svg", ".jpg", ".gpkg")) and name != "ledger-proofs.json":
            assert b"SYNTHETIC" in content or b'"synthetic":true' in content, name
    assert demo.verified.synthetic


def test_what_was_withheld_is_in_no_file(inside):
    for name, content in inside.items():
        assert b"ATALAYA-DEMO-1" not in content, name
        assert b"agencia solicitante" not in content, name
        if name.endswith(".pdf"):
            assert "ATALAYA-DEMO-1" not in text(content)


def test_the_bundle_is_valid_stix(inside):
    found = validate_string(inside["bundle.stix.json"].decode(), ValidationOptions(version="2.1"))
    assert found.is_valid, [str(error) for error in found.errors]


def test_the_published_raid_is_stored_as_given_and_shown_in_kilograms(demo):
    shown = [(line.as_written, line.shown_kg) for line in demo.outcome.quantities]
    assert shown == [("629,138 pill", None), ("282 lb", "127.913"), ("220 lb", "99.790")]


def test_the_funnel_goes_all_the_way(demo):
    counts = [step.count for step in demo.funnel.steps]
    assert counts[0] == len(demo.proposed)
    assert counts[-4:] == [1, 1, 1, 1]
    assert counts == sorted(counts, reverse=True)


def test_the_ledger_holds_and_every_decision_is_in_it(demo):
    assert demo.ledger.problems == ()
    assert demo.ledger.unsigned == 0


def test_other_programs_read_the_stream(demo, tmp_path):
    start = (demo.workspace / STREAM).read_bytes()[: 188 * 11000]  # they are slow: the first seconds will do
    packets = [packet.data for packet in read_packets([start]).packets]
    items = [packet.MetadataList() for packet in klvdata.StreamParser(io.BytesIO(b"".join(packets[:20])))]
    assert len(items) == 20
    assert items[0][3][3].startswith("SYNTHETIC")
    (tmp_path / "start.ts").write_bytes(start)
    report = stanag4609.verify_fmv_file(str(tmp_path / "start.ts"))
    assert len(packets) > 30
    assert report.klv_packets == report.st0601_packets
    assert len(packets) - 1 <= report.klv_packets <= len(packets)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        run_demo(tmp_path, seed=0)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_the_same_seed_gives_the_same_identities():
    one, other = seeded_mint(3), seeded_mint(3)
    assert [one("AUT"), one("SIT")] == [other("AUT"), other("SIT")]
    assert json.dumps(seeded_mint(4)("AUT")) != json.dumps(seeded_mint(3)("AUT"))
