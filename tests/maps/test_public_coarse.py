"""What of incidents is told: cells, bands, few, zones and ids, without a database."""

import math
from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.domain.geodesy import geodesic_m
from app.domain.time import to_micros
from app.maps.public.coarse import Heard, made_coarse, public_rows
from app.maps.public.disclosure import band_of, frequent, zones_told
from app.maps.public.grid import Grid
from app.places.zones import ALWAYS, ZoneIndex

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)
SIZES = st.sampled_from([100, 101, 250, 1_000, 10_000])
DAY = 86_400
NO_ZONES = ZoneIndex((), (), (), shapely.STRtree([]))


def cell_of(grid, longitude, latitude):
    row, column = grid.cells_of(np.array([longitude]), np.array([latitude]))
    return int(row[0]), int(column[0])


@given(LONGITUDES, LATITUDES, SIZES)
def test_a_position_lies_in_its_cell(longitude, latitude, size):
    grid = Grid(size)
    box = grid.box_of(*cell_of(grid, longitude, latitude))
    assert -180 <= box.west < box.east <= 180
    assert -90 <= box.south < box.north <= 90
    wrapped = -180.0 if longitude + 180 == 360 else longitude
    assert box.west - 1e-7 <= wrapped <= box.east + 1e-7
    assert box.south - 1e-7 <= latitude <= box.north + 1e-7


@given(LONGITUDES, st.floats(-89.8, 89.8), SIZES)
def test_a_cell_is_as_large_as_it_must_be_and_little_larger(longitude, latitude, size):
    grid = Grid(size)
    box = grid.box_of(*cell_of(grid, longitude, latitude))
    middle = (box.west + box.east) / 2
    high = geodesic_m(middle, box.south, middle, box.north)
    assert size - 0.05 <= high <= 1.02 * size + 1
    sides = [geodesic_m(box.west, y, box.east, y) for y in (box.south, box.north)]
    assert min(sides) >= size - 0.05
    if abs(latitude) < 75 and size <= 1_000:
        assert max(sides) <= 1.05 * size


@given(LONGITUDES, LATITUDES, SIZES)
def test_the_middle_of_a_cell_has_the_same_cell(longitude, latitude, size):
    grid = Grid(size)
    cell = cell_of(grid, longitude, latitude)
    box = grid.box_of(*cell)
    assert cell_of(grid, (box.west + box.east) / 2, (box.south + box.north) / 2) == cell


def test_cells_at_the_ends_of_the_earth():
    grid = Grid(100)
    assert cell_of(grid, 180, 0) == cell_of(grid, -180, 0)
    assert cell_of(grid, 179.9999, 0) != cell_of(grid, -179.9999, 0)
    assert cell_of(grid, 12.3, 90) == cell_of(grid, -99.9, 90)
    for latitude in (-90, 90):
        box = grid.box_of(*cell_of(grid, 10, latitude))
        assert latitude in (box.south, box.north)
    assert cell_of(grid, math.nan, math.nan) == (-1, -1)


def test_rounds_are_told_roughly():
    told = {rounds: band_of(rounds) for rounds in (None, 0, 1, 2, 5, 6, 10, 11, 4_000)}
    assert told == {
        **{None: None, 0: None, 1: "1"},
        **{2: "2 to 5", 5: "2 to 5", 6: "6 to 10", 10: "6 to 10"},
        **{11: "11 or more", 4_000: "11 or more"},
    }


def test_days_count_and_not_incidents():
    assert frequent([("a", 1), ("a", 2), ("b", 1), ("b", 1), ("b", 1)], 2) == {"a"}


ZONES = st.lists(st.sampled_from("ABCD"), max_size=3, unique=True).map(tuple)


@given(st.lists(st.tuples(ZONES, st.integers(1, 5))), st.integers(2, 4))
def test_whoever_has_zones_without_a_cell_has_company(incidents, least):
    told = zones_told(incidents, least)
    days = defaultdict(set)
    for (had, day), zones in zip(incidents, told, strict=True):
        assert set(zones) <= set(had)
        days[zones].add(day)
    named = {zones: on for zones, on in days.items() if zones}
    assert all(len(on) >= least for on in named.values())
    assert len(days.get((), ())) in (0, *range(least, 99)) or not named


def test_the_order_of_incidents_does_not_matter():
    incidents = [(("A", "B"), 1), (("A",), 2), (("B",), 3), (("A", "B"), 4), ((), 5), (("A",), 6)]
    told = dict(zip(incidents, zones_told(incidents, 2), strict=True))
    assert told == dict(zip(reversed(incidents), zones_told(incidents[::-1], 2), strict=True))


