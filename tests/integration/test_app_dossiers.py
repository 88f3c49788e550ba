"""A dossier on a real workspace: only of a confirmed site, on record before it is stored, whole or not at all."""

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from atalaya.app.context import commit
from atalaya.app.dossiers import (
    MANIFEST,
    SIGNATURE,
    build,
    export_dossier,
    list_dossiers,
    load_dossier,
    load_pictures,
    show_dossier,
)
from atalaya.app.evidence_pictures import MAXIMUM_PICTURES, circle_radius_m, from_all_sides
from atalaya.app.ground import DeclaredGround, footprint_table, ground_of
from atalaya.app.ledger import verify_ledger
from atalaya.cli import dossier as dossier_noun
from atalaya.custody.hashing import content_hash
from atalaya.custody.jws import verify_detached
from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError, NotPermittedError
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.io.pictures import decode_jpeg
from atalaya.io.video import encode_h264
from atalaya.model.custody import Derivative
from atalaya.model.dossier import DossierRecord
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.model.site import EvidenceItem, EvidenceKind, SiteStatus
from atalaya.model.source import SYNTHETIC_MARK
from command_line import command_line, error_of
from dossier_samples import authority, site, sortie, source
from pdf_reading import text
from small_sortie import LAT_DEG, LON_DEG, STEP_DEG, flight
from workspaces import ANALYST, HOST, HandClock, acting, ledger, new_workspace

FRAMES = 20
FPS = 10.0
SITE = SiteId("SIT-0001")
WIDTH_PX, HEIGHT_PX = 320, 240


@dataclass(frozen=True)
class Shown:
    pts_s: float
    rgb: np.ndarray


class Pictures:
    """A video whose frame n is one shade, n; it counts how often it was read."""

    def __init__(self, late_s: float = 0.0) -> None:
        self.late_s = late_s
        self.asked: list[float] = []

    def __call__(self, path, *, at_pts_s):
        assert path.exists()
        self.asked += at_pts_s
        for pts_s in at_pts_s:
            shade = np.full((HEIGHT_PX, WIDTH_PX, 3), round(10 * pts_s), dtype=np.uint8)
            yield Shown(pts_s + self.late_s, shade)


def broken(path, *, at_pts_s):
    raise ExternalError("the video cannot be read")


def frames_of(hfov_deg=3.0):
    """Straight down from 1000 m: at 3 degrees over 320 px that is 0.16 m a pixel."""
    return replace(
        flight(FRAMES),
        pts_s=np.arange(FRAMES) / FPS,
        hfov_deg=np.full(FRAMES, hfov_deg),
        vfov_deg=np.full(FRAMES, np.nan),
    )


def a_video() -> bytes:
    shades = (np.full((HEIGHT_PX, WIDTH_PX, 3), 40 + 9 * number, dtype=np.uint8) for number in range(FRAMES))
    units = list(encode_h264(shades, frames_per_s=FPS))
    packets = encode_frames(frames_of(), mission_id="test", platform_designation="test")
    timed = [(unit.pts_90k, packet) for unit, packet in zip(units, packets, strict=True)]
    return b"".join(mux_ts(units, timed, synchronous=True))


def a_site(source_id, **changes):
    """In the middle of frame 10; frames 9 to 11 show it."""
    made = site()
    spot = replace(made.candidate.position, lon_deg=LON_DEG + 10 * STEP_DEG, lat_deg=LAT_DEG, hae_m=0.0)
    item = EvidenceItem(
        kind=EvidenceKind.ANOMALY_SEEN,
        weight_bits=4.0,
        looks=3,
        azimuths=1,
        frames=((source_id, 10), (source_id, 11), (source_id, 2), (source_id, 99)),
    )
    candidate = replace(made.candidate, position=spot, evidence=(made.candidate.evidence[0], item))
    return replace(made, candidate=candidate, **changes)


def workspace(folder, *, kept=b"video", pts_s=None, hfov_deg=3.0, **changes):
    """One sortie with 20 frames over one confirmed site, as the analyst sees it."""
    context = acting(new_workspace(folder, HandClock()), ANALYST)
    content, length = context.vault.put([kept])
    record = replace(
        source(),
        source_id=SourceId(content),
        kept=content,
        length=length,
        ground={"constant_m": 0.0, "heights": "hae"},
    )
    frames = frames_of(hfov_deg)
    if pts_s is not None:
        frames = replace(frames, pts_s=pts_s)
    looks = footprint_table(ground_of(context, DeclaredGround(constant_m=0.0)), frames, (WIDTH_PX, HEIGHT_PX))
    for table in (frames, looks):
        context.lake.write(record.sortie_id, record.source_id, 0, table)

    def records(step):
        for one in (authority(), sortie(), record, a_site(record.source_id, **changes)):
            step.add(one)

    commit(context, "site.propose", SITE, {"sources": [record.source_id]}, records)
    return context


