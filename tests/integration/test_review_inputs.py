"""Files that look right and are not: refused before anything is kept, each with a message."""

import os
import struct

import numpy as np
import pytest
from rasterio.transform import from_origin

from atalaya.app.geodata import add_geodata, list_geodata
from atalaya.app.terrain import TerrainClaim, import_terrain, list_terrain, remove_terrain
from atalaya.app.terrain_shelf import TerrainShelf
from atalaya.errors import InputError
from atalaya.geo.geoid import VerticalDatum
from atalaya.io.geodata_geoid import read_geoid
from atalaya.io.geodata_points import read_points
from atalaya.io.terrain import revision_of
from atalaya.io.tie_points import read_tie_points
from atalaya.model.actor import Role
from geo_files import written
from small_sortie import make_bench

HAE = TerrainClaim(datum=VerticalDatum.HAE)


@pytest.fixture
def operator(tmp_path):
    return make_bench(tmp_path / "workspace").acting(Role.SENSOR_OPERATOR)


@pytest.mark.parametrize(
    ("shape", "transform", "message"),
    [
        ((50, 50), from_origin(0.0, 95.0, 0.1, 0.1), "reaches from lat"),
        ((18, 36), from_origin(-180.0, 90.0, 10.0, 10.0), "wider than half the world"),
        ((2, 1), from_origin(0.0, 10.0, 0.1, 0.1), "2 x 2 nodes"),
    ],
)
def test_what_no_terrain_can_be_made_of_is_not_imported_to_break_the_rest(
    operator, tmp_path, shape, transform, message
):
    path = written(tmp_path / "odd.tif", np.full(shape, 100.0), transform=transform)
    with pytest.raises(InputError, match=message):
        import_terrain(operator, [path], HAE)
    assert list_terrain(operator) == ()


def test_of_a_model_of_the_whole_world_an_area_can_be_taken(operator, tmp_path):
    path = written(
        tmp_path / "world.tif", np.full((180, 360), 100.0), transform=from_origin(-180.0, 90.0, 1.0, 1.0)
    )
    claim = TerrainClaim(datum=VerticalDatum.HAE, bounds_deg=(-110.0, 15.0, -90.0, 30.0))
    assert import_terrain(operator, [path], claim)[0].bounds_deg[0] < -110.0


def test_a_server_sees_that_terrain_was_taken_away_though_newer_terrain_stays(operator, tmp_path):
    made = [
        import_terrain(
            operator,
            [
                written(
                    tmp_path / f"{west}.tif",
                    np.full((20, 20), 100.0),
                    transform=from_origin(west, 20.0, 0.01, 0.01),
                )
            ],
            HAE,
        )[0]
        for west in (-104.0, -102.0)
    ]
    folder = operator.settings.workspace / "terrain"
    for number, source in enumerate(made):
        for path in folder.glob(f"{source.terrain_id}*"):
            os.utime(path, (1e9 + number, 1e9 + number))
    shelf = TerrainShelf(folder)
    before, tiles = revision_of(folder), shelf.tiles()
    assert tiles is not None
    assert tiles.west_deg == pytest.approx(-103.995)
    remove_terrain(operator, made[0].terrain_id)
    os.utime(folder, (1e9, 1e9))  # a clock that says no more than the newest file
    assert revision_of(folder) != before
    left = shelf.tiles()
    assert left is not None
    assert left.west_deg == pytest.approx(-101.995)


def test_a_terrain_folder_that_is_not_there_has_a_revision_too(tmp_path):
    assert revision_of(tmp_path / "none") == "0-0"


@pytest.mark.parametrize("place", [(float("nan"), 0.0), (0.0, float("inf")), (0.0, float("nan"))])
def test_a_geoid_grid_that_lies_nowhere_is_refused(tmp_path, place):
    path = tmp_path / "g.gtx"
    path.write_bytes(struct.pack(">4d2i", *place, 1.0, 1.0, 3, 3) + b"\0" * 36)
    with pytest.raises(InputError, match="no such place"):
        read_geoid(path)


def test_low_ground_is_not_taken_for_a_geoid(operator, tmp_path):
    path = written(tmp_path / "coast.tif", np.full((50, 50), 12.0))
    with pytest.raises(InputError, match="an elevation model"):
        add_geodata(operator, path)
    assert list_geodata(operator) == ()
    grid = written(
        tmp_path / "n.tif", np.full((9, 9), -12.0), transform=from_origin(-108.0, 26.0, 0.04, 0.04)
    )
    assert add_geodata(operator, grid).kind == "geoid"


def test_a_point_at_no_longitude_is_left_out(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("lon,lat,msl_m\ninf,20,100\n-103,20,100\n")
    points = read_points(path)
    assert (len(points), points.left_out) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f'[{{"frame": {"9" * 400}, "x_px": 1, "y_px": 1, "lon_deg": 1, "lat_deg": 1}}]',
            "frame is a number",
        ),
        ("frame,x_px,y_px,lon_deg,lat_deg\n" + "a" * 200_000, "neither JSON nor CSV"),
    ],
)
def test_tie_points_too_large_for_numbers_or_tables_end_in_a_message(tmp_path, text, message):
    path = tmp_path / "ties"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_tie_points(path)
