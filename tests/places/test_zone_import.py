"""Taking in zones: idempotent, repaired where it can be, refused in words where not; on both databases."""

import gzip
import io
import json
from datetime import timedelta

import orjson
import pytest
import shapely
from sqlalchemy import func, insert, select, text

from app.core.errors import InvalidParameterError, MalformedBodyError
from app.db import Database
from app.db.models import Alert, AuditEntry, Change, Zone
from app.domain.time import to_micros
from app.domain.vocabulary import SourceKind, ZoneKind
from app.places.zone_import import guess_name_property, import_zones
from app.places.zones import load_coverage, load_zone_index
from tests.conftest import NOW
from tests.places.conftest import collection, feature, square


def take_in(database, document, kind=ZoneKind.DISTRICT, name=None):
    content = document if isinstance(document, bytes) else orjson.dumps(document)
    with database.write() as session:
        return import_zones(session, content, kind=kind, name_property=name, actor="test", now=NOW)


def polygon(*ring, **properties):
    return feature({"type": "Polygon", "coordinates": [list(ring)]}, {"name": "X", **properties})


def stored(database):
    with database.read() as session:
        return {zone.name: zone for zone in session.scalars(select(Zone))}


def count(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_the_same_file_twice_changes_nothing(database):
    document = collection(square(0, "A", pop=1.0, note="x"), square(1, "B"), square(2, 7))
    assert take_in(database, document).counts() == {"new": 3, "changed": 0, "unchanged": 0, "rejected": 0}
    assert take_in(database, document).counts() == {"new": 0, "changed": 0, "unchanged": 3, "rejected": 0}
    assert count(database, AuditEntry) == 1
    moved = collection(square(0, "A", pop=2.0, note="x"), square(1.5, "B"), square(3, "C"))
    result = take_in(database, moved)
    assert result.counts() == {"new": 1, "changed": 2, "unchanged": 0, "rejected": 0}
    zones = stored(database)
    assert set(zones) == {"A", "B", "C", "7"}
    assert zones["B"].west == pytest.approx(-87.935)
    assert zones["A"].properties == {"NAME": "A", "pop": 2.0, "note": "x"}


def test_the_same_name_of_another_kind_is_another_zone(database):
    take_in(database, collection(square(0, "A")))
    assert take_in(database, collection(square(0, "A")), ZoneKind.BEAT).counts()["new"] == 1


@pytest.mark.parametrize("form", ["bytes", "stream", "path", "gzip", "bom"])
def test_it_is_read_from_wherever_it_is(database, form, tmp_path):
    content = orjson.dumps(collection(square(0, "A")))
    path = tmp_path / "zones.geojson"
    path.write_bytes(content)
    source = {
        "bytes": content,
        "stream": io.BytesIO(content),
        "path": path,
        "gzip": gzip.compress(content),
        "bom": b"\xef\xbb\xbf" + content,
    }[form]
    with database.write() as session:
        result = import_zones(
            session, source, kind=ZoneKind.BEAT, name_property="NAME", actor="test", now=NOW
        )
    assert result.new == 1


def test_what_holds_a_position_is_known_at_once(database):
    take_in(database, collection(square(0, "A"), square(1, "B")))
    take_in(database, collection(square(0, "all")), ZoneKind.COVERAGE)
    with database.read() as session:
        index = load_zone_index(session)
        assert [index.names[place] for place in index.containing(-87.945, 43.005, NOW)] == ["A"]
        coverage = load_coverage(session).over(0, to_micros(NOW))
    assert coverage is not None
    assert coverage.polygon.bounds == pytest.approx((-87.95, 43.0, -87.94, 43.01))


def test_bow_ties_are_repaired_and_said(database):
    result = take_in(database, collection(polygon([0, 0], [2, 2], [2, 0], [0, 2], [0, 0])))
    assert result.counts()["new"] == 1
    assert "repaired: Self-intersection" in result.warnings[0]
    area = shapely.from_geojson(json.dumps(stored(database)["X"].geometry))
    assert area.is_valid
    assert area.area == pytest.approx(2)


def test_exteriors_run_counter_clockwise_and_heights_are_dropped(database):
    clockwise = [[0, 0, 9], [0, 3, 9], [3, 3, 9], [3, 0, 9], [0, 0, 9]]
    hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    drawn = feature({"type": "Polygon", "coordinates": [clockwise, hole]}, {"name": "X"})
    take_in(database, collection(drawn))
    exterior, interior = stored(database)["X"].geometry["coordinates"]
    assert len(exterior[0]) == 2
    assert shapely.LinearRing(exterior).is_ccw
    assert not shapely.LinearRing(interior).is_ccw
    assert len(interior) == 5


def test_parts_of_one_name_are_joined(database):
    result = take_in(database, collection(square(0, "A"), square(1, "A"), square(5, "A")))
    assert result.counts() == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 0}
    assert result.warnings == ["A: 3 features of that name were joined"]
    zone = stored(database)["A"]
    assert zone.geometry["type"] == "MultiPolygon"
    assert len(zone.geometry["coordinates"]) == 2
    assert take_in(database, collection(square(0, "A"), square(1, "A"), square(5, "A"))).unchanged == 1


