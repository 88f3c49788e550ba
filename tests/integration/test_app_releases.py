"""A release on a real workspace: two people, a sealed package, a revocation, and everything on the record."""

import io
import json
import re
import sqlite3
import zipfile
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

import atalaya_verify
from atalaya.app.context import commit
from atalaya.app.dossiers import load_dossier, render_papers
from atalaya.app.ledger import check_proof, list_entries, sign_head, verify_ledger
from atalaya.app.recipients import add_recipient, list_recipients
from atalaya.app.releases import (
    PROOFS,
    PaperMaker,
    approve_release,
    build_release,
    export_release,
    list_releases,
    propose_release,
    revoke_release,
)
from atalaya.app.sites import review_site
from atalaya.cli import recipient, release, verify
from atalaya.cli.output import exit_code
from atalaya.custody.tree_head import InclusionProof
from atalaya.dossier.case_file import case_file, view_file
from atalaya.dossier.language import Language
from atalaya.dossier.paper import paper
from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError, NotPermittedError
from atalaya.io.seal import new_identity, open_sealed
from atalaya.model.actor import Actor, Role
from atalaya.model.custody import Derivative
from atalaya.model.dossier import DossierRecord
from atalaya.model.identifiers import ActorId, ContentHash, DossierId, RecipientId, ReleaseId
from atalaya.model.json_form import from_json
from atalaya.model.release import DossierField, ReleaseStatus
from atalaya.model.site import SiteStatus
from atalaya.release.package import check_inner, check_outer
from atalaya.release.redaction import view
from command_line import command_line, error_of
from dossier_samples import dossier, picture
from redaction_samples import ANYTHING, CANARIES, FIELDS, IMAGE, PLANTED
from workspaces import HOST, MANAGER, HandClock, acting, ledger, new_workspace

ANA = Actor(ActorId("ana"), Role.RELEASE_OFFICER)
BEA = Actor(ActorId("bea"), Role.RELEASE_OFFICER)
ANALYST = Actor(ActorId("analyst-7"), Role.IMAGERY_ANALYST)
DOSSIER = DossierId("DOS-0001")
WITHHELD = frozenset({DossierField.PLATFORM, DossierField.SENSOR, DossierField.REQUESTING_AGENCY})


def _jpeg() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(picture, "JPEG")
    return picture.getvalue()


def _fast(context, view, pictures):
    return {
        "case.json": view_file(view),
        **{f"evidence/{i}.jpg": data for i, data in enumerate(pictures.values())},
    }


PAPERS = PaperMaker(render=_fast)


@pytest.fixture
def context(tmp_path):
    """A workspace with one built dossier, as ANA sees it."""
    clock = HandClock()
    opened = acting(new_workspace(tmp_path / "w", clock, MANAGER), ANA)
    content, _ = opened.vault.put([_jpeg()])
    case = dossier((replace(picture(content), width_px=64, height_px=48, site_x_px=32, site_y_px=24),))

    def records(step):
        for record in (case.authority, case.sortie, case.site, *case.sources):
            step.add(record)

    commit(opened, "site.propose", case.site.site_id, {"sources": [case.sources[0].source_id]}, records)
    head = sign_head(opened)
    case = replace(case, custody_entries=list_entries(opened), head=head)
    kept, _ = opened.vault.put([case_file(case)])
    record = DossierRecord(
        dossier_id=DOSSIER,
        site_id=case.site.site_id,
        built_utc=case.built_utc,
        synthetic=True,
        case_file=kept,
        files=(),
    )
    commit(opened, "dossier.build", DOSSIER, {}, lambda step: step.add(record))
    return opened


@pytest.fixture
def partner(context):
    """(secret key, recipient)."""
    secret, public = new_identity()
    return secret, add_recipient(context, name="Fiscalía", nation="mex", age_public_key=public)


@pytest.fixture
def proposed(context, partner):
    return propose_release(
        context,
        dossier_id=DOSSIER,
        recipient_id=partner[1].recipient_id,
        withheld=WITHHELD,
        reason="they can act on it",
        papers=PAPERS,
    ).proposal.release_id


def _opened(package: bytes, secret: str, context):
    outer = check_outer(package, context.signer.key_id)
    assert outer.damage == ()
    inner = check_inner(open_sealed(outer.files["sealed.age"], secret), outer.manifest, context.signer.key_id)
    assert inner.damage == ()
    return inner.files