@pytest.fixture
def context(tmp_path):
    return workspace(tmp_path / "w")


def test_a_confirmed_site_becomes_a_dossier_with_every_file_in_the_vault(context):
    record = build(context, SITE, read=Pictures())
    names = [file.name for file in record.files]
    assert {"dossier_es.pdf", "dossier_en.pdf", "case.gpkg", "bundle.stix.json", MANIFEST, SIGNATURE} <= set(
        names
    )
    for file in record.files:
        assert content_hash(context.vault.read(file.content)) == file.content
    files = {file.name: context.vault.read(file.content) for file in record.files}
    verify_detached(files[MANIFEST], files[SIGNATURE].decode(), context.signer.public_jwk)
    manifest = json.loads(files[MANIFEST])
    assert {line["name"] for line in manifest["files"]} == set(names) - {MANIFEST, SIGNATURE}
    assert manifest["synthetic"] is True
    assert len(manifest["charter"]) == 5
    assert "Expediente de sitio SIT-0001" in text(files["dossier_es.pdf"])
    assert show_dossier(context, record.dossier_id) == record
    assert list_dossiers(context) == list_dossiers(context, SITE) == (record,)
    assert list_dossiers(context, SiteId("SIT-9")) == ()


def test_the_case_is_read_again_with_its_pictures(context):
    record = build(context, SITE, read=Pictures())
    dossier = load_dossier(context, record.dossier_id)
    pictures = load_pictures(context, dossier)
    assert [one.frame_index for one in dossier.pictures] == [10, 11]  # frame 2 does not show it, 99 is none
    assert set(pictures) == {one.content for one in dossier.pictures}
    for one in dossier.pictures:
        assert one.gsd_m >= 0.15
        assert SYNTHETIC_MARK.encode() in pictures[one.content]
        rgb = decode_jpeg(pictures[one.content])
        assert rgb.shape == (one.height_px, one.width_px, 3)
        assert abs(int(rgb[one.height_px // 2 + 30, one.width_px // 2 + 30].mean()) - one.frame_index) <= 2
    middle = dossier.pictures[0]
    assert (middle.site_x_px, middle.site_y_px) == pytest.approx((159.5, 119.5), abs=0.2)
    assert middle.site_radius_px * middle.gsd_m == pytest.approx(circle_radius_m(12.4), rel=0.02)
    assert dossier.synthetic
    assert len(dossier.footprints_lon_lat) >= 1
    assert dossier.head.size == dossier.custody_entries[-1].index + 1


def test_a_frame_finer_than_the_limit_is_coarsened(tmp_path):
    context = workspace(tmp_path / "w", hfov_deg=1.8)
    dossier = load_dossier(context, build(context, SITE, read=Pictures()).dossier_id)
    one = dossier.pictures[0]
    assert 0.15 <= one.gsd_m < 0.152
    assert one.width_px < WIDTH_PX


def test_the_record_comes_before_the_files_and_the_ledger_holds(context):
    record = build(context, SITE, read=Pictures())
    leaves = ledger(context)
    assert [leaf["action"] for leaf in leaves][-2:] == ["dossier.begin", "dossier.build"]
    assert leaves[-1]["body"]["case_file"] == record.case_file
    assert verify_ledger(context).problems == ()


def test_everything_made_says_what_it_was_made_of(context):
    record = build(context, SITE, read=Pictures())
    dossier = load_dossier(context, record.dossier_id)
    with context.store.transaction() as step:
        made = {one.content: one for one in step.find(Derivative)}
    for one in dossier.pictures:
        assert made[one.content].inputs == (dossier.sources[0].kept,)
        assert made[one.content].parameters["frame_index"] == one.frame_index
        assert made[one.content].parameters["limit_gsd_m"] == 0.15
    for file in record.files:
        if file.name not in {MANIFEST, SIGNATURE}:
            assert file.content in made, file.name
            assert made[file.content].code_version
    assert {one.content for one in dossier.derivatives} == {one.content for one in dossier.pictures}


@pytest.mark.parametrize("status", [status for status in SiteStatus if status is not SiteStatus.CONFIRMED])
def test_a_site_that_no_person_confirmed_has_no_dossier(tmp_path, status):
    context = workspace(tmp_path / "w", status=status)
    with pytest.raises(NotPermittedError, match="a person confirms"):
        build(context, SITE, read=Pictures())
    assert ledger(context)[-1]["action"] == "dossier.refuse"
    assert status.value in ledger(context)[-1]["body"]["reasons"][0]
    assert list_dossiers(context) == ()


def test_another_role_is_refused_on_the_record(context):
    with pytest.raises(NotPermittedError):
        build(acting(context, HOST), SITE, read=Pictures())
    assert ledger(context)[-1]["action"] == "dossier.refuse"


def test_an_unknown_site_or_dossier_is_not_found(context):
    with pytest.raises(NotFoundError):
        build(context, SiteId("SIT-9"), read=Pictures())
    with pytest.raises(NotFoundError):
        load_dossier(context, "DOS-9")


def test_a_video_that_cannot_be_read_leaves_no_dossier(context):
    before = len(ledger(context))
    with pytest.raises(ExternalError, match="cannot be read"):
        build(context, SITE, read=broken)
    assert list_dossiers(context) == ()
    assert len(ledger(context)) == before


def test_a_disk_that_fills_up_leaves_no_dossier(context):
    class FullVault:
        def __getattr__(self, name):
            return getattr(context.vault, name)

        def put(self, chunks):
            raise ExternalError("no space left on the disk")

    with pytest.raises(ExternalError, match="no space"):
        build(replace(context, vault=FullVault()), SITE, read=Pictures())
    assert list_dossiers(context) == ()
    with context.store.transaction() as step:
        assert step.find(Derivative) == ()
    assert ledger(context)[-1]["action"] == "dossier.begin"  # that it was begun stays on the record


def test_a_picture_that_is_not_the_frame_is_left_out(context):
    record = build(context, SITE, read=Pictures(late_s=0.5))
    assert load_dossier(context, record.dossier_id).pictures == ()
    assert not [file for file in record.files if file.name.endswith(".jpg")]
    assert "Imágenes" not in text(_file(context, record, "dossier_es.pdf"))


def test_frames_without_a_time_in_the_video_are_not_asked_for(tmp_path):
    context = workspace(tmp_path / "w", pts_s=np.full(FRAMES, np.nan))
    pictures = Pictures()
    build(context, SITE, read=pictures)
    assert pictures.asked == []


def test_no_more_pictures_than_a_paper_holds(context):
    pictures = Pictures()
    build(context, SITE, read=pictures)
    assert len(pictures.asked) <= MAXIMUM_PICTURES


def test_a_changed_case_file_is_found(context):
    record = build(context, SITE, read=Pictures())
    path = context.vault.path(record.case_file)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"SIT-0001", b"SIT-0002"))
    with pytest.raises(IntegrityError):
        load_dossier(context, record.dossier_id)


@pytest.mark.parametrize(
    ("azimuths_deg", "chosen_deg"),
    [
        ([150, 149, 148, 3, 85, 43], [150, 3, 85, 43]),
        ([350, 10, 170], [350, 170, 10]),  # 350 and 10 are 20 degrees apart
        ([10, 11, 12, 13, 14], [10, 11, 12, 13]),
        ([], []),
    ],
)
def test_other_sides_come_before_more_of_the_same(azimuths_deg, chosen_deg):
    looks = [SimpleNamespace(look_azimuth_deg=azimuth) for azimuth in azimuths_deg]
    assert [one.look_azimuth_deg for one in from_all_sides(looks)] == chosen_deg


def test_the_circle_is_round_and_holds_the_error():
    assert [circle_radius_m(ce90_m) for ce90_m in (0.5, 5.0, 5.1, 12.4, 4000.0)] == [
        5.0,
        5.0,
        10.0,
        20.0,
        1000.0,
    ]


def test_an_export_is_on_the_record_and_never_overwrites(context, tmp_path):
    record = build(context, SITE, read=Pictures())
    written = export_dossier(context, record.dossier_id, tmp_path / "out")
    assert len(written) == len(record.files)
    assert (tmp_path / "out" / "evidence" / "picture-01.jpg").is_file()
    assert ledger(context)[-1]["action"] == "dossier.export"
    with pytest.raises(InputError, match="empty"):
        export_dossier(context, record.dossier_id, tmp_path / "out")


def test_the_command_line_builds_lists_shows_and_exports_from_real_video(tmp_path):
    context = workspace(tmp_path / "w", kept=a_video(), pts_s=1.4 + np.arange(FRAMES) / FPS)
    call = command_line(tmp_path / "w", dossier_noun)
    who = {"actor": "analyst", "role": "imagery-analyst"}
    built = json.loads(call("dossier", "build", SITE, "--json", **who).stdout)
    dossier = load_dossier(context, built["dossier_id"])
    assert [one.frame_index for one in dossier.pictures] == [10, 11]
    shades = [
        decode_jpeg(load_pictures(context, dossier)[one.content])[
            one.height_px // 2 + 30, one.width_px // 2 + 30
        ].mean()
        for one in dossier.pictures
    ]
    assert shades == pytest.approx([130, 139], abs=5)
    assert built["dossier_id"] in call("dossier", "list", **who).stdout
    assert "dossier_es.pdf" in call("dossier", "show", built["dossier_id"], **who).stdout
    out = call("dossier", "export", built["dossier_id"], tmp_path / "out", **who).stdout
    assert "dossier_en.pdf" in out
    assert isinstance(error_of(call("dossier", "build", "SIT-9", **who)), NotFoundError)


def _file(context, record: DossierRecord, name):
    return context.vault.read(next(file.content for file in record.files if file.name == name))
