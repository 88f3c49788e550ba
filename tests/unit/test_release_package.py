"""The package: one spelling, every byte covered, every damage named."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.custody.jws import thumbprint
from atalaya.errors import InputError
from atalaya.release.canonical_zip import read_zip, write_zip
from atalaya.release.manifest import make_manifest, media_type
from atalaya.release.package import check_inner, check_outer, make_inner
from package_samples import (
    PAPERS,
    RECIPIENT,
    SIGNER,
    flipped,
    identity,
    is_checksum_of,
    members,
    owner_of,
    places,
    sample,
)

names = st.from_regex(
    r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,8}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,8}){0,2}", fullmatch=True
)
contents = st.dictionaries(names, st.binary(max_size=40), max_size=6)
SAMPLE = sample()
OUTER = check_outer(SAMPLE.outer, SIGNER.key_id)


@given(contents)
def test_every_unzip_program_reads_it_and_the_same_files_give_the_same_bytes(files):
    data = write_zip(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.namelist() == sorted(files)
    assert data == write_zip(dict(reversed(files.items())))
    assert read_zip(data) == (files, ())


@given(contents, st.data())
def test_no_flipped_bit_of_a_zip_can_hide(files, data):
    whole = write_zip(files)
    offset = data.draw(st.integers(0, len(whole) - 1))
    _, damage = read_zip(flipped(whole, offset, data.draw(st.integers(0, 7))))
    assert damage
    owner = owner_of(whole, offset)
    wanted = {owner, is_checksum_of(whole, offset)}
    assert any(one.file in wanted or one.file.startswith(owner) for one in damage)


@given(contents, st.data())
def test_no_byte_can_be_added_or_taken_away(files, data):
    whole = write_zip(files)
    offset = data.draw(st.integers(0, len(whole)))
    assert read_zip(whole[:offset] + b"\0" + whole[offset:])[1]
    if offset < len(whole):
        assert read_zip(whole[:offset] + whole[offset + 1 :])[1]
        assert read_zip(whole[:offset])[1]


@given(st.binary(max_size=200))
def test_bytes_that_are_no_zip_are_damage_and_no_crash(data):
    assert read_zip(data)[1] or data == write_zip({})


def test_a_zip_that_another_program_wrote_is_not_accepted():
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "text")
    assert read_zip(other.getvalue())[1]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "ñ",
        "a b",
        "a\\b",
        "x" * 1001,
    ],
)
def test_a_name_that_could_surprise_somebody_is_refused(name):
    with pytest.raises(InputError, match="plain relative name"):
        write_zip({name: b""})


def test_the_outer_layer_proves_the_sealed_bytes_and_tells_nothing_of_the_inside():
    assert OUTER.damage == ()
    assert set(OUTER.files) == {"outer.json", "outer.jws", "sealed.age"}
    assert set(OUTER.manifest) == {"format", "release_id", "recipient_id", "synthetic", "sealed", "signer"}
    assert OUTER.manifest["recipient_id"] == RECIPIENT
    for paper in PAPERS.values():
        assert len(paper) < 8 or paper[:64] not in SAMPLE.outer


def test_the_inner_layer_lists_every_file_with_the_charter():
    checked = check_inner(SAMPLE.inner, OUTER.manifest, SIGNER.key_id)
    assert checked.damage == ()
    assert [line["name"] for line in checked.manifest["files"]] == sorted(PAPERS)
    assert checked.manifest["charter"]["attestation"]["statement"].startswith("The payload list is complete")
    assert [payload["name"] for payload in checked.manifest["charter"]["payloads"]] == [
        "EO/IR turret",
        "GNSS/INS",
    ]
    assert checked.manifest["synthetic"] is True
    assert checked.manifest["signer"]["key_id"] == thumbprint(SIGNER.public_jwk)


def test_the_same_release_gives_the_same_inner_bytes():
    assert sample().inner == SAMPLE.inner


def test_every_bit_of_every_region_of_both_layers_is_covered():
    for whole in (SAMPLE.outer, SAMPLE.inner):
        structure = [at for at in range(len(whole)) if owner_of(whole, at) == "zip structure"]
        spread = [offset for offset, _ in places(len(whole), 300, seed=7)]
        for offset in (*structure, *spread):
            changed = flipped(whole, offset, offset % 8)
            outside = whole == SAMPLE.outer
            checked = check_outer(changed, None) if outside else check_inner(changed, OUTER.manifest, None)
            damage = checked.damage
            wanted = {owner_of(whole, offset), is_checksum_of(whole, offset)} - {None}
            assert any(one.file.startswith(tuple(map(str, wanted))) for one in damage), (
                offset,
                wanted,
                damage,
            )


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_a_paper_exchanged_with_its_checksum_made_good_is_named(name):
    files = members(SAMPLE.inner)
    damage = check_inner(write_zip({**files, name: files[name] + b"."}), OUTER.manifest, None).damage
    assert [one.file for one in damage] == [name]


def test_a_file_too_many_and_a_file_too_few_are_named():
    files = members(SAMPLE.inner)
    extra = check_inner(write_zip({**files, "more.txt": b"hello"}), OUTER.manifest, None).damage
    assert [one.message for one in extra] == ["more.txt: not listed"]
    del files["case-es.pdf"]
    missing = check_inner(write_zip(files), OUTER.manifest, None).damage
    assert [one.message for one in missing] == ["case-es.pdf: missing"]
    outer = members(SAMPLE.outer)
    assert check_outer(write_zip({**outer, "more.txt": b""}), None).damage[0].file == "more.txt"
    del outer["sealed.age"]
    assert check_outer(write_zip(outer), None).damage[0].file == "sealed.age"


@pytest.mark.parametrize("part", ["release_id", "recipient_id", "synthetic", "format", "sealed", "signer"])
def test_an_outer_manifest_that_was_rewritten_is_named(part):
    files = members(SAMPLE.outer)
    form = json.loads(files["outer.json"])
    form[part] = {"jwk": {}} if part == "signer" else "changed"
    damage = check_outer(write_zip({**files, "outer.json": json.dumps(form).encode()}), None).damage
    assert "outer.json" in damage[0].message


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"signer":{"jwk":7}}'])
def test_a_manifest_that_cannot_be_read_is_damage_and_no_crash(manifest):
    files = members(SAMPLE.outer)
    assert check_outer(write_zip({**files, "outer.json": manifest}), None).damage[0].file == "outer.json"


def test_another_signer_than_the_one_asked_for_is_named():
    damage = check_outer(SAMPLE.outer, "another-key").damage
    assert "signed by" in damage[0].message
    assert "another-key" in damage[0].message
    assert check_inner(SAMPLE.inner, OUTER.manifest, "another-key").damage


def test_an_inside_that_belongs_to_another_release_is_named():
    outer = {**OUTER.manifest, "release_id": "REL-OTHER"}
    damage = check_inner(SAMPLE.inner, outer, None).damage
    assert [one.message for one in damage] == ["manifest.json: release_id is not the one outer.json names"]


def test_a_package_needs_a_release_a_file_and_no_second_manifest():
    about = identity()
    with pytest.raises(InputError, match="at least one file"):
        make_manifest(about, {})
    with pytest.raises(InputError, match="needs a release"):
        make_manifest(replace(about, view=replace(about.view, release_id=None)), PAPERS)
    with pytest.raises(InputError, match=r"writes manifest\.json itself"):
        make_inner(about, {"manifest.json": b""}, SIGNER)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.PDF", "application/pdf"), ("x/y.jpg", "image/jpeg"), ("README", "application/octet-stream")],
)
def test_media_types_are_told_from_the_name(name, expected):
    assert media_type(name) == expected
