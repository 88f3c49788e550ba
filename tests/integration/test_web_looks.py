"""Chips, observed ground and evaluations over HTTP: on the seeded workspace and on a real one."""

import time
from dataclasses import replace
from functools import partial

import cv2
import httpx
import numpy as np
import pytest
from shapely import box

from atalaya.app.clip import clip_of_source
from atalaya.app.context import commit
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.ingest_source import ingest_source
from atalaya.app.kept_evaluations import EVALUATION_FOLDER, keep_evaluation
from atalaya.app.looks_rasters import LOOKS_TRANSFORMATION
from atalaya.app.workbench_looks import PLANES_M
from atalaya.georeg.ortho_grid import OrthoGrid, project_to
from atalaya.ingest.encode import encode_frames
from atalaya.io.cog import Packing, code_cog, picture_cog
from atalaya.model.actor import Role
from atalaya.model.ground import Position
from atalaya.model.identifiers import SiteId
from atalaya.model.looks import CellState, LookPoseTable
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind, Site, SiteStatus
from atalaya.web.server import create_app
from atalaya.web.start import workbench_app
from fakes.live_server import live
from fakes.looks import ALTERED
from fakes.workbench import METADATA_ONLY, START, VIDEO, FakeWorkbench, make_bench, make_evaluation, make_mp4
from small_sortie import GROUND, LAT_DEG, LON_DEG, STEP_DEG, flight, write_ts
from small_sortie import make_bench as make_workspace

SEEN, AWAY = SiteId("SIT-SEEN"), SiteId("SIT-AWAY")
UTM = 32613
RED = (200, 40, 30)


def chips_of(client, site):
    """The chips, once they are worked out."""
    for _ in range(600):
        answer = client.get(f"/api/v1/sites/{site}/chips")
        if answer.status_code != 200 or answer.json()["chips"] is not None:
            return answer
        time.sleep(0.1)
    raise AssertionError("the chips never came")


def picture_of(client, site, layer, plane_m=0.0):
    answer = client.get(f"/api/v1/sites/{site}/chips/{layer}.png", params={"plane_m": plane_m})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"
    return cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)


def a_site(site_id, sortie, lon_deg):
    return Site(
        site_id=site_id,
        status=SiteStatus.CANDIDATE,
        candidate=Candidate(
            position=Position(
                lon_deg=lon_deg, lat_deg=LAT_DEG, hae_m=0.0, covariance_m2=((9.0, 0.0), (0.0, 9.0)),
                ce90_m=6.4, le90_m=None,
            ),
            probability=0.5,
            probability_against="any other place",
            kind=None,
            evidence=(EvidenceItem(kind=EvidenceKind.PRIOR, weight_bits=-1.0, looks=0, azimuths=0),),
            looks_possible=3,
            looks_seen=3,
            first_seen_utc=START,
            last_seen_utc=START,
        ),
        sorties=(sortie,),
        synthetic=False,
        proposed_utc=START,
    )  # fmt: skip


def propose(analyst, site):
    commit(analyst, "site.propose", site.site_id, {}, lambda step: step.add(site))


