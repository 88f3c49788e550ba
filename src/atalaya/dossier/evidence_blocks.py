"""The part of a paper that says how probable the site is, against what, and why, as a waterfall of bits."""

from itertools import accumulate

from atalaya.dossier import labels
from atalaya.dossier.language import Language
from atalaya.dossier.printable import printable
from atalaya.dossier.sentences import (
    bits,
    evidence_sentence,
    instant,
    looks_seen_of,
    percent,
    probability_sentence,
)
from atalaya.model.case_view import CaseView
from atalaya.model.custody import Json
from atalaya.model.site import EvidenceItem, EvidenceKind


def evidence_blocks(view: CaseView, language: Language) -> list[Json]:
    """Probability, evidence and looks; nothing where all three are withheld."""
    blocks: list[Json] = []
    if view.probability is not None:
        said = probability_sentence(view.probability, view.probability_against).said(language)
        blocks.append({"kind": "lead", "text": printable(f"{said[0].upper()}{said[1:]}.")})
    if view.evidence:
        blocks.append(waterfall(view.evidence, view.probability, language))
        blocks.append({"kind": "text", "text": labels.BITS_NOTE.said(language)})
    rows = _looks(view, language)
    if rows:
        blocks.append({"kind": "facts", "rows": rows})
    if not blocks:
        return []
    return [{"kind": "heading", "text": labels.PROBABILITY.said(language)}, *blocks]


def waterfall(items: tuple[EvidenceItem, ...], probability: float | None, language: Language) -> Json:
    """One bar per item from the sum before it to the sum after it, as fractions of the drawing's width.

    The sum is stated only beside a probability this reader may see, and only where the starting point is
    among the items: without it the weights do not add up to anything.
    """
    ordered = sorted(items, key=lambda item: item.kind is not EvidenceKind.PRIOR)  # the prior first, stable
    sums = [0.0, *accumulate(item.weight_bits for item in ordered)]
    low, high = min(sums), max(sums)
    width = (high - low) or 1.0
    rows: list[Json] = [
        {
            "text": printable(evidence_sentence(item).said(language)),
            "bits": bits(item.weight_bits),
            "from": (min(before, after) - low) / width,
            "to": (max(before, after) - low) / width,
            "for": item.weight_bits >= 0,
        }
        for item, before, after in zip(ordered, sums[:-1], sums[1:], strict=True)
    ]
    has_prior = any(item.kind is EvidenceKind.PRIOR for item in items)
    return {
        "kind": "waterfall",
        "columns": [labels.EVIDENCE_COLUMN.said(language), "", labels.BITS_COLUMN.said(language)],
        "rows": rows,
        "zero": (0.0 - low) / width,
        "sum_label": f"{labels.SUM.said(language)} ({labels.PROBABILITY_LABEL.said(language).lower()} "
        f"{percent(probability)})"
        if probability is not None and has_prior
        else None,
        "sum_bits": bits(sums[-1]) if probability is not None and has_prior else None,
    }


def _looks(view: CaseView, language: Language) -> list[Json]:
    rows: list[Json] = []
    if view.looks_seen is not None and view.looks_possible is not None:
        said = looks_seen_of(view.looks_seen, view.looks_possible).said(language)
        rows.append([labels.LOOKS.said(language), said])
    for label, at_utc in ((labels.FIRST_SEEN, view.first_seen_utc), (labels.LAST_SEEN, view.last_seen_utc)):
        if at_utc is not None:
            rows.append([label.said(language), instant(at_utc)])
    return rows