def test_two_people_release_a_dossier_and_the_package_proves_itself(context, partner, proposed, tmp_path):
    approved = approve_release(acting(context, BEA), proposed)
    assert (approved.status, approved.approved_by) == (ReleaseStatus.APPROVED, "bea")
    built = build_release(context, proposed)
    path = export_release(context, proposed, tmp_path / "out" / "package.zip")
    assert [leaf["action"] for leaf in ledger(context)][-5:] == [
        "recipient.add",
        "release.propose",
        "release.approve",
        "release.build",
        "release.export",
    ]
    report = atalaya_verify.prove(
        path.read_bytes(), atalaya_verify.read_identity(partner[0]), context.signer.key_id
    )
    assert report["problems"] == []
    assert report["opened"] is True
    assert report["recipient_id"] == partner[1].recipient_id
    assert {"dossier_es.pdf", "dossier_en.pdf", "bundle.stix.json", "case.json"} <= set(report["files"])
    files = _opened(path.read_bytes(), partner[0], context)
    for name, data in files.items():
        for withheld in (b"GAVILAN-3", "Agencia solicitante de demostración".encode(), b"3456.0"):
            assert withheld not in data, (name, withheld)
    with context.store.transaction() as step:
        made = step.find(Derivative, content=built.package)[0]
    assert made.inputs[0] == step_case_file(context)
    assert made.parameters["withheld"] == ["platform", "requesting-agency", "sensor"]


def step_case_file(context) -> ContentHash:
    with context.store.transaction() as step:
        return step.get(DossierRecord, DOSSIER).case_file


def test_the_entries_in_the_package_are_proved_under_the_head_in_it(context, partner, proposed):
    approve_release(acting(context, BEA), proposed)
    built = build_release(context, proposed, PAPERS)
    files = _opened(context.vault.read(built.package), partner[0], context)
    form = json.loads(files[PROOFS])
    proofs = [from_json(InclusionProof, one) for one in form["proofs"]]
    assert [proof.entry.index for proof in proofs] == [0, 1]
    for proof in proofs:
        check_proof(proof, form["jwk"])
    with pytest.raises(IntegrityError, match="not in the ledger"):
        check_proof(replace(proofs[0], entry=replace(proofs[0].entry, leaf="{}")), form["jwk"])


@pytest.mark.parametrize("field", [*FIELDS, None])
def test_a_withheld_field_is_in_no_file_that_is_rendered(context, field):
    """PDF streams are opened; their glyphs are not, so names are looked for in what the papers are set from."""
    withheld = frozenset(FIELDS if field is None else [field])
    shown = view(PLANTED, withheld, release_id=ReleaseId("REL-1"), recipient_name="Fiscalía")
    files = render_papers(context, shown, {IMAGE: _jpeg()})
    files |= {f"{word.value}.typ": str(paper(shown, word)).encode() for word in Language}
    assert {"dossier_es.pdf", "dossier_en.pdf", "case.json", "bundle.stix.json"} <= set(files)
    words = {"prior", "sources", "roof-or-tarp-seen", "previous_leaf_hash"}  # also the names of parts
    for canary in {*ANYTHING, *(one for part in withheld for one in CANARIES[part])} - words:
        for name, data in files.items():
            assert canary.encode() not in _unpacked(data), (name, canary)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"%PDF"):
        return data
    streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)
    packed = [one for one in streams if one[:1] == b"\x78"]
    return b"".join([data, *(zlib.decompressobj().decompress(one) for one in packed)])


def test_approving_ones_own_proposal_is_refused_and_on_the_record(context, proposed):
    for same in (ANA, Actor(ActorId(" ANA "), Role.RELEASE_OFFICER)):
        with pytest.raises(NotPermittedError, match="second person"):
            approve_release(acting(context, same), proposed)
        leaf = ledger(context)[-1]
        assert (leaf["action"], leaf["subject"]) == ("release.refuse", proposed)
        assert "second person" in leaf["body"]["reasons"][0]
    assert list_releases(context)[0].status is ReleaseStatus.PROPOSED


def test_only_a_release_officer_approves(context, proposed):
    with pytest.raises(NotPermittedError, match="not as release-officer"):
        approve_release(acting(context, ANALYST), proposed)
    assert ledger(context)[-1]["action"] == "release.refuse"


def test_an_expired_or_already_approved_proposal_is_not_approved(context, proposed):
    approve_release(acting(context, BEA), proposed)
    with pytest.raises(NotPermittedError, match="no longer a proposal"):
        approve_release(acting(context, BEA), proposed)
    context.now.move(timedelta(days=40))
    with pytest.raises(NotPermittedError, match="expired"):
        approve_release(acting(context, BEA), proposed)