def keep_rasters(analyst, source, lon_deg, level=50):
    """A run of looks as `detect looks` keeps it: a red integral, and ground of which a part was not observed."""
    east_m, north_m = (float(it) for it in project_to(UTM, lon_deg, LAT_DEG))
    grid = OrthoGrid(
        epsg=UTM, left=east_m - 60.0, top=north_m + 60.0, step_x=0.4, step_y=0.4, width_px=300, height_px=300
    )
    rgb = np.zeros((3, 300, 300), dtype=np.uint8) + np.array(RED, dtype=np.uint8)[:, None, None]
    rgb[:, ::7] = np.minimum(rgb[:, ::7], 205 - level) + level
    state = np.zeros((300, 300), dtype=np.uint16)
    state[:150] = CellState.UNDER_CANOPY
    made = {
        "integral_1_1.tif": picture_cog(
            rgb, np.full((300, 300), 255, dtype=np.uint8), grid, packing=Packing.LOSSLESS, tags={}
        ),
        "looks_1_1.tif": code_cog({"looks": state, "state": state}, grid, nodata=65535.0, tags={}),
    }

    def effect(step):
        for name, content in made.items():
            kept, _ = analyst.vault.put([content])
            parameters = {"source": source, "cell_m": 0.4, "registered": True, "name": name}
            keep_derivative(
                step,
                derivative(
                    analyst, kept, "image/tiff", inputs=(), transformation=LOOKS_TRANSFORMATION,
                    parameters=parameters,
                ),
            )  # fmt: skip

    commit(analyst, "detection.looks", source, {}, effect)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A workspace with a clip, a site in its middle and one that no picture shows; client, source, context."""
    folder = tmp_path_factory.mktemp("looks")
    bench = make_workspace(folder / "workspace")
    clip = write_ts(folder / "clip.ts", flight())
    operator, analyst = bench.acting(Role.SENSOR_OPERATOR), bench.acting(Role.IMAGERY_ANALYST)
    source = ingest_source(operator, clip, bench.sortie.sortie_id, declared=GROUND).record.source_id
    for site in (
        a_site(SEEN, bench.sortie.sortie_id, LON_DEG + 20 * STEP_DEG),
        a_site(AWAY, bench.sortie.sortie_id, LON_DEG - 0.04),
    ):
        propose(analyst, site)
    with live(workbench_app(analyst)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client, source, analyst, bench


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    mp4 = make_mp4(tmp_path_factory.mktemp("video") / "clip.mp4", frames=5)
    with (
        live(create_app(make_bench(FakeWorkbench(mp4)))) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def test_chips_of_a_real_site_come_from_its_looks_and_say_what_is_missing(real):
    client, _, _, _ = real
    chips = chips_of(client, SEEN).json()["chips"]
    single, integral, thermal = chips["layers"]
    assert (chips["cells"], chips["cell_m"], chips["side_m"], chips["ce90_m"]) == (256, 0.25, 64.0, 6.4)
    assert integral["planes_m"] == list(PLANES_M)
    assert integral["looks"] >= 3
    assert integral["poses"] == "stated"
    assert integral["run"] is None
    assert (single["planes_m"], single["looks"]) == ([0.0], 1)
    assert thermal["planes_m"] == []
    assert "thermal" in thermal["why"]["en"]
    assert "térmica" in thermal["why"]["es"]
    assert "sector" in chips["not_observed"]["en"]
    picture = picture_of(client, SEEN, "integral", -4.0)
    assert picture.shape == (256, 256, 4)
    assert (picture[..., 3] == 255).mean() > 0.9


def test_a_site_that_no_picture_shows_has_no_chip_and_says_why(real):
    client, _, _, _ = real
    chips = chips_of(client, AWAY).json()["chips"]
    assert [layer["planes_m"] for layer in chips["layers"]] == [[], [], []]
    assert "No picture of this site" in chips["layers"][1]["why"]["en"]
    assert chips["not_observed"]["es"].startswith("No se conserva")
    assert client.get(f"/api/v1/sites/{AWAY}/chips/integral.png").status_code == 404
    assert client.get("/api/v1/sites/SIT-NONE/chips").status_code == 404
    assert client.get(f"/api/v1/sites/{SEEN}/chips/integral.png?plane_m=9").status_code == 422
    assert client.get(f"/api/v1/sites/{SEEN}/chips/person.png").status_code == 422


def test_a_run_of_looks_takes_the_place_of_the_chip_on_the_ground_and_shades_the_map(real):
    client, source, analyst, _ = real
    before = client.get(f"/api/v1/sources/{source}/observed").json()
    assert before["observed"] is None
    assert "atalaya detect looks" in before["why"]["en"]
    assert client.get(f"/api/v1/sources/{source}/observed.png").status_code == 404
    made_before = chips_of(client, SEEN).json()["chips"]["made"]
    keep_rasters(analyst, source, LON_DEG + 20 * STEP_DEG)
    chips = chips_of(client, SEEN).json()["chips"]
    assert chips["made"] != made_before
    assert [layer["run"] for layer in chips["layers"]] == [None, "registered", None]
    assert chips["layers"][1]["poses"] == "stated"  # of the other sheets: no registered poses are kept yet
    on_ground, above = picture_of(client, SEEN, "integral"), picture_of(client, SEEN, "integral", 1.0)
    red_over_blue = on_ground[..., 2].astype(int) - on_ground[..., 0]
    assert np.median(red_over_blue) > 100
    assert abs(int(np.median(above[..., 2].astype(int) - above[..., 0]))) < 30
    check_observed(client, source)


def test_registered_poses_of_a_run_lay_down_the_other_sheets_too(real):
    client, source, analyst, bench = real
    keep_rasters(analyst, source, LON_DEG + 20 * STEP_DEG)
    before = chips_of(client, SEEN).json()["chips"]
    clip = clip_of_source(analyst, source)
    rows = np.arange(18, 23)
    camera = clip.camera.take(rows)
    table = LookPoseTable(
        frame_index=camera.frame_index, time_us=camera.time_us, pts_s=clip.frames.pts_s[rows],
        registered=np.ones(5, dtype=bool), origin_ecef_m=camera.origin_ecef_m,
        rotation_ecef_from_camera=camera.rotation_ecef_from_camera, hfov_rad=camera.hfov_rad,
        vfov_rad=camera.vfov_rad,
    )  # fmt: skip
    analyst.lake.write(bench.sortie.sortie_id, source, 0, table)
    assert chips_of(client, SEEN).json()["chips"]["made"] == before["made"], (
        "nothing says that it is another run"
    )
    keep_rasters(analyst, source, LON_DEG + 20 * STEP_DEG, level=90)
    integral = chips_of(client, SEEN).json()["chips"]["layers"][1]
    assert (integral["poses"], integral["looks"]) == ("registered", 5)


def check_observed(client, source):
    observed = client.get(f"/api/v1/sources/{source}/observed").json()["observed"]
    shares = {it["state"]: it["share"] for it in observed["shares"]}
    assert shares["under-canopy"] == pytest.approx(0.5, abs=0.02)
    assert observed["observed_share"] == pytest.approx(0.5, abs=0.02)
    assert observed["cell_m"] == 0.4
    assert observed["west_deg"] < LON_DEG + 20 * STEP_DEG < observed["east_deg"]
    answer = client.get(f"/api/v1/sources/{source}/observed.png")
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture[: picture.shape[0] // 3, :, 3].max() == 235  # the north is not observed
    assert not picture[2 * picture.shape[0] // 3 : -40, 40:-40, 3].any()


def test_outside_the_permit_a_chip_shows_nothing(tmp_path):
    north_deg = LAT_DEG + 0.00065  # just north of what the pictures show, and across the chip
    area = box(LON_DEG - 0.05, LAT_DEG - 0.05, LON_DEG + 0.05, north_deg)
    bench = make_workspace(tmp_path / "narrow", area=area)
    operator, analyst = bench.acting(Role.SENSOR_OPERATOR), bench.acting(Role.IMAGERY_ANALYST)
    ingest_source(operator, write_ts(tmp_path / "clip.ts", flight()), bench.sortie.sortie_id, declared=GROUND)
    site = a_site(SEEN, bench.sortie.sortie_id, LON_DEG + 20 * STEP_DEG)
    position = replace(site.candidate.position, lat_deg=LAT_DEG + 0.0005)
    site = replace(site, candidate=replace(site.candidate, position=position))
    propose(analyst, site)
    with live(workbench_app(analyst)) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert chips_of(client, SEEN).json()["chips"]["layers"][1]["looks"] >= 3
        seen = picture_of(client, SEEN, "integral")[..., 3] > 0
        rows = np.flatnonzero(seen.any(axis=1))
        cells_north = (0.00065 - 0.0005) * 110_770 / 0.25
        assert rows[0] >= 128 - cells_north - 2
        assert rows[-1] == 255


def test_a_source_that_says_it_is_infrared_becomes_the_thermal_layer(tmp_path, monkeypatch):
    bench = make_workspace(tmp_path / "warm")
    operator, analyst = bench.acting(Role.SENSOR_OPERATOR), bench.acting(Role.IMAGERY_ANALYST)
    clip = write_ts(tmp_path / "eo.ts", flight())
    ingest_source(operator, clip, bench.sortie.sortie_id, declared=GROUND)
    infrared = partial(encode_frames, sensor_name="LWIR")
    monkeypatch.setattr("small_sortie.encode_frames", infrared)
    warm = write_ts(tmp_path / "ir.ts", flight())
    ingest_source(operator, warm, bench.sortie.sortie_id, declared=GROUND)
    propose(analyst, a_site(SEEN, bench.sortie.sortie_id, LON_DEG + 20 * STEP_DEG))
    with live(workbench_app(analyst)) as address, httpx.Client(base_url=address, timeout=60) as client:
        single, integral, thermal = chips_of(client, SEEN).json()["chips"]["layers"]
        assert thermal["why"] is None
        assert thermal["planes_m"] == list(PLANES_M)
        assert thermal["looks"] == integral["looks"] > single["looks"]
        assert picture_of(client, SEEN, "thermal", 2.5).shape == (256, 256, 4)


def test_evaluations_of_the_workspace_are_listed_shown_and_refused_once_altered(real):
    client, _, _, bench = real
    assert client.get("/api/v1/evaluations").json()["evaluations"] == []
    manager = bench.acting(Role.IMAGERY_ANALYST)
    content = keep_evaluation(manager, make_evaluation())
    (row,) = client.get("/api/v1/evaluations").json()["evaluations"]
    assert (row["content"], row["claims"], row["worlds"], row["altered"]) == (
        content, ["integral", "single-frame"], 1, False,
    )  # fmt: skip
    shown = client.get(f"/api/v1/evaluations/{content}").json()
    assert "<svg" in shown["body"]["en"]
    assert "<script" not in shown["body"]["en"]
    assert shown["body"]["en"] != shown["body"]["es"]
    assert shown["synthetic"].startswith("SYNTHETIC")
    path = bench.folder / EVALUATION_FOLDER / f"{content}.json"
    path.write_text(path.read_text().replace("integral", "integrals"))
    (row,) = client.get("/api/v1/evaluations").json()["evaluations"]
    assert (row["altered"], row["claims"]) == (True, [])
    assert client.get(f"/api/v1/evaluations/{content}").status_code == 409
    assert client.get("/api/v1/evaluations/..%2f..%2fsettings").status_code == 404


def test_the_seeded_server_tells_how_far_it_is_and_then_answers(seeded):
    first = seeded.get("/api/v1/sites/SIT-0001/chips").json()
    assert (first["chips"], first["done"], first["total"]) == (None, 9, 46)
    chips = chips_of(seeded, "SIT-0001").json()["chips"]
    assert chips["synthetic"]
    assert chips["layers"][1]["looks"] == 28
    assert picture_of(seeded, "SIT-0002", "thermal", 2.0).shape == (256, 256, 4)
    assert seeded.get("/api/v1/sites/SIT-0001/chips/thermal.png").status_code == 404
    assert seeded.get(f"/api/v1/sources/{METADATA_ONLY}/observed").json()["why"] is not None
    assert seeded.get(f"/api/v1/sources/{VIDEO}/observed.png").status_code == 200
    assert seeded.get("/api/v1/sources/none/observed").status_code == 404
    assert seeded.get(f"/api/v1/evaluations/{ALTERED}").status_code == 409
