"""The public feed as somebody reads it who wants to know more than it says."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from tests.maps.public_city import (
    BURST,
    CROWDED,
    FIRST_ID,
    ITEMS,
    ROOT,
    TOLD,
    TWICE,
    at,
    city_settings,
    features,
    incidents,
    items,
    serving_public,
)
from tests.records.conftest import Service

FILTERS = (
    "filter=verdict = 'reported'",
    "filter=hour >= TIMESTAMP('2026-06-22T00:00:00Z') AND local_hour BETWEEN 0 AND 9",
    "filter=S_INTERSECTS(geometry, BBOX(-88, 43, -87.9, 43.1))",
    "filter=NOT S_DISJOINT(geometry, POINT(-87.9402 43.0106))",
    "filter=zones LIKE '%25West%25' OR rounds IS NULL",
    "sortby=hour",
    "sortby=-local_hour&limit=2",
    "crs=http://www.opengis.net/def/crs/EPSG/0/3857",
    "limit=5&f=html",
    "properties=verdict",
    "datetime=../2026-06-23T00:00:00Z",
    # Refused, and what a refusal says counts too.
    "number=2026-1",
    "started_at=2026-06-20T03:00:00Z",
    "filter=longitude > -87.95",
    "sortby=started_at",
    "cursor=W10",
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = city_settings(request, tmp_path_factory.mktemp("public"))
    with serving_public(settings, incidents()) as running:
        yield running


def walk(service):
    """Every answer that links lead to, and some that somebody may think of, by address."""
    waiting = [ROOT, f"{ROOT}/api", *(f"{ITEMS}?{query}" for query in FILTERS)]
    seen = {}
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        answer = service.get(path, None)
        seen[path] = answer
        for href in re.findall(r'"href":"([^"]+)"|href="([^"]+)"', answer.text):
            parts = urlsplit((href[0] or href[1]).replace("&amp;", "&"))
            assert parts.path.startswith(ROOT)
            waiting.append(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        if path.startswith(ITEMS) and "features" in answer.text[:60]:
            waiting += [f"{ITEMS}/{feature['id']}" for feature in answer.json()["features"]]
    return seen


def test_nothing_exact_is_in_any_answer(city):
    answers = walk(city)
    assert len([path for path in answers if path.startswith(f"{ITEMS}/")]) >= TOLD
    assert any("cursor=" in path and answer.status_code == 200 for path, answer in answers.items())
    places = [row[name] for row in incidents() for name in ("longitude", "latitude") if row[name]]
    ids = [str(FIRST_ID + number) for number in range(len(incidents()))]
    seconds = [str(int(row["started_at"].timestamp())) for row in incidents()]
    for path, answer in answers.items():
        cursors = map(decoded, re.findall(r"cursor=([\w-]+)", answer.text))
        told = " ".join([answer.text, str(answer.headers), *cursors])
        for secret in (*ids, *seconds, "SECRET", "Zebra", "0.0312345", "23.71", "17:23", "457913"):
            assert secret not in told, (path, secret)
        for number in re.findall(r"-?\d+\.\d{4,}", told):
            assert min(abs(float(number) - value) for value in places) > 1e-7, (path, number)


def decoded(cursor):
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()


def test_what_is_told_is_this_and_no_more(city):
    listed = features(city, sortby="hour")
    names = ("verdict", "hour", "rounds", "zones")
    told = [
        (*(feature["properties"][name] for name in names), feature["geometry"] is not None)
        for feature in listed
    ]
    assert told == [
        ("reported", hour(0, 3), "1", "West", True),
        ("unreported", hour(1, 3), "2 to 5", "West", True),
        ("unreported", hour(1, 5), "6 to 10", "West", False),
        ("unreported", hour(2, 4), "11 or more", "West", True),
        ("unreported", hour(2, 5), "6 to 10", "West", False),
        ("indeterminate", hour(3, 4), None, "West", True),
        *[("unreported", hour(3, 6), "6 to 10", "West", False)] * len(BURST),
        ("unreported", hour(4, 7), "2 to 5", "West", False),
        # It lies in the harbor, alone there; those without a position are as many as it needs.
        ("reported", hour(5, 8), "2 to 5", "", False),
        ("indeterminate", hour(6, 9), "2 to 5", "", False),
        ("indeterminate", hour(7, 9), "2 to 5", "", False),
    ]
    first = listed[0]
    assert set(first) == {"type", "id", "geometry", "properties"}
    assert set(first["properties"]) == {*names, "local_date", "local_hour"}
    assert (first["properties"]["local_date"], first["properties"]["local_hour"]) == ("2026-06-19", 22)


def hour(days, hours):
    return at(days, hours).strftime("%Y-%m-%dT%H:00:00.000Z")


def test_a_cell_is_told_whole_and_only_where_there_were_enough_days(city):
    placed = [feature for feature in features(city) if feature["geometry"]]
    (ring,) = {str(feature["geometry"]["coordinates"]) for feature in placed}
    assert len(placed) == len(CROWDED)
    west, south, east, north = edges(placed[0])
    for longitude, latitude in CROWDED:
        assert west <= longitude < east
        assert south <= latitude < north
    for longitude, latitude in (*TWICE, *BURST):
        assert str(longitude)[:7] not in ring
        assert str(latitude)[:6] not in ring


def edges(feature):
    (ring,) = feature["geometry"]["coordinates"]
    longitudes, latitudes = zip(*ring, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def test_halving_a_box_finds_the_edges_of_the_cell_and_no_more(city):
    one = next(feature for feature in features(city) if feature["geometry"])
    west, south, east, north = edges(one)

    def finds(box):
        by_box = {feature["id"] for feature in features(city, bbox=",".join(map(str, box)))}
        told = ", ".join(map(str, box))
        by_filter = features(city, filter=f"S_INTERSECTS(geometry, BBOX({told}))")
        assert by_box == {feature["id"] for feature in by_filter}
        return one["id"] in by_box

    assert finds((-88, 42, -87, 44))
    assert bisected(lambda x: finds((x, 42, -87, 44)), -88, -87) == pytest.approx(east, abs=1e-9)
    assert bisected(lambda x: not finds((-88, 42, x, 44)), -88, -87) == pytest.approx(west, abs=1e-9)
    assert bisected(lambda y: finds((-88, y, -87, 44)), 42, 44) == pytest.approx(north, abs=1e-9)
    assert bisected(lambda y: not finds((-88, 42, -87, y)), 42, 44) == pytest.approx(south, abs=1e-9)


def test_halving_times_finds_the_hour_and_no_more(city):
    one = features(city, sortby="hour")[0]
    begun = at(0, 3).replace(minute=0, second=0, microsecond=0)
    low, high = at(-1).timestamp(), at(20).timestamp()
    for asked in ("datetime", "filter"):

        def begins_by(micros, asked=asked):
            told = datetime.fromtimestamp(micros, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
            query = {"datetime": f"../{told}", "filter": f"hour <= TIMESTAMP('{told}')"}[asked]
            return one["id"] in {feature["id"] for feature in features(city, **{asked: query})}

        found = bisected(lambda seconds: not begins_by(seconds), low, high)
        assert found == pytest.approx(begun.timestamp(), abs=0.002)


def bisected(holds, low, high):
    """Where something stops to hold."""
    for _ in range(45):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "-180,-90,180,90"},
        {"filter": "S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))"},
        {"filter": "S_DISJOINT(geometry, POINT(0 0))"},
        {"filter": "NOT S_WITHIN(geometry, BBOX(0, 0, 1, 1))"},
    ],
)
def test_no_place_finds_what_has_none(city, query):
    page = items(city, **query)
    assert page["numberMatched"] == len(page["features"]) == len(CROWDED)


def test_extents_are_those_of_what_is_told(city):
    (one,) = city.get(f"{ROOT}/collections", None).json()["collections"]
    assert one["id"] == "incidents"
    placed = next(feature for feature in features(city) if feature["geometry"])
    assert one["extent"]["spatial"]["bbox"] == [list(edges(placed))]
    assert one["extent"]["temporal"]["interval"] == [[hour(0, 3), hour(7, 9)]]


@pytest.mark.parametrize("sort", ["hour", "-hour", "local_hour", "-local_hour"])
def test_pages_hold_everything_once_and_their_cursors_only_what_is_told(city, sort):
    whole = [feature["id"] for feature in features(city, sortby=sort)]
    seen, address = [], f"{ITEMS}?limit=2&sortby={sort}"
    while address:
        page = city.get(address, None).json()
        seen += [feature["id"] for feature in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        if address:
            _, value, id_ = orjson.loads(decoded(parse_qs(urlsplit(address).query)["cursor"][0]))
            last = page["features"][-1]
            assert str(id_) == last["id"]
            assert value % 3_600_000_000 == 0 or value == last["properties"]["local_hour"]
    assert seen == whole
    assert len(set(seen)) == TOLD


def test_private_ids_lead_nowhere(city):
    for number in range(len(incidents())):
        assert city.get(f"{ITEMS}/{FIRST_ID + number}", None).status_code == 404
    one = features(city)[0]
    alone = city.get(f"{ITEMS}/{one['id']}", None).json()
    assert {name: value for name, value in alone.items() if name != "links"} == one


def test_what_is_not_public_cannot_be_asked_for(city):
    for name in ("number", "id", "started_at", "longitude", "reason", "west", "geometry"):
        for query in ({name: "1"}, {"filter": f"{name} = 1"}, {"sortby": name}, {"properties": name}):
            assert city.get(ITEMS, None, params=query).status_code == 400, query
    for word in ("pending", "withdrawn"):
        assert city.get(ITEMS, None, params={"verdict": word}).status_code == 400
    for name in ("alerts", "calls", "cameras", "coverage", "zones", "incidents/tiles"):
        assert city.get(f"{ROOT}/collections/{name}", None).status_code == 404
        assert city.get(f"{ROOT}/collections/{name}/items", None).status_code == 404
