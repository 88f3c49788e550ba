"""`atalaya klv` as a program: what it reads, writes, refuses and survives."""

import csv
import io
import json
import subprocess
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.packet import decode_packet, encode_packet, packet_json
from atalaya.ingest.st0102 import unclassified_set
from atalaya.ingest.standards.st0102 import SECURITY
from atalaya.ingest.stream import read_packets
from klv_command import PROGRAM, klv, records
from shared_data import shared_file
from small_sortie import flight

KEYS = ["index", "offset", "pid", "pts_s", "utc", "set", "version", "checksum", "items", "problems"]
PREDATOR = "data/klv/real/aphill_klv_10s.ts"


def packets(count: int = 12) -> list[bytes]:
    return encode_frames(flight(count), mission_id="KLV-1", platform_designation="made")


@pytest.fixture
def stream(tmp_path) -> Path:
    path = tmp_path / "made.ts"
    timed = [(126_000 + 9_000 * number, packet) for number, packet in enumerate(packets())]
    path.write_bytes(b"".join(mux_ts([], timed)))
    return path


def test_each_packet_is_one_object_with_the_promised_keys(stream):
    found = records(klv("decode", stream))
    assert [list(one) for one in found] == [KEYS] * 12
    assert [one["index"] for one in found] == list(range(12))
    assert found[1]["pts_s"] == pytest.approx(1.5)
    assert {one["checksum"] for one in found} == {"ok"}
    assert {one["set"] for one in found} == {"0601"}


def test_what_the_program_writes_is_what_the_library_says(stream):
    contents = read_packets([stream.read_bytes()])
    said = [packet_json(decode_packet(index, packet)) for index, packet in enumerate(contents.packets)]
    assert records(klv("decode", stream)) == json.loads(json.dumps(said))


def test_standard_input_is_told_by_its_content(stream):
    bare = b"".join(packets())
    by_pipe = records(klv("decode", "-", given=bare))
    assert [one["pid"] for one in by_pipe] == [None] * 12
    assert [one["items"] for one in by_pipe] == [one["items"] for one in records(klv("decode", stream))]
    assert records(klv("decode", "-", given=stream.read_bytes())) == records(klv("decode", stream))


