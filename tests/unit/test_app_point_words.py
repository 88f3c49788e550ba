"""Why there is no answer, in both languages, for every reason there is."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.app.clip import Clip
from atalaya.app.ground import Ground
from atalaya.app.pixel_on_ground import NoImagePoint, NoPlace, NotSeen, PixelWithoutPlace, pixel_of_clip
from atalaya.app.point_words import NOT_ASKABLE, why_no_place, why_not_seen
from atalaya.app.why_unknown import lacking
from atalaya.app.workbench_points import NotAskable
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import HeightReference
from small_sortie import flight


def clip_without(**columns) -> Clip:
    """A clip over flat ground; columns named become unknown, or what is given."""
    frames = flight(3)
    every = np.ones(len(frames))
    frames = replace(
        frames,
        **{name: every * np.nan if value is None else value for name, value in columns.items()},
    )
    ground = Ground(
        terrain=ConstantHeight(0.0),
        geoid=None,
        heights=HeightReference.HAE,
        errors=PoseErrors(),
        facts={},
    )
    return Clip(
        name="clip", frames=frames, camera=ground.poses_of(frames), ground=ground, image_size_px=(128, 96)
    )


@pytest.mark.parametrize(
    ("lost", "english", "spanish"),
    [
        ({"platform_heading_deg": None}, "platform heading (item 5)", "rumbo de la plataforma (elemento 5)"),
        ({"hfov_deg": None}, "field of view (item 16)", "campo de visión horizontal (elemento 16)"),
        ({"sensor_hae_m": None}, "sensor height (item 75, 104 or 15)", "altura del sensor (elemento 75"),
        (
            {"sensor_hae_m": None, "sensor_msl_m": np.full(3, 900.0)},
            "no geoid grid",
            "falta la malla del geoide",
        ),
        ({"checksum_ok": np.zeros(3, dtype=bool)}, "checksum fails", "falla su suma de verificación"),
    ],
)
def test_what_a_packet_lacks_is_named_in_both_languages(lost, english, spanish):
    clip = clip_without(**lost)
    words = why_no_place(clip, pixel_of_clip(clip, 1, 60.0, 40.0))
    assert words is not None
    assert english in words.en
    assert spanish in words.es


def test_a_whole_packet_lacks_nothing():
    assert lacking(flight(2), 1) == ()


def test_every_reason_has_spanish_words_of_its_own():
    clip = clip_without(sensor_azimuth_deg=None)
    asked = {"frame_index": 1, "x_px": 1.0, "y_px": 1.0}
    found = [
        why_no_place(clip, PixelWithoutPlace(**asked, kind=kind, reason="because")) for kind in NoPlace
    ] + [why_not_seen(clip, NoImagePoint(frame_index=1, kind=kind, reason="because")) for kind in NotSeen]
    spanish = [words.es for words in found if words is not None]
    assert len(spanish) == len(NoPlace) + len(NotSeen)
    assert len(set(spanish)) == len(spanish) - 1  # an unknown pose is told alike in both
    assert all(words.en.endswith(".") and words.en[0].isupper() for words in found if words is not None)


def test_what_cannot_be_asked_at_all_has_words_too():
    assert set(NOT_ASKABLE) == set(NotAskable)