GOOD = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
UNUSABLE = [
    (polygon(*GOOD[:-1]), "not closed"),
    (polygon([0, 0], [1, 1], [0, 0]), "fewer than four"),
    (polygon([0, 0], [1, 0], [2, 0], [0, 0]), "area"),
    (polygon([0, 0], [1, "0"], [1, 1], [0, 0]), "finite"),
    (polygon([0, 0], [1, None], [1, 1], [0, 0]), "finite"),
    (polygon([0, 0], [1], [1, 1], [0, 0]), "pair"),
    (polygon([0, 0], [True, 0], [1, 1], [0, 0]), "finite"),
    (polygon([0, 0], [1e300, 0], [1, 1], [0, 0]), "projected"),
    (polygon([684000, 390000], [684100, 390000], [684100, 390100], [684000, 390000]), "projected"),
    (polygon([43, -95], [43.1, -95], [43.1, -94.9], [43, -95]), "swapped"),
    (polygon([43.0, -87.9], [43.1, -87.9], [43.1, -87.8], [43.0, -87.9]), "swapped"),
    (polygon([-170, 0], [170, 0], [170, 1], [-170, 1], [-170, 0]), "antimeridian"),
    (feature({"type": "Point", "coordinates": [0, 0]}, {"name": "X"}), "this is Point"),
    (feature({"type": "LineString", "coordinates": GOOD}, {"name": "X"}), "LineString"),
    (feature({"type": "Polygon", "coordinates": []}, {"name": "X"}), "rings"),
    (feature({"type": "Polygon", "coordinates": [[]]}, {"name": "X"}), "fewer"),
    (feature({"type": "Polygon", "coordinates": 5}, {"name": "X"}), "rings"),
    (feature({"type": "MultiPolygon", "coordinates": [[]]}, {"name": "X"}), "rings"),
    (feature({"type": "MultiPolygon", "coordinates": {"a": 1}}, {"name": "X"}), "no coordinates"),
    (feature(None, {"name": "X"}), "nothing"),
    (feature("POLYGON", {"name": "X"}), "nothing"),
    (polygon(*GOOD, name=None), "no name"),
    (polygon(*GOOD, name="  "), "no name"),
    (polygon(*GOOD, name=["X"]), "no name"),
    (polygon(*GOOD, name="a\x00b"), "no name"),
    (polygon(*GOOD, name="x" * 256), "no name"),
    (polygon(*GOOD, other="a\x00b"), "zero character"),
    ({"type": "Feature", "properties": None, "geometry": None}, "no name"),
    ("feature", "no name"),
]


def test_what_cannot_be_used_is_refused_alone_and_in_words(database):
    good = polygon(*GOOD, name="good")
    for bad, reason in UNUSABLE:
        with database.write() as session:
            result = import_zones(
                session,
                orjson.dumps(collection(bad, good)),
                kind=ZoneKind.BEAT,
                name_property="name",
                actor="test",
                now=NOW,
            )
            assert (result.new, result.rejected) == (1, 1), bad
            assert result.errors[0].startswith("place 1: "), bad
            assert reason in result.errors[0], (bad, result.errors)
            session.rollback()


def test_where_the_city_is_known_a_swap_is_seen_that_lies_on_the_globe_too(database):
    """Paris is at 2.35, 48.85; the other way round is off Somalia, where people are too."""
    paris = [[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.9], [2.3, 48.8]]
    swapped = [[latitude, longitude] for longitude, latitude in paris]
    take_in(database, collection(polygon(*paris, name="known")))
    result = take_in(database, collection(polygon(*swapped, name="swapped")))
    assert (result.rejected, "swapped" in result.errors[0]) == (1, True)