def test_a_record_is_there_before_the_stream_ends():
    bare = packets(40)
    with subprocess.Popen(
        [*PROGRAM, "decode", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(b"".join(bare))
        program.stdin.flush()
        assert json.loads(program.stdout.readline())["index"] == 0  # the pipe is still open
        program.stdin.close()
        assert len(program.stdout.readlines()) == 39


def test_who_stops_reading_ends_the_program_quietly():
    many = b"".join(packets(40)) * 400
    with subprocess.Popen(
        [*PROGRAM, "decode", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdin.write(many[:100_000])
        program.stdin.flush()
        program.stdout.readline()
        program.stdout.close()
        with pytest.raises(BrokenPipeError):
            program.stdin.write(many)
        assert program.stderr.read() == b""
        assert program.wait() == 0


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", 3, "is empty: an MPEG transport stream or KLV was wanted"),
        (b"GIF89a" + bytes(9000), 3, "an MPEG transport stream or KLV was wanted"),
    ],
)
def test_what_is_no_stream_is_refused_in_one_line(tmp_path, content, code, words):
    path = tmp_path / "foreign.ts"
    path.write_bytes(content)
    done = klv("decode", path, code=code)
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_file_that_is_not_there_and_a_folder_are_told_apart(tmp_path):
    assert b"no such file" in klv("decode", tmp_path / "none.ts", code=5).stderr
    assert b"not a regular file" in klv("decode", tmp_path, code=3).stderr


def test_damage_gives_records_and_problems_and_no_error(tmp_path, stream):
    whole = bytearray(stream.read_bytes())
    del whole[900:1000]
    broken = tmp_path / "broken.ts"
    broken.write_bytes(whole)
    done = klv("decode", broken, "--problems", tmp_path / "problems.json")
    found = records(done)
    assert 8 <= len(found) <= 12
    listed = json.loads((tmp_path / "problems.json").read_text())
    assert listed
    assert all(set(one) == {"code", "message", "offset"} for one in listed)
    assert b"problem: ts-" in klv("decode", broken).stderr


def test_a_failed_checksum_is_flagged_and_kept(tmp_path):
    good, bad = packets(2)
    bad = bad[:40] + bytes((bad[40] ^ 1,)) + bad[41:]
    found = records(klv("decode", "-", given=good + bad))
    assert [one["checksum"] for one in found] == ["ok", "failed"]
    assert any("checksum" in problem for problem in found[1]["problems"])


def test_csv_has_a_row_for_each_packet_and_a_column_for_each_item(stream):
    done = klv("decode", stream, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert len(rows) == 12
    lines = records(klv("decode", stream))
    for row, line in zip(rows, lines, strict=True):
        assert row["utc"] == line["utc"]
        assert float(row["5 Platform Heading Angle [deg]"]) == line["items"]["5"]["value"]
        assert row["48.3 Classifying Country"] == line["items"]["48"]["value"]["3"]["value"]
        columns = {name.split(" ")[0] for name in row}
        assert {tag for tag, item in line["items"].items() if not isinstance(item["value"], dict)} <= columns


def test_a_table_has_the_values_and_flags_of_the_lines(tmp_path, stream):
    out = tmp_path / "made.parquet"
    klv("decode", stream, "--format", "parquet", "-o", out)
    table = pq.read_table(out)
    lines = records(klv("decode", stream))
    assert table.num_rows == len(lines)
    for row, line in zip(table.to_pylist(), lines, strict=True):
        assert [row[name] for name in ("index", "offset", "pid", "pts_s", "set", "version", "checksum")] == [
            line[name] for name in ("index", "offset", "pid", "pts_s", "set", "version", "checksum")
        ]
        assert row["utc"] == datetime.fromisoformat(line["utc"])
        assert row["5 Platform Heading Angle [deg]"] == line["items"]["5"]["value"]
        assert row["5 Platform Heading Angle [deg] flag"] == "ok"
        assert json.loads(row["48 Security Local Set"]) == line["items"]["48"]["value"]
    field = table.schema.field("5 Platform Heading Angle [deg]")
    assert (field.metadata[b"tag"], field.metadata[b"unit"]) == (b"5", b"deg")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sim/osh_vrsg_vmti.ts", "conformance/mpeg2_klv.ts"])
def test_nested_sets_in_a_table_are_those_of_the_lines(tmp_path, name):
    source, out = shared_file(f"data/klv/{name}"), tmp_path / "table.parquet"
    klv("decode", source, "--format", "parquet", "-o", out)
    table = pq.read_table(out)
    lines = records(klv("decode", source))
    for tag in ("48", "74"):
        column = next(field for field in table.schema.names if field.startswith(f"{tag} "))
        for cell, flag, line in zip(
            table[column].to_pylist(), table[f"{column} flag"].to_pylist(), lines, strict=True
        ):
            said = line["items"].get(tag, {"value": None, "flag": None})
            said = said[-1] if isinstance(said, list) else said
            assert (cell and json.loads(cell), flag) == (said["value"], said["flag"])


def test_sets_of_several_standards_share_one_table(tmp_path):
    standalone = SECURITY.key + bytes((len(unclassified_set("USA", "MEX")),)) + unclassified_set("USA", "MEX")
    unknown = bytes.fromhex("060e2b34020b01010e010301ff000000") + b"\x02ab"
    out = tmp_path / "mixed.parquet"
    klv("decode", "-", "--format", "parquet", "-o", out, given=packets(1)[0] + standalone + unknown)
    rows = pq.read_table(out).to_pylist()
    assert [row["set"] for row in rows] == ["0601", "0102", None]
    assert [row["0102:3 Classifying Country"] for row in rows] == [None, "//USA", None]
    assert rows[0]["0601:5 Platform Heading Angle [deg]"] is not None
    assert "no catalogue knows" in rows[2]["other:problems"]


def test_values_said_earlier_are_carried_forward_as_stale():
    first, second = packets(2)
    said_once = decode_packet(0, read_packets([second]).packets[0])
    less = encode_packet(said_once, without=frozenset({3}))
    found = records(klv("decode", "-", "--current", given=first + less))
    assert "3" not in records(klv("decode", "-", given=first + less))[1]["items"]
    assert found[1]["items"]["3"]["value"] == "KLV-1"
    assert found[1]["items"]["3"]["flag"] == "stale"
    assert found[1]["items"]["3"]["age_s"] == pytest.approx(0.1)
    assert found[1]["items"]["5"]["flag"] == "ok"


@pytest.mark.shared
def test_labelled_sets_become_records_and_rows_as_well():
    path = shared_file(PREDATOR)
    found = records(klv("decode", path))
    assert len(found) == 300
    assert {one["set"] for one in found} == {"0104"}
    rows = list(csv.DictReader(io.StringIO(klv("decode", path, "--format", "csv").stdout.decode())))
    heading = next(name for name in rows[0] if name.endswith("Platform Heading Angle [deg]"))
    key = heading.split(" ")[0]
    assert [float(row[heading]) for row in rows] == [one["items"][key]["value"] for one in found]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, stream):
    out = tmp_path / "answer.jsonl"
    klv("decode", stream, "-o", out)
    written = out.read_bytes()
    assert len(written.splitlines()) == 12
    assert b"is there already" in klv("decode", stream, "-o", out, code=3).stderr
    klv("decode", stream, "-o", out, "--force", "--format", "csv")
    assert out.read_bytes() != written
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"nothing")
    klv("decode", foreign, "-o", tmp_path / "no.jsonl", code=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.jsonl", "foreign", "made.ts"]


def test_nothing_is_written_over_its_source_even_when_told_to_replace(tmp_path, stream):
    original = stream.read_bytes()
    by_link, by_name = tmp_path / "symbolic.ts", tmp_path / "hard.ts"
    by_link.symlink_to(stream)
    by_name.hardlink_to(stream)
    for out in (stream, by_link, by_name):
        assert b"same file" in klv("decode", stream, "-o", out, "--force", code=3).stderr
        other = tmp_path / "answer.jsonl"
        klv("decode", stream, "-o", other, "--problems", out, "--force", code=3)
        assert not other.exists()
    with stream.open("rb") as given:
        run = [*PROGRAM, "decode", "-", "-o", str(stream), "--force"]
        assert subprocess.run(run, stdin=given, capture_output=True, check=False).returncode == 3
    assert stream.read_bytes() == original


def test_packets_and_problems_are_not_written_into_one_file(tmp_path, stream):
    out = tmp_path / "answer.jsonl"
    again = tmp_path / "sub" / ".." / "answer.jsonl"
    (tmp_path / "sub").mkdir()
    klv("decode", stream, "-o", out, "--problems", again, "--force", code=3)
    assert not out.exists()


@pytest.mark.parametrize("offset_s", ["nan", "inf", "1e30", "-1e9"])
def test_an_offset_that_is_no_time_is_refused(tmp_path, stream, offset_s):
    out = tmp_path / "joined.ts"
    refused = klv("mux", stream, stream, "-o", out, f"--offset-s={offset_s}", code=3)
    assert b"an offset of at most 3600 s" in refused.stderr
    assert not out.exists()


def test_items_answer_line_by_line_and_a_bad_line_stops_nothing():
    lines = [
        '{"standard":"0104","tag":5,"hex":"43340000"}',
        "no JSON at all",
        '{"standard":"1201","min":-900,"max":19000,"length":2,"hex":"0000","id":7}',
        '{"standard":"9999","tag":1,"hex":"00"}',
    ]
    found = records(klv("items", given="\n".join(lines).encode()))
    assert found[0]["value"] == 180.0
    assert found[0]["unit"] == "deg"
    assert list(found[1]) == ["error"]
    assert (found[2]["value"], found[2]["id"]) == (-900.0, 7)
    assert "9999" in found[3]["error"]
    assert len(found) == 4


def test_items_are_encoded_from_what_decoding_gave():
    line = b'{"standard":"0104","tag":5,"hex":"43340000"}\n'
    decoded = klv("items", given=line).stdout
    assert records(klv("items", "--encode", given=decoded))[0]["hex"] == "43340000"


def test_a_report_is_a_table_in_two_languages_or_json(stream):
    english = klv("report", stream).stdout.decode()
    spanish = klv("report", stream, "--lang", "es").stdout.decode()
    assert "no item 94 (MIIS Core Identifier)" in english
    assert "sin elemento 94 (MIIS Core Identifier)" in spanish
    assert "aviso" in spanish
    answer = json.loads(klv("report", stream, "--json").stdout)
    assert answer["packets"] == {"0601": 12}
    found = next(one for one in answer["findings"] if one["code"] == "miis-missing")
    assert set(found) == {"code", "severity", "standard", "clause", "message", "count", "first_offset"}
    assert answer["counts"]["warning"] == sum(one["severity"] == "warning" for one in answer["findings"])


def test_a_report_of_what_is_no_stream_is_refused(tmp_path):
    path = tmp_path / "foreign"
    path.write_bytes(b"no stream at all" * 1000)
    assert b"an MPEG transport stream or KLV was wanted" in klv("report", path, code=3).stderr


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        (
            "real/cheyenne_c208b_2012.klv",
            {"miis-missing", "minimum-item-without-value", "security-incomplete"},
        ),
        (
            "real/aphill_klv_10s.ts",
            {"uas-datalink-missing", "predator-set", "pcr-interval", "pose-disagrees-with-centre"},
        ),
        ("conformance/h265_tricky_klv.ts", {"klv-pid-empty", "two-heights"}),
        ("sim/osh_vrsg_vmti.ts", {"vmti-version-missing", "pcr-interval", "async-with-pts"}),
        ("conformance/st0902_dynamic_constant_badchecksum.klv", {"checksum-failed"}),
    ],
)
def test_the_shared_streams_have_their_findings(name, codes):
    answer = json.loads(klv("report", shared_file(f"data/klv/{name}"), "--json").stdout)
    assert codes <= {finding["code"] for finding in answer["findings"]}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["real/cheyenne_c208b_2012.klv", "sim/osh_vrsg_vmti.ts"])