def heard(*rows):
    """Incidents by day, hour within it, place and verdict."""
    start = to_micros(datetime(2026, 3, 1, tzinfo=UTC)) // 1_000_000
    return Heard(
        started_micros=np.array(
            [(start + round(day * DAY + hour * 3_600)) * 1_000_000 + 7 for day, hour, *_ in rows]
        ),
        longitude=np.array([row[2] for row in rows], dtype=float),
        latitude=np.array([row[3] for row in rows], dtype=float),
        verdict=[row[4] for row in rows],
        rounds=[3] * len(rows),
    )


def rows_of(incidents, least=2, zones=NO_ZONES, zone="UTC"):
    grid = Grid(100)
    return list(public_rows(made_coarse(incidents, zones, grid, least), grid, ZoneInfo(zone)))


def test_a_zone_that_ends_within_a_cell_does_not_tell_the_side():
    grid = Grid(100)
    box = grid.box_of(*cell_of(grid, -87.94, 43.01))
    near_the_edge = box.east - (box.east - box.west) / 4
    east = shapely.box(near_the_edge - 1e-5, 42, -87, 44)
    west = shapely.box(-89, 42, near_the_edge - 1e-5, 44)
    zones = ZoneIndex((1, 2), ("East", "West"), (ALWAYS, ALWAYS), shapely.STRtree([east, west]))
    for longitude in (box.west + 1e-5, near_the_edge, box.east - 1e-5):
        rows = rows_of(heard(*((day, 0, longitude, 43.01, "reported") for day in range(3))), 2, zones)
        assert {row["zones"] for row in rows} == {"West"}


def test_zones_are_those_that_held_then_each_name_once():
    square = shapely.box(-88, 43, -87, 44)
    until = to_micros(datetime(2026, 3, 3, tzinfo=UTC))
    spans = ((ALWAYS[0], until), (until, ALWAYS[1]), ALWAYS, ALWAYS)
    names = ("Old", "New", "Fourth", "Fourth")
    zones = ZoneIndex((1, 2, 3, 4), names, spans, shapely.STRtree([square] * 4))
    rows = rows_of(heard(*((day, 0, -87.94, 43.01, "reported") for day in range(4))), 2, zones)
    assert [row["zones"] for row in rows] == ["Old; Fourth"] * 2 + ["New; Fourth"] * 2


def test_local_hours_follow_from_the_hour_even_where_clocks_are_half_an_hour_off():
    for minutes in (1, 31, 59):
        (row,) = rows_of(heard((0, 19 + minutes / 60, -87.94, 43.01, "reported")), zone="Asia/Kolkata")
        assert row["hour"] == datetime(2026, 3, 1, 19, tzinfo=UTC)
        assert (row["local_date"], row["local_hour"]) == ("2026-03-02", 0)


def test_ids_say_nothing_that_is_not_told():
    here = [(day, 5.2, -87.9401, 43.0101, "reported") for day in range(3)]
    there = [(day, 5.9, -87.9402, 43.0102, "reported") for day in range(3)]
    assert rows_of(heard(*here)) == rows_of(heard(*there))
    alone, elsewhere = (0, 5.2, -87.95, 43.01, "reported"), (0, 5.9, -87.99, 43.07, "reported")
    assert rows_of(heard(alone)) == rows_of(heard(elsewhere))


def test_ids_of_equals_are_several_and_do_not_depend_on_the_order():
    same = [(day, 5, -87.94, 43.01, "reported") for day in (0, 0, 0, 1)]
    ids = [row["id"] for row in rows_of(heard(*same))]
    assert len(set(ids)) == 4
    assert set(ids) == {row["id"] for row in rows_of(heard(*reversed(same)))}
    fewer = [row["id"] for row in rows_of(heard(*same[1:]))]
    assert set(fewer) < set(ids)


@pytest.mark.parametrize("changed", [{4: "unreported"}, {1: 6}, {2: -87.93}])
def test_an_id_changes_with_anything_that_is_told(changed):
    rows = [(day, 5, -87.94, 43.01, "reported") for day in range(4)]
    other = tuple(changed.get(place, value) for place, value in enumerate(rows[0]))
    before = {row["id"] for row in rows_of(heard(*rows))}
    after = {row["id"] for row in rows_of(heard(other, *rows[1:]))}
    assert len(before - after) == len(after - before) == 1


def test_nothing_heard_is_nothing_told():
    assert rows_of(heard()) == []
