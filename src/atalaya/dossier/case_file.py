"""The case file: a whole dossier as canonical bytes, and back."""

import json

from atalaya.custody.canonical import canonical_json
from atalaya.errors import InputError
from atalaya.model.case_view import CaseView, ViewPicture
from atalaya.model.custody import Json
from atalaya.model.dossier import Dossier
from atalaya.model.json_form import from_json, to_json

FORMAT = "atalaya-case-1"
"""Version of the wire form; a reader refuses any other."""


def case_file(dossier: Dossier) -> bytes:
    """The canonical JSON (RFC 8785) of the whole dossier, pictures by hash.

    Raises:
        InputError: a number in it is not finite.
    """
    return canonical_json({"format": FORMAT, "dossier": to_json(dossier)})


def read_case_file(data: bytes) -> Dossier:
    """The dossier of a case file, every invariant checked again.

    Raises:
        InputError: not such a file; the message names what is wrong.
    """
    form = _object(data)
    if form.get("format") != FORMAT or not isinstance(form.get("dossier"), dict):
        raise InputError(f"a case file says format {FORMAT!r}, got {form.get('format')!r}")
    dossier = form["dossier"]
    if not isinstance(dossier, dict):  # told above; mypy cannot know
        raise InputError("a case file holds one dossier")
    return from_json(Dossier, dossier)


def view_file(view: CaseView) -> bytes:
    """The canonical JSON of what one reader may see; withheld parts are null, empty or not there.

    A picture's own record cannot be without time, geometry and source; in a view these stand beside it
    (`at_utc`, `geometry`), so its stand-ins for what is withheld are left out.
    """
    form = to_json(view)
    form["pictures"] = [_picture(one) for one in view.pictures]
    return canonical_json({"format": f"{FORMAT}-view", "view": form})


def custody_file(view: CaseView) -> bytes | None:
    """The custody chain alone, canonical JSON; None where it is withheld."""
    if view.custody is None:
        return None
    return canonical_json({"format": "atalaya-custody-1", "custody": to_json(view.custody)})


def _picture(one: ViewPicture) -> Json:
    form = to_json(one)
    picture = to_json(one.picture)
    for name in ("at_utc", "look_azimuth_deg", "slant_range_m"):  # they stand beside it, where shown
        del picture[name]
    if one.picture.frame_index is None:
        del picture["frame_index"], picture["source_id"]
    form["picture"] = picture
    return form


def _object(data: bytes) -> dict[str, Json]:
    try:
        form = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"a case file is JSON: {error}") from error
    if not isinstance(form, dict):
        raise InputError("a case file is a JSON object")
    return form
