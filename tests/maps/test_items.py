"""Features: which are found by box, time, property and order, page by page, the same on both databases."""

import time
from datetime import UTC, datetime

import orjson
import pytest
from sqlalchemy import select, text, update

from app.db.models import Camera, Incident
from app.maps import queries
from app.maps.collections import COLLECTIONS
from tests.kept import KEEPER
from tests.maps.conftest import found, items
from tests.records.conftest import HOME, at

HOUR = 3600
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"


def ids(page):
    return [int(feature["id"]) for feature in page["features"]]


def pages_of(maps, query):
    """The ids on all pages, and how many pages these are."""
    seen, address, pages = [], f"/ogc/collections/incidents/items?{query}", 0
    while address:
        page = maps.get(address).json()
        seen += ids(page)
        pages += 1
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    return seen, pages


def test_a_feature_tells_what_v1_does(maps):
    of_v1 = {one["id"]: one for one in maps.all_pages("/v1/incidents", "incidents")}
    features = items(maps)["features"]
    assert len(features) == 8
    for feature in features:
        told = of_v1[feature["id"]]
        for name, value in feature["properties"].items():
            wanted = "; ".join(told[name]) if name == "zones" else told[name]
            assert value == wanted, name
        where = feature["geometry"]
        assert (where["coordinates"] if where else [None, None]) == [told["longitude"], told["latitude"]]
    assert {feature["properties"]["zones"] for feature in features} == {"Third", ""}


def test_alerts_and_calls_tell_what_v1_does(maps):
    for name in ("alerts", "calls"):
        of_v1 = {one["id"]: one for one in maps.all_pages(f"/v1/{name}", name)}
        features = items(maps, name)["features"]
        assert features
        for feature in features:
            told = of_v1[feature["id"]]
            assert {key: told[key] for key in feature["properties"]} == feature["properties"]


def test_one_feature_is_the_one_of_the_list(maps):
    listed = items(maps, "zones")["features"][0]
    one = maps.get(f"/ogc/collections/zones/items/{listed['id']}").json()
    assert {name: value for name, value in one.items() if name != "links"} == listed
    for odd in ("0", "99", "x", "1e3", "9" * 40, "-1"):
        assert maps.get(f"/ogc/collections/zones/items/{odd}").status_code == 404


def test_what_lies_on_the_edge_of_a_box_is_in_it(maps):
    west = HOME[0] + 0.001
    edge = f"{west},{HOME[1]},{west + 0.001},43.5"
    inside = found(maps, f"longitude >= {west} AND longitude <= {west + 0.001}")
    assert len(inside) == 2
    assert sorted(ids(items(maps, bbox=edge))) == inside
    assert sorted(ids(items(maps, bbox=f"{west},{HOME[1]},0,{west + 0.001},43.5,90"))) == inside
    assert ids(items(maps, bbox="-87,43,-86,44")) == []


def test_a_crowded_box_has_the_same_pages_as_a_sparse_one(maps):
    """Where a box holds very many features for so small a page, SQLite looks for them in another way."""
    features = [one for one in items(maps)["features"] if one["geometry"]]
    places = {int(one["id"]): one["geometry"]["coordinates"] for one in features}
    easts = sorted({longitude for longitude, _ in places.values()})
    reported = ids(items(maps, verdict="reported"))
    seen = set()
    for east in easts:
        for west, box in ((-89.0, f"-89,42,{east},44"), (179.0, f"179,42,{east},44")):
            wanted = [one for one, (longitude, _) in places.items() if longitude <= east]
            for limit in (1, 3, 100):
                edges = (maps.database.reading_engine, Incident, west, 42.0, east, 44.0)
                seen.add(maps.database.dialect.is_crowded(*edges, limit))
                assert pages_of(maps, f"limit={limit}&bbox={box}")[0] == wanted
                assert items(maps, bbox=box, limit=limit)["numberMatched"] == len(wanted)
                some = [one for one in wanted if one in reported]
                assert pages_of(maps, f"limit={limit}&bbox={box}&verdict=reported")[0] == some
    assert seen == ({True, False} if maps.database.is_embedded else {False})


def test_a_zone_is_found_by_its_shape_and_across_the_antimeridian(maps):
    assert items(maps, "zones", bbox="-87.93,43.08,-87.9,43.1")["features"] == []
    (third,) = items(maps, "zones", bbox="-88.1,43.05,-87.99,43.06")["features"]
    assert third["properties"]["name"] == "Third"
    assert third["geometry"]["type"] == "Polygon"
    (far,) = items(maps, "zones", bbox="178,-18,-179,-16")["features"]
    assert far["properties"]["name"] == "Far"
    assert ids(items(maps, "cameras", bbox="178,-18,-179,-16")) == []


