"""The release: one person proposes, another approves, the package is built, or the release is revoked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from atalaya.app.code_version import code_version
from atalaya.app.context import Context, commit, refuse
from atalaya.app.dossiers import load_dossier, render_papers
from atalaya.app.ledger import prove_against
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.custody.canonical import canonical_json
from atalaya.custody.chain import read_leaf
from atalaya.custody.hashing import content_hash
from atalaya.errors import InputError, IntegrityError
from atalaya.governance.collection_gate import Refusal
from atalaya.governance.release_gate import ReleaseDecision, decide
from atalaya.governance.roles import Action
from atalaya.io.durable_file import write_whole
from atalaya.io.seal import seal
from atalaya.model.actor import account_key
from atalaya.model.case_view import CaseView
from atalaya.model.custody import Derivative, Json
from atalaya.model.dossier import Dossier, DossierRecord
from atalaya.model.identifiers import ActorId, ContentHash, DossierId, RecipientId, ReleaseId, SiteId
from atalaya.model.json_form import to_json
from atalaya.model.release import DossierField, Recipient, Release, ReleaseProposal, ReleaseStatus
from atalaya.model.site import Site, SiteStatus
from atalaya.release.manifest import PackageIdentity
from atalaya.release.package import make_inner, make_outer
from atalaya.release.redaction import view

PROOFS = "ledger-proofs.json"
"""Inclusion proofs of the ledger entries that the release shows."""
PACKAGE_MEDIA_TYPE = "application/vnd.atalaya.package+zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperMaker:
    """How a case is read again and its papers are rendered; `app.dossiers` in production."""

    load: Callable[[Context, DossierId], Dossier] = load_dossier
    render: Callable[[Context, CaseView, Mapping[ContentHash, bytes]], dict[str, bytes]] = render_papers


DOSSIER_PAPERS = PaperMaker()


def propose_release(
    context: Context,
    *,
    dossier_id: DossierId,
    recipient_id: RecipientId,
    withheld: Iterable[DossierField],
    reason: str,
    papers: PaperMaker = DOSSIER_PAPERS,
) -> Release:
    """Propose to show one dossier, less what is withheld, to one recipient.

    Raises:
        NotFoundError: no such dossier or recipient.
        InputError: no reason, or a part that is always shown names what is to be withheld.
        NotPermittedError: the role may not, or the site was rejected since; on the record.
        ExternalError: it could not be recorded.
    """
    release_id = ReleaseId(context.mint("REL"))
    require_permission(context, Action.RELEASE_PROPOSE, release_id)
    with context.store.transaction() as step:
        recipient = step.get(Recipient, recipient_id)
    dossier = papers.load(context, dossier_id)
    _require_not_rejected(context, release_id, dossier.site.site_id)
    proposal = ReleaseProposal(
        release_id=release_id,
        dossier_id=dossier_id,
        site_id=dossier.site.site_id,
        recipient_id=recipient_id,
        withheld=frozenset(withheld),
        proposed_by=context.actor.actor_id,
        proposed_utc=context.now(),
        reason=reason,
    )
    view(dossier, proposal.withheld, release_id=release_id, recipient_name=recipient.name)
    release = Release(proposal=proposal, status=ReleaseStatus.PROPOSED)
    body: dict[str, Json] = {**_facts(release), "reason": reason}
    commit(context, Action.RELEASE_PROPOSE, release_id, body, lambda step: step.add(release))
    return release


def approve_release(context: Context, release_id: ReleaseId) -> Release:
    """A second person, a release officer, approves the proposal.

    Raises:
        NotPermittedError: the same person, another role, the proposal no longer stands, or the site was
            rejected since; on the record.
        NotFoundError: no such release.
        ExternalError: it could not be recorded.
    """
    release = _get(context, release_id)
    decision = decide(release, context.actor, context.now())
    if isinstance(decision, Refusal):
        refuse(context, "release.refuse", release_id, decision.reasons)
    _require_not_rejected(context, release_id, release.proposal.site_id)
    return _approve(context, release, decision)


def build_release(context: Context, release_id: ReleaseId, papers: PaperMaker = DOSSIER_PAPERS) -> Release:
    """Make the package of an approved release: papers anew from the view, signed, sealed, in the vault.

    Raises:
        NotPermittedError: the release is not approved, is built already or revoked, the site was rejected
            since, or the role may not; on the record.
        NotFoundError: no such release.
        IntegrityError: the ledger or a picture does not hold, or the approval is not on the record.
        InputError: the papers cannot go into a package.
        ExternalError: it could not be recorded or stored; then the release is not built.
    """
    require_permission(context, Action.RELEASE_BUILD, release_id)
    release = _get(context, release_id)
    if release.status is not ReleaseStatus.APPROVED or release.approved_by is None:
        _refuse_status(context, release, "only an approved release is built")
    _require_not_rejected(context, release_id, release.proposal.site_id)
    with context.store.transaction() as step:
        _require_on_record(step, release)
        recipient = step.get(Recipient, release.proposal.recipient_id)
        record = step.get(DossierRecord, release.proposal.dossier_id)
    shown = view(
        papers.load(context, release.proposal.dossier_id),
        release.proposal.withheld,
        release_id=release_id,
        recipient_name=recipient.name,
    )
    package = _package(context, shown, recipient, papers)
    content = content_hash(package)
    built = replace(release, status=ReleaseStatus.BUILT, package=content, built_utc=context.now())
    pictures = tuple(picture.picture.content for picture in shown.pictures)
    made = Derivative(
        content=content,
        media_type=PACKAGE_MEDIA_TYPE,
        inputs=(record.case_file, *pictures),
        transformation="atalaya.app.releases.build_release",
        parameters=_facts(release),
        code_version=code_version(),
        made_utc=context.now(),
    )

    def keep(step: Transaction) -> None:
        context.vault.put([package])
        step.add(made)

    body: dict[str, Json] = {**_facts(release), "package": content, "length": len(package)}
    _change(context, Action.RELEASE_BUILD, release, built, body, keep)
    return built


def revoke_release(context: Context, release_id: ReleaseId, reason: str) -> Release:
    """Take a release back: from now on it is neither built nor delivered.

    Raises:
        InputError: no reason, or it is revoked already.
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such release.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.RELEASE_REVOKE, release_id)
    if not reason.strip():
        raise InputError(f"revoking {release_id} needs a reason")
    release = _get(context, release_id)
    if release.status is ReleaseStatus.REVOKED:
        raise InputError(f"{release_id} is revoked already")
    revoked = replace(
        release,
        status=ReleaseStatus.REVOKED,
        revoked_by=context.actor.actor_id,
        revoked_utc=context.now(),
        revoked_reason=reason,
    )
    body: dict[str, Json] = {"reason": reason, "former_status": release.status.value}
    _change(context, Action.RELEASE_REVOKE, release, revoked, body)
    return revoked


