"""Finding incidents without HTTP, as the command line does, on both databases."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.errors import InvalidParameterError
from app.domain.areas import Box, Circle
from app.domain.geodesy import geodesic_m
from app.incidents.filters import IncidentFilters
from app.incidents.queries import SORTS, Redirect, find_incident, list_incidents
from tests.incidents.conftest import T0, put_incidents

ANY = IncidentFilters()


def all_ids(session, filters, sort="started_at", limit=1000):
    found, cursor = [], None
    while True:
        page = list_incidents(session, filters, sort, limit, cursor)
        found += [int(item["id"]) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(page.items) == limit


def test_every_order_pages_like_a_sort_in_memory(database):
    """Many equal values and nulls: the id decides among equals, nulls come last both ways."""
    draw = random.Random(1)
    rows = [
        {
            "started_at": T0 + timedelta(microseconds=draw.randrange(4)),
            "updated_at": T0 + timedelta(seconds=draw.randrange(3)),
            "rounds": draw.choice([None, None, 1, 2, 3]),
            "probability_reported": draw.choice([None, 0.1, 0.1 + 2**-55, 1 / 3, 0.0]),
        }
        for _ in range(29)
    ]
    with database.write() as session:
        put_incidents(session, rows)
    numbered = list(enumerate(rows, 1))
    with database.read() as session:
        for name in SORTS:
            field, reverse = name.lstrip("-"), name.startswith("-")
            known = [pair for pair in numbered if pair[1][field] is not None]
            known.sort(key=lambda pair: (pair[1][field], pair[0]), reverse=reverse)
            unknown = sorted(
                (pair for pair in numbered if pair[1][field] is None), reverse=reverse, key=lambda p: p[0]
            )
            expected = [number for number, _ in [*known, *unknown]]
            for limit in (1, 2, 3, 29):
                assert all_ids(session, ANY, name, limit) == expected, (name, limit)


def points(draw):
    """Around a city, the antimeridian, both poles, and anywhere."""
    for _ in range(60):
        yield draw.uniform(-88.0, -87.8), draw.uniform(42.9, 43.1)
        yield (draw.choice([-1, 1]) * draw.uniform(179.9, 180)), draw.uniform(-17, -16.9)
        yield draw.uniform(-180, 180), draw.uniform(89.8, 90)
        yield draw.uniform(-180, 180), draw.uniform(-90, -89.8)
        yield draw.uniform(-180, 180), draw.uniform(-90, 90)
    yield from [(180.0, 0.0), (-180.0, 0.0), (0.0, 90.0), (0.0, -90.0), (180.0, 90.0)]


CIRCLES = [
    *((-87.9, 43.0, radius) for radius in (0.001, 500, 5_000, 100_000)),
    *(
        (longitude, -16.95, radius)
        for longitude in (-180, 180, 179.95, -179.99)
        for radius in (3_000, 20_000)
    ),
    *((longitude, 90, 15_000) for longitude in (0, 77)),
    *((longitude, latitude, 12_000) for longitude in (-90, 180) for latitude in (89.9, -89.95, -90)),
    (12.5, 0, 100_000),
]
BOXES = [
    (-87.95, 42.95, -87.85, 43.05),
    (179.95, -17, -179.95, -16.9),
    (170, -90, -170, 90),
    (-180, -90, 180, 90),
    (180, -90, -180, 90),
    (180, -20, 180, 20),
    (-180, -20, -180, 20),
    (-180, 89.9, 180, 90),
    (-30, 89.85, 60, 90),
    (100, -90, -100, -89.9),
    (-15, -60, 4.9, -40),
    (-180, -17, -179.95, -16.9),
    (0, 0, 0, 0),
]


def test_places_are_found_as_by_brute_force(database):
    """Both databases get the same points under the same ids, so they agree with each other too."""
    known = list(points(random.Random(7)))
    rows = [{"longitude": longitude, "latitude": latitude} for longitude, latitude in known]
    with database.write() as session:
        put_incidents(session, [*rows, {}])
    found_any = 0
    with database.read() as session:
        for longitude, latitude, radius_m in CIRCLES:
            near = Circle(longitude=longitude, latitude=latitude, radius_m=radius_m)
            expected = [
                number
                for number, point in enumerate(known, 1)
                if geodesic_m(longitude, latitude, *point) <= radius_m
            ]
            assert all_ids(session, replace(ANY, near=near)) == expected, near
            found_any += bool(expected)
        for west, south, east, north in BOXES:
            box = Box(west=west, south=south, east=east, north=north)
            expected = [
                number
                for number, (longitude, latitude) in enumerate(known, 1)
                if south <= latitude <= north
                and (west <= longitude <= east if west <= east else longitude >= west or longitude <= east)
            ]
            assert all_ids(session, replace(ANY, box=box)) == expected, box
            found_any += bool(expected)
    assert found_any > 20


def test_one_is_found_by_id_or_number_and_a_merged_one_redirects(database):
    with database.write() as session:
        put_incidents(session, [{}, {}, {}])
    with database.write() as session:
        from sqlalchemy import update

        from app.db.models import Incident

        for merged, survivor in ((1, 2), (2, 3)):
            session.execute(update(Incident).where(Incident.id == merged).values(merged_into_id=survivor))
    with database.read() as session:
        assert find_incident(session, "1") == find_incident(session, "2026-000001") == Redirect("3")
        assert find_incident(session, "3")["number"] == "2026-000003"
        assert find_incident(session, "3")["calls"] == []
        assert "calls" not in find_incident(session, "3", with_calls=False)
        assert find_incident(session, "4") is None
        assert find_incident(session, "x") is None
        assert all_ids(session, ANY) == [3]


def test_unknown_zones_and_cursors_are_refused(database):
    with database.read() as session:
        for filters, cursor in ((replace(ANY, zone="Nowhere"), None), (ANY, "x")):
            with pytest.raises(InvalidParameterError):
                list_incidents(session, filters, cursor=cursor)
