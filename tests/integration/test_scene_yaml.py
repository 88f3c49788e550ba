"""Scene files: every mistake is named with its line and field, and what is written is read back equal."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError, NotFoundError
from atalaya.io.scene_file import LARGEST_BYTES, find_scene, gallery, gallery_names, read_scene
from atalaya.io.scene_wire import scene_schema, scene_text
from atalaya.model.truth import LookAlikeKind, Setting, SiteState
from atalaya.simulation.scene_spec import (
    RANGES,
    Biome,
    FlightKind,
    FlightSpec,
    LookAlikeSpec,
    PoseErrorSpec,
    SceneSpec,
    SiteSpec,
    SkySpec,
)
from source_tree import ROOT

GOOD = """\
version: 1
name: a-scene
seed: 7
biome: sierra
sites:
  - setting: canopy-ravine
    canopy_cover: 0.7
flight:
  kind: orbit
  gsd_m: 0.16
"""


def parse_scene(text, name="scene.yaml"):
    return read_scene(text.encode("utf-8", "surrogatepass"), name)


def test_a_scene_is_read_with_what_it_leaves_out_as_usual():
    scene = parse_scene(GOOD)
    assert scene == SceneSpec(
        name="a-scene",
        seed=7,
        biome=Biome.SIERRA,
        sites=(SiteSpec(setting=Setting.CANOPY_RAVINE, canopy_cover=0.7),),
        flight=FlightSpec(kind=FlightKind.ORBIT, gsd_m=0.16),
    )


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("canopy_cover: 0.7", "canopy_cover: 1.7", r"line 7: sites.0.canopy_cover: .*0.95, got 1.7"),
        ("canopy_cover: 0.7", "canopy_cover: '0.7'", r"line 7: sites.0.canopy_cover"),
        ("canopy_cover: 0.7", "canopy_cover: .nan", r"line 7: sites.0.canopy_cover"),
        ("canopy_cover: 0.7", "canopy: 0.7", r"line 7: sites.0.canopy is no word of a scene"),
        (
            "setting: canopy-ravine",
            "setting: ravine",
            r"line 6: sites.0.setting: .*'canopy-ravine'.*'ravine'",
        ),
        ("seed: 7", "seed: -1", "line 3: seed: .*got -1"),
        ("seed: 7", "seed: true", "line 3: seed: .*got True"),
        ("seed: 7\n", "", "line 1: seed: Field required"),
        ("seed: 7", "seed: 7\nseed: 8", "line 4: seed is said twice"),
        ("version: 1", "version: 2", "line 1: version"),
        ("biome: sierra", "biome: [sierra]", "line 4: biome"),
        ("biome: sierra", "biome: sierra\nsky: {start_utc: 2026-03-21}", "line 5: sky.start_utc"),
        ("biome: sierra", "biome: sierra\nsky: {start_utc: 2026-03-21T10:00:00}", "line 5: sky.start_utc"),
        ("name: a-scene", "name: ../evil", "line 2: name"),
        ("gsd_m: 0.16", "gsd_m: 0.16\n  aim_place: 3", "aim_place must be the row of one of 1 places, got 3"),
        ("  kind: orbit", "\tkind: orbit", "line 9: no YAML"),
        ("  kind: orbit", "  kind: !!python/object/apply:os.system [ls]", "no YAML"),
        ("sites:", "sites: &all", None),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(was, becomes, said):
    text = GOOD.replace(was, becomes)
    assert text != GOOD
    if said is None:
        assert parse_scene(text) == parse_scene(GOOD)  # an anchor that nobody uses does no harm
        return
    with pytest.raises(InputError, match=said):
        parse_scene(text, name="my.yaml")


def test_every_mistake_of_a_file_is_named_at_once():
    with pytest.raises(InputError, match=r"line 3: seed.*line 10: flight.gsd_m"):
        parse_scene(GOOD.replace("seed: 7", "seed: -1").replace("0.16", "99"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "[]",
        "42",
        "a: &x [1]\nb: *x",
        "[" * 1500,
        "version: 1\n---\nversion: 1",
        "\x00",
        "? {a: 1}\n: 2",
        "2020-01-01: 1",
    ],
)
def test_what_is_no_scene_is_refused_in_words(text):
    with pytest.raises(InputError, match=r"odd\.yaml"):
        parse_scene(text, name="odd.yaml")


@pytest.mark.parametrize(
    "start", ["0001-01-01T00:00:00+14:00", "1969-12-31T00:00:00Z", "9999-12-31T23:59:59.9Z"]
)
def test_a_day_that_no_metadata_can_say_is_refused(start):
    with pytest.raises(InputError, match="start_utc must be 1970-01-02 to 2100-01-01"):
        parse_scene(f"name: a\nseed: 1\nbiome: empty\nsky: {{start_utc: '{start}'}}\n")


@given(
    st.text(max_size=60)
    | st.builds(lambda cut, more: GOOD[:cut] + more, st.integers(0, 160), st.text(max_size=20))
)
@settings(deadline=None)
def test_no_text_whatever_crashes_the_reader(text):
    with suppress(InputError):
        assert isinstance(parse_scene(text), SceneSpec)


def test_files_that_cannot_be_read_are_told_apart(tmp_path):
    with pytest.raises(NotFoundError, match=r"missing\.yaml.*canopy-70"):
        find_scene(str(tmp_path / "missing.yaml"))
    (tmp_path / "latin.yaml").write_bytes(b"name: \xf1")
    with pytest.raises(InputError, match="UTF-8"):
        find_scene(str(tmp_path / "latin.yaml"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (LARGEST_BYTES + 1))
    with pytest.raises(InputError, match="at most"):
        find_scene(str(tmp_path / "large.yaml"))
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    assert find_scene(str(tmp_path / "good.yaml")) == (parse_scene(GOOD), GOOD.encode())


def within(name, *, whole=False):
    low, high = RANGES[name]
    return st.integers(int(low), int(high)) if whole else st.floats(low, high)


def at_m():
    return st.none() | st.tuples(st.floats(-60, 60), st.floats(-60, 60))


SCENES = st.builds(
    SceneSpec,
    name=st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
    seed=within("seed", whole=True),
    biome=st.sampled_from(Biome),
    lon_deg=within("lon_deg"),
    lat_deg=within("lat_deg"),
    size_m=st.floats(500, 1500),
    tree_density=within("tree_density"),
    sites=st.lists(
        st.builds(
            SiteSpec,
            setting=st.sampled_from(Setting),
            state=st.sampled_from(SiteState),
            canopy_cover=st.none() | within("canopy_cover"),
            at_m=at_m(),
        ),
        max_size=3,
    ).map(tuple),
    look_alikes=st.lists(
        st.builds(LookAlikeSpec, kind=st.sampled_from(LookAlikeKind), at_m=at_m()), max_size=3
    ).map(tuple),
    flight=st.builds(
        FlightSpec,
        kind=st.sampled_from(FlightKind),
        gsd_m=within("gsd_m"),
        width_px=within("width_px", whole=True),
    ),
    sky=st.builds(
        SkySpec, start_utc=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
    ),
    pose_errors=st.builds(PoseErrorSpec, lag_ms=within("lag_ms"), angle_deg=within("angle_deg")),
    infrared=st.booleans(),
    vmti=st.booleans(),
)


@given(SCENES)
@settings(deadline=None, max_examples=60)
def test_what_is_written_is_read_back_equal(scene):
    assert parse_scene(scene_text(scene)) == scene


def test_the_published_schema_is_the_one_that_the_reader_holds():
    published = json.loads((ROOT / "docs/reference/scene.schema.json").read_text(encoding="utf-8"))
    assert published == scene_schema()


def test_the_schema_states_every_range():
    said = json.dumps(scene_schema())
    for name, (low, high) in RANGES.items():
        assert f'"minimum": {json.dumps(low)}' in said, name
        assert f'"maximum": {json.dumps(high)}' in said, name


def test_the_gallery_shows_every_biome_kind_state_and_flight():
    scenes = gallery()
    assert [scene.name for scene in scenes] == list(gallery_names())
    assert {scene.biome for scene in scenes} == set(Biome)
    assert {site.setting for scene in scenes for site in scene.sites} == set(Setting)
    assert {site.state for scene in scenes for site in scene.sites} == set(SiteState)
    assert {other.kind for scene in scenes for other in scene.look_alikes} == set(LookAlikeKind)
    assert {scene.flight.kind for scene in scenes} == set(FlightKind)
    assert {scene.biome for scene in scenes if not scene.sites and not scene.look_alikes} == set(Biome)


def test_every_scene_of_the_gallery_is_found_by_its_name_and_says_what_it_shows():
    for scene in gallery():
        found, text = find_scene(scene.name)
        assert found == scene
        assert text.startswith(b"# ")
