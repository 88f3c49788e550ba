"""The ledger for its readers: check all of it, sign its head, prove one entry of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from atalaya.app.context import Context
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.custody.chain import ChainProblem, check_chain
from atalaya.custody.merkle import ProofTree, leaf_hash
from atalaya.custody.tree_head import InclusionProof, make_head, verify_head, verify_proof
from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.governance.roles import Action
from atalaya.model.custody import LedgerEntry, TreeHead

_EMPTY = "the ledger is empty: its first entry, that the workspace was made, is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReport:
    """What checking the whole ledger gave.

    Args:
        size: entries stored. unsigned: of them, those after the newest head.
        heads: signed heads checked, those kept elsewhere included.
        problems: empty where everything holds.
    """

    size: int
    unsigned: int
    heads: int
    newest_head: TreeHead | None
    problems: tuple[ChainProblem, ...]


def verify_ledger(context: Context, kept_elsewhere: Iterable[TreeHead] = ()) -> LedgerReport:
    """Check every entry, every signed head and every signature.

    Args:
        context: the opened workspace.
        kept_elsewhere: heads of this ledger that somebody else kept (the partner, a printed dossier); only
            they show a ledger that was cut off together with its newest heads.

    Raises:
        ExternalError: the store cannot be read.
    """
    with context.store.transaction() as step:
        heads = (*step.heads(), *kept_elsewhere)
        sound, problems = _sound_heads(heads, context.signer.public_jwk)
        problems += check_chain(step.entries(), sound)
        size = step.ledger_size()
    if not size:
        problems.append(ChainProblem(index=0, code="truncated", message=_EMPTY))
    newest = max(sound, key=lambda head: (head.size, head.at_utc), default=None)
    return LedgerReport(
        size=size,
        unsigned=max(0, size - (newest.size if newest else 0)),
        heads=len(heads),
        newest_head=newest,
        problems=tuple(problems),
    )


def sign_head(context: Context) -> TreeHead:
    """Sign the ledger as it stands and keep the head; a ledger that does not hold is never signed.

    A head is a fact about the ledger and needs no entry of its own.

    Raises:
        IntegrityError: the ledger does not hold; the message names the first entry that does not.
        NotPermittedError: the role may not; on the record.
        ExternalError: the store failed.
    """
    require_permission(context, Action.LEDGER_HEAD, "ledger")
    with context.store.transaction() as step:
        entries = tuple(step.entries())
        sound, problems = _sound_heads(step.heads(), context.signer.public_jwk)
        problems += check_chain(entries, sound)
        if not entries:
            raise IntegrityError(_EMPTY)
        if problems:
            raise IntegrityError(f"the ledger does not hold and is not signed: {problems[0].message}")
        head = make_head(
            origin=f"atalaya:{context.signer.key_id}",
            size=len(entries),
            root=ProofTree(map(_hash, entries)).root(),
            at_utc=context.now(),
            signer=context.signer,
        )
        step.add_head(head)
    return head


def prove_entry(context: Context, index: int) -> InclusionProof:
    """That one entry stands in the ledger of the newest signed head; checked offline, without the ledger.

    Raises:
        NotFoundError: no such entry under the newest head, or no head yet.
        IntegrityError: the ledger does not have the root of its newest head.
    """
    with context.store.transaction() as step:
        head = max(step.heads(), key=lambda one: (one.size, one.at_utc), default=None)
        if head is None or not 0 <= index < head.size:
            covered = f"covers 0 to {head.size - 1}" if head and head.size else "there is none yet"
            raise NotFoundError(
                f"no entry {index} under the newest signed head: {covered} (atalaya ledger head)"
            )
        return prove_against(step, head, (index,))[0]


def prove_against(step: Transaction, head: TreeHead, indices: Iterable[int]) -> tuple[InclusionProof, ...]:
    """Inclusion proofs of these entries under this head.

    Raises:
        NotFoundError: the head does not cover an entry.
        IntegrityError: the ledger does not have the root of this head.
    """
    entries = tuple(step.entries(0, head.size))
    tree = ProofTree(map(_hash, entries))
    if len(entries) != head.size or tree.root().hex() != head.root_hash:
        raise IntegrityError(f"the ledger does not have the root of the head of {head.size} entries")
    wanted = tuple(indices)
    outside = [index for index in wanted if not 0 <= index < head.size]
    if outside:
        raise NotFoundError(f"the head of {head.size} entries does not cover entry {outside[0]}")
    return tuple(
        InclusionProof(
            entry=entries[index],
            siblings=tuple(sibling.hex() for sibling in tree.inclusion_proof(index)),
            head=head,
        )
        for index in wanted
    )


def check_proof(proof: InclusionProof, jwk: Mapping[str, str]) -> None:
    """Accept silently a proof whose head is by this key; needs no workspace.

    Raises:
        IntegrityError: the signature or the proof does not hold.
        InputError: the JWK is no Ed25519 key, or a hash is not hex.
    """
    verify_head(proof.head, jwk)
    if not verify_proof(proof, _hash(proof.entry)):
        raise IntegrityError(f"entry {proof.entry.index} is not in the ledger of {proof.head.size} entries")


def list_entries(context: Context, start: int = 0, stop: int | None = None) -> tuple[LedgerEntry, ...]:
    """Entries start..stop-1 as stored.

    Raises:
        InputError: a negative start.
    """
    if start < 0:
        raise InputError(f"entries are counted from 0, got {start}")
    with context.store.transaction() as step:
        return tuple(step.entries(start, stop))


def _sound_heads(
    heads: Iterable[TreeHead], jwk: Mapping[str, str]
) -> tuple[list[TreeHead], list[ChainProblem]]:
    sound: list[TreeHead] = []
    problems: list[ChainProblem] = []
    for head in heads:
        try:
            verify_head(head, jwk)
        except (IntegrityError, InputError) as error:
            place = max(0, head.size - 1)
            problems.append(ChainProblem(index=place, code="head-signature", message=str(error)))
        else:
            sound.append(head)
    return sound, problems


def _hash(entry: LedgerEntry) -> bytes:
    return leaf_hash(entry.leaf.encode("utf-8", "surrogatepass"))
