import numpy as np
import pytest

from atalaya.model.truth import LookAlikeKind, ObjectKind, Setting, SiteState
from atalaya.simulation.furnish import USUAL_COVER, furnish_look_alike, furnish_site
from atalaya.simulation.solids import Material
from atalaya.simulation.things import corners_of

WARM_AT_WORK = [setting for setting in Setting if setting is not Setting.STOCKPILE]


def site(setting, state=SiteState.ACTIVE, seed=1):
    return furnish_site(np.random.default_rng(seed), setting, state)


def look_alike(kind, seed=1):
    return furnish_look_alike(np.random.default_rng(seed), kind)


def parts(furnishing):
    return [part for thing in furnishing.things for part in thing.parts]


def kinds(furnishing):
    return {thing.kind for thing in furnishing.things} | {mark.kind for mark in furnishing.marks}


def warmest_k(furnishing):
    return max(part.excess_k for part in parts(furnishing))


@pytest.mark.parametrize("setting", WARM_AT_WORK)
def test_a_site_is_warm_while_it_works_and_cold_when_it_rests(setting):
    assert warmest_k(site(setting)) > 2.0
    assert warmest_k(site(setting, SiteState.INACTIVE)) == 0.0


def test_a_stockpile_is_never_warm():
    assert warmest_k(site(Setting.STOCKPILE)) == 0.0


@pytest.mark.parametrize("setting", list(Setting))
def test_vehicles_stand_only_at_a_site_that_works(setting):
    for state in (SiteState.INACTIVE, SiteState.DESTROYED):
        assert ObjectKind.PARKED_VEHICLE not in kinds(site(setting, state))


@pytest.mark.parametrize("setting", list(Setting))
def test_tracks_and_paths_are_fresher_while_a_site_works(setting):
    active, resting = site(setting), site(setting, SiteState.INACTIVE)
    assert active.track >= resting.track
    assert active.path >= resting.path


@pytest.mark.parametrize("setting", list(Setting))
def test_what_burnt_is_black_cold_and_low(setting):
    before, after = site(setting, SiteState.INACTIVE, seed=5), site(setting, SiteState.DESTROYED, seed=5)
    assert warmest_k(after) == 0.0
    assert any(mark.material is Material.CHAR for mark in after.marks)
    assert not any(part.material in (Material.PLASTIC_SHEET, Material.BRANCHES) for part in parts(after))
    assert max(part.bottom_m + part.height_m for part in parts(after)) <= max(
        part.bottom_m + part.height_m for part in parts(before)
    )


@pytest.mark.parametrize("place", [*Setting, *LookAlikeKind])
def test_everything_lies_within_the_radius_and_about_the_middle(place):
    for seed in range(4):
        made = site(place, seed=seed) if isinstance(place, Setting) else look_alike(place, seed)
        corners_m = np.concatenate([corners_of(part) for part in parts(made)])
        assert np.linalg.norm(corners_m, axis=1).max() <= made.radius_m + 0.01
        assert 4.0 < made.radius_m < 22.0
        assert place in USUAL_COVER


@pytest.mark.parametrize("kind", list(LookAlikeKind))
def test_every_look_alike_is_made_of_what_sites_are_made_of(kind):
    of_sites = {part.material for setting in Setting for part in parts(site(setting))}
    of_sites |= {mark.material for setting in Setting for mark in site(setting).marks}
    shared = {part.material for seed in range(6) for part in parts(look_alike(kind, seed))} & of_sites
    assert shared & {Material.PLASTIC_SHEET, Material.SHEET_METAL, Material.PAINTED_METAL, Material.CHAR}


def test_a_true_corral_has_no_vents_and_no_running_generator():
    hidden, innocent = kinds(site(Setting.UNDERGROUND)), kinds(look_alike(LookAlikeKind.CORRAL))
    assert {ObjectKind.FENCE, ObjectKind.TANK, ObjectKind.HEAP, ObjectKind.ROOF} <= hidden & innocent
    assert {ObjectKind.VENT, ObjectKind.GENERATOR} <= hidden - innocent


def test_the_same_draws_give_the_same_things():
    one, two = site(Setting.CANOPY_RAVINE), site(Setting.CANOPY_RAVINE)
    assert one.things == two.things
