"""Claims from anyone's file are read as they say, and refused by name and row."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from atalaya.errors import InputError, NotFoundError
from atalaya.io.scored_places import read_scored_places

ROWS = {"lon": [-75.0, -75.001], "lat": [2.0, 2.001], "score": [1.5, -0.25], "azimuths": [3, -1]}


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def geojson(*rows):
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": row[:2]}, "properties": row[2]}
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_the_same_places_in_three_formats_are_the_same_table(tmp_path):
    pq.write_table(pa.table(ROWS), tmp_path / "a.parquet")
    written(tmp_path, "b.csv", "Lon,lat,score,azimuths\n-75.0,2.0,1.5,3\n-75.001,2.001,-0.25,\n")
    written(
        tmp_path,
        "c.geojson",
        geojson([-75.0, 2.0, {"score": 1.5, "azimuths": 3}], [-75.001, 2.001, {"score": -0.25}]),
    )
    tables = [read_scored_places(tmp_path / name) for name in ("a.parquet", "b.csv", "c.geojson")]
    for table in tables:
        for name, column in tables[0].columns().items():
            np.testing.assert_array_equal(table.columns()[name], column)
    assert tables[0].azimuths.tolist() == [3, -1]


def test_our_own_names_do_as_well_and_no_places_is_a_claim(tmp_path):
    ours = written(tmp_path, "ours.csv", "lon_deg,lat_deg,score,kind\n1,2,3,anomaly\n")
    assert read_scored_places(ours).kind.tolist() == ["anomaly"]
    assert len(read_scored_places(written(tmp_path, "none.csv", "lon,lat,score\n"))) == 0
    assert len(read_scored_places(written(tmp_path, "none.geojson", geojson()))) == 0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "lon,lat\n1,2\n", "no column score: it has lat, lon"),
        ("a.csv", "lon,lat,score\n1,2,nan\n1,2,3\n", "1 of 2 values of score are no finite numbers .row 0"),
        ("a.csv", "lon,lat,score\n1,2,high\n", "'high'"),
        ("a.csv", "lon,lat,score\n1,2\n", "score"),
        ("a.csv", "lon,lat,score,id\n1,2,3,x\n1,2,3,x\n", "ids are there more than once, as 'x'"),
        ("a.csv", "lon,lat,score,azimuths\n1,2,3,9\n", "azimuths are 0 to 8"),
        ("a.csv", "", "no column lon or lon_deg or longitude: it has nothing"),
        ("a.geojson", "{}", "not a GeoJSON"),
        ("a.geojson", "[" * 100_000, "not a GeoJSON"),
        ("a.geojson", "[1]", "not a GeoJSON"),
        ("a.geojson", geojson([1, 2, {"score": True}]), "score"),
        ("a.parquet", "no parquet", "not a Parquet file"),
        ("a.txt", "", "not '.txt'"),
    ],
)
def test_a_file_that_does_not_say_is_refused(tmp_path, name, text, words):
    with pytest.raises(InputError, match=words):
        read_scored_places(written(tmp_path, name, text))


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match=r"gone\.csv"):
        read_scored_places(tmp_path / "gone.csv")