def test_nothing_is_built_that_is_not_approved_and_nothing_is_built_twice(context, proposed):
    with pytest.raises(NotPermittedError, match="only an approved release is built"):
        build_release(context, proposed, PAPERS)
    assert ledger(context)[-1]["action"] == "release.refuse"
    approve_release(acting(context, BEA), proposed)
    build_release(context, proposed, PAPERS)
    with pytest.raises(NotPermittedError, match="is built: only an approved"):
        build_release(context, proposed, PAPERS)


@pytest.mark.parametrize("stage", ["proposed", "approved", "built"])
def test_a_revoked_release_is_neither_approved_built_nor_delivered(context, proposed, stage, tmp_path):
    if stage != "proposed":
        approve_release(acting(context, BEA), proposed)
    if stage == "built":
        build_release(context, proposed, PAPERS)
    revoked = revoke_release(acting(context, HOST), proposed, "consentimiento retirado")
    assert (revoked.status, revoked.revoked_by) == (ReleaseStatus.REVOKED, "oficial")
    for act in (
        lambda: approve_release(acting(context, BEA), proposed),
        lambda: build_release(context, proposed, PAPERS),
        lambda: export_release(context, proposed, tmp_path / "package.zip"),
    ):
        with pytest.raises(NotPermittedError, match="revoked"):
            act()
        assert ledger(context)[-1]["action"] == "release.refuse"
    assert not (tmp_path / "package.zip").exists()
    with pytest.raises(InputError, match="revoked already"):
        revoke_release(context, proposed, "again")


@pytest.mark.parametrize("stage", ["propose", "approve", "build", "export"])
def test_a_site_that_a_person_has_rejected_since_goes_to_nobody(context, partner, stage, tmp_path):
    def propose():
        return propose_release(
            context,
            dossier_id=DOSSIER,
            recipient_id=partner[1].recipient_id,
            withheld=WITHHELD,
            reason="they can act on it",
            papers=PAPERS,
        ).proposal.release_id

    stages = ["propose", "approve", "build", "export"]
    done, release = stages.index(stage), ReleaseId("none")
    steps = [
        propose,
        lambda: approve_release(acting(context, BEA), release),
        lambda: build_release(context, release, papers=PAPERS),
        lambda: export_release(context, release, tmp_path / "package"),
    ]
    for number, step in enumerate(steps[:done]):
        made = step()
        release = made if number == 0 else release
    site_id = load_dossier(context, DOSSIER).site.site_id
    review_site(acting(context, ANALYST), site_id, SiteStatus.REJECTED, "a farm roof after all")
    with pytest.raises(NotPermittedError, match="was rejected after the dossier was built"):
        steps[done]()
    assert ledger(context)[-1]["action"] == "release.refuse"
    assert not (tmp_path / "package").exists()


def test_a_release_revoked_while_it_is_built_is_not_built(context, proposed):
    approve_release(acting(context, BEA), proposed)

    def render(inner, view, pictures):
        revoke_release(context, proposed, "in the meantime")
        return _fast(inner, view, pictures)

    with pytest.raises(InputError, match="changed meanwhile"):
        build_release(context, proposed, PaperMaker(render=render))
    assert list_releases(context)[0].status is ReleaseStatus.REVOKED
    assert ledger(context)[-1]["action"] == "release.revoke"


def test_a_full_disk_leaves_the_release_approved_and_the_ledger_without_a_word(context, proposed):
    approve_release(acting(context, BEA), proposed)
    before = ledger(context)

    class FullVault:
        def __getattr__(self, name):
            return getattr(context.vault, name)

        def put(self, chunks):
            raise ExternalError("no space left on device")

    with pytest.raises(ExternalError, match="no space"):
        build_release(replace(context, vault=FullVault()), proposed, PAPERS)
    assert ledger(context) == before
    assert list_releases(context)[0].status is ReleaseStatus.APPROVED
    assert build_release(context, proposed, PAPERS).status is ReleaseStatus.BUILT


def test_nothing_is_delivered_over_a_file_that_is_there(context, proposed, tmp_path):
    approve_release(acting(context, BEA), proposed)
    build_release(context, proposed, PAPERS)
    (tmp_path / "there").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export_release(context, proposed, tmp_path / "there")
    with pytest.raises(ExternalError):
        export_release(context, proposed, tmp_path / "there" / "inside")
    assert ledger(context)[-1]["action"] == "release.build"


