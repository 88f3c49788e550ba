"""The part of a paper that says where everything came from and how anybody can prove it."""

from atalaya.custody.chain import read_leaf
from atalaya.dossier import labels
from atalaya.dossier.language import Language
from atalaya.dossier.printable import printable
from atalaya.dossier.sentences import instant
from atalaya.dossier.wording import SOURCE_FORMAT
from atalaya.errors import InputError
from atalaya.model.case_view import CustodyChain
from atalaya.model.custody import Derivative, Json, LedgerEntry, TreeHead
from atalaya.model.source import SourceRecord


def custody_blocks(custody: CustodyChain | None, language: Language) -> list[Json]:
    """Originals, derivatives, ledger entries and the signed head; nothing where the chain is withheld."""
    if custody is None:
        return []
    blocks: list[Json] = [{"kind": "heading", "text": labels.CUSTODY.said(language)}]
    if custody.sources:
        blocks.append({"kind": "subheading", "text": labels.ORIGINALS.said(language)})
        blocks += [{"kind": "facts", "rows": _source(source, language)} for source in custody.sources]
    if custody.derivatives:
        blocks.append({"kind": "subheading", "text": labels.DERIVATIVES.said(language)})
        blocks.append(_derivatives(custody.derivatives, language))
    if custody.entries:
        blocks.append({"kind": "subheading", "text": labels.ENTRIES.said(language)})
        blocks.append(_entries(custody.entries, language))
    blocks.append({"kind": "subheading", "text": labels.HEAD.said(language)})
    blocks.append({"kind": "facts", "rows": _head(custody.head, language)})
    blocks.append({"kind": "text", "text": labels.VERIFY.said(language)})
    return blocks


def _source(source: SourceRecord, language: Language) -> list[Json]:
    packets = labels.PACKETS_WORDS.said(language)
    packets += labels.UNSUMMED_WORDS.said(language) if source.packets_unsummed else ""
    rows: list[tuple[str, str, bool]] = [
        (labels.FILE.said(language), source.name, False),
        (labels.FORMAT.said(language), SOURCE_FORMAT[source.format].said(language), False),
        (labels.LENGTH.said(language), labels.BYTES.said(language).format(length=source.length), False),
        (labels.WHOLE.said(language), source.source_id, True),
        (labels.KEPT.said(language), _kept(source, language), False),
        (
            labels.PACKETS.said(language),
            packets.format(
                packets=source.packets, good=source.packets_checksum_ok, unsummed=source.packets_unsummed
            ),
            False,
        ),
    ]
    if source.kept is not None and str(source.kept) != str(source.source_id):
        rows.insert(5, (labels.KEPT_HASH.said(language), source.kept, True))
    return [[label, printable(value), "mono" if is_hash else ""] for label, value, is_hash in rows if value]


def _kept(source: SourceRecord, language: Language) -> str:
    if source.kept is None:
        return labels.KEPT_NOTHING.said(language)
    if not source.cuts:
        return labels.KEPT_WHOLE.said(language)
    return labels.KEPT_PART.said(language).format(cuts=len(source.cuts))


def _derivatives(derivatives: tuple[Derivative, ...], language: Language) -> Json:
    columns = [labels.CONTENT, labels.FORMAT, labels.TRANSFORMATION, labels.INPUTS]
    return {
        "kind": "table",
        "columns": [column.said(language) for column in columns],
        "widths": [6, 3, 4, 6],
        "mono": [0, 3],
        "rows": [
            [
                printable(made.content),
                printable(made.media_type),
                printable(f"{made.transformation.rpartition('.')[2]} ({made.code_version})"),
                printable(" ".join(made.inputs)),
            ]
            for made in derivatives
        ],
    }


def _entries(entries: tuple[LedgerEntry, ...], language: Language) -> Json:
    columns = [labels.ENTRY, labels.AT, labels.ACTION, labels.SUBJECT, labels.LEAF_HASH]
    return {
        "kind": "table",
        "columns": [column.said(language) for column in columns],
        "widths": [1, 3, 3, 4, 6],
        "mono": [3, 4],
        "rows": [_entry(entry) for entry in entries],
    }


def _entry(entry: LedgerEntry) -> Json:
    try:
        leaf = read_leaf(entry)
    except InputError:  # shown as it stands; the verifier names what is wrong with it
        leaf = {}
    at_utc = str(leaf.get("at_utc", "-"))
    return [
        str(entry.index),
        printable(at_utc[:19].replace("T", " ")),
        printable(str(leaf.get("action", "-"))),
        printable(str(leaf.get("subject", "-"))),
        printable(entry.leaf_hash),
    ]


def _head(head: TreeHead, language: Language) -> list[Json]:
    rows: list[tuple[str, str, bool]] = [
        (labels.ORIGIN.said(language), head.origin, False),
        (labels.SIZE.said(language), str(head.size), False),
        (labels.ROOT.said(language), head.root_hash, True),
        (labels.AT.said(language), instant(head.at_utc), False),
        (labels.KEY.said(language), head.key_id, True),
        (labels.SIGNATURE.said(language), head.signature, True),
    ]
    return [[label, printable(value), "mono" if is_hash else ""] for label, value, is_hash in rows]
