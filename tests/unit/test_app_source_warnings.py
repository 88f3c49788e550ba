"""Problems that move places become warnings a person understands, in both languages."""

import numpy as np
import pytest

from atalaya.app.exposure_picture import exposure_picture
from atalaya.app.pose_findings import CENTRES_DISAGREE, HEIGHTS_DISAGREE
from atalaya.app.source_warnings import WarningKind, warnings_of
from atalaya.app.viewshed import UNKNOWN_S, Exposure
from atalaya.geo.terrain import TerrainGrid
from atalaya.model.problem import Problem

MESSAGES = {
    "heights-too-high": "heights look 56 m too high: the frame centres that the stream states lie so far above "
    "the terrain (middle of 300, scatter 3 m), -2 times the -28.1 m between geoid and ellipsoid there",
    "heights-too-low": "heights look 28 m too low: one of the two is in another vertical datum",
    HEIGHTS_DISAGREE: "frame centre lies 28.4 m below what the slant range say, the same in all 300 frames",
    "sensor-below-ground": "30 of 300 frames (10 %) have the sensor below the ground, by 41 m in the middle",
    "terrain-does-not-cover": "150 of 300 frames (50 %) look where the terrain knows no height",
    "geoid-missing": "300 of 300 frames (100 %) have sensor heights above mean sea level only",
    CENTRES_DISAGREE: "pose and frame centre disagree: median 61.4 m over 300 frames, where the stated errors "
    "explain 9.8 m",
}


@pytest.mark.parametrize("code", MESSAGES)
def test_each_problem_that_moves_places_says_its_number_in_both_languages(code):
    (warning,) = warnings_of([Problem(code=code, message=MESSAGES[code])])
    number = {"datum": "56" if "high" in code else "28", "pose": "61.4", "below-ground": "10"}.get(
        warning.kind, {"cover": "50", "geoid": "100"}.get(warning.kind, "")
    )
    assert number in warning.words.en
    assert number in warning.words.es
    assert "—" not in warning.words.en + warning.words.es
    assert warning.words.en != warning.words.es
    assert warning.remedy.en != warning.remedy.es
    assert warning.detail == MESSAGES[code]


def test_three_signs_of_a_wrong_datum_are_one_warning_and_all_stand_in_its_detail():
    found = [Problem(code=code, message=text) for code, text in MESSAGES.items()]
    warnings = warnings_of([*found, Problem(code="checksum-failed", message="packet 41")])
    assert [it.kind for it in warnings] == [
        WarningKind.DATUM,
        WarningKind.BELOW_GROUND,
        WarningKind.COVER,
        WarningKind.GEOID,
        WarningKind.POSE,
    ]
    assert warnings[0].detail.count(";") == 2


def test_a_sound_source_has_no_warning():
    assert warnings_of([Problem(code="klv-garbage", message="7 bytes")]) == ()


def test_a_problem_without_its_number_has_a_dash_and_no_made_up_one():
    (warning,) = warnings_of([Problem(code="heights-too-high", message="heights look too high")])
    assert "about — m" in warning.words.en


def seen_for(seconds) -> Exposure:
    seen_s = np.asarray(seconds, dtype=np.float32)
    window = TerrainGrid(
        hae_m=np.zeros(seen_s.shape), west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    return Exposure(window=window, seen_s=seen_s, looks=3, left_out={}, seen_km2=1.5)


def test_seen_ground_is_drawn_the_stronger_the_longer_and_what_was_not_seen_is_clear():
    cv2 = pytest.importorskip("cv2")
    seconds = [[0.0, 1.0, 30.0], [UNKNOWN_S, 0.0, 1.0], [0.0, 0.0, 0.0]]
    picture = exposure_picture(seen_for(seconds))
    alpha = cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_UNCHANGED)[..., 3].astype(int)
    assert (alpha > 0).tolist() == (np.array(seconds) > 0).tolist()
    assert alpha[0, 2] > alpha[0, 1] == alpha[1, 2]
    assert (picture.longest_s, picture.seen_km2, picture.looks) == (30.0, 1.5, 3)
    assert (picture.west_deg, picture.north_deg) == pytest.approx((-107.0005, 25.0005))
    assert (picture.east_deg, picture.south_deg) == pytest.approx((-106.9975, 24.9975))


def test_a_large_picture_is_made_smaller_and_keeps_its_place():
    wide = np.zeros((10, 5000), dtype=np.float32)
    wide[:, 2500:] = 4.0
    picture = exposure_picture(seen_for(wide))
    assert picture.east_deg - picture.west_deg == pytest.approx(5.0)
    assert len(picture.png) < 20_000