def test_a_proposal_names_a_dossier_a_recipient_and_a_reason(context, partner):
    known = {"dossier_id": DOSSIER, "recipient_id": partner[1].recipient_id, "withheld": (), "reason": "why"}
    for change, kind in (
        ({"dossier_id": DossierId("DOS-404")}, NotFoundError),
        ({"recipient_id": RecipientId("nobody")}, NotFoundError),
        ({"reason": " "}, InputError),
    ):
        with pytest.raises(kind):
            propose_release(context, **{**known, **change}, papers=PAPERS)
    assert list_releases(context) == ()
    with pytest.raises(NotPermittedError):
        propose_release(acting(context, MANAGER), **known, papers=PAPERS)
    with pytest.raises(NotFoundError):
        approve_release(context, ReleaseId("REL-404"))


def test_a_recipient_is_known_by_a_uuid_and_a_key_of_its_own(context, partner):
    known = partner[1]
    assert len(known.recipient_id) == 36
    assert known.nation == "MEX"
    assert list_recipients(context) == (known,)
    for change, match in (
        ({"age_public_key": known.age_public_key}, "already the one of Fiscalía"),
        ({"age_public_key": "age1wrong"}, "not an age public key"),
        ({"nation": "Mexico"}, "alpha-3"),
        ({"name": " "}, "name"),
    ):
        with pytest.raises(InputError, match=match):
            add_recipient(
                context, **{"name": "x", "nation": "MEX", "age_public_key": new_identity()[1], **change}
            )
    assert list_recipients(context) == (known,)


def test_an_approval_written_into_the_table_by_hand_builds_nothing(context, proposed, tmp_path):
    with sqlite3.connect(tmp_path / "w" / "decisions.sqlite") as database:
        (body,) = database.execute("SELECT body FROM release").fetchone()
        forged = {**json.loads(body), "status": "approved", "approved_by": "bea"}
        database.execute("UPDATE release SET status = 'approved', body = ?", (json.dumps(forged),))
    with pytest.raises(IntegrityError, match="not on the record"):
        build_release(context, proposed, PAPERS)


def test_a_field_no_longer_withheld_after_the_approval_builds_nothing(context, proposed, tmp_path):
    approve_release(acting(context, BEA), proposed)
    with sqlite3.connect(tmp_path / "w" / "decisions.sqlite") as database:
        (body,) = database.execute("SELECT body FROM release").fetchone()
        forged = json.loads(body)
        forged["proposal"]["withheld"] = []
        database.execute("UPDATE release SET body = ?", (json.dumps(forged),))
    with pytest.raises(IntegrityError, match="not on the record"):
        build_release(context, proposed, PAPERS)


def test_a_ledger_that_was_tampered_with_stops_the_build(context, proposed, tmp_path):
    approve_release(acting(context, BEA), proposed)
    with sqlite3.connect(tmp_path / "w" / "decisions.sqlite") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE ledger_entry SET leaf = replace(leaf, 'site', 'sito') WHERE \"index\" = 1")
    assert verify_ledger(context).problems
    with pytest.raises(IntegrityError, match="root of the head"):
        build_release(context, proposed, PAPERS)


def test_the_command_line_takes_a_dossier_from_proposal_to_proof(context, tmp_path):
    secret, public = new_identity()
    (tmp_path / "key.txt").write_text(secret)
    call = command_line(tmp_path / "w", recipient, release, verify)
    officer, second = {"actor": "ana", "role": "release-officer"}, {"actor": "bea", "role": "release-officer"}
    added = call(
        "recipient", "add", "--name", "FGR", "--nation", "MEX", "--age-key", public, "--json", **officer
    )
    identity = json.loads(added.output)["recipient_id"]
    assert identity in call("recipient", "list", **officer).output
    asked = ["release", "propose", DOSSIER, "--recipient", identity, "--reason", "r", "--withhold"]
    wrong = call(*asked, "everything", **officer)
    assert exit_code(error_of(wrong)) == 3
    proposal = json.loads(call(*asked, "platform", "--json", **officer).output)["proposal"]
    own = call("release", "approve", proposal["release_id"], **officer)
    assert exit_code(error_of(own)) == 4
    assert "status: approved" in call("release", "approve", proposal["release_id"], **second).output
    assert "status: built" in call("release", "build", proposal["release_id"], **officer).output
    package = tmp_path / "package.zip"
    assert call("release", "export", proposal["release_id"], package, **officer).exit_code == 0
    proved = call("verify", package, "--identity", tmp_path / "key.txt")
    assert "every file inside is as signed" in proved.output
    assert zipfile.is_zipfile(package)
    data = package.read_bytes()
    package.write_bytes(data[:-200] + bytes([data[-200] ^ 1]) + data[-199:])
    assert exit_code(error_of(call("verify", package))) == 6
    assert call("release", "revoke", proposal["release_id"], "--reason", "r", **officer).exit_code == 0
    assert "revoked" in call("release", "list", **officer).output