def test_a_stream_that_agrees_with_itself_is_not_said_to_contradict_itself(name):
    answer = json.loads(klv("report", shared_file(f"data/klv/{name}"), "--json").stdout)
    codes = {finding["code"] for finding in answer["findings"]}
    assert not codes & {"pose-disagrees-with-centre", "height-in-another-datum"}


@pytest.mark.shared
def test_the_bias_that_explains_a_contradiction_is_told_in_both_languages():
    answer = json.loads(klv("report", shared_file("data/klv/real/aphill_klv_10s.ts"), "--json").stdout)
    (told,) = [one for one in answer["findings"] if one["code"] == "pose-disagrees-with-centre"]
    assert "heading bias -1.45" in told["message"]["en"]
    assert "sesgo del rumbo -1.45" in told["message"]["es"]


def test_the_speed_of_this_machine_is_told_for_bare_klv_and_streams(tmp_path, stream):
    bare = tmp_path / "made.klv"
    bare.write_bytes(b"".join(packets()))
    for path, form in ((bare, "klv"), (stream, "mpeg-ts")):
        answer = json.loads(klv("bench", path, "--engine", "numpy", "--json").stdout)
        assert (answer["format"], answer["packets"], answer["sets"]) == (form, 12, {"0601": 12})
        assert answer["packets_per_cpu_s"] == pytest.approx(12 / answer["cpu_s"], rel=1e-3)
        assert (answer["demux_mb_per_cpu_s"] is None) == (form == "klv")