FILES = [
    (b"", "no GeoJSON"),
    (b"{", "no GeoJSON"),
    (b"[]", "FeatureCollection"),
    (b"{}", "FeatureCollection"),
    (b'{"type":"FeatureCollection"}', "FeatureCollection"),
    (b'{"type":"FeatureCollection","features":{}}', "FeatureCollection"),
    (b'{"type":"Topology","objects":{}}', "FeatureCollection"),
    (b'{"type":"FeatureCollection","features":[NaN]}', "no GeoJSON"),
    (b"\xff\xfe", "no GeoJSON"),
    (b"\x1f\x8bnot really", "gzip"),
    (gzip.compress(b"{}" * 1000)[:-10], "gzip"),
    (orjson.dumps(collection(crs={"type": "name", "properties": {"name": "EPSG:32054"}})), "ogr2ogr"),
    (orjson.dumps(collection(crs="?")), "ogr2ogr"),
]


def test_files_that_cannot_be_read(database):
    for content, reason in FILES:
        with pytest.raises(MalformedBodyError) as raised:
            take_in(database, content)
        assert reason in raised.value.detail, content
    assert count(database, Zone) == 0


def test_wgs84_by_its_old_name_is_taken(database):
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"):
        crs = {"type": "name", "properties": {"name": name}}
        assert take_in(database, collection(square(0, "A"), crs=crs)).rejected == 0
    assert take_in(database, square(4, "alone")).new == 1
    assert take_in(database, collection(), name="NAME").counts() == dict.fromkeys(
        ("new", "changed", "unchanged", "rejected"), 0
    )


NAMES = [
    ([{"OBJECTID": 1, "NAME": "A"}, {"OBJECTID": 2, "NAME": "B"}], "beat", "NAME"),
    ([{"id": 1, "name": "A"}], "beat", "name"),
    ([{"NAME": "MPD", "DISTRICT": 1}, {"NAME": "MPD", "DISTRICT": 2}], "district", "DISTRICT"),
    ([{"POLICE": "1", "shape": 2}], "district", "POLICE"),
    ([{"attributes": {"NEIGHBORHD": "x", "NEIGHBORHOOD": "y"}}], "neighborhood", "attributes.NEIGHBORHOOD"),
    ([{"name": None, "label": "L"}], "beat", "label"),
]


def test_the_name_is_guessed(database):
    for documents, kind, expected in NAMES:
        assert guess_name_property(documents, ZoneKind(kind)) == expected, documents
    result = take_in(database, collection(square(0, "A")))
    assert result.name_property == "NAME"


def test_a_name_that_is_not_there_is_answered_with_those_that_are(database):
    unnamed = [feature(square(0, "")["geometry"], {"shape": 1, "more": {"deep": "x"}})]
    for name in (None, "title"):
        with pytest.raises(InvalidParameterError) as raised:
            take_in(database, collection(*unnamed), name=name)
        assert "more.deep" in raised.value.detail
    assert take_in(database, collection(*unnamed), name="more.deep").new == 1


def test_a_change_asks_the_worker_to_assign_again(database, add_feed):

    take_in(database, collection(square(0, "A")))
    assert count(database, Change) == 0, "nothing to assign yet"
    add_feed("sensors", SourceKind.ALERTS)
    with database.write() as session:
        session.execute(
            insert(Alert),
            [
                {
                    "source_id": 1,
                    "external_id": str(day),
                    "revision": 0,
                    "fingerprint": b"",
                    "status": "active",
                    "started_at": NOW - timedelta(days=day),
                    "classification": "unclassified",
                    "stored_at": NOW,
                }
                for day in (3, 30)
            ],
        )
    take_in(database, collection(square(0, "A")))
    take_in(database, collection(square(0, "all")), ZoneKind.COVERAGE)
    assert count(database, Change) == 0
    take_in(database, collection(square(0.5, "A")))
    with database.read() as session:
        (change,) = session.scalars(select(Change))
        assert change.kind == "zones"
        assert change.from_at <= NOW - timedelta(days=30)
        assert change.through_at >= NOW - timedelta(days=3)


@pytest.mark.postgis
def test_postgis_keeps_the_area(postgresql_settings):
    database = Database(postgresql_settings)
    take_in(database, collection(square(0, "A"), square(1, "B"), square(5, "B")))
    take_in(database, collection(square(0.25, "A")))
    statement = text(
        "SELECT name, ST_AsText(area, 15), ST_NumGeometries(area::geometry) FROM zones ORDER BY name"
    )
    with database.read() as session:
        rows = session.execute(statement).all()
    assert [(row[0], row[2]) for row in rows] == [("A", 1), ("B", 2)]
    drawn = shapely.from_geojson(json.dumps(square(0.25, "A")["geometry"]))
    assert shapely.from_wkt(rows[0][1]).equals_exact(shapely.MultiPolygon([drawn]), 1e-12)
    database.dispose()