def test_times_are_closed_at_both_ends_and_open_where_told(maps):
    everything = {int(f["id"]): f["properties"]["started_at"] for f in items(maps)["features"]}
    first, second = at(0).replace("+00:00", "Z"), at(2 * HOUR).replace("+00:00", "Z")
    for asked, wanted in {
        first: lambda t: t == at_millis(0),
        f"{first}/{second}": lambda t: at_millis(0) <= t <= at_millis(2 * HOUR),
        f"../{second}": lambda t: t <= at_millis(2 * HOUR),
        f"{second}/": lambda t: t >= at_millis(2 * HOUR),
    }.items():
        told = sorted(ids(items(maps, datetime=asked)))
        assert told == sorted(id_ for id_, time in everything.items() if wanted(time)), asked
        assert told
    assert len(items(maps, "cameras", datetime=first)["features"]) == 2
    assert len(items(maps, "zones", datetime=first)["features"]) == 2


def at_millis(seconds):
    return at(seconds).replace("+00:00", ".000Z")


def test_properties_are_filters_and_can_be_chosen(maps):
    page = items(maps, verdict="reported", properties="verdict,rounds")
    assert [feature["properties"] for feature in page["features"]] == [
        {"verdict": "reported", "rounds": 12},
        {"verdict": "reported", "rounds": 3},
    ]
    assert page["numberMatched"] == page["numberReturned"] == 2
    assert items(maps, started_at=at_millis(0))["numberMatched"] == 1
    assert found(maps, "rounds = 3") == sorted(ids(items(maps, rounds="3")))


@pytest.mark.parametrize("sort", ["started_at", "-started_at", "rounds", "-rounds", "-probability_reported"])
def test_every_feature_is_on_one_page_exactly(maps, sort):
    whole = ids(items(maps, sortby=sort))
    assert len(whole) == 8
    assert pages_of(maps, f"limit=3&sortby={sort}") == (whole, 3)
    name = sort.lstrip("-")
    values = [feature["properties"][name] for feature in items(maps, sortby=sort)["features"]]
    told = [value for value in values if value is not None]
    assert told == sorted(told, reverse=sort.startswith("-"))
    assert values[len(told) :] == [None] * (8 - len(told))


def test_a_full_last_page_leads_nowhere(maps):
    page = items(maps, limit=8)
    assert page["numberReturned"] == 8
    assert [link["rel"] for link in page["links"]] == ["self", "alternate", "collection"]


