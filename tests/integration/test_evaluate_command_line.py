"""`atalaya detect evaluate` on scene folders: scores, files, and what is refused and how."""

import json
import re
from html.parser import HTMLParser
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from atalaya.app.evaluate_detection import read_evaluation
from atalaya.app.evaluation_page import evaluation_fragment
from atalaya.app.evaluation_words import REASONS, VALUES, WORDS
from atalaya.app.kept_evaluations import kept_evaluation, kept_evaluations
from atalaya.cli import detect
from atalaya.errors import InputError, IntegrityError, NotFoundError, NotPermittedError
from atalaya.model.actor import Role
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.model.truth import LookAlikeKind, Setting, SiteState
from command_line import command_line, error_of
from known_scene import APIARY, SITE, write_scene
from small_sortie import make_bench


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    return [write_scene(folder / name) for name in ("sierra", "suburb")]


@pytest.fixture
def call(tmp_path):
    return command_line(tmp_path / "nowhere", detect)


def claim_file(path, *rows):
    lines = [f"{lon},{lat},{score}" for (lon, lat), score in rows]
    path.write_text("\n".join(["lon,lat,score", *lines]) + "\n", encoding="utf-8")
    return path


def test_a_file_of_places_is_judged_and_the_answer_written_three_ways(call, scenes, tmp_path):
    for scene in scenes:
        claim_file(tmp_path / f"{scene.name}.csv", (SITE, 0.9), (APIARY, 0.5))
    out = tmp_path / "answer"
    done = call(
        "detect", "evaluate", *scenes, "--claim", f"mine:probability={tmp_path}/{{scene}}.csv", "-o", out
    )
    assert done.exit_code == 0, done.exception
    assert SYNTHETIC_MARK in done.output
    answer = read_evaluation(out / "evaluation.json")
    claim = answer.claims[0]
    assert [world.name for world in answer.worlds] == ["sierra", "suburb"]
    assert (claim.points[-1].found, claim.points[-1].of) == (2, 2)
    assert claim.points[-1].on_look_alikes["apiary"] == 2
    assert claim.curve.false_alarms[0] == 0
    # 800 m of flight and a picture of 175 m by 131 m
    assert answer.worlds[0].looked_at_km2 == pytest.approx((STEPS_M + 175.0) * 131.2 / 1e6, rel=0.02)
    page = (out / "evaluation.html").read_text(encoding="utf-8")
    assert SYNTHETIC_MARK in page
    picture = Image.open(BytesIO((out / "froc.png").read_bytes()))
    assert picture.size == (1200, 720)
    assert picture.info["Comment"] == SYNTHETIC_MARK
    again = call(
        "detect", "evaluate", *scenes, "--claim", f"mine:probability={tmp_path}/{{scene}}.csv", "-o", out
    )
    assert "--force" in str(error_of(again))


STEPS_M = 39 * 0.0002 * 101_100.0


def test_as_json_and_the_same_twice(call, scenes, tmp_path):
    said = claim_file(tmp_path / "a.csv", (SITE, 1.0))
    asked = ("detect", "evaluate", scenes[0], "--claim", f"mine={said}", "--json")
    first, second = call(*asked), call(*asked)
    assert first.output == second.output
    answer = json.loads(first.output)
    assert answer["format"] == 1
    assert answer["claims"][0]["points"][0]["recall"]["value"] == 1.0
    assert "one world" in answer["claims"][0]["points"][0]["recall"]["why"]


def test_our_own_ways_look_at_the_clip_itself(call, scenes):
    done = call(
        "detect", "evaluate", scenes[0], "--claim", "single-frame", "--claim", "pooled-marks", "--json"
    )
    claims = json.loads(done.output)["claims"]
    assert [(claim["name"], claim["scale"]) for claim in claims] == [
        ("single-frame", "bits"),
        ("pooled-marks", "rank"),
    ]


def test_looks_are_taken_where_none_lie_with_the_scene(call, scenes):
    claim = json.loads(call("detect", "evaluate", scenes[0], "--claim", "integral", "--json").output)[
        "claims"
    ][0]
    assert claim["points"][-1]["false_alarms"] == claim["places"] == 0  # grey pictures show nothing
    assert (scenes[0] / "looks" / "looks.json").is_file()


def test_looks_that_lie_with_the_scene_are_taken_as_they_are(call, scenes, tmp_path):
    looks = scenes[1] / "looks"
    looks.mkdir()
    said = pa.table({"lon_deg": [SITE[0]], "lat_deg": [SITE[1]], "score": [3.0], "looks": [4]})
    pq.write_table(said, looks / "places.parquet")
    claim = json.loads(call("detect", "evaluate", scenes[1], "--claim", "integral", "--json").output)[
        "claims"
    ][0]
    assert (claim["points"][0]["found"], claim["points"][0]["of"]) == (1, 1)


