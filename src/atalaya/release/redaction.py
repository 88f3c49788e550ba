"""What one recipient may see of a dossier: withheld parts are absent, and so is what points to them.

The rules in words, with their reasons: docs/reference/package.md.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from atalaya.custody.chain import read_leaf
from atalaya.errors import InputError
from atalaya.model.case_view import CaseView, CustodyChain, LookGeometry, ViewPicture
from atalaya.model.custody import Derivative, Json, LedgerEntry
from atalaya.model.dossier import Dossier, EvidencePicture
from atalaya.model.ground import Position
from atalaya.model.identifiers import ContentHash, ReleaseId
from atalaya.model.json_form import to_json
from atalaya.model.release import DossierField
from atalaya.model.site import EvidenceItem
from atalaya.model.source import CutRange, SourceRecord

_PLAIN_KEY_OR_WORD = re.compile(r"[A-Z]{3}-[0-9A-Za-z-]+|[a-z0-9]+([._-][a-z0-9]+)*")
"""An id, a hash, a UUID or one lower-case word or key: what an entry may hold and still be shown."""

_MEASURED_KEY = re.compile(r".*_(m|m2|mps|deg|rad|px|s|us|bits|utc)")
"""A key with its unit last holds a measured value, even where it is whole (2400.0 m is written 2400)."""


def view(
    dossier: Dossier,
    withheld: frozenset[DossierField],
    *,
    release_id: ReleaseId | None,
    recipient_name: str | None,
) -> CaseView:
    """The dossier less what is withheld, for one recipient.

    Free text that people wrote for the inside (review reasons, file names, reasons of cuts, parameters)
    does not pass as soon as anything is withheld: nobody can prove what a sentence gives away. Ledger
    entries are hashed whole, so an entry passes whole or not at all.

    Raises:
        InputError: a part that is always shown (payload list, attestation, wording of the probability)
            names what is withheld.
    """
    candidate, shows = dossier.site.candidate, _Shows(withheld)
    made = CaseView(
        dossier_id=dossier.dossier_id,
        site_id=dossier.site.site_id,
        sortie_id=dossier.sortie.sortie_id,
        release_id=release_id,
        recipient_name=recipient_name,
        synthetic=dossier.synthetic,
        built_utc=dossier.built_utc,
        status=dossier.site.status,
        kind=candidate.kind,
        payloads=dossier.sortie.payloads,
        attestation=dossier.sortie.attestation,
        supported_partner=dossier.sortie.supported_partner,
        position=_position(candidate.position, shows),
        probability=candidate.probability if shows(DossierField.PROBABILITY) else None,
        probability_against=candidate.probability_against if shows(DossierField.PROBABILITY) else None,
        evidence=_evidence(candidate.evidence, shows),
        looks_possible=candidate.looks_possible if shows(DossierField.EVIDENCE) else None,
        looks_seen=candidate.looks_seen if shows(DossierField.EVIDENCE) else None,
        first_seen_utc=candidate.first_seen_utc if shows(DossierField.TIMES) else None,
        last_seen_utc=candidate.last_seen_utc if shows(DossierField.TIMES) else None,
        reviews=() if withheld else dossier.site.reviews,
        pictures=_pictures(dossier.pictures, shows),
        # an outline narrows towards the sensor: it tells from where it looked
        footprints_lon_lat=dossier.footprints_lon_lat
        if shows(DossierField.POSITION_EXACT, DossierField.SENSOR)
        else (),
        platform_pseudonym=dossier.sortie.platform_pseudonym if shows(DossierField.PLATFORM) else None,
        requesting_agency=dossier.sortie.requesting_agency if shows(DossierField.REQUESTING_AGENCY) else None,
        authority=dossier.authority if _authority_passes(dossier, shows) else None,
        custody=_custody(dossier, shows) if shows(DossierField.CUSTODY_CHAIN) else None,
    )
    _require_nothing_named(made, _named(dossier, shows))
    return made


class _Shows:
    """Whether a part may be shown; `everything` where nothing at all is withheld."""

    __slots__ = ("_withheld",)

    def __init__(self, withheld: frozenset[DossierField]) -> None:
        self._withheld = withheld

    def __call__(self, *parts: DossierField) -> bool:
        return not self._withheld.intersection(parts)

    @property
    def everything(self) -> bool:
        return not self._withheld


def _position(position: Position, shows: _Shows) -> Position | None:
    if not shows(DossierField.POSITION_EXACT):
        return None
    return position if shows(DossierField.HEIGHT) else replace(position, hae_m=None, le90_m=None)


def _evidence(items: tuple[EvidenceItem, ...], shows: _Shows) -> tuple[EvidenceItem, ...]:
    # the starting point is alike in all dossiers of a workspace: with it the bits add up to the probability
    if not shows(DossierField.EVIDENCE, DossierField.PROBABILITY):
        return ()
    frames = shows(DossierField.IMAGERY, DossierField.CUSTODY_CHAIN)
    times = shows(DossierField.TIMES)
    return tuple(
        replace(
            item,
            frames=item.frames if frames else (),
            first_utc=item.first_utc if times else None,
            last_utc=item.last_utc if times else None,
        )
        for item in items
    )


def _pictures(pictures: tuple[EvidencePicture, ...], shows: _Shows) -> tuple[ViewPicture, ...]:
    if not shows(DossierField.IMAGERY):
        return ()
    return tuple(_picture(picture, shows) for picture in pictures)


def _picture(picture: EvidencePicture, shows: _Shows) -> ViewPicture:
    if not shows(DossierField.TIMES):
        picture = replace(picture, at_utc=None)
    if not shows(DossierField.SENSOR):
        picture = replace(picture, look_azimuth_deg=None, slant_range_m=None)
    if not shows(DossierField.CUSTODY_CHAIN):
        picture = replace(picture, source_id=None, frame_index=None)
    return ViewPicture(picture=picture, at_utc=picture.at_utc, geometry=_geometry(picture))


def _geometry(picture: EvidencePicture) -> LookGeometry | None:
    if picture.look_azimuth_deg is None or picture.slant_range_m is None:
        return None
    return LookGeometry(look_azimuth_deg=picture.look_azimuth_deg, slant_range_m=picture.slant_range_m)


def _authority_passes(dossier: Dossier, shows: _Shows) -> bool:
    if not shows(DossierField.AUTHORITY):
        return False
    named = _named(dossier, shows)
    return not any(named.found_in(text) for text in _texts(to_json(dossier.authority)))


def _custody(dossier: Dossier, shows: _Shows) -> CustodyChain:
    if shows.everything:
        return CustodyChain(
            sources=dossier.sources,
            derivatives=dossier.derivatives,
            entries=dossier.custody_entries,
            head=dossier.head,
        )
    if not shows(DossierField.TIMES):  # no record of custody is without its time
        return CustodyChain(sources=(), derivatives=(), entries=(), head=dossier.head)
    named, numbers = _named_in_entries(dossier, shows), _withheld_numbers(dossier, shows)
    imagery = _withheld_pictures(dossier, shows)
    return CustodyChain(
        sources=tuple(_source(source) for source in dossier.sources),
        derivatives=tuple(
            replace(made, parameters={}) for made in dossier.derivatives if not _touches(made, imagery)
        ),
        entries=tuple(
            entry for entry in dossier.custody_entries if _entry_passes(entry, named, imagery, numbers)
        ),
        head=dossier.head,
    )


def _withheld_pictures(dossier: Dossier, shows: _Shows) -> frozenset[ContentHash]:
    """Contents that only the withheld pictures are made of."""
    if shows(DossierField.IMAGERY):
        return frozenset()
    return frozenset(picture.content for picture in dossier.pictures)


def _touches(made: Derivative, contents: frozenset[ContentHash]) -> bool:
    if not contents:
        return False
    return made.media_type.startswith(("image/", "video/")) or bool(contents & {made.content, *made.inputs})


def _source(source: SourceRecord) -> SourceRecord:
    cuts = tuple(CutRange(offset=cut.offset, length=cut.length, reason="") for cut in source.cuts)
    return replace(source, name="", cuts=cuts, stopped_reason=None, ground={}, problems=None)


def _entry_passes(
    entry: LedgerEntry, named: "_Named", imagery: frozenset[ContentHash], numbers: frozenset[float]
) -> bool:
    """Only entries that hold nothing but ids, hashes, single words and whole numbers."""
    try:
        leaf = read_leaf(entry)
    except InputError:
        return False
    facts = [leaf.get("subject"), leaf.get("body")]
    if any(number in numbers or not isinstance(number, int) for number in _numbers(facts)):
        return False
    texts = tuple(_texts(facts))
    if any(not _PLAIN_KEY_OR_WORD.fullmatch(text) or _MEASURED_KEY.fullmatch(text) for text in texts):
        return False
    if imagery.intersection(texts):
        return False
    return not any(named.found_in(text) for text in _texts(leaf))


def _withheld_numbers(dossier: Dossier, shows: _Shows) -> frozenset[float]:
    """Measured values that are withheld; whole ones would pass for counts (2400.0 m is written 2400)."""
    candidate, numbers = dossier.site.candidate, set[float | None]()
    if not shows(DossierField.POSITION_EXACT):
        position = candidate.position
        numbers |= {position.lon_deg, position.lat_deg, position.ce90_m, *position.covariance_m2[0]}
        numbers |= {position.covariance_m2[1][1]}
    if not shows(DossierField.POSITION_EXACT) or not shows(DossierField.HEIGHT):
        numbers |= {candidate.position.hae_m, candidate.position.le90_m}
    if not shows(DossierField.PROBABILITY):
        numbers.add(candidate.probability)
    if not shows(DossierField.EVIDENCE):
        numbers |= {candidate.looks_possible, candidate.looks_seen}
        numbers |= {item.weight_bits for item in candidate.evidence}
        numbers |= {size for item in candidate.evidence for size in (item.length_m, item.width_m)}
    if not shows(DossierField.SENSOR):
        numbers |= {picture.look_azimuth_deg for picture in dossier.pictures}
        numbers |= {picture.slant_range_m for picture in dossier.pictures}
    return frozenset(number for number in numbers if number is not None)


class _Named:
    """The names and titles that are withheld; found as whole words, however they are spelled."""

    __slots__ = ("_pattern",)

    def __init__(self, names: Iterable[str]) -> None:
        words = sorted({re.escape(plain) for name in names if (plain := _plain(name))})
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None

    def found_in(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(_plain(text)) is not None


def _plain(text: str) -> str:
    """Without case, accents, widths, invisible letters and repeated blanks, by which a name hides."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    seen = "".join(letter for letter in letters if unicodedata.category(letter) not in {"Mn", "Cf"})
    return " ".join(seen.casefold().split())


