"""The case: assembled from checked parts, one canonical file, read back to the same records."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.dossier.assemble import assemble, best_frames, spread, unready
from atalaya.dossier.case_file import case_file, custody_file, read_case_file, view_file
from atalaya.errors import InputError
from atalaya.model.site import EvidenceItem, EvidenceKind, SiteStatus
from dossier_samples import (
    NOW,
    authority,
    bare_view,
    custody_entries,
    dossier,
    footprints,
    picture,
    site,
    sortie,
    source,
    view,
)


def made(**changed):
    case = dossier((picture("11" * 32),))
    parts = {
        "dossier_id": case.dossier_id,
        "site": site(),
        "sortie": sortie(),
        "authority": authority(),
        "sources": (source(),),
        "pictures": case.pictures,
        "footprints_lon_lat": footprints(),
        "derivatives": case.derivatives,
        "custody_entries": custody_entries(),
        "head": case.head,
        "built_utc": NOW,
        "export_gsd_m": 0.15,
    }
    return assemble(**{**parts, **changed})


def test_the_parts_make_the_case():
    assert made() == dossier((picture("11" * 32),))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"site": replace(site(), status=SiteStatus.PROBABLE)}, "a person confirms"),
        ({"site": replace(site(), reviews=())}, "no recorded review"),
        ({"sortie": replace(sortie(), sortie_id="SOR-9")}, "did not see the site"),
        ({"authority": replace(authority(), authority_id="AUT-9")}, "flew under"),
        ({"sources": (replace(source(), sortie_id="SOR-9"),)}, "source 5a"),
        ({"sources": ()}, "has no source"),
        ({"pictures": (replace(picture("11" * 32), gsd_m=0.1),)}, "0.1 m/px"),
        ({"pictures": (replace(picture("11" * 32), gsd_m=float("nan")),)}, "nan m/px"),
        ({"head": replace(dossier().head, size=5)}, "beyond the head"),
    ],
)
def test_a_part_that_does_not_belong_is_refused(changed, reason):
    with pytest.raises(InputError, match=reason):
        made(**changed)


def test_one_synthetic_source_makes_the_whole_case_synthetic():
    assert made(site=replace(site(), synthetic=False)).synthetic
    real = replace(source(), synthetic=False)
    assert not made(site=replace(site(), synthetic=False), sources=(real,)).synthetic


def test_only_a_confirmed_site_is_ready():
    assert unready(site()) == ()
    for status in SiteStatus:
        assert (status is SiteStatus.CONFIRMED) == (unready(replace(site(), status=status)) == ())


def test_the_case_file_comes_back_the_same():
    case = dossier((picture("11" * 32),))
    data = case_file(case)
    assert read_case_file(data) == case
    assert case_file(read_case_file(data)) == data
    assert (
        data
        == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        b"[" * 100_000,
        b'{"format":"atalaya-case-1","dossier":{}}',
        b'{"format":"atalaya-case-1","dossier":3}',
    ],
)
def test_another_file_is_refused(data):
    with pytest.raises(InputError):
        read_case_file(data)


def test_a_withheld_chain_has_no_file():
    assert custody_file(bare_view(view())) is None
    assert b"key-thumbprint-1" in (custody_file(view()) or b"")
    assert b"key-thumbprint-1" not in view_file(bare_view(view()))


def test_the_best_frames_come_in_turn_and_none_twice():
    items = site().candidate.evidence
    assert best_frames(items, 6) == (("5a" * 32, 12), ("5a" * 32, 40))
    against = EvidenceItem(
        kind=EvidenceKind.LOOKED_AND_NOT_SEEN, weight_bits=-3.0, looks=1, azimuths=1, frames=(("5a" * 32, 7),)
    )
    assert best_frames((against,), 6) == ()
    assert best_frames((), 6) == ()


@given(st.lists(st.integers(), max_size=200), st.integers(1, 50))
def test_a_spread_keeps_order_ends_and_limit(outlines, limit):
    chosen = spread(outlines, limit)
    assert len(chosen) == min(limit, len(outlines))
    if limit > 1 and outlines:
        assert (chosen[0], chosen[-1]) == (outlines[0], outlines[-1])