@pytest.mark.parametrize(
    ("claims", "kind", "words"),
    [
        (["no-such-detector"], NotFoundError, "no detector 'no-such-detector' is installed"),
        (["single-frame", "single-frame"], InputError, "claim single-frame"),
        (["mine=gone.csv"], NotFoundError, r"gone\.csv"),
        (["mine:percent=a.csv"], InputError, "scores are rank, bits, probability"),
        (["=a.csv"], InputError, "NAME=FILE"),
    ],
)
def test_claims_that_cannot_be_judged_are_refused(call, scenes, claims, kind, words):
    asked = [part for claim in claims for part in ("--claim", claim)]
    error = error_of(call("detect", "evaluate", scenes[0], *asked))
    assert isinstance(error, kind)
    assert re.search(words, str(error))


def test_several_scenes_need_a_file_each(call, scenes):
    assert "{scene}" in str(error_of(call("detect", "evaluate", *scenes, "--claim", "mine=a.csv")))


def test_a_folder_without_truth_and_places_outside_the_world_are_refused(call, scenes, tmp_path):
    assert "no truth" in str(error_of(call("detect", "evaluate", tmp_path, "--claim", "single-frame")))
    far = claim_file(tmp_path / "far.csv", ((0.0, 0.0), 1.0))
    error = error_of(call("detect", "evaluate", scenes[0], "--claim", f"far={far}"))
    assert "outside the world" in str(error)


def test_a_file_that_is_no_evaluation_is_refused(tmp_path):
    path = tmp_path / "x.json"
    for text in ("{", "[]", '{"format": 99}', '{"format": 1}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(IntegrityError):
            read_evaluation(path)


def test_an_evaluation_is_kept_on_record_and_found_out_if_altered(scenes, tmp_path):
    bench = make_bench(tmp_path / "bench")
    said = claim_file(tmp_path / "a.csv", (SITE, 1.0))
    call = command_line(bench.folder, detect)
    asked = ("detect", "evaluate", scenes[0], "--claim", f"mine={said}", "--keep")
    done = call(*asked, actor="ana", role="imagery-analyst")
    assert done.exit_code == 0, done.exception
    auditor = bench.acting(Role.OVERSIGHT_AUDITOR)
    kept = kept_evaluations(auditor)
    assert [one.evaluation.claims[0].name for one in kept] == ["mine"]
    assert kept[0].content in done.output
    with auditor.store.transaction() as step:
        last = json.loads(list(step.entries())[-1].leaf)
    assert (last["action"], last["subject"]) == ("detection.evaluate", kept[0].content)
    assert isinstance(error_of(call(*asked, actor="m", role="partner-liaison")), NotPermittedError)
    path = bench.folder / "evaluations" / f"{kept[0].content}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("mine", "ours"), encoding="utf-8")
    with pytest.raises(IntegrityError, match="altered"):
        kept_evaluations(auditor)
    with pytest.raises(NotFoundError):
        kept_evaluation(auditor, "../secret")


class Outline(HTMLParser):
    """Open and closed tags, and everything that a page would fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.fetched, self.headless = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "link", "img", "iframe"} or {"src", "href"} & {name for name, _ in attrs}:
            self.fetched.append(tag)
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_in_both_languages_and_fetches_nothing(call, scenes, tmp_path):
    said = claim_file(tmp_path / "a.csv", (SITE, 1.0))
    call(
        "detect",
        "evaluate",
        scenes[0],
        "--claim",
        f"<b>&mine={said}",
        "--claim",
        "single-frame",
        "-o",
        tmp_path / "o",
    )
    page = (tmp_path / "o" / "evaluation.html").read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(page)
    assert outline.open == outline.fetched == []
    assert "url(" not in page
    assert "&lt;b&gt;&amp;mine" in page
    assert "<b>&mine" not in page
    answer = read_evaluation(tmp_path / "o" / "evaluation.json")
    for language, words in (("en", "Which sites are found"), ("es", "Qué sitios se encuentran")):
        fragment = evaluation_fragment(answer, language)
        assert words in fragment
        assert fragment in page
        assert "{" not in fragment
    assert page.count("<table>") == 2 * page.count("<table>", 0, page.index('<main lang="es">'))


def test_every_text_of_the_page_is_there_in_both_languages():
    for texts in (WORDS, VALUES):
        assert all(text.en.strip() and text.es.strip() for text in texts.values())
    for text in WORDS.values():
        assert set(re.findall(r"{\w+}", text.en)) == set(re.findall(r"{\w+}", text.es))
    named = {kind.value for kinds in (Setting, SiteState, LookAlikeKind) for kind in kinds}
    assert named <= set(VALUES)
    assert all(REASONS.values())