def list_releases(context: Context) -> tuple[Release, ...]:
    """All releases in the order they were proposed."""
    with context.store.transaction() as step:
        return step.find(Release)


def export_release(context: Context, release_id: ReleaseId, path: Path) -> Path:
    """Write the package of a built release to a new file, for delivery.

    Raises:
        NotPermittedError: it is not built, or revoked, the site was rejected since, or the role may not; on
            the record.
        InputError: there is already something at that path.
        NotFoundError: no such release. IntegrityError: the package in the vault was changed.
        ExternalError: it could not be recorded or written.
    """
    require_permission(context, Action.RELEASE_BUILD, release_id)
    release = _get(context, release_id)
    if release.status is not ReleaseStatus.BUILT or release.package is None:
        _refuse_status(context, release, "only a built release is delivered")
    _require_not_rejected(context, release_id, release.proposal.site_id)
    if path.exists():
        raise InputError(f"{path} exists already; nothing is overwritten")
    package = context.vault.read(release.package)
    body: dict[str, Json] = {"package": release.package, "recipient_id": release.proposal.recipient_id}

    def deliver(step: Transaction) -> None:
        _require_unchanged(step, release)
        write_whole(path, package)

    commit(context, "release.export", release_id, body, deliver)
    return path


def _approve(context: Context, release: Release, decision: ReleaseDecision) -> Release:
    approved = replace(
        release,
        status=ReleaseStatus.APPROVED,
        approved_by=decision.approved_by,
        approved_utc=decision.approved_utc,
    )
    body: dict[str, Json] = {**_facts(release), "proposed_by": release.proposal.proposed_by}
    _change(context, Action.RELEASE_APPROVE, release, approved, body)
    return approved


