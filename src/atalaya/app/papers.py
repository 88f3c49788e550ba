"""Every paper of one case, rendered from what one reader may see and from nothing else."""

from collections.abc import Mapping

from atalaya.app.context import Context
from atalaya.dossier.case_file import custody_file, view_file
from atalaya.dossier.labels import TITLE
from atalaya.dossier.language import Language
from atalaya.dossier.paper import MAP_FILE, paper
from atalaya.dossier.sentences import summary
from atalaya.dossier.site_map import site_map
from atalaya.dossier.wording import CHARTER
from atalaya.errors import NotFoundError
from atalaya.io.geopackage import write_geopackage
from atalaya.io.pdf import set_pdf
from atalaya.model.case_view import CaseView
from atalaya.model.identifiers import ContentHash
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.release.stix import BundleText, bundle

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".gpkg": "application/geopackage+sqlite3",
    ".stix.json": "application/stix+json;version=2.1",
    ".json": "application/json",
    ".jws": "application/jose",
    ".jpg": "image/jpeg",
}
"""By the end of the name; the first that fits."""


def render_papers(
    context: Context, view: CaseView, pictures: Mapping[ContentHash, bytes]
) -> dict[str, bytes]:
    """File name → bytes; the same view and pictures give the same bytes.

    Args:
        context: of the reader's workspace; nothing of it goes into a paper.
        view: what this reader may see.
        pictures: the bytes of the view's pictures, by content hash; more may be there and stay out.

    Returns:
        `dossier_es.pdf`, `dossier_en.pdf`, `map_es.svg`, `map_en.svg`, `case.gpkg`, `bundle.stix.json`,
        `evidence/picture-NN.jpg`, `case.json`, `custody.json`; less those whose whole content is withheld.

    Raises:
        NotFoundError: the bytes of a picture of the view are missing.
        ExternalError: typst, GDAL or the disk failed.
    """
    del context
    names = evidence_names(view)
    missing = [content for content in names if content not in pictures]
    if missing:
        raise NotFoundError(f"no bytes of picture {missing[0]} of {view.dossier_id}")
    files: dict[str, bytes] = {}
    for language in Language:
        drawn = site_map(view, language)
        if drawn is not None:
            files[f"map_{language.value}.svg"] = drawn.encode()
        files[f"dossier_{language.value}.pdf"] = _pdf(view, language, drawn, pictures)
    files["case.json"] = view_file(view)
    files["bundle.stix.json"] = bundle(view, bundle_texts(view), names)
    optional = {"case.gpkg": write_geopackage(view), "custody.json": custody_file(view)}
    files |= {name: content for name, content in optional.items() if content is not None}
    return files | {name: pictures[content] for content, name in names.items()}


def evidence_names(view: CaseView) -> dict[ContentHash, str]:
    """The name of each picture beside the papers; the same number as in the PDF."""
    return {
        one.picture.content: f"evidence/picture-{number:02d}.jpg"
        for number, one in enumerate(view.pictures, start=1)
    }


def bundle_texts(view: CaseView) -> dict[str, BundleText]:
    """The words of the STIX bundle, by language."""
    mark = f"{SYNTHETIC_MARK}: " if view.synthetic else ""
    said = summary(view)
    return {
        language.value: BundleText(
            title=f"{mark}{TITLE.said(language)} {view.site_id}",
            summary=f"{mark}{said.said(language)}",
            statement=" ".join(
                f"{heading.said(language)} {words.said(language)}" for heading, words in CHARTER
            ),
        )
        for language in Language
    }


def media_type(name: str) -> str:
    """What a file of these is, by its name."""
    return next((kind for end, kind in MEDIA_TYPES.items() if name.endswith(end)), "application/octet-stream")


def _pdf(
    view: CaseView, language: Language, drawn: str | None, pictures: Mapping[ContentHash, bytes]
) -> bytes:
    made = paper(view, language)
    files = {name: pictures[content] for name, content in made.pictures.items()}
    if drawn is not None:
        files[MAP_FILE] = drawn.encode()
    return set_pdf(made.source, made.data, files, view.built_utc)