def _named(dossier: Dossier, shows: _Shows) -> _Named:
    """What only the withheld part is called; an issuing body may well be named in another part."""
    return _Named(_names(dossier, shows))


def _named_in_entries(dossier: Dossier, shows: _Shows) -> _Named:
    """For entries also every other name the authority holds, and the names of the source files."""
    names = [*_names(dossier, shows), *(source.name for source in dossier.sources)]
    if not shows(DossierField.AUTHORITY):
        authority = dossier.authority
        names += [authority.issuing_body, authority.consent.granted_by, authority.purpose]
    return _Named(names)


def _names(dossier: Dossier, shows: _Shows) -> list[str]:
    names: list[str] = []
    if not shows(DossierField.PLATFORM):
        names.append(dossier.sortie.platform_pseudonym)
    if not shows(DossierField.REQUESTING_AGENCY):
        names.append(dossier.sortie.requesting_agency)
    if not shows(DossierField.AUTHORITY):
        authority = dossier.authority
        names += [authority.authority_id, authority.instrument, authority.consent.reference]
    return names


def _require_nothing_named(made: CaseView, named: _Named) -> None:
    """The last look: whom it is for may be named; nothing else that stays may name what is withheld."""
    form = to_json(made)
    for part in ("supported_partner", "recipient_name"):
        form.pop(part)
    for part, value in form.items():
        if any(named.found_in(text) for text in _texts(value)):
            raise InputError(f"the {part.replace('_', ' ')}, which is always shown, names what is withheld")


def _texts(form: object) -> Iterator[str]:
    return (value for value in _leaves(form) if isinstance(value, str))


def _numbers(form: object) -> Iterator[float]:
    return (
        value for value in _leaves(form) if isinstance(value, int | float) and not isinstance(value, bool)
    )


def _leaves(form: object) -> Iterator[Json]:
    """Every key and every plain value of a JSON form."""
    if isinstance(form, dict):
        for key, value in form.items():
            yield key
            yield from _leaves(value)
    elif isinstance(form, list | tuple):
        for value in form:
            yield from _leaves(value)
    elif form is None or isinstance(form, bool | int | float | str):
        yield form