def _package(context: Context, shown: CaseView, recipient: Recipient, papers: PaperMaker) -> bytes:
    pictures = {
        picture.picture.content: context.vault.read(picture.picture.content) for picture in shown.pictures
    }
    files = papers.render(context, shown, pictures) | _proofs(context, shown)
    identity = PackageIdentity(
        view=shown, recipient_id=recipient.recipient_id, signer=context.signer.public_jwk
    )
    sealed = seal(make_inner(identity, files, context.signer), recipient.age_public_key)
    return make_outer(identity, sealed, context.signer)


def _proofs(context: Context, shown: CaseView) -> dict[str, bytes]:
    """The entries that are shown, each with its proof under the head that is shown."""
    if shown.custody is None or not shown.custody.entries:
        return {}
    with context.store.transaction() as step:
        indices = [entry.index for entry in shown.custody.entries]
        proofs = prove_against(step, shown.custody.head, indices)
    jwk: dict[str, Json] = dict(context.signer.public_jwk)
    return {PROOFS: canonical_json({"jwk": jwk, "proofs": [to_json(proof) for proof in proofs]})}


def _get(context: Context, release_id: ReleaseId) -> Release:
    with context.store.transaction() as step:
        return step.get(Release, release_id)


def _change(
    context: Context,
    action: Action,
    before: Release,
    after: Release,
    body: Mapping[str, Json],
    also: Callable[[Transaction], None] = lambda _: None,
) -> None:
    """The newer state in place of the older, if the older still stands."""

    def effect(step: Transaction) -> None:
        _require_unchanged(step, before)
        step.replace(after)
        also(step)

    commit(context, action, before.proposal.release_id, body, effect)


def _require_unchanged(step: Transaction, release: Release) -> None:
    if step.get(Release, release.proposal.release_id) != release:
        raise InputError(f"{release.proposal.release_id} changed meanwhile; look again")


def _require_on_record(step: Transaction, release: Release) -> None:
    """A decision that stands in its table but not in the ledger was not made by two people."""
    proposal = release.proposal
    made: dict[str, tuple[str, Json]] = {}
    for entry in step.entries():
        if proposal.release_id in entry.leaf:
            leaf = read_leaf(entry)
            actor, body = leaf.get("actor"), leaf.get("body")
            if (
                leaf.get("subject") == proposal.release_id
                and isinstance(actor, dict)
                and isinstance(body, dict)
            ):
                facts: Json = {name: body.get(name) for name in _facts(release)}
                made[str(leaf.get("action"))] = (str(actor.get("actor_id")), facts)
    asked = made.get(Action.RELEASE_PROPOSE)
    agreed = made.get(Action.RELEASE_APPROVE)
    approved_by = release.approved_by or ActorId("")
    two_accounts = account_key(proposal.proposed_by) != account_key(approved_by)
    as_stored = (proposal.proposed_by, _facts(release)), (release.approved_by, _facts(release))
    if (asked, agreed) != as_stored or not two_accounts:
        raise IntegrityError(
            f"{proposal.release_id}: the decision of two people is not on the record as it is stored"
        )


def _require_not_rejected(context: Context, release_id: ReleaseId, site_id: SiteId) -> None:
    """The dossier says what a person thought then; nobody is sent to a place that was given up since."""
    with context.store.transaction() as step:
        status = step.get(Site, site_id).status
    if status is SiteStatus.REJECTED:
        refuse(context, "release.refuse", release_id, [f"{site_id} was rejected after the dossier was built"])


def _refuse_status(context: Context, release: Release, rule: str) -> NoReturn:
    release_id = release.proposal.release_id
    refuse(context, "release.refuse", release_id, [f"{release_id} is {release.status}: {rule}"])


def _facts(release: Release) -> dict[str, Json]:
    proposal = release.proposal
    withheld: list[Json] = [part.value for part in sorted(proposal.withheld)]
    return {
        "dossier_id": proposal.dossier_id,
        "recipient_id": proposal.recipient_id,
        "withheld": withheld,
    }
