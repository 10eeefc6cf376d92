"""`earshot export`: every form tells the same features as `/ogc`, to the digit, on both databases."""

import csv
import io
import json
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
import shapely

from app.maps.collections import COLLECTIONS
from app.maps.exports import as_geoparquet, reading
from tests.conftest import skip_or_fail

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("collection", COLLECTIONS)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Several parts, and several row groups, of few features."""
    monkeypatch.setattr(reading, "A_PART", 2)
    monkeypatch.setattr(as_geoparquet, "A_ROW_GROUP", 4)


def exported(city, collection, form, tmp_path):
    path = tmp_path / f"{collection}.{form}"
    answer = city.earshot.json("export", collection, "--out", str(path), "--limit", "1000000")
    assert answer == {
        "collection": collection,
        "format": form,
        "file": str(path),
        "features": len(city.told[collection]),
        "bytes": path.stat().st_size,
        "as_of": None,
    }
    assert path.parent.stat().st_mode == tmp_path.stat().st_mode
    assert [item.name for item in tmp_path.iterdir()].count(path.name) == 1
    assert not list(tmp_path.glob(".earshot-*")), "nothing is left beside it"
    return path


def shape_of(feature):
    """What a feature's place is, whichever way it is spelled; areas as multipolygons."""
    geometry = feature["geometry"]
    if geometry is None:
        return None
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        coordinates = [coordinates]
    return json.loads(json.dumps(coordinates))


def of_wkb(blob):
    if blob is None:
        return None
    return shape_of({"geometry": json.loads(shapely.to_geojson(shapely.from_wkb(blob)))})


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def instants(collection):
    return [name for name, one in COLLECTIONS[collection].properties.items() if one.kind == "instant"]


def wanted(city, collection):
    """What /ogc told, by id: the place and the properties, times as times."""
    told = {}
    for feature in city.told[collection]:
        properties = dict(feature["properties"])
        for name in instants(collection):
            properties[name] = properties[name] and instant(properties[name])
        told[feature["id"]] = (shape_of(feature), properties)
    assert told
    return told


def test_geojson_is_what_maps_are_told(city, collection, tmp_path):
    path = exported(city, collection, "geojson", tmp_path)
    document = json.loads(path.read_bytes())
    assert list(document) == ["type", "features"]
    assert document["features"] == city.told[collection]
    assert len(path.read_bytes().splitlines()) == len(document["features"]) + 2, "a feature a line"


def test_csv(city, collection, tmp_path):
    content = exported(city, collection, "csv", tmp_path).read_bytes()
    assert content.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [row["id"] for row in rows] == [feature["id"] for feature in city.told[collection]]
    properties = COLLECTIONS[collection].properties
    area = [] if COLLECTIONS[collection].is_point else ["WKT"]
    assert list(rows[0]) == ["id", *properties, *area]
    for row, feature in zip(rows, city.told[collection], strict=True):
        assert {name: row[name] for name in properties} == {
            name: as_cell(value, properties[name].kind) for name, value in feature["properties"].items()
        }
        if area:
            shape = json.loads(shapely.to_geojson(shapely.from_wkt(row["WKT"])))
            assert shape["type"] == "MultiPolygon"
            assert shape_of({"geometry": shape}) == shape_of(feature)


def as_cell(value, kind):
    if value is None:
        return ""
    if kind == "truth":
        return "true" if value else "false"
    if kind == "text":
        return "'" + value if value.startswith("=") else value
    return repr(float(value)) if kind == "number" else str(value)


def test_geopackage(city, collection, tmp_path):
    path = exported(city, collection, "gpkg", tmp_path)
    kinds = {"text": "TEXT", "whole": "INTEGER", "number": "REAL", "instant": "DATETIME", "truth": "BOOLEAN"}
    properties = COLLECTIONS[collection].properties
    with sqlite3.connect(path) as opened:
        opened.row_factory = sqlite3.Row
        types = {row["name"]: row["type"] for row in opened.execute(f"PRAGMA table_info({collection})")}
        shape = "POINT" if COLLECTIONS[collection].is_point else "MULTIPOLYGON"
        assert types == {
            "id": "INTEGER",
            "geometry": shape,
            **{name: kinds[one.kind] for name, one in properties.items()},
        }
        rows = [dict(row) for row in opened.execute(f"SELECT * FROM {collection}")]
        (layer,) = opened.execute("SELECT * FROM gpkg_contents").fetchall()
        (column,) = opened.execute("SELECT * FROM gpkg_geometry_columns").fetchall()
    opened.close()
    assert (layer["table_name"], layer["srs_id"], column["srs_id"]) == (collection, 4326, 4326)
    assert layer["identifier"] == COLLECTIONS[collection].title
    found = {}
    for row in rows:
        for name in instants(collection):
            row[name] = row[name] and instant(row[name])
        for name, one in properties.items():
            if one.kind == "truth" and row[name] is not None:
                row[name] = bool(row[name])
        number, blob = row.pop("id"), row.pop("geometry")
        # A header of 8 bytes and, for areas, an envelope of 32 stand before the WKB.
        place = None if blob is None else of_wkb(blob[8 if shape == "POINT" else 40 :])
        found[str(number)] = (place, row)
    assert found == wanted(city, collection)


