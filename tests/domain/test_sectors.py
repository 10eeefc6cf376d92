"""Sectors and discs: against points drawn from both, at the edges, at the antimeridian, in the far north."""

import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from app.domain.geodesy import distance_and_bearing
from app.domain.sectors import DISC_SIGMAS, in_view, turn_deg
from app.domain.vocabulary import InView

NORTH = {"direction_deg": 0.0, "field_of_view_deg": 90.0, "range_m": 100.0}


def view(distance_m, bearing_deg, uncertainty_m=0.0, **sight):
    return in_view(distance_m, bearing_deg, uncertainty_m=uncertainty_m, **{**NORTH, **sight})


@pytest.mark.parametrize(
    ("distance_m", "bearing_deg", "expected"),
    [
        (50, 0, "yes"),
        (100, 0, "yes"),
        (100.01, 0, "no"),
        (50, 44.9, "yes"),
        (50, 315.1, "yes"),
        (50, 45.1, "no"),
        (50, 314.9, "no"),
        (50, 180, "no"),
        (0, None, "yes"),
    ],
)
def test_a_point_in_a_sector(distance_m, bearing_deg, expected):
    assert view(distance_m, bearing_deg) == expected


@pytest.mark.parametrize(
    ("distance_m", "bearing_deg", "disc_m", "expected"),
    [
        (50, 0, 35.3, "yes"),
        (50, 0, 35.4, "possibly"),  # 50 sin 45 = 35.36 to either edge
        (70, 0, 30.01, "possibly"),
        (60, 90, 42.4, "no"),
        (60, 90, 42.5, "possibly"),
        (60, 180, 59.9, "no"),
        (60, 180, 60.1, "possibly"),
        (130, 0, 29.9, "no"),
        (130, 0, 30.1, "possibly"),
        (200, 90, 146, "no"),
        (200, 90, 148, "possibly"),  # beyond the range the nearest point is the corner, 147.4 m away
        (0, None, 1, "possibly"),
    ],
)
def test_a_disc_in_a_sector(distance_m, bearing_deg, disc_m, expected):
    assert view(distance_m, bearing_deg, disc_m / DISC_SIGMAS) == expected


def test_a_camera_that_looks_to_more_than_a_half():
    wide = {"field_of_view_deg": 300.0}
    assert view(50, 149, **wide) == "yes"
    assert view(50, 151, **wide) == "no"
    assert view(50, 0, 20, **wide) == "yes", "its edges lie behind, 50 m away at the camera"
    assert view(50, 149, 1, **wide) == "possibly"


@pytest.mark.parametrize("missing", ["direction_deg", "field_of_view_deg", "range_m"])
def test_what_is_not_known_is_not_guessed(missing):
    assert view(50, 0, **{missing: None}) is None
    assert view(5000, 180, **{missing: None}) is None


def test_one_that_looks_all_around_needs_no_direction():
    around = {"field_of_view_deg": 360.0, "direction_deg": None}
    found = [view(m, 77, 10 / DISC_SIGMAS, **around) for m in (89.9, 90.1, 109.9, 110.1)]
    assert found == ["yes", "possibly", "possibly", "no"]
    assert view(50, 0, range_m=None, **around) is None


def test_the_disc_holds_95_in_100():
    assert 1 - math.exp(-(DISC_SIGMAS**2) / 2) == pytest.approx(0.95)


@given(
    distance_m=st.floats(0, 400),
    bearing_deg=st.floats(0, 359.9),
    direction_deg=st.floats(0, 359.9),
    field_of_view_deg=st.floats(1, 359),
    range_m=st.floats(1, 300),
    disc_m=st.floats(0, 200),
    draws=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 2 * math.pi)), min_size=20, max_size=20),
)
def test_no_drawn_point_contradicts(
    distance_m, bearing_deg, direction_deg, field_of_view_deg, range_m, disc_m, draws
):
    sight = {
        "direction_deg": direction_deg,
        "field_of_view_deg": field_of_view_deg,
        "range_m": range_m,
    }
    found = in_view(distance_m, bearing_deg, uncertainty_m=disc_m / DISC_SIGMAS, **sight)
    east = distance_m * math.sin(math.radians(bearing_deg))
    north = distance_m * math.cos(math.radians(bearing_deg))
    for share, angle in draws:
        x = east + share * disc_m * math.sin(angle)
        y = north + share * disc_m * math.cos(angle)
        off = turn_deg(math.degrees(math.atan2(x, y)) % 360, direction_deg) - field_of_view_deg / 2
        beyond = math.hypot(x, y) - range_m
        if found is InView.YES:
            assert beyond < 1e-6
            assert off * math.hypot(x, y) < 1e-4
        if found is InView.NO:
            assert beyond > -1e-6 or off * math.hypot(x, y) > -1e-4


@pytest.mark.parametrize(
    ("one", "other", "expected"), [(0, 359, 1), (359, 0, 1), (10, 190, 180), (350, 20, 30), (90, 90, 0)]
)
def test_turns(one, other, expected):
    assert turn_deg(one, other) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(179.9995, 0.0), (-179.9999, 52.0), (15.0, 85.0), (0, -89.9)]
)
@pytest.mark.parametrize("bearing_deg", [0.0, 89.0, 181.5, 271.0])
def test_bearings_at_the_antimeridian_and_near_the_poles(longitude, latitude, bearing_deg):
    there = Geodesic.WGS84.Direct(latitude, longitude, bearing_deg, 150.0)
    found = distance_and_bearing(longitude, latitude, there["lon2"], there["lat2"])
    assert found[0] == pytest.approx(150.0, abs=1e-6)
    assert found[1] == pytest.approx(bearing_deg, abs=1e-6)


def test_there_is_no_bearing_to_the_same_place():
    assert distance_and_bearing(-180.0, 10.0, 180.0, 10.0) == (0.0, None)
    assert 0 <= (distance_and_bearing(0, 0, -1e-6, 1.0)[1] or -1) < 360