def test_a_long_answer_is_sent_in_parts_that_make_one(maps, monkeypatch):
    whole = items(maps)
    monkeypatch.setattr(queries, "A_PART", 3)
    monkeypatch.setattr("app.maps.items.A_PART", 3)
    for limit in (5, 6, 8, 100):
        answer = maps.get("/ogc/collections/incidents/items", params={"limit": limit})
        assert "etag" not in answer.headers
        page = answer.json()
        assert page["features"] == whole["features"][:limit]
        assert page["numberReturned"] == min(limit, 8)
        assert page["numberMatched"] == 8
        assert any(link["rel"] == "next" for link in page["links"]) == (limit < 8)
    packed = maps.get(
        "/ogc/collections/incidents/items", params={"limit": 100}, headers={"accept-encoding": "gzip"}
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["features"] == whole["features"]


def test_what_is_too_many_is_not_counted(maps, monkeypatch):
    monkeypatch.setattr(queries, "_LEAST_COUNTED", 2)
    monkeypatch.setattr(queries, "_PAGES_COUNTED", 2)
    assert items(maps, limit=4)["numberMatched"] == 8
    assert "numberMatched" not in items(maps, limit=3)


def test_an_unchanged_page_is_not_sent_again(maps):
    address = "/ogc/collections/incidents/items?limit=5"
    first = maps.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in first.headers
    again = maps.get(address, headers={"accept-encoding": "identity", "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    packed = maps.get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["etag"] != first.headers["etag"]
    assert packed.content == first.content
    assert "Accept-Encoding" in packed.headers["vary"]


def test_web_mercator_is_the_same_place_in_metres(maps):
    degrees, metres = items(maps), items(maps, crs=MERCATOR)
    assert ids(degrees) == ids(metres)
    x, y = metres["features"][0]["geometry"]["coordinates"]
    longitude, _ = degrees["features"][0]["geometry"]["coordinates"]
    assert x == pytest.approx(longitude * 111319.49079327358, abs=0.01)
    assert y == pytest.approx(5312873, abs=5_000)
    box = f"{x - 1},{y - 1},{x + 1},{y + 1}"
    assert ids(items(maps, bbox=box, **{"bbox-crs": MERCATOR})) == ids(degrees)[:1]
    assert [one["properties"] for one in degrees["features"]] == [
        one["properties"] for one in metres["features"]
    ]
    answer = maps.get("/ogc/collections/zones/items", params={"crs": MERCATOR})
    assert answer.headers["content-crs"] == f"<{MERCATOR}>"
    corner = answer.json()["features"][0]["geometry"]["coordinates"][0][0]
    assert corner[0] == pytest.approx(-88.0 * 111319.49079327358, abs=0.01)
    assert maps.get("/ogc/collections/zones/items").headers["content-crs"].endswith("CRS84>")


def test_both_ways_to_spell_a_feature_spell_the_same(maps, monkeypatch):
    for name in ("incidents", "alerts", "calls", "zones", "cameras"):
        own = items(maps, name)["features"]
        with monkeypatch.context() as patched:
            features = maps.client.app.state.database.dialect.FEATURES
            patched.setattr(features, "feature_text", lambda _form: None)
            patched.setattr(queries, "_feature", queries._feature.__wrapped__)
            patched.setattr(queries, "_spelled", None)
            assert items(maps, name)["features"] == own
    assert items(maps, properties="")["features"][0]["properties"] == {}


def test_head_answers_like_get_without_the_body(maps):
    answer = maps.ask("HEAD", "/ogc/collections/incidents/items", "viewer")
    assert (answer.status_code, answer.content) == (200, b"")
    assert orjson.loads(maps.get("/ogc/collections/incidents/items", "viewer").content)["numberReturned"] == 8


def test_that_there_are_many_is_counted_once_a_minute(maps, monkeypatch):
    monkeypatch.setattr(queries, "_LEAST_COUNTED", 5)
    monkeypatch.setattr(queries, "_PAGES_COUNTED", 1)
    asked = {"limit": 5, "properties": "rounds"}
    assert "numberMatched" not in items(maps, **asked)
    box = {"bbox": "-89,42,-87,44", **asked}
    assert "numberMatched" not in items(maps, **box)
    with monkeypatch.context() as patched:
        patched.setattr(queries, "_matched", None)
        assert "numberMatched" not in items(maps, **asked)
        assert "numberMatched" not in items(maps, **box)
    assert items(maps, "zones", limit=5)["numberMatched"] == items(maps, "zones")["numberReturned"]
    monkeypatch.setattr(queries, "_CROWD_AGE_S", 0.0)
    database = maps.client.app.state.database
    queries._crowds.pop(database)
    for _ in range(2):
        assert "numberMatched" not in items(maps, **asked)
    assert max(queries._crowds[database].values()) < time.monotonic()
    assert items(maps, verdict="reported", **asked)["numberMatched"] == 2


def test_numbers_and_times_are_told_as_they_are(maps, monkeypatch):
    dialect = maps.client.app.state.database.dialect
    if dialect.NAME == "sqlite":
        assert dialect.FEATURES.feature_text(COLLECTIONS["cameras"].form(dialect, ("name",))) is not None
    odd = {
        "name": 'a "quoted"\n\\name\u2028 ünd\x01',
        "direction_deg": 0.1 + 0.2,
        "field_of_view_deg": 1e-7,
        "range_m": 1e17 / 3,
        "retention_h": 5e-324,
        "updated_at": datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    }
    database = maps.client.app.state.database
    with database.write() as session:
        columns = [getattr(Camera, name) for name in odd]
        before = dict(session.execute(select(*columns).where(Camera.id == 1)).mappings().one())
        session.execute(update(Camera).where(Camera.id == 1).values(**odd))
    try:
        told = next(one for one in items(maps, "cameras")["features"] if one["id"] == "1")["properties"]
        assert told | {"updated_at": None} == told | odd | {"updated_at": None}
        assert told["updated_at"] == "1969-12-31T23:59:59.000Z"
    finally:
        with database.write() as session:
            session.execute(update(Camera).where(Camera.id == 1).values(**before))


def test_a_lost_database_is_told_once_and_found_again(maps):
    database = maps.client.app.state.database
    items(maps)
    if not database.is_embedded:
        with database.write() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'"
                    f" AND application_name <> '{KEEPER}'"
                )
            )
    statuses = [maps.get("/ogc/collections/incidents/items").status_code for _ in range(3)]
    assert statuses == [200 if database.is_embedded else 503, 200, 200]


def test_numbers_are_told_from_whole_numbers_by_their_spelling(maps):
    """Clients guess the type of a property from the first features that they see."""
    for headers in ({}, {"accept-encoding": "gzip"}):
        text = maps.get("/ogc/collections/incidents/items", headers=headers).text
        assert '"uncertainty_m":25.0' in text
        assert '"uncertainty_m":25,' not in text
        assert '"rounds":12,' in text