@pytest.mark.gdal
def test_gdal_reads_the_geopackage_and_the_csv(city, collection, tmp_path):
    package = exported(city, collection, "gpkg", tmp_path)
    table = exported(city, collection, "csv", tmp_path)
    for path, options in (
        (package, ("-preserve_fid",)),
        (table, ("-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude")),
    ):
        target = tmp_path / f"{path.name}.json"
        lines = gdal(
            "ogr2ogr", "-f", "GeoJSON", str(target), str(path), *options, "-lco", "COORDINATE_PRECISION=15"
        )
        assert "ERROR" not in lines
        assert "Warning" not in lines, lines
        found = json.loads(target.read_text())["features"]
        assert len(found) == len(city.told[collection])
        places = {str(one.get("id", one["properties"].get("id"))): rounded(shape_of(one)) for one in found}
        assert places == {number: rounded(place) for number, (place, _) in wanted(city, collection).items()}
    said = gdal("ogrinfo", "-so", str(package), collection)
    assert f"Feature Count: {len(city.told[collection])}" in said
    assert 'ID["EPSG",4326]' in said
    for name in instants(collection):
        assert f"{name}: DateTime" in said


def rounded(place):
    """GDAL spells degrees with 15 digits at most."""
    if isinstance(place, list):
        return [rounded(part) for part in place]
    return place and round(place, 12)


def gdal(command, *arguments):
    if shutil.which(command) is None:
        skip_or_fail("gdal", f"there is no {command}")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout + done.stderr


def test_geoparquet(city, collection, tmp_path):
    path = exported(city, collection, "parquet", tmp_path)
    with pq.ParquetFile(path) as opened:
        table = opened.read()
        groups = [opened.metadata.row_group(place).num_rows for place in range(opened.num_row_groups)]
        said = json.loads(opened.metadata.metadata[b"geo"])
        assert json.loads(opened.schema_arrow.metadata[b"geo"]) == said
        lowest = opened.metadata.row_group(0)
        leaves = [lowest.column(place).path_in_schema for place in range(lowest.num_columns)]
    assert all(group <= 4 for group in groups)
    assert len(groups) == -(-len(city.told[collection]) // 4)
    kinds = {
        "text": "string",
        "whole": "int64",
        "number": "double",
        "instant": "timestamp[us, tz=UTC]",
        "truth": "bool",
    }
    assert {field.name: str(field.type) for field in table.schema} == {
        "id": "string",
        **{name: kinds[one.kind] for name, one in COLLECTIONS[collection].properties.items()},
        "geometry": "binary",
        "bbox": "struct<xmin: double, ymin: double, xmax: double, ymax: double>",
    }
    found, boxes = {}, []
    for row in table.to_pylist():
        place, box, number = of_wkb(row.pop("geometry")), row.pop("bbox"), row.pop("id")
        for name in instants(collection):
            row[name] = row[name] and row[name].replace(microsecond=row[name].microsecond // 1000 * 1000)
        found[number] = (place, row)
        assert (box is None) == (place is None)
        if box is not None:
            boxes.append(list(box.values()))
            assert boxes[-1] == bounds(place)
    assert found == wanted(city, collection)
    edges = [min(b[0] for b in boxes), min(b[1] for b in boxes)]
    edges += [max(b[2] for b in boxes), max(b[3] for b in boxes)]
    names = ("xmin", "ymin", "xmax", "ymax")
    assert said == {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": ["Point" if COLLECTIONS[collection].is_point else "MultiPolygon"],
                "bbox": edges,
                "covering": {"bbox": {name: ["bbox", name] for name in names}},
            }
        },
    }
    assert {f"bbox.{name}" for name in names} <= set(leaves)


def bounds(place):
    flat = (
        [place] if isinstance(place[0], float | int) else [pair for a in place for ring in a for pair in ring]
    )
    longitudes, latitudes = zip(*flat, strict=True)
    return [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]


@pytest.mark.parametrize("form", ["geojson", "csv", "gpkg", "parquet"])
def test_nothing_is_a_valid_file_too(city, collection, form, tmp_path):
    path = tmp_path / f"none.{form}"
    done = city.earshot("export", collection, "--out", str(path), "--bbox", "10,10,10.1,10.1")
    assert f"no {collection} are like that" in done.stderr
    if form == "geojson":
        assert json.loads(path.read_bytes()) == {"type": "FeatureCollection", "features": []}
    elif form == "csv":
        (header,) = path.read_text().splitlines()
        assert header.startswith("id,")
    elif form == "gpkg":
        with sqlite3.connect(path) as opened:
            assert opened.execute(f"SELECT count(*) FROM {collection}").fetchone() == (0,)
        opened.close()
    else:
        table = pq.read_table(path)
        assert len(table) == 0
        assert "geometry" in table.column_names
        assert "bbox" not in json.loads(pq.read_schema(path).metadata[b"geo"])["columns"]["geometry"]
